/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/idempotency.h"

enum { FIND, KEEP };
static const struct sql idempotency_sql[] = {
    [FIND] = {"SELECT record, status, answer FROM idempotency WHERE key = $1 AND person = $2"},
    [KEEP] =
        {"INSERT INTO idempotency (key, person, record, status, answer, at) VALUES ($1, $2, $3, $4, $5, $6)"},
};
DB_STATEMENTS(idempotency_sql)

bool idempotency_key_valid(struct text key) {
    if (key.n < IDEMPOTENCY_KEY_MIN || key.n > IDEMPOTENCY_KEY_MAX) return false;
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    c == '_';
        if (!fine) return false;
    }
    return true;
}

enum idempotency idempotency_find(struct tx *tx, struct person_id person, struct text key,
                                  const unsigned char record[32], int *status, struct buf *answer) {
    struct stmt *q = db_stmt(tx->db, &idempotency_sql[FIND]);
    db_bind_text(q, key);
    db_bind_u64(q, person.n);
    enum idempotency found = IDEMPOTENCY_NEW;
    if (db_row(q)) {
        struct text kept = db_col_blob(q, 0);
        found =
            text_equal(kept, (struct text){(const char *)record, 32}) ? IDEMPOTENCY_SAME : IDEMPOTENCY_OTHER;
        if (found == IDEMPOTENCY_SAME) {
            struct text body = db_col_text(q, 2);
            *status = (int)db_col_i64(q, 1);
            buf_add(answer, body.p, body.n);
        }
    }
    db_done(q);
    return found;
}

void idempotency_keep(struct tx *tx, struct person_id person, struct text key, const unsigned char record[32],
                      int status, struct text answer) {
    struct stmt *q = db_stmt(tx->db, &idempotency_sql[KEEP]);
    db_bind_text(q, key);
    db_bind_u64(q, person.n);
    db_bind_blob(q, record, 32);
    db_bind_i64(q, status);
    db_bind_text(q, answer);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
}
