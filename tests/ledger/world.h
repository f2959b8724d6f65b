/* SPDX-License-Identifier: Apache-2.0 */
/* world: a ledger in a store of its own, on either engine, with the writer's part called by hand, so that a test says what time it is and whether a
 * group is committed or undone. */
#ifndef TESTS_LEDGER_WORLD_H
#define TESTS_LEDGER_WORLD_H

#include "kit/db/db.h"
#include "ledger/ledger.h"

struct store;
struct world {
    struct store *store;
    const char *path; /* SQLite's file */
    struct db *db;
    struct ledger *ledger;
    struct ledger_config config;
    int64_t now_ms;
};

void world_init(struct world *world,
                enum db_engine engine);    /* a new, empty store; skips the test without PostgreSQL */
enum err world_start(struct world *world); /* opens it, and the ledger in it */
void world_stop(struct world *world);
void world_restart(struct world *world); /* must succeed */
void world_release(struct world *world); /* stops, removes the store */

/* A group, at now_ms. */
void world_begin(struct world *world);
void world_commit(struct world *world); /* both of: */
void world_store(struct world *world);  /* committed, and not published yet */
void world_publish(struct world *world);
void world_undo(struct world *world);         /* as when a statement failed: before anything was written */
void world_undo_late(struct world *world);    /* as when COMMIT failed: after the rows were written */
struct db *world_reader(struct world *world); /* db_close it */
enum err world_audit(struct world *world, struct ledger_audit *out);

/* Any SQL, on the stopped store of SQLite; returns the first column of the first row, 0 if none. */
int64_t world_exec(struct world *world, const char *sql);

#endif
