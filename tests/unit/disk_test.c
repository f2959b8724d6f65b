/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's store on a disk that fails: what was answered is there, what was not is there whole or not at all.
 *
 * Each life is a child process: it opens the store, writes groups of rows, tells through a pipe which rows it answered, and dies by
 * the plan of its disk. Then the parent opens what the disk kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "kit/db/behind.h"
#include "kit/db/vfs.h"
#include "kit/db/writer.h"
#include "store.h"

enum { MAKE, ADD, LINES, CHECK, ENDLESS };
static const struct sql line_sql[] = {
    [MAKE] = {"CREATE TABLE IF NOT EXISTS line (id BIGINT NOT NULL PRIMARY KEY, body BYTEA NOT NULL)"},
    [ADD] = {"INSERT INTO line (id, body) VALUES ($1, $2)"},
    [LINES] = {"SELECT id FROM line ORDER BY id LIMIT 100000"},
    [CHECK] = {"PRAGMA integrity_check"},
    [ENDLESS] = {"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"},
};

enum { GROUPS = 20, GROUP = 5, LINES_MAX = GROUPS * GROUP };

struct line {
    struct command command;
    int64_t id;
    size_t size;
    enum command_outcome outcome;
};

static unsigned char body[1 << 20];

static int answers = -1;
static atomic_int ran, told;

static void line_run(struct command *command, struct group *group) {
    struct line *line = (struct line *)command;
    struct stmt *q = db_stmt(group->db, &line_sql[ADD]);
    db_bind_i64(q, line->id);
    db_bind_blob(q, body, line->size);
    db_queue(q);
    atomic_fetch_add(&ran, 1);
}

static void line_done(struct command *command, enum command_outcome outcome) {
    struct line *line = (struct line *)command;
    line->outcome = outcome;
    atomic_fetch_add(&told, 1);
    if (outcome == COMMAND_DONE && answers >= 0 && write(answers, &line->id, sizeof line->id) < 0) abort();
}

static struct writer *opened_with(struct store *store, int group_max) {
    struct writer *writer = NULL;
    /* Many checkpoints; and a group is as large as it is meant, however slow the machine. */
    struct writer_config config = {.store = store->config,
                                   .checkpoint_frames = 12,
                                   .group_commands_max = group_max,
                                   .group_ms_max = 60000};
    if (writer_open(&config, &writer) != ERR_OK) return NULL;
    struct db *db = writer_db(writer);
    db_begin(db);
    db_run(db_stmt(db, &line_sql[MAKE]));
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    return writer;
}

static struct writer *opened(struct store *store) {
    return opened_with(store, 0);
}

static void submit(struct writer *writer, struct line *line, int64_t id, size_t size) {
    *line = (struct line){.command = {.run = line_run, .done = line_done}, .id = id, .size = size};
    writer_submit(writer, &line->command);
}

/* Who runs the groups. With a thread each is run while the one before is on its way to the disk. */
enum runner { STEPS, THREAD, RUNNERS };

/* Groups of GROUP lines from 1 on, of sizes that take one page, part of one, or several. */
static void write_groups(struct writer *writer, int groups, enum runner runner) {
    static struct line lines[LINES_MAX];
    for (int i = 0; i < groups * GROUP; i++) {
        submit(writer, &lines[i], i + 1, (size_t)(i * 977 % 9000));
        if (runner == STEPS && (i + 1) % GROUP == 0 && writer_step(writer) != GROUP) abort();
    }
    if (runner == THREAD && writer_start(writer) != ERR_OK) abort();
    if (runner == THREAD) writer_stop(writer);
}

/* One life with such a disk; returns its exit status, and how many lines it answered. */
static int life(struct store *store, struct vfs_plan plan, enum runner runner, int *answered) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        answers = ends[1];
        vfs_set_plan(&(struct vfs_plan){.remember_unsynced = plan.remember_unsynced});
        struct writer *writer = opened_with(store, GROUP);
        if (!writer) _exit(1);
        vfs_set_plan(&plan); /* from here on the disk is as planned */
        write_groups(writer, GROUPS, runner);
        if (plan.remember_unsynced) vfs_power_cut(plan.cut_seed);
        _exit(0);
    }
    close(ends[1]);
    *answered = 0;
    for (int64_t id; read(ends[0], &id, sizeof id) == (ssize_t)sizeof id;) assert_int_equal(id, ++*answered);
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* All that was answered, then perhaps the one group that was not, whole; the file is sound; writing goes on. */
static void store_is_sound(struct store *store, int answered) {
    struct writer *writer = opened(store);
    assert_non_null(writer);
    struct db *db = writer_db(writer);
    db_begin(db);
    struct stmt *q = db_stmt(db, &line_sql[CHECK]);
    assert_true(db_row(q));
    assert_true(text_is(db_col_text(q, 0), "ok"));
    db_done(q);
    int there = 0;
    q = db_stmt(db, &line_sql[LINES]);
    while (db_row(q)) assert_int_equal(db_col_i64(q, 0), ++there);
    db_done(q);
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    assert_true(there == answered || there == answered + GROUP);
    struct line line;
    submit(writer, &line, 1000, 100);
    writer_step(writer);
    assert_int_equal(line.outcome, COMMAND_DONE);
    writer_stop(writer);
}

static void a_failed_sync_ends_the_process(void **state) {
    (void)state;
    for (enum runner runner = STEPS; runner < RUNNERS; runner++) {
        int ended = 0;
        for (int n = 1; n <= GROUPS + 8; n++) {
            struct store store;
            store_make_whole(DB_SQLITE, &store);
            int answered, status = life(&store, (struct vfs_plan){.fail_sync = n}, runner, &answered);
            assert_true(status == DB_EXIT_DISK || answered == LINES_MAX);
            ended += status == DB_EXIT_DISK;
            store_is_sound(&store, answered);
            store_end(&store);
        }
        assert_true(ended > GROUPS); /* the syncs of the log and those of checkpoints */
    }
}

static void a_failed_write_ends_or_is_told(void **state) {
    (void)state;
    for (enum runner runner = STEPS; runner < RUNNERS; runner++) {
        int ended = 0, told_no = 0;
        for (int n = 1; n <= 40; n++) {
            struct store store;
            store_make_whole(DB_SQLITE, &store);
            int answered, status = life(&store, (struct vfs_plan){.fail_write = n}, runner, &answered);
            if (status == DB_EXIT_DISK) ended++;
            else told_no++;
            store_is_sound(&store, answered);
            store_end(&store);
        }
        assert_true(ended > 10); /* at COMMIT nobody can say what the disk has */
        (void)told_no;
    }
}

static void a_power_cut_loses_nothing_answered(void **state) {
    (void)state;
    for (enum runner runner = STEPS; runner < RUNNERS; runner++) {
        int cut_short = 0;
        for (int n = 1; n <= 40; n++) {
            struct store store;
            store_make_whole(DB_SQLITE, &store);
            struct vfs_plan plan = {.remember_unsynced = true,
                                    .cut_sync = n,
                                    .cut_seed = n % 4 == 0 ? 0 : (uint64_t)n};
            int answered, status = life(&store, plan, runner, &answered);
            assert_int_equal(status, 0);
            cut_short += answered < LINES_MAX;
            store_is_sound(&store, answered);
            store_end(&store);
        }
        assert_true(cut_short > GROUPS);
    }
}

/* -1: it was not let. */
static int64_t lines_tried(struct db *reader) {
    int64_t count = 0;
    db_begin(reader);
    struct stmt *q = db_stmt(reader, &line_sql[LINES]);
    while (db_row(q)) count++;
    db_done(q);
    if (!db_failed(reader)) return db_commit(reader) == DB_COMMIT_YES ? count : -1;
    db_rollback(reader);
    return -1;
}

static int64_t lines_read(struct db *reader) {
    int64_t count = lines_tried(reader);
    assert_true(count >= 0);
    return count;
}

/* A reader waits DB_WAIT_MS at most, which a slow machine may need more than once. */
static int64_t lines_once_let(struct db *reader) {
    int64_t lines = -1;
    for (int i = 0; i < 30 && lines < 0; i++) lines = lines_tried(reader);
    return lines;
}

/* However much room is left: commands fail one by one, reading goes on, and with new room so does writing. */
static void a_full_disk_is_survived(void **state) {
    (void)state;
    int failed = 0;
    for (int64_t room = 1; room < 400000; room += 9001) {
        struct store store;
        store_make_whole(DB_SQLITE, &store);
        struct writer *writer = opened(&store);
        struct db *reader = NULL;
        assert_int_equal(db_open(&store.config, DB_READER, &reader), ERR_OK);
        struct line lines[40];
        int64_t done = 0;
        vfs_set_plan(&(struct vfs_plan){.space_left = room});
        for (int i = 0; i < 40; i++) {
            submit(writer, &lines[i], i, 8000);
            if (i % 4 == 3) assert_int_equal(writer_step(writer), 4);
        }
        for (int i = 0; i < 40; i++) done += lines[i].outcome == COMMAND_DONE;
        failed += done < 40;
        assert_int_equal(lines_read(reader), done);
        vfs_set_plan(&(struct vfs_plan){0});
        for (int i = 0; i < 40; i++)
            if (lines[i].outcome == COMMAND_FAILED) submit(writer, &lines[i], i, 8000);
        while (writer_step(writer) > 0) {}
        assert_int_equal(lines_read(reader), 40);
        db_close(reader);
        writer_stop(writer);
        store_end(&store);
    }
    assert_true(failed > 10);
}

/* --- a group runs while the one before is on its way to the disk --- */

struct early {
    struct store *store;
    atomic_int seen, left; /* lines that a reader saw, and that it left with */
};

static void *read_early(void *arg) {
    struct early *early = arg;
    struct db *reader = NULL;
    assert_int_equal(db_open(&early->store->config, DB_READER, &reader), ERR_OK);
    while (atomic_load(&early->left) == 0) {
        int count = 0;
        db_begin(reader);
        struct stmt *q = db_stmt(reader, &line_sql[LINES]);
        while (db_row(q)) count++;
        db_done(q);
        atomic_store(&early->seen, count);
        assert_int_equal(db_commit(reader), DB_COMMIT_YES);
        atomic_store(&early->left, count);
    }
    db_close(reader);
    return NULL;
}

static void until(atomic_int *value, int wanted) {
    for (int i = 0; i < 60000 && atomic_load(value) != wanted; i++) usleep(1000);
    assert_int_equal(atomic_load(value), wanted);
}

static void nobody_is_told_before_the_disk(void **state) {
    (void)state;
    struct store store;
    store_make_whole(DB_SQLITE, &store);
    struct writer *writer = opened(&store);
    struct line lines[6];
    struct early early = {.store = &store};
    pthread_t thread;
    atomic_store(&ran, 0);
    atomic_store(&told, 0);
    vfs_set_plan(&(struct vfs_plan){.hold_log = true});
    for (int i = 0; i < 3; i++) submit(writer, &lines[i], i + 1, 100);
    assert_int_equal(writer_start(writer), ERR_OK);
    until(&ran, 3);
    for (int i = 3; i < 6; i++) submit(writer, &lines[i], i + 1, 100); /* these run, and cannot commit */
    until(&ran, 6);
    /* So the first three are committed; a reader who came before that would be kept with none of them. */
    assert_int_equal(pthread_create(&thread, NULL, read_early, &early), 0);
    until(&early.seen, 3);
    usleep(50000);
    assert_int_equal(atomic_load(&told), 0);
    assert_int_equal(atomic_load(&early.left), 0);
    vfs_set_plan(&(struct vfs_plan){0});
    until(&told, 6);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&early.left), 3);
    assert_int_equal(writer_figures(writer).groups, 2);
    writer_stop(writer);
    store_is_sound(&store, 6);
    store_end(&store);
}

/* --- the bound of the log --- */

static void grow_log(struct writer *writer, int64_t from, int megabytes) {
    for (int i = 0; i < megabytes; i++) {
        struct line line;
        submit(writer, &line, from + i, sizeof body);
        assert_int_equal(writer_step(writer), 1);
        assert_int_equal(line.outcome, COMMAND_DONE);
    }
}

struct waiting {
    struct store *store;
    atomic_int lines;
};

static void *read_when_let(void *arg) {
    struct waiting *waiting = arg;
    struct db *reader = NULL;
    assert_int_equal(db_open(&waiting->store->config, DB_READER, &reader), ERR_OK);
    atomic_store(&waiting->lines, (int)lines_once_let(reader));
    db_close(reader);
    return NULL;
}

/* Most checkpoints leave the sync to a thread and the log as it is; then comes a whole one, and the log begins anew. */
static void the_log_is_copied_behind(void **state) {
    (void)state;
    struct store store;
    store_make_whole(DB_SQLITE, &store);
    struct writer *writer = opened(&store);
    uint64_t before = 0, most = 0;
    int begun_anew = 0;
    for (int64_t i = 1; i <= 200; i++) {
        struct line line;
        submit(writer, &line, i, 3000);
        assert_int_equal(writer_step(writer), 1);
        assert_int_equal(line.outcome, COMMAND_DONE);
        uint64_t frames = writer_figures(writer).wal_frames;
        if (frames < before) begun_anew++;
        if (frames > most && begun_anew > 0) most = frames; /* before, the making of the tables is in it */
        before = frames;
    }
    assert_in_range(most, 12 * BEHIND_COPIES, 30 * (BEHIND_COPIES + 1));
    assert_in_range(begun_anew, 2, 40);
    writer_stop(writer);
    store_is_sound(&store, 200);
    store_end(&store);
}

static void the_log_has_a_bound(void **state) {
    (void)state;
    struct store store;
    store_make_whole(DB_SQLITE, &store);
    struct writer *writer = opened(&store);
    struct db *reader = NULL;
    assert_int_equal(db_open(&store.config, DB_READER, &reader), ERR_OK);
    db_begin(reader);
    struct stmt *q = db_stmt(reader, &line_sql[LINES]);
    assert_false(db_row(q));
    db_done(q);

    grow_log(writer, 1, 66);
    assert_true(writer_figures(writer).wal_above);
    assert_true(writer_figures(writer).wal_frames > DB_WAL_FRAMES_MAX);
    usleep((DB_SNAPSHOT_MS + 20) * 1000);
    assert_false(db_row(db_stmt(reader, &line_sql[ENDLESS]))); /* overstayed: cut off */
    assert_true(db_failed(reader));

    struct waiting waiting = {.store = &store};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_when_let, &waiting), 0);
    usleep(50000);
    assert_int_equal(atomic_load(&waiting.lines), 0); /* a new read waits */
    db_rollback(reader);
    writer_step(writer);
    assert_false(writer_figures(writer).wal_above);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&waiting.lines), 66);

    grow_log(writer, 100, 2);
    assert_true(writer_figures(writer).wal_frames < 1000); /* it began anew */
    db_close(reader);
    writer_stop(writer);
    store_end(&store);
}

/* The thread looks by itself, without a command, whether the readers have left. */
static void an_idle_writer_opens_the_gate(void **state) {
    (void)state;
    struct store store;
    store_make_whole(DB_SQLITE, &store);
    struct writer *writer = opened(&store);
    struct db *reader = NULL;
    assert_int_equal(db_open(&store.config, DB_READER, &reader), ERR_OK);
    db_begin(reader);
    struct stmt *q = db_stmt(reader, &line_sql[LINES]);
    assert_false(db_row(q));
    db_done(q);
    grow_log(writer, 1, 66);
    assert_true(writer_figures(writer).wal_above);
    assert_int_equal(writer_start(writer), ERR_OK);
    db_rollback(reader);
    assert_int_equal(lines_once_let(reader), 66);
    /* The gate opens inside the checkpoint; its figure is told when that has returned. */
    for (int i = 0; i < 6000 && writer_figures(writer).wal_above; i++) usleep(10000);
    assert_false(writer_figures(writer).wal_above);
    db_close(reader);
    writer_stop(writer);
    store_end(&store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_sync_ends_the_process),
        cmocka_unit_test(a_failed_write_ends_or_is_told),
        cmocka_unit_test(a_power_cut_loses_nothing_answered),
        cmocka_unit_test(a_full_disk_is_survived),
        cmocka_unit_test(nobody_is_told_before_the_disk),
        cmocka_unit_test(the_log_is_copied_behind),
        cmocka_unit_test(the_log_has_a_bound),
        cmocka_unit_test(an_idle_writer_opens_the_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
