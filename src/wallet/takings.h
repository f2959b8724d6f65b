/* SPDX-License-Identifier: Apache-2.0 */
/* takings: what a shop's account says of a time: what came in, what was given back, what went to the bank and what that cost. Read off the
 * account's chain in the ledger, newest first, so the totals are the ledger's own. A walk has a most; when it was reached, `whole` is
 * false and the figures cover the newest lines only. */
#ifndef WALLET_TAKINGS_H
#define WALLET_TAKINGS_H

#include "wallet/till.h"

enum line_kind { LINE_TAKING, LINE_REFUND, LINE_SETTLEMENT, LINE_FEE };
enum { LINE_KINDS = 4, TAKINGS_WALKED_MAX = 20000, TAKINGS_MONTH_WALKED_MAX = 200000 };

struct takings_line {
    enum line_kind kind;
    struct payment_id payment;
    struct till_id till;
    struct money amount; /* always positive */
    struct money after;  /* the shop's balance behind it */
    int64_t at_ms;
};
/* Lines of [from_ms, until_ms), newest first. False: the walk was cut. opening, closing: the balance before and behind them. */
struct ledger;
struct takings_span {
    struct account_no account;
    int64_t from_ms, until_ms;
    int walked_max;
};
typedef void takings_line_fn(void *arg, const struct takings_line *line);
bool takings_walk(struct ledger *ledger, struct db *db, const struct takings_span *span, takings_line_fn *fn,
                  void *arg, struct money *opening, struct money *closing);

struct takings_sum {
    struct money amount;
    int64_t count;
};

/* A day, in +08:00 (base/civil.h); till 0: all of them. Settlements and fees are of no till. */
enum { TAKINGS_LISTED_MAX = 100 };
struct takings {
    struct takings_sum sums[LINE_KINDS];
    bool whole;
    struct takings_line items[TAKINGS_LISTED_MAX]; /* takings and refunds, newest first */
    size_t listed;
};
void takings_of_day(struct view *view, const struct merchant *merchant, struct till_id till, int64_t day,
                    struct takings *out);

/* The days of a month that had any line. */
struct takings_day {
    int64_t day;
    struct takings_sum sums[LINE_KINDS];
};
enum { MONTH_DAYS_MAX = 31 };
size_t takings_of_month(struct view *view, const struct merchant *merchant, int year, int month,
                        struct takings_day out[MONTH_DAYS_MAX], bool *whole); /* newest first */

/* What came in since then: for a settlement up to that time. False: too much to be walked. */
bool takings_since(struct tx *tx, struct account_no account, int64_t since_ms, struct money *out);

#endif
