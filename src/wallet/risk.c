/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/risk.h"

#include "ledger/ledger.h"
#include "wallet/freeze.h"

#define DAY INT64_C(86400000)
enum { HABIT_WALK = 64, HABIT_SAMPLES = 10, WALLET_DAYS = 7 };

static const struct risk_row rows[] = {
    {RISK_PINS, "pins", 7 * DAY, 0, 2},
    {RISK_PAYEES, "payees", 3600000, 0, 10},
    {RISK_HABIT, "habit", 0, 100000, 10},
    {RISK_DEVICE, "device", DAY, 200000, 0},
};

const struct risk_row *risk_row(enum risk_rule rule) {
    return &rows[rule - 1];
}

enum { PAYEE_ADD, PAYEES, LOCK_ADD, LOCKS };
static const struct sql risk_sql[] = {
    [PAYEE_ADD] =
        {"INSERT INTO risk_payee (person, payee, first_ms) VALUES ($1, $2, $3) ON CONFLICT (person, payee) "
         "DO NOTHING"},
    [PAYEES] = {"SELECT payee FROM risk_payee WHERE person = $1 AND first_ms > $2 LIMIT $3"},
    [LOCK_ADD] =
        {"INSERT INTO risk_lock (person, locked_ms, before_ms) VALUES ($1, $2, 0) ON CONFLICT (person) DO "
         "UPDATE SET before_ms = risk_lock.locked_ms, locked_ms = $2"},
    [LOCKS] = {"SELECT before_ms FROM risk_lock WHERE person = $1"},
};
DB_STATEMENTS(risk_sql)

static void lay(struct tx *tx, const struct actor *actor, enum risk_rule rule, enum freeze_reason reason) {
    struct freeze freeze;
    struct freeze_cmd cmd = {.person = actor->person,
                             .reason = reason,
                             .scope = FREEZE_DEBITS,
                             .note = text_of(risk_row(rule)->name)};
    freeze_add_by_rule(tx, &cmd, rule, &freeze);
}

/* --- how much, and from where --- */

/* The most that left at once lately, of what is committed; 0: too little is known to call it a habit. */
static uint64_t habit_of(struct tx *tx, const struct actor *actor) {
    struct entry entries[HABIT_WALK];
    uint64_t most = 0, samples = 0;
    size_t count =
        ledger_history(tx->ledger, tx->db, actor->account, (struct entry_no){0}, entries, HABIT_WALK);
    for (size_t i = 0; i < count; i++) {
        bool left = entries[i].debit == actor->account.n && entries[i].payment != 0 &&
                    !(entries[i].flags & (ENTRY_VOID | ENTRY_EXPIRED));
        if (!left) continue;
        samples++;
        if (entries[i].amount > most) most = entries[i].amount;
    }
    return samples >= HABIT_SAMPLES ? most : 0;
}

void risk_left(struct tx *tx, const struct actor *actor, struct money amount) {
    const struct risk_row *habit = risk_row(RISK_HABIT), *device = risk_row(RISK_DEVICE);
    if (amount.fen >= device->amount_fen && tx->now_ms - actor->session_ms < device->within_ms &&
        tx->now_ms - actor->created_ms > WALLET_DAYS * DAY)
        lay(tx, actor, RISK_DEVICE, FREEZE_BY_DEVICE);
    if (amount.fen < habit->amount_fen) return;
    uint64_t most = habit_of(tx, actor);
    if (most > 0 && (uint64_t)amount.fen / (uint64_t)habit->times >= most)
        lay(tx, actor, RISK_HABIT, FREEZE_BY_HABIT);
}

/* --- to whom --- */

void risk_sent_to(struct tx *tx, const struct actor *actor, struct person_id payee) {
    const struct risk_row *row = risk_row(RISK_PAYEES);
    struct stmt *q = db_stmt(tx->db, &risk_sql[PAYEE_ADD]);
    db_bind_u64(q, actor->person.n);
    db_bind_u64(q, payee.n);
    db_bind_i64(q, tx->now_ms);
    if (db_run(q) != 1) return; /* not the first time */
    int64_t count = 0;
    q = db_stmt(tx->db, &risk_sql[PAYEES]);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, tx->now_ms - row->within_ms);
    db_bind_i64(q, row->times);
    while (count < row->times && db_row(q)) count++;
    db_done(q);
    if (count >= row->times) lay(tx, actor, RISK_PAYEES, FREEZE_BY_PAYEES);
}

/* --- by whom --- */

void risk_pin_locked(struct tx *tx, const struct actor *actor) {
    struct stmt *q = db_stmt(tx->db, &risk_sql[LOCK_ADD]);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, tx->now_ms);
    db_run(q);
    q = db_stmt(tx->db, &risk_sql[LOCKS]);
    db_bind_u64(q, actor->person.n);
    int64_t before_ms = db_row(q) ? db_col_i64(q, 0) : 0;
    db_done(q);
    if (before_ms > tx->now_ms - risk_row(RISK_PINS)->within_ms) lay(tx, actor, RISK_PINS, FREEZE_BY_PINS);
}
