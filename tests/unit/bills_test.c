/* SPDX-License-Identifier: Apache-2.0 */
/* Items of the bills: which fit a filter, what they add up to, and their bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wallet/bill_item.h"

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

static void the_same_from_its_bytes(void **state) {
    (void)state;
    unsigned char bytes[2 * ITEM_SIZE_MAX];
    struct bill_item items[] =
        {lunch(), {.account = 8, .id = 5, .refusal = true, .side = BILL_IN, .state = PAYMENT_REFUSED}},
                     got;
    size_t size = bill_item_encode(&items[0], bytes), at = 0;
    assert_int_equal(size, bill_item_size(&items[0]));
    size += bill_item_encode(&items[1], bytes + size);
    for (int i = 0; i < 2; i++) {
        assert_true(bill_item_decode(bytes, size, &at, &got));
        assert_true(got.account == items[i].account && got.id == items[i].id && got.party == items[i].party);
        assert_true(got.at_ms == items[i].at_ms && got.amount_fen == items[i].amount_fen);
        assert_true(got.kind == items[i].kind && got.state == items[i].state && got.side == items[i].side);
        assert_true(got.party_kind == items[i].party_kind && got.refusal == items[i].refusal &&
                    got.by_card == items[i].by_card);
        assert_true(text_equal(got.name, items[i].name) && text_equal(got.note, items[i].note));
    }
    assert_int_equal(at, size);
    assert_false(bill_item_decode(bytes, size, &at, &got));
    for (size_t cut = 0; cut < bill_item_size(&items[0]); cut++) {
        at = 0;
        assert_false(bill_item_decode(bytes, cut, &at, &got));
        assert_int_equal(at, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits),
        cmocka_unit_test(banks_by_both_names),
        cmocka_unit_test(what_adds_up),
        cmocka_unit_test(the_same_from_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
