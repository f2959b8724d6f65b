/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../unit/store.h"

static const unsigned char mac_key[32] = "the key of the tests' worlds ...";

void world_init(struct world *world, enum db_engine engine) {
    *world = (struct world){
        .store = malloc(sizeof *world->store),
        .config = {.accounts_max = 1 << 16, .mac_key = mac_key, .rows_kept = 16, .page_entries = 1000},
        .now_ms = 1795449600000,
    };
    assert_non_null(world->store);
    store_make_whole(engine, world->store);
    world->path = world->store->config.store;
}

enum err world_start(struct world *world) {
    enum err err = db_open(&world->store->config, DB_WRITER, &world->db);
    if (err == ERR_OK) err = db_migrate(world->db);
    assert_int_equal(err, ERR_OK);
    err = ledger_open(world->db, &world->config, &world->ledger);
    if (err != ERR_OK) world_stop(world);
    return err;
}

void world_stop(struct world *world) {
    ledger_close(world->ledger);
    world->ledger = NULL;
    db_close(world->db);
    world->db = NULL;
}

void world_restart(struct world *world) {
    world_stop(world);
    enum err err = world_start(world);
    assert_int_equal(err, ERR_OK);
}

void world_release(struct world *world) {
    world_stop(world);
    store_end(world->store);
    free(world->store);
}

void world_begin(struct world *world) {
    struct writer_part part = ledger_part(world->ledger);
    part.mark(part.arg, world->now_ms);
    db_begin(world->db);
}

void world_store(struct world *world) {
    struct writer_part part = ledger_part(world->ledger);
    part.flush(part.arg, world->db);
    enum db_commit outcome = db_commit(world->db);
    assert_int_equal(outcome, DB_COMMIT_YES);
    db_begin(world->db);
    assert_true(part.stored(part.arg, world->db)); /* as after an unknown COMMIT */
    db_rollback(world->db);
}

void world_publish(struct world *world) {
    struct writer_part part = ledger_part(world->ledger);
    part.publish(part.arg, world->now_ms);
}

void world_commit(struct world *world) {
    world_store(world);
    world_publish(world);
}

void world_undo(struct world *world) {
    struct writer_part part = ledger_part(world->ledger);
    db_rollback(world->db);
    part.undo(part.arg);
}

void world_undo_late(struct world *world) {
    struct writer_part part = ledger_part(world->ledger);
    part.flush(part.arg, world->db);
    world_undo(world);
}

struct db *world_reader(struct world *world) {
    struct db *db = NULL;
    enum err err = db_open(&world->store->config, DB_READER, &db);
    assert_int_equal(err, ERR_OK);
    return db;
}

enum err world_audit(struct world *world, struct ledger_audit *out) {
    struct db *db = world_reader(world);
    db_begin(db);
    enum err err = ledger_audit(world->ledger, db, out);
    db_rollback(db);
    db_close(db);
    return err;
}

static int first_column(void *arg, int columns, char **values, char **names) {
    (void)columns, (void)names;
    if (values[0]) *(int64_t *)arg = strtoll(values[0], NULL, 10);
    return 0;
}

int64_t world_exec(struct world *world, const char *sql) {
    assert_null(world->db);
    sqlite3 *store;
    char *words = NULL;
    int64_t first = 0;
    int rc = sqlite3_open(world->path, &store);
    assert_int_equal(rc, SQLITE_OK);
    rc = sqlite3_exec(store, sql, first_column, &first, &words);
    if (rc != SQLITE_OK) fprintf(stderr, "%s: %s\n", sql, words);
    assert_int_equal(rc, SQLITE_OK);
    sqlite3_close(store);
    return first;
}
