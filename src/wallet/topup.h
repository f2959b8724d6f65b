/* SPDX-License-Identifier: Apache-2.0 */
/* topup: from one's own card into the balance. The bank decides: the pending entry bank -> person and the order to the bank are one
 * transaction; payment_bank_answer posts or voids. */
#ifndef WALLET_TOPUP_H
#define WALLET_TOPUP_H

#include "wallet/payment.h"

struct topup_cmd {
    struct card_id card;
    struct money amount;
    struct text pin;
};

/* In this order: ERR_NOT_FOUND or ERR_CARD_GONE (card), ERR_TOPUP_CARD (a credit card), ERR_AMOUNT_TOO_LARGE, what pin_check says, ERR_REALNAME_NEEDED, ERR_ACCOUNT_FULL. A refusal is kept
 * (refusal.h). */
enum err topup_begin(struct tx *tx, const struct actor *actor, const struct topup_cmd *cmd,
                     struct fault *fault, struct payment *out);

/* The leg that top-ups and purchases by card have in common: the pending entry bank -> person, the payment AT_BANK and the order. The
 * caller has checked everything; ERR_ACCOUNT_FULL is the one refusal, and nothing is written then. */
struct card;
enum err topup_ask_bank(struct tx *tx, const struct actor *actor, const struct card *card, uint16_t code,
                        struct fault *fault, struct payment *payment);

#endif
