/* SPDX-License-Identifier: Apache-2.0 */
/* book: the ledger in memory, for the files of this room only.
 *
 *     rows' entries        mark .. next       of the open group: what was applied, and the undo list (each is unfolded to take it back)
 *     accounts             working            change with each entry
 *     published            as of `sequence`   copies, made from the group's entries once it is committed
 *     head                 hash of the newest sealed row
 *
 * The lock guards `published`, `sequence`, `published_ms` and which rows are published; all else is the writer's alone. */
#ifndef LEDGER_BOOK_H
#define LEDGER_BOOK_H

#include <pthread.h>
#include <stdatomic.h>

#include "ledger/accounts.h"
#include "ledger/digest.h"
#include "ledger/hash.h"
#include "ledger/ledger.h"
#include "ledger/pendings.h"
#include "ledger/rows.h"

enum {
    PAGE_ACCOUNTS = 4096,
    DIGEST_SOURCES_MAX = 16,
};

/* How far checkpoints have come. `flushed` is what the open group's flush did; it counts once the group is committed. */
struct checkpoint {
    uint64_t page;         /* the one to write next, in turn */
    uint64_t pages_stored; /* that have a row */
    uint64_t entry;        /* up to which entries have paid for pages */
    uint64_t head_entry;   /* of the newest MAC of the head */
    uint64_t head_groups;  /* since then */
};

struct mark {
    uint64_t next;
    int64_t newest_ms;
    unsigned char head[HASH_SIZE];
};

enum { ENTRIES_RECALLED = 8192 }; /* a power of two; a megabyte, of which only what is used is there */

struct ledger {
    struct ledger_config config;
    unsigned char mac_key[HASH_SIZE];
    struct db *db; /* the writer's */

    struct accounts accounts;
    struct pendings pendings;
    struct rows rows;
    struct digest digest;
    struct hash hash;
    struct row_reader reader; /* for settled pendings */
    struct checkpoint checkpoint, flushed;
    unsigned char *page_bytes; /* room to pack one page */

    uint64_t pendings_touched; /* entries of the open group that are pending or end one that is */
    uint64_t next;             /* number of the next entry */
    int64_t now_ms;            /* the open group's */
    int64_t newest_ms;
    unsigned char head[HASH_SIZE];
    struct mark mark;
    bool open; /* a group is */

    struct ledger_digest_source sources[DIGEST_SOURCES_MAX];
    size_t sources_count;

    pthread_mutex_t lock;
    struct accounts published;
    uint64_t sequence;
    int64_t published_ms;
    pthread_cond_t moved_on; /* sequence rose */
    _Atomic bool committing; /* between a group's flush and its publish or undo */
    struct entry *recalled; /* ENTRIES_RECALLED: what was read last, entry n in place n mod room; no 0: nothing */
};

/* --- ledger.c --- */
void ledger_lock(struct ledger *ledger);
void ledger_unlock(struct ledger *ledger);

/* --- checkpoint.c --- */
void checkpoint_store(struct ledger *ledger,
                      struct db *db); /* with the group's rows: pages and the head's MAC, when due */
enum err checkpoint_load(struct ledger *ledger,
                         struct db *db); /* at the start: pages, then the rows after them */

static inline uint64_t page_of(uint64_t account) {
    return (account - 1) / PAGE_ACCOUNTS;
}

/* --- pending rows (outcome.c) --- */
void outcomes_store(const struct ledger *ledger, struct db *db); /* of the open group */
struct entry_no outcome_read(struct db *db, uint64_t pending);   /* the entry that settled it; 0: none */
/* Open ones with entry > after, rising; at most `most` into out; how many. */
size_t outcomes_open(struct db *db, uint64_t after, uint64_t *out, size_t most);
uint64_t outcomes_count(struct db *db); /* of all pending entries ever */

#endif
