/* SPDX-License-Identifier: Apache-2.0 */
/* world: a ledger on a real writer and a SQLite store in a directory of its own, for the tests of this room. Time is the writer's. */
#ifndef TESTS_LEDGER_WORLD_H
#define TESTS_LEDGER_WORLD_H

#include "kit/db/writer.h"
#include "ledger/ledger.h"

struct world {
    char directory[128], path[160];
    struct writer *writer;
    struct ledger *ledger;
    struct ledger_config config;
};

void world_init(struct world *world);      /* a new, empty store */
enum err world_start(struct world *world); /* opens it, and the ledger in it */
void world_stop(struct world *world);
void world_restart(struct world *world); /* must succeed */
void world_release(struct world *world); /* stops, removes the store */

/* Runs the function as a command in a group of its own; false when the store did not take it. */
typedef void world_fn(struct ledger *ledger, struct group *group, void *arg);
bool world_run(struct world *world, world_fn *run, void *arg);

/* The same, but a statement fails behind it, so the group is undone. */
void world_run_undone(struct world *world, world_fn *run, void *arg);

struct db *world_reader(struct world *world); /* db_close it */
enum err world_audit(struct world *world, struct ledger_audit *out);

/* Any SQL, on the stopped store. */
void world_exec(struct world *world, const char *sql);

#endif
