/* SPDX-License-Identifier: Apache-2.0 */
/* pocket: money that a person puts aside, out of the balance and out of the way of payments: one savings pocket a person.
 *
 *     in     PERSON -> POCKET     no PIN: it stays the person's, and nothing can be bought from there
 *     out    POCKET -> PERSON     with the PIN: from then on it can be spent
 *
 * It is an account of its own in the ledger (CHART_POCKET), which pays nobody but its owner's balance: so whatever stops the balance (a freeze, a
 * closing) stops the way out too. Own to own, so no limit counts it. A wallet with money in its pocket is not closed. */
#ifndef WALLET_POCKET_H
#define WALLET_POCKET_H

#include "wallet/payment.h"

/* n 0: never opened. */
struct account_no pocket_account(struct db *db, struct person_id person);

struct pocket_cmd {
    struct money amount;
    bool out;        /* back into the balance */
    struct text pin; /* of out */
};
/* In this order: what pin_check says, ERR_POCKET_SHORT (amount: what is in it), ERR_PAYER_CLOSED, ERR_ACCOUNT_FULL, ERR_INSUFFICIENT_BALANCE.
 * A refusal is kept. */
enum err pocket_move(struct tx *tx, const struct actor *actor, const struct pocket_cmd *cmd,
                     struct fault *fault, struct payment *out);

#endif
