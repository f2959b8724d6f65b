/* SPDX-License-Identifier: Apache-2.0 */
/* bill_find: a person's bills that fit a filter, newest first: what is newer than the index from the books, then the index.
 *
 *     struct bill_find *find;
 *     if (bill_find_begin(view, actor, &filter, 0, fault, &find) != ERR_OK) return fault->code;
 *     while (bill_find_next(find, &item)) …
 *     err = bill_find_end(find, fault, &cut);
 *
 * What it costs is bounded: of the books at most FIND_BOOKS_MAX entries are walked (else ERR_BILLS_NOT_READY: the index is being made, which
 * takes seconds), of the index at most FIND_ITEMS_MAX items; then the search is `cut`, and who asks may go on behind the last that was
 * looked at. Words are compared here and never reach SQL. */
#ifndef WALLET_BILL_FIND_H
#define WALLET_BILL_FIND_H

#include "wallet/bill_item.h"

enum { FIND_BOOKS_MAX = 4096, FIND_MOVES_MAX = 20000, FIND_RENAMES_MAX = 4096, FIND_ITEMS_MAX = 300000 };

struct bill_find;
/* Of those with numbers below `before` (0: all). On success end it always. */
enum err bill_find_begin(struct view *view, const struct actor *actor, const struct bill_filter *filter,
                         uint64_t before, struct fault *fault, struct bill_find **out);
/* The item's texts are good until the next call. */
bool bill_find_next(struct bill_find *find, struct bill_item *out);
/* From here on only what was under way at the time, and of the rest some or none, is given (bill_runs_under_way). */
void bill_find_under_way(struct bill_find *find, int64_t at_ms);
/* The number of the last that was looked at, fitting or not. */
uint64_t bill_find_at(const struct bill_find *find);
/* An error: what was given is not all. *cut: it ended at FIND_ITEMS_MAX. */
enum err bill_find_end(struct bill_find *find, struct fault *fault, bool *cut);

/* The number of a payment that was made after the time, of the first few dozen that were; 0: there is none, or it is one of the newest few dozen of all.
 * Numbers rise with the time (bill_item.h), for everybody. */
uint64_t bill_find_moment(struct db *db, int64_t at_ms);

/* The same as a page of whole bills, at most max; *next: the number to go on below, 0: there are no more. */
enum err bill_find_page(struct view *view, const struct actor *actor, const struct bill_filter *filter,
                        uint64_t before, struct bill *out, size_t max, struct fault *fault, size_t *count,
                        uint64_t *next);

/* A month's totals, in +08:00. */
struct bill_month {
    int year, month;
    struct bill_totals totals;
};
enum { MONTHS_MAX = 36 };
/* The newest months that have bills, at most max; *whole: false: the last one's are the newest FIND_ITEMS_MAX bills only. */
enum err bill_find_months(struct view *view, const struct actor *actor, const struct bill_filter *filter,
                          struct bill_month *out, size_t max, struct fault *fault, size_t *count, bool *whole);

#endif
