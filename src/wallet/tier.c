/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/tier.h"

#include "wallet/document.h"

/* document.state 3: DOCUMENT_APPROVED */
enum { COUNT, KEEP };
static const struct sql tier_sql[] = {
    [COUNT] =
        {"SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM realname WHERE person = $1) THEN 0 "
         "ELSE 1 + CASE WHEN EXISTS (SELECT 1 FROM card WHERE person = $1) THEN 1 ELSE 0 END "
         "+ CASE WHEN EXISTS (SELECT 1 FROM document WHERE person = $1 AND state = 3) THEN 1 ELSE 0 END END"},
    [KEEP] = {"UPDATE person SET tier = $2 WHERE id = $1 AND tier <> $2"},
};
DB_STATEMENTS(tier_sql)

int tier_count(struct tx *tx, struct person_id person) {
    struct stmt *q = db_stmt(tx->db, &tier_sql[COUNT]);
    db_bind_u64(q, person.n);
    int tier = db_row(q) ? (int)db_col_i64(q, 0) : 0;
    db_done(q);
    if (db_failed(tx->db)) return tier; /* the group is undone */
    q = db_stmt(tx->db, &tier_sql[KEEP]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, tier);
    db_queue(q);
    return tier;
}

unsigned tier_next(struct db *db, struct person_id person, int tier) {
    struct document document;
    if (tier == 0) return NEXT_VERIFY_NAME;
    document_find(db, person, &document);
    bool by_photo = document.state == DOCUMENT_APPROVED;
    if (tier == (by_photo ? 2 : 1)) return NEXT_BIND_CARD;
    return by_photo || document.state == DOCUMENT_WAITING ? NEXT_NONE : NEXT_DOCUMENT;
}
