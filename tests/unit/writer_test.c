/* SPDX-License-Identifier: Apache-2.0 */
/* The writer on a real store: groups commit together, a failing command harms nobody else, parts follow the store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kit/db/writer.h"

enum { MAKE, ADD, COUNT, BREAK };
static const struct sql story_sql[] = {
    [MAKE] = {"CREATE TABLE story (id BIGINT NOT NULL PRIMARY KEY, word TEXT NOT NULL)"},
    [ADD] = {"INSERT INTO story (word, id) VALUES ($2, $1)"}, /* out of order on purpose: $n are names, not places */
    [COUNT] =
        {"SELECT CAST(count(*) AS BIGINT), CAST(coalesce(sum(id), 0) AS BIGINT) FROM story WHERE word = $1"},
    [BREAK] = {"INSERT INTO story (id, word) VALUES ($1, NULL)"},
};

struct line {
    struct command command;
    int64_t id;
    bool breaks;
    int runs;
    enum command_outcome outcome;
    int told;
};

static void line_run(struct command *command, struct group *group) {
    struct line *line = (struct line *)command;
    line->runs++;
    struct stmt *q = db_stmt(group->db, &story_sql[line->breaks ? BREAK : ADD]);
    db_bind_i64(q, line->id);
    if (!line->breaks) db_bind_str(q, "雨");
    db_run(q);
}

static void line_done(struct command *command, enum command_outcome outcome) {
    struct line *line = (struct line *)command;
    line->outcome = outcome;
    line->told++;
}

struct world {
    char dir[64], path[80];
    struct writer *writer;
};

static void world_open(struct world *world, int queue_max) {
    struct writer_config config = {.store = {DB_SQLITE, world->path}, .queue_max = (size_t)queue_max};
    assert_int_equal(writer_open(&config, &world->writer), ERR_OK);
}

static struct world world_make(void) {
    struct world world = {.dir = "/tmp/writer-test-XXXXXX"};
    assert_non_null(mkdtemp(world.dir));
    snprintf(world.path, sizeof world.path, "%s/store.db", world.dir);
    world_open(&world, 64);
    struct db *db = writer_db(world.writer);
    db_begin(db);
    db_run(db_stmt(db, &story_sql[MAKE]));
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    return world;
}

static void world_end(struct world *world) {
    writer_stop(world->writer);
    char line[128];
    snprintf(line, sizeof line, "rm -r %s", world->dir);
    assert_int_equal(system(line), 0);
}

static int64_t stored(struct world *world, int64_t *sum) {
    struct db *reader;
    assert_int_equal(db_open(&(struct db_config){DB_SQLITE, world->path}, DB_READER, &reader), ERR_OK);
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

static void test_a_group_commits_together(void **state) {
    (void)state;
    struct world world = world_make();
    struct line lines[3] = {{.id = 1}, {.id = 2}, {.id = 4}};
    for (int i = 0; i < 3; i++) {
        lines[i].command.run = line_run;
        lines[i].command.done = line_done;
        writer_submit(world.writer, &lines[i].command);
    }
    assert_int_equal(writer_step(world.writer), 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lines[i].outcome, COMMAND_DONE);
        assert_int_equal(lines[i].told, 1);
        assert_int_equal(lines[i].runs, 1);
    }
    int64_t sum;
    assert_int_equal(stored(&world, &sum), 3);
    assert_int_equal(sum, 7);
    assert_int_equal(writer_figures(world.writer).groups, 1);
    world_end(&world);
}

static void test_one_that_breaks_harms_nobody(void **state) {
    (void)state;
    struct world world = world_make();
    struct line lines[3] = {{.id = 1}, {.id = 2, .breaks = true}, {.id = 4}};
    for (int i = 0; i < 3; i++) {
        lines[i].command.run = line_run;
        lines[i].command.done = line_done;
        writer_submit(world.writer, &lines[i].command);
    }
    writer_step(world.writer);
    while (writer_step(world.writer) > 0) {}
    assert_int_equal(lines[0].outcome, COMMAND_DONE);
    assert_int_equal(lines[1].outcome, COMMAND_FAILED);
    assert_int_equal(lines[2].outcome, COMMAND_DONE);
    for (int i = 0; i < 3; i++) assert_int_equal(lines[i].told, 1);
    int64_t sum;
    assert_int_equal(stored(&world, &sum), 2);
    assert_int_equal(sum, 5);
    world_end(&world);
}

static int part_value, part_mark, part_published;
static void mark(void *arg, int64_t now) {
    (void)arg, (void)now;
    part_mark = part_value;
}
static void flush(void *arg, struct db *db) {
    (void)arg, (void)db;
}
static void publish(void *arg, int64_t now) {
    (void)arg, (void)now;
    part_published = part_value;
}
static void undo(void *arg) {
    (void)arg;
    part_value = part_mark;
}
static void counting_run(struct command *command, struct group *group) {
    part_value++;
    line_run(command, group);
}

static void test_parts_follow_the_store(void **state) {
    (void)state;
    struct world world = world_make();
    part_value = part_published = 0;
    writer_add_part(world.writer, (struct writer_part){NULL, mark, flush, publish, undo, NULL});
    struct line lines[3] = {{.id = 1}, {.id = 2, .breaks = true}, {.id = 4}};
    for (int i = 0; i < 3; i++) {
        lines[i].command = (struct command){.run = counting_run, .done = line_done};
        writer_submit(world.writer, &lines[i].command);
    }
    while (writer_step(world.writer) > 0) {}
    assert_int_equal(part_value, 2);
    assert_int_equal(part_published, 2);
    world_end(&world);
}

static void test_a_full_queue_refuses(void **state) {
    (void)state;
    struct world world = world_make();
    static struct line lines[70];
    memset(lines, 0, sizeof lines);
    for (int i = 0; i < 70; i++) {
        lines[i].id = i + 1;
        lines[i].command = (struct command){.run = line_run, .done = line_done};
        writer_submit(world.writer, &lines[i].command);
    }
    for (int i = 64; i < 70; i++) assert_int_equal(lines[i].outcome, COMMAND_REFUSED);
    while (writer_step(world.writer) > 0) {}
    int64_t sum;
    assert_int_equal(stored(&world, &sum), 64);
    world_end(&world);
}

static void test_a_second_server_is_refused(void **state) {
    (void)state;
    struct world world = world_make();
    struct writer_config config = {.store = {DB_SQLITE, world.path}};
    struct writer *second = NULL;
    assert_int_equal(writer_open(&config, &second), ERR_STORE_IN_USE);
    assert_null(second);
    writer_stop(world.writer);
    world_open(&world, 64); /* the lock goes with its owner */
    world_end(&world);
}

static void test_the_thread_answers_all(void **state) {
    (void)state;
    struct world world = world_make();
    assert_int_equal(writer_start(world.writer), ERR_OK);
    static struct line lines[60];
    memset(lines, 0, sizeof lines);
    for (int i = 0; i < 60; i++) {
        lines[i].id = i + 1;
        lines[i].command = (struct command){.run = line_run, .done = line_done};
        writer_submit(world.writer, &lines[i].command);
    }
    writer_stop(world.writer);
    for (int i = 0; i < 60; i++) assert_int_equal(lines[i].outcome, COMMAND_DONE);
    world_open(&world, 64);
    int64_t sum;
    assert_int_equal(stored(&world, &sum), 60);
    world_end(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_group_commits_together),
        cmocka_unit_test(test_one_that_breaks_harms_nobody),
        cmocka_unit_test(test_parts_follow_the_store),
        cmocka_unit_test(test_a_full_queue_refuses),
        cmocka_unit_test(test_a_second_server_is_refused),
        cmocka_unit_test(test_the_thread_answers_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
