/* SPDX-License-Identifier: Apache-2.0 */
/* Every statement of the program is prepared on both engines, on the tables that the migrations make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kit/db/db.h"
#include "store.h"

static int check_table(struct db *db, const struct sql_table *table) {
    int failed = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (!table->rows[i].text) continue; /* a number that has no statement */
        if (db_check(db, &table->rows[i]) == ERR_OK) continue;
        fprintf(stderr, "%s[%zu]: %s\n", table->room, i, table->rows[i].text);
        failed++;
    }
    return failed;
}

static void check_all(enum db_engine engine) {
    struct store store;
    store_make(engine, &store);
    struct db *db = NULL;
    assert_int_equal(db_open(&store.config, DB_WRITER, &db), ERR_OK);
    assert_int_equal(db_migrate(db), ERR_OK);
    int failed = 0, tables = 0;
    size_t statements = 0;
    for (const struct sql_table *table = db_registered(); table; table = table->next, tables++) {
        failed += check_table(db, table);
        statements += table->count;
    }
    assert_in_range(statements, 1, DB_STATEMENTS_MAX);
    assert_int_equal(failed, 0);
    assert_true(tables >= 3); /* a program that registers none would pass */
    db_close(db);
    store_end(&store);
}

static void every_statement_on_sqlite(void **state) {
    (void)state;
    check_all(DB_SQLITE);
}

static void every_statement_on_postgres(void **state) {
    (void)state;
    check_all(DB_POSTGRES);
}

/* The check itself: it sees what only one engine takes. */
static void what_only_one_engine_takes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool sqlite, postgres;
    } cases[] = {
        {"SELECT max(number) FROM migration WHERE number < $1", true, true},
        {"SELECT nothing FROM migration", false, false},
        {"SELECT number FROM migration WHERE number = $2", false, false},
        {"SELECT sum(number) FROM migration", true, false},         /* NUMERIC */
        {"SELECT number FROM migration WHERE $1 < 2", true, false}, /* $1 is an int4 */
        {"SELECT name FROM migration FOR UPDATE", false, true},
        {"SELECT name FROM migration; SELECT 1", false, false},
        {"INSERT OR IGNORE INTO migration VALUES (1, 'x', 2)", true, false},
        {"SELECT name FROM migration WHERE name = \"x\"", false, false}, /* "x" is a name, not a text */
    };
    for (enum db_engine engine = DB_SQLITE; engine <= DB_POSTGRES; engine++) {
        struct store store;
        store_make(engine, &store);
        struct db *db = NULL;
        assert_int_equal(db_open(&store.config, DB_WRITER, &db), ERR_OK);
        assert_int_equal(db_migrate(db), ERR_OK);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            struct sql sql = {cases[i].text};
            bool good = db_check(db, &sql) == ERR_OK;
            if (good != (engine == DB_SQLITE ? cases[i].sqlite : cases[i].postgres))
                fail_msg("%s", cases[i].text);
        }
        db_close(db);
        store_end(&store);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_on_sqlite),
        cmocka_unit_test(every_statement_on_postgres),
        cmocka_unit_test(what_only_one_engine_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
