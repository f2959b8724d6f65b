/* SPDX-License-Identifier: Apache-2.0 */
/* money: an amount in fen (1/100 yuan), the minor unit of CNY (ISO 4217 code 156, scale 2).
 *
 * A one-field struct, so that an amount cannot be mistaken for a count or an id. Every sum is checked and its result must be looked
 * at. What a person may type lies in 1 .. MONEY_MAX (2^53 - 1: the largest integer that every JSON reader keeps exactly). */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct money {
    int64_t fen;
};

#define MONEY_MAX ((int64_t)9007199254740991)
enum { CURRENCY_CNY = 156 };

__attribute__((warn_unused_result)) bool money_add(struct money a, struct money b, struct money *out);
__attribute__((warn_unused_result)) bool money_sub(struct money a, struct money b, struct money *out);
int money_compare(struct money a, struct money b); /* <0, 0, >0 */

enum { MONEY_TEXT_MAX = 32 };
/* "-1234.05": two decimals, no separators. */
void money_text(struct money a, char out[MONEY_TEXT_MAX]);
/* "-1,234.05": as people read it, in sentences. */
void money_words(struct money a, char out[MONEY_TEXT_MAX]);

#endif
