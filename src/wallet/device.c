/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/device.h"

#include "base/civil.h"
#include "wallet/sequence.h"

enum { FIND, ADD, USE, USED, LIST, OTHER };
static const struct sql device_sql[] = {
    [FIND] = {"SELECT id FROM device WHERE hash = $1"},
    [ADD] = {"INSERT INTO device (id, hash, name, first_ms) VALUES ($1, $2, $3, $4)"},
    [USED] = {"SELECT last_ms FROM device_use WHERE device = $1 AND person = $2"},
    [USE] = {"INSERT INTO device_use (device, person, first_ms, last_ms, days) VALUES ($1, $2, $3, $3, 1) "
             "ON CONFLICT (device, person) DO UPDATE SET last_ms = $3, days = device_use.days + $4"},
    [LIST] = {"SELECT d.id, d.name, u.first_ms, u.last_ms, u.days, d.hash FROM device_use u JOIN device d ON "
              "d.id = u.device WHERE u.person = $1 ORDER BY u.last_ms DESC, d.id DESC LIMIT $2"},
    [OTHER] = {"SELECT u.person, u.days FROM device_use u JOIN device d ON d.id = u.device JOIN person p ON "
               "p.id = u.person WHERE d.hash = $1 AND u.person <> $2 AND p.state = 1 AND u.days > coalesce("
               "(SELECT days FROM device_use WHERE device = d.id AND person = $2), 0) ORDER BY u.days DESC, "
               "u.person LIMIT 1"},
};
DB_STATEMENTS(device_sql)

static uint64_t find(struct db *db, const unsigned char hash[DEVICE_HASH_SIZE]) {
    struct stmt *q = db_stmt(db, &device_sql[FIND]);
    db_bind_blob(q, hash, DEVICE_HASH_SIZE);
    uint64_t id = db_row(q) ? db_col_u64(q, 0) : 0;
    db_done(q);
    return id;
}

static uint64_t add(struct tx *tx, const unsigned char hash[DEVICE_HASH_SIZE], struct text said) {
    uint64_t id = sequence_take(tx->sequence);
    char name[SESSION_DEVICE_MAX + 1] = "";
    if (text_printable(said)) text_keep(said, name, sizeof name);
    struct stmt *q = db_stmt(tx->db, &device_sql[ADD]);
    db_bind_u64(q, id);
    db_bind_blob(q, hash, DEVICE_HASH_SIZE);
    db_bind_str(q, name);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
    return id;
}

void device_note(struct tx *tx, const unsigned char hash[DEVICE_HASH_SIZE], struct person_id person,
                 struct text name) {
    uint64_t id = find(tx->db, hash);
    if (db_failed(tx->db)) return;
    if (id == 0) id = add(tx, hash, name);
    struct stmt *q = db_stmt(tx->db, &device_sql[USED]);
    db_bind_u64(q, id);
    db_bind_u64(q, person.n);
    int64_t last_ms = db_row(q) ? db_col_i64(q, 0) : 0;
    db_done(q);
    if (db_failed(tx->db)) return;
    q = db_stmt(tx->db, &device_sql[USE]);
    db_bind_u64(q, id);
    db_bind_u64(q, person.n);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, civil_day_of(last_ms) != civil_day_of(tx->now_ms));
    db_queue(q);
}

size_t device_list(struct view *view, struct person_id person, const unsigned char *hash,
                   struct device_item *out, size_t max) {
    size_t count = 0;
    struct stmt *q = db_stmt(view->db, &device_sql[LIST]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, (int64_t)max);
    while (count < max && db_row(q)) {
        struct device_item *item = &out[count++];
        struct text known = db_col_blob(q, 5);
        *item = (struct device_item){.id = db_col_u64(q, 0),
                                     .first_ms = db_col_i64(q, 2),
                                     .last_ms = db_col_i64(q, 3),
                                     .days = db_col_i64(q, 4)};
        item->current = hash && known.n == DEVICE_HASH_SIZE && crypto_equal(known.p, hash, DEVICE_HASH_SIZE);
        text_keep(db_col_text(q, 1), item->name, sizeof item->name);
    }
    db_done(q);
    return count;
}

bool device_other(struct view *view, const unsigned char hash[DEVICE_HASH_SIZE], struct person_id person,
                  struct device_other *out) {
    struct stmt *q = db_stmt(view->db, &device_sql[OTHER]);
    db_bind_blob(q, hash, DEVICE_HASH_SIZE);
    db_bind_u64(q, person.n);
    bool found = db_row(q);
    struct person_id other = {found ? db_col_u64(q, 0) : 0};
    *out = (struct device_other){.days = found ? db_col_i64(q, 1) : 0};
    db_done(q);
    struct person who;
    if (!found || !person_find(view->db, view->keys, other, &who)) return false;
    text_keep(text_of(who.phone_masked), out->phone_masked, sizeof out->phone_masked);
    return true;
}
