/* SPDX-License-Identifier: Apache-2.0 */
/* The index of the bills on both engines: who asks what was under way at a moment gets all of it, in order, and reads little else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store.h"
#include "wallet/bill_index.h"

enum { ACCOUNTS = 3, PASSES = 9, A_PASS = 6000, ITEMS = PASSES * A_PASS };

static uint64_t chance = 88172645463325252u;
static uint64_t below(uint64_t most) {
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance % most;
}

/* Item n has id 100 + n and begins at that time; most end at once, some later. Of each account the first is under way for ever, and but for one
 * account a few others. */
static struct bill_item items[ITEMS];

static void items_make(void) {
    for (int n = 0; n < ITEMS; n++) {
        uint64_t account = 1 + (n < ACCOUNTS ? (uint64_t)n : below(ACCOUNTS));
        int64_t at_ms = 100 + n, ended_ms = at_ms;
        if (below(1600) == 0) ended_ms = at_ms + (int64_t)below(12000);
        if (n < ACCOUNTS || (account != 2 && below(8000) == 0)) ended_ms = 0;
        items[n] = (struct bill_item){.account = account,
                                      .id = (uint64_t)at_ms,
                                      .entry = (uint64_t)at_ms,
                                      .at_ms = at_ms,
                                      .ended_ms = ended_ms,
                                      .amount_fen = 850,
                                      .kind = PAYMENT_TRANSFER,
                                      .state = ended_ms ? PAYMENT_DONE : PAYMENT_WAITING,
                                      .side = BILL_OUT,
                                      .party_kind = PARTY_PERSON,
                                      .name = TEXT("小明(王*明)")};
    }
}

static void fill(struct bill_writing *writing) {
    for (int pass = 0; pass < PASSES; pass++) {
        struct bill_batch batch = {0};
        for (int i = 0; i < A_PASS; i++) bill_batch_add(&batch, &items[pass * A_PASS + i]);
        if (pass > 0) bill_batch_add(&batch, &items[pass * A_PASS - 7]); /* one is written again */
        batch.cursor.entry = (uint64_t)(100 + (pass + 1) * A_PASS);
        assert_int_equal(bill_index_add(writing, &batch), ERR_OK);
        bill_batch_release(&batch);
        for (bool more = true; more;) assert_int_equal(bill_index_merge(writing, &more), ERR_OK);
    }
}

static bool was_under_way(const struct bill_item *item, int64_t at_ms) {
    return item->ended_ms == 0 || item->ended_ms > at_ms;
}

/* From the newest below `before`: the first few whole, then only what was under way. How many were given. */
static int ask(struct db *index, uint64_t account, uint64_t before, int64_t at_ms, int whole) {
    struct bill_item got;
    int given = 0, n = ITEMS - 1;
    db_begin(index);
    struct bill_runs *runs = bill_runs_begin(index, (struct account_no){account}, before);
    for (; bill_runs_next(runs, &got); given++) {
        if (given == whole) bill_runs_under_way(runs, at_ms);
        for (; n >= 0 && items[n].id != got.id; n--) {
            bool wanted = items[n].account == account && items[n].id < before;
            if (wanted && (given <= whole || was_under_way(&items[n], at_ms)))
                fail_msg("account %d at %d: item %d was not given", (int)account, (int)at_ms, n);
        }
        assert_true(n >= 0 && items[n].account == account && got.id < before);
        assert_int_equal(got.ended_ms, items[n].ended_ms);
        n--;
    }
    for (; n >= 0; n--)
        if (items[n].account == account && items[n].id < before)
            assert_false(was_under_way(&items[n], at_ms));
    bill_runs_end(runs);
    db_rollback(index);
    return given;
}

static void what_was_under_way(enum db_engine engine) {
    struct store store;
    struct bill_index_place place;
    struct bill_writing writing;
    struct db *books = NULL, *index = NULL;
    store_make(engine, &store);
    assert_int_equal(db_open(&store.config, DB_WRITER, &books), ERR_OK);
    assert_int_equal(db_migrate(books), ERR_OK);
    bill_index_place(&store.config, &place);
    assert_int_equal(bill_index_open(&place, &index), ERR_OK);
    assert_int_equal(bill_writing_init(&writing, index), ERR_OK);
    items_make();
    fill(&writing);
    for (uint64_t account = 1; account <= ACCOUNTS; account++) {
        int all = ask(index, account, UINT64_MAX >> 1, 0, ITEMS);
        for (int i = 0; i < 40; i++) {
            uint64_t before = 100 + below(ITEMS);
            int given = ask(index, account, before, (int64_t)before, (int)below(20));
            assert_true(given < all / 2); /* blocks were passed by */
        }
        ask(index, account, UINT64_MAX >> 1, INT64_MAX - 1, 0); /* under way for ever */
    }
    assert_int_equal(ask(index, ACCOUNTS + 1, UINT64_MAX >> 1, 1, 0), 0);
    bill_writing_release(&writing);
    db_close(index);
    db_close(books);
    store_end(&store);
}

static void on_sqlite(void **state) {
    (void)state;
    what_was_under_way(DB_SQLITE);
}

static void on_postgres(void **state) {
    (void)state;
    what_was_under_way(DB_POSTGRES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_sqlite),
        cmocka_unit_test(on_postgres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
