/* SPDX-License-Identifier: Apache-2.0 */
/* The server proves its own books by the clock: when, what is kept of it, what it does with a difference and with a store that cannot be read;
 * and that there is one audit at a time. On both engines, with the real writer's thread and a clock that the test moves on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "edge/auditor/auditor.h"
#include "wallet/house.h"
#include "world.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
enum { PATIENCE_MS = 30 * 1000, LOOK_US = 2000 };

static struct auditor *auditor;
static _Atomic int told_all;

static void tell_all(void *arg) {
    (void)arg;
    atomic_fetch_add(&told_all, 1);
}

static void auditor_begin(int64_t every_ms) {
    struct auditor_config config = {world.store.config, world.writer, world.ledger, &world.books, every_ms};
    assert_int_equal(auditor_start(&config, &auditor), ERR_OK);
}

static void auditor_end(void) {
    auditor_stop(auditor);
    auditor_free(auditor);
    auditor = NULL;
}

/* Somebody at the store, past the server. */
static void change(const char *sql) {
    if (world.store.config.engine == DB_POSTGRES) {
        assert_true(store_ask_postgres(world.store.text, sql) >= 0);
        return;
    }
    sqlite3 *store;
    assert_int_equal(sqlite3_open(world.store.text, &store), SQLITE_OK);
    sqlite3_busy_timeout(store, PATIENCE_MS);
    int rc = sqlite3_exec(store, sql, NULL, NULL, NULL);
    if (rc != SQLITE_OK) fail_msg("%s: %s", sql, sqlite3_errmsg(store));
    sqlite3_close(store);
}

static void move_on(int64_t ms) {
    clock_set_offset_ms(clock_offset_ms() + ms);
}

/* --- something in the books --- */

static void opening_run(struct command *command, struct group *group) {
    (void)command;
    assert_true(house_account(tx_of(group), CHART_SUSPENSE).n > 0);
}

static _Atomic bool opened;

static void opening_done(struct command *command, enum command_outcome outcome) {
    (void)command;
    assert_int_equal(outcome, COMMAND_DONE);
    atomic_store(&opened, true);
}

static void an_account(void) {
    static struct command command = {opening_run, opening_done, NULL};
    atomic_store(&opened, false);
    writer_submit(world.writer, &command);
    for (int64_t until_ms = clock_mono_ms() + PATIENCE_MS; !atomic_load(&opened); usleep(LOOK_US))
        assert_true(clock_mono_ms() < until_ms);
}

/* --- the story --- */

/* The audit that ended after this moment. */
static struct books_audit next_audit(int64_t after_ms) {
    int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
    for (;;) {
        struct books_audit audit = books_audited(&world.books);
        if (audit.ended_ms > after_ms) return audit;
        assert_true(clock_mono_ms() < until_ms);
        usleep(LOOK_US);
    }
}

static bool goes_on(void *arg, uint64_t done, uint64_t all) {
    (void)done, (void)all;
    ++*(int *)arg;
    return true;
}

static bool gives_up(void *arg, uint64_t done, uint64_t all) {
    return goes_on(arg, done, all) && false;
}

static enum err asked(ledger_tell_fn *tell, int *told, struct ledger_audit *audit) {
    struct db *db = NULL;
    int64_t took_ms;
    assert_int_equal(db_open(&world.store.config, DB_READER, &db), ERR_OK);
    enum err err = auditor_prove(auditor, db, tell, told, audit, &took_ms);
    db_close(db);
    return err;
}

static void by_the_clock(void) {
    int64_t begun_ms = clock_now_ms();
    auditor_begin(DAY_MS);
    assert_true(auditor_due_ms(auditor, begun_ms) >= begun_ms + AUDITOR_FIRST_MS);
    assert_int_equal(books_audited(&world.books).ended_ms, 0);
    move_on(AUDITOR_FIRST_MS + 1000);
    struct books_audit first = next_audit(0);
    assert_true(first.holds && first.held_ms == first.ended_ms && first.entries > 0);
    assert_int_equal(auditor_due_ms(auditor, clock_now_ms()), first.ended_ms + DAY_MS);
    assert_int_equal(auditor_due_ms(auditor, first.ended_ms - 3 * DAY_MS), first.ended_ms - 3 * DAY_MS);
    auditor_end();

    auditor_begin(DAY_MS); /* a start does not forget when it was */
    assert_int_equal(auditor_due_ms(auditor, clock_now_ms()), first.ended_ms + DAY_MS);
    move_on(DAY_MS);
    struct books_audit second = next_audit(first.ended_ms);
    assert_true(second.holds && second.held_ms > first.held_ms);
    assert_int_equal(books_audits_failed(&world.books), 0);
}

static void asked_for(void) {
    struct books_audit before = books_audited(&world.books);
    struct ledger_audit audit;
    int told = 0;
    assert_int_equal(asked(gives_up, &told, &audit), ERR_STOPPING);
    assert_int_equal(told, 1);
    assert_int_equal(books_audited(&world.books).ended_ms, before.ended_ms); /* it says nothing */
    move_on(1000);
    assert_int_equal(asked(goes_on, &told, &audit), ERR_OK);
    struct books_audit after = next_audit(before.ended_ms);
    assert_true(after.holds && audit.memory_checked);
    assert_int_equal(auditor_due_ms(auditor, clock_now_ms()), after.ended_ms + DAY_MS);
    assert_int_equal(books_audits_failed(&world.books), 0);
}

static void a_store_that_cannot_be_read(void) {
    struct books_audit before = books_audited(&world.books);
    change("ALTER TABLE ledger_row RENAME TO ledger_row_away");
    move_on(DAY_MS);
    for (int64_t until_ms = clock_mono_ms() + PATIENCE_MS; books_audits_failed(&world.books) == 0;
         usleep(LOOK_US))
        assert_true(clock_mono_ms() < until_ms);
    int64_t now_ms = clock_now_ms();
    for (int64_t until_ms = clock_mono_ms() + PATIENCE_MS; auditor_due_ms(auditor, now_ms) <= now_ms;
         usleep(LOOK_US))
        assert_true(clock_mono_ms() < until_ms); /* it is counted a moment before it is put off */
    assert_in_range(auditor_due_ms(auditor, now_ms), now_ms, clock_now_ms() + AUDITOR_AGAIN_MS);
    assert_int_equal(books_audited(&world.books).ended_ms, before.ended_ms);
    assert_false(books_everybody(&world.books)); /* not to have read is no difference */
    change("ALTER TABLE ledger_row_away RENAME TO ledger_row");
    move_on(AUDITOR_AGAIN_MS + 1000);
    assert_true(next_audit(before.ended_ms).holds);
    assert_int_equal(books_audits_failed(&world.books), 1);
}

/* Everybody's figures are withheld at once, and those who look are told; it is not forgotten by an audit that holds again. */
static void a_difference(void) {
    struct books_audit before = books_audited(&world.books);
    assert_int_equal(atomic_load(&told_all), 0);
    change("INSERT INTO ledger_pending (entry, outcome) VALUES (1, 0)");
    move_on(DAY_MS);
    struct books_audit found = next_audit(before.ended_ms);
    assert_true(!found.holds && found.held_ms == before.held_ms);
    assert_true(books_everybody(&world.books) && books_findings(&world.books) == 1);
    for (int64_t until_ms = clock_mono_ms() + PATIENCE_MS; atomic_load(&told_all) == 0; usleep(LOOK_US))
        assert_true(clock_mono_ms() < until_ms);
    change("DELETE FROM ledger_pending WHERE entry = 1");
    move_on(DAY_MS);
    assert_true(next_audit(found.ended_ms).holds);
    assert_true(books_everybody(&world.books)); /* staff close it */
    assert_int_equal(atomic_load(&told_all), 1);
}

static void stopped(void) {
    struct ledger_audit audit;
    int told = 0;
    auditor_stop(auditor);
    assert_int_equal(asked(goes_on, &told, &audit), ERR_STOPPING);
    assert_int_equal(told, 0);
    auditor_free(auditor);
    auditor_begin(0);
    assert_int_equal(auditor_due_ms(auditor, clock_now_ms()), 0); /* never by itself */
    assert_int_equal(asked(goes_on, &told, &audit), ERR_OK);
    auditor_end();
}

static void story(enum db_engine engine) {
    world_open(engine, TIME_PASSES);
    world.wakes.listener_all = tell_all;
    atomic_store(&told_all, 0);
    world_start();
    an_account();
    by_the_clock();
    asked_for();
    a_store_that_cannot_be_read();
    a_difference();
    stopped();
    world_close();
}

static void on_sqlite(void **state) {
    (void)state;
    story(DB_SQLITE);
}

static void on_postgres(void **state) {
    (void)state;
    if (!cluster()[0]) skip();
    story(DB_POSTGRES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_sqlite),
        cmocka_unit_test(on_postgres),
    };
    return cmocka_run_group_tests_name("auditor", tests, NULL, NULL);
}
