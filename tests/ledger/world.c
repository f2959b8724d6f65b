/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const unsigned char mac_key[32] = "the key of the tests' worlds ...";

void world_init(struct world *world) {
    const char *tmp = getenv("TMPDIR");
    *world = (struct world){.config = {.accounts_max = 1 << 20, .mac_key = mac_key}};
    snprintf(world->directory, sizeof world->directory, "%s/ledger-test.XXXXXX", tmp ? tmp : "/tmp");
    assert(mkdtemp(world->directory));
    snprintf(world->path, sizeof world->path, "%s/store.db", world->directory);
}

enum err world_start(struct world *world) {
    struct writer_config config = {.store = {DB_SQLITE, world->path}, .group_ms_max = 1000};
    enum err err = writer_open(&config, &world->writer);
    if (err != ERR_OK) return err;
    err = ledger_open(writer_db(world->writer), &world->config, &world->ledger);
    if (err != ERR_OK) {
        writer_stop(world->writer);
        world->writer = NULL;
        return err;
    }
    writer_add_part(world->writer, ledger_part(world->ledger));
    return ERR_OK;
}

void world_stop(struct world *world) {
    writer_stop(world->writer);
    ledger_close(world->ledger);
    world->writer = NULL;
    world->ledger = NULL;
}

void world_restart(struct world *world) {
    world_stop(world);
    enum err err = world_start(world);
    assert(err == ERR_OK);
}

void world_release(struct world *world) {
    if (world->writer) world_stop(world);
    static const char *const names[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s%s", world->path, names[i]);
        unlink(path);
    }
    rmdir(world->directory);
}

struct job {
    struct command command;
    struct world *world;
    world_fn *run;
    void *arg;
    bool fails;
    enum command_outcome outcome;
};

static void job_run(struct command *command, struct group *group) {
    struct job *job = (struct job *)command;
    job->run(job->world->ledger, group, job->arg);
    static const struct sql nonsense = {"INSERT INTO no_such_table (x) VALUES (1)"};
    if (job->fails) db_run(db_stmt(group->db, &nonsense));
}

static void job_done(struct command *command, enum command_outcome outcome) {
    ((struct job *)command)->outcome = outcome;
}

static enum command_outcome job_do(struct world *world, world_fn *run, void *arg, bool fails) {
    struct job job = {{job_run, job_done, NULL}, world, run, arg, fails, COMMAND_REFUSED};
    writer_submit(world->writer, &job.command);
    while (writer_step(world->writer) > 0) {}
    return job.outcome;
}

bool world_run(struct world *world, world_fn *run, void *arg) {
    return job_do(world, run, arg, false) == COMMAND_DONE;
}

void world_run_undone(struct world *world, world_fn *run, void *arg) {
    enum command_outcome outcome = job_do(world, run, arg, true);
    assert(outcome == COMMAND_FAILED);
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

void world_exec(struct world *world, const char *sql) {
    assert(!world->writer);
    sqlite3 *store;
    char *words = NULL;
    int rc = sqlite3_open(world->path, &store);
    assert(rc == SQLITE_OK);
    rc = sqlite3_exec(store, sql, NULL, NULL, &words);
    if (rc != SQLITE_OK) fprintf(stderr, "%s: %s\n", sql, words);
    assert(rc == SQLITE_OK);
    sqlite3_close(store);
}
