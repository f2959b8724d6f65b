/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/payment.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/funding.h"
#include "wallet/limit.h"
#include "wallet/merchant.h"
#include "wallet/person.h"
#include "wallet/purchase.h"
#include "wallet/refund.h"
#include "wallet/sequence.h"
#include "wallet/settlement.h"
#include "wallet/spend.h"
#include "wallet/till.h"
#include "wallet/wake.h"
#include "wallet/withdrawal.h"

enum { OPEN, FIND, MOVE, APPEND, MOVES, DIGEST, DIGEST_MOVES };
static const struct sql payment_sql[] = {
    [OPEN] = {"INSERT INTO payment (id, kind, payer, payee, merchant, order_id, card, amount, note, entry, "
              "period, created_ms, grp, "
              "state, reason, updated_ms, due_ms, delay_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
              "$11, $12, "
              "$13, $14, 0, $12, $15, $16)"},
    [FIND] = {"SELECT " PAYMENT_COLUMNS " FROM payment p WHERE p.id = $1"},
    [MOVE] = {"UPDATE payment SET state = $1, reason = $2, updated_ms = $3, due_ms = $6 WHERE id = $4 AND "
              "state = $5"},
    [APPEND] = {"INSERT INTO payment_move (id, payment, state, at_ms, entry, reason, grp) VALUES ($1, $2, "
                "$3, $4, $5, $6, $7)"},
    [MOVES] =
        {"SELECT state, at_ms, entry, reason FROM payment_move WHERE payment = $1 ORDER BY id LIMIT $2"},
    [DIGEST] = {"SELECT id, grp, kind, payer, payee, merchant, order_id, card, amount, entry, period, "
                "created_ms, note, delay_ms FROM payment "
                "WHERE id > $1 ORDER BY id LIMIT $2"},
    [DIGEST_MOVES] = {"SELECT id, grp, payment, state, at_ms, entry, reason FROM payment_move WHERE id > $1 "
                      "ORDER BY id LIMIT $2"},
};
DB_STATEMENTS(payment_sql)

/* --- the tables --- */

static const struct {
    enum payment_state from;
    enum payment_event event;
    enum payment_state to;
} moves[] = {
    {PAYMENT_AT_BANK, EVENT_APPROVED, PAYMENT_DONE},
    {PAYMENT_AT_BANK, EVENT_DECLINED, PAYMENT_DECLINED},
    {PAYMENT_AT_BANK, EVENT_UNANSWERED, PAYMENT_IN_DOUBT},
    {PAYMENT_IN_DOUBT, EVENT_APPROVED, PAYMENT_DONE},
    {PAYMENT_IN_DOUBT, EVENT_DECLINED, PAYMENT_DECLINED},
    {PAYMENT_AT_BANK, EVENT_DEFERRED, PAYMENT_WAITING},
    {PAYMENT_IN_DOUBT, EVENT_DEFERRED, PAYMENT_WAITING},
    {PAYMENT_AT_BANK, EVENT_STOPPED, PAYMENT_RETURNED},
    {PAYMENT_IN_DOUBT, EVENT_STOPPED, PAYMENT_RETURNED},
    {PAYMENT_WAITING, EVENT_ACCEPTED, PAYMENT_DONE},
    {PAYMENT_WAITING, EVENT_RETURNED, PAYMENT_RETURNED},
    {PAYMENT_WAITING, EVENT_EXPIRED, PAYMENT_RETURNED},
    {PAYMENT_ARRIVING, EVENT_ARRIVED, PAYMENT_WAITING},
    {PAYMENT_ARRIVING, EVENT_RECALLED, PAYMENT_RECALLED},
    {PAYMENT_ARRIVING, EVENT_RETURNED, PAYMENT_RETURNED},
};

static const struct payment_kind_row kinds[] = {
    {PAYMENT_TOPUP, "topup", "Top-up", "充值"},
    {PAYMENT_PURCHASE, "purchase", "Purchase", "付款"},
    {PAYMENT_TRANSFER, "transfer", "Transfer", "转账"},
    {PAYMENT_WITHDRAWAL, "withdrawal", "Withdrawal", "提现"},
    {PAYMENT_REFUND, "refund", "Refund", "退款"},
    {PAYMENT_SETTLEMENT, "settlement", "Settlement", "结算"},
    {PAYMENT_POCKET, "pocket", "Pocket", "小金库"},
    {PAYMENT_TAKEN, "taken", "Taken by order", "司法扣划"},
};

static const struct payment_state_row states[] = {
    {0, NULL, PAYMENT_AT_BANK, "at_bank", "At the bank", "银行处理中"},
    {0, NULL, PAYMENT_WAITING, "waiting", "Waiting", "等待中"},
    {PAYMENT_TRANSFER, "out", PAYMENT_WAITING, "waiting", "Waiting to be accepted", "等对方收钱"},
    {PAYMENT_TRANSFER, "in", PAYMENT_WAITING, "waiting", "Waiting for you to accept", "待你收钱"},
    {0, NULL, PAYMENT_DONE, "done", "Done", "已完成"},
    {PAYMENT_TOPUP, NULL, PAYMENT_DONE, "done", "Topped up", "充值成功"},
    {PAYMENT_PURCHASE, NULL, PAYMENT_DONE, "done", "Paid", "付款成功"},
    {PAYMENT_PURCHASE, NULL, PAYMENT_RETURNED, "returned", "Not paid, the card's money is in your balance",
     "没有付成,卡里的钱已到零钱"},
    {PAYMENT_TRANSFER, "out", PAYMENT_DONE, "done", "Accepted", "对方已收钱"},
    {PAYMENT_TRANSFER, "in", PAYMENT_DONE, "done", "Received", "已收钱"},
    {PAYMENT_WITHDRAWAL, NULL, PAYMENT_DONE, "done", "On your card", "提现已到账"},
    {PAYMENT_WITHDRAWAL, NULL, PAYMENT_DECLINED, "declined", "Not withdrawn, back in your balance",
     "提现失败,已退回零钱"},
    {PAYMENT_SETTLEMENT, NULL, PAYMENT_DONE, "done", "On the card", "已到卡"},
    {PAYMENT_SETTLEMENT, NULL, PAYMENT_DECLINED, "declined", "Not settled, still with the shop",
     "结算失败,货款还在店里"},
    {PAYMENT_TAKEN, NULL, PAYMENT_DONE, "done", "Taken by order of an authority", "已按文书扣划"},
    {PAYMENT_POCKET, "out", PAYMENT_DONE, "done", "In your pocket", "已存入小金库"},
    {PAYMENT_POCKET, "in", PAYMENT_DONE, "done", "Back in your balance", "已转回零钱"},
    {PAYMENT_REFUND, NULL, PAYMENT_AT_BANK, "at_bank", "On its way to the card", "退款到卡处理中"},
    {PAYMENT_REFUND, NULL, PAYMENT_WAITING, "waiting", "Not taken by the card, goes to the balance",
     "卡没有收下,将退到零钱"},
    {PAYMENT_REFUND, NULL, PAYMENT_DONE, "done", "Refunded", "已退款"},
    {PAYMENT_REFUND, NULL, PAYMENT_RETURNED, "returned", "Refunded to the balance", "已退到零钱"},
    {0, NULL, PAYMENT_REFUSED, "refused", "Not done", "没有成功"},
    {0, NULL, PAYMENT_DECLINED, "declined", "Declined by the bank", "银行没有通过"},
    {0, NULL, PAYMENT_IN_DOUBT, "in_doubt", "Being checked with the bank", "正在向银行核对"},
    {0, NULL, PAYMENT_RETURNED, "returned", "Returned", "已退回"},
    {PAYMENT_TRANSFER, "out", PAYMENT_RETURNED, "returned", "Returned to you", "已退回给你"},
    {0, NULL, PAYMENT_ARRIVING, "arriving", "On its way", "还没到账"},
    {PAYMENT_TRANSFER, "out", PAYMENT_ARRIVING, "arriving", "On its way, can be recalled", "还没到账,可以撤回"},
    {PAYMENT_TRANSFER, "in", PAYMENT_ARRIVING, "arriving", "On its way to you", "在路上,稍后到账"},
    {0, NULL, PAYMENT_RECALLED, "recalled", "Recalled", "已撤回"},
    {PAYMENT_TRANSFER, "out", PAYMENT_RECALLED, "recalled", "Recalled by you", "已撤回,钱已退回零钱"},
    {PAYMENT_TRANSFER, "in", PAYMENT_RECALLED, "recalled", "Recalled by the payer", "对方已撤回"},
};

const struct payment_kind_row *payment_kind_rows(size_t *count) {
    *count = sizeof kinds / sizeof kinds[0];
    return kinds;
}

const struct payment_state_row *payment_state_rows(size_t *count) {
    *count = sizeof states / sizeof states[0];
    return states;
}

const char *payment_kind_choices[PAYMENT_CHOICES_MAX + 1], *payment_state_choices[PAYMENT_CHOICES_MAX + 1];

static void choice_add(const char **choices, const char *name) {
    size_t at = 0;
    while (choices[at] && strcmp(choices[at], name) != 0) at++;
    assert(at < PAYMENT_CHOICES_MAX);
    choices[at] = name;
}

/* Before main, so that the tables of fields may point at them. */
__attribute__((constructor)) static void choices_fill(void) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        choice_add(payment_kind_choices, kinds[i].name);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        choice_add(payment_state_choices, states[i].name);
}

enum payment_kind payment_kind_of_choice(int choice) {
    size_t at = 0;
    while (strcmp(kinds[at].name, payment_kind_choices[choice]) != 0) at++;
    return kinds[at].kind;
}

enum payment_state payment_state_of_choice(int choice) {
    size_t at = 0;
    while (strcmp(states[at].name, payment_state_choices[choice]) != 0) at++;
    return states[at].state;
}

const char *payment_kind_name(enum payment_kind kind) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].kind == kind) return kinds[i].name;
    return "payment";
}

const char *payment_state_name(enum payment_state state) {
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (states[i].state == state) return states[i].name;
    return "unknown";
}

bool payment_is_over(enum payment_state state) {
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (moves[i].from == state) return false;
    return true;
}

enum money_taken payment_taken(enum payment_kind kind, enum payment_state state) {
    static const struct {
        enum payment_kind kind; /* 0: any */
        enum payment_state state;
        enum money_taken taken;
    } rows[] = {
        {PAYMENT_REFUND, PAYMENT_AT_BANK, TAKEN_YES}, /* the shop's: it has left at once */
        {PAYMENT_REFUND, PAYMENT_IN_DOUBT, TAKEN_YES},
        {PAYMENT_REFUND, PAYMENT_WAITING, TAKEN_YES},
        {PAYMENT_REFUND, PAYMENT_RETURNED, TAKEN_YES},
        {PAYMENT_POCKET, PAYMENT_DONE, TAKEN_NO}, /* it is where its owner put it */
        {0, PAYMENT_AT_BANK, TAKEN_CHECKING},
        {0, PAYMENT_IN_DOUBT, TAKEN_CHECKING},
        {0, PAYMENT_DONE, TAKEN_YES},
        {0, PAYMENT_DECLINED, TAKEN_NO},
        {0, PAYMENT_REFUSED, TAKEN_NO},
        {PAYMENT_PURCHASE, PAYMENT_RETURNED, TAKEN_NO}, /* from the card into the balance: it has not gone */
        {PAYMENT_TRANSFER, PAYMENT_WAITING, TAKEN_YES},
        {PAYMENT_TRANSFER, PAYMENT_RETURNED, TAKEN_NO},
        {PAYMENT_TRANSFER, PAYMENT_ARRIVING, TAKEN_YES},
        {PAYMENT_TRANSFER, PAYMENT_RECALLED, TAKEN_NO},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((rows[i].kind == 0 || rows[i].kind == kind) && rows[i].state == state) return rows[i].taken;
    return TAKEN_CHECKING;
}

/* --- the digest: the immutable part, as the same bytes when written and when audited --- */

enum { NUMBERS_MAX = 12 };

static size_t digest_bytes(const int64_t *numbers, size_t count, struct text note,
                           unsigned char out[NUMBERS_MAX * 8 + NOTE_BYTES]) {
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        for (int shift = 0; shift < 64; shift += 8)
            out[at++] = (unsigned char)((uint64_t)numbers[i] >> shift);
    if (note.n > 0) memcpy(out + at, note.p, note.n);
    return at + note.n;
}

/* The delay is among the numbers when there is one: older rows have none, and their bytes stay as they were. */
static void digest_feed(struct db *db, int statement, size_t columns, bool with_note, uint64_t after,
                        int limit, struct ledger_feed *feed) {
    struct stmt *q = db_stmt(db, &payment_sql[statement]);
    db_bind_u64(q, after);
    db_bind_i64(q, limit);
    while (db_row(q)) {
        int64_t numbers[NUMBERS_MAX];
        unsigned char bytes[NUMBERS_MAX * 8 + NOTE_BYTES];
        size_t count = columns;
        for (size_t i = 0; i < count; i++) numbers[i] = db_col_i64(q, (int)i + 2);
        struct text note = with_note ? db_col_text(q, (int)columns + 2) : (struct text){"", 0};
        int64_t delay_ms = with_note ? db_col_i64(q, (int)columns + 3) : 0;
        if (delay_ms) numbers[count++] = delay_ms;
        if (note.n >= NOTE_BYTES)
            note.n = NOTE_BYTES - 1; /* longer than any that we wrote: the digest will differ */
        size_t size = digest_bytes(numbers, count, note, bytes);
        ledger_digest_feed(feed, db_col_u64(q, 0), db_col_u64(q, 1), bytes, size);
    }
    db_done(q);
}

static void digest_payments(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
    digest_feed(db, DIGEST, 10, true, after, limit, feed);
}

static void digest_moves(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
    digest_feed(db, DIGEST_MOVES, 5, false, after, limit, feed);
}

void payment_register_digests(struct ledger *ledger) {
    funding_register_digest(ledger);
    ledger_digest_source(ledger, ROWS_PAYMENT, digest_payments);
    ledger_digest_source(ledger, ROWS_PAYMENT_MOVE, digest_moves);
}

/* --- rows --- */

void payment_open(struct tx *tx, struct payment *p) {
    assert(p->id.n > 0);
    p->created_ms = p->updated_ms = tx->now_ms;
    uint64_t group = ledger_group(tx->ledger).n;
    struct text note = text_of(p->note);
    struct stmt *q = db_stmt(tx->db, &payment_sql[OPEN]);
    db_bind_u64(q, p->id.n);
    db_bind_i64(q, p->kind);
    db_bind_u64(q, p->payer.n);
    db_bind_u64(q, p->payee.n);
    db_bind_u64(q, p->merchant.n);
    db_bind_u64(q, p->order.n);
    db_bind_u64(q, p->card.n);
    db_bind_i64(q, p->amount.fen);
    db_bind_text(q, note);
    db_bind_u64(q, p->entry.n);
    db_bind_i64(q, p->period);
    db_bind_i64(q, p->created_ms);
    db_bind_u64(q, group);
    db_bind_i64(q, p->state);
    db_bind_i64(q, p->due_ms);
    db_bind_i64(q, p->delay_ms);
    db_queue(q);
    const int64_t numbers[] = {p->kind,
                               (int64_t)p->payer.n,
                               (int64_t)p->payee.n,
                               (int64_t)p->merchant.n,
                               (int64_t)p->order.n,
                               (int64_t)p->card.n,
                               p->amount.fen,
                               (int64_t)p->entry.n,
                               p->period,
                               p->created_ms,
                               p->delay_ms};
    unsigned char bytes[NUMBERS_MAX * 8 + NOTE_BYTES];
    ledger_digest_row(tx->ledger, ROWS_PAYMENT, p->id.n, bytes,
                      digest_bytes(numbers, p->delay_ms ? 11 : 10, note, bytes));
    wake_person(tx, p->payer);
    wake_person(tx, p->payee);
}

void payment_read(const struct stmt *q, struct payment *out) {
    *out = (struct payment){
        .id = {db_col_u64(q, 0)},
        .kind = (enum payment_kind)db_col_i64(q, 1),
        .payer = {db_col_u64(q, 2)},
        .payee = {db_col_u64(q, 3)},
        .merchant = {db_col_u64(q, 4)},
        .order = {db_col_u64(q, 5)},
        .card = {db_col_u64(q, 6)},
        .amount = {db_col_i64(q, 7)},
        .entry = {db_col_u64(q, 9)},
        .period = db_col_i64(q, 10),
        .created_ms = db_col_i64(q, 11),
        .state = (enum payment_state)db_col_i64(q, 12),
        .reason = (enum err)db_col_i64(q, 13),
        .updated_ms = db_col_i64(q, 14),
        .due_ms = db_col_i64(q, 15),
        .delay_ms = db_col_i64(q, 16),
    };
    text_keep(db_col_text(q, 8), out->note, sizeof out->note);
}

bool payment_find(struct db *db, struct payment_id id, struct payment *out) {
    struct stmt *q = db_stmt(db, &payment_sql[FIND]);
    db_bind_u64(q, id.n);
    bool found = db_row(q);
    if (found) payment_read(q, out);
    db_done(q);
    return found;
}

enum payment_state payment_first_state(const struct payment *payment) {
    if (payment->kind == PAYMENT_TRANSFER) return payment->delay_ms ? PAYMENT_ARRIVING : PAYMENT_WAITING;
    return payment->card.n ? PAYMENT_AT_BANK : PAYMENT_DONE;
}

size_t payment_moves(struct db *db, struct payment_id id, struct payment_move_row out[PAYMENT_MOVES_MAX]) {
    struct stmt *q = db_stmt(db, &payment_sql[MOVES]);
    db_bind_u64(q, id.n);
    db_bind_i64(q, PAYMENT_MOVES_MAX);
    size_t count = 0;
    while (count < PAYMENT_MOVES_MAX && db_row(q))
        out[count++] = (struct payment_move_row){(enum payment_state)db_col_i64(q, 0),
                                                 db_col_i64(q, 1),
                                                 {db_col_u64(q, 2)},
                                                 (enum err)db_col_i64(q, 3)};
    db_done(q);
    return count;
}

static void append_move(struct tx *tx, const struct payment *p, struct entry_no entry) {
    uint64_t id = sequence_take(tx->sequence);
    struct stmt *q = db_stmt(tx->db, &payment_sql[APPEND]);
    db_bind_u64(q, id);
    db_bind_u64(q, p->id.n);
    db_bind_i64(q, p->state);
    db_bind_i64(q, tx->now_ms);
    db_bind_u64(q, entry.n);
    db_bind_i64(q, p->reason);
    db_bind_u64(q, ledger_group(tx->ledger).n);
    db_queue(q);
    const int64_t numbers[] = {(int64_t)p->id.n, p->state, tx->now_ms, (int64_t)entry.n, p->reason};
    unsigned char bytes[NUMBERS_MAX * 8 + NOTE_BYTES];
    ledger_digest_row(tx->ledger, ROWS_PAYMENT_MOVE, id, bytes,
                      digest_bytes(numbers, 5, (struct text){"", 0}, bytes));
}

static enum err move_to(struct tx *tx, struct payment *p, enum payment_event event, struct entry_no entry,
                        enum err reason, int64_t due_ms) {
    size_t at = 0, count = sizeof moves / sizeof moves[0];
    while (at < count && (moves[at].from != p->state || moves[at].event != event)) at++;
    if (at == count) return ERR_NOT_WAITING;
    struct stmt *q = db_stmt(tx->db, &payment_sql[MOVE]);
    db_bind_i64(q, moves[at].to);
    db_bind_i64(q, reason);
    db_bind_i64(q, tx->now_ms);
    db_bind_u64(q, p->id.n);
    db_bind_i64(q, p->state);
    db_bind_i64(q, due_ms);
    if (db_run(q) != 1) return ERR_NOT_WAITING;
    p->state = moves[at].to;
    p->reason = reason;
    p->updated_ms = tx->now_ms;
    p->due_ms = due_ms;
    append_move(tx, p, entry);
    wake_person(tx, p->payer);
    wake_person(tx, p->payee);
    return ERR_OK;
}

enum err payment_move(struct tx *tx, struct payment *p, enum payment_event event, struct entry_no entry,
                      enum err reason) {
    return move_to(tx, p, event, entry, reason, 0);
}

enum err payment_move_until(struct tx *tx, struct payment *p, enum payment_event event, enum err reason,
                            int64_t due_ms) {
    return move_to(tx, p, event, (struct entry_no){0}, reason, due_ms);
}

void payment_end_pending(struct tx *tx, const struct payment *p, int64_t fee, enum entry_flag how) {
    struct ledger_event events[2] = {
        {.pending = p->entry.n,
         .payment = p->id.n,
         .flags = (uint16_t)how | (fee ? ENTRY_LINKED : 0),
         .role = ROLE_CHANGES},
        {.pending = p->entry.n + 1, .payment = p->id.n, .flags = (uint16_t)how, .role = ROLE_INNER},
    };
    if (how == ENTRY_POST) {
        events[0].amount = events[1].amount = AMOUNT_ALL;
        events[0].flags |= ENTRY_OUTSIDE; /* the bank has paid it out */
        events[1].flags |= ENTRY_OUTSIDE;
    }
    enum ledger_reason reason = ledger_apply(tx->ledger, events, fee ? 2 : 1);
    assert(reason == REASON_OK || db_failed(tx->db));
}

/* --- the bank's answer --- */

/* Where the bank's money goes: to the person and, for a purchase, on to the shop. */
struct landing {
    struct account_no person, shop;
    bool stopped; /* by a freeze that came meanwhile: no further than the person's balance */
};

/* Whether they take it now: an account may have been closed, or a shop's filled, while the bank was asked. */
static bool landing_find(struct tx *tx, const struct payment *p, struct landing *out) {
    struct person person;
    struct merchant shop;
    struct account account;
    struct fault fault;
    if (!person_find(tx->db, tx->keys, p->kind == PAYMENT_TOPUP ? p->payee : p->payer, &person)) return false;
    if (!ledger_account_get(tx->ledger, person.account, &account) || account.flags & ACCOUNT_CLOSED)
        return false;
    *out = (struct landing){.person = person.account};
    if (p->kind == PAYMENT_TOPUP) return true;
    if (!merchant_find(tx->db, p->merchant, &shop)) return false;
    out->shop = shop.account;
    enum err err = spend_payee(tx, shop.account, p->amount, &fault);
    out->stopped = account.flags & ACCOUNT_DEBITS_FROZEN || err == ERR_PAYEE_FROZEN;
    return err == ERR_OK || out->stopped;
}

/* The bank has taken the money from the card; it goes no further than the payer's balance. */
static void stop(struct tx *tx, struct payment *p, struct entry_no pending) {
    if (payment_move(tx, p, EVENT_STOPPED, ledger_next_entry(tx->ledger), ERR_PAYMENT_STOPPED) != ERR_OK)
        return;
    struct ledger_event posts = {.pending = pending.n,
                                 .amount = AMOUNT_ALL,
                                 .payment = p->id.n,
                                 .flags = ENTRY_POST | ENTRY_OUTSIDE,
                                 .role = ROLE_CHANGES};
    enum ledger_reason reason = ledger_apply(tx->ledger, &posts, 1);
    assert(reason == REASON_OK || db_failed(tx->db));
    if (p->order.n) order_released(tx, p->order, p->id);
}

/* The pending bank -> person posts; a purchase goes on, in the same breath, from the person to the shop. The bank has taken the money:
 * when it cannot be credited, the payment stays in doubt and the money pending, and the log tells the operator. */
static void settle(struct tx *tx, struct payment *p) {
    struct landing to;
    struct entry_no pending = funding_asked(tx->db, p).entry;
    if (!landing_find(tx, p, &to)) {
        if (db_failed(tx->db)) return; /* the group is undone */
        log_error("payment %llu: approved by the bank, but an account is closed or full",
                  (unsigned long long)p->id.n);
        payment_move(tx, p, EVENT_UNANSWERED, (struct entry_no){0}, ERR_BANK_IN_DOUBT);
        return;
    }
    if (to.stopped) {
        stop(tx, p, pending);
        return;
    }
    if (payment_move(tx, p, EVENT_APPROVED, ledger_next_entry(tx->ledger), ERR_OK) != ERR_OK) return;
    bool purchase = p->kind == PAYMENT_PURCHASE;
    struct entry asked = {0};
    if (purchase) ledger_entry_read(tx->ledger, tx->db, p->entry, &asked);
    struct ledger_event events[2] = {
        {.pending = pending.n,
         .amount = UINT64_MAX,
         .payment = p->id.n,
         .flags = ENTRY_POST | ENTRY_OUTSIDE | (purchase ? ENTRY_LINKED : 0),
         .role = purchase ? ROLE_INNER : ROLE_CHANGES},
        {.debit = to.person.n,
         .credit = to.shop.n,
         .amount = (uint64_t)p->amount.fen,
         .payment = p->id.n,
         .asset = ASSET_CNY,
         .code = MOVEMENT_PURCHASE,
         .role = ROLE_CHANGES},
    };
    till_mark(&events[1], till_of(&asked)); /* on to where it was paid */
    enum ledger_reason reason = ledger_apply(tx->ledger, events, purchase ? 2 : 1);
    assert(reason == REASON_OK || db_failed(tx->db));
    if (p->order.n) order_paid(tx, p->order, p->id);
}

static void decline(struct tx *tx, struct payment *p, enum err refusal) {
    if (p->kind == PAYMENT_PURCHASE && p->state == PAYMENT_AT_BANK && purchase_ask_next(tx, p, refusal))
        return;
    struct entry_no pending = funding_asked(tx->db, p).entry;
    if (payment_move(tx, p, EVENT_DECLINED, ledger_next_entry(tx->ledger), refusal) != ERR_OK) return;
    struct ledger_event voids = {.pending = pending.n,
                                 .payment = p->id.n,
                                 .flags = ENTRY_VOID,
                                 .role = ROLE_CHANGES};
    enum ledger_reason reason = ledger_apply(tx->ledger, &voids, 1);
    assert(reason == REASON_OK || db_failed(tx->db));
    if (p->order.n) order_released(tx, p->order, p->id);
}

void payment_bank_answer(struct tx *tx, struct payment_id id, const struct bank_answer *answer) {
    struct payment payment;
    if (!payment_find(tx->db, id, &payment)) return;
    switch (payment.kind) {
    case PAYMENT_WITHDRAWAL: withdrawal_bank_answer(tx, &payment, answer); return;
    case PAYMENT_REFUND: refund_bank_answer(tx, &payment, answer); return;
    case PAYMENT_SETTLEMENT: settlement_bank_answer(tx, &payment, answer); return;
    case PAYMENT_POCKET:
    case PAYMENT_TAKEN:
    case PAYMENT_TOPUP:
    case PAYMENT_PURCHASE:
    case PAYMENT_TRANSFER: break;
    }
    switch (answer->verdict) {
    case BANK_APPROVED: settle(tx, &payment); return;
    case BANK_DECLINED: decline(tx, &payment, answer->refusal); return;
    case BANK_UNANSWERED:
        payment_move(tx, &payment, EVENT_UNANSWERED, (struct entry_no){0}, ERR_BANK_IN_DOUBT);
        return;
    }
}
