/* SPDX-License-Identifier: Apache-2.0 */
/* testcard: which numbers are cards of the sandbox bank, and how the special ones behave.
 *
 * A number is a card when its digits pass Luhn's check (ISO/IEC 7812-1) and its prefix and length are in tables/bin.tsv as a debit
 * card of one of our banks. Most are ordinary: they approve until their balance is gone. The special ones are, for each bank, its
 * own prefix, zeros, two digits that name the behaviour, and the check digit:
 *
 *     6225 8800 0000 0 NN c     CMB, 16 digits
 *     6227 0000 0000 0000 NN c  CCB and ICBC (622202 …), 19 digits */
#ifndef BANK_TESTCARD_H
#define BANK_TESTCARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { TESTCARD_NUMBER_MAX = 20, TESTCARD_DELAY_MS = 5000 };

struct testcard_kind {
    int number;               /* NN; 0: ordinary */
    const char *check_reason; /* why the check of the elements fails; "" when it passes */
    const char *pay_reason;   /* why a payment is rejected; "" when it is not */
    int64_t balance_fen;      /* when the bank first hears of the card */
    int delay_ms;             /* until a payment is answered */
    bool lose;                /* a payment is booked and the answer lost */
    bool wrong_code;          /* the SMS shows another code than the bank expects */
    const char *about, *about_zh;
};

struct testcard_bank {
    const char *code, *prefix; /* the prefix of its special numbers */
    size_t length;
    const char *name_zh;
};

const struct testcard_bank *testcard_banks(size_t *count);
const struct testcard_kind *testcard_kinds(size_t *count);
const struct testcard_bank *testcard_bank(struct text code); /* NULL: not one of ours */

/* The bank's special number of a kind. */
void testcard_number(const struct testcard_bank *bank, const struct testcard_kind *kind,
                     char out[TESTCARD_NUMBER_MAX]);

/* How the number behaves at this bank; NULL: it is no card of it. */
const struct testcard_kind *testcard_kind_of(const struct testcard_bank *bank, struct text number);

bool testcard_luhn(struct text digits);

#endif
