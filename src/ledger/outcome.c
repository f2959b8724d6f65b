/* SPDX-License-Identifier: Apache-2.0 */
/* outcome: table ledger_pending, a row for each pending entry: the entry that settled it, 0 while it is open. The start finds the open
 * ones by it, and whoever names a settled one learns how it ended. */
#include "ledger/book.h"

enum { PENDING_INSERT, PENDING_SETTLE, PENDING_OUTCOME, PENDINGS_OPEN, PENDINGS_COUNT };
static const struct sql ledger_pending_sql[] = {
    [PENDING_INSERT] = {"INSERT INTO ledger_pending (entry, outcome) VALUES ($1, 0)"},
    [PENDING_SETTLE] = {"UPDATE ledger_pending SET outcome = $2 WHERE entry = $1"},
    [PENDING_OUTCOME] = {"SELECT outcome FROM ledger_pending WHERE entry = $1"},
    [PENDINGS_OPEN] =
        {"SELECT entry FROM ledger_pending WHERE outcome = 0 AND entry > $1 ORDER BY entry LIMIT $2"},
    [PENDINGS_COUNT] = {"SELECT CAST(count(*) AS BIGINT) FROM ledger_pending"},
};
DB_STATEMENTS(ledger_pending_sql)

static void outcome_store(const struct entry *entry, struct db *db) {
    if (entry->flags & ENTRY_PENDING) {
        struct stmt *q = db_stmt(db, &ledger_pending_sql[PENDING_INSERT]);
        db_bind_u64(q, entry->no);
        db_queue(q);
    } else if (rules_outcome(entry) != PENDING_PLAIN) {
        struct stmt *q = db_stmt(db, &ledger_pending_sql[PENDING_SETTLE]);
        db_bind_u64(q, entry->pending);
        db_bind_u64(q, entry->no);
        db_queue(q);
    }
}

void outcomes_store(const struct ledger *ledger, struct db *db) {
    const struct rows *rows = &ledger->rows;
    for (uint64_t i = rows->published; i < rows->begun; i++) {
        const unsigned char *row = rows_at(rows, i);
        for (size_t j = 0; j < row_count(row); j++) {
            struct entry entry;
            entry_decode(row_entry(row, j), &entry);
            outcome_store(&entry, db);
        }
    }
}

struct entry_no outcome_read(struct db *db, uint64_t pending) {
    struct entry_no outcome = {0};
    struct stmt *q = db_stmt(db, &ledger_pending_sql[PENDING_OUTCOME]);
    db_bind_u64(q, pending);
    if (db_row(q)) outcome.n = col_number(q, 0);
    db_done(q);
    return outcome;
}

size_t outcomes_open(struct db *db, uint64_t after, uint64_t *out, size_t most) {
    size_t count = 0;
    struct stmt *q = db_stmt(db, &ledger_pending_sql[PENDINGS_OPEN]);
    db_bind_u64(q, after);
    db_bind_i64(q, (int64_t)most);
    while (count < most && db_row(q)) out[count++] = col_number(q, 0);
    db_done(q);
    return count;
}

uint64_t outcomes_count(struct db *db) {
    uint64_t count = 0;
    struct stmt *q = db_stmt(db, &ledger_pending_sql[PENDINGS_COUNT]);
    if (db_row(q)) count = col_number(q, 0);
    db_done(q);
    return count;
}
