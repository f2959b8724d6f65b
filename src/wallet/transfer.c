/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/transfer.h"

#include <assert.h>
#include <stdio.h>

#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/freeze.h"
#include "wallet/function.h"
#include "wallet/limit.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/refusal.h"
#include "wallet/risk.h"
#include "wallet/sequence.h"
#include "wallet/spend.h"

enum { DUE, PREFER };
static const struct sql transfer_sql[] = {
    [DUE] =
        {"SELECT id FROM payment WHERE due_ms > 0 AND due_ms <= $1 AND kind = $2 ORDER BY due_ms LIMIT $3"},
    [PREFER] = {"UPDATE person SET arrival = $1 WHERE id = $2"},
};
DB_STATEMENTS(transfer_sql)

enum { DUE_MAX = 64, CHUNK = 32 };
#define HOUR_MS INT64_C(3600000)

const char *const arrival_names[ARRIVALS + 1] =
    {[ARRIVAL_NOW] = "now", [ARRIVAL_2H] = "2h", [ARRIVAL_24H] = "24h"};
static const int64_t arrival_delays_ms[ARRIVALS] = {[ARRIVAL_2H] = 2 * HOUR_MS, [ARRIVAL_24H] = 24 * HOUR_MS};

static int64_t delay_of(const struct actor *actor, int arrival) {
    if (arrival < 0) arrival = actor->arrival;
    assert(arrival >= 0 && arrival < ARRIVALS);
    return arrival_delays_ms[arrival];
}

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
        .delay_ms = delay_of(actor, cmd->arrival),
    };
    out->state = payment_first_state(out);
    out->due_ms = tx->now_ms + (out->delay_ms ? out->delay_ms : tx->rules->transfer_wait_ms);
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
    const struct limit_use use = {cmd->amount, STRENGTH_PIN, false};
    err = spend(tx, actor, &use, &entry, fault, &out->period);
    if (err != ERR_OK) return err;
    /* from here it must succeed */
    out->entry = (struct entry_no){entry.entry};
    payment_open(tx, out);
    return ERR_OK;
}

enum err transfer_send(struct tx *tx, const struct actor *actor, const struct transfer_cmd *cmd,
                       struct fault *fault, struct payment *out) {
    enum err err = function_check(tx, actor, FUNCTION_TRANSFER, fault);
    if (err == ERR_OK) err = transfer_try(tx, actor, cmd, fault, out);
    if (err_class(err) == CLASS_REFUSED) {
        struct refusal refusal = {.person = actor->person,
                                  .kind = PAYMENT_TRANSFER,
                                  .amount = cmd->amount,
                                  .payee = cmd->payee,
                                  .fault = *fault};
        refusal_keep(tx, &refusal);
    }
    if (err == ERR_OK) {
        risk_sent_to(tx, actor, out->payee);
        risk_left(tx, actor, cmd->amount);
    }
    return err;
}

/* Ends it: moves the state, then the pending entry, which must go. */
static enum err transfer_end(struct tx *tx, struct payment *payment, enum payment_event event,
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

/* From its arrival on it waits; the wait begins with the arrival, also when that is only now written down. */
static enum err transfer_arrive(struct tx *tx, struct payment *payment) {
    return payment_move_until(tx, payment, EVENT_ARRIVED, ERR_OK,
                              payment->due_ms + tx->rules->transfer_wait_ms);
}

/* A transfer of the actor's, as it stands at this moment: what is due has arrived. */
static bool find_now(struct tx *tx, const struct actor *actor, struct payment_id id, struct payment *out) {
    if (!payment_find(tx->db, id, out) || out->kind != PAYMENT_TRANSFER) return false;
    if (out->payer.n != actor->person.n && out->payee.n != actor->person.n) return false;
    bool arrived = out->state == PAYMENT_ARRIVING && tx->now_ms >= out->due_ms;
    return !arrived || transfer_arrive(tx, out) == ERR_OK;
}

/* The transfer, when it is this payee's to decide. */
static enum err find_own(struct tx *tx, const struct actor *actor, struct payment_id id, struct fault *fault,
                         struct payment *out) {
    bool own = find_now(tx, actor, id, out) && out->payee.n == actor->person.n;
    if (!own) return fault_set(fault, ERR_NOT_FOUND);
    bool open = out->state == PAYMENT_ARRIVING || out->state == PAYMENT_WAITING;
    return !open || tx->now_ms >= out->due_ms ? fault_set(fault, ERR_NOT_WAITING) : ERR_OK;
}

static bool account_closed(struct tx *tx, struct account_no no) {
    struct account account;
    return !ledger_account_get(tx->ledger, no, &account) || account.flags & ACCOUNT_CLOSED;
}

enum err transfer_accept(struct tx *tx, const struct actor *actor, struct payment_id id, struct fault *fault,
                         struct payment *out) {
    enum err err = find_own(tx, actor, id, fault, out);
    if (err != ERR_OK) return err;
    if (out->state == PAYMENT_ARRIVING) {
        fault_set(fault, ERR_TRANSFER_NOT_ARRIVED);
        fault->until_ms = out->due_ms;
        return ERR_TRANSFER_NOT_ARRIVED;
    }
    if (actor->tier < 1) return fault_set(fault, ERR_REALNAME_NEEDED);
    if (function_check(tx, actor, FUNCTION_RECEIVE, fault)) return fault->code;
    struct person payer;
    bool paid_by = person_find(tx->db, tx->keys, out->payer, &payer);
    if (!paid_by || account_closed(tx, payer.account)) return fault_set(fault, ERR_PAYER_CLOSED);
    if (account_closed(tx, actor->account)) return fault_set(fault, ERR_PAYEE_CLOSED);
    if (freeze_check_own_credit(tx, actor, fault)) return fault->code;
    if (freeze_check_debit(tx, payer.account, fault)) return fault_set(fault, ERR_TRANSFER_HELD);
    return transfer_end(tx, out, EVENT_ACCEPTED, ENTRY_POST, fault);
}

enum err transfer_return(struct tx *tx, const struct actor *actor, struct payment_id id, struct fault *fault,
                         struct payment *out) {
    enum err err = find_own(tx, actor, id, fault, out);
    return err == ERR_OK ? transfer_end(tx, out, EVENT_RETURNED, ENTRY_VOID, fault) : err;
}

enum err transfer_recall(struct tx *tx, const struct actor *actor, struct payment_id id, struct fault *fault,
                         struct payment *out) {
    bool own = find_now(tx, actor, id, out) && out->payer.n == actor->person.n;
    if (!own) return fault_set(fault, ERR_NOT_FOUND);
    if (out->state == PAYMENT_WAITING) return fault_set(fault, ERR_TRANSFER_ARRIVED);
    return transfer_end(tx, out, EVENT_RECALLED, ENTRY_VOID, fault);
}

/* --- preferences and people --- */

void transfer_prefer(struct tx *tx, const struct actor *actor, enum arrival arrival) {
    struct stmt *q = db_stmt(tx->db, &transfer_sql[PREFER]);
    db_bind_i64(q, arrival);
    db_bind_u64(q, actor->person.n);
    db_queue(q);
}

static bool is_among(const struct person *people, size_t count, struct person_id id) {
    for (size_t i = 0; i < count; i++)
        if (people[i].id.n == id.n) return true;
    return false;
}

/* Whom this entry of the person's account sends to; 0: it is no transfer of the person's. */
static struct person_id sent_to(struct view *view, const struct actor *actor, const struct entry *entry) {
    struct figures f;
    bool sends =
        entry->role == ROLE_OPENS && entry->code == MOVEMENT_TRANSFER && entry->debit == actor->account.n;
    bool found = sends && ledger_figures(view->ledger, (struct account_no){entry->credit}, &f);
    return (struct person_id){found ? f.account.owner : 0};
}

size_t transfer_recent(struct view *view, const struct actor *actor, struct person *out, size_t max) {
    struct entry entries[CHUNK];
    struct entry_no before = {0};
    size_t count = 0, got = CHUNK;
    for (int walked = 0; walked < TRANSFER_RECENT_WALK && got == CHUNK; walked += CHUNK) {
        got = ledger_history(view->ledger, view->db, actor->account, before, entries, CHUNK);
        for (size_t i = 0; i < got; i++) {
            struct person_id id = sent_to(view, actor, &entries[i]);
            before.n = entries[i].no;
            if (id.n == 0 || is_among(out, count, id)) continue;
            bool open = person_find(view->db, view->keys, id, &out[count]) && out[count].state == PERSON_OPEN;
            if (open && ++count == max) return count;
        }
    }
    return count;
}

/* --- what time does --- */

int transfer_due(struct tx *tx, int most) {
    struct payment_id due[DUE_MAX];
    int count = 0, moved = 0;
    struct stmt *q = db_stmt(tx->db, &transfer_sql[DUE]);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, PAYMENT_TRANSFER);
    db_bind_i64(q, most < DUE_MAX ? most : DUE_MAX);
    while (count < DUE_MAX && db_row(q)) due[count++] = (struct payment_id){db_col_u64(q, 0)};
    db_done(q);
    for (int i = 0; i < count; i++) {
        struct payment p;
        struct fault fault;
        if (!payment_find(tx->db, due[i], &p)) continue;
        enum err err = p.state == PAYMENT_ARRIVING ? transfer_arrive(tx, &p)
                                                   : transfer_end(tx, &p, EVENT_EXPIRED, ENTRY_VOID, &fault);
        moved += err == ERR_OK;
    }
    return moved;
}
