/* SPDX-License-Identifier: Apache-2.0 */
/* A store is a sandbox or it is not, for ever; and its clock only grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "place.h"
#include "wallet/sandbox.h"
#include "wallet/sequence.h"

static const int64_t DAY = 86400000;
static char directory[PLACE_MAX], path[80];
static struct writer *writer;
static struct sandbox sandbox;
static struct sequence sequence;
static struct tx tx;
static int wakes;

static int begin(void **state) {
    (void)state;
    if (!place_make(directory, "sandbox_test")) return -1;
    snprintf(path, sizeof path, "%s/qianbao.db", directory);
    return 0;
}

static int end(void **state) {
    (void)state;
    clock_set_offset_ms(0);
    return place_remove(directory);
}

static void woken(void *arg) {
    (void)arg;
    wakes++;
}

static enum err store_open(bool wanted, int64_t begin_ms) {
    struct writer_config config = {.store = {DB_SQLITE, path}, .floor = &tx};
    clock_set_offset_ms(0);
    assert_int_equal(writer_open(&config, &writer), ERR_OK);
    enum err err = sandbox_open(writer_db(writer), wanted, begin_ms, &sandbox);
    assert_int_equal(sequence_load(&sequence, writer_db(writer)), ERR_OK);
    sandbox.wake = woken;
    writer_add_part(writer, sandbox_part(&sandbox));
    writer_add_part(writer, sequence_part(&sequence));
    tx = (struct tx){.sandbox = err == ERR_OK && wanted ? &sandbox : NULL, .sequence = &sequence};
    return err;
}

static void store_close(void) {
    writer_stop(writer);
}

struct advance {
    struct command command;
    int64_t by_ms, offset_ms, clock_inside_ms;
    bool breaks;
    enum err err;
    struct fault fault;
};

static void advance_run(struct command *command, struct group *group) {
    static const struct sql nonsense = {"SELECT x FROM nowhere"};
    struct advance *advance = (struct advance *)command;
    sequence_take(tx_of(group)->sequence);
    advance->err = sandbox_clock_advance(tx_of(group), advance->by_ms, &advance->fault, &advance->offset_ms);
    advance->clock_inside_ms = clock_offset_ms();
    if (advance->breaks) db_run(db_stmt(group->db, &nonsense));
}

static void advance_done(struct command *command, enum command_outcome outcome) {
    assert_int_equal(outcome, ((struct advance *)command)->breaks ? COMMAND_FAILED : COMMAND_DONE);
}

static struct advance advance(int64_t by_ms, bool breaks) {
    struct advance a = {.command = {advance_run, advance_done, NULL}, .by_ms = by_ms, .breaks = breaks};
    writer_submit(writer, &a.command);
    while (writer_step(writer) == 0) {}
    return a;
}

static void the_clock_is_kept_and_grows(void **state) {
    (void)state;
    wakes = 0;
    assert_int_equal(store_open(true, -90 * DAY), ERR_OK);
    assert_int_equal(clock_offset_ms(), -90 * DAY);
    struct advance a = advance(DAY, false);
    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(a.offset_ms, -89 * DAY);
    assert_int_equal(a.clock_inside_ms, -90 * DAY); /* moves with the COMMIT, not before */
    assert_int_equal(clock_offset_ms(), -89 * DAY);
    assert_int_equal(wakes, 1);
    assert_int_equal(advance(0, false).err, ERR_CLOCK_BACKWARDS);
    assert_int_equal(advance(-1, false).err, ERR_CLOCK_BACKWARDS);
    assert_int_equal(advance(4000 * DAY, false).err, ERR_BAD_FIELD);
    advance(5 * DAY, true); /* rolled back: the clock stays */
    assert_int_equal(clock_offset_ms(), -89 * DAY);
    assert_int_equal(wakes, 1);
    store_close();

    assert_int_equal(store_open(true, -10 * DAY), ERR_OK); /* where it was, whatever is asked now */
    assert_int_equal(clock_offset_ms(), -89 * DAY);
    assert_int_equal(advance(100 * DAY, false).offset_ms, 11 * DAY);
    store_close();
}

static void a_sandbox_is_never_a_real_store(void **state) {
    (void)state;
    assert_int_equal(store_open(true, 0), ERR_OK);
    store_close();
    assert_int_equal(store_open(false, 0), ERR_CONFIG);
    store_close();
}

static void a_real_store_is_never_a_sandbox(void **state) {
    (void)state;
    assert_int_equal(store_open(false, 0), ERR_OK);
    assert_int_equal(advance(DAY, false).err,
                     ERR_NO_ROUTE); /* it has no such clock; and now a number was given out */
    store_close();
    assert_int_equal(store_open(true, 0), ERR_CONFIG);
    store_close();
    assert_int_equal(store_open(false, 0), ERR_OK);
    assert_int_equal(clock_offset_ms(), 0);
    store_close();
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(the_clock_is_kept_and_grows),
        STORY(a_sandbox_is_never_a_real_store),
        STORY(a_real_store_is_never_a_sandbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
