/* SPDX-License-Identifier: Apache-2.0 */
/* withdrawal: from the balance to one's own debit card. The bank decides, as with a top-up, only the other way round:
 *
 *     pending PERSON -> BANK_SETTLEMENT (amount), linked with pending PERSON -> FEES (fee, when there is one)
 *     the payment AT_BANK, the order BANK_CREDIT                                     one transaction
 *     withdrawal_bank_answer: both are posted, or both voided and the free allowance given back    another one
 *
 * The fee: what a person withdraws in life is free up to rules->withdrawal_free_fen; of what exceeds it,
 * rules->withdrawal_rate hundredths of a percent, rounded half up, at least rules->withdrawal_fee_min_fen. It comes on top of the
 * amount, and is told before (withdrawal_preview): who confirms names the fee that was shown, and another one is refused. The
 * allowance is taken when the money goes to the bank, by conditional UPDATE, and comes back when the bank says no.
 *
 * Limits: to one's own account a withdrawal is no payment (PBoC notice 2015 No. 43, article 11), but at tier I, where it counts. */
#ifndef WALLET_WITHDRAWAL_H
#define WALLET_WITHDRAWAL_H

#include "wallet/payment.h"

/* --- the rule, pure --- */

/* What withdrawing the amount costs when so much of the free allowance is left; both are at least 0, and the fee never overflows. */
struct money withdrawal_fee(const struct wallet_rules *rules, struct money free_left, struct money amount);
/* The largest amount that, with its fee, is at most the balance and at most one payment; 0: none. */
struct money withdrawal_most(const struct wallet_rules *rules, struct money free_left, struct money balance);

/* --- before --- */

struct withdrawal_terms {
    struct money amount, fee;
    struct money available;       /* in the balance */
    struct money free, free_left; /* the allowance, and what is left of it */
    struct money most, most_fee;  /* all of it */
};
/* amount 0: all of it. ERR_REALNAME_NEEDED, ERR_AMOUNT_TOO_LARGE, ERR_BOOKS_CHECKED (the figure is withheld). */
enum err withdrawal_preview(struct view *view, const struct actor *actor, struct money amount,
                            struct fault *fault, struct withdrawal_terms *out);

/* --- doing it --- */

struct withdrawal_cmd {
    struct card_id card;
    struct money amount, fee; /* fee: as it was shown */
    struct text pin;
};
/* In this order: ERR_NOT_FOUND or ERR_CARD_GONE, ERR_WITHDRAWAL_CARD (no debit card), ERR_AMOUNT_TOO_LARGE, what pin_check says,
 * ERR_REALNAME_NEEDED, ERR_WITHDRAWAL_FEE (it is another one by now), at tier I what the limit says, ERR_PAYER_CLOSED,
 * ERR_WITHDRAWAL_SHORT. A refusal is kept. */
enum err withdrawal_begin(struct tx *tx, const struct actor *actor, const struct withdrawal_cmd *cmd,
                          struct fault *fault, struct payment *out);

/* Called by payment_bank_answer. */
void withdrawal_bank_answer(struct tx *tx, struct payment *payment, const struct bank_answer *answer);

/* The fee of a withdrawal; 0 of any other payment. When there is one, its ledger entry follows that of the amount each time. */
struct money withdrawal_fee_of(struct db *db, const struct payment *payment);

void withdrawal_register_digests(struct ledger *ledger);

#endif
