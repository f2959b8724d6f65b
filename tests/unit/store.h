/* SPDX-License-Identifier: Apache-2.0 */
/* store: an empty store for a test, on either engine.
 *
 *     struct store store = store_make(DB_POSTGRES);   // or skips the test where there is no PostgreSQL
 *     db_open(&store.config, DB_WRITER, &db);
 *     store_end(&store);
 *
 * SQLite: a file in a directory of its own. PostgreSQL: a schema of its own in a cluster that the program starts with its first
 * store (tests/postgres.sh) and removes when it ends; with QIANBAO_TEST_POSTGRES=CONNINFO in that one. */
#ifndef TESTS_UNIT_STORE_H
#define TESTS_UNIT_STORE_H

#include <stdbool.h>

#include "kit/db/db.h"

struct store {
    char dir[64];   /* SQLite: what store_end removes */
    char text[400]; /* path or conninfo */
    struct db_config config;
};

/* The config points into *store: it stays where it is. */
void store_make(enum db_engine engine, struct store *store);
/* The same with its tables. On SQLite they are made once in a program, and copied: to make them takes longer than most of what is told about
 * a store. */
void store_make_whole(enum db_engine engine, struct store *store);
void store_end(struct store *store);

const char *cluster(void); /* its conninfo; "": there is no PostgreSQL */
/* A statement of the test's own, beside the ones under test; returns how many rows it gave or changed. */
int store_ask_postgres(const char *conninfo, const char *sql);
/* Runs one line of shell; the commands hold no outside text. */
bool store_shell(const char *line);

#endif
