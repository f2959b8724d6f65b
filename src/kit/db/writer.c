/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/db/writer.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { GROUP_MAX = 1024, CLOCK_JUMP_MS = 3600 * 1000, REOPEN_TRIES = 120, REOPEN_PAUSE_US = 500 * 1000 };

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

    int64_t clock_wall_ms, clock_mono_ms; /* when the clock was last believed */
    _Atomic bool clock_jumped;
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

/* All that wait, at most GROUP_MAX; blocks for the first one when `wait`. */
static int queue_take(struct writer *writer, struct command **out, int most, bool wait) {
    int count = 0;
    pthread_mutex_lock(&writer->lock);
    while (wait && !writer->first && !writer->stopping) pthread_cond_wait(&writer->more, &writer->lock);
    while (writer->first && count < most) {
        struct command *command = writer->first;
        writer->first = command->next;
        writer->queued--;
        out[count++] = command;
    }
    if (!writer->first) writer->last = &writer->first;
    pthread_mutex_unlock(&writer->lock);
    return count;
}

/* Commands that a full group did not take go back to the front, in order. */
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

/* A wall clock that jumped more than an hour against the monotonic one is not believed until an operator accepts it. */
static bool clock_believed(struct writer *writer) {
    int64_t wall = clock_real_now_ms(), mono = clock_mono_ms();
    int64_t drift = (wall - writer->clock_wall_ms) - (mono - writer->clock_mono_ms);
    if (drift > CLOCK_JUMP_MS || drift < -CLOCK_JUMP_MS) {
        if (!atomic_exchange(&writer->clock_jumped, true))
            log_error("clock: jumped by %lld ms; writing stops until it is accepted", (long long)drift);
    } else if (!atomic_load(&writer->clock_jumped)) {
        writer->clock_wall_ms = wall;
        writer->clock_mono_ms = mono;
    }
    return !atomic_load(&writer->clock_jumped);
}

void writer_accept_clock(struct writer *writer) {
    pthread_mutex_lock(&writer->lock);
    writer->clock_wall_ms = clock_real_now_ms();
    writer->clock_mono_ms = clock_mono_ms();
    atomic_store(&writer->clock_jumped, false);
    pthread_mutex_unlock(&writer->lock);
}

bool writer_clock_jumped(struct writer *writer) {
    return atomic_load(&writer->clock_jumped);
}

void writer_set_least_time(struct writer *writer, int64_t now_ms) {
    if (now_ms > writer->group.now_ms) writer->group.now_ms = now_ms;
}

/* --- one group --- */

static void parts_mark(struct writer *writer) {
    int64_t now = clock_now_ms();
    if (now > writer->group.now_ms) writer->group.now_ms = now;
    for (int i = 0; i < writer->config.parts_count; i++)
        writer->config.parts[i].mark(writer->config.parts[i].arg, writer->group.now_ms);
}

static void parts_flush(struct writer *writer) {
    for (int i = 0; i < writer->config.parts_count; i++)
        writer->config.parts[i].flush(writer->config.parts[i].arg, writer->db);
}

static void parts_publish(struct writer *writer) {
    for (int i = 0; i < writer->config.parts_count; i++)
        writer->config.parts[i].publish(writer->config.parts[i].arg, writer->group.now_ms);
}

static void parts_undo(struct writer *writer) {
    for (int i = writer->config.parts_count; i-- > 0;)
        writer->config.parts[i].undo(writer->config.parts[i].arg);
}

/* After an unknown COMMIT: the connection and the lock again, then the parts say whether the group is there. */
static bool group_is_stored(struct writer *writer) {
    for (int i = 0; i < REOPEN_TRIES; i++) {
        if (db_reopen(writer->db) == ERR_OK) break;
        if (i + 1 == REOPEN_TRIES) log_fatal("store: lost while committing, and out of reach since");
        usleep(REOPEN_PAUSE_US);
    }
    db_begin(writer->db);
    bool asked = false, stored = true;
    for (int i = 0; i < writer->config.parts_count; i++) {
        if (!writer->config.parts[i].stored) continue;
        asked = true;
        stored = stored && writer->config.parts[i].stored(writer->config.parts[i].arg, writer->db);
    }
    if (!asked || db_commit(writer->db) != DB_COMMIT_YES)
        log_fatal("store: cannot tell whether the last group is stored");
    return stored;
}

/* Runs commands[0..count) in one transaction, fewer when the time is up; returns how many it ran, negative when all was undone. */
static int group_run(struct writer *writer, struct command **commands, int count, uint64_t *commit_us) {
    int64_t until = clock_mono_us() + (int64_t)writer->config.group_ms_max * 1000;
    int ran = 0;
    parts_mark(writer);
    db_begin(writer->db);
    while (ran < count && !db_failed(writer->db) && (ran == 0 || clock_mono_us() < until)) {
        commands[ran]->run(commands[ran], &writer->group);
        ran++;
    }
    if (!db_failed(writer->db)) parts_flush(writer);
    int64_t begun = clock_mono_us();
    enum db_commit outcome = db_commit(writer->db);
    *commit_us = (uint64_t)(clock_mono_us() - begun);
    bool stored = outcome == DB_COMMIT_YES || (outcome == DB_COMMIT_UNKNOWN && group_is_stored(writer));
    if (stored) {
        parts_publish(writer);
        return ran;
    }
    log_warn("store: a group of %d was rolled back: %s", ran, db_fault(writer->db));
    parts_undo(writer);
    return -ran;
}

static void figures_add(struct writer *writer, int commands, uint64_t commit_us, uint64_t group_us) {
    pthread_mutex_lock(&writer->lock);
    struct writer_figures *f = &writer->figures;
    f->groups++;
    f->commands += (uint64_t)commands;
    f->commit_us_total += commit_us;
    if (commit_us > f->commit_us_max) f->commit_us_max = commit_us;
    if (group_us > f->group_us_max) f->group_us_max = group_us;
    pthread_mutex_unlock(&writer->lock);
}

static void checkpoint(struct writer *writer, int frames_min) {
    int64_t begun = clock_mono_us();
    struct db_wal wal;
    db_checkpoint(writer->db, frames_min, &wal);
    uint64_t took = (uint64_t)(clock_mono_us() - begun);
    pthread_mutex_lock(&writer->lock);
    writer->figures.wal_frames = wal.frames;
    if (took > writer->figures.checkpoint_us_max) writer->figures.checkpoint_us_max = took;
    pthread_mutex_unlock(&writer->lock);
}

/* Each alone, so that only the one that the store does not take fails. */
static void group_retry(struct writer *writer, struct command **commands, int count) {
    pthread_mutex_lock(&writer->lock);
    writer->figures.retried_groups++;
    pthread_mutex_unlock(&writer->lock);
    for (int i = 0; i < count; i++) {
        uint64_t commit_us;
        bool done = group_run(writer, &commands[i], 1, &commit_us) > 0;
        figures_add(writer, done, commit_us, commit_us);
        if (!done) {
            pthread_mutex_lock(&writer->lock);
            writer->figures.failed_commands++;
            pthread_mutex_unlock(&writer->lock);
        }
        commands[i]->done(commands[i], done ? COMMAND_DONE : COMMAND_FAILED);
    }
}

static int step(struct writer *writer, bool wait) {
    struct command *commands[GROUP_MAX];
    int count = queue_take(writer, commands, writer->config.group_commands_max, wait);
    if (count == 0) return 0;
    if (!clock_believed(writer)) {
        for (int i = 0; i < count; i++) commands[i]->done(commands[i], COMMAND_REFUSED);
        return count;
    }
    int64_t begun = clock_mono_us();
    uint64_t commit_us;
    int ran = group_run(writer, commands, count, &commit_us);
    if (ran > 0) {
        figures_add(writer, ran, commit_us, (uint64_t)(clock_mono_us() - begun));
        for (int i = 0; i < ran; i++) commands[i]->done(commands[i], COMMAND_DONE);
    } else {
        ran = -ran;
        group_retry(writer, commands, ran);
    }
    if (ran < count) queue_return(writer, commands + ran, count - ran);
    checkpoint(writer, writer->config.checkpoint_frames);
    return ran;
}

int writer_step(struct writer *writer) {
    return step(writer, false);
}

/* --- its life --- */

enum err writer_open(const struct writer_config *config, struct writer **out) {
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer) log_fatal("writer: no memory");
    writer->config = *config;
    if (writer->config.queue_max == 0) writer->config.queue_max = 4096;
    if (writer->config.group_commands_max == 0) writer->config.group_commands_max = 256;
    if (writer->config.group_commands_max > GROUP_MAX) writer->config.group_commands_max = GROUP_MAX;
    if (writer->config.group_ms_max == 0) writer->config.group_ms_max = 5;
    if (writer->config.checkpoint_frames == 0) writer->config.checkpoint_frames = 1000;
    writer->last = &writer->first;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->more, NULL);
    writer->clock_wall_ms = clock_real_now_ms();
    writer->clock_mono_ms = clock_mono_ms();
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
    return NULL;
}

enum err writer_start(struct writer *writer) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    writer->threaded = pthread_create(&writer->thread, NULL, writer_thread, writer) == 0;
    if (writer->threaded) pthread_setname_np(writer->thread, "writer");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return writer->threaded ? ERR_OK : ERR_INTERNAL;
}

void writer_stop(struct writer *writer) {
    if (!writer) return;
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_broadcast(&writer->more);
    pthread_mutex_unlock(&writer->lock);
    if (writer->threaded) pthread_join(writer->thread, NULL);
    while (writer->db && step(writer, false) > 0) {}
    if (writer->db) checkpoint(writer, 1);
    db_close(writer->db);
    pthread_cond_destroy(&writer->more);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}

struct writer_figures writer_figures(struct writer *writer) {
    pthread_mutex_lock(&writer->lock);
    struct writer_figures figures = writer->figures;
    pthread_mutex_unlock(&writer->lock);
    return figures;
}
