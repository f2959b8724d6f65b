/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/auditor/auditor.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "kit/db/writer.h"
#include "wallet/books.h"
#include "wallet/tx.h"

enum { TICK_MS = 1000, NICENESS = 15 };

struct auditor {
    struct auditor_config config;
    pthread_t thread;
    int64_t begun_ms;
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool threaded, stopping, under_way;
    int wanted;        /* commands that wait for their turn */
    int64_t failed_ms; /* 0: the last one did not fail */
};

/* --- one at a time --- */

static bool enter_by_clock(struct auditor *auditor) {
    pthread_mutex_lock(&auditor->lock);
    bool free = !auditor->stopping && !auditor->under_way && auditor->wanted == 0;
    if (free) auditor->under_way = true;
    pthread_mutex_unlock(&auditor->lock);
    return free;
}

static bool enter(struct auditor *auditor) {
    pthread_mutex_lock(&auditor->lock);
    auditor->wanted++;
    while (auditor->under_way && !auditor->stopping) pthread_cond_wait(&auditor->change, &auditor->lock);
    auditor->wanted--;
    bool entered = !auditor->stopping;
    if (entered) auditor->under_way = true;
    pthread_mutex_unlock(&auditor->lock);
    return entered;
}

static void leave(struct auditor *auditor) {
    pthread_mutex_lock(&auditor->lock);
    auditor->under_way = false;
    pthread_cond_broadcast(&auditor->change);
    pthread_mutex_unlock(&auditor->lock);
}

/* --- an audit --- */

struct keeping {
    struct command command;
    const struct ledger_audit *audit;
    int64_t took_ms;
    enum command_outcome outcome;
    bool over;
    pthread_mutex_t lock;
    pthread_cond_t done;
};

static void keeping_run(struct command *command, struct group *group) {
    struct keeping *keeping = (struct keeping *)command;
    books_found(tx_of(group), keeping->audit, keeping->took_ms);
}

static void keeping_done(struct command *command, enum command_outcome outcome) {
    struct keeping *keeping = (struct keeping *)command;
    pthread_mutex_lock(&keeping->lock);
    keeping->outcome = outcome;
    keeping->over = true;
    pthread_cond_signal(&keeping->done);
    pthread_mutex_unlock(&keeping->lock);
}

/* Back when it is on the disk. */
static enum err keep(struct auditor *auditor, const struct ledger_audit *audit, int64_t took_ms) {
    static const enum err ends[] =
        {[COMMAND_DONE] = ERR_OK, [COMMAND_FAILED] = ERR_STORE, [COMMAND_REFUSED] = ERR_OVERLOADED};
    struct keeping keeping = {.command = {keeping_run, keeping_done, NULL},
                              .audit = audit,
                              .took_ms = took_ms,
                              .lock = PTHREAD_MUTEX_INITIALIZER,
                              .done = PTHREAD_COND_INITIALIZER};
    writer_submit(auditor->config.writer, &keeping.command);
    pthread_mutex_lock(&keeping.lock);
    while (!keeping.over) pthread_cond_wait(&keeping.done, &keeping.lock);
    pthread_mutex_unlock(&keeping.lock);
    return ends[keeping.outcome];
}

struct reading {
    struct db *db;
    ledger_tell_fn *tell;
    void *arg;
};

/* The next stretch on a new snapshot; a failure is not forgotten by it. */
static bool go_on(void *arg, uint64_t done, uint64_t all) {
    const struct reading *reading = arg;
    if (!reading->tell(reading->arg, done, all)) return false;
    if (db_failed(reading->db)) return true;
    db_rollback(reading->db);
    db_begin(reading->db);
    return true;
}

static enum err prove(struct auditor *auditor, struct db *db, ledger_tell_fn *tell, void *arg,
                      struct ledger_audit *out, int64_t *took_ms) {
    struct reading reading = {db, tell, arg};
    int64_t begun_ms = clock_mono_ms();
    db_begin(db);
    enum err end = ledger_audit_told(auditor->config.ledger, db, go_on, &reading, out);
    db_rollback(db);
    *took_ms = clock_mono_ms() - begun_ms;
    if (end != ERR_OK && end != ERR_CORRUPT) return end;
    enum err kept = keep(auditor, out, *took_ms);
    return kept == ERR_OK ? end : kept;
}

static bool told_to_stop(struct auditor *auditor) {
    pthread_mutex_lock(&auditor->lock);
    bool stopping = auditor->stopping;
    pthread_mutex_unlock(&auditor->lock);
    return stopping;
}

struct asked {
    struct auditor *auditor;
    ledger_tell_fn *tell;
    void *arg;
};

static bool tell_asker(void *arg, uint64_t done, uint64_t all) {
    const struct asked *asked = arg;
    return !told_to_stop(asked->auditor) && asked->tell(asked->arg, done, all);
}

enum err auditor_prove(struct auditor *auditor, struct db *db, ledger_tell_fn *tell, void *arg,
                       struct ledger_audit *out, int64_t *took_ms) {
    struct asked asked = {auditor, tell, arg};
    if (!enter(auditor)) return ERR_STOPPING;
    enum err end = prove(auditor, db, tell_asker, &asked, out, took_ms);
    leave(auditor);
    if (end != ERR_OK && end != ERR_CORRUPT && end != ERR_STOPPING) books_audit_failed(auditor->config.books);
    return end;
}

/* --- by the clock --- */

static int64_t at_most(int64_t ms, int64_t most) {
    return ms < most ? ms : most;
}

int64_t auditor_due_ms(struct auditor *auditor, int64_t now_ms) {
    int64_t every_ms = auditor->config.every_ms, ended_ms = books_audited(auditor->config.books).ended_ms;
    if (every_ms == 0) return 0;
    int64_t due_ms = ended_ms ? ended_ms + every_ms : auditor->begun_ms + at_most(AUDITOR_FIRST_MS, every_ms);
    pthread_mutex_lock(&auditor->lock);
    int64_t again_ms = auditor->failed_ms + at_most(AUDITOR_AGAIN_MS, every_ms);
    if (auditor->failed_ms && again_ms > due_ms) due_ms = again_ms;
    pthread_mutex_unlock(&auditor->lock);
    return due_ms - now_ms > 2 * every_ms ? now_ms : due_ms; /* the clock was set back */
}

/* Unless the server stops, or somebody asks for one. */
static bool keeps_place(void *arg, uint64_t done, uint64_t all) {
    struct auditor *auditor = arg;
    (void)done, (void)all;
    pthread_mutex_lock(&auditor->lock);
    bool keeps = !auditor->stopping && auditor->wanted == 0;
    pthread_mutex_unlock(&auditor->lock);
    return keeps;
}

static void tell_failed(struct auditor *auditor, const char *why) {
    books_audit_failed(auditor->config.books);
    log_warn("books: they could not be audited by the clock: %s; it is tried again", why);
    pthread_mutex_lock(&auditor->lock);
    auditor->failed_ms = clock_now_ms();
    pthread_mutex_unlock(&auditor->lock);
}

static void tell_ended(struct auditor *auditor, enum err end, const struct ledger_audit *audit,
                       int64_t took_ms) {
    if (end == ERR_OK)
        log_info("books: audited by the clock, they hold: %" PRIu64 " entries, %" PRIu64 " accounts, %" PRId64
                 " ms",
                 audit->entries, audit->accounts, took_ms);
    else log_error("books: audited by the clock, they do NOT hold: %s", audit->words);
    pthread_mutex_lock(&auditor->lock);
    auditor->failed_ms = 0;
    pthread_mutex_unlock(&auditor->lock);
}

static void audit_by_clock(struct auditor *auditor) {
    struct ledger_audit audit = {0};
    struct db *db = NULL;
    int64_t took_ms = 0;
    enum err end = db_open(&auditor->config.store, DB_READER, &db);
    if (end == ERR_OK) end = prove(auditor, db, keeps_place, auditor, &audit, &took_ms);
    db_close(db);
    if (end == ERR_OK || end == ERR_CORRUPT) tell_ended(auditor, end, &audit, took_ms);
    else if (end != ERR_STOPPING) tell_failed(auditor, audit.words[0] ? audit.words : err_name(end));
}

static void pause_for(struct auditor *auditor, int64_t ms) {
    int64_t until_ms = clock_mono_ms() + ms;
    pthread_mutex_lock(&auditor->lock);
    while (!auditor->stopping && thread_wait_until(&auditor->change, &auditor->lock, until_ms)) {}
    pthread_mutex_unlock(&auditor->lock);
}

static void *auditor_thread(void *arg) {
    struct auditor *auditor = arg;
    if (setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS) != 0)
        log_warn("books: an audit by the clock is as important as all else: %s", strerror(errno));
    while (!told_to_stop(auditor)) {
        int64_t now_ms = clock_now_ms();
        if (now_ms >= auditor_due_ms(auditor, now_ms) && enter_by_clock(auditor)) {
            audit_by_clock(auditor);
            leave(auditor);
        }
        pause_for(auditor, TICK_MS);
    }
    return NULL;
}

/* --- its life --- */

enum err auditor_start(const struct auditor_config *config, struct auditor **out) {
    struct auditor *auditor = calloc(1, sizeof *auditor);
    if (!auditor) log_fatal("auditor: no memory");
    auditor->config = *config;
    auditor->begun_ms = clock_now_ms();
    pthread_mutex_init(&auditor->lock, NULL);
    thread_condition_init(&auditor->change);
    auditor->threaded =
        config->every_ms > 0 && thread_start("auditor", auditor_thread, auditor, &auditor->thread);
    if (config->every_ms > 0 && !auditor->threaded) {
        auditor_free(auditor);
        return ERR_INTERNAL;
    }
    *out = auditor;
    return ERR_OK;
}

void auditor_stop(struct auditor *auditor) {
    if (!auditor) return;
    pthread_mutex_lock(&auditor->lock);
    auditor->stopping = true;
    pthread_cond_broadcast(&auditor->change);
    pthread_mutex_unlock(&auditor->lock);
    if (auditor->threaded) pthread_join(auditor->thread, NULL);
}

void auditor_free(struct auditor *auditor) {
    if (!auditor) return;
    pthread_cond_destroy(&auditor->change);
    pthread_mutex_destroy(&auditor->lock);
    free(auditor);
}
