/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite 3.40 behind db.h: WAL with synchronous=FULL, one connection that writes and checkpoints, readers that do neither.
 *
 * Debian 12's 3.40.1 has the WAL-reset bug (https://sqlite.org/wal.html#walresetbug), which needs a second connection that writes or
 * checkpoints; there is none here. The automatic checkpoint is off because it swallows a failed sync. The file is never opened
 * outside SQLite (closing it would drop SQLite's locks): the lock that keeps a second server out is a file of its own. */
#include <assert.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "kit/db/engine.h"
#include "kit/db/vfs.h"

enum { WAL_BOUND_FRAMES = 64 * 1024 * 1024 / 4096, READ_WAIT_MS = 100 };

struct native {
    sqlite3 *sqlite;
    int lock;            /* the writer's lock file */
    uint64_t wal_frames; /* after the last commit */
};

struct sqlite_stmt {
    struct stmt stmt;
    sqlite3_stmt *native;
    int index[PARAMS_MAX]; /* SQLite numbers $n by first appearance: where $1, $2, … really are; 0: not used */
};

/* The log is above its bound: readers wait, so that a checkpoint can reset it. One store a process writes, so one flag. */
static _Atomic bool wal_full;

static sqlite3 *sqlite_of(struct db *db) {
    return ((struct native *)db->native)->sqlite;
}

static struct sqlite_stmt *of(const struct stmt *q) {
    return (struct sqlite_stmt *)(uintptr_t)q;
}

static void fail(struct db *db, const char *what) {
    db_fail(db, "%s: %s", what, sqlite3_errmsg(sqlite_of(db)));
}

static bool sqlite_exec(struct db *db, const char *text) {
    if (db->failed) return false;
    if (sqlite3_exec(sqlite_of(db), text, NULL, NULL, NULL) == SQLITE_OK) return true;
    fail(db, "exec");
    return false;
}

static int wal_hook(void *arg, sqlite3 *sqlite, const char *name, int frames) {
    struct native *native = arg;
    (void)sqlite;
    (void)name;
    native->wal_frames = (uint64_t)frames;
    return SQLITE_OK;
}

static bool take_lock(struct db *db, struct native *native) {
    char path[4096];
    snprintf(path, sizeof path, "%s.lock", db->store);
    native->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return native->lock >= 0 && flock(native->lock, LOCK_EX | LOCK_NB) == 0;
}

static enum err sqlite_open(struct db *db) {
    struct native *native = calloc(1, sizeof *native);
    if (!native) log_fatal("db: no memory");
    native->lock = -1;
    db->native = native;
    bool writes = db->role == DB_WRITER;
    if (writes && !take_lock(db, native)) {
        db_fail(db, "%s is in use by another server", db->store);
        return ERR_STORE_IN_USE;
    }
    int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int rc = sqlite3_open_v2(db->store, &native->sqlite, flags | SQLITE_OPEN_NOMUTEX, vfs_name());
    if (rc != SQLITE_OK) {
        db_fail(db, "%s: %s", db->store, native->sqlite ? sqlite3_errmsg(native->sqlite) : sqlite3_errstr(rc));
        return ERR_STORE;
    }
    sqlite3_extended_result_codes(native->sqlite, 1);
    sqlite3_busy_timeout(native->sqlite,
                         2000); /* the writer is alone; a reader may meet the recovery of a log */
    sqlite3_db_config(native->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, writes ? 0 : 1, NULL);
    sqlite3_wal_autocheckpoint(native->sqlite, 0);
    if (writes) {
        sqlite_exec(db, "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA "
                        "cache_size=-65536");
        sqlite3_wal_hook(native->sqlite, wal_hook, native);
    } else {
        sqlite_exec(db, "PRAGMA query_only=1; PRAGMA cache_size=-8192");
    }
    sqlite_exec(db, "PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF");
    return db->failed ? ERR_STORE : ERR_OK;
}

static void sqlite_close(struct db *db) {
    struct native *native = db->native;
    if (!native) return;
    if (native->sqlite && sqlite3_close(native->sqlite) != SQLITE_OK)
        log_fatal("db: closed while a statement is open");
    if (native->lock >= 0) close(native->lock);
    free(native);
    db->native = NULL;
}

static struct stmt *sqlite_prepare(struct db *db, const struct sql *sql) {
    struct sqlite_stmt *q = calloc(1, sizeof *q);
    if (!q) log_fatal("db: no memory");
    const char *rest = NULL;
    if (sqlite3_prepare_v3(sqlite_of(db), sql->text, -1, SQLITE_PREPARE_PERSISTENT, &q->native, &rest) !=
            SQLITE_OK ||
        (rest && *rest)) {
        fail(db, sql->text);
        sqlite3_finalize(q->native);
        free(q);
        return NULL;
    }
    for (int i = 0; i < PARAMS_MAX; i++) {
        char name[8];
        snprintf(name, sizeof name, "$%d", i + 1);
        q->index[i] = sqlite3_bind_parameter_index(q->native, name);
    }
    return &q->stmt;
}

static void sqlite_finish(struct stmt *q) {
    sqlite3_finalize(of(q)->native);
    free(of(q));
}

static int next_index(struct stmt *q) {
    assert(q->bound < PARAMS_MAX);
    int index = of(q)->index[q->bound];
    assert(index > 0); /* more values than the text has parameters */
    return index;
}

static void sqlite_bind_i64(struct stmt *q, int64_t value) {
    sqlite3_bind_int64(of(q)->native, next_index(q), value);
}

static void sqlite_bind_bytes(struct stmt *q, const void *bytes, size_t size, bool text) {
    int index = next_index(q);
    if (!bytes) sqlite3_bind_null(of(q)->native, index);
    else if (text) sqlite3_bind_text64(of(q)->native, index, bytes, size, SQLITE_STATIC, SQLITE_UTF8);
    else sqlite3_bind_blob64(of(q)->native, index, bytes, size, SQLITE_STATIC);
}

static bool sqlite_row(struct stmt *q) {
    assert(q->bound == sqlite3_bind_parameter_count(of(q)->native));
    int rc = sqlite3_step(of(q)->native);
    if (rc == SQLITE_ROW) return true;
    if (rc != SQLITE_DONE) fail(q->db, q->sql->text);
    return false;
}

static void sqlite_done(struct stmt *q) {
    sqlite3_reset(of(q)->native);
}

static int64_t sqlite_run(struct stmt *q) {
    while (sqlite_row(q)) {}
    int64_t changed = sqlite3_stmt_readonly(of(q)->native) ? 0 : sqlite3_changes64(sqlite_of(q->db));
    sqlite3_reset(of(q)->native);
    return q->db->failed ? 0 : changed;
}

static void sqlite_queue(struct stmt *q) {
    sqlite_run(q);
}

static int64_t sqlite_col_i64(const struct stmt *q, int column) {
    return sqlite3_column_int64(of(q)->native, column);
}

static struct text sqlite_col_bytes(const struct stmt *q, int column) {
    const char *bytes = sqlite3_column_blob(of(q)->native, column);
    return (struct text){bytes ? bytes : "", (size_t)sqlite3_column_bytes(of(q)->native, column)};
}

static bool sqlite_col_null(const struct stmt *q, int column) {
    return sqlite3_column_type(of(q)->native, column) == SQLITE_NULL;
}

static const struct sql begin_sql[] = {{"BEGIN IMMEDIATE"}, {"BEGIN"}}, end_sql[] = {{"COMMIT"}, {"ROLLBACK"}};

/* A prepared BEGIN or COMMIT, through the cache; returns SQLite's code. */
static int step_now(struct db *db, const struct sql *sql) {
    bool failed = db->failed;
    db->failed = false;
    struct stmt *q = db_stmt(db, sql);
    db->failed = failed;
    if (q->skipped) return SQLITE_ERROR;
    int rc = sqlite3_step(of(q)->native);
    sqlite3_reset(of(q)->native);
    return rc;
}

static void sqlite_begin(struct db *db) {
    bool writes = db->role == DB_WRITER;
    for (int64_t until = clock_mono_ms() + READ_WAIT_MS;
         !writes && atomic_load(&wal_full) && clock_mono_ms() < until;)
        usleep(1000);
    if (step_now(db, &begin_sql[writes ? 0 : 1]) != SQLITE_DONE) fail(db, "BEGIN");
}

/* A full disk or an I/O error makes SQLite roll back by itself: autocommit inside a group tells. A sync that failed never gets here:
 * the VFS has ended the process. */
static enum db_commit sqlite_commit(struct db *db) {
    if (sqlite3_get_autocommit(sqlite_of(db))) {
        db_fail(db, "the transaction was rolled back by SQLite");
        return DB_COMMIT_NO;
    }
    if (step_now(db, &end_sql[0]) == SQLITE_DONE) return DB_COMMIT_YES;
    fail(db, "COMMIT");
    if (!sqlite3_get_autocommit(sqlite_of(db))) step_now(db, &end_sql[1]);
    if (!sqlite3_get_autocommit(sqlite_of(db)))
        log_fatal("db: neither committed nor rolled back: %s", db->fault);
    return DB_COMMIT_NO;
}

static void sqlite_rollback(struct db *db) {
    for (size_t i = 0; i < CACHE_SIZE; i++) /* a failed verb may have left a cursor open */
        if (db->cache[i] && db->cache[i]->running) {
            sqlite3_reset(of(db->cache[i])->native);
            db->cache[i]->running = false;
        }
    if (!sqlite3_get_autocommit(sqlite_of(db))) step_now(db, &end_sql[1]);
    if (!sqlite3_get_autocommit(sqlite_of(db)))
        log_fatal("db: cannot roll back: %s", sqlite3_errmsg(sqlite_of(db)));
}

static enum err sqlite_reopen(struct db *db) {
    (void)db;
    return ERR_STORE; /* a COMMIT of SQLite is never unknown */
}

static void sqlite_checkpoint(struct db *db, int frames_min, struct db_wal *out) {
    struct native *native = db->native;
    out->frames = native->wal_frames;
    if (native->wal_frames < (uint64_t)frames_min) return;
    int frames = 0, copied = 0;
    int rc = sqlite3_wal_checkpoint_v2(native->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
    if (rc != SQLITE_OK && rc != SQLITE_BUSY) log_fatal("db: checkpoint: %s", sqlite3_errmsg(native->sqlite));
    out->frames = (uint64_t)(frames > 0 ? frames : 0);
    out->checkpointed = (uint64_t)(copied > 0 ? copied : 0);
    /* All copied: the next commit starts the log anew, unless a reader still looks at it. */
    atomic_store(&wal_full, out->frames > WAL_BOUND_FRAMES);
    native->wal_frames = out->frames - out->checkpointed;
}

const struct engine db_sqlite_engine = {
    .open = sqlite_open,
    .close = sqlite_close,
    .exec = sqlite_exec,
    .prepare = sqlite_prepare,
    .finish = sqlite_finish,
    .bind_i64 = sqlite_bind_i64,
    .bind_bytes = sqlite_bind_bytes,
    .row = sqlite_row,
    .done = sqlite_done,
    .run = sqlite_run,
    .queue = sqlite_queue,
    .col_i64 = sqlite_col_i64,
    .col_bytes = sqlite_col_bytes,
    .col_null = sqlite_col_null,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .reopen = sqlite_reopen,
    .checkpoint = sqlite_checkpoint,
};
