/* SPDX-License-Identifier: Apache-2.0 */
/* engine: what SQLite and PostgreSQL each do behind db.h. Only kit/db includes this. */
#ifndef KIT_DB_ENGINE_H
#define KIT_DB_ENGINE_H

#include "kit/db/db.h"

enum { FAULT_MAX = 256, PARAMS_MAX = 48 };

/* A prepared statement; the engines put their own struct around it. */
struct stmt {
    struct db *db;
    const struct sql *sql;
    int bound;    /* parameters bound so far: the next is $bound+1 */
    bool running; /* between the first db_row and db_done */
    bool skipped; /* the transaction has failed: does nothing until db_done */
};

struct engine {
    enum err (*open)(struct db *db);
    void (*close)(struct db *db);
    bool (*exec)(struct db *db,
                 const char *text); /* one or more statements without parameters; false: db_fail was called */
    struct stmt *(*prepare)(struct db *db, const struct sql *sql); /* NULL: db_fail was called */
    void (*finish)(struct stmt *q);
    void (*bind_i64)(struct stmt *q, int64_t value);
    void (*bind_bytes)(struct stmt *q, const void *bytes, size_t size, bool text); /* NULL bytes: SQL NULL */
    bool (*row)(struct stmt *q);
    void (*done)(struct stmt *q);
    int64_t (*run)(struct stmt *q);
    void (*queue)(struct stmt *q);
    int64_t (*col_i64)(const struct stmt *q, int column);
    struct text (*col_bytes)(const struct stmt *q, int column);
    bool (*col_null)(const struct stmt *q, int column);
    void (*begin)(struct db *db);
    enum db_commit (*commit)(struct db *db);
    enum db_commit (*commit_ahead)(struct db *db); /* these three: NULL when a commit is always on the disk */
    bool (*synced)(const struct db *db);
    void (*await)(struct db *db);
    void (*rollback)(struct db *db);
    enum err (*reopen)(struct db *db);
    void (*checkpoint)(struct db *db, int frames_min, struct db_wal *out); /* NULL: there is no log to copy */
    bool (*check)(struct db *db, const struct sql *sql);                   /* false: db_fail was called */
};

extern const struct engine db_sqlite_engine, db_postgres_engine;

/* Statements by the address of their row: open addressing, never more than half full. */
enum { CACHE_BITS = 11, CACHE_SIZE = 1 << CACHE_BITS };
_Static_assert(DB_STATEMENTS_MAX <= CACHE_SIZE / 2, "the cache has room for all statements");

struct db {
    const struct engine *engine;
    enum db_engine which;
    enum db_role role;
    char *store;
    void *native; /* the engine's own */
    bool in_tx, failed;
    void (*arrived)(void *arg);
    void *arrived_arg;
    char fault[FAULT_MAX];
    struct stmt *cache[CACHE_SIZE];
    size_t cached;
};

/* The statements belong to a connection: gone with it. */
void db_forget(struct db *db);

/* The first failure of a transaction stands. */
void db_fail(struct db *db, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
