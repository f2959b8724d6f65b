/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/db/writer.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"

enum {
    GROUP_MAX = 1024,
    CLOCK_JUMP_MS = 3600 * 1000,
    REOPEN_TRIES = 120,
    REOPEN_PAUSE_US = 500 * 1000,
    LOG_ABOVE_PAUSE_MS = 5, /* so often an idle writer looks whether the readers have left the log */
};

struct writer {
    struct writer_config config;
    struct db *db;
    struct group group;
    pthread_t thread;
    bool threaded;

    pthread_mutex_t lock; /* of the queue and the figures */
    pthread_cond_t more;
    struct command *first, **last;
    size_t queued;
    bool stopping;
    struct writer_figures figures;
    struct histogram commits;

    int64_t believed_wall_ms, believed_steady_ms; /* the clocks when they last agreed */
    _Atomic bool clock_jumped, clock_accepted;
    bool log_above;
    int64_t tell_again_ms;

    struct command *held[GROUP_MAX]; /* of a group that is committed and not on the disk yet */
    int held_count;
    int64_t held_begun_us, held_committing_us;
};

/* --- the queue --- */

void writer_submit(struct writer *writer, struct command *command) {
    pthread_mutex_lock(&writer->lock);
    bool taken = !writer->stopping && writer->queued < writer->config.queue_max;
    if (taken) {
        command->next = NULL;
        *writer->last = command;
        writer->last = &command->next;
        if (writer->queued++ == 0) pthread_cond_signal(&writer->more);
    } else {
        writer->figures.refused_commands++;
    }
    pthread_mutex_unlock(&writer->lock);
    if (!taken) command->done(command, COMMAND_REFUSED);
}

static bool held_may_be_told(const struct writer *writer) {
    return writer->held_count > 0 && db_synced(writer->db);
}

/* Until there is a command or the end, or the held group may be told; or, while the log is above its bound, only a moment. */
static void queue_wait(struct writer *writer) {
    int64_t until_ms = clock_mono_ms() + LOG_ABOVE_PAUSE_MS;
    bool waits = true;
    while (waits && !writer->first && !writer->stopping && !held_may_be_told(writer)) {
        if (writer->log_above) waits = thread_wait_until(&writer->more, &writer->lock, until_ms);
        else pthread_cond_wait(&writer->more, &writer->lock);
    }
}

static int queue_take(struct writer *writer, struct command **out, int most, bool wait) {
    int count = 0;
    pthread_mutex_lock(&writer->lock);
    if (wait) queue_wait(writer);
    for (struct command *command; count < most && (command = writer->first) != NULL; writer->queued--) {
        writer->first = command->next;
        out[count++] = command;
    }
    if (!writer->first) writer->last = &writer->first;
    pthread_mutex_unlock(&writer->lock);
    return count;
}

static bool queue_has_more(struct writer *writer) {
    pthread_mutex_lock(&writer->lock);
    bool more = writer->first != NULL;
    pthread_mutex_unlock(&writer->lock);
    return more;
}

/* Another thread's: the held group is on the disk. */
static void arrived(void *arg) {
    struct writer *writer = arg;
    pthread_mutex_lock(&writer->lock);
    pthread_cond_signal(&writer->more);
    pthread_mutex_unlock(&writer->lock);
}

/* Commands that a group had no time for go back to the front, in order. */
static void queue_return(struct writer *writer, struct command **commands, int count) {
    pthread_mutex_lock(&writer->lock);
    for (int i = count; i-- > 0;) {
        commands[i]->next = writer->first;
        if (!writer->first) writer->last = &commands[i]->next;
        writer->first = commands[i];
        writer->queued++;
    }
    pthread_mutex_unlock(&writer->lock);
}

/* --- the clock --- */

static void clock_believe(struct writer *writer) {
    writer->believed_wall_ms = writer->config.wall_ms();
    writer->believed_steady_ms = writer->config.steady_ms();
}

/* By how much the machine's wall clock has run ahead of its steady one. (The sandbox's offset is asked for, so it is no jump.) */
static int64_t clock_jump(const struct writer *writer) {
    int64_t wall_passed = writer->config.wall_ms() - writer->believed_wall_ms;
    return wall_passed - (writer->config.steady_ms() - writer->believed_steady_ms);
}

static void clock_tell(struct writer *writer, bool jumped, int64_t jump_ms) {
    if (jumped == atomic_exchange(&writer->clock_jumped, jumped)) return;
    if (jumped)
        log_error("clock: jumped by %lld s; writing stops until it is set right or accepted",
                  (long long)jump_ms / 1000);
    else log_warn("clock: believed again");
    pthread_mutex_lock(&writer->lock);
    writer->figures.clock_jumped = jumped;
    writer->figures.clock_jump_ms = jumped ? jump_ms : 0;
    pthread_mutex_unlock(&writer->lock);
}

static bool clock_believed(struct writer *writer) {
    if (atomic_exchange(&writer->clock_accepted, false)) clock_believe(writer);
    int64_t jump = clock_jump(writer);
    bool jumped = jump > CLOCK_JUMP_MS || jump < -CLOCK_JUMP_MS;
    clock_tell(writer, jumped, jump);
    if (!jumped) clock_believe(writer);
    return !jumped;
}

void writer_accept_clock(struct writer *writer) {
    atomic_store(&writer->clock_accepted, true);
}

bool writer_clock_jumped(struct writer *writer) {
    return atomic_load(&writer->clock_jumped);
}

void writer_set_least_time(struct writer *writer, int64_t now_ms) {
    assert(!writer->threaded);
    if (now_ms > writer->group.now_ms) writer->group.now_ms = now_ms;
    int64_t wall = now_ms - clock_offset_ms();
    if (wall > writer->believed_wall_ms)
        writer->believed_wall_ms = wall; /* the clock should be there by now */
}

/* --- one group --- */

static void parts_mark(struct writer *writer) {
    int64_t now = writer->config.wall_ms() + clock_offset_ms();
    if (now > writer->group.now_ms) writer->group.now_ms = now;
    for (int i = 0; i < writer->config.parts_count; i++) {
        struct writer_part *part = &writer->config.parts[i];
        part->mark(part->arg, writer->group.now_ms);
    }
}

static void parts_flush(struct writer *writer) {
    for (int i = 0; i < writer->config.parts_count && !db_failed(writer->db); i++) {
        struct writer_part *part = &writer->config.parts[i];
        part->flush(part->arg, writer->db);
    }
}

static void parts_publish(struct writer *writer) {
    for (int i = 0; i < writer->config.parts_count; i++) {
        struct writer_part *part = &writer->config.parts[i];
        part->publish(part->arg, writer->group.now_ms);
    }
}

static void parts_undo(struct writer *writer) {
    for (int i = writer->config.parts_count; i-- > 0;)
        writer->config.parts[i].undo(writer->config.parts[i].arg);
}

/* After an unknown COMMIT: the connection and the lock again (the old connection's server process must be gone: then nothing of it
 * can still be committed), and the parts say whether the group is there. */
static bool group_is_stored(struct writer *writer) {
    log_warn("store: lost while committing: %s", db_fault(writer->db));
    for (int tries = 1; db_reopen(writer->db) != ERR_OK; tries++) {
        if (tries == REOPEN_TRIES) {
            log_error("store: out of reach; the next start finds out what is stored; ending");
            _exit(DB_EXIT_LOST);
        }
        usleep(REOPEN_PAUSE_US);
    }
    int asked = 0, stored = 0;
    db_begin(writer->db);
    for (int i = 0; i < writer->config.parts_count; i++) {
        struct writer_part *part = &writer->config.parts[i];
        if (!part->stored) continue;
        asked++;
        stored += part->stored(part->arg, writer->db);
    }
    if (asked == 0 || (stored != 0 && stored != asked) || db_commit(writer->db) != DB_COMMIT_YES) {
        log_error("store: cannot tell whether the last group is stored; the next start finds out; ending");
        _exit(DB_EXIT_LOST);
    }
    log_warn("store: back; the last group %s stored", stored ? "is" : "is not");
    return stored > 0;
}

static void figures_of_group(struct writer *writer, int commands, int64_t commit_us, int64_t group_us) {
    histogram_add(&writer->commits, commit_us);
    pthread_mutex_lock(&writer->lock);
    struct writer_figures *f = &writer->figures;
    f->groups++;
    f->commands += (uint64_t)commands;
    f->commit_us_total += (uint64_t)commit_us;
    if ((uint64_t)commit_us > f->commit_us_max) f->commit_us_max = (uint64_t)commit_us;
    if ((uint64_t)group_us > f->group_us_max) f->group_us_max = (uint64_t)group_us;
    pthread_mutex_unlock(&writer->lock);
}

/* On a full disk every command fails: one line a second is enough. */
static void tell_rolled_back(struct writer *writer, int ran) {
    int64_t now = clock_mono_ms();
    if (now < writer->tell_again_ms) return;
    writer->tell_again_ms = now + 1000;
    log_warn("store: a group of %d was rolled back: %s", ran, db_fault(writer->db));
}

static void tell_done(struct writer *writer, struct command **commands, int commands_count) {
    if (writer->config.telling) writer->config.telling(true);
    for (int i = 0; i < commands_count; i++) commands[i]->done(commands[i], COMMAND_DONE);
    if (writer->config.telling) writer->config.telling(false);
}

static void tell_held(struct writer *writer) {
    int64_t now = clock_mono_us();
    figures_of_group(writer, writer->held_count, now - writer->held_committing_us, now - writer->held_begun_us);
    tell_done(writer, writer->held, writer->held_count);
    writer->held_count = 0;
}

/* The group before this one is told as soon as it is on the disk. */
static void look_at_held(struct writer *writer) {
    if (held_may_be_told(writer)) tell_held(writer);
}

static void await_held(struct writer *writer) {
    if (writer->held_count == 0) return;
    db_await(writer->db);
    tell_held(writer);
}

/* A group that is committed: told now, or when it is on the disk. */
static void hold(struct writer *writer, struct command **commands, int commands_count) {
    for (int i = 0; i < commands_count; i++) writer->held[i] = commands[i];
    writer->held_count = commands_count;
    look_at_held(writer);
}

/* Runs commands[0..*taken) in the open transaction, fewer when the time is up; returns how many. While the group before is on its way to the
 * disk this one cannot commit, so it takes in what comes meanwhile. */
static int run_all(struct writer *writer, struct command **commands, int *taken, int most, int64_t until_us) {
    int ran = 0;
    while (!db_failed(writer->db) && (ran == 0 || clock_mono_us() < until_us)) {
        look_at_held(writer);
        if (ran == *taken) {
            bool more = writer->held_count > 0 && *taken < most;
            if (more) *taken += queue_take(writer, commands + *taken, most - *taken, true);
            if (ran == *taken) break;
            continue;
        }
        commands[ran]->run(commands[ran], &writer->group);
        ran++;
    }
    return ran;
}

/* Runs commands in one transaction; returns whether they are committed, and in ran how many. */
static bool group_run(struct writer *writer, struct command **commands, int *taken, int most, int *ran) {
    int64_t begun = clock_mono_us();
    parts_mark(writer);
    db_begin(writer->db);
    *ran = run_all(writer, commands, taken, most, begun + (int64_t)writer->config.group_ms_max * 1000);
    parts_flush(writer);
    await_held(writer);
    int64_t committing = clock_mono_us();
    bool ahead = writer->threaded && (*ran > 1 || queue_has_more(writer));
    enum db_commit outcome = ahead ? db_commit_ahead(writer->db) : db_commit(writer->db);
    if (outcome == DB_COMMIT_YES || (outcome == DB_COMMIT_UNKNOWN && group_is_stored(writer))) {
        parts_publish(writer);
        writer->held_begun_us = begun;
        writer->held_committing_us = committing;
        hold(writer, commands, *ran);
        return true;
    }
    tell_rolled_back(writer, *ran);
    parts_undo(writer);
    return false;
}

static void count(struct writer *writer, uint64_t *figure, int by) {
    pthread_mutex_lock(&writer->lock);
    *figure += (uint64_t)by;
    pthread_mutex_unlock(&writer->lock);
}

/* Each alone, so that only the one that the store does not take fails. */
static void group_retry(struct writer *writer, struct command **commands, int commands_count) {
    count(writer, &writer->figures.retried_groups, 1);
    for (int i = 0; i < commands_count; i++) {
        int one = 1, ran;
        if (group_run(writer, &commands[i], &one, one, &ran)) continue;
        count(writer, &writer->figures.failed_commands, 1);
        commands[i]->done(commands[i], COMMAND_FAILED);
    }
}

static void checkpoint(struct writer *writer) {
    int64_t begun = clock_mono_us();
    struct db_wal wal;
    db_checkpoint(writer->db, writer->config.checkpoint_frames, &wal);
    uint64_t took = (uint64_t)(clock_mono_us() - begun);
    writer->log_above = wal.above;
    pthread_mutex_lock(&writer->lock);
    struct writer_figures *f = &writer->figures;
    f->wal_frames = wal.frames;
    if (wal.frames > f->wal_frames_max) f->wal_frames_max = wal.frames;
    f->wal_above = wal.above;
    if (took > f->checkpoint_us_max) f->checkpoint_us_max = took;
    pthread_mutex_unlock(&writer->lock);
}

static int refuse(struct writer *writer, struct command **commands, int commands_count) {
    count(writer, &writer->figures.refused_commands, commands_count);
    for (int i = 0; i < commands_count; i++) commands[i]->done(commands[i], COMMAND_REFUSED);
    return commands_count;
}

static int step(struct writer *writer, bool wait) {
    struct command *commands[GROUP_MAX];
    int most = writer->config.group_commands_max, taken = queue_take(writer, commands, most, wait), ran = 0;
    look_at_held(writer);
    if (taken > 0 && !clock_believed(writer)) return refuse(writer, commands, taken);
    if (taken > 0 && !group_run(writer, commands, &taken, most, &ran)) group_retry(writer, commands, ran);
    queue_return(writer, commands + ran, taken - ran);
    checkpoint(writer);
    return ran;
}

int writer_step(struct writer *writer) {
    return step(writer, false);
}

/* --- its life --- */

static struct writer_config with_defaults(struct writer_config config) {
    if (config.queue_max == 0) config.queue_max = 4096;
    if (config.group_commands_max == 0) config.group_commands_max = 256;
    if (config.group_commands_max > GROUP_MAX) config.group_commands_max = GROUP_MAX;
    if (config.group_ms_max == 0) config.group_ms_max = 5;
    if (config.checkpoint_frames == 0) config.checkpoint_frames = 3000;
    if (!config.wall_ms) config.wall_ms = clock_real_now_ms;
    if (!config.steady_ms) config.steady_ms = clock_boot_ms;
    return config;
}

enum err writer_open(const struct writer_config *config, struct writer **out) {
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer) log_fatal("writer: no memory");
    writer->config = with_defaults(*config);
    writer->last = &writer->first;
    pthread_mutex_init(&writer->lock, NULL);
    thread_condition_init(&writer->more);
    clock_believe(writer);
    enum err err = db_open(&config->store, DB_WRITER, &writer->db);
    if (err == ERR_OK) err = db_migrate(writer->db);
    if (err != ERR_OK) {
        writer_stop(writer);
        return err;
    }
    writer->group = (struct group){.db = writer->db, .floor = config->floor};
    *out = writer;
    return ERR_OK;
}

struct db *writer_db(struct writer *writer) {
    assert(!writer->threaded);
    return writer->db;
}

void writer_add_part(struct writer *writer, struct writer_part part) {
    assert(!writer->threaded && writer->config.parts_count < WRITER_PARTS_MAX);
    writer->config.parts[writer->config.parts_count++] = part;
}

void writer_set_floor(struct writer *writer, void *floor) {
    assert(!writer->threaded);
    writer->group.floor = floor;
}

static bool finished(struct writer *writer) {
    pthread_mutex_lock(&writer->lock);
    bool end = writer->stopping && !writer->first;
    pthread_mutex_unlock(&writer->lock);
    return end;
}

static void *writer_thread(void *arg) {
    struct writer *writer = arg;
    while (!finished(writer)) step(writer, true);
    await_held(writer);
    return NULL;
}

enum err writer_start(struct writer *writer) {
    clock_believed(writer); /* says so at once when it is not */
    db_on_arrival(writer->db, arrived, writer);
    writer->threaded = true; /* the thread reads it */
    if (thread_start("writer", writer_thread, writer, &writer->thread)) return ERR_OK;
    writer->threaded = false;
    return ERR_INTERNAL;
}

void writer_stop(struct writer *writer) {
    if (!writer) return;
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_broadcast(&writer->more);
    pthread_mutex_unlock(&writer->lock);
    if (writer->threaded) pthread_join(writer->thread, NULL);
    writer->threaded = false;
    while (writer->db && step(writer, false) > 0) {}
    db_close(writer->db); /* copies the log */
    pthread_cond_destroy(&writer->more);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}

struct writer_figures writer_figures(struct writer *writer) {
    pthread_mutex_lock(&writer->lock);
    struct writer_figures figures = writer->figures;
    figures.waiting = writer->queued;
    pthread_mutex_unlock(&writer->lock);
    return figures;
}

struct histogram *writer_commits(struct writer *writer) {
    return &writer->commits;
}
