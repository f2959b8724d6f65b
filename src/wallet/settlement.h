/* SPDX-License-Identifier: Apache-2.0 */
/* settlement: a shop's takings, less what it gave back, less our fee, to a debit card of its owner.
 *
 *     pending SHOP -> BANK_SETTLEMENT (amount), linked with pending SHOP -> FEES (fee, when there is one)
 *     the payment AT_BANK, the order BANK_CREDIT                                one transaction
 *     settlement_bank_answer: both are posted, or both voided                   another one
 *
 * By itself after each day's end (+08:00): what the shop has, less what came in since midnight. What a bank declines stays in the shop and is
 * part of the next one, and so is what was refunded meanwhile. After a time without a server, or when the sandbox's clock
 * jumps, each day is settled in turn. The owner may also ask: then it is all there is.
 *
 * The fee is the rate's part of what is settled, rounded half up. As refunds lower what is settled, the fee of what was given back is given
 * back with it. */
#ifndef WALLET_SETTLEMENT_H
#define WALLET_SETTLEMENT_H

#include "wallet/card.h"
#include "wallet/merchant.h"

enum { SETTLEMENT_RATE_DEFAULT = -1, SETTLEMENT_RATE_MAX = 1000 };

/* Pure: rate in hundredths of a percent; never negative, never more than the amount. */
struct money settlement_fee(int rate, struct money amount);

struct settlement_terms {
    struct card card; /* id 0: none, or it is gone */
    int rate;         /* that holds: the shop's own or the default */
    bool own_rate;
    int64_t due_ms; /* 0: not by itself */
};
void settlement_terms(struct db *db, const struct wallet_rules *rules, const struct merchant *merchant,
                      struct settlement_terms *out);
/* What would be settled if it were asked for now. */
struct money settlement_ready(struct ledger *ledger, const struct merchant *merchant);

/* Where the money goes, by the shop's owner: what merchant_own and card_use say, ERR_SETTLEMENT_CARD (no debit card), what pin_check says. */
enum err settlement_choose(struct tx *tx, const struct actor *actor, struct merchant_id merchant,
                           struct card_id card, struct text pin, struct fault *fault,
                           struct settlement_terms *out);
/* By the operator: SETTLEMENT_RATE_DEFAULT or 0 … SETTLEMENT_RATE_MAX. ERR_NOT_FOUND, ERR_BAD_FIELD. */
enum err settlement_set_rate(struct tx *tx, struct merchant_id merchant, int rate, struct fault *fault);

/* Now, by the owner: what merchant_own says, ERR_SETTLEMENT_CARD, ERR_NOTHING_TO_SETTLE. */
enum err settlement_ask(struct tx *tx, const struct actor *actor, struct merchant_id merchant,
                        struct fault *fault, struct payment *out);
/* Days that are over; at most `most` of them; how many were looked at. A background command runs it. */
int settlement_run_due(struct tx *tx, int most);

/* Called by payment_bank_answer. */
void settlement_bank_answer(struct tx *tx, struct payment *payment, const struct bank_answer *answer);

/* --- how it stands --- */
struct settlement {
    struct payment_id payment;
    int64_t day;
    struct money fee;
    int rate;
};
bool settlement_find(struct db *db, struct payment_id id, struct settlement *out);
enum { SETTLEMENTS_LISTED_MAX = 100 };
/* Newest first, ids < before (0: all). */
size_t settlement_list(struct db *db, struct merchant_id merchant, uint64_t before, struct settlement *out,
                       size_t max);

void settlement_register_digests(struct ledger *ledger);

#endif
