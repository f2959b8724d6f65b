/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/db/db.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "kit/db/engine.h"

enum err db_config_parse(const char *text, struct db_config *out) {
    static const struct {
        const char *prefix;
        enum db_engine engine;
        size_t skip;
    } schemes[] = {
        {"sqlite:", DB_SQLITE, 7},
        {"postgres://", DB_POSTGRES, 0},
        {"postgres:", DB_POSTGRES, 9},
        {"postgresql://", DB_POSTGRES, 0}, /* a URI is libpq's, whole */
    };
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strncmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0 && text[schemes[i].skip]) {
            *out = (struct db_config){schemes[i].engine, text + schemes[i].skip};
            return ERR_OK;
        }
    return ERR_CONFIG;
}

enum err db_open(const struct db_config *config, enum db_role role, struct db **out) {
    struct db *db = calloc(1, sizeof *db);
    char *store = strdup(config->store);
    if (!db || !store) log_fatal("db: no memory");
    db->engine = config->engine == DB_SQLITE ? &db_sqlite_engine : &db_postgres_engine;
    db->which = config->engine;
    db->role = role;
    db->store = store;
    enum err err = db->engine->open(db);
    if (err == ERR_OK) {
        *out = db;
        return ERR_OK;
    }
    log_error("store: %s", db->fault[0] ? db->fault : err_name(err));
    db_close(db);
    return err;
}

void db_forget(struct db *db) {
    for (size_t i = 0; i < CACHE_SIZE; i++)
        if (db->cache[i]) db->engine->finish(db->cache[i]);
    memset(db->cache, 0, sizeof db->cache);
    db->cached = 0;
}

void db_close(struct db *db) {
    if (!db) return;
    db_forget(db);
    db->engine->close(db);
    free(db->store);
    free(db);
}

enum db_engine db_engine_of(const struct db *db) {
    return db->which;
}

void db_fail(struct db *db, const char *format, ...) {
    if (db->failed) return;
    db->failed = true;
    va_list args;
    va_start(args, format);
    vsnprintf(db->fault, sizeof db->fault, format, args);
    va_end(args);
}

bool db_failed(const struct db *db) {
    return db->failed;
}

const char *db_fault(const struct db *db) {
    return db->fault;
}

void db_begin(struct db *db) {
    assert(!db->in_tx);
    db->failed = false;
    db->fault[0] = '\0';
    db->in_tx = true;
    db->engine->begin(db);
}

static enum db_commit commit_by(struct db *db, enum db_commit (*commit)(struct db *db)) {
    assert(db->in_tx);
    if (db->failed) {
        db_rollback(db);
        return DB_COMMIT_NO;
    }
    enum db_commit outcome = commit(db);
    db->in_tx = false;
    return outcome;
}

enum db_commit db_commit(struct db *db) {
    return commit_by(db, db->engine->commit);
}

enum db_commit db_commit_ahead(struct db *db) {
    assert(db->role == DB_WRITER && db->arrived);
    return commit_by(db, db->engine->commit_ahead ? db->engine->commit_ahead : db->engine->commit);
}

bool db_synced(const struct db *db) {
    return !db->engine->synced || db->engine->synced(db);
}

void db_await(struct db *db) {
    if (db->engine->await) db->engine->await(db);
}

void db_on_arrival(struct db *db, void (*arrived)(void *arg), void *arg) {
    db->arrived = arrived;
    db->arrived_arg = arg;
}

void db_rollback(struct db *db) {
    if (!db->in_tx) return;
    db->engine->rollback(db);
    db->in_tx = false;
}

enum err db_reopen(struct db *db) {
    db_forget(db);
    db->in_tx = false;
    db->failed = false;
    return db->engine->reopen(db);
}

void db_checkpoint(struct db *db, int frames_min, struct db_wal *out) {
    *out = (struct db_wal){0};
    if (db->engine->checkpoint) db->engine->checkpoint(db, frames_min, out);
}

/* --- statements --- */

static struct stmt **cache_place(struct db *db, const struct sql *sql) {
    size_t at = ((uintptr_t)sql >> 3) * 0x9e3779b97f4a7c15u >>
                (64 - CACHE_BITS); /* the top bits are the best mixed */
    while (db->cache[at] && db->cache[at]->sql != sql) at = (at + 1) % CACHE_SIZE;
    return &db->cache[at];
}

struct stmt *db_stmt(struct db *db, const struct sql *sql) {
    static struct stmt nothing = {.skipped = true}; /* what a failed transaction works on; never written */
    if (db->failed) return &nothing;
    struct stmt **place = cache_place(db, sql);
    if (!*place) {
        assert(db->cached < DB_STATEMENTS_MAX);
        struct stmt *q = db->engine->prepare(db, sql);
        if (!q) return &nothing;
        q->db = db;
        q->sql = sql;
        *place = q;
        db->cached++;
    }
    assert(!(*place)->running); /* a statement is used once at a time: db_done was forgotten */
    (*place)->bound = 0;
    return *place;
}

static bool stmt_dead(const struct stmt *q) {
    return q->skipped || q->db->failed;
}

void db_bind_i64(struct stmt *q, int64_t value) {
    if (stmt_dead(q)) return;
    q->db->engine->bind_i64(q, value);
    q->bound++;
}

void db_bind_u64(struct stmt *q, uint64_t value) {
    assert(value <= INT64_MAX);
    db_bind_i64(q, (int64_t)value);
}

static void bind_bytes(struct stmt *q, const void *bytes, size_t size, bool text) {
    if (stmt_dead(q)) return;
    q->db->engine->bind_bytes(q, bytes, size, text);
    q->bound++;
}

void db_bind_text(struct stmt *q, struct text value) {
    bind_bytes(q, value.p ? value.p : "", value.n, true);
}

void db_bind_str(struct stmt *q, const char *nul_ended) {
    bind_bytes(q, nul_ended, nul_ended ? strlen(nul_ended) : 0, true);
}

void db_bind_blob(struct stmt *q, const void *bytes, size_t size) {
    bind_bytes(q, bytes ? bytes : "", size, false);
}

void db_bind_null(struct stmt *q) {
    bind_bytes(q, NULL, 0, false);
}

bool db_row(struct stmt *q) {
    if (stmt_dead(q)) return false;
    q->running = true;
    return q->db->engine->row(q);
}

void db_done(struct stmt *q) {
    if (q->skipped || !q->running) return;
    q->running = false;
    q->db->engine->done(q);
}

int64_t db_run(struct stmt *q) {
    return stmt_dead(q) ? 0 : q->db->engine->run(q);
}

void db_queue(struct stmt *q) {
    if (!stmt_dead(q)) q->db->engine->queue(q);
}

int64_t db_col_i64(const struct stmt *q, int column) {
    return stmt_dead(q) ? 0 : q->db->engine->col_i64(q, column);
}

uint64_t db_col_u64(const struct stmt *q, int column) {
    int64_t value = db_col_i64(q, column);
    assert(value >= 0);
    return (uint64_t)value;
}

struct text db_col_text(const struct stmt *q, int column) {
    return stmt_dead(q) ? (struct text){"", 0} : q->db->engine->col_bytes(q, column);
}

struct text db_col_blob(const struct stmt *q, int column) {
    return db_col_text(q, column);
}

bool db_col_null(const struct stmt *q, int column) {
    return stmt_dead(q) || q->db->engine->col_null(q, column);
}

/* --- tables of statements --- */

static struct sql_table *registered;

void db_register(struct sql_table *table) {
    table->next = registered;
    registered = table;
}

const struct sql_table *db_registered(void) {
    return registered;
}

enum err db_check(struct db *db, const struct sql *sql) {
    db->failed = false;
    if (db->engine->check(db, sql)) return ERR_OK;
    log_error("store: %s", db->fault);
    db->failed = false;
    return ERR_STORE;
}
