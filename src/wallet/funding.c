/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/funding.h"

#include "ledger/bytes.h"
#include "ledger/ledger.h"
#include "wallet/sequence.h"

enum { ADD, OF, DIGEST };
static const struct sql funding_sql[] = {
    [ADD] = {"INSERT INTO payment_try (id, payment, card, what, reason, entry, at_ms, grp) VALUES ($1, $2, "
             "$3, $4, $5, $6, $7, $8)"},
    [OF] =
        {"SELECT card, what, reason, entry, at_ms FROM payment_try WHERE payment = $1 ORDER BY id LIMIT $2"},
    [DIGEST] = {"SELECT id, grp, payment, card, what, reason, entry, at_ms FROM payment_try WHERE id > $1 "
                "ORDER BY id LIMIT $2"},
};
DB_STATEMENTS(funding_sql)

enum { NUMBERS = 6 };

static void digest_bytes(const int64_t numbers[NUMBERS], unsigned char out[NUMBERS * 8]) {
    for (int i = 0; i < NUMBERS; i++) bytes_put64(out + 8 * i, (uint64_t)numbers[i]);
}

void funding_note(struct tx *tx, struct payment_id payment, const struct funding_row *row) {
    const int64_t numbers[NUMBERS] = {(int64_t)payment.n, (int64_t)row->card.n,  row->what,
                                      row->reason,        (int64_t)row->entry.n, tx->now_ms};
    unsigned char bytes[NUMBERS * 8];
    uint64_t id = sequence_take(tx->sequence);
    struct stmt *q = db_stmt(tx->db, &funding_sql[ADD]);
    db_bind_u64(q, id);
    for (int i = 0; i < NUMBERS; i++) db_bind_i64(q, numbers[i]);
    db_bind_u64(q, ledger_group(tx->ledger).n);
    db_queue(q);
    digest_bytes(numbers, bytes);
    ledger_digest_row(tx->ledger, ROWS_FUNDING, id, bytes, sizeof bytes);
}

static void digest_feed(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
    struct stmt *q = db_stmt(db, &funding_sql[DIGEST]);
    db_bind_u64(q, after);
    db_bind_i64(q, limit);
    while (db_row(q)) {
        int64_t numbers[NUMBERS];
        unsigned char bytes[NUMBERS * 8];
        for (int i = 0; i < NUMBERS; i++) numbers[i] = db_col_i64(q, i + 2);
        digest_bytes(numbers, bytes);
        ledger_digest_feed(feed, db_col_u64(q, 0), db_col_u64(q, 1), bytes, sizeof bytes);
    }
    db_done(q);
}

void funding_register_digest(struct ledger *ledger) {
    ledger_digest_source(ledger, ROWS_FUNDING, digest_feed);
}

size_t funding_rows(struct db *db, struct payment_id payment, struct funding_row out[FUNDING_ROWS_MAX]) {
    struct stmt *q = db_stmt(db, &funding_sql[OF]);
    db_bind_u64(q, payment.n);
    db_bind_i64(q, FUNDING_ROWS_MAX);
    size_t count = 0;
    while (count < FUNDING_ROWS_MAX && db_row(q))
        out[count++] = (struct funding_row){{db_col_u64(q, 0)},
                                            (enum funding_what)db_col_i64(q, 1),
                                            (enum err)db_col_i64(q, 2),
                                            {db_col_u64(q, 3)},
                                            db_col_i64(q, 4)};
    db_done(q);
    return count;
}

bool funding_falls_through(enum err refusal) {
    static const enum err rows[] = {ERR_INSUFFICIENT_BALANCE, ERR_TIER_LIFETIME_LIMIT, ERR_TIER_YEAR_LIMIT,
                                    ERR_DAY_LIMIT_FREE,       ERR_DAY_LIMIT_PIN,       ERR_DAY_LIMIT_STATIC,
                                    ERR_AMOUNT_FROZEN};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i] == refusal) return true;
    return false;
}

static bool was_asked(const struct funding_row *rows, size_t rows_count, struct card_id card) {
    for (size_t i = 0; i < rows_count; i++)
        if (rows[i].what == FUNDING_ASKED && rows[i].card.n == card.n) return true;
    return false;
}

const struct card *funding_next(const struct card *cards, size_t count, const struct funding_row *rows,
                                size_t rows_count) {
    size_t asked = 0;
    for (size_t i = 0; i < rows_count; i++) asked += rows[i].what == FUNDING_ASKED;
    if (asked >= FUNDING_CARDS_MAX) return NULL;
    for (size_t i = 0; i < count; i++)
        if (!was_asked(rows, rows_count, cards[i].id)) return &cards[i];
    return NULL;
}

struct funding_asked funding_asked(struct db *db, const struct payment *payment) {
    struct funding_row rows[FUNDING_ROWS_MAX];
    struct funding_asked out = {payment->card, payment->entry};
    if (payment->kind != PAYMENT_PURCHASE || payment->card.n == 0) return out;
    size_t count = funding_rows(db, payment->id, rows);
    for (size_t i = 0; i < count; i++)
        if (rows[i].what == FUNDING_ASKED) out = (struct funding_asked){rows[i].card, rows[i].entry};
    return out;
}

size_t funding_sources(struct db *db, const struct payment *payment,
                       struct funding_source out[FUNDING_SOURCES_MAX]) {
    out[0] = (struct funding_source){funding_asked(db, payment).card, payment->amount};
    return 1;
}
