/* SPDX-License-Identifier: Apache-2.0 */
/* refund: a shop gives back a purchase, whole or in parts, to where the money came from.
 *
 *     to the balance    SHOP -> PERSON posted; DONE at once; the limit that the purchase used is given back
 *     to a card         SHOP -> PERSON posted, linked with pending PERSON -> BANK_SETTLEMENT; AT_BANK, and the order BANK_CREDIT
 *                       approved   -> the pending one is posted: DONE
 *                       declined   -> WAITING, and after rules->refund_wait_ms the pending one is voided: RETURNED, which is to say that
 *                                     the money is in the person's balance
 *                       no answer  -> IN_DOUBT, asked about as any order is; never guessed
 *                       the card is no longer bound -> WAITING from the start
 *
 * The shop is debited once, when it asks: from then on the money is the person's, whatever the bank says. A purchase with several
 * sources is refunded from the last of them backwards; each source is a payment of its own (kind PAYMENT_REFUND, payer: the shop's owner, payee: who
 * had paid), all of one request in one transaction.
 *
 * Never more than was paid: the sum in `refunded` rises by conditional UPDATE only. Never below zero at the shop: the ledger's flag
 * says so, and the shop is told by how much it falls short. */
#ifndef WALLET_REFUND_H
#define WALLET_REFUND_H

#include "wallet/payment.h"

/* --- the rule, pure --- */

enum { REFUND_SOURCES_MAX = 8, REFUND_PARTS_MAX = 50 };
struct refund_source {
    struct card_id card; /* 0: the balance */
    struct money amount;
};
/* Which sources an amount goes back to, when so much went back already: from the last that paid to the first. Returns how many parts; 0: it
 * is more than is left. */
size_t refund_split(const struct refund_source *sources, size_t count, struct money refunded,
                    struct money amount, struct refund_source out[REFUND_SOURCES_MAX]);

/* --- doing it --- */

struct refund_cmd {
    struct merchant_id merchant;
    struct payment_id purchase;
    struct money amount; /* 0: all that is left */
    struct text reason, pin;
};
struct refund_made {
    struct payment parts[REFUND_SOURCES_MAX];
    size_t count;
    struct money left; /* of the purchase */
};
/* By the shop's owner. In this order: what merchant_own says, ERR_NOT_FOUND (no purchase at this shop), ERR_REFUND_NOT_PAID, ERR_REFUND_CLOSED (older than
 * rules->refund_within_ms, or in REFUND_PARTS_MAX parts already), ERR_REFUND_EXCEEDS (left), what pin_check says, ERR_PAYEE_CLOSED, ERR_ACCOUNT_FULL,
 * ERR_REFUND_SHORT (amount: by how much the shop falls short). A refusal is kept. */
enum err refund_begin(struct tx *tx, const struct actor *actor, const struct refund_cmd *cmd,
                      struct fault *fault, struct refund_made *out);

/* Called by payment_bank_answer. */
void refund_bank_answer(struct tx *tx, struct payment *payment, const struct bank_answer *answer);
/* Those whose wait is over go to the balance; at most `most`; how many. A background command runs it. */
int refund_end_due(struct tx *tx, int most);

/* --- how it stands --- */

struct money refund_sum(struct db *db, struct payment_id purchase);
/* Of a refund, the purchase; 0: none. */
struct payment_id refund_purchase(struct db *db, struct payment_id refund);
/* Of a purchase, its refunds, oldest first. */
size_t refund_list(struct db *db, struct payment_id purchase, struct payment_id *out, size_t max);

void refund_register_digests(struct ledger *ledger);

#endif
