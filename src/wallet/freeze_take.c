/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/freeze_take.h"

#include <assert.h>

#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/freeze_order.h"
#include "wallet/house.h"
#include "wallet/payment.h"
#include "wallet/person.h"
#include "wallet/sequence.h"
#include "wallet/wake.h"

enum { ASK, TAKE, ENTRY_ON };
static const struct sql freeze_take_sql[] = {
    [ASK] = {"UPDATE freeze_order SET asked_by = $1, asked_ms = $2, take_asked = $3 WHERE id = $4 AND state "
             "= 1"},
    [TAKE] =
        {"UPDATE freeze_order SET held = $1, taken = $2, asked_by = 0, asked_ms = 0, take_asked = 0 WHERE "
         "id = $3 AND state = 1"},
    [ENTRY_ON] = {"SELECT entry FROM freeze_entry WHERE freeze_order = $1 AND account = $2"},
};
DB_STATEMENTS(freeze_take_sql)

/* An order that stands on the person's own account, with its entry there. */
struct standing {
    struct freeze freeze;
    uint64_t entry;
};

static uint64_t entry_on(struct tx *tx, struct freeze_id id, struct account_no account) {
    uint64_t entry = 0;
    struct stmt *q = db_stmt(tx->db, &freeze_take_sql[ENTRY_ON]);
    db_bind_u64(q, id.n);
    db_bind_u64(q, account.n);
    if (db_row(q)) entry = db_col_u64(q, 0);
    db_done(q);
    return entry;
}

/* The others that stop what leaves: they step aside while the authority's money leaves, in one chain. */
static size_t standing_beside(struct tx *tx, const struct freeze *f, struct account_no account,
                              struct standing out[FREEZES_STANDING_MAX]) {
    struct freeze rows[FREEZES_STANDING_MAX];
    size_t found = freeze_order_standing(tx->db, f->person, rows), count = 0;
    for (size_t i = 0; i < found; i++)
        if (rows[i].id.n != f->id.n && freeze_order_stops_debits(&rows[i]))
            out[count++] = (struct standing){rows[i], entry_on(tx, rows[i].id, account)};
    return count;
}

static struct ledger_event void_of(uint64_t entry, struct freeze_id id, enum freeze_mark mark) {
    struct ledger_event event = {.pending = entry, .flags = ENTRY_VOID, .role = ROLE_INNER};
    freeze_order_mark(&event, id, mark);
    return event;
}

/* void what is held · void the others · the money · the others again · what is still to be held: one chain, or nothing. */
static void take(struct tx *tx, struct freeze *f, struct account_no account, int64_t fen) {
    struct standing others[FREEZES_STANDING_MAX];
    struct ledger_event events[2 * FREEZES_STANDING_MAX + 3];
    size_t others_count = standing_beside(tx, f, account, others), count = 0;
    bool all = f->taken.fen + fen == f->amount.fen;
    struct payment payment = {
        .id = {sequence_take(tx->sequence)},
        .kind = PAYMENT_TAKEN,
        .payer = f->person,
        .amount = {fen},
        .state = PAYMENT_DONE,
    };
    text_keep(text_of(f->document), payment.note, sizeof payment.note);
    events[count++] =
        void_of(entry_on(tx, f->id, account), f->id, all ? FREEZE_MARK_OWN : FREEZE_MARK_REPLACES);
    for (size_t i = 0; i < others_count; i++)
        events[count++] = void_of(others[i].entry, others[i].freeze.id, FREEZE_MARK_AGAIN);
    size_t money_at = count;
    events[count++] = (struct ledger_event){
        .debit = account.n,
        .credit = house_account(tx, CHART_AUTHORITY).n,
        .amount = (uint64_t)fen,
        .payment = payment.id.n,
        .asset = ASSET_CNY,
        .code = MOVEMENT_TAKING,
        .role = ROLE_OPENS,
    };
    for (size_t i = 0; i < others_count; i++) {
        events[count] = freeze_order_entry(tx, &others[i].freeze, account);
        freeze_order_mark(&events[count++], others[i].freeze.id, FREEZE_MARK_AGAIN);
    }
    f->held.fen -= fen;
    f->taken.fen += fen;
    if (!all) {
        events[count] = freeze_order_entry(tx, f, account);
        freeze_order_mark(&events[count++], f->id, FREEZE_MARK_REPLACES);
    }
    for (size_t i = 0; i + 1 < count; i++) events[i].flags |= ENTRY_LINKED;
    enum ledger_reason reason = ledger_apply(tx->ledger, events, count);
    assert(reason == REASON_OK || db_failed(tx->db));
    for (size_t i = 0; i < others_count; i++)
        freeze_order_entry_moved(tx, others[i].freeze.id, account, events[money_at + 1 + i].entry);
    if (!all) freeze_order_entry_moved(tx, f->id, account, events[count - 1].entry);
    payment.entry = (struct entry_no){events[money_at].entry};
    payment_open(tx, &payment);
}

/* The row says what was taken; an order that has all of it is over, and its entry is gone already. */
static void taken(struct tx *tx, struct freeze *f, const struct staff *by, struct text note) {
    struct stmt *q = db_stmt(tx->db, &freeze_take_sql[TAKE]);
    db_bind_i64(q, f->held.fen);
    db_bind_i64(q, f->taken.fen);
    db_bind_u64(q, f->id.n);
    db_run(q);
    f->asked_by.n = 0;
    f->asked_ms = f->take_asked.fen = 0;
    freeze_order_log(tx, f, AUDIT_FREEZE_TAKE, staff_by(by), note);
    if (f->taken.fen < f->amount.fen) {
        wake_person(tx, f->person);
        return;
    }
    freeze_order_row_end(tx, f, FREEZE_RELEASED, staff_by(by));
    freeze_order_spread(tx, f->person, TOLD_UNFROZEN);
}

static void take_asked(struct tx *tx, struct freeze *f, int64_t fen, const struct staff *by, struct text note) {
    struct stmt *q = db_stmt(tx->db, &freeze_take_sql[ASK]);
    db_bind_u64(q, by->id.n);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, fen);
    db_bind_u64(q, f->id.n);
    db_run(q);
    f->asked_by = by->id;
    f->asked_ms = tx->now_ms;
    f->take_asked.fen = fen;
    freeze_order_log(tx, f, AUDIT_FREEZE_TAKE_ASK, staff_by(by), note);
}

enum err freeze_take(struct tx *tx, const struct staff *by, const struct freeze_take_cmd *cmd,
                     struct fault *fault, struct freeze *out) {
    struct person person;
    enum err err = staff_check(tx, by, fault);
    if (err == ERR_OK) err = freeze_order_find_open(tx, cmd->id, fault, out);
    if (err != ERR_OK) return err;
    if (!audit_reason_valid(cmd->note)) return fault_field(fault, ERR_BAD_FIELD, "/reason");
    if (freeze_reason_row(out->reason)->kind != FREEZE_COURT || out->scope != FREEZE_AMOUNT)
        return fault_set(fault, ERR_FREEZE_NO_TAKING);
    if (!text_is(cmd->document, out->document)) return fault_field(fault, ERR_FREEZE_DOCUMENT, "/document");
    int64_t most = out->take_asked.fen ? out->take_asked.fen : out->held.fen;
    int64_t fen = cmd->amount.fen ? cmd->amount.fen : most;
    if (out->held.fen == 0) return fault_set(fault, ERR_FREEZE_NOTHING_HELD);
    if (fen < 0 || fen > out->held.fen) return fault_field(fault, ERR_BAD_AMOUNT, "/amount");
    bool second = out->take_asked.fen == fen; /* another amount is a question of its own */
    if (second && out->asked_by.n == by->id.n) return fault_set(fault, ERR_FREEZE_SECOND);
    if (!person_find(tx->db, tx->keys, out->person, &person)) return fault_set(fault, ERR_NOT_FOUND);

    /* from here it must succeed */
    if (!second) {
        take_asked(tx, out, fen, by, cmd->note);
        return ERR_OK;
    }
    take(tx, out, person.account, fen);
    taken(tx, out, by, cmd->note);
    return ERR_OK;
}
