/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/charge.h"

#include <assert.h>

#include "wallet/paycode.h"
#include "wallet/purchase.h"
#include "wallet/refusal.h"
#include "wallet/sequence.h"
#include "wallet/waiter.h"
#include "wallet/wake.h"

#define CHARGE                                                                                              \
    "merchant, payer, session, amount, note, created_ms, state, due_ms, ended_ms, payment, refusal, till, " \
    "opener"

enum { ADD, FIND, NEWEST, END, WAITING_OF, DUE };
static const struct sql charge_sql[] = {
    [ADD] = {"INSERT INTO charge (id, " CHARGE
             ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"},
    [FIND] = {"SELECT id, " CHARGE " FROM charge WHERE id = $1"},
    [NEWEST] = {"SELECT id, " CHARGE " FROM charge WHERE session = $1 ORDER BY id DESC LIMIT 1"},
    [END] = {"UPDATE charge SET state = $1, due_ms = 0, ended_ms = $2, payment = $3, refusal = $4 WHERE id = "
             "$5 AND state = 1"},
    [WAITING_OF] = {"SELECT id, " CHARGE
                    " FROM charge WHERE due_ms > 0 AND payer = $1 ORDER BY due_ms LIMIT $2"},
    [DUE] = {"SELECT id, " CHARGE " FROM charge WHERE due_ms > 0 AND due_ms <= $1 ORDER BY due_ms LIMIT $2"},
};
DB_STATEMENTS(charge_sql)

enum { BATCH_MAX = 64 };

/* --- the table of states --- */

static const struct {
    const char *name;
    enum err reason;
} states[] = {
    [CHARGE_WAITING] = {"waiting", ERR_OK},
    [CHARGE_PAID] = {"paid", ERR_OK},
    [CHARGE_NOT_PAID] = {"not_paid", ERR_CHARGE_NOT_PAID},
    [CHARGE_DECLINED] = {"declined", ERR_CHARGE_NOT_PAID},
    [CHARGE_CANCELLED] = {"cancelled", ERR_OK},
    [CHARGE_LAPSED] = {"lapsed", ERR_CHARGE_LAPSED},
    [CHARGE_AT_BANK] = {"at_bank", ERR_OK},
};

const char *charge_state_name(enum charge_state state) {
    return states[state].name;
}

enum err charge_reason(enum charge_state state) {
    return states[state].reason;
}

/* --- rows --- */

/* As stored: a charge whose time is over may still be WAITING. */
static struct charge row_read(const struct stmt *q) {
    struct charge c = {
        .id = {db_col_u64(q, 0)},
        .merchant = {db_col_u64(q, 1)},
        .payer = {db_col_u64(q, 2)},
        .session = {db_col_u64(q, 3)},
        .amount = {db_col_i64(q, 4)},
        .created_ms = db_col_i64(q, 6),
        .state = (enum charge_state)db_col_i64(q, 7),
        .due_ms = db_col_i64(q, 8),
        .ended_ms = db_col_i64(q, 9),
        .payment = {db_col_u64(q, 10)},
        .refusal = db_col_u64(q, 11),
        .till = {db_col_u64(q, 12)},
        .opener = {db_col_u64(q, 13)},
    };
    text_keep(db_col_text(q, 5), c.note, sizeof c.note);
    return c;
}

/* A payment by card is made, and its bank decides. */
static enum charge_state state_of_payment(struct db *db, struct payment_id id) {
    struct payment payment;
    if (!payment_find(db, id, &payment)) return CHARGE_PAID;
    bool asked = payment.state == PAYMENT_AT_BANK || payment.state == PAYMENT_IN_DOUBT;
    bool failed = payment.state == PAYMENT_DECLINED || payment.state == PAYMENT_RETURNED;
    return asked ? CHARGE_AT_BANK : failed ? CHARGE_NOT_PAID : CHARGE_PAID;
}

static bool row_one(struct db *db, struct stmt *q, int64_t now_ms, struct charge *out) {
    bool found = db_row(q);
    if (found) *out = row_read(q);
    db_done(q);
    if (found && out->state == CHARGE_WAITING && now_ms >= out->due_ms) {
        out->state = CHARGE_LAPSED;
        out->ended_ms = out->due_ms;
        out->due_ms = 0;
    }
    if (found && out->state == CHARGE_PAID) out->state = state_of_payment(db, out->payment);
    return found;
}

bool charge_find(struct db *db, struct charge_id id, int64_t now_ms, struct charge *out) {
    struct stmt *q = db_stmt(db, &charge_sql[FIND]);
    db_bind_u64(q, id.n);
    return row_one(db, q, now_ms, out);
}

bool charge_newest(struct db *db, struct session_id session, int64_t now_ms, struct charge *out) {
    struct stmt *q = db_stmt(db, &charge_sql[NEWEST]);
    db_bind_u64(q, session.n);
    return row_one(db, q, now_ms, out);
}

enum err charge_own(struct db *db, const struct actor *till, struct merchant_id merchant, struct charge_id id,
                    int64_t now_ms, struct fault *fault, struct charge *out) {
    struct stand stand;
    enum err err = waiter_stand(db, till, merchant, fault, &stand);
    if (err != ERR_OK) return err;
    bool own = charge_find(db, id, now_ms, out) && out->merchant.n == merchant.n &&
               (stand.till.n == 0 || stand.till.n == out->till.n);
    return own ? ERR_OK : fault_set(fault, ERR_NOT_FOUND);
}

static void row_add(struct tx *tx, const struct charge *c) {
    struct stmt *q = db_stmt(tx->db, &charge_sql[ADD]);
    db_bind_u64(q, c->id.n);
    db_bind_u64(q, c->merchant.n);
    db_bind_u64(q, c->payer.n);
    db_bind_u64(q, c->session.n);
    db_bind_i64(q, c->amount.fen);
    db_bind_str(q, c->note);
    db_bind_i64(q, c->created_ms);
    db_bind_i64(q, c->state);
    db_bind_i64(q, c->due_ms);
    db_bind_i64(q, c->ended_ms);
    db_bind_u64(q, c->payment.n);
    db_bind_u64(q, c->refusal);
    db_bind_u64(q, c->till.n);
    db_bind_u64(q, c->opener.n);
    db_queue(q);
}

/* What ends is no longer due, and both sides hear of it. */
static void end(struct tx *tx, struct charge *c, enum charge_state to, struct person_id owner) {
    c->state = to;
    c->ended_ms = tx->now_ms;
    c->due_ms = 0;
    wake_person(tx, c->payer);
    wake_person(tx, owner);
    if (c->opener.n != owner.n) wake_person(tx, c->opener);
}

/* WAITING -> to. False: something else was faster; nothing was written. */
static bool end_waiting(struct tx *tx, struct charge *c, enum charge_state to, struct person_id owner) {
    struct stmt *q = db_stmt(tx->db, &charge_sql[END]);
    db_bind_i64(q, to);
    db_bind_i64(q, tx->now_ms);
    db_bind_u64(q, c->payment.n);
    db_bind_u64(q, c->refusal);
    db_bind_u64(q, c->id.n);
    if (db_run(q) != 1) return false;
    end(tx, c, to, owner);
    return true;
}

static struct person_id owner_of(struct db *db, struct merchant_id id) {
    struct merchant shop;
    return merchant_find(db, id, &shop) ? shop.owner : (struct person_id){0};
}

/* The refusal that was kept just now; 0: the person has had too many this hour. */
static uint64_t refusal_newest(struct tx *tx, struct person_id person) {
    struct refusal refusal;
    bool kept = refusal_list(tx->db, person, 0, &refusal, 1) == 1 && refusal.at_ms == tx->now_ms;
    return kept ? refusal.id : 0;
}

/* --- the till's side --- */

static struct purchase_cmd purchase_of(const struct charge *c) {
    struct payee shop = {PAYEE_MERCHANT, c->merchant.n}, till = {PAYEE_TILL, c->till.n};
    return (struct purchase_cmd){.payee = c->till.n ? till : shop,
                                 .amount = c->amount,
                                 .note = text_of(c->note),
                                 .any_source = true,
                                 .by_paycode = true};
}

/* Without a PIN, at once. ERR_OK: PAID, AT_BANK or NOT_PAID. */
static enum err pay_at_once(struct tx *tx, const struct actor *payer, const struct merchant *shop,
                            struct fault *fault, struct charge *c) {
    struct purchase_cmd cmd = purchase_of(c);
    struct payment payment;
    struct merchant paid;
    cmd.without_pin = true;
    enum err err = purchase_pay(tx, payer, &cmd, fault, &payment, &paid);
    if (err == ERR_OK) {
        bool counted = paycode_count_free(tx, payer->person);
        assert(counted || db_failed(tx->db)); /* it was asked in this transaction */
        c->payment = payment.id;
        end(tx, c, CHARGE_PAID, shop->owner);
        return ERR_OK;
    }
    if (err_class(err) == CLASS_BROKEN) return err;
    *fault = (struct fault){0}; /* why is the payer's to know */
    c->refusal = refusal_newest(tx, payer->person);
    end(tx, c, CHARGE_NOT_PAID, shop->owner);
    return ERR_OK;
}

enum err charge_open(struct tx *tx, const struct actor *till, const struct charge_open_cmd *cmd,
                     struct fault *fault, struct charge *out) {
    struct stand stand;
    struct paycode code;
    enum err err = waiter_stand(tx->db, till, cmd->merchant, fault, &stand);
    if (err != ERR_OK) return err;
    const struct merchant *shop = &stand.merchant;
    struct till_id at = stand.till.n ? stand.till : cmd->till;
    if ((cmd->till.n && cmd->till.n != at.n) || !till_fits(tx->db, shop->id, at))
        return fault_field(fault, ERR_NOT_FOUND, "/till_id");
    if (cmd->amount.fen > tx->rules->payment_max_fen) return fault_set(fault, ERR_AMOUNT_TOO_LARGE);
    err = paycode_take(tx, cmd->code, shop, cmd->amount, fault, &code);
    if (err != ERR_OK) return err;
    *out = (struct charge){
        .id = {sequence_take(tx->sequence)},
        .merchant = shop->id,
        .till = at,
        .opener = till->person,
        .payer = code.owner.person,
        .session = code.owner.session,
        .amount = cmd->amount,
        .created_ms = tx->now_ms,
    };
    text_keep(cmd->note, out->note, sizeof out->note);
    if (paycode_is_free(tx, &code, cmd->amount)) {
        err = pay_at_once(tx, &code.owner, shop, fault, out);
        if (err != ERR_OK) return err;
    } else {
        out->state = CHARGE_WAITING;
        out->due_ms = tx->now_ms + tx->rules->charge_wait_ms;
        wake_person(tx, out->payer);
    }
    row_add(tx, out);
    if (out->state == CHARGE_PAID) out->state = state_of_payment(tx->db, out->payment);
    return ERR_OK;
}

enum err charge_cancel(struct tx *tx, const struct actor *till, struct merchant_id merchant,
                       struct charge_id id, struct fault *fault, struct charge *out) {
    enum err err = charge_own(tx->db, till, merchant, id, tx->now_ms, fault, out);
    if (err != ERR_OK || out->state == CHARGE_CANCELLED) return err;
    bool ended =
        out->state == CHARGE_WAITING && end_waiting(tx, out, CHARGE_CANCELLED, owner_of(tx->db, merchant));
    return ended ? ERR_OK : fault_set(fault, ERR_CHARGE_OVER);
}

/* --- the payer's side --- */

static enum err find_asked(struct tx *tx, const struct actor *payer, struct charge_id id, struct fault *fault,
                           struct charge *out) {
    bool own = charge_find(tx->db, id, tx->now_ms, out) && out->payer.n == payer->person.n;
    return own ? ERR_OK : fault_set(fault, ERR_NOT_FOUND);
}

/* Somebody who is signed in as the payer elsewhere wants to confirm what this login's screen never showed. */
static enum err elsewhere(struct tx *tx, struct charge *c, struct fault *fault) {
    struct merchant shop;
    if (!merchant_find(tx->db, c->merchant, &shop)) return fault_set(fault, ERR_NOT_FOUND);
    paycode_tell(tx, c->payer, &shop, c->amount, ERR_PAYCODE_LATE);
    c->refusal = refusal_newest(tx, c->payer);
    end_waiting(tx, c, CHARGE_DECLINED, shop.owner);
    return fault_set(fault, ERR_CHARGE_ELSEWHERE);
}

enum err charge_confirm(struct tx *tx, const struct actor *payer, struct charge_id id, struct text pin,
                        struct fault *fault, struct payment *out, struct merchant *shop) {
    struct charge c;
    enum err err = find_asked(tx, payer, id, fault, &c);
    if (err != ERR_OK) return err;
    if (c.state != CHARGE_WAITING) return fault_set(fault, ERR_CHARGE_OVER);
    if (c.session.n != payer->session.n) return elsewhere(tx, &c, fault);
    struct purchase_cmd cmd = purchase_of(&c);
    cmd.pin = pin;
    err = purchase_pay(tx, payer, &cmd, fault, out, shop);
    if (err == ERR_OK) {
        c.payment = out->id;
        bool ended = end_waiting(tx, &c, CHARGE_PAID, shop->owner);
        assert(ended || db_failed(tx->db));
    } else if (err_class(err) == CLASS_REFUSED) {
        c.refusal = refusal_newest(tx, c.payer);
        end_waiting(tx, &c, CHARGE_NOT_PAID, owner_of(tx->db, c.merchant));
    }
    return err;
}

enum err charge_decline(struct tx *tx, const struct actor *payer, struct charge_id id, struct fault *fault,
                        struct charge *out) {
    enum err err = find_asked(tx, payer, id, fault, out);
    if (err != ERR_OK || out->state == CHARGE_DECLINED) return err;
    bool ended = out->state == CHARGE_WAITING &&
                 end_waiting(tx, out, CHARGE_DECLINED, owner_of(tx->db, out->merchant));
    return ended ? ERR_OK : fault_set(fault, ERR_CHARGE_OVER);
}

static size_t rows_read(struct stmt *q, struct charge out[BATCH_MAX]) {
    size_t count = 0;
    while (count < BATCH_MAX && db_row(q)) out[count++] = row_read(q);
    db_done(q);
    return count;
}

void charge_decline_all(struct tx *tx, struct person_id payer) {
    struct charge waiting[BATCH_MAX];
    struct stmt *q = db_stmt(tx->db, &charge_sql[WAITING_OF]);
    db_bind_u64(q, payer.n);
    db_bind_i64(q, BATCH_MAX);
    size_t count = rows_read(q, waiting);
    for (size_t i = 0; i < count; i++)
        end_waiting(tx, &waiting[i], CHARGE_DECLINED, owner_of(tx->db, waiting[i].merchant));
}

/* --- its own time --- */

static void lapse(struct tx *tx, struct charge *c) {
    struct merchant shop;
    struct refusal refusal = {.person = c->payer,
                              .kind = PAYMENT_PURCHASE,
                              .amount = c->amount,
                              .merchant = c->merchant};
    if (!merchant_find(tx->db, c->merchant, &shop)) return; /* the group is undone */
    refusal.payee = shop.owner;
    fault_set(&refusal.fault, ERR_CHARGE_LAPSED);
    refusal_keep(tx, &refusal);
    c->refusal = refusal.id;
    end_waiting(tx, c, CHARGE_LAPSED, shop.owner);
}

int charge_lapse_due(struct tx *tx, int max) {
    struct charge due[BATCH_MAX];
    assert(max <= BATCH_MAX);
    struct stmt *q = db_stmt(tx->db, &charge_sql[DUE]);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, max);
    size_t count = rows_read(q, due);
    for (size_t i = 0; i < count; i++) lapse(tx, &due[i]);
    return (int)count;
}
