/* SPDX-License-Identifier: Apache-2.0 */
/* indexer: the thread that keeps the index of the bills (wallet/bill_index.h) behind the commit: it reads the books on a reader's
 * connection, writes the index on one of its own, and is less important than any payment (its niceness). The writer's queue never sees it.
 *
 * It goes to work when PASS_ENTRIES entries are new, or some are and PASS_EVERY_MS are over; in between it merges. What it has not reached
 * is read from the books by whoever asks. */
#ifndef EDGE_INDEX_INDEXER_H
#define EDGE_INDEX_INDEXER_H

#include "wallet/bill_index.h"

struct indexer;

struct indexer_config {
    struct db_config store;
    struct ledger *ledger;
    const struct keys *keys;
};

struct indexer_figures {
    uint64_t entry, newest; /* how far it is, and how far the books are */
    uint64_t passes, failures, rebuilds;
    int64_t pass_us_max;
    bool building; /* the first time, or again */
};

/* Opens the index, and drops it when it is not of these books; then the thread. After the ledger was opened. */
enum err indexer_start(const struct indexer_config *config, struct indexer **out);
void indexer_stop(struct indexer *indexer); /* before the ledger is closed; NULL is fine */
struct indexer_figures indexer_figures(struct indexer *indexer); /* any thread */
/* Drops the index and begins anew; returns at once. */
void indexer_rebuild(struct indexer *indexer);

/* The same where no server runs, by the caller's own hand: `books` is the connection that holds the store. tell: now and then; may be NULL. */
enum err indexer_rebuild_alone(const struct indexer_config *config, struct db *books,
                               void (*tell)(const struct indexer_figures *figures));

#endif
