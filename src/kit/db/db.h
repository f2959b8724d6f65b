/* SPDX-License-Identifier: Apache-2.0 */
/* db: one connection to the store; SQLite and PostgreSQL 15 behind one interface and one SQL text.
 *
 * Statements stand in const tables of struct sql beside the verbs that use them and are prepared on first use, once a connection.
 * The text is the subset that both engines take unchanged: $1..$n parameters, BIGINT, TEXT, BYTEA, ON CONFLICT, RETURNING; sums as
 * CAST(coalesce(sum(x), 0) AS BIGINT); no FOR UPDATE; never insert-and-catch. Times are ms since the epoch, booleans 0/1.
 *
 *     static const struct sql card_sql[] = {
 *         [CARD_BY_ID] = {"SELECT person, bank, state FROM card WHERE id = $1"},
 *     };
 *     struct stmt *q = db_stmt(db, &card_sql[CARD_BY_ID]);
 *     db_bind_i64(q, card.n);
 *     if (db_row(q)) person = db_col_i64(q, 0);
 *     db_done(q);
 *
 * Failure is sticky: once a statement fails, every later one of the transaction does nothing and reads as "no row", and db_commit
 * answers DB_COMMIT_NO. So a verb needs no check after each call: it asks db_failed() where it would matter, and nothing of a
 * failed transaction is ever seen. db_fault() tells the words for the log. One connection belongs to one thread at a time. */
#ifndef KIT_DB_DB_H
#define KIT_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

struct db;
struct stmt;

struct sql {
    const char *text;
};

enum db_engine { DB_SQLITE, DB_POSTGRES };
enum db_role {
    DB_WRITER,
    DB_READER,
    DB_DERIVED, /* writes what can be made again from the store (an index), beside the writer: see db_open */
};

struct db_config {
    enum db_engine engine;
    const char *store; /* SQLite: path of the file; PostgreSQL: conninfo */
};

/* "sqlite:PATH" or "postgres:CONNINFO" (also a postgresql:// URI); the config points into the text. */
enum err db_config_parse(const char *text, struct db_config *out);

/* Ways in which the process ends, because nothing true can be said any more; the next start finds out what is stored. */
enum {
    DB_EXIT_DISK = 74, /* SQLite: a sync failed, or the disk failed while committing */
    DB_EXIT_LOST = 75, /* PostgreSQL: the connection that holds the writer's lock is gone */
};

/* The writer takes the store for itself (lock file, advisory lock): ERR_STORE_IN_USE when another server has it. It is also the
 * only connection that may write, migrate and checkpoint. Readers are read-only.
 *
 * DB_DERIVED is the one connection that writes what is only made from the store and may be lost or made again at any time: on SQLite in a
 * file of its own (the money's file and its syncs are not touched), on PostgreSQL in tables of its own. Its commits need not survive a
 * power cut, but what survives is whole and in order; no failure of it ends the process. The caller sees to it that there is one. */
enum err db_open(const struct db_config *config, enum db_role role, struct db **out);
void db_close(struct db *db);
enum db_engine db_engine_of(const struct db *db);

/* Applies the migrations of the binary that the store does not have yet; refuses a store that has one the binary does not know. */
enum err db_migrate(struct db *db);
/* The same for a file that holds one room's tables only: the migrations with numbers from..upto. */
enum err db_migrate_some(struct db *db, int from, int upto);

/* A transaction; a reader's is a snapshot, of the moment of its first statement. The writer writes nothing outside of one. A reader ends
 * its snapshot within DB_SNAPSHOT_MS: while SQLite's log is above its bound, an older one is cut off (its statement fails), and new
 * ones wait for at most DB_WAIT_MS, then fail. */
enum { DB_SNAPSHOT_MS = 100, DB_WAIT_MS = 2000 };
void db_begin(struct db *db);
enum db_commit {
    DB_COMMIT_YES,
    DB_COMMIT_NO,      /* rolled back: nothing of it is in the store */
    DB_COMMIT_UNKNOWN, /* PostgreSQL: the connection broke while committing; see writer.h */
};
enum db_commit db_commit(struct db *db);
void db_rollback(struct db *db);

/* SQLite's writer need not stand still while its commit is brought to the disk. After db_commit_ahead a thread does that: the answer YES
 * stands, but nobody may be told before db_synced, which turns true before `arrived` is called on that thread. What follows of the writer may
 * read and write; its next commit waits. Readers see the commit at once and are kept at the end of their transactions until it is on the disk.
 * A sync that fails ends the process. On PostgreSQL it is db_commit. */
enum db_commit db_commit_ahead(struct db *db);
bool db_synced(const struct db *db);
void db_await(struct db *db);                                             /* until db_synced */
void db_on_arrival(struct db *db, void (*arrived)(void *arg), void *arg); /* before the first db_commit_ahead */

bool db_failed(const struct db *db);
const char *db_fault(const struct db *db);
/* PostgreSQL: opens the connection again and takes the writer's lock, after DB_COMMIT_UNKNOWN. */
enum err db_reopen(struct db *db);

/* SQLite's write-ahead log. Writer only, between transactions: copies the log into the file as far as the readers allow, once
 * frames_min frames (4 KiB) were added since, and on every call while the log is above its bound. On PostgreSQL nothing. */
enum { DB_WAL_FRAMES_MAX = 64 * 1024 * 1024 / 4096 };
struct db_wal {
    uint64_t frames, checkpointed; /* in the log; of these, already in the file */
    bool above;                    /* above its bound: new reads wait; call again soon */
};
void db_checkpoint(struct db *db, int frames_min, struct db_wal *out);

/* Statements. Bind in order of $1, $2, …; text and blobs must live until db_done, db_run or db_queue. What is read has a LIMIT:
 * PostgreSQL sends all rows at once. */
struct stmt *db_stmt(struct db *db, const struct sql *sql);
void db_bind_i64(struct stmt *q, int64_t value);
void db_bind_u64(struct stmt *q, uint64_t value); /* must be < 2^63: asserts */
void db_bind_text(struct stmt *q, struct text value);
void db_bind_str(struct stmt *q, const char *nul_ended); /* NULL binds NULL */
void db_bind_blob(struct stmt *q, const void *bytes, size_t size);
void db_bind_null(struct stmt *q);

bool db_row(struct stmt *q);    /* the next row; false at the end or after a failure */
void db_done(struct stmt *q);   /* ends reading; the columns' memory is gone; always call it after db_row */
int64_t db_run(struct stmt *q); /* to the end, no rows read; rows changed, 0 also after a failure */
void db_queue(struct stmt *q); /* a write whose count nobody asks: PostgreSQL sends it with the next round trip */

/* Columns of the row by number, in the order of SELECT or RETURNING; NULL reads as 0 or the empty text. The text and blob belong to
 * the statement until the next db_row or db_done. */
int64_t db_col_i64(const struct stmt *q, int column);
uint64_t db_col_u64(const struct stmt *q, int column);
struct text db_col_text(const struct stmt *q, int column);
struct text db_col_blob(const struct stmt *q, int column);
bool db_col_null(const struct stmt *q, int column);

/* Every statement table of the program registers itself here (one line in the room's .c), so that a test prepares each statement
 * on both engines:  DB_STATEMENTS(card_sql) */
enum { DB_STATEMENTS_MAX = 1024 }; /* in one program */
struct sql_table {
    const char *room;
    const struct sql *rows;
    size_t count;
    struct sql_table *next;
};
void db_register(struct sql_table *table);
const struct sql_table *db_registered(void);
enum err db_check(struct db *db, const struct sql *sql); /* prepares only */
#define DB_STATEMENTS(table)                                                                    \
    static struct sql_table table##_table = {#table, table, sizeof table / sizeof table[0], 0}; \
    __attribute__((constructor)) static void table##_register(void) {                           \
        db_register(&table##_table);                                                            \
    }

#endif
