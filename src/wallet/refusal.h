/* SPDX-License-Identifier: Apache-2.0 */
/* refusal: what a person asked for and a rule refused. Nothing moved; the reason and its facts are kept, committed, and listed among the
 * bills. At most rules->refusals_per_hour_max an hour a person are kept; more are only answered. */
#ifndef WALLET_REFUSAL_H
#define WALLET_REFUSAL_H

#include "wallet/payment.h"

struct refusal {
    uint64_t id; /* ID_REFUSAL outside */
    struct person_id person, payee;
    enum payment_kind kind;
    struct money amount;
    struct merchant_id merchant;
    struct card_id card;
    struct fault fault; /* code and facts */
    int64_t at_ms;
    struct entry_no entry; /* the newest entry of the books at that time: its place in the list of bills */
};

/* Keeps it; id, at_ms and entry are set here. Only for class REFUSED. */
void refusal_keep(struct tx *tx, struct refusal *refusal);
bool refusal_find(struct db *db, uint64_t id, struct refusal *out);
/* The person's, newest first, with ids < before (0: all). */
size_t refusal_list(struct db *db, struct person_id person, uint64_t before, struct refusal *out, size_t most);
/* The same, of those that the person did not see happen: ERR_CHARGE_LAPSED, ERR_PAYCODE_AGAIN, ERR_PAYCODE_LATE. They are notices too. */
size_t refusal_told(struct db *db, struct person_id person, uint64_t before, struct refusal *out, size_t most);
/* How many of those have ids > after, at most `most`. */
int refusal_told_after(struct db *db, struct person_id person, uint64_t after, int most);
void refusal_register_digests(struct ledger *ledger);

#endif
