/* SPDX-License-Identifier: Apache-2.0 */
/* purchase: paying a shop, by its static code or by an order's code, from the balance or from a card.
 *
 * From the balance it is done in one transaction. By card the bank decides first (see topup_ask_bank): its money passes through the
 * person's account in one linked pair, and an order is claimed meanwhile. Left to us, the balance is tried and then the cards in order
 * (funding.h), and the bill shows each try. */
#ifndef WALLET_PURCHASE_H
#define WALLET_PURCHASE_H

#include "wallet/merchant.h"
#include "wallet/payee.h"
#include "wallet/payment.h"

struct purchase_cmd {
    struct payee payee; /* a merchant or an order */
    struct money amount;
    bool by_card;
    bool any_source; /* the balance, then the cards in the payer's order (funding.h) */
    struct card_id card;
    struct text pin, note;
    bool by_paycode;  /* the payer showed it (charge.h): the shop is named, but by no code on a wall */
    bool without_pin; /* as the rules of payment codes allow (paycode.h) */
};

/* In this order: ERR_PAYEE_UNKNOWN, ERR_ORDER_PAID, ERR_ORDER_BUSY, ERR_ORDER_CLOSED, ERR_AMOUNT_FIXED (amount), ERR_PAYEE_IS_PAYER, ERR_AMOUNT_TOO_LARGE,
 * ERR_NOT_FOUND or ERR_CARD_GONE (card), what pin_check says, ERR_REALNAME_NEEDED, the tier's limit (balance only), ERR_PAYER_CLOSED,
 * ERR_PAYEE_CLOSED, ERR_ACCOUNT_FULL, ERR_INSUFFICIENT_BALANCE (amount: by how much it falls short). A refusal is kept (refusal.h). shop: who was paid. */
enum err purchase_pay(struct tx *tx, const struct actor *actor, const struct purchase_cmd *cmd,
                      struct fault *fault, struct payment *out, struct merchant *shop);
/* The bank that was asked has declined: asks that of the payer's next card, in the same transaction; false: there is none, and nothing is
 * written. Only for a payment AT_BANK that left its source to us. */
bool purchase_ask_next(struct tx *tx, struct payment *payment, enum err refusal);

#endif
