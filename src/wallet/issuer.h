/* SPDX-License-Identifier: Apache-2.0 */
/* issuer: which bank a card number belongs to, from its first digits (tables/bin.tsv: source, licence and date stand there).
 *
 * The longest prefix that fits wins; a prefix holds for numbers of one length. A number that no prefix fits has an unknown issuer. */
#ifndef WALLET_ISSUER_H
#define WALLET_ISSUER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { CARD_DIGITS_MIN = 13, CARD_DIGITS_MAX = 19 };
enum card_kind {
    CARD_DEBIT = 1,
    CARD_CREDIT = 2,
    CARD_SEMI = 3,
    CARD_PREPAID = 4
};                                               /* semi: 准贷记卡, credit on a deposit */
const char *card_kind_name(enum card_kind kind); /* "debit", "credit", "semi", "prepaid" */

struct issuer {
    struct text code; /* "CMB" */
    struct text name, name_zh;
    enum card_kind kind;
};
/* False: not known. The texts live as long as the program. */
bool issuer_find(struct text number, struct issuer *out);
bool luhn_valid(struct text digits); /* ISO/IEC 7812-1, annex B */
unsigned issuer_prefixes(void);      /* how many the table has */

#endif
