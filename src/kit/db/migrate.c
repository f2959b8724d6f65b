/* SPDX-License-Identifier: Apache-2.0 */
/* migrate: brings the store's tables to what this program knows, one transaction a file.
 *
 * The table `migration` holds what was applied. Each room has its own block of numbers, so a file may come with a number below the
 * newest one of the store; it is applied like any other. What the store has and the program does not means that the store is newer. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kit/db/engine.h"
#include "kit/db/migrations.h"

enum { MIGRATION_TEXT_MAX = 1 << 20, MIGRATIONS_MAX = 1024 };

enum { APPLIED, RECORD };
static const struct sql migration_sql[] = {
    [APPLIED] = {"SELECT number, name FROM migration ORDER BY number"},
    [RECORD] = {"INSERT INTO migration (number, name, at) VALUES ($1, $2, $3)"},
};
DB_STATEMENTS(migration_sql)

static const char migration_table[] =
    "CREATE TABLE IF NOT EXISTS migration (number @ROWID, name TEXT NOT NULL, at BIGINT NOT NULL)";

/* What the two engines spell differently. */
static const struct {
    const char *own, *other; /* marks at the beginning of a line */
    const char *rowid;
} dialects[] = {
    [DB_SQLITE] = {"-- sqlite:", "-- postgres:", "INTEGER PRIMARY KEY"}, /* any other spelling makes a second tree */
    [DB_POSTGRES] = {"-- postgres:", "-- sqlite:", "BIGINT PRIMARY KEY"},
};

static bool begins(const char *line, const char *mark) {
    return strncmp(line, mark, strlen(mark)) == 0;
}

static void add_spelled(const char *line, size_t size, const char *rowid, struct buf *out) {
    static const char token[] = "@ROWID";
    for (const char *at; (at = memmem(line, size, token, strlen(token))) != NULL;) {
        buf_add(out, line, (size_t)(at - line));
        buf_add_text(out, rowid);
        size -= (size_t)(at - line) + strlen(token);
        line = at + strlen(token);
    }
    buf_add(out, line, size);
}

/* The text for one engine: @ROWID spelled out, its own marked lines without the mark, the other's left out. */
static void migration_text(const char *sql, enum db_engine engine, struct buf *out) {
    for (const char *line = sql; *line;) {
        size_t size = strcspn(line, "\n");
        const char *next = line + size + (line[size] == '\n');
        if (!begins(line, dialects[engine].other)) {
            size_t mark = begins(line, dialects[engine].own) ? strlen(dialects[engine].own) : 0;
            add_spelled(line + mark, size - mark, dialects[engine].rowid, out);
            buf_add_char(out, '\n');
        }
        line = next;
    }
}

static void run_text(struct db *db, const char *sql) {
    struct buf text;
    buf_init(&text, MIGRATION_TEXT_MAX);
    migration_text(sql, db->which, &text);
    if (text.failed) db_fail(db, "a migration of more than %d bytes", MIGRATION_TEXT_MAX);
    db->engine->exec(db, buf_text(&text));
    buf_release(&text);
}

static bool migration_apply(struct db *db, const struct migration *migration) {
    db_begin(db);
    run_text(db, migration->sql);
    struct stmt *q = db_stmt(db, &migration_sql[RECORD]);
    db_bind_i64(q, migration->number);
    db_bind_str(q, migration->name);
    db_bind_i64(q, clock_real_now_ms());
    db_run(q);
    if (db_commit(db) == DB_COMMIT_YES) return true;
    log_error("store: migration %04d %s: %s", migration->number, migration->name, db_fault(db));
    return false;
}

static int compare_number(const void *number, const void *migration) {
    return *(const int64_t *)number < ((const struct migration *)migration)->number   ? -1
           : *(const int64_t *)number > ((const struct migration *)migration)->number ? 1
                                                                                      : 0;
}

/* Marks what the store has; false when it has something that this program does not know under that number and name. */
static bool migrations_find(struct db *db, bool applied[MIGRATIONS_MAX]) {
    bool known = true;
    struct stmt *q = db_stmt(db, &migration_sql[APPLIED]);
    while (db_row(q)) {
        int64_t number = db_col_i64(q, 0);
        const struct migration *m = bsearch(&number, migrations, migrations_count, sizeof *m, compare_number);
        if (m && text_is(db_col_text(q, 1), m->name)) {
            applied[m - migrations] = true;
            continue;
        }
        struct text name = db_col_text(q, 1);
        log_error("store: its migration %04lld %.*s is not known here; use the program that made it, or a "
                  "newer one",
                  (long long)number, (int)name.n, name.p);
        known = false;
    }
    db_done(q);
    return known;
}

enum err db_migrate(struct db *db) {
    return db_migrate_some(db, 1, INT_MAX);
}

enum err db_migrate_some(struct db *db, int from, int upto) {
    bool applied[MIGRATIONS_MAX] = {false};
    if (migrations_count > MIGRATIONS_MAX) log_fatal("db: more than %d migrations", MIGRATIONS_MAX);
    db_begin(db);
    run_text(db, migration_table);
    bool known = migrations_find(db, applied);
    if (db_commit(db) != DB_COMMIT_YES) {
        log_error("store: the table of migrations: %s", db_fault(db));
        return ERR_STORE;
    }
    if (!known) return ERR_STORE;
    for (size_t i = 0; i < migrations_count; i++)
        if (migrations[i].number >= from && migrations[i].number <= upto && !applied[i] &&
            !migration_apply(db, &migrations[i]))
            return ERR_STORE;
    return ERR_OK;
}
