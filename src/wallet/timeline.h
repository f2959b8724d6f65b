/* SPDX-License-Identifier: Apache-2.0 */
/* timeline: the balance over days or months, and what came in and went out in each: the picture of where the money went, own moves included.
 *
 * One pass over the bills, newest first, names for each end of a day the oldest bill that is younger; the balance then is found from its entry
 * backwards, as explain.h does it for one moment. Days and months are those of +08:00. */
#ifndef WALLET_TIMELINE_H
#define WALLET_TIMELINE_H

#include "wallet/bill_item.h"

enum timeline_step { TIMELINE_DAY, TIMELINE_MONTH };
enum { TIMELINE_POINTS_MAX = 62 };

struct timeline_point {
    int64_t from_ms, until_ms;       /* from <= t < until; the newest ends now */
    int64_t posted;                  /* at its end */
    int64_t in_fen, out_fen;         /* from and to others */
    int64_t own_in_fen, own_out_fen; /* between the balance and one's own cards and pocket */
    int count;
};
/* The newest `count` days or months, oldest first; *made: how many (none before the wallet was opened). ERR_BILLS_NOT_READY,
 * ERR_BOOKS_CHECKED (the figures are withheld). */
enum err timeline(struct view *view, const struct actor *actor, enum timeline_step step, size_t count,
                  struct fault *fault, struct timeline_point out[TIMELINE_POINTS_MAX], size_t *made);

#endif
