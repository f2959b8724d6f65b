/* SPDX-License-Identifier: Apache-2.0 */
/* recount: "this looks wrong". The person waits while the whole account is added up again from its entries, from the newest back to the opening:
 * each movement, each balance that an entry carries, and what is held; and the sums are held against what the books keep.
 *
 *     recount_begin(&view, account, &recount);          a snapshot
 *     while (recount_page(&view, &recount)) …           a page a snapshot: the chain behind an entry never changes
 *     if (!recount_agrees(&recount)) recount_stop(tx, actor, &recount);
 *
 * It shares nothing with what keeps the balances (ledger/rules.c): what an entry does is said again here, so that one mistake is not made
 * twice. A page is RECOUNT_PAGE entries, some 20 ms; 10^5 entries take about a second.
 */
#ifndef WALLET_RECOUNT_H
#define WALLET_RECOUNT_H

#include "ledger/ledger.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum { RECOUNT_PAGE = 4096 };

struct recount {
    struct account_no account;
    int64_t kept_posted,
        kept_held;    /* what the books keep: of the newest entry, and in memory when that is as old */
    bool memory_kept; /* the newest entry of the snapshot is the one that memory speaks of */
    struct entry_no newest, sequence;
    int64_t time_ms;
    int64_t count, in_fen, out_fen; /* entries; what came in and went out */
    int64_t posted, held;           /* as added up again */
    bool ended;                     /* at the account's opening */
    struct entry_no bad;            /* the newest entry that does not fit the one before it; 0: none */

    /* the walk */
    struct entry_no at;
    int64_t after; /* the balance that the entry before `at` must carry */
};

/* ERR_INTERNAL: there is no such account. */
enum err recount_begin(struct view *view, struct account_no account, struct fault *fault, struct recount *out);
/* One page further back; false: it is at its end. */
bool recount_page(struct view *view, struct recount *recount);
/* Once it has ended. */
bool recount_agrees(const struct recount *recount);

/* A difference stops the account: nothing leaves and nothing enters, by a freeze of the books' own kind in this transaction, until one of the staff
 * releases it; its figure is withheld meanwhile, and the operator's log says what differs. */
void recount_stop(struct tx *tx, const struct actor *actor, const struct recount *recount);
/* Is the figure withheld: for this person, or for everybody (wallet/books.h)? Asks the store only of an account that a freeze stands on. */
bool recount_withholds(struct view *view, const struct actor *actor);

#endif
