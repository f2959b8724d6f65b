/* SPDX-License-Identifier: Apache-2.0 */
/* bill_index: everybody's bills in short (bill_block.h), sorted by person, for filters, search, totals and export. Made from the books
 * behind the commit, by one thread (edge/index/indexer.h); nothing of the money waits for it and nothing is lost with it.
 *
 *     books  ......................|S .........| newest      entries of the ledger
 *     runs   [  level 2  ][ 1 ][ 1 ][0][0]                   each sorted by (account, number), in blocks of some 4 KiB
 *
 * A pass reads the next entries that open bills, and the refusals beside them, into one more run of level 0; RUNS_MERGED runs of a level that
 * lie side by side are merged into one of the next, a slice of a few hundred blocks a transaction. A bill that changed (payment_move)
 * is written again, and what lies in a younger run counts. So writing costs a little more than copying, and a question reads at most some
 * thirty runs.
 *
 * What the cursor says:  entry   all bills opened by entries up to it are in the runs, and none that was opened later
 *                        refusal, move, rename   the same for the numbers of those rows
 *                        seen, hash   the newest entry of the books that anything was read from, and what the ledger's row there hashes to
 * Whoever asks takes the snapshot of the index first and that of the books second, and reads what the cursor does not cover from the books
 * (bill_find.c): so an answer is as new as the commit, whether the index is a second behind or not made yet.
 *
 * It cannot be ahead of its books: only what is committed and synced can be read, and the cursor is committed with what was read. A store
 * that was restored from an older copy, or is another one, does not have that hash at that entry: then the index is dropped. */
#ifndef WALLET_BILL_INDEX_H
#define WALLET_BILL_INDEX_H

#include "ledger/ledger.h"
#include "wallet/bill_block.h"

enum { RUNS_MERGED = 8, RUNS_MAX = 128 };

struct bill_cursor {
    uint64_t entry, refusal, move, rename, seen;
    unsigned char hash[32];
};

/* Where the index of a store is: SQLite beside it, PostgreSQL in it. */
struct bill_index_place {
    struct db_config config;
    char path[300];
};
void bill_index_place(const struct db_config *store, struct bill_index_place *out);
/* Opens it for writing; makes the tables of SQLite's file. A file that cannot be read is put away and made anew. */
enum err bill_index_open(const struct bill_index_place *place, struct db **out);
/* For a reader: its own connection, or (PostgreSQL) the store's own, `books`. NULL: there is none, and all comes from the books. */
struct db *bill_index_reader(const struct bill_index_place *place, struct db *books);

/* A reader's snapshot, to be taken before that of the books, so that it never knows more; on PostgreSQL it is theirs. NULL: there is no index, or it cannot
 * be read. */
struct db *bill_index_begin(struct db *index, struct db *books);
void bill_index_end(struct db *index, struct db *books);

/* In a transaction of either connection. False: nothing is indexed (the cursor is all zero), or it is of another version. */
bool bill_index_cursor(struct db *index, struct bill_cursor *out);

/* --- writing: one thread, each call one transaction of its own --- */

/* What a pass has gathered. */
struct bill_batch {
    struct bill_item *items;
    size_t count, room;
    char *texts; /* of the items, by offsets until bill_batch_seal */
    size_t texts_size, texts_room;
    struct bill_cursor cursor;
};
void bill_batch_release(struct bill_batch *batch);
void bill_batch_add(struct bill_batch *batch, const struct bill_item *item);

struct bill_merge;
struct bill_writing {
    struct db *db;
    uint64_t next_run, next_block;
    size_t runs;              /* live ones: below RUNS_MAX, so merge before you add to so many */
    struct bill_merge *merge; /* the one under way; NULL: none */
    bool log_above; /* SQLite: its log is above its bound, and readers wait: a merge, or none, copies more */
};
/* Looks at what is there and throws away what a stopped merge left. */
enum err bill_writing_init(struct bill_writing *writing, struct db *index);
void bill_writing_release(struct bill_writing *writing);
enum err bill_index_drop(struct bill_writing *writing);
/* One more run, and the cursor. Of several items of one bill the last counts. */
enum err bill_index_add(struct bill_writing *writing, struct bill_batch *batch);
/* A slice of merging; *more: there is more to do at once. */
enum err bill_index_merge(struct bill_writing *writing, bool *more);

struct bill_index_figures {
    uint64_t runs, blocks, items;
};
void bill_index_figures(struct db *index, struct bill_index_figures *out);

/* --- reading: one account's items, newest first --- */

struct bill_runs;
/* Those with ids < before (0: all). NULL: no memory. End it always. */
struct bill_runs *bill_runs_begin(struct db *index, struct account_no account, uint64_t before);
/* The item's texts are good until the next call. */
bool bill_runs_next(struct bill_runs *runs, struct bill_item *out);
/* From here on blocks in which all was over by then are passed by: who asks gets every item that was under way at that time, of the others some
 * or none, and for an item that was written again maybe an older copy of it. */
void bill_runs_under_way(struct bill_runs *runs, int64_t at_ms);
void bill_runs_end(struct bill_runs *runs);

#endif
