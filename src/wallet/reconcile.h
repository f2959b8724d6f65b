/* SPDX-License-Identifier: Apache-2.0 */
/* reconcile: the day's end with the banks. A bank's statement of a day (concepts of camt.053: opening and closing balance, and each booking
 * with our message, its reference, amount and time) is kept once and held against our orders, line by line and leg by leg:
 *
 *     MISSING_HERE    the bank booked what we do not take as done (no order of ours, declined, in doubt)
 *     MISSING_THERE   we take an order as done that the bank has not booked
 *     AMOUNT          the same order with another amount, or in the other direction
 *     TWICE           one order, booked more than once
 *     OPENING         the opening balance is not the closing one of the day before
 *     BALANCE         the closing balance is not the sum of our orders up to that moment
 *     LEDGER          our ledger's settlement account is not the sum of our orders
 *
 * Times are the bank's, so an order that crosses midnight belongs to the day on which the bank booked it. An order in doubt is no
 * difference while it is asked about; it becomes one when the bank has booked it. */
#ifndef WALLET_RECONCILE_H
#define WALLET_RECONCILE_H

#include "wallet/bank.h"

enum { STATEMENT_MESSAGE_MAX = 40, STATEMENT_LINES_MAX = 200000 };

struct statement_line {
    uint64_t order; /* the order that the message names, 0: none of ours */
    char message[STATEMENT_MESSAGE_MAX], reference[BANK_REFERENCE_MAX];
    enum bank_kind kind;
    struct money amount;
    int64_t at_ms;
};
struct statement {
    int bank;
    int64_t day; /* base/civil.h */
    int64_t opening_fen, closing_fen;
    size_t count;
};

/* Keeps it, unless this bank's day is kept already. */
void statement_keep(struct tx *tx, const struct statement *statement, const struct statement_line *lines);
bool statement_find(struct db *db, int bank, int64_t day, struct statement *out);
/* The first day of this bank that is not kept: that of its first order, then the one after the newest kept. 0: there was no order yet. */
int64_t statement_next_day(struct db *db, int bank);

enum difference_kind {
    DIFFERENCE_MISSING_HERE,
    DIFFERENCE_MISSING_THERE,
    DIFFERENCE_AMOUNT,
    DIFFERENCE_TWICE,
    DIFFERENCE_OPENING,
    DIFFERENCE_BALANCE,
    DIFFERENCE_LEDGER,
    DIFFERENCES
};
struct difference_row {
    const char *name, *words, *words_zh; /* what it is, and what to do */
};
const struct difference_row *difference_row(enum difference_kind kind);

struct difference {
    enum difference_kind kind;
    int bank;
    int64_t day;
    uint64_t order; /* 0: none of ours */
    char message[STATEMENT_MESSAGE_MAX];
    int64_t ours_fen, theirs_fen;
};
struct reconciled {
    int64_t lines, legs, matched; /* of the statement, of our orders, of both */
};
/* A kept day of a bank; at most `most` differences; how many there are in out. */
size_t reconcile_day(struct db *db, int bank, int64_t day, struct difference *out, size_t most,
                     struct reconciled *sum);
/* The ledger against the orders, at one moment of the snapshot; false: they differ (*ledger_fen, *orders_fen). The caller sees to it that
 * nothing was committed meanwhile. */
int64_t reconcile_orders_sum(struct db *db, int bank, int64_t before_ms);

/* Orders that no bank has answered, oldest first. */
struct doubt {
    uint64_t order;
    struct payment_id payment;
    int bank;
    enum bank_kind kind;
    struct money amount;
    int64_t created_ms, due_ms; /* asked again then */
    int tries;
};
size_t reconcile_doubts(struct db *db, struct doubt *out, size_t most);

#endif
