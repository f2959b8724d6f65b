/* SPDX-License-Identifier: Apache-2.0 */
/* limit: how much may be paid from the balance, by what we know of the person (PBoC notice 2015 No. 43, article 11).
 *
 *     tier 0  nothing                         ERR_REALNAME_NEEDED
 *     tier 1  1,000.00 for life               ERR_TIER_LIFETIME_LIMIT
 *     tier 2  100,000.00 a year, in +08:00    ERR_TIER_YEAR_LIMIT
 *
 * What tier 1 pays counts in the year too, so that rising to tier 2 does not begin it anew. Purchases and transfers from the balance
 * count, purchases by card do not. Counted when the payment is made (a waiting transfer counts), given back when a transfer returns, into the period that is stamped on the
 * payment and into no other. A counter changes by conditional UPDATE only, so neither parallel payments nor a clock set back pass it. */
#ifndef WALLET_LIMIT_H
#define WALLET_LIMIT_H

#include "base/err.h"
#include "base/money.h"
#include "wallet/session.h"
#include "wallet/tx.h"

/* Pure. period: LIMIT_LIFE, else the year. ERR_OK or ERR_REALNAME_NEEDED. */
enum { LIMIT_LIFE = 0 };
struct limit {
    int64_t period, most_fen;
    int64_t until_ms; /* when it begins anew; 0: never */
    enum err refusal;
};
enum err limit_for(const struct wallet_rules *rules, int tier, int64_t now_ms, struct limit *out);

/* Would `limit_take` refuse? Reads only. */
enum err limit_check(struct tx *tx, const struct actor *actor, struct money amount, struct fault *fault);
/* Counts the amount; a refusal has written nothing. period: to be stamped on the payment. */
enum err limit_take(struct tx *tx, const struct actor *actor, struct money amount, struct fault *fault,
                    int64_t *period);
/* period and counted_ms: as stamped on the payment. */
void limit_give_back(struct tx *tx, struct person_id person, int64_t period, int64_t counted_ms,
                     struct money amount);

#endif
