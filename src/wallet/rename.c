/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/rename.h"

#include "wallet/sequence.h"

enum { NOTE, LIST, NEWEST };
static const struct sql rename_sql[] = {
    [NOTE] = {"INSERT INTO party_rename (id, kind, party, at_ms) VALUES ($1, $2, $3, $4)"},
    [LIST] = {"SELECT id, kind, party FROM party_rename WHERE id > $1 ORDER BY id LIMIT $2"},
    [NEWEST] = {"SELECT id FROM party_rename ORDER BY id DESC LIMIT 1"},
};
DB_STATEMENTS(rename_sql)

void rename_note(struct tx *tx, enum bill_party kind, uint64_t party) {
    struct stmt *q = db_stmt(tx->db, &rename_sql[NOTE]);
    db_bind_u64(q, sequence_take(tx->sequence));
    db_bind_i64(q, kind);
    db_bind_u64(q, party);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
}

size_t rename_list(struct db *db, uint64_t after, struct rename *out, size_t most) {
    struct stmt *q = db_stmt(db, &rename_sql[LIST]);
    db_bind_u64(q, after);
    db_bind_i64(q, (int64_t)most);
    size_t count = 0;
    while (count < most && db_row(q))
        out[count++] = (struct rename){db_col_u64(q, 0), (enum bill_party)db_col_i64(q, 1), db_col_u64(q, 2)};
    db_done(q);
    return count;
}

uint64_t rename_newest(struct db *db) {
    struct stmt *q = db_stmt(db, &rename_sql[NEWEST]);
    uint64_t id = db_row(q) ? db_col_u64(q, 0) : 0;
    db_done(q);
    return id;
}
