/* SPDX-License-Identifier: Apache-2.0 */
/* chart: the chart of accounts and the kinds of movement, as tables. Numbers reach the store and never change.
 *
 * An account's side says where it stands in the books: LIABILITY is money that we owe (people, merchants), ASSET money that banks owe
 * us, INCOME what we earned. A liability's balance is credits - debits; it may not fall below zero where the limit flag says so. */
#ifndef LEDGER_CHART_H
#define LEDGER_CHART_H

#include <stddef.h>
#include <stdint.h>

enum { ASSET_CNY = 156 }; /* ISO 4217 */

enum account_code {
    CHART_PERSON = 1,
    CHART_PERSON_HOLD = 2,
    CHART_MERCHANT = 3,
    CHART_BANK_SETTLEMENT = 4,
    CHART_FEES = 5,
    CHART_SUSPENSE = 6,
    CHART_POCKET = 7,
    CHART_AUTHORITY = 8,
};

enum account_side { SIDE_LIABILITY, SIDE_ASSET, SIDE_INCOME };

struct chart_row {
    enum account_code code;
    enum account_side side;
    uint16_t flags; /* ACCOUNT_*: those that an account of this kind is opened with */
    const char *name, *name_zh;
    const char *owner; /* what the account's owner number names */
};

const struct chart_row *chart_row(uint16_t code); /* NULL: no such kind */
const struct chart_row *chart_rows(size_t *count);

/* Kinds of movement: an entry's code. */
enum movement_code {
    MOVEMENT_TOPUP = 1,
    MOVEMENT_PURCHASE = 2,
    MOVEMENT_PURCHASE_CARD_IN = 3, /* bank -> person, the inner leg of a purchase by card */
    MOVEMENT_TRANSFER = 4,
    MOVEMENT_REFUND = 5,
    MOVEMENT_WITHDRAWAL = 6,
    MOVEMENT_FEE = 7,
    MOVEMENT_SETTLEMENT = 21,      /* shop -> bank */
    MOVEMENT_REFUND_CARD_OUT = 20, /* person -> bank, the inner leg of a refund to a card */
    MOVEMENT_POCKET = 22,          /* person -> own pocket, and back */
    MOVEMENT_TAKING = 32,          /* person -> what we owe the authority that ordered it */
    MOVEMENT_CLOSING = 30,         /* of nothing: it closes an account */
    MOVEMENT_FREEZE = 31,          /* of nothing, or of the amount that it holds */
};

struct movement_row {
    enum movement_code code;
    const char *name, *name_zh;
};

const struct movement_row *movement_row(uint16_t code); /* NULL: no such kind */
const struct movement_row *movement_rows(size_t *count);

#endif
