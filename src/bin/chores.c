/* SPDX-License-Identifier: Apache-2.0 */
#include "bin/chores.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "kit/db/writer.h"
#include "wallet/books.h"
#include "wallet/charge.h"
#include "wallet/freeze.h"
#include "wallet/refund.h"
#include "wallet/settlement.h"
#include "wallet/transfer.h"

enum {
    TRANSFERS_A_TIME = 32,
    REFUNDS_A_TIME = 32,
    CHARGES_A_TIME = 32,
    SETTLEMENTS_A_TIME = 32,
    FREEZES_A_TIME = 32,
    FREEZES_COVERED_A_TIME = 256,
    TICK_MS = 250
};

/* Says whether there is more to do at once. */
static bool transfers_due(struct tx *tx) {
    return transfer_due(tx, TRANSFERS_A_TIME) > 0;
}

static bool refund_due(struct tx *tx) {
    return refund_end_due(tx, REFUNDS_A_TIME) == REFUNDS_A_TIME;
}

static bool charges_due(struct tx *tx) {
    return charge_lapse_due(tx, CHARGES_A_TIME) == CHARGES_A_TIME;
}

static bool settlements_due(struct tx *tx) {
    return settlement_run_due(tx, SETTLEMENTS_A_TIME) > 0;
}

/* One that could not begin yet waits for the next turn. */
static bool freezes_begin(struct tx *tx) {
    freeze_begin_due(tx, FREEZES_A_TIME);
    return false;
}

static bool freezes_expire(struct tx *tx) {
    return freeze_expire_due(tx, FREEZES_A_TIME) == FREEZES_A_TIME;
}

static bool freezes_cover(struct tx *tx) {
    freeze_cover_due(tx, FREEZES_COVERED_A_TIME);
    return false;
}

static bool books_due(struct tx *tx) {
    books_act(tx);
    return false;
}

static const struct row {
    const char *name;
    int every_ms;
    bool (*run)(struct tx *tx);
    bool anyway; /* also while all figures are being checked (wallet/books.h) */
} rows[] = {
    {"stop what an audit found while no server ran", 1000, books_due, true},
    {"transfers that arrive, and those that nobody accepted", 1000, transfers_due, false},
    {"bring refunds that a card did not take to the balance", 1000, refund_due, false},
    {"charges that nobody confirmed", 1000, charges_due, false},
    {"settle the shops whose day is over", 1000, settlements_due, false},
    {"freezes whose time has come", 1000, freezes_begin, false},
    {"freezes whose time is over", 1000, freezes_expire, false},
    {"hold what has come in for a freeze of an amount", 1000, freezes_cover, false},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

struct chore {
    struct command command;
    struct chores *chores;
    const struct row *row;
    int64_t due_ms; /* monotonic */
    bool under_way, more;
};

struct chores {
    struct writer *writer;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool stopping;
    struct chore chores[ROWS];
};

static void chore_run(struct command *command, struct group *group) {
    struct chore *chore = (struct chore *)command;
    struct tx *tx = tx_of(group);
    chore->more = (chore->row->anyway || !books_everybody(tx->books)) && chore->row->run(tx);
}

static void chore_done(struct command *command, enum command_outcome outcome) {
    struct chore *chore = (struct chore *)command;
    struct chores *chores = chore->chores;
    if (outcome == COMMAND_FAILED) log_warn("chore: %s: the store did not take it", chore->row->name);
    pthread_mutex_lock(&chores->lock);
    chore->under_way = false;
    chore->due_ms = clock_mono_ms() + (outcome == COMMAND_DONE && chore->more ? 0 : chore->row->every_ms);
    pthread_cond_signal(&chores->change);
    pthread_mutex_unlock(&chores->lock);
}

/* The next chore that is due; marks it under way. The lock is held. */
static struct chore *take_due(struct chores *chores) {
    for (int i = 0; i < ROWS; i++) {
        struct chore *chore = &chores->chores[i];
        if (chore->under_way || chore->due_ms > clock_mono_ms()) continue;
        chore->under_way = true;
        return chore;
    }
    return NULL;
}

static bool any_under_way(const struct chores *chores) {
    for (int i = 0; i < ROWS; i++)
        if (chores->chores[i].under_way) return true;
    return false;
}

static void *chores_thread(void *arg) {
    struct chores *chores = arg;
    pthread_mutex_lock(&chores->lock);
    while (!chores->stopping || any_under_way(chores)) {
        struct chore *chore = chores->stopping ? NULL : take_due(chores);
        if (!chore) {
            thread_wait_until(&chores->change, &chores->lock, clock_mono_ms() + TICK_MS);
            continue;
        }
        pthread_mutex_unlock(&chores->lock);
        writer_submit(chores->writer, &chore->command);
        pthread_mutex_lock(&chores->lock);
    }
    pthread_mutex_unlock(&chores->lock);
    return NULL;
}

enum err chores_start(struct writer *writer, struct chores **out) {
    struct chores *chores = calloc(1, sizeof *chores);
    if (!chores) log_fatal("chores: no memory");
    chores->writer = writer;
    pthread_mutex_init(&chores->lock, NULL);
    thread_condition_init(&chores->change);
    for (int i = 0; i < ROWS; i++)
        chores->chores[i] = (struct chore){.command = {.run = chore_run, .done = chore_done},
                                           .chores = chores,
                                           .row = &rows[i]};
    if (!thread_start("chores", chores_thread, chores, &chores->thread)) {
        free(chores);
        return ERR_INTERNAL;
    }
    *out = chores;
    return ERR_OK;
}

void chores_stop(struct chores *chores) {
    if (!chores) return;
    pthread_mutex_lock(&chores->lock);
    chores->stopping = true;
    pthread_cond_signal(&chores->change);
    pthread_mutex_unlock(&chores->lock);
    pthread_join(chores->thread, NULL);
    pthread_cond_destroy(&chores->change);
    pthread_mutex_destroy(&chores->lock);
    free(chores);
}
