/* SPDX-License-Identifier: Apache-2.0 */
/* world: what a test of the wallet stands in: the writer's parts as the server has them, on a store of its own, on either engine.
 *
 *     world_open(DB_POSTGRES, TIME_BY_HAND);    // or skips the test where there is no PostgreSQL
 *     writer_submit(world.writer, &command);
 *     writer_step(world.writer);
 *     world_close();
 *
 * One at a time. The writer steps by hand until world_start gives it its thread. Rules may be changed at any time: world.settings.rules. */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include "edge/config/config.h"
#include "kit/db/writer.h"
#include "ledger/ledger.h"
#include "place.h"
#include "store.h"
#include "wallet/bank.h"
#include "wallet/books.h"
#include "wallet/sequence.h"
#include "wallet/wake.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
#define DAY INT64_C(86400000)

struct world {
    struct store store;
    char dir[PLACE_MAX], keys_path[PLACE_MAX + 8];
    struct settings settings; /* the defaults */
    struct keys *keys;
    struct writer *writer; /* NULL: no world is open */
    struct ledger *ledger;
    struct sequence sequence;
    struct outbox outbox;
    struct books books;
    struct wakes wakes; /* nobody listens unless the test does */
    struct tx floor;
    int64_t now_ms; /* 2026-11-23 15:00 */
};
extern struct world world;

enum world_time { TIME_PASSES, TIME_BY_HAND /* it is world.now_ms for the writer */ };

void world_open(enum db_engine engine, enum world_time time);
void world_start(void); /* the writer's thread */
void world_close(void); /* does nothing when none is open */

#endif
