/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const unsigned char mac_key[32] = "the key of the tests' worlds ...";

void world_init(struct world *world) {
    const char *tmp = getenv("TMPDIR");
    *world = (struct world){
        .config = {.accounts_max = 1 << 16, .mac_key = mac_key, .rows_kept = 16},
        .now_ms = 1795449600000,
    };
    snprintf(world->directory, sizeof world->directory, "%s/ledger-test.XXXXXX", tmp ? tmp : "/tmp");
    const char *made = mkdtemp(world->directory);
    assert(made);
    snprintf(world->path, sizeof world->path, "%s/store.db", world->directory);
}

enum err world_start(struct world *world) {
    struct db_config config = {DB_SQLITE, world->path};
    enum err err = db_open(&config, DB_WRITER, &world->db);
    if (err == ERR_OK) err = db_migrate(world->db);
    assert(err == ERR_OK);
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
    assert(err == ERR_OK);
}

void world_release(struct world *world) {
    world_stop(world);
    static const char *const names[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s%s", world->path, names[i]);
        unlink(path);
    }
    rmdir(world->directory);
}

void world_begin(struct world *world) {
    struct writer_part part = ledger_part(world->ledger);
    part.mark(part.arg, world->now_ms);
    db_begin(world->db);
}

void world_commit(struct world *world) {
    struct writer_part part = ledger_part(world->ledger);
    part.flush(part.arg, world->db);
    enum db_commit outcome = db_commit(world->db);
    assert(outcome == DB_COMMIT_YES);
    assert(part.stored(part.arg, world->db));
    part.publish(part.arg, world->now_ms);
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
    struct db_config config = {DB_SQLITE, world->path};
    struct db *db = NULL;
    enum err err = db_open(&config, DB_READER, &db);
    assert(err == ERR_OK);
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
    assert(!world->db);
    sqlite3 *store;
    char *words = NULL;
    int64_t first = 0;
    int rc = sqlite3_open(world->path, &store);
    assert(rc == SQLITE_OK);
    rc = sqlite3_exec(store, sql, first_column, &first, &words);
    if (rc != SQLITE_OK) fprintf(stderr, "%s: %s\n", sql, words);
    assert(rc == SQLITE_OK);
    sqlite3_close(store);
    return first;
}
