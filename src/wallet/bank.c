/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/bank.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/sequence.h"

static const struct bank_row rows[] = {
    {1, "CMB", "China Merchants Bank", "招商银行"},
    {2, "CCB", "China Construction Bank", "建设银行"},
    {3, "ICBC", "Industrial and Commercial Bank of China", "工商银行"},
};

/* ISO 20022 ExternalStatusReason1Code, the ones that a person can do something about; the rest is "declined". */
static const struct {
    const char *reason;
    enum err refusal;
} refusals[] = {
    {"AM04", ERR_BANK_FUNDS},        /* InsufficientFunds */
    {"AM02", ERR_BANK_LIMIT},        /* NotAllowedAmount */
    {"AM14", ERR_BANK_LIMIT},        /* AmountExceedsAgreedLimit */
    {"AC04", ERR_BANK_CARD_LOST},    /* ClosedAccountNumber */
    {"AC06", ERR_BANK_CARD_LOST},    /* BlockedAccount */
    {"BE01", ERR_CARD_ELEMENTS},     /* InconsistentWithEndCustomer */
    {"DS24", ERR_BANK_OUT_OF_REACH}, /* WaitingTimeExpired: cancelled before the bank took it */
};

enum {
    BANK_FIND,
    BANK_ADD,
    OUTBOX_ADD,
    OUTBOX_NEW,
    OUTBOX_IN_DOUBT,
    OUTBOX_IN_DOUBT_SINCE,
    OUTBOX_IN_DOUBT_COUNT,
    OUTBOX_PAYMENT,
    OUTBOX_OF_CARD,
    OUTBOX_OF_PAYMENT,
    ANSWER_ADD,
    DOUBT_ADD,
    DOUBT_MOVE,
    DOUBT_END,
    OUTBOX_NEWEST,
    CURSOR,
    CURSOR_MOVE,
};
#define MESSAGE "o.id, o.payment, o.bank, o.kind, o.amount, o.card, o.token, o.created_ms"
static const struct sql bank_sql[] = {
    [BANK_FIND] = {"SELECT account FROM bank WHERE no = $1"},
    [BANK_ADD] = {"INSERT INTO bank (no, account, opened_ms) VALUES ($1, $2, $3)"},
    [OUTBOX_ADD] = {"INSERT INTO outbox (id, payment, bank, kind, amount, card, token, created_ms)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"},
    [OUTBOX_NEW] = {"SELECT " MESSAGE ", 0, 0 FROM outbox o WHERE o.id > $1 AND o.bank = $2"
                    " AND NOT EXISTS (SELECT 1 FROM outbox_answer a WHERE a.id = o.id)"
                    " AND NOT EXISTS (SELECT 1 FROM outbox_doubt d WHERE d.id = o.id)"
                    " ORDER BY o.id LIMIT $3"},
    [OUTBOX_IN_DOUBT] = {"SELECT " MESSAGE
                         ", d.tries, d.due_ms FROM outbox_doubt d JOIN outbox o ON o.id = d.id"
                         " WHERE o.bank = $1 ORDER BY d.due_ms, d.id LIMIT $2"},
    /* orders of all payments, in the order of their numbers: there is no index by payment, nobody else asks */
    [OUTBOX_OF_PAYMENT] =
        {"SELECT o.id, o.bank, o.kind, o.amount, o.card, o.created_ms, coalesce(a.verdict, 0),"
         " coalesce(a.reason, ''), coalesce(a.reference, ''), coalesce(a.at_ms, 0),"
         " coalesce(d.tries, 0), coalesce(d.due_ms, 0)"
         " FROM (SELECT * FROM outbox WHERE id > $1 ORDER BY id LIMIT $2) o"
         " LEFT JOIN outbox_answer a ON a.id = o.id LEFT JOIN outbox_doubt d ON d.id = o.id"
         " WHERE o.payment = $1 ORDER BY o.id LIMIT $3"},
    [OUTBOX_IN_DOUBT_SINCE] = {"SELECT COALESCE(min(since_ms), 0) FROM outbox_doubt"},
    [OUTBOX_IN_DOUBT_COUNT] = {"SELECT CAST(count(*) AS BIGINT) FROM outbox_doubt"},
    [OUTBOX_PAYMENT] = {"SELECT payment FROM outbox WHERE id = $1"},
    [OUTBOX_OF_CARD] =
        {"SELECT o.id FROM outbox o, outbox_cursor c WHERE c.id = 0 AND o.id > c.settled AND o.card = $1"
         " AND NOT EXISTS (SELECT 1 FROM outbox_answer a WHERE a.id = o.id)"
         " UNION ALL SELECT o.id FROM outbox_doubt d JOIN outbox o ON o.id = d.id WHERE o.card = $1"
         " LIMIT 1"},
    [ANSWER_ADD] =
        {"INSERT INTO outbox_answer (id, verdict, reason, reference, at_ms) VALUES ($1, $2, $3, $4, $5)"
         " ON CONFLICT (id) DO NOTHING"},
    [DOUBT_ADD] =
        {"INSERT INTO outbox_doubt (id, tries, due_ms, since_ms) SELECT CAST($1 AS BIGINT), CAST($2 AS "
         "BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT)"
         " WHERE NOT EXISTS (SELECT 1 FROM outbox_answer a WHERE a.id = $1) ON CONFLICT (id) DO NOTHING"},
    [DOUBT_MOVE] = {"UPDATE outbox_doubt SET tries = $2, due_ms = $3 WHERE id = $1 AND tries < $2"},
    [DOUBT_END] = {"DELETE FROM outbox_doubt WHERE id = $1"},
    [OUTBOX_NEWEST] = {"SELECT CAST(coalesce(max(id), 0) AS BIGINT) FROM outbox"},
    [CURSOR] = {"SELECT settled FROM outbox_cursor WHERE id = 0"},
    [CURSOR_MOVE] = {"UPDATE outbox_cursor SET settled = $1 WHERE id = 0 AND settled < $1"},
};
DB_STATEMENTS(bank_sql)

/* --- the banks --- */

const struct bank_row *bank_rows(size_t *count) {
    *count = sizeof rows / sizeof rows[0];
    return rows;
}

const struct bank_row *bank_by_code(struct text code) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (text_is(code, rows[i].code)) return &rows[i];
    return NULL;
}

const struct bank_row *bank_by_no(int no) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].no == no) return &rows[i];
    return NULL;
}

enum err bank_fault(int bank, enum err code, struct fault *fault) {
    const struct bank_row *row = bank_by_no(bank);
    fault_set(fault, code);
    snprintf(fault->name, sizeof fault->name, "%s", row ? row->name_zh : "银行");
    snprintf(fault->name_en, sizeof fault->name_en, "%s", row ? row->name : "The bank");
    return code;
}

enum err bank_refusal(struct text reason) {
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (text_is(reason, refusals[i].reason)) return refusals[i].refusal;
    return ERR_BANK_DECLINED;
}

/* --- cards --- */

enum err bank_check_elements(struct bank_link *link, const struct bank_elements *elements,
                             struct bank_check *out, struct fault *fault) {
    if (!bank_by_no(elements->bank)) return fault_set(fault, ERR_CARD_NOT_SUPPORTED);
    if (!link) return bank_fault(elements->bank, ERR_BANK_OUT_OF_REACH, fault);
    return link->check_elements(link, elements, out, fault);
}

enum err bank_confirm(struct bank_link *link, int bank, struct text reference, struct text code,
                      struct bank_grant *out, struct fault *fault) {
    if (!bank_by_no(bank)) return fault_set(fault, ERR_CARD_NOT_SUPPORTED);
    if (!link) return bank_fault(bank, ERR_BANK_OUT_OF_REACH, fault);
    return link->confirm(link, bank, reference, code, out, fault);
}

static void token_place(struct card_id card, char out[40]) {
    snprintf(out, 40, "card.token:%llu", (unsigned long long)card.n);
}

size_t bank_token_seal(const struct keys *keys, struct card_id card, const char *token,
                       unsigned char out[BANK_SEALED_MAX]) {
    char place[40];
    size_t size = strlen(token);
    assert(size > 0 && size < BANK_TOKEN_MAX);
    token_place(card, place);
    keys_seal(keys, KEY_CARD, place, token, size, out);
    return size + SEAL_EXTRA;
}

bool bank_token_unseal(const struct keys *keys, struct card_id card, struct text sealed,
                       char out[BANK_TOKEN_MAX]) {
    char place[40];
    if (sealed.n <= SEAL_EXTRA || sealed.n >= BANK_SEALED_MAX) return false;
    token_place(card, place);
    unsigned char plain[BANK_TOKEN_MAX] = {0};
    if (!keys_unseal(keys, KEY_CARD, place, sealed.p, sealed.n, plain)) return false;
    memcpy(out, plain, sizeof plain);
    return true;
}

/* --- money --- */

struct account_no bank_settlement(struct tx *tx, int bank) {
    assert(bank_by_no(bank));
    struct account_no account = {0};
    struct stmt *q = db_stmt(tx->db, &bank_sql[BANK_FIND]);
    db_bind_i64(q, bank);
    if (db_row(q)) account.n = db_col_u64(q, 0);
    db_done(q);
    if (account.n != 0 || db_failed(tx->db)) return account;

    uint16_t flags = chart_row(CHART_BANK_SETTLEMENT)->flags;
    enum ledger_reason reason =
        ledger_account_open(tx->ledger, ASSET_CNY, CHART_BANK_SETTLEMENT, flags, (uint64_t)bank, &account);
    assert(reason == REASON_OK);
    q = db_stmt(tx->db, &bank_sql[BANK_ADD]);
    db_bind_i64(q, bank);
    db_bind_u64(q, account.n);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
    return account;
}

uint64_t bank_send(struct tx *tx, const struct bank_order *order) {
    assert(bank_by_no(order->bank) && order->payment.n != 0 && order->amount.fen > 0);
    assert(order->sealed_token.n > SEAL_EXTRA && order->sealed_token.n < BANK_SEALED_MAX);
    uint64_t id = sequence_take(tx->sequence);
    struct stmt *q = db_stmt(tx->db, &bank_sql[OUTBOX_ADD]);
    db_bind_u64(q, id);
    db_bind_u64(q, order->payment.n);
    db_bind_i64(q, order->bank);
    db_bind_i64(q, order->kind);
    db_bind_i64(q, order->amount.fen);
    db_bind_u64(q, order->card.n);
    db_bind_blob(q, order->sealed_token.p, order->sealed_token.n);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
    if (tx->outbox) tx->outbox->newest = id;
    return id;
}

/* --- the outbox --- */

static size_t messages_read(struct stmt *q, struct bank_message *out, size_t max) {
    size_t count = 0;
    while (count < max && db_row(q)) {
        struct bank_message *m = &out[count++];
        struct text sealed = db_col_blob(q, 6);
        *m = (struct bank_message){
            .id = db_col_u64(q, 0),
            .payment = {db_col_u64(q, 1)},
            .bank = (int)db_col_i64(q, 2),
            .kind = (enum bank_kind)db_col_i64(q, 3),
            .amount = {db_col_i64(q, 4)},
            .card = {db_col_u64(q, 5)},
            .sealed_size = sealed.n < BANK_SEALED_MAX ? sealed.n : 0,
            .created_ms = db_col_i64(q, 7),
            .tries = (int)db_col_i64(q, 8),
            .due_ms = db_col_i64(q, 9),
        };
        memcpy(m->sealed_token, sealed.p, m->sealed_size);
    }
    db_done(q);
    return count;
}

size_t bank_orders_of(struct db *db, struct payment_id payment,
                      struct bank_order_state out[BANK_ORDERS_OF_MAX]) {
    enum { ORDERS_SEARCHED = 50000 };
    size_t count = 0;
    struct stmt *q = db_stmt(db, &bank_sql[OUTBOX_OF_PAYMENT]);
    db_bind_u64(q, payment.n);
    db_bind_i64(q, ORDERS_SEARCHED);
    db_bind_i64(q, BANK_ORDERS_OF_MAX);
    while (count < BANK_ORDERS_OF_MAX && db_row(q)) {
        struct bank_order_state *order = &out[count++];
        *order = (struct bank_order_state){
            .id = db_col_u64(q, 0),
            .bank = (int)db_col_i64(q, 1),
            .kind = (enum bank_kind)db_col_i64(q, 2),
            .amount = {db_col_i64(q, 3)},
            .card = {db_col_u64(q, 4)},
            .created_ms = db_col_i64(q, 5),
            .verdict = (enum bank_verdict)db_col_i64(q, 6),
            .answered_ms = db_col_i64(q, 9),
            .tries = (int)db_col_i64(q, 10),
            .due_ms = db_col_i64(q, 11),
        };
        text_keep(db_col_text(q, 7), order->reason, sizeof order->reason);
        text_keep(db_col_text(q, 8), order->reference, sizeof order->reference);
    }
    db_done(q);
    return count;
}

size_t bank_messages_new(struct view *view, int bank, uint64_t after, struct bank_message *out, size_t max) {
    struct stmt *q = db_stmt(view->db, &bank_sql[OUTBOX_NEW]);
    db_bind_u64(q, after);
    db_bind_i64(q, bank);
    db_bind_u64(q, max);
    return messages_read(q, out, max);
}

size_t bank_messages_in_doubt(struct view *view, int bank, struct bank_message *out, size_t max) {
    struct stmt *q = db_stmt(view->db, &bank_sql[OUTBOX_IN_DOUBT]);
    db_bind_i64(q, bank);
    db_bind_u64(q, max);
    return messages_read(q, out, max);
}

static uint64_t one_number(struct view *view, int statement) {
    struct stmt *q = db_stmt(view->db, &bank_sql[statement]);
    uint64_t number = db_row(q) ? db_col_u64(q, 0) : 0;
    db_done(q);
    return number;
}

int64_t bank_messages_in_doubt_count(struct view *view) {
    return (int64_t)one_number(view, OUTBOX_IN_DOUBT_COUNT);
}

int64_t bank_messages_in_doubt_since_ms(struct view *view) {
    return (int64_t)one_number(view, OUTBOX_IN_DOUBT_SINCE);
}

uint64_t bank_messages_settled(struct view *view) {
    return one_number(view, CURSOR);
}

uint64_t bank_messages_newest(struct view *view) {
    return one_number(view, OUTBOX_NEWEST);
}

static bool order_payment(struct tx *tx, uint64_t order, struct payment_id *out) {
    struct stmt *q = db_stmt(tx->db, &bank_sql[OUTBOX_PAYMENT]);
    db_bind_u64(q, order);
    bool found = db_row(q);
    if (found) out->n = db_col_u64(q, 0);
    db_done(q);
    return found;
}

bool bank_settle(struct tx *tx, const struct bank_answer *answer, struct payment_id *out) {
    assert(answer->verdict == BANK_APPROVED || answer->verdict == BANK_DECLINED);
    struct stmt *q = db_stmt(tx->db, &bank_sql[ANSWER_ADD]);
    db_bind_u64(q, answer->order);
    db_bind_i64(q, answer->verdict);
    db_bind_str(q, answer->reason);
    db_bind_str(q, answer->reference);
    db_bind_i64(q, answer->at_ms);
    if (db_run(q) == 0) return false;
    q = db_stmt(tx->db, &bank_sql[DOUBT_END]);
    db_bind_u64(q, answer->order);
    db_queue(q);
    return order_payment(tx, answer->order, out);
}

bool bank_doubt(struct tx *tx, uint64_t order, int tries, int64_t due_ms, struct payment_id *out) {
    struct stmt *q = db_stmt(tx->db, &bank_sql[DOUBT_ADD]);
    db_bind_u64(q, order);
    db_bind_i64(q, tries);
    db_bind_i64(q, due_ms);
    db_bind_i64(q, tx->now_ms);
    if (db_run(q) > 0) return order_payment(tx, order, out);
    q = db_stmt(tx->db, &bank_sql[DOUBT_MOVE]);
    db_bind_u64(q, order);
    db_bind_i64(q, tries);
    db_bind_i64(q, due_ms);
    db_queue(q);
    return false;
}

void bank_cursor_move(struct tx *tx, uint64_t settled) {
    struct stmt *q = db_stmt(tx->db, &bank_sql[CURSOR_MOVE]);
    db_bind_u64(q, settled);
    db_queue(q);
}

/* --- waking the sender --- */

static void outbox_mark(void *arg, int64_t now_ms) {
    struct outbox *outbox = arg;
    (void)now_ms;
    outbox->mark = outbox->newest;
}

static void outbox_flush(void *arg, struct db *db) {
    (void)arg; /* bank_send wrote the rows */
    (void)db;
}

static void outbox_publish(void *arg, int64_t now_ms) {
    struct outbox *outbox = arg;
    (void)now_ms;
    if (outbox->newest == outbox->mark) return;
    atomic_store(&outbox->committed, outbox->newest);
    if (outbox->wake) outbox->wake(outbox->arg);
}

static void outbox_undo(void *arg) {
    struct outbox *outbox = arg;
    outbox->newest = outbox->mark;
}

struct writer_part bank_outbox_part(struct outbox *outbox) {
    return (struct writer_part){.arg = outbox,
                                .mark = outbox_mark,
                                .flush = outbox_flush,
                                .publish = outbox_publish,
                                .undo = outbox_undo};
}

bool bank_card_busy(struct db *db, struct card_id card) {
    struct stmt *q = db_stmt(db, &bank_sql[OUTBOX_OF_CARD]);
    db_bind_u64(q, card.n);
    bool busy = db_row(q);
    db_done(q);
    return busy;
}
