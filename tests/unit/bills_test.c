/* SPDX-License-Identifier: Apache-2.0 */
/* Items of the bills: which fit a filter, what they add up to, and their bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wallet/bill_block.h"

static struct bill_item lunch(void) {
    return (struct bill_item){.account = 7,
                              .id = 1001,
                              .party = 12,
                              .at_ms = 1000,
                              .amount_fen = 850,
                              .kind = PAYMENT_TRANSFER,
                              .state = PAYMENT_WAITING,
                              .side = BILL_OUT,
                              .party_kind = PARTY_PERSON,
                              .by_card = true,
                              .name = TEXT("小明(王*明)"),
                              .note = TEXT("周末 Lunch")};
}

static void what_fits(void **state) {
    (void)state;
    static const struct {
        struct bill_filter filter;
        const char *words;
        bool fits;
    } cases[] = {
        {{.side = -1}, "", true},
        {{.side = -1, .kind = PAYMENT_TRANSFER}, "", true},
        {{.side = -1, .kind = PAYMENT_TOPUP}, "", false},
        {{.side = -1, .state = PAYMENT_WAITING}, "", true},
        {{.side = -1, .state = PAYMENT_DONE}, "", false},
        {{.side = BILL_OUT}, "", true},
        {{.side = BILL_IN}, "", false},
        {{.side = -1, .from_ms = 1000}, "", true},
        {{.side = -1, .from_ms = 1001}, "", false},
        {{.side = -1, .until_ms = 1001}, "", true},
        {{.side = -1, .until_ms = 1000}, "", false}, /* the end is not part of it */
        {{.side = -1, .amount_min = 850, .amount_max = 850}, "", true},
        {{.side = -1, .amount_min = 851}, "", false},
        {{.side = -1, .amount_max = 849}, "", false},
        {{.side = -1}, "王*", true},
        {{.side = -1}, "周末", true},
        {{.side = -1}, "LUNCH", true},
        {{.side = -1}, "lunch!", false},
        {{.side = -1}, "%", false},
        {{.side = -1}, "_", false},
        {{.side = -1}, "明(王*明)周", false}, /* not from one text into the other */
        {{.side = BILL_IN}, "周末", false},
    };
    struct bill_item item = lunch();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bill_filter filter = cases[i].filter;
        bill_filter_words(&filter, text_of(cases[i].words));
        if (bill_item_fits(&item, &filter) != cases[i].fits) fail_msg("case %zu: %s", i, cases[i].words);
        assert_int_equal(bill_filter_any(&filter), i > 0);
    }
}

static void banks_by_both_names(void **state) {
    (void)state;
    size_t count;
    const struct bank_row *bank = bank_rows(&count);
    struct bill_item item = {.party_kind = PARTY_BANK,
                             .party = (uint64_t)bank->no,
                             .name = text_of(bank->name_zh)};
    struct bill_filter filter = {.side = -1};
    bill_filter_words(&filter, text_of(bank->name));
    assert_true(bill_item_fits(&item, &filter));
    bill_filter_words(&filter, text_of(bank->name_zh));
    assert_true(bill_item_fits(&item, &filter));
    item.party_kind = PARTY_PERSON; /* of the same number */
    bill_filter_words(&filter, text_of(bank->name));
    assert_false(bill_item_fits(&item, &filter));
}

static void what_adds_up(void **state) {
    (void)state;
    static const struct {
        enum payment_kind kind;
        enum payment_state state;
        enum bill_side side;
        enum bill_party party;
        int64_t in, out;
    } cases[] = {
        {PAYMENT_PURCHASE, PAYMENT_DONE, BILL_OUT, PARTY_MERCHANT, 0, 850},
        {PAYMENT_TRANSFER, PAYMENT_WAITING, BILL_OUT, PARTY_PERSON, 0, 850}, /* it has left the balance */
        {PAYMENT_TRANSFER, PAYMENT_RETURNED, BILL_OUT, PARTY_PERSON, 0, 0},
        {PAYMENT_TRANSFER, PAYMENT_WAITING, BILL_IN, PARTY_PERSON, 0, 0}, /* and has not come yet */
        {PAYMENT_TRANSFER, PAYMENT_DONE, BILL_IN, PARTY_PERSON, 850, 0},
        {PAYMENT_PURCHASE, PAYMENT_REFUSED, BILL_OUT, PARTY_MERCHANT, 0, 0},
        {PAYMENT_PURCHASE, PAYMENT_DECLINED, BILL_OUT, PARTY_MERCHANT, 0, 0},
        {PAYMENT_TOPUP, PAYMENT_DONE, BILL_IN, PARTY_BANK, 0, 0}, /* own money */
        {PAYMENT_WITHDRAWAL, PAYMENT_DONE, BILL_OUT, PARTY_BANK, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bill_totals totals = {0};
        struct bill_item item = {.kind = cases[i].kind,
                                 .state = cases[i].state,
                                 .side = cases[i].side,
                                 .party_kind = cases[i].party,
                                 .amount_fen = 850};
        bill_totals_add(&totals, &item);
        if (totals.in != cases[i].in || totals.out != cases[i].out || totals.count != 1)
            fail_msg("case %zu", i);
    }
}

static uint64_t chance = 88172645463325252u;
static uint64_t below(uint64_t most) {
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance % most;
}

/* What can be in an item: near the one before, or anything; parties and notes that come again, and more of them than a block remembers. */
static struct bill_item some_item(const struct bill_item *before) {
    static char texts[2 * BLOCK_SAID_MAX][ITEM_TEXT_MAX];
    static const size_t sizes[] = {0, 6, 18, ITEM_TEXT_MAX};
    static const int64_t far[] = {0, 1, 127, 128, 16383, 16384, INT64_MAX, -1, INT64_MIN};
    size_t party = below(below(4) ? 8 : 2 * BLOCK_SAID_MAX), note = below(below(4) ? 8 : 2 * BLOCK_SAID_MAX);
    snprintf(texts[party], ITEM_TEXT_MAX, "%zu", party);
    snprintf(texts[note], ITEM_TEXT_MAX, "%zu", note);
    bool other = below(20) == 0, wild = below(20) == 0;
    int64_t at_ms = wild ? far[below(9)] : before->at_ms + (int64_t)below(1 << 24) - 1000;
    return (struct bill_item){
        .account = before->account + other,
        .id = other ? below(1 << 20) : before->id + 1 + below(wild ? UINT64_C(1) << 40 : 1000),
        .party = party << below(2) * 30,
        .at_ms = at_ms,
        .amount_fen = wild ? far[below(9)] : (int64_t)below(100000),
        .ended_ms = below(10)  ? at_ms
                    : below(3) ? at_ms + (int64_t)below(1 << 28)
                               : 0,
        .entry = below(10) ? before->entry + 1 + below(1000) : 0,
        .kind = (enum payment_kind)(1 + below(PAYMENT_TAKEN)),
        .state = (enum payment_state)(2 + below(PAYMENT_RECALLED - 1)),
        .side = below(2) ? BILL_OUT : BILL_IN,
        .party_kind = (enum bill_party)below(PARTY_AUTHORITY + 1),
        .refusal = below(2),
        .by_card = below(2),
        .name = {texts[party], sizes[below(below(10) ? 3 : 4)]},
        .note = {texts[note], sizes[below(below(10) ? 3 : 4)]},
    };
}

static bool same(const struct bill_item *a, const struct bill_item *b) {
    return a->account == b->account && a->id == b->id && a->party == b->party && a->at_ms == b->at_ms &&
           a->amount_fen == b->amount_fen && a->ended_ms == b->ended_ms && a->entry == b->entry &&
           a->kind == b->kind && a->state == b->state && a->side == b->side &&
           a->party_kind == b->party_kind && a->refusal == b->refusal && a->by_card == b->by_card &&
           text_equal(a->name, b->name) && text_equal(a->note, b->note);
}

/* How many of the items the first `size` bytes hold, each as it was. */
static size_t read_back(const unsigned char *bytes, size_t size, const struct bill_item *items, size_t count) {
    struct bill_block_said said;
    struct bill_item got;
    size_t at = 0, read = 0;
    bill_block_begin(&said);
    for (size_t before = 0; bill_block_get(bytes, size, &at, &said, &got); before = at, read++) {
        assert_true(read < count && at > before && at <= size);
        if (!same(&got, &items[read])) fail_msg("item %zu", read);
    }
    return read;
}

static void the_same_from_its_bytes(void **state) {
    (void)state;
    for (int blocks = 0; blocks < 300; blocks++) {
        struct bill_item items[BLOCK_ITEMS_MAX], before = lunch();
        struct bill_block_said said;
        unsigned char bytes[BLOCK_SIZE], *cut;
        size_t size = 0, ends[BLOCK_ITEMS_MAX], count = 0;
        bill_block_begin(&said);
        for (;; before = items[count++]) {
            size_t was = size;
            struct bill_item item = some_item(&before);
            if (!bill_block_put(bytes, &size, &said, &item)) {
                assert_int_equal(size, was);
                assert_true(size + BLOCK_ITEM_MAX > BLOCK_SIZE);
                break;
            }
            assert_true(count < BLOCK_ITEMS_MAX && size >= was + BLOCK_ITEM_MIN && size <= BLOCK_SIZE);
            items[count] = item;
            ends[count] = size;
        }
        assert_int_equal(read_back(bytes, size, items, count), count);
        for (int i = 0; i < 20; i++) { /* what is cut off is as long as it says */
            size_t at = below(size + 1), whole = 0;
            while (whole < count && ends[whole] <= at) whole++;
            cut = malloc(at + 1);
            assert_non_null(cut);
            memcpy(cut + 1, bytes, at);
            assert_int_equal(read_back(cut + 1, at, items, count), whole);
            free(cut);
        }
    }
}

static void the_largest_fits_an_empty_block(void **state) {
    (void)state;
    static const char long_text[ITEM_TEXT_MAX] = "x";
    struct text text = {long_text, sizeof long_text};
    struct bill_item item = {UINT64_MAX,
                             UINT64_MAX,
                             UINT64_MAX,
                             INT64_MIN,
                             -1,
                             -1,
                             UINT64_C(1) << 63,
                             .kind = PAYMENT_TAKEN,
                             .state = PAYMENT_RECALLED,
                             .name = text,
                             .note = text};
    struct bill_block_said said;
    unsigned char bytes[BLOCK_SIZE];
    size_t size = 0;
    bill_block_begin(&said);
    assert_true(bill_block_put(bytes, &size, &said, &item));
    assert_true(size <= BLOCK_ITEM_MAX);
    assert_int_equal(read_back(bytes, size, &item, 1), 1);
}

/* No bytes lead out of the block. */
static void any_bytes_are_read(void **state) {
    (void)state;
    for (int i = 0; i < 3000; i++) {
        size_t size = below(200), at = 0;
        unsigned char *bytes = malloc(size + 1);
        struct bill_block_said said;
        struct bill_item got;
        assert_non_null(bytes);
        for (size_t n = 0; n < size; n++) bytes[n] = (unsigned char)(below(3) ? below(8) : below(256));
        bill_block_begin(&said);
        for (size_t before = 0; bill_block_get(bytes, size, &at, &said, &got); before = at) {
            assert_true(at > before && at <= size);
            assert_true(got.name.n <= size && got.note.n <= size);
            if (got.name.n) assert_non_null(memchr(got.name.p, got.name.p[got.name.n - 1], got.name.n));
            if (got.note.n) assert_non_null(memchr(got.note.p, got.note.p[got.note.n - 1], got.note.n));
        }
        free(bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits),
        cmocka_unit_test(banks_by_both_names),
        cmocka_unit_test(what_adds_up),
        cmocka_unit_test(the_same_from_its_bytes),
        cmocka_unit_test(the_largest_fits_an_empty_block),
        cmocka_unit_test(any_bytes_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
