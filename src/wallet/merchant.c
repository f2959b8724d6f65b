/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/merchant.h"

#include "base/civil.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/sequence.h"

#define MERCHANT "id, owner, account, name, created_ms"

enum { ADD, COUNT, SAME, FIND, LIST, ORDER_ADD, ORDER_FIND, ORDER_MOVE };
static const struct sql merchant_sql[] = {
    [ADD] = {"INSERT INTO merchant (" MERCHANT ") VALUES ($1, $2, $3, $4, $5)"},
    [COUNT] = {"SELECT CAST(count(*) AS BIGINT) FROM merchant WHERE owner = $1"},
    [SAME] = {"SELECT id FROM merchant WHERE owner = $1 AND name = $2"},
    [FIND] = {"SELECT " MERCHANT " FROM merchant WHERE id = $1"},
    [LIST] = {"SELECT " MERCHANT " FROM merchant WHERE owner = $1 ORDER BY id LIMIT $2"},
    [ORDER_ADD] = {"INSERT INTO merchant_order (id, merchant, amount, note, created_ms, expires_ms, state, "
                   "payment) VALUES ($1, $2, $3, $4, $5, $6, 1, 0)"},
    [ORDER_FIND] = {"SELECT merchant, amount, note, created_ms, expires_ms, state, payment FROM "
                    "merchant_order WHERE id = $1"},
    [ORDER_MOVE] =
        {"UPDATE merchant_order SET state = $1, payment = $2 WHERE id = $3 AND state = $4 AND payment = $5"},
};
DB_STATEMENTS(merchant_sql)

static struct merchant merchant_read(const struct stmt *q) {
    struct merchant m = {.id = {db_col_u64(q, 0)},
                         .owner = {db_col_u64(q, 1)},
                         .account = {db_col_u64(q, 2)},
                         .created_ms = db_col_i64(q, 4)};
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

enum err merchant_add(struct tx *tx, const struct actor *owner, struct text name, struct fault *fault,
                      struct merchant *out) {
    size_t characters = 0;
    bool fine = text_utf8(name, &characters) && characters >= 1 && characters <= MERCHANT_NAME_MAX &&
                text_printable(name);
    if (!fine) return fault_field(fault, ERR_BAD_FIELD, "/name");
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

enum err merchant_own(struct db *db, const struct actor *actor, struct merchant_id id, struct fault *fault,
                      struct merchant *out) {
    struct merchant merchant;
    if (!merchant_find(db, id, &merchant) || merchant.owner.n != actor->person.n)
        return fault_set(fault, ERR_NOT_FOUND);
    *out = merchant;
    return ERR_OK;
}

/* --- takings --- */

static void take(struct takings *takings, const struct entry *entry) {
    struct money amount = {(int64_t)entry->amount};
    if (!money_add(takings->amount, amount, &takings->amount)) takings->whole = false;
    takings->count++;
    if (takings->listed == TAKINGS_LISTED_MAX) return;
    takings->items[takings->listed++] = (struct taking){{entry->payment}, amount, entry->time_ms};
}

void merchant_takings(struct view *view, const struct merchant *merchant, int64_t day, struct takings *out) {
    enum { CHUNK = 64 };
    struct entry entries[CHUNK];
    int64_t begins_ms = civil_day_start_ms(day), ends_ms = civil_day_start_ms(day + 1);
    struct entry_no before = {0};
    *out = (struct takings){.whole = true};
    for (int walked = 0; walked < TAKINGS_WALKED_MAX; walked += CHUNK) {
        size_t got = ledger_history(view->ledger, view->db, merchant->account, before, entries, CHUNK);
        for (size_t i = 0; i < got; i++) {
            const struct entry *entry = &entries[i];
            if (entry->time_ms < begins_ms) return; /* times never fall along the chain */
            before.n = entry->no;
            if (entry->time_ms < ends_ms && entry->credit == merchant->account.n && entry->payment != 0)
                take(out, entry);
        }
        if (got < CHUNK) return;
    }
    out->whole = false;
}

/* --- orders --- */

static bool owns(struct db *db, const struct actor *actor, struct merchant_id id) {
    struct merchant merchant;
    return merchant_find(db, id, &merchant) && merchant.owner.n == actor->person.n;
}

enum err order_open(struct tx *tx, const struct actor *actor, struct merchant_id merchant,
                    struct money amount, struct text note, struct fault *fault, struct order *out) {
    if (!owns(tx->db, actor, merchant)) return fault_set(fault, ERR_NOT_FOUND);
    if (amount.fen > tx->rules->payment_max_fen) return fault_set(fault, ERR_AMOUNT_TOO_LARGE);
    struct order order = {
        .id = {sequence_take(tx->sequence)},
        .merchant = merchant,
        .amount = amount,
        .created_ms = tx->now_ms,
        .expires_ms = tx->now_ms + tx->rules->order_life_ms,
        .state = ORDER_OPEN,
    };
    text_keep(note, order.note, sizeof order.note);
    struct stmt *q = db_stmt(tx->db, &merchant_sql[ORDER_ADD]);
    db_bind_u64(q, order.id.n);
    db_bind_u64(q, merchant.n);
    db_bind_i64(q, amount.fen);
    db_bind_text(q, text_of(order.note));
    db_bind_i64(q, order.created_ms);
    db_bind_i64(q, order.expires_ms);
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
    if (!owns(tx->db, actor, merchant) || !order_find(tx->db, id, tx->now_ms, &order) ||
        order.merchant.n != merchant.n)
        return fault_set(fault, ERR_NOT_FOUND);
    if (order.state == ORDER_PAID) return fault_set(fault, ERR_ORDER_PAID);
    if (order.state == ORDER_PAYING) return fault_set(fault, ERR_ORDER_BUSY);
    order_move(tx, id, ORDER_OPEN, (struct payment_id){0}, ORDER_CLOSED, (struct payment_id){0});
    order.state = ORDER_CLOSED;
    *out = order;
    return ERR_OK;
}
