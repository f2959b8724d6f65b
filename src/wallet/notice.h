/* SPDX-License-Identifier: Apache-2.0 */
/* notice: what happened to a person's money since the person last looked.
 *
 * Like bills, notices have no table: they are the entries of role OPENS and CHANGES in the chain of the person's account, and those
 * beyond the person's read mark (an entry number) are unread. The words stand in one table, by kind, side and state. */
#ifndef WALLET_NOTICE_H
#define WALLET_NOTICE_H

#include "base/buf.h"
#include "wallet/bill.h"

struct notice {
    struct entry_no entry;    /* ID_NOTICE outside */
    struct bill bill;         /* as it is now */
    enum payment_state state; /* as it was then */
    int64_t at_ms;
    bool read;
};
enum { NOTICES_MAX = 100, NOTICES_UNREAD_MAX = 100 };

/* Newest first; *before: the entry to go on behind, 0 from the newest. */
size_t notice_list(struct view *view, const struct actor *actor, uint64_t *before, struct notice *out,
                   size_t max, bool *more);
/* How many are unread, at most NOTICES_UNREAD_MAX (which reads "99+"). */
int notice_unread(struct view *view, const struct actor *actor);
/* Moves the mark to the newest entry of the account; it never goes back. */
void notice_read(struct tx *tx, const struct actor *actor);

/* Appends the words. */
void notice_text(const struct notice *notice, enum err_language lang, struct buf *out);

#endif
