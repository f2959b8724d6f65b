/* SPDX-License-Identifier: Apache-2.0 */
/* db.h on both engines: the same calls, the same answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kit/db/db.h"
#include "kit/db/migrations.h"
#include "store.h"

enum { MAKE, ADD, SET, FIND, ALL, UPSERT, TAKE, BREAK, BAD, FORGET_MIGRATION, NEW_MIGRATION };
static const struct sql thing_sql[] = {
    [MAKE] = {"CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, word TEXT, bytes BYTEA, amount BIGINT)"},
    [ADD] = {"INSERT INTO thing (word, bytes, amount, id) VALUES ($2, $3, $4, $1)"}, /* $n are names, not places */
    [SET] = {"UPDATE thing SET amount = amount + $2 WHERE id >= $1"},
    [FIND] = {"SELECT word, bytes, amount, id FROM thing WHERE id = $1"},
    [ALL] = {"SELECT id FROM thing ORDER BY id LIMIT 100"},
    [UPSERT] = {"INSERT INTO thing (id, amount) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"},
    [TAKE] = {"UPDATE thing SET amount = amount - $2 WHERE id = $1 AND amount >= $2 RETURNING amount"},
    [BREAK] = {"INSERT INTO thing (id) VALUES ($1)"},
    [BAD] = {"SELECT nothing FROM nowhere"},
    [FORGET_MIGRATION] = {"DELETE FROM migration WHERE number = $1"},
    [NEW_MIGRATION] = {"INSERT INTO migration (number, name, at) VALUES (9999, 'of tomorrow', 0)"},
};

static enum db_engine engine_under_test;

static struct db *opened(struct store *store, enum db_role role) {
    struct db *db = NULL;
    assert_int_equal(db_open(&store->config, role, &db), ERR_OK);
    return db;
}

static void thing_add(struct db *db, int64_t id, const char *word, struct text bytes, int64_t amount) {
    struct stmt *q = db_stmt(db, &thing_sql[ADD]);
    db_bind_i64(q, id);
    db_bind_str(q, word);
    if (bytes.p) db_bind_blob(q, bytes.p, bytes.n);
    else db_bind_null(q);
    db_bind_i64(q, amount);
    db_queue(q);
}

static struct db *made(struct store *store) {
    store_make(engine_under_test, store);
    struct db *db = opened(store, DB_WRITER);
    db_begin(db);
    db_run(db_stmt(db, &thing_sql[MAKE]));
    thing_add(db, 1, "雨", (struct text){"\0\1\2\xff", 4}, 100);
    thing_add(db, 2, "", (struct text){"", 0}, INT64_MIN);
    thing_add(db, 3, NULL, (struct text){NULL, 0}, INT64_MAX);
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    return db;
}

static int64_t count_all(struct db *db) {
    int64_t count = 0;
    struct stmt *q = db_stmt(db, &thing_sql[ALL]);
    while (db_row(q)) assert_int_equal(db_col_i64(q, 0), ++count);
    db_done(q);
    return count;
}

static int64_t count_read(struct store *store) {
    struct db *reader = opened(store, DB_READER);
    db_begin(reader);
    int64_t count = count_all(reader);
    assert_int_equal(db_commit(reader), DB_COMMIT_YES);
    db_close(reader);
    return count;
}

static void values_come_back(void **state) {
    (void)state;
    struct store store;
    struct db *db = made(&store);
    db_begin(db);
    struct stmt *q = db_stmt(db, &thing_sql[FIND]);
    db_bind_i64(q, 1);
    assert_true(db_row(q));
    assert_true(text_is(db_col_text(q, 0), "雨"));
    struct text bytes = db_col_blob(q, 1);
    assert_int_equal(bytes.n, 4);
    assert_memory_equal(bytes.p, "\0\1\2\xff", 4);
    assert_int_equal(db_col_u64(q, 2), 100);
    assert_false(db_row(q));
    db_done(q);

    q = db_stmt(db, &thing_sql[FIND]);
    db_bind_u64(q, 2);
    assert_true(db_row(q));
    assert_false(db_col_null(q, 0)); /* empty is not NULL */
    assert_int_equal(db_col_text(q, 0).n, 0);
    assert_false(db_col_null(q, 1));
    assert_int_equal(db_col_blob(q, 1).n, 0);
    assert_true(db_col_i64(q, 2) == INT64_MIN);
    db_done(q);

    q = db_stmt(db, &thing_sql[FIND]);
    db_bind_i64(q, 3);
    assert_true(db_row(q));
    assert_true(db_col_null(q, 0));
    assert_int_equal(db_col_text(q, 0).n, 0);
    assert_true(db_col_null(q, 1));
    assert_true(db_col_i64(q, 2) == INT64_MAX);
    db_done(q);

    q = db_stmt(db, &thing_sql[FIND]);
    db_bind_i64(q, 4);
    assert_false(db_row(q));
    db_done(q);
    assert_int_equal(count_all(db), 3);
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    db_close(db);
    store_end(&store);
}

static int64_t run2(struct db *db, int sql, int64_t one, int64_t two) {
    struct stmt *q = db_stmt(db, &thing_sql[sql]);
    db_bind_i64(q, one);
    db_bind_i64(q, two);
    return db_run(q);
}

static void writes_count_their_rows(void **state) {
    (void)state;
    struct store store;
    struct db *db = made(&store);
    db_begin(db);
    assert_int_equal(run2(db, SET, 9, 1), 0);
    assert_int_equal(run2(db, UPSERT, 1, 5), 0); /* there already: nothing, and no failure */
    assert_int_equal(run2(db, UPSERT, 4, 5), 1);
    assert_int_equal(run2(db, SET, 4, 1), 1);
    struct stmt *q = db_stmt(db, &thing_sql[TAKE]);
    db_bind_i64(q, 4);
    db_bind_i64(q, 2); /* $2 twice in the text, once here */
    assert_true(db_row(q));
    assert_int_equal(db_col_i64(q, 0), 4);
    db_done(q);
    q = db_stmt(db, &thing_sql[TAKE]);
    db_bind_i64(q, 4);
    db_bind_i64(q, 5);
    assert_false(db_row(q)); /* too little: the conditional update says no */
    db_done(q);
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    assert_int_equal(count_read(&store), 4);
    db_close(db);
    store_end(&store);
}

/* What failed stays failed, until the next transaction, and nothing of it is stored; a queued write fails at the latest at COMMIT. */
static void failure_is_sticky(void **state) {
    (void)state;
    struct store store;
    struct db *db = made(&store);
    db_begin(db);
    run2(db, UPSERT, 4, 0);
    struct stmt *q = db_stmt(db, &thing_sql[BREAK]);
    db_bind_i64(q, 1);
    assert_int_equal(db_run(q), 0);
    assert_true(db_failed(db));
    assert_non_null(strstr(db_fault(db), "thing"));
    assert_int_equal(run2(db, UPSERT, 5, 0), 0);
    assert_int_equal(count_all(db), 0);
    assert_int_equal(db_commit(db), DB_COMMIT_NO);

    db_begin(db);
    assert_false(db_failed(db));
    assert_int_equal(count_all(db), 3);
    thing_add(db, 4, NULL, (struct text){NULL, 0}, 0);
    thing_add(db, 4, NULL, (struct text){NULL, 0}, 0); /* queued: nobody looks */
    assert_int_equal(db_commit(db), DB_COMMIT_NO);
    assert_int_equal(count_read(&store), 3);

    db_begin(db);
    assert_false(db_row(db_stmt(db, &thing_sql[BAD])));
    assert_true(db_failed(db));
    db_rollback(db);
    db_begin(db); /* a statement that could not be prepared harms no later one */
    run2(db, UPSERT, 4, 0);
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    assert_int_equal(count_read(&store), 4);
    db_close(db);
    store_end(&store);
}

static void rollback_leaves_nothing(void **state) {
    (void)state;
    struct store store;
    struct db *db = made(&store);
    db_begin(db);
    thing_add(db, 4, "x", (struct text){NULL, 0}, 0);
    struct stmt *q = db_stmt(db, &thing_sql[ALL]);
    assert_true(db_row(q)); /* and it is not read to its end */
    db_rollback(db);
    db_begin(db);
    assert_int_equal(count_all(db), 3);
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    db_close(db);
    store_end(&store);
}

static void a_reader_sees_one_moment(void **state) {
    (void)state;
    struct store store;
    struct db *db = made(&store), *reader = opened(&store, DB_READER);
    db_begin(reader);
    assert_int_equal(count_all(reader), 3);
    db_begin(db);
    run2(db, UPSERT, 4, 0);
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    assert_int_equal(count_all(reader), 3);
    assert_int_equal(db_commit(reader), DB_COMMIT_YES);
    for (int i = 0; i < 100; i++) { /* its end need not be waited for, but it ends */
        db_begin(reader);
        assert_int_equal(count_all(reader), 4);
        db_commit(reader);
    }
    db_begin(reader);
    run2(reader, UPSERT, 5, 0);
    assert_true(db_failed(reader)); /* readers do not write */
    db_rollback(reader);
    db_begin(reader);
    assert_int_equal(count_all(reader), 4);
    db_commit(reader);
    db_close(reader);
    db_close(db);
    store_end(&store);
}

static void many_queued_writes(void **state) {
    (void)state;
    struct store store;
    struct db *db = made(&store);
    char word[4000];
    memset(word, 'w', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    db_begin(db);
    for (int i = 4; i <= 3000; i++)
        thing_add(db, i, word, (struct text){word, 1000}, i); /* 15 MB sent at once */
    assert_int_equal(run2(db, SET, 4, 1), 2997);
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    db_close(db);
    store_end(&store);
}

static void a_second_writer_is_refused(void **state) {
    (void)state;
    struct store store;
    struct db *db = made(&store), *second = NULL;
    assert_int_equal(db_open(&store.config, DB_WRITER, &second), ERR_STORE_IN_USE);
    assert_null(second);
    assert_int_equal(count_read(&store), 3);
    db_close(db);
    second = opened(&store, DB_WRITER); /* the lock went with its owner */
    db_close(second);
    store_end(&store);
}

static void migrations_are_applied_once(void **state) {
    (void)state;
    struct store store;
    store_make(engine_under_test, &store);
    struct db *db = opened(&store, DB_WRITER);
    assert_int_equal(db_migrate(db), ERR_OK);
    assert_int_equal(db_migrate(db), ERR_OK);
    db_close(db);
    db = opened(&store, DB_WRITER);
    assert_int_equal(db_migrate(db), ERR_OK);
    db_begin(db);
    db_run(db_stmt(db, &thing_sql[NEW_MIGRATION]));
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    assert_int_equal(db_migrate(db), ERR_STORE); /* the store is newer than the program */
    db_begin(db);
    struct stmt *q = db_stmt(db, &thing_sql[FORGET_MIGRATION]);
    db_bind_i64(q, 9999);
    assert_int_equal(db_run(q), 1);
    q = db_stmt(db, &thing_sql[FORGET_MIGRATION]);
    db_bind_i64(q, migrations[0].number);
    assert_int_equal(db_run(q), 1);
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    assert_int_equal(db_migrate(db),
                     ERR_STORE); /* its table is there already: the failing file changes nothing */
    db_close(db);
    store_end(&store);
}

static void stores_have_names(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum err err;
        enum db_engine engine;
        const char *store;
    } cases[] = {
        {"sqlite:/var/lib/x.db", ERR_OK, DB_SQLITE, "/var/lib/x.db"},
        {"postgres:host=/run dbname=q", ERR_OK, DB_POSTGRES, "host=/run dbname=q"},
        {"postgres://u@h/q", ERR_OK, DB_POSTGRES, "postgres://u@h/q"},
        {"postgresql://u@h/q", ERR_OK, DB_POSTGRES, "postgresql://u@h/q"},
        {"sqlite:", ERR_CONFIG, DB_SQLITE, ""},
        {"postgres:", ERR_CONFIG, DB_SQLITE, ""},
        {"mysql:x", ERR_CONFIG, DB_SQLITE, ""},
        {"", ERR_CONFIG, DB_SQLITE, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct db_config config = {0};
        assert_int_equal(db_config_parse(cases[i].text, &config), cases[i].err);
        if (cases[i].err != ERR_OK) continue;
        assert_int_equal(config.engine, cases[i].engine);
        assert_string_equal(config.store, cases[i].store);
    }
}

static int on_sqlite(void **state) {
    (void)state;
    engine_under_test = DB_SQLITE;
    return 0;
}

static int on_postgres(void **state) {
    (void)state;
    engine_under_test = DB_POSTGRES;
    return 0;
}

#define ON_BOTH(f)                                    \
    {#f " on sqlite", f, on_sqlite, NULL, NULL}, {    \
#f " on postgres", f, on_postgres, NULL, NULL \
    }

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stores_have_names),  ON_BOTH(values_come_back),
        ON_BOTH(writes_count_their_rows),     ON_BOTH(failure_is_sticky),
        ON_BOTH(rollback_leaves_nothing),     ON_BOTH(a_reader_sees_one_moment),
        ON_BOTH(many_queued_writes),          ON_BOTH(a_second_writer_is_refused),
        ON_BOTH(migrations_are_applied_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
