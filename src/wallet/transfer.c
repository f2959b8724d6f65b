/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/transfer.h"

#include <assert.h>
#include <stdio.h>

#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/limit.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/refusal.h"
#include "wallet/sequence.h"
#include "wallet/spend.h"

enum { DUE };
static const struct sql transfer_sql[] = {
    [DUE] = {"SELECT id FROM payment WHERE due_ms > 0 AND due_ms <= $1 ORDER BY due_ms LIMIT $2"},
};
DB_STATEMENTS(transfer_sql)

enum { DUE_MAX = 64 };

enum err transfer_payee(struct db *db, const struct keys *keys, const struct actor *actor,
                        struct person_id id, struct text phone, struct fault *fault, struct person *out) {
    bool found = id.n ? person_find(db, keys, id, out) : person_find_by_phone(db, keys, phone, out);
    if (!found || out->state != PERSON_OPEN) return fault_set(fault, ERR_PAYEE_UNKNOWN);
    if (out->id.n == actor->person.n) return fault_set(fault, ERR_PAYEE_IS_PAYER);
    return out->tier < 1 ? fault_set(fault, ERR_PAYEE_NOT_VERIFIED) : ERR_OK;
}

static enum err transfer_try(struct tx *tx, const struct actor *actor, const struct transfer_cmd *cmd,
                             struct fault *fault, struct payment *out) {
    struct person payee;
    enum err err = transfer_payee(tx->db, tx->keys, actor, cmd->payee, (struct text){0}, fault, &payee);
    if (err != ERR_OK) return err;
    if (cmd->amount.fen > tx->rules->payment_max_fen) return fault_set(fault, ERR_AMOUNT_TOO_LARGE);
    err = pin_check(tx, actor, cmd->pin, fault);
    if (err != ERR_OK) return err;
    *out = (struct payment){
        .id = {sequence_take(tx->sequence)},
        .kind = PAYMENT_TRANSFER,
        .payer = actor->person,
        .payee = payee.id,
        .amount = cmd->amount,
        .state = PAYMENT_WAITING,
        .due_ms = tx->now_ms + tx->rules->transfer_wait_ms,
    };
    snprintf(out->note, sizeof out->note, "%.*s", (int)cmd->note.n, cmd->note.p);
    struct ledger_event entry = {
        .debit = actor->account.n,
        .credit = payee.account.n,
        .amount = (uint64_t)cmd->amount.fen,
        .payment = out->id.n,
        .asset = ASSET_CNY,
        .code = MOVEMENT_TRANSFER,
        .flags = ENTRY_PENDING,
        .role = ROLE_OPENS,
    };
    err = spend(tx, actor, cmd->amount, &entry, fault, &out->period);
    if (err != ERR_OK) return err;
    /* from here it must succeed */
    out->entry = (struct entry_no){entry.entry};
    payment_open(tx, out);
    return ERR_OK;
}

enum err transfer_send(struct tx *tx, const struct actor *actor, const struct transfer_cmd *cmd,
                       struct fault *fault, struct payment *out) {
    enum err err = transfer_try(tx, actor, cmd, fault, out);
    if (err_class(err) == CLASS_REFUSED) {
        struct refusal refusal = {.person = actor->person,
                                  .kind = PAYMENT_TRANSFER,
                                  .amount = cmd->amount,
                                  .payee = cmd->payee,
                                  .fault = *fault};
        refusal_keep(tx, &refusal);
    }
    return err;
}

/* Ends the waiting: moves the state, then the pending entry, which must go. */
static enum err end_waiting(struct tx *tx, struct payment *payment, enum payment_event event,
                            enum entry_flag how, struct fault *fault) {
    enum err err = payment_move(tx, payment, event, ledger_next_entry(tx->ledger), ERR_OK);
    if (err != ERR_OK) return fault_set(fault, err);
    struct ledger_event entry = {.pending = payment->entry.n,
                                 .payment = payment->id.n,
                                 .flags = (uint16_t)how,
                                 .role = ROLE_CHANGES};
    if (how == ENTRY_POST) entry.amount = UINT64_MAX;
    enum ledger_reason reason = ledger_apply(tx->ledger, &entry, 1);
    assert(reason == REASON_OK || db_failed(tx->db));
    if (how == ENTRY_VOID)
        limit_give_back(tx, payment->payer, payment->period, payment->created_ms, payment->amount);
    return ERR_OK;
}

/* The transfer, when it is this payee's to decide. */
static enum err find_own(struct tx *tx, const struct actor *actor, struct payment_id id, struct fault *fault,
                         struct payment *out) {
    bool own =
        payment_find(tx->db, id, out) && out->kind == PAYMENT_TRANSFER && out->payee.n == actor->person.n;
    if (!own) return fault_set(fault, ERR_NOT_FOUND);
    if (out->state != PAYMENT_WAITING || tx->now_ms >= out->due_ms) return fault_set(fault, ERR_NOT_WAITING);
    return ERR_OK;
}

static bool account_closed(struct tx *tx, struct account_no no) {
    struct account account;
    return !ledger_account_get(tx->ledger, no, &account) || account.flags & ACCOUNT_CLOSED;
}

enum err transfer_accept(struct tx *tx, const struct actor *actor, struct payment_id id, struct fault *fault,
                         struct payment *out) {
    enum err err = find_own(tx, actor, id, fault, out);
    if (err != ERR_OK) return err;
    if (actor->tier < 1) return fault_set(fault, ERR_REALNAME_NEEDED);
    struct person payer;
    bool paid_by = person_find(tx->db, tx->keys, out->payer, &payer);
    if (!paid_by || account_closed(tx, payer.account)) return fault_set(fault, ERR_PAYER_CLOSED);
    if (account_closed(tx, actor->account)) return fault_set(fault, ERR_PAYEE_CLOSED);
    return end_waiting(tx, out, EVENT_ACCEPTED, ENTRY_POST, fault);
}

enum err transfer_return(struct tx *tx, const struct actor *actor, struct payment_id id, struct fault *fault,
                         struct payment *out) {
    enum err err = find_own(tx, actor, id, fault, out);
    return err == ERR_OK ? end_waiting(tx, out, EVENT_RETURNED, ENTRY_VOID, fault) : err;
}

int transfer_return_due(struct tx *tx, int most) {
    struct payment_id due[DUE_MAX];
    int count = 0, returned = 0;
    struct stmt *q = db_stmt(tx->db, &transfer_sql[DUE]);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, most < DUE_MAX ? most : DUE_MAX);
    while (count < DUE_MAX && db_row(q)) due[count++] = (struct payment_id){db_col_u64(q, 0)};
    db_done(q);
    for (int i = 0; i < count; i++) {
        struct payment payment;
        struct fault fault;
        if (payment_find(tx->db, due[i], &payment) &&
            end_waiting(tx, &payment, EVENT_EXPIRED, ENTRY_VOID, &fault) == ERR_OK)
            returned++;
    }
    return returned;
}
