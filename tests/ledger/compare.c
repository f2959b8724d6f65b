/* SPDX-License-Identifier: Apache-2.0 */
#include "compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void compare_event(const struct ledger_event *ledger, const struct ledger_event *model) {
    if (ledger->reason != model->reason)
        fail_msg("the ledger says %s, the model %s", ledger_reason_name((enum ledger_reason)ledger->reason),
                 ledger_reason_name((enum ledger_reason)model->reason));
    assert_int_equal(ledger->entry, model->entry);
    assert_int_equal(ledger->posted, model->posted);
}

static void compare_sums(const struct account *account, const struct model_account *expected, uint64_t no) {
    assert_int_equal(account->no, no);
    assert_int_equal(account->debits_pending, (uint64_t)expected->debits_pending);
    assert_int_equal(account->debits_posted, (uint64_t)expected->debits_posted);
    assert_int_equal(account->credits_pending, (uint64_t)expected->credits_pending);
    assert_int_equal(account->credits_posted, (uint64_t)expected->credits_posted);
    assert_int_equal(account->asset, expected->asset);
    assert_int_equal(account->flags, (expected->flags & ~ACCOUNT_CLOSED) |
                                         (expected->closed ? ACCOUNT_CLOSED : 0) | expected->out_frozen << 8 |
                                         expected->in_frozen << 12);
}

void compare_account(struct world *world, const struct model *model, uint64_t no, bool committed) {
    struct account account;
    assert_true(ledger_account_get(world->ledger, (struct account_no){no}, &account));
    compare_sums(&account, &model->accounts[no], no);
    if (!committed) return;
    struct figures figures;
    assert_true(ledger_figures(world->ledger, (struct account_no){no}, &figures));
    assert_memory_equal(&figures.account, &account, sizeof account);
    assert_int_equal(figures.sequence.n, model->entries_count);
}

void compare_accounts(struct world *world, const struct model *model, bool committed) {
    struct account account;
    for (uint64_t no = 1; no <= model->accounts_count; no++) compare_account(world, model, no, committed);
    assert_false(ledger_account_get(world->ledger, (struct account_no){model->accounts_count + 1}, &account));
    assert_int_equal(ledger_next_entry(world->ledger).n, model->entries_count + 1);
}

void compare_history(struct world *world, const struct model *model, uint64_t no) {
    struct db *db = world_reader(world);
    db_begin(db);
    struct entry_no before = {0};
    struct entry page[7], again[7];
    size_t count = 0, at = 0;
    for (uint64_t i = model->entries_count; i > 0; i--) {
        const struct model_entry *expected = &model->entries[i];
        if (expected->debit != no && expected->credit != no) continue;
        if (at == count) {
            count = ledger_history(world->ledger, db, (struct account_no){no}, before, page, 7);
            for (int i = 0; i < 2; i++) { /* read, and remembered */
                size_t recalled = ledger_recall(world->ledger, db, (struct account_no){no}, before, again, 7);
                assert_int_equal(recalled, count);
                assert_memory_equal(again, page, count * sizeof *page);
            }
            at = 0;
        }
        assert_true(at < count);
        before.n = page[at].no;
        assert_int_equal(page[at].no, i);
        assert_int_equal(page[at].debit, expected->debit);
        assert_int_equal(page[at].credit, expected->credit);
        assert_int_equal(page[at].amount, expected->amount);
        at++;
    }
    assert_int_equal(ledger_history(world->ledger, db, (struct account_no){no}, before, page, 7), 0);
    db_rollback(db);
    db_close(db);
}

void compare_audit(struct world *world, const struct model *model) {
    struct ledger_audit audit;
    enum err err = world_audit(world, &audit);
    if (err != ERR_OK) fail_msg("the audit says: %s", audit.words);
    assert_true(audit.memory_checked);
    assert_int_equal(audit.entries, model->entries_count);
    assert_int_equal(audit.accounts, model->accounts_count);
    assert_int_equal(audit.debits_posted, audit.credits_posted);
}
