/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger promises its callers, told as short stories on a real writer and store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/chart.h"
#include "world.h"

enum { BANK = 1, LI = 2, WANG = 3, SHOP = 4 };

static void open_accounts(struct ledger *ledger) {
    static const uint16_t codes[] = {CHART_BANK_SETTLEMENT, CHART_PERSON, CHART_PERSON, CHART_MERCHANT};
    for (uint64_t i = 0; i < 4; i++) {
        struct account_no no;
        enum ledger_reason reason =
            ledger_account_open(ledger, ASSET_CNY, codes[i], chart_row(codes[i])->flags, 100 + i, &no);
        assert_int_equal(reason, REASON_OK);
        assert_int_equal(no.n, i + 1);
    }
}

static void open_another(struct ledger *ledger) {
    struct account_no no;
    enum ledger_reason reason = ledger_account_open(ledger, ASSET_CNY, CHART_PERSON, 0, 0, &no);
    assert_int_equal(reason, REASON_OK);
}

static enum ledger_reason world_apply(struct world *world, struct ledger_event *events, size_t count) {
    world->now_ms++;
    world_begin(world);
    enum ledger_reason reason = ledger_apply(world->ledger, events, count);
    world_commit(world);
    return reason;
}

static struct ledger_event move(uint64_t debit, uint64_t credit, uint64_t amount, int flags) {
    return (struct ledger_event){.debit = debit,
                                 .credit = credit,
                                 .amount = amount,
                                 .asset = ASSET_CNY,
                                 .code = MOVEMENT_TRANSFER,
                                 .role = ROLE_OPENS,
                                 .flags = (uint16_t)flags};
}

static int64_t balance(struct world *world, uint64_t account) {
    struct figures figures;
    assert_true(ledger_figures(world->ledger, (struct account_no){account}, &figures));
    return (int64_t)figures.account.credits_posted - (int64_t)figures.account.debits_posted;
}

static void assert_audited(struct world *world) {
    struct ledger_audit audit;
    enum err err = world_audit(world, &audit);
    if (err != ERR_OK) print_error("%s\n", audit.words);
    assert_int_equal(err, ERR_OK);
    assert_true(audit.memory_checked);
}

static int begin(void **state) {
    static struct world world;
    world_init(&world);
    assert_int_equal(world_start(&world), ERR_OK);
    world_begin(&world);
    open_accounts(world.ledger);
    world_commit(&world);
    *state = &world;
    return 0;
}

static int end(void **state) {
    world_release(*state);
    return 0;
}

static void money_moves_and_is_there_after_a_restart(void **state) {
    struct world *world = *state;
    struct ledger_event topup = move(BANK, LI, 10000, 0);
    assert_int_equal(world_apply(world, &topup, 1), REASON_OK);
    struct ledger_event pay = move(LI, SHOP, 2550, 0);
    assert_int_equal(world_apply(world, &pay, 1), REASON_OK);
    struct ledger_event too_much = move(LI, WANG, 7451, 0);
    assert_int_equal(world_apply(world, &too_much, 1), REASON_EXCEEDS_CREDITS);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(balance(world, LI), 7450);
        assert_int_equal(balance(world, SHOP), 2550);
        assert_int_equal(balance(world, BANK), -10000);
        assert_audited(world);
        world_restart(world);
    }
}

static void a_chain_stands_or_falls_together(void **state) {
    struct world *world = *state;
    struct ledger_event card[] = {move(BANK, LI, 500, ENTRY_LINKED), move(LI, SHOP, 500, 0)};
    assert_int_equal(world_apply(world, card, 2), REASON_OK);
    struct ledger_event broken[] = {move(BANK, LI, 500, ENTRY_LINKED), move(LI, SHOP, 501, ENTRY_LINKED),
                                    move(BANK, SHOP, 1, 0)};
    assert_int_equal(world_apply(world, broken, 3), REASON_EXCEEDS_CREDITS);
    assert_int_equal(broken[0].reason, REASON_LINKED_EVENT_FAILED);
    assert_int_equal(broken[1].reason, REASON_EXCEEDS_CREDITS);
    assert_int_equal(broken[2].reason, REASON_LINKED_EVENT_FAILED);
    assert_int_equal(broken[0].entry, 0);
    assert_int_equal(balance(world, LI), 0);
    assert_int_equal(balance(world, SHOP), 500);
    assert_audited(world);
}

static void pending_money_is_posted_voided_and_remembered(void **state) {
    struct world *world = *state;
    struct ledger_event topup = move(BANK, LI, 1000, 0);
    world_apply(world, &topup, 1);
    struct ledger_event hold[] = {move(LI, WANG, 300, ENTRY_PENDING), move(LI, WANG, 400, ENTRY_PENDING),
                                  move(LI, WANG, 301, ENTRY_PENDING)};
    assert_int_equal(world_apply(world, hold, 3), REASON_EXCEEDS_CREDITS);
    assert_int_equal(hold[2].reason, REASON_EXCEEDS_CREDITS);
    world_restart(world);
    struct ledger_event post = {.pending = hold[0].entry, .amount = 200, .flags = ENTRY_POST};
    assert_int_equal(world_apply(world, &post, 1), REASON_OK);
    struct ledger_event void_it = {.pending = hold[1].entry, .flags = ENTRY_VOID};
    assert_int_equal(world_apply(world, &void_it, 1), REASON_OK);
    world_restart(world);
    assert_int_equal(world_apply(world, &post, 1), REASON_PENDING_ALREADY_POSTED);
    assert_int_equal(world_apply(world, &void_it, 1), REASON_PENDING_ALREADY_VOIDED);
    struct ledger_event plain = {.pending = topup.entry, .flags = ENTRY_VOID};
    assert_int_equal(world_apply(world, &plain, 1), REASON_PENDING_NOT_PENDING);
    plain.pending = 999;
    assert_int_equal(world_apply(world, &plain, 1), REASON_PENDING_NOT_FOUND);
    assert_int_equal(balance(world, LI), 800);
    assert_int_equal(balance(world, WANG), 200);
    assert_audited(world);
}

static void an_undone_group_never_was(void **state) {
    struct world *world = *state;
    struct ledger_event topup = move(BANK, LI, 1000, 0);
    world_apply(world, &topup, 1);
    struct ledger_event hold = move(LI, WANG, 400, ENTRY_PENDING);
    world_apply(world, &hold, 1);
    struct figures before, after;
    ledger_figures(world->ledger, (struct account_no){LI}, &before);
    struct ledger_event events[] = {move(LI, WANG, 100, 0),
                                    {.pending = hold.entry, .amount = AMOUNT_ALL, .flags = ENTRY_POST},
                                    move(LI, WANG, 10, ENTRY_PENDING)};
    for (int late = 0; late < 2; late++) {
        world_begin(world);
        open_another(world->ledger);
        ledger_apply(world->ledger, events, 3);
        if (late) world_undo_late(world);
        else world_undo(world);
    }
    ledger_figures(world->ledger, (struct account_no){LI}, &after);
    assert_memory_equal(&before, &after, sizeof before);
    struct account account;
    assert_false(ledger_account_get(world->ledger, (struct account_no){5}, &account));
    assert_true(ledger_account_get(world->ledger, (struct account_no){LI}, &account));
    assert_memory_equal(&before.account, &account, sizeof account);
    struct ledger_event post = {.pending = hold.entry, .amount = AMOUNT_ALL, .flags = ENTRY_POST};
    assert_int_equal(world_apply(world, &post, 1), REASON_OK);
    assert_int_equal(post.posted, 400);
    assert_audited(world);
}

static void history_is_the_chain_newest_first(void **state) {
    struct world *world = *state;
    struct ledger_event events[100];
    for (int i = 0; i < 100; i++) events[i] = i % 2 ? move(BANK, WANG, 5, 0) : move(BANK, LI, (uint64_t)i, 0);
    world_apply(world, events, 100);
    struct db *db = world_reader(world);
    db_begin(db);
    struct entry page[20];
    size_t seen = 0;
    struct entry_no before = {0};
    for (size_t count;
         (count = ledger_history(world->ledger, db, (struct account_no){LI}, before, page, 20)) > 0;) {
        for (size_t i = 0; i < count; i++, seen++)
            if (seen < 50) assert_int_equal(page[i].amount, 98 - 2 * seen);
        before.n = page[count - 1].no;
    }
    assert_int_equal(seen, 51);
    assert_int_equal(page[10].flags, ENTRY_OPEN);
    /* a mark that is no entry of the account is found by walking */
    before.n = events[11].entry;
    assert_int_equal(ledger_history(world->ledger, db, (struct account_no){LI}, before, page, 20), 7);
    assert_int_equal(page[0].no, events[10].entry);
    assert_int_equal(ledger_history(world->ledger, db, (struct account_no){77}, before, page, 20), 0);
    struct entry entry;
    assert_true(ledger_entry_read(world->ledger, db, (struct entry_no){events[3].entry}, &entry));
    assert_int_equal(entry.credit, WANG);
    assert_int_equal(entry.credit_after, 10);
    assert_false(ledger_entry_read(world->ledger, db, (struct entry_no){events[99].entry + 1}, &entry));
    db_rollback(db);
    db_close(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(money_moves_and_is_there_after_a_restart, begin, end),
        cmocka_unit_test_setup_teardown(a_chain_stands_or_falls_together, begin, end),
        cmocka_unit_test_setup_teardown(pending_money_is_posted_voided_and_remembered, begin, end),
        cmocka_unit_test_setup_teardown(an_undone_group_never_was, begin, end),
        cmocka_unit_test_setup_teardown(history_is_the_chain_newest_first, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
