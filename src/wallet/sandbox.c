/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/sandbox.h"

#include <assert.h>

#include "base/clock.h"

#define STEP_MAX_MS (INT64_C(3650) * 86400000)

enum { FIND, ADD, ADVANCE, FIRST_NUMBER };
static const struct sql sandbox_sql[] = {
    [FIND] = {"SELECT offset_ms FROM sandbox WHERE id = 0"},
    [ADD] = {"INSERT INTO sandbox (id, offset_ms, begun_ms) VALUES (0, $1, $2)"},
    [ADVANCE] = {"UPDATE sandbox SET offset_ms = offset_ms + $1 WHERE id = 0 RETURNING offset_ms"},
    [FIRST_NUMBER] = {"SELECT next FROM sequence WHERE id = 0"},
};
DB_STATEMENTS(sandbox_sql)

/* As migration 0002 leaves it: no number was ever given out. */
enum { NEW_STORE_NEXT = 1000 };

static bool one_number(struct db *db, int statement, int64_t *out) {
    struct stmt *q = db_stmt(db, &sandbox_sql[statement]);
    bool found = db_row(q);
    if (found) *out = db_col_i64(q, 0);
    db_done(q);
    return found;
}

static enum err sandbox_mark_store(struct db *db, int64_t begin_ms) {
    struct stmt *q = db_stmt(db, &sandbox_sql[ADD]);
    db_bind_i64(q, begin_ms);
    db_bind_i64(q, clock_real_now_ms());
    return db_run(q) == 1 ? ERR_OK : ERR_STORE;
}

enum err sandbox_open(struct db *db, bool wanted, int64_t begin_ms, struct sandbox *out) {
    int64_t offset_ms = begin_ms, next = 0;
    assert(begin_ms <= 0);
    db_begin(db);
    bool marked = one_number(db, FIND, &offset_ms);
    bool is_new = one_number(db, FIRST_NUMBER, &next) && next == NEW_STORE_NEXT;
    enum err err = marked == wanted || (wanted && is_new) ? ERR_OK : ERR_CONFIG;
    if (err == ERR_OK && wanted && !marked) err = sandbox_mark_store(db, begin_ms);
    if (db_commit(db) != DB_COMMIT_YES) err = ERR_STORE;
    if (err != ERR_OK) return err;
    *out = (struct sandbox){0};
    if (wanted) clock_set_offset_ms(out->offset_ms = offset_ms);
    return ERR_OK;
}

enum err sandbox_clock_advance(struct tx *tx, int64_t by_ms, struct fault *fault, int64_t *offset_ms) {
    if (!tx->sandbox) return fault_set(fault, ERR_NO_ROUTE);
    if (by_ms < 1) return fault_field(fault, ERR_CLOCK_BACKWARDS, "/advance_s");
    if (by_ms > STEP_MAX_MS) return fault_field(fault, ERR_BAD_FIELD, "/advance_s");
    struct stmt *q = db_stmt(tx->db, &sandbox_sql[ADVANCE]);
    db_bind_i64(q, by_ms);
    if (db_row(q)) tx->sandbox->offset_ms = *offset_ms = db_col_i64(q, 0);
    db_done(q);
    return ERR_OK;
}

/* --- as a writer's part --- */

static void clock_mark(void *arg, int64_t now_ms) {
    struct sandbox *sandbox = arg;
    (void)now_ms;
    sandbox->mark_ms = sandbox->offset_ms;
}

static void clock_flush(void *arg, struct db *db) {
    (void)arg; /* sandbox_clock_advance wrote the row */
    (void)db;
}

static void clock_publish(void *arg, int64_t now_ms) {
    struct sandbox *sandbox = arg;
    (void)now_ms;
    if (sandbox->offset_ms == sandbox->mark_ms) return;
    clock_set_offset_ms(sandbox->offset_ms);
    if (sandbox->wake) sandbox->wake(sandbox->arg);
}

static void clock_undo(void *arg) {
    struct sandbox *sandbox = arg;
    sandbox->offset_ms = sandbox->mark_ms;
}

struct writer_part sandbox_part(struct sandbox *sandbox) {
    return (struct writer_part){.arg = sandbox,
                                .mark = clock_mark,
                                .flush = clock_flush,
                                .publish = clock_publish,
                                .undo = clock_undo};
}
