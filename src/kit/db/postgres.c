/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL 15 behind db.h: libpq in pipeline mode, prepared statements, binary values.
 *
 * Round trips are what PostgreSQL costs (70 to 90 us each, against 5 to 10 for the statement), so nothing waits that need not:
 * BEGIN, the preparing of a statement and every db_queue are only sent; their results are collected, in order, with the next
 * statement that is read or with COMMIT. `owed` lists what the server still owes us, one row a message.
 *
 *     BEGIN | INSERT | UPDATE | SELECT | sync ---> wait ---> ok, 1, 1, rows
 *
 * A failed message makes the server skip all that follow, up to the sync: the round ends with one failure, which is sticky (db.h).
 *
 * The writer holds an advisory lock, of the schema, as long as its connection lives. When that connection is lost the lock may be
 * another server's already, so the process ends (DB_EXIT_LOST); only a loss while committing is looked into, because somebody may
 * have been paid: db_commit says DB_COMMIT_UNKNOWN and the writer asks the store itself, after db_reopen. */
#include <assert.h>
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "kit/db/engine.h"

enum { OWED_MAX = 1024, SERVER_LEAST = 150000, LOCK_TRIES = 20, LOCK_PAUSE_US = 50 * 1000 };

enum message { MESSAGE_PLAIN, MESSAGE_PREPARE, MESSAGE_RUN, MESSAGE_SYNC };

struct pg_stmt {
    struct stmt stmt;
    char name[16];
    bool prepared; /* on this connection, or being prepared: the message is on its way */
    PGresult *result;
    int row; /* of result: the one being read */
    const char *values[PARAMS_MAX];
    int lengths[PARAMS_MAX];
    int64_t numbers[PARAMS_MAX]; /* big-endian: what values points at for an integer */
};

struct owed {
    enum message message;
    const char *text;
    struct pg_stmt *stmt; /* PREPARE; RUN whose result is wanted */
};

struct native {
    PGconn *conn;
    unsigned names;          /* statements are s1, s2, … */
    int formats[PARAMS_MAX]; /* all 1: binary */
    struct owed owed[OWED_MAX];
    int owed_count;
    char ended[16];   /* how the server answered the last plain message: COMMIT, ROLLBACK */
    char sqlstate[6]; /* of the round's failure */
};

static struct native *native_of(const struct db *db) {
    return db->native;
}

static struct pg_stmt *of(const struct stmt *q) {
    return (struct pg_stmt *)(uintptr_t)q;
}

static bool lost(const struct native *native) {
    return PQstatus(native->conn) != CONNECTION_OK;
}

/* --- what is sent, and what comes back --- */

static void fail(struct db *db, const char *what, const char *words) {
    int line = (int)strcspn(words, "\n");
    db_fail(db, "%s: %.*s", what, line, words);
}

/* The connection that held the writer's lock is gone. */
static void must_not_be_lost(struct db *db) {
    if (db->role != DB_WRITER || !lost(native_of(db))) return;
    log_error("store: the connection with the writer's lock is lost (%s); nothing unanswered was committed; "
              "ending",
              db->fault);
    _exit(DB_EXIT_LOST);
}

static void answer_take(struct db *db, const struct owed *owed, PGresult *result) {
    struct native *native = native_of(db);
    ExecStatusType status = PQresultStatus(result);
    bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!good && status != PGRES_PIPELINE_ABORTED) {
        const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        if (!db->failed) snprintf(native->sqlstate, sizeof native->sqlstate, "%s", code ? code : "");
        fail(db, lost(native) ? "connection" : owed->text, PQresultErrorMessage(result));
    }
    if (owed->message == MESSAGE_PLAIN && good)
        snprintf(native->ended, sizeof native->ended, "%s", PQcmdStatus(result));
    if (owed->message == MESSAGE_PREPARE && !good) owed->stmt->prepared = false;
    if (owed->message == MESSAGE_RUN && owed->stmt && good) owed->stmt->result = result;
    else PQclear(result);
}

/* Reads all that is owed. A lost connection owes nothing any more. */
static void collect(struct db *db) {
    struct native *native = native_of(db);
    for (int i = 0; i < native->owed_count && !lost(native); i++) {
        const struct owed *owed = &native->owed[i];
        PGresult *result = PQgetResult(native->conn);
        if (!result) {
            fail(db, owed->text, PQerrorMessage(native->conn));
            break;
        }
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            assert(owed->message == MESSAGE_SYNC);
            PQclear(result);
            continue;
        }
        answer_take(db, owed, result);
        while ((result = PQgetResult(native->conn)) != NULL)
            PQclear(result); /* the NULL that ends each message */
    }
    if (lost(native)) fail(db, "connection", PQerrorMessage(native->conn));
    native->owed_count = 0;
}

static void owe(struct db *db, enum message message, const char *text, struct pg_stmt *stmt, int sent) {
    struct native *native = native_of(db);
    if (!sent) {
        fail(db, text, PQerrorMessage(native->conn));
        return;
    }
    assert(native->owed_count < OWED_MAX);
    native->owed[native->owed_count++] = (struct owed){message, text, stmt};
}

static void send_sync(struct db *db) {
    owe(db, MESSAGE_SYNC, "sync", NULL, PQpipelineSync(native_of(db)->conn));
}

/* One round trip: all that was sent is answered. */
static void round_trip(struct db *db) {
    send_sync(db);
    collect(db);
}

/* Room for `messages` and a sync. */
static void make_room(struct db *db, int messages) {
    if (native_of(db)->owed_count + messages + 1 > OWED_MAX) round_trip(db);
}

static void send_plain(struct db *db, const char *text) {
    make_room(db, 1);
    native_of(db)->ended[0] = '\0';
    owe(db, MESSAGE_PLAIN, text, NULL,
        PQsendQueryParams(native_of(db)->conn, text, 0, NULL, NULL, NULL, NULL, 1));
}

static void send_stmt(struct stmt *q, bool wants_result) {
    struct pg_stmt *stmt = of(q);
    PGconn *conn = native_of(q->db)->conn;
    make_room(q->db, 2);
    if (!stmt->prepared) {
        owe(q->db, MESSAGE_PREPARE, q->sql->text, stmt, PQsendPrepare(conn, stmt->name, q->sql->text, 0, NULL));
        stmt->prepared = true;
    }
    owe(q->db, MESSAGE_RUN, q->sql->text, wants_result ? stmt : NULL,
        PQsendQueryPrepared(conn, stmt->name, q->bound, stmt->values, stmt->lengths,
                            native_of(q->db)->formats, 1));
    must_not_be_lost(q->db);
}

/* --- its life --- */

static void notice(void *arg, const PGresult *result) {
    (void)arg;
    log_debug("postgres: %s", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

/* A statement outside the pipeline; false: it failed (db_fail was called), or it answered with false. */
static bool ask(struct db *db, const char *what, const char *text) {
    PGconn *conn = native_of(db)->conn;
    PGresult *result = PQexec(conn, text);
    ExecStatusType status = PQresultStatus(result);
    bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    bool yes = good &&
               (status == PGRES_COMMAND_OK || (PQntuples(result) == 1 && PQgetvalue(result, 0, 0)[0] == 't'));
    if (!good) fail(db, what, PQerrorMessage(conn));
    PQclear(result);
    return yes;
}

/* A statement waits for a lock of somebody's console at most so long; a reader's is as long as its snapshot may be. */
static const char *const session_sql[] = {
    [DB_WRITER] = "SET synchronous_commit = on; SET client_min_messages = warning; SET lock_timeout = '5s'; "
                  "SET idle_in_transaction_session_timeout = '60s'",
    /* What can be made again need not be flushed: a crash takes the newest of it, never the order. */
    [DB_DERIVED] =
        "SET synchronous_commit = off; SET client_min_messages = warning; SET lock_timeout = '5s'; "
        "SET idle_in_transaction_session_timeout = '60s'",
    [DB_READER] = "SET client_min_messages = warning; SET statement_timeout = '10s'; SET "
                  "default_transaction_read_only = on; "
                  "SET idle_in_transaction_session_timeout = '60s'",
};

/* One server a schema: a database may hold several stores. */
static const char lock_sql[] =
    "SELECT pg_try_advisory_lock(1902796897, hashtext(coalesce(current_schema(), '')))";

/* A server that was killed holds its lock until PostgreSQL notices, a moment later. */
static bool take_lock(struct db *db) {
    for (int tries = 1; !ask(db, "lock", lock_sql); tries++) {
        if (tries == LOCK_TRIES || db->failed) return false;
        usleep(LOCK_PAUSE_US);
    }
    return true;
}

static enum err pg_connect(struct db *db) {
    static const char *const keys[] = {"application_name",
                                       "connect_timeout",
                                       "keepalives_idle",
                                       "tcp_user_timeout",
                                       "client_encoding",
                                       "dbname",
                                       NULL};
    struct native *native = native_of(db);
    static const char *const names[] =
        {[DB_WRITER] = "qianbao writer", [DB_READER] = "qianbao reader", [DB_DERIVED] = "qianbao index"};
    const char *const values[] = {names[db->role], "5", "20", "20000", "UTF8", db->store, NULL};
    native->owed_count = 0;
    native->conn = PQconnectdbParams(keys, values, 1);
    if (!native->conn) log_fatal("db: no memory");
    if (lost(native)) {
        fail(db, "connection", PQerrorMessage(native->conn));
        return ERR_STORE;
    }
    PQsetNoticeReceiver(native->conn, notice, NULL);
    const char *encoding = PQparameterStatus(native->conn, "server_encoding");
    if (PQserverVersion(native->conn) < SERVER_LEAST || !encoding || strcmp(encoding, "UTF8") != 0) {
        db_fail(db, "needs PostgreSQL 15 with a database in UTF8");
        return ERR_STORE;
    }
    if (!ask(db, "session", session_sql[db->role])) return ERR_STORE;
    if (db->role == DB_WRITER && !take_lock(db)) {
        db_fail(db, "this database is in use by another server");
        return ERR_STORE_IN_USE;
    }
    int entered = PQenterPipelineMode(native->conn);
    assert(entered);
    return ERR_OK;
}

static enum err pg_open(struct db *db) {
    struct native *native = calloc(1, sizeof *native);
    if (!native) log_fatal("db: no memory");
    for (int i = 0; i < PARAMS_MAX; i++) native->formats[i] = 1;
    db->native = native;
    return pg_connect(db);
}

static void pg_close(struct db *db) {
    struct native *native = db->native;
    if (!native) return;
    /* Given back by hand: PostgreSQL would see the end of the connection only after we have returned. */
    if (db->role == DB_WRITER && !lost(native) && PQexitPipelineMode(native->conn))
        ask(db, "unlock", "SELECT pg_advisory_unlock_all()");
    PQfinish(native->conn);
    free(native);
    db->native = NULL;
}

static enum err pg_reopen(struct db *db) {
    PQfinish(native_of(db)->conn);
    return pg_connect(db);
}

/* Several statements in one text need the simple protocol, which the pipeline does not speak. */
static bool pg_exec(struct db *db, const char *text) {
    PGconn *conn = native_of(db)->conn;
    round_trip(db);
    if (db->failed) return false;
    if (!PQexitPipelineMode(conn)) {
        fail(db, "exec", PQerrorMessage(conn));
        return false;
    }
    ask(db, "exec", text);
    PQenterPipelineMode(conn);
    must_not_be_lost(db);
    return !db->failed;
}

/* --- statements --- */

static struct stmt *pg_prepare(struct db *db, const struct sql *sql) {
    (void)sql; /* sent with its first use */
    struct pg_stmt *q = calloc(1, sizeof *q);
    if (!q) log_fatal("db: no memory");
    snprintf(q->name, sizeof q->name, "s%u", ++native_of(db)->names);
    return &q->stmt;
}

static void pg_finish(struct stmt *q) {
    PQclear(of(q)->result);
    free(of(q));
}

static void bind(struct stmt *q, const void *bytes, size_t size) {
    assert(q->bound < PARAMS_MAX && size <= INT32_MAX);
    of(q)->values[q->bound] = bytes;
    of(q)->lengths[q->bound] = (int)size;
}

static void pg_bind_i64(struct stmt *q, int64_t value) {
    assert(q->bound < PARAMS_MAX);
    int64_t *number = &of(q)->numbers[q->bound];
    *number = (int64_t)htobe64((uint64_t)value);
    bind(q, number, sizeof *number);
}

static void pg_bind_bytes(struct stmt *q, const void *bytes, size_t size, bool text) {
    (void)text; /* the server knows from the statement */
    bind(q, bytes, size);
}

static void pg_done(struct stmt *q) {
    PQclear(of(q)->result);
    of(q)->result = NULL;
}

static void pg_ask(struct stmt *q) {
    send_stmt(q, true);
    round_trip(q->db);
    must_not_be_lost(q->db);
    of(q)->row = -1;
}

static bool pg_row(struct stmt *q) {
    struct pg_stmt *stmt = of(q);
    if (!stmt->result) pg_ask(q);
    return !q->db->failed && ++stmt->row < PQntuples(stmt->result);
}

static int64_t pg_run(struct stmt *q) {
    pg_ask(q);
    int64_t changed = 0; /* what changes no rows (CREATE TABLE) says nothing */
    if (!q->db->failed) text_to_i64(text_of(PQcmdTuples(of(q)->result)), &changed);
    pg_done(q);
    return changed;
}

static void pg_queue(struct stmt *q) {
    send_stmt(q, false);
}

static int64_t pg_col_i64(const struct stmt *q, int column) {
    const PGresult *result = of(q)->result;
    int row = of(q)->row;
    assert(column < PQnfields(result) && row < PQntuples(result));
    if (PQgetisnull(result, row, column)) return 0;
    const char *bytes = PQgetvalue(result, row, column);
    uint64_t eight;
    uint32_t four;
    uint16_t two;
    switch (PQgetlength(result, row, column)) {
    case 8: return memcpy(&eight, bytes, sizeof eight), (int64_t)be64toh(eight);
    case 4: return memcpy(&four, bytes, sizeof four), (int32_t)be32toh(four);
    case 2: return memcpy(&two, bytes, sizeof two), (int16_t)be16toh(two);
    case 1: return bytes[0]; /* boolean */
    }
    log_fatal("db: column %d is no BIGINT (a sum() needs its CAST): %s", column, q->sql->text);
}

static struct text pg_col_bytes(const struct stmt *q, int column) {
    const PGresult *result = of(q)->result;
    assert(column < PQnfields(result) && of(q)->row < PQntuples(result));
    return (struct text){PQgetvalue(result, of(q)->row, column),
                         (size_t)PQgetlength(result, of(q)->row, column)};
}

static bool pg_col_null(const struct stmt *q, int column) {
    return PQgetisnull(of(q)->result, of(q)->row, column);
}

/* --- transactions --- */

static void pg_begin(struct db *db) {
    if (db->role == DB_WRITER) {
        send_plain(db, "BEGIN");
        must_not_be_lost(db);
        return;
    }
    collect(db); /* the end of the last snapshot; what became of it is nobody's matter */
    db->failed = false;
    db->fault[0] = '\0';
    if (lost(native_of(db))) {
        db_forget(db);
        pg_reopen(db);
    }
    bool derived = db->role == DB_DERIVED;
    if (!db->failed) send_plain(db, derived ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

/* A reader need not wait for the end of its snapshot: only sent, collected by the next BEGIN. */
static void reader_end(struct db *db) {
    if (lost(native_of(db))) return;
    send_plain(db, "COMMIT");
    send_sync(db);
}

static bool outcome_unknown(const struct native *native) {
    return lost(native) || strncmp(native->sqlstate, "57P", 3) == 0 ||
           strncmp(native->sqlstate, "08", 2) == 0 || strcmp(native->sqlstate, "40003") == 0;
}

static enum db_commit pg_commit(struct db *db) {
    struct native *native = native_of(db);
    if (db->role == DB_READER) {
        reader_end(db);
        return DB_COMMIT_YES;
    }
    native->sqlstate[0] = '\0';
    send_plain(db, "COMMIT");
    round_trip(db);
    if (!db->failed && strcmp(native->ended, "COMMIT") == 0) return DB_COMMIT_YES;
    if (outcome_unknown(native)) return DB_COMMIT_UNKNOWN;
    db_fail(db, "COMMIT: answered with %s", native->ended);
    send_plain(db, "ROLLBACK"); /* what failed before made the server skip COMMIT */
    round_trip(db);
    must_not_be_lost(db);
    return DB_COMMIT_NO;
}

static void pg_rollback(struct db *db) {
    for (size_t i = 0; i < CACHE_SIZE; i++) /* a failed verb may have left rows unread */
        if (db->cache[i]) {
            pg_done(db->cache[i]);
            db->cache[i]->running = false;
        }
    if (db->role == DB_READER) {
        reader_end(db);
        return;
    }
    round_trip(db); /* a failure among what was only sent would make the server skip the ROLLBACK */
    send_plain(db, "ROLLBACK");
    round_trip(db);
    must_not_be_lost(db);
    if (db->role == DB_DERIVED && lost(native_of(db)))
        return; /* gone with the connection; the next one begins anew */
    if (strcmp(native_of(db)->ended, "ROLLBACK") != 0) log_fatal("db: cannot roll back: %s", db->fault);
}

/* --- for the test that prepares every statement --- */

/* Only what both engines read and write alike: BIGINT, TEXT, BYTEA; the small integers and booleans also as results. */
static bool type_known(Oid type, bool result) {
    enum { BOOL = 16, BYTEA = 17, INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25, VARCHAR = 1043 };
    if (type == INT8 || type == TEXT || type == BYTEA || type == VARCHAR) return true;
    return result && (type == BOOL || type == INT2 || type == INT4);
}

static bool pg_check(struct db *db, const struct sql *sql) {
    PGconn *conn = native_of(db)->conn;
    round_trip(db);
    PQexitPipelineMode(conn);
    PGresult *prepared = PQprepare(conn, "", sql->text, 0, NULL);
    PGresult *described = PQdescribePrepared(conn, "");
    if (PQresultStatus(prepared) != PGRES_COMMAND_OK) fail(db, sql->text, PQresultErrorMessage(prepared));
    for (int i = 0; i < PQnparams(described); i++)
        if (!type_known(PQparamtype(described, i), false))
            db_fail(db, "%s: $%d is neither BIGINT, TEXT nor BYTEA", sql->text, i + 1);
    for (int i = 0; i < PQnfields(described); i++)
        if (!type_known(PQftype(described, i), true))
            db_fail(db, "%s: column %d is neither BIGINT, TEXT nor BYTEA", sql->text, i);
    PQclear(prepared);
    PQclear(described);
    PQenterPipelineMode(conn);
    return !db->failed;
}

const struct engine db_postgres_engine = {
    .open = pg_open,
    .close = pg_close,
    .exec = pg_exec,
    .prepare = pg_prepare,
    .finish = pg_finish,
    .bind_i64 = pg_bind_i64,
    .bind_bytes = pg_bind_bytes,
    .row = pg_row,
    .done = pg_done,
    .run = pg_run,
    .queue = pg_queue,
    .col_i64 = pg_col_i64,
    .col_bytes = pg_col_bytes,
    .col_null = pg_col_null,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .reopen = pg_reopen,
    .check = pg_check,
};
