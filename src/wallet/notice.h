/* SPDX-License-Identifier: Apache-2.0 */
/* notice: what happened to a person's money since the person last looked.
 *
 * Like bills, notices have no table: they are the entries of role OPENS and CHANGES in the chain of the person's account, and those
 * beyond the person's read mark (an entry number) are unread. The words stand in one table, by kind, side and state. Among them stand the
 * refusals that the person did not see happen (refusal_told), with their own words, and what we said in the person's cases (case_told);
 * these two share a mark of their own, as their numbers come from one sequence. A freeze is an entry of the chain like a payment: that it
 * began, that more of its amount is held, and that it is over are notices too. */
#ifndef WALLET_NOTICE_H
#define WALLET_NOTICE_H

#include "base/buf.h"
#include "wallet/bill.h"
#include "wallet/case.h"
#include "wallet/freeze.h"

struct notice {
    struct entry_no entry; /* ID_NOTICE outside; 0: a refusal, bill.refusal */
    struct bill bill;      /* as it is now */
    struct case_line line; /* what we said in a case of the person's; of_case 0: none, and then a bill */
    enum case_kind case_kind;
    enum freeze_event freeze_event; /* not FREEZE_NO_EVENT: what happened to this freeze, and then no bill */
    struct freeze freeze;           /* as it is now */
    int64_t held_fen;               /* of the amount, by then */
    enum payment_state state;       /* as it was then */
    int64_t at_ms;
    bool read;
};
enum { NOTICES_MAX = 100, NOTICES_UNREAD_MAX = 100 };

/* Where a list goes on: behind this entry, this refusal and this line of a case; all zero: from the newest. */
struct notice_position {
    uint64_t entry, refusal, line;
};
/* Newest first. */
size_t notice_list(struct view *view, const struct actor *actor, struct notice_position *position,
                   struct notice *out, size_t max, bool *more);
/* How many are unread, at most NOTICES_UNREAD_MAX (which reads "99+"). */
int notice_unread(struct view *view, const struct actor *actor);
/* The newest that there is: an entry, and a refusal or a line of a case (their numbers come from one sequence); 0: none. */
struct notice_mark {
    uint64_t entry, told;
};
struct notice_mark notice_newest(struct view *view, const struct actor *actor);
/* Moves the read marks, the actor's too, up to what was shown, or NULL: to the newest there is; they never go back. What came since then
 * stays unread. */
void notice_read(struct tx *tx, struct actor *actor, const struct notice_mark *shown);

/* Appends the words. */
void notice_text(const struct notice *notice, enum err_language lang, struct buf *out);

#endif
