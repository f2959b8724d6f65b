/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/reconcile.h"

#include "base/civil.h"

enum {
    KEEP,
    KEEP_LINE,
    FIND,
    NEWEST,
    FIRST_ORDER,
    HERE,
    THERE,
    AMOUNTS,
    DOUBLES,
    LEGS,
    MATCHED,
    SUM,
    DOUBTS
};
#define LINE_ORDER                                                                                          \
    "statement_line l JOIN outbox o ON o.id = l.order_no AND o.bank = l.bank JOIN outbox_answer a ON a.id " \
    "= o.id AND a.verdict = 1 "
static const struct sql reconcile_sql[] = {
    [KEEP] = {"INSERT INTO statement (bank, day, opening, closing, lines, kept_ms) VALUES ($1, $2, $3, $4, "
              "$5, $6) "
              "ON CONFLICT (bank, day) DO NOTHING"},
    [KEEP_LINE] =
        {"INSERT INTO statement_line (bank, day, n, order_no, message, reference, kind, amount, at_ms) "
         "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"},
    [FIND] = {"SELECT opening, closing, lines FROM statement WHERE bank = $1 AND day = $2"},
    [NEWEST] = {"SELECT day FROM statement WHERE bank = $1 ORDER BY day DESC LIMIT 1"},
    [FIRST_ORDER] = {"SELECT created_ms FROM outbox WHERE bank = $1 ORDER BY id LIMIT 1"},
    [HERE] = {"SELECT l.order_no, l.message, l.amount FROM statement_line l LEFT JOIN outbox o ON o.id = "
              "l.order_no AND "
              "o.bank = l.bank LEFT JOIN outbox_answer a ON a.id = o.id WHERE l.bank = $1 AND l.day = $2 AND "
              "(a.id IS NULL OR a.verdict <> 1) ORDER BY l.n LIMIT $3"},
    [THERE] = {"SELECT o.id, '', o.amount FROM outbox_answer a JOIN outbox o ON o.id = a.id WHERE o.bank = "
               "$1 AND a.verdict = 1 "
               "AND a.at_ms >= $2 AND a.at_ms < $3 AND NOT EXISTS (SELECT 1 FROM statement_line l WHERE "
               "l.bank = o.bank "
               "AND l.order_no = o.id) ORDER BY o.id LIMIT $4"},
    [AMOUNTS] = {"SELECT l.order_no, l.message, l.amount, o.amount FROM " LINE_ORDER
                 "WHERE l.bank = $1 AND l.day = $2 AND (o.amount <> l.amount OR o.kind <> l.kind) ORDER BY "
                 "l.n LIMIT $3"},
    [DOUBLES] =
        {"SELECT l.order_no, l.message, l.amount FROM statement_line l WHERE l.bank = $1 AND l.day = $2 AND "
         "l.order_no <> 0 "
         "AND EXISTS (SELECT 1 FROM statement_line m WHERE m.bank = l.bank AND m.order_no = l.order_no AND "
         "(m.day < l.day OR (m.day = l.day AND m.n < l.n))) ORDER BY l.n LIMIT $3"},
    [LEGS] = {"SELECT CAST(count(*) AS BIGINT) FROM outbox_answer a JOIN outbox o ON o.id = a.id WHERE "
              "o.bank = $1 AND "
              "a.verdict = 1 AND a.at_ms >= $2 AND a.at_ms < $3"},
    [MATCHED] = {"SELECT CAST(count(DISTINCT l.order_no) AS BIGINT) FROM " LINE_ORDER
                 "WHERE l.bank = $1 AND l.day = $2 AND o.amount = l.amount AND o.kind = l.kind"},
    [SUM] = {"SELECT CAST(coalesce(sum(CASE WHEN o.kind = 1 THEN o.amount ELSE -o.amount END), 0) AS BIGINT) "
             "FROM outbox_answer a "
             "JOIN outbox o ON o.id = a.id WHERE o.bank = $1 AND a.verdict = 1 AND a.at_ms < $2"},
    [DOUBTS] = {"SELECT o.id, o.payment, o.bank, o.kind, o.amount, o.created_ms, d.due_ms, d.tries FROM "
                "outbox_doubt d JOIN outbox o "
                "ON o.id = d.id ORDER BY o.id LIMIT $1"},
};
DB_STATEMENTS(reconcile_sql)

const struct difference_row *difference_row(enum difference_kind kind) {
    static const struct difference_row rows[DIFFERENCES] = {
        [DIFFERENCE_MISSING_HERE] = {"missing_here",
                                     "The bank booked it and we do not take it as done. Ask the bank what it "
                                     "is; if the order is in doubt, wait for its answer.",
                                     "银行已入账,我们这边没有完成。向银行核实;如果指令存疑,等它的答复。"},
        [DIFFERENCE_MISSING_THERE] = {"missing_there",
                                      "We take it as done and the bank has not booked it. Send the bank the "
                                      "message number and ask for the booking.",
                                      "我们这边已完成,银行没有入账。把报文号发给银行,请它补记。"},
        [DIFFERENCE_AMOUNT] =
            {"amount", "The same order with another amount or direction. Ask the bank to correct its booking.",
             "同一指令金额或方向不同,请银行更正。"},
        [DIFFERENCE_TWICE] =
            {"twice", "One order was booked more than once. Ask the bank to reverse what is too many.",
             "同一指令入账多次,请银行冲正多余的。"},
        [DIFFERENCE_OPENING] =
            {"opening", "The day does not begin with the closing balance of the day before. Ask the bank for the statement again.",
             "期初余额与前一天期末不符,请银行重发对账单。"},
        [DIFFERENCE_BALANCE] =
            {"balance", "The closing balance is not the sum of our orders. The lines above say where; if there are none, ask the bank.",
             "期末余额与我们的指令合计不符。看上面的明细;没有明细就问银行。"},
        [DIFFERENCE_LEDGER] =
            {"ledger", "Our ledger does not agree with our own orders. Run the audit and stop payouts.",
             "我们的账与自己的指令不符。请运行审计,并暂停出款。"},
    };
    return &rows[kind];
}

/* --- keeping --- */

void statement_keep(struct tx *tx, const struct statement *s, const struct statement_line *lines) {
    struct stmt *q = db_stmt(tx->db, &reconcile_sql[KEEP]);
    db_bind_i64(q, s->bank);
    db_bind_i64(q, s->day);
    db_bind_i64(q, s->opening_fen);
    db_bind_i64(q, s->closing_fen);
    db_bind_i64(q, (int64_t)s->count);
    db_bind_i64(q, tx->now_ms);
    if (db_run(q) != 1) return; /* it is there */
    for (size_t i = 0; i < s->count; i++) {
        q = db_stmt(tx->db, &reconcile_sql[KEEP_LINE]);
        db_bind_i64(q, s->bank);
        db_bind_i64(q, s->day);
        db_bind_i64(q, (int64_t)i);
        db_bind_u64(q, lines[i].order);
        db_bind_str(q, lines[i].message);
        db_bind_str(q, lines[i].reference);
        db_bind_i64(q, lines[i].kind);
        db_bind_i64(q, lines[i].amount.fen);
        db_bind_i64(q, lines[i].at_ms);
        db_queue(q);
    }
}

bool statement_find(struct db *db, int bank, int64_t day, struct statement *out) {
    struct stmt *q = db_stmt(db, &reconcile_sql[FIND]);
    db_bind_i64(q, bank);
    db_bind_i64(q, day);
    bool found = db_row(q);
    if (found)
        *out = (struct statement){bank, day, db_col_i64(q, 0), db_col_i64(q, 1), (size_t)db_col_i64(q, 2)};
    db_done(q);
    return found;
}

int64_t statement_next_day(struct db *db, int bank) {
    struct stmt *q = db_stmt(db, &reconcile_sql[NEWEST]);
    db_bind_i64(q, bank);
    int64_t day = db_row(q) ? db_col_i64(q, 0) + 1 : 0;
    db_done(q);
    if (day) return day;
    q = db_stmt(db, &reconcile_sql[FIRST_ORDER]);
    db_bind_i64(q, bank);
    day = db_row(q) ? civil_day_of(db_col_i64(q, 0)) : 0;
    db_done(q);
    return day;
}

/* --- matching --- */

struct finding {
    struct difference *out;
    size_t most, count;
};

/* Rows of (order, message, theirs[, ours]). */
static void collect(struct finding *f, struct stmt *q, enum difference_kind kind, int bank, int64_t day) {
    while (f->count < f->most && db_row(q)) {
        struct difference *d = &f->out[f->count++];
        *d = (struct difference){.kind = kind, .bank = bank, .day = day, .order = db_col_u64(q, 0)};
        text_keep(db_col_text(q, 1), d->message, sizeof d->message);
        if (kind == DIFFERENCE_MISSING_THERE) d->ours_fen = db_col_i64(q, 2);
        else d->theirs_fen = db_col_i64(q, 2);
        if (kind == DIFFERENCE_AMOUNT) d->ours_fen = db_col_i64(q, 3);
    }
    db_done(q);
}

static void collect_of_day(struct finding *f, struct db *db, int statement, enum difference_kind kind,
                           int bank, int64_t day) {
    struct stmt *q = db_stmt(db, &reconcile_sql[statement]);
    db_bind_i64(q, bank);
    db_bind_i64(q, day);
    db_bind_i64(q, (int64_t)(f->most - f->count));
    collect(f, q, kind, bank, day);
}

static struct stmt *of_time(struct db *db, int statement, int bank, int64_t day) {
    struct stmt *q = db_stmt(db, &reconcile_sql[statement]);
    db_bind_i64(q, bank);
    db_bind_i64(q, civil_day_start_ms(day));
    db_bind_i64(q, civil_day_start_ms(day + 1));
    return q;
}

static int64_t number(struct stmt *q) {
    int64_t n = db_row(q) ? db_col_i64(q, 0) : 0;
    db_done(q);
    return n;
}

int64_t reconcile_orders_sum(struct db *db, int bank, int64_t before_ms) {
    struct stmt *q = db_stmt(db, &reconcile_sql[SUM]);
    db_bind_i64(q, bank);
    db_bind_i64(q, before_ms);
    return number(q);
}

static void compare(struct finding *f, enum difference_kind kind, int bank, int64_t day, int64_t ours,
                    int64_t theirs) {
    if (ours == theirs || f->count == f->most) return;
    f->out[f->count++] =
        (struct difference){.kind = kind, .bank = bank, .day = day, .ours_fen = ours, .theirs_fen = theirs};
}

size_t reconcile_day(struct db *db, int bank, int64_t day, struct difference *out, size_t most,
                     struct reconciled *sum) {
    struct finding f = {out, most, 0};
    struct statement s, before;
    *sum = (struct reconciled){0};
    if (!statement_find(db, bank, day, &s)) return 0;
    sum->lines = (int64_t)s.count;
    sum->legs = number(of_time(db, LEGS, bank, day));
    struct stmt *q = db_stmt(db, &reconcile_sql[MATCHED]);
    db_bind_i64(q, bank);
    db_bind_i64(q, day);
    sum->matched = number(q);

    collect_of_day(&f, db, HERE, DIFFERENCE_MISSING_HERE, bank, day);
    q = of_time(db, THERE, bank, day);
    db_bind_i64(q, (int64_t)(most - f.count));
    collect(&f, q, DIFFERENCE_MISSING_THERE, bank, day);
    collect_of_day(&f, db, AMOUNTS, DIFFERENCE_AMOUNT, bank, day);
    collect_of_day(&f, db, DOUBLES, DIFFERENCE_TWICE, bank, day);
    if (statement_find(db, bank, day - 1, &before))
        compare(&f, DIFFERENCE_OPENING, bank, day, before.closing_fen, s.opening_fen);
    compare(&f, DIFFERENCE_BALANCE, bank, day, reconcile_orders_sum(db, bank, civil_day_start_ms(day + 1)),
            s.closing_fen);
    return f.count;
}

size_t reconcile_doubts(struct db *db, struct doubt *out, size_t most) {
    struct stmt *q = db_stmt(db, &reconcile_sql[DOUBTS]);
    db_bind_i64(q, (int64_t)most);
    size_t count = 0;
    while (count < most && db_row(q))
        out[count++] = (struct doubt){db_col_u64(q, 0),      {db_col_u64(q, 1)},
                                      (int)db_col_i64(q, 2), (enum bank_kind)db_col_i64(q, 3),
                                      {db_col_i64(q, 4)},    db_col_i64(q, 5),
                                      db_col_i64(q, 6),      (int)db_col_i64(q, 7)};
    db_done(q);
    return count;
}
