/* SPDX-License-Identifier: Apache-2.0 */
/* replay: folds rows of the store into accounts, checking every hash, number, time, back-pointer and balance after on the way. The start
 * replays what its checkpoints do not have yet; the audit replays everything, from nothing, and asks the rules about each entry again.
 *
 * The first thing that does not hold ends it: bad names the entry, words say what. A row whose hash is wrong though each of its entries
 * seems right is named by its first entry. */
#ifndef LEDGER_REPLAY_H
#define LEDGER_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "ledger/accounts.h"
#include "ledger/hash.h"
#include "ledger/pendings.h"
#include "ledger/rows.h"

struct replay {
    struct accounts *accounts;
    struct pendings *pendings; /* open ones; what is settled is taken out */
    struct hash *hash;
    struct row_reader *older; /* finds pending entries from before the replay; NULL: there is no before */
    const uint64_t *known; /* by page: the entry up to which the accounts are right already; NULL: none are */
    bool strict;           /* asks the rules again */

    uint64_t next; /* number of the next entry */
    int64_t newest_ms;
    unsigned char head[HASH_SIZE];
    uint64_t head_entry; /* where the chain must have head_hash; 0: nowhere */
    unsigned char head_hash[HASH_SIZE];

    uint64_t rows, bad;
    char words[160];
};

/* body must live until it returns. */
bool replay_row(struct replay *replay, uint64_t first, struct text body);
/* Says that entry `bad` is wrong; false, so that it can be returned. */
bool replay_bad(struct replay *replay, uint64_t bad, const char *words);

#endif
