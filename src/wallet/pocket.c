/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/pocket.h"

#include <assert.h>

#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/freeze.h"
#include "wallet/pin.h"
#include "wallet/refusal.h"
#include "wallet/sequence.h"
#include "wallet/spend.h"

enum { FIND, ADD };
static const struct sql pocket_sql[] = {
    [FIND] = {"SELECT account FROM pocket WHERE person = $1"},
    [ADD] = {"INSERT INTO pocket (person, account, opened_ms) VALUES ($1, $2, $3)"},
};
DB_STATEMENTS(pocket_sql)

struct account_no pocket_account(struct db *db, struct person_id person) {
    struct account_no account = {0};
    struct stmt *q = db_stmt(db, &pocket_sql[FIND]);
    db_bind_u64(q, person.n);
    if (db_row(q)) account.n = db_col_u64(q, 0);
    db_done(q);
    return account;
}

static struct account_no open_pocket(struct tx *tx, struct person_id person) {
    struct account_no account = {0};
    enum ledger_reason reason = ledger_account_open(tx->ledger, ASSET_CNY, CHART_POCKET,
                                                    chart_row(CHART_POCKET)->flags, person.n, &account);
    assert(reason == REASON_OK);
    struct stmt *q = db_stmt(tx->db, &pocket_sql[ADD]);
    db_bind_u64(q, person.n);
    db_bind_u64(q, account.n);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
    return account;
}

static enum err check_out(struct tx *tx, const struct actor *actor, const struct pocket_cmd *cmd,
                          struct account_no pocket, struct fault *fault) {
    struct account account = {0};
    enum err err = pin_check(tx, actor, cmd->pin, fault);
    if (err != ERR_OK) return err;
    if (pocket.n != 0) ledger_account_get(tx->ledger, pocket, &account);
    int64_t there = (int64_t)(account.credits_posted - account.debits_posted - account.debits_pending);
    if (cmd->amount.fen <= there) return ERR_OK;
    fault_set(fault, ERR_POCKET_SHORT);
    fault->amount = there;
    return ERR_POCKET_SHORT;
}

static enum err pocket_try(struct tx *tx, const struct actor *actor, const struct pocket_cmd *cmd,
                           struct fault *fault, struct payment *out) {
    struct account_no pocket = pocket_account(tx->db, actor->person);
    enum err err = cmd->out ? check_out(tx, actor, cmd, pocket, fault) : ERR_OK;
    if (err == ERR_OK && cmd->out) err = freeze_check_own_credit(tx, actor, fault);
    if (err != ERR_OK) return err;
    struct ledger_event move = {
        .debit = cmd->out ? pocket.n : actor->account.n,
        .credit = cmd->out ? actor->account.n : pocket.n,
        .amount = (uint64_t)cmd->amount.fen,
        .asset = ASSET_CNY,
        .code = MOVEMENT_POCKET,
        .role = ROLE_OPENS,
    };
    /* A pocket that is not there yet takes whatever its owner's account could. */
    struct ledger_event asked = move;
    if (asked.credit == 0) asked.credit = actor->account.n;
    err = spend_foresee(tx, cmd->amount, &asked, fault);
    if (err != ERR_OK) return err;

    /* from here it must succeed */
    *out = (struct payment){
        .id = {sequence_take(tx->sequence)},
        .kind = PAYMENT_POCKET,
        .payer = {cmd->out ? 0 : actor->person.n},
        .payee = {cmd->out ? actor->person.n : 0},
        .amount = cmd->amount,
        .state = PAYMENT_DONE,
    };
    if (move.credit == 0) move.credit = open_pocket(tx, actor->person).n;
    move.payment = out->id.n;
    enum ledger_reason reason = ledger_apply(tx->ledger, &move, 1);
    assert(reason == REASON_OK || db_failed(tx->db));
    out->entry = (struct entry_no){move.entry};
    payment_open(tx, out);
    return ERR_OK;
}

enum err pocket_move(struct tx *tx, const struct actor *actor, const struct pocket_cmd *cmd,
                     struct fault *fault, struct payment *out) {
    enum err err = pocket_try(tx, actor, cmd, fault, out);
    if (err_class(err) == CLASS_REFUSED) {
        struct refusal refusal = {.person = actor->person,
                                  .kind = PAYMENT_POCKET,
                                  .amount = cmd->amount,
                                  .fault = *fault};
        refusal_keep(tx, &refusal);
    }
    return err;
}
