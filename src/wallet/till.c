/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/till.h"

#include "ledger/bytes.h"
#include "wallet/sequence.h"

#define TILL "id, merchant, name, created_ms"

enum { ADD, RENAME, FIND, LIST, SAME, COUNT };
static const struct sql till_sql[] = {
    [ADD] = {"INSERT INTO till (" TILL ") VALUES ($1, $2, $3, $4)"},
    [RENAME] = {"UPDATE till SET name = $1 WHERE id = $2"},
    [FIND] = {"SELECT " TILL " FROM till WHERE id = $1"},
    [LIST] = {"SELECT " TILL " FROM till WHERE merchant = $1 ORDER BY id LIMIT $2"},
    [SAME] = {"SELECT id FROM till WHERE merchant = $1 AND name = $2"},
    [COUNT] = {"SELECT CAST(count(*) AS BIGINT) FROM till WHERE merchant = $1"},
};
DB_STATEMENTS(till_sql)

static struct till till_read(const struct stmt *q) {
    struct till till = {.id = {db_col_u64(q, 0)},
                        .merchant = {db_col_u64(q, 1)},
                        .created_ms = db_col_i64(q, 3)};
    text_keep(db_col_text(q, 2), till.name, sizeof till.name);
    return till;
}

bool till_find(struct db *db, struct till_id id, struct till *out) {
    struct stmt *q = db_stmt(db, &till_sql[FIND]);
    db_bind_u64(q, id.n);
    bool found = db_row(q);
    if (found) *out = till_read(q);
    db_done(q);
    return found;
}

bool till_fits(struct db *db, struct merchant_id merchant, struct till_id id) {
    struct till till;
    return id.n == 0 || (till_find(db, id, &till) && till.merchant.n == merchant.n);
}

size_t till_list(struct db *db, struct merchant_id merchant, struct till out[TILLS_MAX]) {
    struct stmt *q = db_stmt(db, &till_sql[LIST]);
    db_bind_u64(q, merchant.n);
    db_bind_i64(q, TILLS_MAX);
    size_t count = 0;
    while (count < TILLS_MAX && db_row(q)) out[count++] = till_read(q);
    db_done(q);
    return count;
}

/* The till of this name; 0: none. */
static uint64_t same_name(struct db *db, struct merchant_id merchant, struct text name) {
    struct stmt *q = db_stmt(db, &till_sql[SAME]);
    db_bind_u64(q, merchant.n);
    db_bind_text(q, name);
    uint64_t id = db_row(q) ? db_col_u64(q, 0) : 0;
    db_done(q);
    return id;
}

static int64_t count_of(struct db *db, struct merchant_id merchant) {
    struct stmt *q = db_stmt(db, &till_sql[COUNT]);
    db_bind_u64(q, merchant.n);
    int64_t count = db_row(q) ? db_col_i64(q, 0) : 0;
    db_done(q);
    return count;
}

static enum err check_name(struct tx *tx, const struct actor *actor, struct merchant_id merchant,
                           struct text name, struct fault *fault) {
    struct merchant shop;
    enum err err = merchant_own(tx->db, actor, merchant, fault, &shop);
    if (err != ERR_OK) return err;
    return name_valid(name, TILL_NAME_MAX) ? ERR_OK : fault_field(fault, ERR_BAD_FIELD, "/name");
}

enum err till_add(struct tx *tx, const struct actor *actor, struct merchant_id merchant, struct text name,
                  struct fault *fault, struct till *out) {
    enum err err = check_name(tx, actor, merchant, name, fault);
    if (err != ERR_OK) return err;
    if (same_name(tx->db, merchant, name) != 0) return fault_set(fault, ERR_TILL_TAKEN);
    if (count_of(tx->db, merchant) >= TILLS_MAX) return fault_set(fault, ERR_SHOP_FULL);
    /* from here it must succeed */
    struct till till = {.id = {sequence_take(tx->sequence)}, .merchant = merchant, .created_ms = tx->now_ms};
    text_keep(name, till.name, sizeof till.name);
    struct stmt *q = db_stmt(tx->db, &till_sql[ADD]);
    db_bind_u64(q, till.id.n);
    db_bind_u64(q, merchant.n);
    db_bind_text(q, name);
    db_bind_i64(q, till.created_ms);
    db_queue(q);
    *out = till;
    return ERR_OK;
}

enum err till_rename(struct tx *tx, const struct actor *actor, struct merchant_id merchant, struct till_id id,
                     struct text name, struct fault *fault, struct till *out) {
    struct till till;
    enum err err = check_name(tx, actor, merchant, name, fault);
    if (err != ERR_OK) return err;
    if (!till_find(tx->db, id, &till) || till.merchant.n != merchant.n)
        return fault_set(fault, ERR_NOT_FOUND);
    uint64_t other = same_name(tx->db, merchant, name);
    if (other != 0 && other != id.n) return fault_set(fault, ERR_TILL_TAKEN);
    struct stmt *q = db_stmt(tx->db, &till_sql[RENAME]);
    db_bind_text(q, name);
    db_bind_u64(q, id.n);
    db_queue(q);
    text_keep(name, till.name, sizeof till.name);
    *out = till;
    return ERR_OK;
}

void till_mark(struct ledger_event *event, struct till_id till) {
    bytes_put64(event->user_data, till.n);
}

struct till_id till_of(const struct entry *entry) {
    return (struct till_id){bytes_get64(entry->user_data)};
}
