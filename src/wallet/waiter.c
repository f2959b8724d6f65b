/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/waiter.h"

#include "wallet/person.h"
#include "wallet/wake.h"

enum { ADD, REMOVE, LIST, COUNT, SHOPS };
static const struct sql waiter_sql[] = {
    [ADD] = {"INSERT INTO waiter (person, merchant, till, since_ms) VALUES ($1, $2, $3, $4) ON CONFLICT "
             "(person, merchant) DO NOTHING"},
    [REMOVE] = {"DELETE FROM waiter WHERE person = $1 AND merchant = $2"},
    [LIST] = {"SELECT person, till, since_ms FROM waiter WHERE merchant = $1 ORDER BY since_ms, person LIMIT "
              "$2"},
    [COUNT] = {"SELECT CAST(count(*) AS BIGINT) FROM waiter WHERE merchant = $1"},
    [SHOPS] = {"SELECT merchant, till FROM waiter WHERE person = $1 ORDER BY merchant LIMIT $2"},
};
DB_STATEMENTS(waiter_sql)

/* --- where one may charge --- */

enum err waiter_stand(struct db *db, const struct actor *actor, struct merchant_id id, struct fault *fault,
                      struct stand *out) {
    struct stand stand = {0};
    if (!merchant_find(db, id, &stand.merchant)) return fault_set(fault, ERR_NOT_FOUND);
    stand.owner = stand.merchant.owner.n == actor->person.n;
    if (!stand.owner && !merchant_waiter(db, id, actor->person, &stand.till))
        return fault_set(fault, ERR_NOT_FOUND);
    *out = stand;
    return ERR_OK;
}

size_t waiter_stands(struct db *db, const struct actor *actor, struct stand *out, size_t max) {
    struct merchant own[MERCHANTS_LISTED_MAX];
    size_t count = 0, owned = merchant_list(db, actor->person, own, MERCHANTS_LISTED_MAX);
    for (size_t i = 0; i < owned && count < max; i++)
        out[count++] = (struct stand){.merchant = own[i], .owner = true};
    size_t from = count;
    struct stmt *q = db_stmt(db, &waiter_sql[SHOPS]);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, (int64_t)(max - count));
    while (count < max && db_row(q))
        out[count++] = (struct stand){.merchant.id = {db_col_u64(q, 0)}, .till = {db_col_u64(q, 1)}};
    db_done(q);
    for (size_t i = from; i < count; i++) merchant_find(db, out[i].merchant.id, &out[i].merchant);
    return count;
}

/* --- naming them --- */

static int64_t count_of(struct db *db, struct merchant_id merchant) {
    struct stmt *q = db_stmt(db, &waiter_sql[COUNT]);
    db_bind_u64(q, merchant.n);
    int64_t count = db_row(q) ? db_col_i64(q, 0) : 0;
    db_done(q);
    return count;
}

static void waiter_name(const struct person *person, struct waiter *out) {
    bill_person_name(person->nickname, person->name_masked, out->name);
    text_keep(text_of(person->phone_masked), out->phone, sizeof out->phone);
}

enum err waiter_add(struct tx *tx, const struct actor *actor, struct merchant_id merchant, struct text phone,
                    struct till_id till, struct fault *fault, struct waiter *out) {
    struct merchant shop;
    struct person person;
    enum err err = merchant_own(tx->db, actor, merchant, fault, &shop);
    if (err != ERR_OK) return err;
    if (!till_fits(tx->db, merchant, till)) return fault_field(fault, ERR_NOT_FOUND, "/till_id");
    if (!person_find_by_phone(tx->db, tx->keys, phone, &person) || person.state != PERSON_OPEN)
        return fault_field(fault, ERR_NOT_FOUND, "/phone");
    if (person.id.n == actor->person.n) return fault_set(fault, ERR_WAITER_TAKEN);
    if (count_of(tx->db, merchant) >= WAITERS_MAX) return fault_set(fault, ERR_SHOP_FULL);
    struct stmt *q = db_stmt(tx->db, &waiter_sql[ADD]);
    db_bind_u64(q, person.id.n);
    db_bind_u64(q, merchant.n);
    db_bind_u64(q, till.n);
    db_bind_i64(q, tx->now_ms);
    if (db_run(q) != 1) return fault_set(fault, ERR_WAITER_TAKEN);
    wake_person(tx, person.id);
    *out = (struct waiter){.person = person.id, .till = till, .since_ms = tx->now_ms};
    waiter_name(&person, out);
    return ERR_OK;
}

enum err waiter_remove(struct tx *tx, const struct actor *actor, struct merchant_id merchant,
                       struct person_id person, struct fault *fault) {
    struct stand stand;
    enum err err = waiter_stand(tx->db, actor, merchant, fault, &stand);
    if (err != ERR_OK) return err;
    if (!stand.owner && person.n != actor->person.n) return fault_set(fault, ERR_NOT_YOURS);
    struct stmt *q = db_stmt(tx->db, &waiter_sql[REMOVE]);
    db_bind_u64(q, person.n);
    db_bind_u64(q, merchant.n);
    if (db_run(q) != 1) return fault_set(fault, ERR_NOT_FOUND);
    wake_person(tx, person);
    return ERR_OK;
}

size_t waiter_list(struct view *view, struct merchant_id merchant, struct waiter out[WAITERS_MAX]) {
    size_t count = 0;
    struct stmt *q = db_stmt(view->db, &waiter_sql[LIST]);
    db_bind_u64(q, merchant.n);
    db_bind_i64(q, WAITERS_MAX);
    while (count < WAITERS_MAX && db_row(q))
        out[count++] = (struct waiter){.person = {db_col_u64(q, 0)},
                                       .till = {db_col_u64(q, 1)},
                                       .since_ms = db_col_i64(q, 2)};
    db_done(q);
    for (size_t i = 0; i < count; i++) {
        struct person person;
        if (person_find(view->db, view->keys, out[i].person, &person)) waiter_name(&person, &out[i]);
    }
    return count;
}
