/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/merchant.h"

#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/freeze.h"
#include "wallet/rename.h"
#include "wallet/sequence.h"
#include "wallet/till.h"

#define MERCHANT "id, owner, account, name, created_ms, renamed_ms"

enum {
    ADD,
    COUNT,
    SAME,
    FIND,
    LIST,
    LIST_ALL,
    RENAME,
    NAME_KEEP,
    NAME_AT,
    WAITER,
    ORDER_ADD,
    ORDER_FIND,
    ORDER_MOVE
};
static const struct sql merchant_sql[] = {
    [ADD] = {"INSERT INTO merchant (" MERCHANT ") VALUES ($1, $2, $3, $4, $5, 0)"},
    [COUNT] = {"SELECT CAST(count(*) AS BIGINT) FROM merchant WHERE owner = $1"},
    [SAME] = {"SELECT id FROM merchant WHERE owner = $1 AND name = $2"},
    [FIND] = {"SELECT " MERCHANT " FROM merchant WHERE id = $1"},
    [LIST] = {"SELECT " MERCHANT " FROM merchant WHERE owner = $1 ORDER BY id LIMIT $2"},
    [LIST_ALL] = {"SELECT " MERCHANT " FROM merchant WHERE id < $1 ORDER BY id DESC LIMIT $2"},
    [RENAME] = {"UPDATE merchant SET name = $1, renamed_ms = $2 WHERE id = $3"},
    [NAME_KEEP] = {"INSERT INTO merchant_name (id, merchant, name, until_ms) VALUES ($1, $2, $3, $4)"},
    [NAME_AT] = {"SELECT name FROM merchant_name WHERE merchant = $1 AND until_ms > $2 ORDER BY until_ms, id "
                 "LIMIT 1"},
    [WAITER] = {"SELECT till FROM waiter WHERE person = $1 AND merchant = $2"},
    [ORDER_ADD] = {"INSERT INTO merchant_order (id, merchant, amount, note, created_ms, expires_ms, state, "
                   "payment, till) VALUES ($1, $2, $3, $4, $5, $6, 1, 0, $7)"},
    [ORDER_FIND] = {"SELECT merchant, amount, note, created_ms, expires_ms, state, payment, till FROM "
                    "merchant_order WHERE id = $1"},
    [ORDER_MOVE] =
        {"UPDATE merchant_order SET state = $1, payment = $2 WHERE id = $3 AND state = $4 AND payment = $5"},
};
DB_STATEMENTS(merchant_sql)

static struct merchant merchant_read(const struct stmt *q) {
    struct merchant m = {.id = {db_col_u64(q, 0)},
                         .owner = {db_col_u64(q, 1)},
                         .account = {db_col_u64(q, 2)},
                         .created_ms = db_col_i64(q, 4),
                         .renamed_ms = db_col_i64(q, 5)};
    struct text name = db_col_text(q, 3);
    text_keep(name, m.name, sizeof m.name);
    return m;
}

int64_t merchant_count(struct db *db, struct person_id owner) {
    struct stmt *q = db_stmt(db, &merchant_sql[COUNT]);
    db_bind_u64(q, owner.n);
    int64_t count = db_row(q) ? db_col_i64(q, 0) : 0;
    db_done(q);
    return count;
}

static bool name_taken(struct db *db, struct person_id owner, struct text name) {
    struct stmt *q = db_stmt(db, &merchant_sql[SAME]);
    db_bind_u64(q, owner.n);
    db_bind_text(q, name);
    bool taken = db_row(q);
    db_done(q);
    return taken;
}

bool name_valid(struct text name, size_t most) {
    size_t characters = 0;
    return text_utf8(name, &characters) && characters >= 1 && characters <= most && text_printable(name);
}

enum err merchant_add(struct tx *tx, const struct actor *owner, struct text name, struct fault *fault,
                      struct merchant *out) {
    if (!name_valid(name, MERCHANT_NAME_MAX)) return fault_field(fault, ERR_BAD_FIELD, "/name");
    if (owner->tier < 1) return fault_set(fault, ERR_REALNAME_NEEDED);
    if (name_taken(tx->db, owner->person, name)) return fault_set(fault, ERR_MERCHANT_TAKEN);
    if (merchant_count(tx->db, owner->person) >= tx->rules->merchants_max)
        return fault_set(fault, ERR_MERCHANT_LIMIT);
    /* from here it must succeed */
    struct merchant m = {.id = {sequence_take(tx->sequence)}, .owner = owner->person, .created_ms = tx->now_ms};
    text_keep(name, m.name, sizeof m.name);
    if (ledger_account_open(tx->ledger, ASSET_CNY, CHART_MERCHANT, chart_row(CHART_MERCHANT)->flags, m.id.n,
                            &m.account) != REASON_OK)
        return fault_set(fault, ERR_INTERNAL);
    struct stmt *q = db_stmt(tx->db, &merchant_sql[ADD]);
    db_bind_u64(q, m.id.n);
    db_bind_u64(q, m.owner.n);
    db_bind_u64(q, m.account.n);
    db_bind_text(q, name);
    db_bind_i64(q, m.created_ms);
    db_queue(q);
    freeze_new_account(tx, owner->person, m.account);
    *out = m;
    return ERR_OK;
}

bool merchant_find(struct db *db, struct merchant_id id, struct merchant *out) {
    struct stmt *q = db_stmt(db, &merchant_sql[FIND]);
    db_bind_u64(q, id.n);
    bool found = db_row(q);
    if (found) *out = merchant_read(q);
    db_done(q);
    return found;
}

size_t merchant_list(struct db *db, struct person_id owner, struct merchant *out, size_t most) {
    struct stmt *q = db_stmt(db, &merchant_sql[LIST]);
    db_bind_u64(q, owner.n);
    db_bind_i64(q, (int64_t)most);
    size_t count = 0;
    while (count < most && db_row(q)) out[count++] = merchant_read(q);
    db_done(q);
    return count;
}

size_t merchant_list_all(struct db *db, uint64_t before, struct merchant *out, size_t most) {
    struct stmt *q = db_stmt(db, &merchant_sql[LIST_ALL]);
    db_bind_i64(q, before ? (int64_t)before : INT64_MAX);
    db_bind_i64(q, (int64_t)most);
    size_t count = 0;
    while (count < most && db_row(q)) out[count++] = merchant_read(q);
    db_done(q);
    return count;
}

enum err merchant_own(struct db *db, const struct actor *actor, struct merchant_id id, struct fault *fault,
                      struct merchant *out) {
    struct merchant merchant;
    struct till_id till;
    if (!merchant_find(db, id, &merchant)) return fault_set(fault, ERR_NOT_FOUND);
    if (merchant.owner.n != actor->person.n)
        return fault_set(fault, merchant_waiter(db, id, actor->person, &till) ? ERR_NOT_YOURS : ERR_NOT_FOUND);
    *out = merchant;
    return ERR_OK;
}

bool merchant_waiter(struct db *db, struct merchant_id id, struct person_id person, struct till_id *till) {
    struct stmt *q = db_stmt(db, &merchant_sql[WAITER]);
    db_bind_u64(q, person.n);
    db_bind_u64(q, id.n);
    bool found = db_row(q);
    if (found) till->n = db_col_u64(q, 0);
    db_done(q);
    return found;
}

/* --- names --- */

enum err merchant_rename(struct tx *tx, const struct actor *actor, struct merchant_id id, struct text name,
                         struct fault *fault, struct merchant *out) {
    struct merchant m;
    enum err err = merchant_own(tx->db, actor, id, fault, &m);
    if (err != ERR_OK) return err;
    if (!name_valid(name, MERCHANT_NAME_MAX)) return fault_field(fault, ERR_BAD_FIELD, "/name");
    if (text_is(name, m.name)) {
        *out = m;
        return ERR_OK;
    }
    if (name_taken(tx->db, m.owner, name)) return fault_set(fault, ERR_MERCHANT_TAKEN);
    /* from here it must succeed */
    struct stmt *q = db_stmt(tx->db, &merchant_sql[NAME_KEEP]);
    db_bind_u64(q, sequence_take(tx->sequence));
    db_bind_u64(q, id.n);
    db_bind_text(q, text_of(m.name));
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
    q = db_stmt(tx->db, &merchant_sql[RENAME]);
    db_bind_text(q, name);
    db_bind_i64(q, tx->now_ms);
    db_bind_u64(q, id.n);
    db_queue(q);
    rename_note(tx, PARTY_MERCHANT, id.n);
    text_keep(name, m.name, sizeof m.name);
    m.renamed_ms = tx->now_ms;
    *out = m;
    return ERR_OK;
}

void merchant_name_at(struct db *db, const struct merchant *merchant, int64_t at_ms,
                      char out[MERCHANT_NAME_BYTES]) {
    text_keep(text_of(merchant->name), out, MERCHANT_NAME_BYTES);
    if (at_ms >= merchant->renamed_ms) return;
    struct stmt *q = db_stmt(db, &merchant_sql[NAME_AT]);
    db_bind_u64(q, merchant->id.n);
    db_bind_i64(q, at_ms);
    if (db_row(q)) text_keep(db_col_text(q, 0), out, MERCHANT_NAME_BYTES);
    db_done(q);
}

/* --- orders --- */

/* Whether the actor may charge there: the owner, or a waiter at the till (0: a waiter of any). */
static bool may_charge(struct db *db, const struct actor *actor, struct merchant_id id, struct till_id till) {
    struct merchant merchant;
    struct till_id own = {0};
    if (!merchant_find(db, id, &merchant)) return false;
    if (merchant.owner.n == actor->person.n) return true;
    return merchant_waiter(db, id, actor->person, &own) && (own.n == 0 || own.n == till.n);
}

/* A waiter's orders are the given till's, whether it was named or not. */
static struct till_id till_for(struct db *db, const struct actor *actor, const struct order_cmd *cmd) {
    struct till_id own = {0};
    if (cmd->till.n == 0) merchant_waiter(db, cmd->merchant, actor->person, &own);
    return cmd->till.n ? cmd->till : own;
}

enum err order_open(struct tx *tx, const struct actor *actor, const struct order_cmd *cmd,
                    struct fault *fault, struct order *out) {
    struct till_id till = till_for(tx->db, actor, cmd);
    if (!may_charge(tx->db, actor, cmd->merchant, till) || !till_fits(tx->db, cmd->merchant, till))
        return fault_set(fault, ERR_NOT_FOUND);
    if (cmd->amount.fen > tx->rules->payment_max_fen) return fault_set(fault, ERR_AMOUNT_TOO_LARGE);
    struct order order = {
        .id = {sequence_take(tx->sequence)},
        .merchant = cmd->merchant,
        .till = till,
        .amount = cmd->amount,
        .created_ms = tx->now_ms,
        .expires_ms = tx->now_ms + tx->rules->order_life_ms,
        .state = ORDER_OPEN,
    };
    text_keep(cmd->note, order.note, sizeof order.note);
    struct stmt *q = db_stmt(tx->db, &merchant_sql[ORDER_ADD]);
    db_bind_u64(q, order.id.n);
    db_bind_u64(q, order.merchant.n);
    db_bind_i64(q, order.amount.fen);
    db_bind_text(q, text_of(order.note));
    db_bind_i64(q, order.created_ms);
    db_bind_i64(q, order.expires_ms);
    db_bind_u64(q, till.n);
    db_queue(q);
    *out = order;
    return ERR_OK;
}

bool order_find(struct db *db, struct order_id id, int64_t now_ms, struct order *out) {
    struct stmt *q = db_stmt(db, &merchant_sql[ORDER_FIND]);
    db_bind_u64(q, id.n);
    bool found = db_row(q);
    if (found) {
        *out = (struct order){
            .id = id,
            .merchant = {db_col_u64(q, 0)},
            .amount = {db_col_i64(q, 1)},
            .created_ms = db_col_i64(q, 3),
            .expires_ms = db_col_i64(q, 4),
            .state = (enum order_state)db_col_i64(q, 5),
            .payment = {db_col_u64(q, 6)},
            .till = {db_col_u64(q, 7)},
        };
        struct text note = db_col_text(q, 2);
        text_keep(note, out->note, sizeof out->note);
        if (out->state == ORDER_OPEN && now_ms >= out->expires_ms) out->state = ORDER_CLOSED;
    }
    db_done(q);
    return found;
}

enum err order_payable(const struct order *order, struct money amount, struct fault *fault) {
    switch (order->state) {
    case ORDER_PAID: return fault_set(fault, ERR_ORDER_PAID);
    case ORDER_PAYING: return fault_set(fault, ERR_ORDER_BUSY);
    case ORDER_CLOSED: return fault_set(fault, ERR_ORDER_CLOSED);
    case ORDER_OPEN: break;
    }
    if (money_compare(amount, order->amount) == 0) return ERR_OK;
    fault_set(fault, ERR_AMOUNT_FIXED);
    fault->amount = order->amount.fen;
    return ERR_AMOUNT_FIXED;
}

/* One move: from a state and the payment it is claimed by to another. */
static bool order_move(struct tx *tx, struct order_id id, enum order_state from, struct payment_id claimed,
                       enum order_state to, struct payment_id payment) {
    struct stmt *q = db_stmt(tx->db, &merchant_sql[ORDER_MOVE]);
    db_bind_i64(q, to);
    db_bind_u64(q, payment.n);
    db_bind_u64(q, id.n);
    db_bind_i64(q, from);
    db_bind_u64(q, claimed.n);
    return db_run(q) == 1;
}

bool order_claim(struct tx *tx, struct order_id order, struct payment_id payment, enum order_state to) {
    return order_move(tx, order, ORDER_OPEN, (struct payment_id){0}, to, payment);
}

void order_paid(struct tx *tx, struct order_id order, struct payment_id payment) {
    order_move(tx, order, ORDER_PAYING, payment, ORDER_PAID, payment);
}

void order_released(struct tx *tx, struct order_id order, struct payment_id payment) {
    order_move(tx, order, ORDER_PAYING, payment, ORDER_OPEN, (struct payment_id){0});
}

enum err order_close(struct tx *tx, const struct actor *actor, struct merchant_id merchant,
                     struct order_id id, struct fault *fault, struct order *out) {
    struct order order;
    if (!order_find(tx->db, id, tx->now_ms, &order) || order.merchant.n != merchant.n ||
        !may_charge(tx->db, actor, merchant, order.till))
        return fault_set(fault, ERR_NOT_FOUND);
    if (order.state == ORDER_PAID) return fault_set(fault, ERR_ORDER_PAID);
    if (order.state == ORDER_PAYING) return fault_set(fault, ERR_ORDER_BUSY);
    order_move(tx, id, ORDER_OPEN, (struct payment_id){0}, ORDER_CLOSED, (struct payment_id){0});
    order.state = ORDER_CLOSED;
    *out = order;
    return ERR_OK;
}
