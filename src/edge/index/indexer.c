/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/index/indexer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "wallet/bill_gather.h"

enum {
    PASS_ENTRIES = 4000,
    PASS_EVERY_MS = 1000,
    TICK_MS = 200,
    FAILED_WAIT_MS = 2000,
    BATCH_ITEMS = 65536, /* at most so many, and a chunk more, in one run */
    RUNS_ENOUGH = 96,    /* with so many nothing is added before some are merged */
    NICENESS = 15,
};

/* What one who indexes works with; the thread's own, or the caller's alone. */
struct work {
    struct view view; /* of the books */
    struct bill_writing writing;
    struct bill_cursor cursor;
};

struct indexer {
    struct indexer_config config;
    struct db *books, *index;
    struct work work;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool stopping, drop;
    struct indexer_figures figures; /* under the lock */
};

/* --- the work --- */

static uint64_t published(const struct work *work) {
    int64_t time_ms;
    return ledger_sequence(work->view.ledger, &time_ms).n;
}

static enum err work_begin(struct work *work, const struct indexer_config *config, struct db *books,
                           struct db *index) {
    *work = (struct work){.view = {.db = books, .ledger = config->ledger, .keys = config->keys}};
    enum err err = bill_writing_init(&work->writing, index);
    if (err != ERR_OK) return err;
    db_begin(index);
    bool made = bill_index_cursor(index, &work->cursor);
    db_rollback(index);
    db_begin(books);
    bool fits = made && bill_gather_fits(&work->view, &work->cursor);
    db_rollback(books);
    if (fits) return ERR_OK;
    if (made) log_warn("bills: the index was made from other books than these; it is made anew");
    work->cursor = (struct bill_cursor){0};
    return bill_index_drop(&work->writing);
}

static enum err work_drop(struct work *work) {
    work->cursor = (struct bill_cursor){0};
    return bill_index_drop(&work->writing);
}

/* One run more. */
static enum err work_pass(struct work *work, bool *more) {
    struct bill_batch batch = {.cursor = work->cursor};
    enum err err = ERR_OK;
    *more = true;
    while (err == ERR_OK && *more && batch.count < BATCH_ITEMS) {
        struct entry_no upto = {published(work)};
        db_begin(work->view.db);
        err = bill_gather(&work->view, upto, &batch, more);
        db_rollback(work->view.db);
    }
    if (err == ERR_OK) err = bill_index_add(&work->writing, &batch);
    if (err == ERR_OK) work->cursor = batch.cursor;
    bill_batch_release(&batch);
    return err;
}

/* --- the thread --- */

static bool told_to_stop(struct indexer *indexer) {
    pthread_mutex_lock(&indexer->lock);
    bool stopping = indexer->stopping;
    pthread_mutex_unlock(&indexer->lock);
    return stopping;
}

static bool told_to_drop(struct indexer *indexer) {
    pthread_mutex_lock(&indexer->lock);
    bool drop = indexer->drop;
    indexer->drop = false;
    if (drop) indexer->figures.building = true;
    pthread_mutex_unlock(&indexer->lock);
    return drop;
}

static void tell(struct indexer *indexer, enum err err, int64_t took_us, bool more) {
    struct work *work = &indexer->work;
    pthread_mutex_lock(&indexer->lock);
    struct indexer_figures *f = &indexer->figures;
    f->entry = work->cursor.entry;
    f->passes++;
    f->failures += err != ERR_OK;
    if (took_us > f->pass_us_max) f->pass_us_max = took_us;
    if (err == ERR_OK && !more && !indexer->drop) f->building = false;
    pthread_mutex_unlock(&indexer->lock);
}

static void pause_for(struct indexer *indexer, int64_t ms) {
    int64_t until_ms = clock_mono_ms() + ms;
    pthread_mutex_lock(&indexer->lock);
    while (!indexer->stopping && !indexer->drop &&
           thread_wait_until(&indexer->change, &indexer->lock, until_ms)) {}
    pthread_mutex_unlock(&indexer->lock);
}

/* One pass when it is due, or a slice of merging. *idle: there was nothing to do. */
static enum err turn(struct indexer *indexer, int64_t *due_ms, bool *idle) {
    struct work *work = &indexer->work;
    enum err err = ERR_OK;
    bool more = false;
    if (told_to_drop(indexer)) {
        log_info("bills: the index is dropped and made anew");
        err = work_drop(work);
        *due_ms = 0;
    }
    uint64_t behind = published(work) - work->cursor.entry;
    bool due = behind > 0 && (behind >= PASS_ENTRIES || clock_mono_ms() >= *due_ms);
    *idle = !due;
    if (err == ERR_OK && due && work->writing.runs < RUNS_ENOUGH) {
        int64_t begun_us = clock_mono_us();
        err = work_pass(work, &more);
        tell(indexer, err, clock_mono_us() - begun_us, more);
        *due_ms = more ? 0 : clock_mono_ms() + PASS_EVERY_MS;
    }
    if (err == ERR_OK) err = bill_index_merge(&work->writing, &more);
    if (more) *idle = false;
    return err;
}

static void *indexer_thread(void *arg) {
    struct indexer *indexer = arg;
    int64_t due_ms = 0;
    if (setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS) != 0)
        log_warn("bills: the indexer is as important as all else: %s", strerror(errno));
    while (!told_to_stop(indexer)) {
        bool idle = true;
        enum err err = turn(indexer, &due_ms, &idle);
        if (err != ERR_OK) {
            log_warn("bills: the index stands still: %s; questions are answered from the books", err_name(err));
            pause_for(indexer, FAILED_WAIT_MS);
        } else if (idle) {
            pause_for(indexer, TICK_MS);
        }
    }
    return NULL;
}

static void indexer_free(struct indexer *indexer) {
    bill_writing_release(&indexer->work.writing);
    db_close(indexer->books);
    db_close(indexer->index);
    pthread_cond_destroy(&indexer->change);
    pthread_mutex_destroy(&indexer->lock);
    free(indexer);
}

enum err indexer_start(const struct indexer_config *config, struct indexer **out) {
    struct indexer *indexer = calloc(1, sizeof *indexer);
    struct bill_index_place place;
    if (!indexer) log_fatal("bills: no memory");
    indexer->config = *config;
    pthread_mutex_init(&indexer->lock, NULL);
    thread_condition_init(&indexer->change);
    bill_index_place(&config->store, &place);
    enum err err = db_open(&config->store, DB_READER, &indexer->books);
    if (err == ERR_OK) err = bill_index_open(&place, &indexer->index);
    if (err == ERR_OK) err = work_begin(&indexer->work, config, indexer->books, indexer->index);
    if (err == ERR_OK) {
        indexer->figures.entry = indexer->work.cursor.entry;
        indexer->figures.building = indexer->work.cursor.entry == 0;
        if (!thread_start("indexer", indexer_thread, indexer, &indexer->thread)) err = ERR_INTERNAL;
    }
    if (err != ERR_OK) {
        indexer_free(indexer);
        return err;
    }
    *out = indexer;
    return ERR_OK;
}

void indexer_stop(struct indexer *indexer) {
    if (!indexer) return;
    pthread_mutex_lock(&indexer->lock);
    indexer->stopping = true;
    pthread_cond_signal(&indexer->change);
    pthread_mutex_unlock(&indexer->lock);
    pthread_join(indexer->thread, NULL);
    indexer_free(indexer);
}

struct indexer_figures indexer_figures(struct indexer *indexer) {
    int64_t time_ms;
    pthread_mutex_lock(&indexer->lock);
    struct indexer_figures figures = indexer->figures;
    figures.building = figures.building || indexer->drop;
    pthread_mutex_unlock(&indexer->lock);
    figures.newest = ledger_sequence(indexer->config.ledger, &time_ms).n;
    return figures;
}

void indexer_rebuild(struct indexer *indexer) {
    pthread_mutex_lock(&indexer->lock);
    indexer->drop = indexer->figures.building = true;
    indexer->figures.entry = 0;
    indexer->figures.rebuilds++;
    pthread_cond_signal(&indexer->change);
    pthread_mutex_unlock(&indexer->lock);
}

/* --- alone --- */

enum err indexer_rebuild_alone(const struct indexer_config *config, struct db *books,
                               void (*tell)(const struct indexer_figures *figures)) {
    struct bill_index_place place;
    struct db *index = NULL;
    struct work work = {0};
    bill_index_place(&config->store, &place);
    enum err err = bill_index_open(&place, &index);
    if (err == ERR_OK) err = work_begin(&work, config, books, index);
    if (err == ERR_OK) err = work_drop(&work);
    bool merging = false;
    for (bool more = true; err == ERR_OK && (more || merging);) {
        if (more && work.writing.runs < RUNS_ENOUGH) err = work_pass(&work, &more);
        if (err == ERR_OK) err = bill_index_merge(&work.writing, &merging);
        struct indexer_figures figures = {.entry = work.cursor.entry,
                                          .newest = published(&work),
                                          .building = true};
        if (tell) tell(&figures);
    }
    bill_writing_release(&work.writing);
    db_close(index);
    return err;
}
