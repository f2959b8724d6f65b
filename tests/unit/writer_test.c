/* SPDX-License-Identifier: Apache-2.0 */
/* The writer on both engines: groups commit together, a failing command harms nobody else, parts follow the store, time never falls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "kit/db/writer.h"
#include "store.h"

enum { MAKE, ADD, COUNT, BREAK };
static const struct sql story_sql[] = {
    [MAKE] = {"CREATE TABLE story (id BIGINT NOT NULL PRIMARY KEY, word TEXT NOT NULL)"},
    [ADD] = {"INSERT INTO story (word, id) VALUES ($2, $1)"},
    [COUNT] = {"SELECT count(*), CAST(coalesce(sum(id), 0) AS BIGINT) FROM story WHERE word = $1"},
    [BREAK] = {"INSERT INTO story (id, word) VALUES ($1, NULL)"},
};

struct line {
    struct command command;
    int64_t id;
    bool breaks, queued;
    int runs, told;
    int64_t now_ms;
    enum command_outcome outcome;
};

static void line_run(struct command *command, struct group *group) {
    struct line *line = (struct line *)command;
    line->runs++;
    line->now_ms = group->now_ms;
    struct stmt *q = db_stmt(group->db, &story_sql[line->breaks ? BREAK : ADD]);
    db_bind_i64(q, line->id);
    if (!line->breaks) db_bind_str(q, "雨");
    if (line->queued) db_queue(q);
    else db_run(q);
}

static void line_done(struct command *command, enum command_outcome outcome) {
    struct line *line = (struct line *)command;
    line->outcome = outcome;
    line->told++;
}

/* --- the world of one test --- */

static int64_t wall, steady;
static int64_t wall_now(void) {
    return wall;
}
static int64_t steady_now(void) {
    return steady;
}

static enum db_engine engine;
static struct store store;
static struct writer *writer;

static void writer_begin(int group_max) {
    struct writer_config config = {.store = store.config,
                                   .queue_max = 64,
                                   .group_commands_max = group_max,
                                   .group_ms_max = 10000, /* no machine is so slow that a group ends by time */
                                   .wall_ms = wall_now,
                                   .steady_ms = steady_now};
    assert_int_equal(writer_open(&config, &writer), ERR_OK);
}

static void world_begin(void) {
    store_make_whole(engine, &store);
    wall = 1000000000;
    steady = 50;
    writer_begin(0);
    struct db *db = writer_db(writer);
    db_begin(db);
    db_run(db_stmt(db, &story_sql[MAKE]));
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
}

static void world_end(void) {
    writer_stop(writer);
    store_end(&store);
}

static void submit(struct line *lines, int count) {
    for (int i = 0; i < count; i++) {
        lines[i].command = (struct command){.run = line_run, .done = line_done};
        writer_submit(writer, &lines[i].command);
    }
}

static int64_t stored(int64_t *sum) {
    struct db *reader;
    assert_int_equal(db_open(&store.config, DB_READER, &reader), ERR_OK);
    db_begin(reader);
    struct stmt *q = db_stmt(reader, &story_sql[COUNT]);
    db_bind_str(q, "雨");
    assert_true(db_row(q));
    int64_t count = db_col_i64(q, 0);
    *sum = db_col_i64(q, 1);
    db_done(q);
    assert_int_equal(db_commit(reader), DB_COMMIT_YES);
    db_close(reader);
    return count;
}

/* --- the stories --- */

static void a_group_commits_together(void **state) {
    (void)state;
    world_begin();
    struct line lines[3] = {{.id = 1}, {.id = 2, .queued = true}, {.id = 4}};
    submit(lines, 3);
    assert_int_equal(writer_step(writer), 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lines[i].outcome, COMMAND_DONE);
        assert_int_equal(lines[i].told, 1);
        assert_int_equal(lines[i].runs, 1);
        assert_int_equal(lines[i].now_ms, wall);
    }
    int64_t sum;
    assert_int_equal(stored(&sum), 3);
    assert_int_equal(sum, 7);
    assert_int_equal(writer_figures(writer).groups, 1);
    assert_int_equal(writer_step(writer), 0);
    world_end();
}

/* Whoever breaks, and whether it is found at once or with COMMIT: the 60 others are stored. */
static void one_that_breaks_harms_nobody(void **state) {
    (void)state;
    for (int queued = 0; queued < 2; queued++)
        for (int breaker = 0; breaker < 60; breaker += 29) {
            world_begin();
            struct line lines[60] = {{.id = 0}};
            for (int i = 0; i < 60; i++)
                lines[i] = (struct line){.id = i + 1, .queued = queued, .breaks = i == breaker};
            submit(lines, 60);
            while (writer_step(writer) > 0) {}
            for (int i = 0; i < 60; i++) {
                assert_int_equal(lines[i].told, 1);
                assert_int_equal(lines[i].outcome, i == breaker ? COMMAND_FAILED : COMMAND_DONE);
            }
            int64_t sum;
            assert_int_equal(stored(&sum), 59);
            assert_int_equal(sum, 60 * 61 / 2 - (breaker + 1));
            assert_int_equal(writer_figures(writer).failed_commands, 1);
            assert_int_equal(writer_figures(writer).retried_groups, 1);
            world_end();
        }
}

static void a_group_has_a_most(void **state) {
    (void)state;
    world_begin();
    writer_stop(writer);
    writer_begin(4);
    struct line lines[10] = {{.id = 0}};
    for (int i = 0; i < 10; i++) lines[i].id = i;
    submit(lines, 10);
    assert_int_equal(writer_step(writer), 4);
    assert_int_equal(writer_step(writer), 4);
    assert_int_equal(writer_step(writer), 2);
    assert_int_equal(writer_step(writer), 0);
    world_end();
}

/* A part in memory and the store tell the same, after every outcome. */
static int part_value, part_mark_value, part_published;
static void part_mark(void *arg, int64_t now) {
    (void)arg, (void)now;
    part_mark_value = part_value;
}
static void part_flush(void *arg, struct db *db) {
    (void)arg, (void)db;
}
static void part_publish(void *arg, int64_t now) {
    (void)arg, (void)now;
    part_published = part_value;
}
static void part_undo(void *arg) {
    (void)arg;
    part_value = part_mark_value;
}
static void counting_run(struct command *command, struct group *group) {
    part_value++;
    line_run(command, group);
}

static void parts_follow_the_store(void **state) {
    (void)state;
    world_begin();
    part_value = part_published = 0;
    writer_add_part(writer, (struct writer_part){NULL, part_mark, part_flush, part_publish, part_undo, NULL});
    struct line lines[3] = {{.id = 1}, {.id = 2, .breaks = true, .queued = true}, {.id = 4}};
    for (int i = 0; i < 3; i++) {
        lines[i].command = (struct command){.run = counting_run, .done = line_done};
        writer_submit(writer, &lines[i].command);
    }
    while (writer_step(writer) > 0) {}
    assert_int_equal(part_value, 2);
    assert_int_equal(part_published, 2);
    world_end();
}

static void a_full_queue_refuses(void **state) {
    (void)state;
    world_begin();
    struct line lines[70] = {{.id = 0}};
    for (int i = 0; i < 70; i++) lines[i].id = i + 1;
    submit(lines, 70);
    for (int i = 64; i < 70; i++) assert_int_equal(lines[i].outcome, COMMAND_REFUSED);
    while (writer_step(writer) > 0) {}
    int64_t sum;
    assert_int_equal(stored(&sum), 64);
    assert_int_equal(writer_figures(writer).refused_commands, 6);
    world_end();
}

static void the_thread_answers_all(void **state) {
    (void)state;
    world_begin();
    assert_int_equal(writer_start(writer), ERR_OK);
    struct line lines[60] = {{.id = 0}};
    for (int i = 0; i < 60; i++) lines[i].id = i + 1;
    submit(lines, 60);
    writer_stop(writer);
    for (int i = 0; i < 60; i++) assert_int_equal(lines[i].outcome, COMMAND_DONE);
    writer_begin(0);
    int64_t sum;
    assert_int_equal(stored(&sum), 60);
    world_end();
}

/* --- time --- */

static struct line at_time(int64_t id) {
    struct line line = {.id = id};
    submit(&line, 1);
    assert_int_equal(writer_step(writer), 1);
    return line;
}

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

static void time_never_falls(void **state) {
    (void)state;
    world_begin();
    int64_t start = wall;
    assert_int_equal(at_time(1).now_ms, start);
    wall += 5, steady += 5;
    assert_int_equal(at_time(2).now_ms, start + 5);
    wall -= 30 * MINUTE; /* set back a little: time stands still until the clock has caught up */
    struct line line = at_time(3);
    assert_int_equal(line.outcome, COMMAND_DONE);
    assert_int_equal(line.now_ms, start + 5);
    wall += 31 * MINUTE, steady += 31 * MINUTE;
    assert_int_equal(at_time(4).now_ms, start + 5 + MINUTE);
    wall += 400LL * 24 * HOUR, steady += 400LL * 24 * HOUR; /* a long quiet time is no jump */
    assert_int_equal(at_time(5).outcome, COMMAND_DONE);
    world_end();
}

static void a_jump_stops_writing_until_accepted(void **state) {
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        world_begin();
        at_time(1);
        int64_t before = wall;
        wall += sign * (HOUR + MINUTE);
        assert_int_equal(at_time(2).outcome, COMMAND_REFUSED);
        assert_true(writer_clock_jumped(writer));
        assert_true(writer_figures(writer).clock_jump_ms == sign * (HOUR + MINUTE));
        wall = before; /* set right again: no question any more */
        assert_int_equal(at_time(3).outcome, COMMAND_DONE);
        assert_false(writer_clock_jumped(writer));

        wall += sign * 2 * HOUR;
        assert_int_equal(at_time(4).outcome, COMMAND_REFUSED);
        writer_accept_clock(writer);
        struct line line = at_time(5);
        assert_int_equal(line.outcome, COMMAND_DONE);
        assert_true(line.now_ms == (sign > 0 ? wall : before)); /* accepted, and still it does not fall */
        int64_t sum;
        assert_int_equal(stored(&sum), 3);
        assert_int_equal(sum, 1 + 3 + 5);
        world_end();
    }
}

static void time_begins_where_the_store_ends(void **state) {
    (void)state;
    world_begin();
    writer_set_least_time(writer, wall + 10 * MINUTE);
    assert_true(at_time(1).now_ms == wall + 10 * MINUTE);
    writer_stop(writer);
    writer_begin(0);
    writer_set_least_time(writer, wall + 3 * HOUR); /* the clock was set back while nobody looked */
    assert_int_equal(at_time(2).outcome, COMMAND_REFUSED);
    writer_accept_clock(writer);
    assert_true(at_time(3).now_ms == wall + 3 * HOUR);
    world_end();
}

static void the_sandbox_may_advance(void **state) {
    (void)state;
    world_begin();
    at_time(1);
    clock_set_offset_ms(48LL * HOUR);
    struct line line = at_time(2);
    int64_t offset = clock_offset_ms();
    clock_set_offset_ms(0);
    assert_int_equal(line.outcome, COMMAND_DONE);
    assert_true(line.now_ms == wall + offset);
    world_end();
}

static int on_sqlite(void **state) {
    (void)state;
    engine = DB_SQLITE;
    return 0;
}

static int on_postgres(void **state) {
    (void)state;
    engine = DB_POSTGRES;
    return 0;
}

#define ON_BOTH(f)                                    \
    {#f " on sqlite", f, on_sqlite, NULL, NULL}, {    \
#f " on postgres", f, on_postgres, NULL, NULL \
    }
#define ON_SQLITE(f) \
    { #f, f, on_sqlite, NULL, NULL }

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_group_commits_together),
        ON_BOTH(one_that_breaks_harms_nobody),
        ON_BOTH(a_group_has_a_most),
        ON_BOTH(parts_follow_the_store),
        ON_BOTH(a_full_queue_refuses),
        ON_BOTH(the_thread_answers_all),
        ON_SQLITE(time_never_falls),
        ON_SQLITE(a_jump_stops_writing_until_accepted),
        ON_SQLITE(time_begins_where_the_store_ends),
        ON_SQLITE(the_sandbox_may_advance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
