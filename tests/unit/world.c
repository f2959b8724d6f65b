/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/civil.h"
#include "wallet/digests.h"

struct world world;

static int64_t by_hand(void) {
    return world.now_ms;
}

static void nobody(void *arg, struct person_id person) {
    (void)arg;
    (void)person;
}

static void open_parts(void) {
    struct db *db = writer_db(world.writer);
    struct ledger_config ledger = {.accounts_max = 10000, .mac_key = keys_bytes(world.keys, KEY_LEDGER_MAC)};
    assert_int_equal(ledger_open(db, &ledger, &world.ledger), ERR_OK);
    assert_int_equal(sequence_load(&world.sequence, db), ERR_OK);
    assert_int_equal(books_open(&world.books, db), ERR_OK);
    digests_register(world.ledger);
    world.wakes.listener = nobody;
    world.books.wakes = &world.wakes;
    writer_add_part(world.writer, ledger_part(world.ledger));
    writer_add_part(world.writer, sequence_part(&world.sequence));
    writer_add_part(world.writer, bank_outbox_part(&world.outbox));
    writer_add_part(world.writer, books_part(&world.books));
    writer_add_part(world.writer, wake_part(&world.wakes)); /* last: who is woken finds what is published */
}

void world_open(enum db_engine engine, enum world_time time) {
    memset(&world, 0, sizeof world);
    store_make_whole(engine, &world.store);
    assert_true(place_make(world.dir, "qianbao-world"));
    snprintf(world.keys_path, sizeof world.keys_path, "%s/keys", world.dir);
    config_defaults(&world.settings);
    world.now_ms = civil_day_start_ms(civil_day(2026, 11, 23)) + 15 * HOUR;
    struct writer_config config = {.store = world.store.config, .queue_max = 4096};
    if (time == TIME_BY_HAND) config.wall_ms = config.steady_ms = by_hand;
    assert_int_equal(keys_open(world.keys_path, true, &world.keys), ERR_OK);
    assert_int_equal(writer_open(&config, &world.writer), ERR_OK);
    open_parts();
    world.floor = (struct tx){.ledger = world.ledger,
                              .sequence = &world.sequence,
                              .rules = &world.settings.rules,
                              .keys = world.keys,
                              .outbox = &world.outbox,
                              .wakes = &world.wakes,
                              .books = &world.books};
    writer_set_floor(world.writer, &world.floor);
}

void world_start(void) {
    assert_int_equal(writer_start(world.writer), ERR_OK);
}

void world_close(void) {
    if (!world.writer) return;
    writer_stop(world.writer);
    ledger_close(world.ledger);
    keys_free(world.keys);
    store_end(&world.store);
    assert_int_equal(place_remove(world.dir), 0);
    memset(&world, 0, sizeof world);
}
