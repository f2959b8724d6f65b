/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite 3.40 behind db.h: WAL with synchronous=FULL, one connection that writes and checkpoints, readers that do neither.
 *
 * Debian 12's 3.40.1 has the WAL-reset bug (https://sqlite.org/wal.html#walresetbug), which needs a second connection that writes or
 * checkpoints; there is none here. The automatic checkpoint is off because it swallows a failed sync; ours mostly do not wait for the
 * disk (behind.h). The file is never opened outside SQLite (closing it would drop SQLite's locks): the lock that keeps a second server
 * out is a file of its own. */
#include <assert.h>
#include <errno.h>
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
#include "kit/db/behind.h"
#include "kit/db/engine.h"
#include "kit/db/gate.h"
#include "kit/db/syncer.h"
#include "kit/db/vfs.h"

enum { BUSY_MS = 2000, LOOK_EVERY_OPS = 2000 };

struct native {
    sqlite3 *sqlite;
    struct gate *gate;
    /* the writer's */
    int lock;              /* its lock file */
    uint64_t frames;       /* in the log, after the last commit */
    uint64_t copied;       /* of these, in the file */
    uint64_t next_frames;  /* the log's size at which the next checkpoint is due */
    struct behind *behind; /* with the first checkpoint */
    int copies;            /* since the last whole one */
    uint64_t pinned;       /* frames; 0: no pin */
    struct syncer *syncer; /* with the first commit that is put off */
    /* a reader's */
    int64_t snapshot_ms; /* when it began */
};

struct sqlite_stmt {
    struct stmt stmt;
    sqlite3_stmt *native;
    int params;
    int index[PARAMS_MAX]; /* SQLite numbers $n by first appearance: where $1, $2, … really are; 0: not used */
};

static struct native *native_of(const struct db *db) {
    return db->native;
}

static sqlite3 *sqlite_of(const struct db *db) {
    return native_of(db)->sqlite;
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

/* SQLite asks now and then while a reader's statement runs; true cuts it off. */
static int snapshot_is_over(void *arg) {
    const struct native *native = arg;
    return atomic_load_explicit(&native->gate->closed, memory_order_relaxed) &&
           clock_mono_ms() - native->snapshot_ms > DB_SNAPSHOT_MS;
}

/* --- its life --- */

static int wal_hook(void *arg, sqlite3 *sqlite, const char *name, int frames) {
    struct native *native = arg;
    (void)sqlite;
    (void)name;
    if ((uint64_t)frames < native->frames) native->copied = native->next_frames = 0; /* the log began anew */
    native->frames = (uint64_t)frames;
    return SQLITE_OK;
}

static bool take_lock(struct db *db) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s.lock", db->store) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    native_of(db)->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return native_of(db)->lock >= 0 && flock(native_of(db)->lock, LOCK_EX | LOCK_NB) == 0;
}

/* Nobody else's to read, whatever the umask; the log takes its mode from the file. A file that is there is left alone: closing a
 * second descriptor would drop SQLite's locks. */
static void create_private(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) close(file);
}

static bool wal_is_on(sqlite3 *sqlite) {
    sqlite3_stmt *q = NULL;
    bool on = sqlite3_prepare_v2(sqlite, "PRAGMA journal_mode=WAL", -1, &q, NULL) == SQLITE_OK &&
              sqlite3_step(q) == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(q, 0), "wal") == 0;
    sqlite3_finalize(q);
    return on;
}

static const char *const role_sql[] = {
    [DB_WRITER] =
        /* a log that grew above its bound is cut when it begins anew */
    "PRAGMA synchronous=FULL; PRAGMA cache_size=-262144; PRAGMA journal_size_limit=67108864;",
    [DB_READER] = "PRAGMA query_only=1; PRAGMA cache_size=-8192;",
    [DB_DERIVED] = "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8192; PRAGMA journal_size_limit=67108864;",
};

/* Without a sync at each commit nothing tells the layer below when others may read what was written. */
static void unsynced_log(struct db *db) {
    sqlite3_file *log = NULL;
    sqlite_exec(db, "SELECT count(*) FROM sqlite_schema"); /* the first question opens the log */
    if (!db->failed &&
        sqlite3_file_control(sqlite_of(db), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log)
        vfs_write_at_once(log);
    else db_fail(db, "%s: its log cannot be found", db->store);
}

static void set_up(struct db *db) {
    struct native *native = native_of(db);
    bool writes = db->role != DB_READER;
    sqlite3_extended_result_codes(native->sqlite, 1);
    sqlite3_busy_timeout(native->sqlite,
                         BUSY_MS); /* the writer is alone; a reader may meet the recovery of a log */
    sqlite3_wal_autocheckpoint(native->sqlite, 0); /* also takes the place of a wal_hook: first */
    sqlite3_db_config(native->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(native->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(native->sqlite, SQLITE_DBCONFIG_DQS_DML, 0, NULL); /* "name" is a name, as in PostgreSQL */
    sqlite3_db_config(native->sqlite, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite_exec(db, "PRAGMA page_size=4096; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON; PRAGMA "
                    "trusted_schema=OFF;");
    if (writes && !wal_is_on(native->sqlite)) fail(db, "journal_mode=WAL");
    sqlite_exec(db, role_sql[db->role]);
    if (db->role == DB_DERIVED) unsynced_log(db);
    if (writes) sqlite3_wal_hook(native->sqlite, wal_hook, native);
    else sqlite3_progress_handler(native->sqlite, LOOK_EVERY_OPS, snapshot_is_over, native);
}

static enum err sqlite_open(struct db *db) {
    struct native *native = calloc(1, sizeof *native);
    if (!native) log_fatal("db: no memory");
    native->lock = -1;
    native->gate = gate_take(db->store);
    db->native = native;
    bool writes = db->role != DB_READER;
    if (db->role == DB_WRITER && !take_lock(db)) {
        bool in_use = errno == EWOULDBLOCK;
        db_fail(db, "%s: %s", db->store, in_use ? "in use by another server" : strerror(errno));
        return in_use ? ERR_STORE_IN_USE : ERR_STORE;
    }
    if (writes) create_private(db->store);
    int flags = writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    int rc = sqlite3_open_v2(db->store, &native->sqlite, flags | SQLITE_OPEN_NOMUTEX, vfs_name());
    if (rc != SQLITE_OK) {
        db_fail(db, "%s: %s", db->store, native->sqlite ? sqlite3_errmsg(native->sqlite) : sqlite3_errstr(rc));
        return ERR_STORE;
    }
    set_up(db);
    return db->failed ? ERR_STORE : ERR_OK;
}

/* The next start has nothing to recover, when no reader stands in the way. */
static void empty_log(struct native *native) {
    int rc = sqlite3_wal_checkpoint_v2(native->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
        log_warn("store: the log stays for the next start: %s", sqlite3_errmsg(native->sqlite));
}

static void sqlite_close(struct db *db) {
    struct native *native = db->native;
    if (!native) return;
    syncer_close(native->syncer);
    behind_close(native->behind);
    if (native->sqlite && db->role != DB_READER) empty_log(native);
    if (sqlite3_close(native->sqlite) != SQLITE_OK) log_fatal("db: closed while a statement is open");
    if (native->lock >= 0) close(native->lock);
    gate_give(native->gate);
    free(native);
    db->native = NULL;
}

/* --- statements --- */

static struct stmt *sqlite_prepare(struct db *db, const struct sql *sql) {
    struct sqlite_stmt *q = calloc(1, sizeof *q);
    if (!q) log_fatal("db: no memory");
    const char *rest = NULL;
    int rc = sqlite3_prepare_v3(sqlite_of(db), sql->text, -1, SQLITE_PREPARE_PERSISTENT, &q->native, &rest);
    if (rc != SQLITE_OK) fail(db, sql->text);
    else if (*rest) db_fail(db, "%s: more than one statement", sql->text);
    if (db->failed) {
        sqlite3_finalize(q->native);
        free(q);
        return NULL;
    }
    for (int i = 0; i < PARAMS_MAX; i++) {
        char name[8];
        snprintf(name, sizeof name, "$%d", i + 1);
        q->index[i] = sqlite3_bind_parameter_index(q->native, name);
    }
    q->params = sqlite3_bind_parameter_count(q->native);
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
    assert(q->bound == of(q)->params);
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

/* --- transactions --- */

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
    bool writes = db->role != DB_READER;
    struct native *native = native_of(db);
    if (!writes && !gate_pass(native->gate)) {
        db_fail(db, "the log is above its bound and somebody still reads it");
        return;
    }
    if (!writes) native->snapshot_ms = clock_mono_ms();
    if (step_now(db, &begin_sql[writes ? 0 : 1]) != SQLITE_DONE) fail(db, "BEGIN");
}

/* The disk failed where a commit may or may not have reached it: what is there is for the next start to find. */
static bool disk_failed(int rc) {
    int kind = rc & 0xff;
    return kind == SQLITE_IOERR || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_PROTOCOL;
}

static _Noreturn void end(struct db *db, const char *what) {
    log_error("store: %s: %s; nothing unanswered was promised; ending", what, sqlite3_errmsg(sqlite_of(db)));
    _exit(DB_EXIT_DISK);
}

/* The thread that syncs; without one, or without a log, commits sync by themselves. */
static struct syncer *syncer_of(struct db *db) {
    struct native *native = native_of(db);
    sqlite3_file *log = NULL;
    if (native->syncer) return native->syncer;
    if (sqlite3_file_control(native->sqlite, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log)
        native->syncer = syncer_open(log, native->gate, db->arrived, db->arrived_arg);
    return native->syncer;
}

/* After a full disk or an I/O error within the group SQLite has rolled back by itself: autocommit tells. A sync that failed never
 * gets here: the VFS has ended the process. A full disk is a plain no: the frame that commits is the last one written. */
static enum db_commit commit(struct db *db, struct syncer *syncer) {
    struct native *native = native_of(db);
    if (sqlite3_get_autocommit(native->sqlite)) {
        db_fail(db, "the transaction was rolled back by SQLite");
        return DB_COMMIT_NO;
    }
    bool writes = db->role == DB_WRITER;
    if (writes) {
        gate_wait(native->gate);
        gate_begun(native->gate);
        vfs_log_syncs(syncer ? VFS_LATER : VFS_NOW);
    }
    int rc = step_now(db, &end_sql[0]);
    if (writes && vfs_log_syncs(VFS_NOW) && rc == SQLITE_DONE) syncer_sync(syncer);
    else if (writes) gate_synced(native->gate);
    if (rc == SQLITE_DONE) return DB_COMMIT_YES;
    if (writes && disk_failed(rc)) end(db, "COMMIT");
    fail(db, "COMMIT");
    if (!sqlite3_get_autocommit(native->sqlite)) step_now(db, &end_sql[1]);
    if (!sqlite3_get_autocommit(native->sqlite))
        log_fatal("db: neither committed nor rolled back: %s", db->fault);
    return DB_COMMIT_NO;
}

/* Nobody leaves with what is not on the disk. */
static void reader_leaves(struct db *db) {
    if (db->role == DB_READER) gate_wait(native_of(db)->gate);
}

static enum db_commit sqlite_commit(struct db *db) {
    enum db_commit outcome = commit(db, NULL);
    reader_leaves(db);
    return outcome;
}

static enum db_commit sqlite_commit_ahead(struct db *db) {
    return commit(db, syncer_of(db));
}

static bool sqlite_synced(const struct db *db) {
    return gate_is_synced(native_of(db)->gate);
}

static void sqlite_await(struct db *db) {
    gate_wait(native_of(db)->gate);
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
    reader_leaves(db);
}

static enum err sqlite_reopen(struct db *db) {
    (void)db;
    return ERR_STORE; /* a COMMIT of SQLite is never unknown */
}

/* The result is obeyed: a full disk keeps the log and tries later; any other failure ends the process. What a reader still needs
 * stays; the log begins anew with the first commit after all of it was copied. */
static void copy_log(struct db *db, uint64_t frames_min, enum vfs_log_sync sync) {
    struct native *native = native_of(db);
    int frames = 0, copied = 0;
    vfs_checkpointing(true);
    vfs_log_syncs(sync);
    int rc = sqlite3_wal_checkpoint_v2(native->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
    vfs_log_syncs(VFS_NOW);
    vfs_checkpointing(false);
    native->next_frames = native->frames + frames_min;
    bool broken = rc != SQLITE_OK && rc != SQLITE_BUSY && (rc & 0xff) != SQLITE_FULL;
    if (broken && db->role == DB_WRITER) end(db, "checkpoint");
    if (rc != SQLITE_OK) log_warn("store: checkpoint: %s; the log grows", sqlite3_errmsg(native->sqlite));
    if (rc == SQLITE_OK && copied >= 0) native->copied = (uint64_t)copied;
}

/* A copy behind the writer's back, in two steps: this group's end is pinned, and with the next group what is before it is copied. */
static bool copy_behind(struct db *db, uint64_t frames_min) {
    struct native *native = native_of(db);
    if (native->copies == BEHIND_COPIES || native->frames > DB_WAL_FRAMES_MAX / 2) return false;
    if (!native->behind) native->behind = behind_open(db->store, native->sqlite);
    if (!native->behind) return false;
    if (native->pinned == 0) {
        if (!behind_pin(native->behind)) return false;
        native->pinned = native->frames;
        return true;
    }
    if (native->frames == native->pinned) return true;
    copy_log(db, frames_min, VFS_DONE); /* the commit after the pin has waited for what is before it */
    behind_unpin(native->behind);
    behind_sync(native->behind);
    native->copies++;
    native->next_frames = native->pinned + (native->copies == BEHIND_COPIES ? frames_min / 3 : frames_min);
    native->pinned = 0;
    return true;
}

static void copy_whole(struct db *db, uint64_t frames_min) {
    struct native *native = native_of(db);
    if (native->pinned != 0) behind_unpin(native->behind);
    native->pinned = 0;
    native->copies = 0;
    gate_wait(native->gate);
    copy_log(db, frames_min, VFS_NOW);
}

static void sqlite_checkpoint(struct db *db, int frames_min, struct db_wal *out) {
    struct native *native = native_of(db);
    bool closed = atomic_load(&native->gate->closed);
    if (native->next_frames == 0) native->next_frames = (uint64_t)frames_min;
    if (native->frames > native->copied && (native->frames >= native->next_frames || closed) &&
        (closed || db->role == DB_DERIVED || !copy_behind(db, (uint64_t)frames_min)))
        copy_whole(db, (uint64_t)frames_min);
    bool above = native->frames > DB_WAL_FRAMES_MAX && native->copied < native->frames;
    if (above && !closed)
        log_warn("store: the log has %llu frames and a reader holds it: new reads wait",
                 (unsigned long long)native->frames);
    gate_set(native->gate, above);
    *out = (struct db_wal){native->frames, native->copied, above};
}

/* --- for the test that prepares every statement --- */

/* Every parameter is $1 to $n, without a gap. */
static bool sqlite_check(struct db *db, const struct sql *sql) {
    struct stmt *q = sqlite_prepare(db, sql);
    if (!q) return false;
    for (int i = 0; i < of(q)->params; i++)
        if (of(q)->index[i] == 0) db_fail(db, "%s: has no $%d", sql->text, i + 1);
    sqlite_finish(q);
    return !db->failed;
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
    .commit_ahead = sqlite_commit_ahead,
    .synced = sqlite_synced,
    .await = sqlite_await,
    .rollback = sqlite_rollback,
    .reopen = sqlite_reopen,
    .checkpoint = sqlite_checkpoint,
    .check = sqlite_check,
};
