/* SPDX-License-Identifier: Apache-2.0 */
/* tier: how many independent checks say that a person is who they say (PBoC notice 2015 No. 43, article 11): the verified name
 * (wallet/realname.h), a bank card that was bound once (wallet/card.h), and the reviewed photos of the ID card (wallet/document.h). Without a
 * name there is no tier: nobody could say of whom the others are. What each tier may do: wallet/limit.h. */
#ifndef WALLET_TIER_H
#define WALLET_TIER_H

#include "wallet/tx.h"

/* Counts them, behind what this transaction has written, and keeps the sum; returns it. */
int tier_count(struct tx *tx, struct person_id person);

/* What raises a tier: the check that is missing, as bits of enum next_step. A name before all, then the card, which is quicker, then the
 * photos; none while they wait for their review. */
unsigned tier_next(struct db *db, struct person_id person, int tier);

#endif
