/* SPDX-License-Identifier: Apache-2.0 */
/* pendings: the open pending entries, resident: a hash table by entry number, and a heap of those with a timeout by the time they
 * expire. A pending entry that the open group settles stays, with its outcome, until the group is committed. */
#ifndef LEDGER_PENDINGS_H
#define LEDGER_PENDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/rules.h"

struct pendings {
    struct pending *table; /* open addressing; no 0: free */
    size_t room, count;    /* room is a power of two */
    struct due *heap;
    size_t heap_room, heap_count;
};

void pendings_init(struct pendings *pendings);
void pendings_release(struct pendings *pendings);

struct pending *pendings_find(const struct pendings *pendings,
                              uint64_t no); /* valid until the next add or remove */
void pendings_add(struct pendings *pendings, const struct pending *pending);
void pendings_remove(struct pendings *pendings, uint64_t no); /* one that is not there is fine */

/* The open pending entry that expires first, no later than now; NULL: none. Rows of the heap whose entry has been settled or taken back
 * are dropped as they are met. pendings_wait puts one back after its expiry was undone. */
struct pending *pendings_due(struct pendings *pendings, int64_t now_ms);
void pendings_wait(struct pendings *pendings, const struct pending *pending);

/* Between groups: forgets what the heap holds of settled entries, once that is most of it. */
void pendings_tidy(struct pendings *pendings);

/* The next one with no >= the given in no particular order: for (size_t at = 0; (p = pendings_each(pendings, &at));) */
struct pending *pendings_each(const struct pendings *pendings, size_t *at);

#endif
