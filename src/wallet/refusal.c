/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/refusal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/ledger.h"
#include "wallet/sequence.h"
#include "wallet/wake.h"

#define COLUMNS                                                                                  \
    "id, person, kind, code, amount, payee, merchant, card, fact_name, fact_amount, fact_left, " \
    "fact_until_ms, at_ms, entry, fact_name_en"

enum { KEEP, NTH, FIND, LIST, TOLD, UNREAD, DIGEST };
#define IS_TOLD "code IN (431, 433, 434)" /* as the index refusal_told has it */
static const struct sql refusal_sql[] = {
    [KEEP] = {"INSERT INTO refusal (" COLUMNS
              ", grp) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"},
    [NTH] = {"SELECT at_ms FROM refusal WHERE person = $1 ORDER BY id DESC LIMIT 1 OFFSET $2"},
    [FIND] = {"SELECT " COLUMNS " FROM refusal WHERE id = $1"},
    [LIST] = {"SELECT " COLUMNS " FROM refusal WHERE person = $1 AND id < $2 ORDER BY id DESC LIMIT $3"},
    [TOLD] = {"SELECT " COLUMNS " FROM refusal WHERE person = $1 AND id < $2 AND " IS_TOLD
              " ORDER BY id DESC LIMIT $3"},
    [UNREAD] = {"SELECT id FROM refusal WHERE person = $1 AND id > $2 AND " IS_TOLD " ORDER BY id LIMIT $3"},
    [DIGEST] = {"SELECT " COLUMNS ", grp FROM refusal WHERE id > $1 ORDER BY id LIMIT $2"},
};
DB_STATEMENTS(refusal_sql)

enum { HOUR_MS = 3600 * 1000, DIGEST_BYTES = 12 * 8 };

static bool may_keep(struct tx *tx, struct person_id person) {
    struct stmt *q = db_stmt(tx->db, &refusal_sql[NTH]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, tx->rules->refusals_per_hour_max - 1);
    bool full = db_row(q) && db_col_i64(q, 0) > tx->now_ms - HOUR_MS;
    db_done(q);
    return !full && tx->rules->refusals_per_hour_max > 0;
}

static size_t digest_bytes(const struct refusal *r, unsigned char out[DIGEST_BYTES]) {
    const int64_t numbers[] = {(int64_t)r->person.n,
                               r->kind,
                               r->fault.code,
                               r->amount.fen,
                               (int64_t)r->payee.n,
                               (int64_t)r->merchant.n,
                               (int64_t)r->card.n,
                               r->fault.amount,
                               r->fault.left,
                               r->fault.until_ms,
                               r->at_ms,
                               (int64_t)r->entry.n};
    size_t at = 0;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        for (int shift = 0; shift < 64; shift += 8)
            out[at++] = (unsigned char)((uint64_t)numbers[i] >> shift);
    return at;
}

void refusal_keep(struct tx *tx, struct refusal *r) {
    assert(err_class(r->fault.code) == CLASS_REFUSED);
    if (!may_keep(tx, r->person)) return;
    r->id = sequence_take(tx->sequence);
    r->at_ms = tx->now_ms;
    r->entry = (struct entry_no){ledger_next_entry(tx->ledger).n - 1};
    struct stmt *q = db_stmt(tx->db, &refusal_sql[KEEP]);
    db_bind_u64(q, r->id);
    db_bind_u64(q, r->person.n);
    db_bind_i64(q, r->kind);
    db_bind_i64(q, r->fault.code);
    db_bind_i64(q, r->amount.fen);
    db_bind_u64(q, r->payee.n);
    db_bind_u64(q, r->merchant.n);
    db_bind_u64(q, r->card.n);
    db_bind_str(q, r->fault.name);
    db_bind_i64(q, r->fault.amount);
    db_bind_i64(q, r->fault.left);
    db_bind_i64(q, r->fault.until_ms);
    db_bind_i64(q, r->at_ms);
    db_bind_u64(q, r->entry.n);
    db_bind_str(q, r->fault.name_en);
    db_bind_u64(q, ledger_group(tx->ledger).n);
    db_queue(q);
    unsigned char bytes[DIGEST_BYTES];
    ledger_digest_row(tx->ledger, ROWS_REFUSAL, r->id, bytes, digest_bytes(r, bytes));
    wake_person(tx, r->person); /* it stands among the bills that other windows show */
}

static struct refusal row_read(const struct stmt *q) {
    struct refusal r = {
        .id = db_col_u64(q, 0),
        .person = {db_col_u64(q, 1)},
        .kind = (enum payment_kind)db_col_i64(q, 2),
        .amount = {db_col_i64(q, 4)},
        .payee = {db_col_u64(q, 5)},
        .merchant = {db_col_u64(q, 6)},
        .card = {db_col_u64(q, 7)},
        .fault = {.code = (enum err)db_col_i64(q, 3),
                  .amount = db_col_i64(q, 9),
                  .left = db_col_i64(q, 10),
                  .asked = db_col_i64(q, 4),
                  .until_ms = db_col_i64(q, 11)},
        .at_ms = db_col_i64(q, 12),
        .entry = {db_col_u64(q, 13)},
    };
    struct text name = db_col_text(q, 8);
    snprintf(r.fault.name, sizeof r.fault.name, "%.*s", (int)name.n, name.p);
    text_keep(db_col_text(q, 14), r.fault.name_en, sizeof r.fault.name_en);
    return r;
}

bool refusal_find(struct db *db, uint64_t id, struct refusal *out) {
    struct stmt *q = db_stmt(db, &refusal_sql[FIND]);
    db_bind_u64(q, id);
    bool found = db_row(q);
    if (found) *out = row_read(q);
    db_done(q);
    return found;
}

static size_t rows_read(struct db *db, int statement, struct person_id person, uint64_t before,
                        struct refusal *out, size_t most) {
    struct stmt *q = db_stmt(db, &refusal_sql[statement]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, before ? (int64_t)before : INT64_MAX);
    db_bind_i64(q, (int64_t)most);
    size_t count = 0;
    while (count < most && db_row(q)) out[count++] = row_read(q);
    db_done(q);
    return count;
}

size_t refusal_list(struct db *db, struct person_id person, uint64_t before, struct refusal *out, size_t most) {
    return rows_read(db, LIST, person, before, out, most);
}

size_t refusal_told(struct db *db, struct person_id person, uint64_t before, struct refusal *out, size_t most) {
    return rows_read(db, TOLD, person, before, out, most);
}

int refusal_told_after(struct db *db, struct person_id person, uint64_t after, int most) {
    struct stmt *q = db_stmt(db, &refusal_sql[UNREAD]);
    db_bind_u64(q, person.n);
    db_bind_u64(q, after);
    db_bind_i64(q, most);
    int count = 0;
    while (count < most && db_row(q)) count++;
    db_done(q);
    return count;
}

static void digest_rows(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
    struct stmt *q = db_stmt(db, &refusal_sql[DIGEST]);
    db_bind_u64(q, after);
    db_bind_i64(q, limit);
    while (db_row(q)) {
        unsigned char bytes[DIGEST_BYTES];
        struct refusal r = row_read(q);
        ledger_digest_feed(feed, r.id, db_col_u64(q, 15), bytes, digest_bytes(&r, bytes));
    }
    db_done(q);
}

void refusal_register_digests(struct ledger *ledger) {
    ledger_digest_source(ledger, ROWS_REFUSAL, digest_rows);
}
