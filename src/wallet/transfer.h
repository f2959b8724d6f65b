/* SPDX-License-Identifier: Apache-2.0 */
/* transfer: from one person to another. The money is held (a pending entry payer -> payee) until the payee accepts; after
 * rules->transfer_wait_ms it returns by itself, earlier when the payee sends it back. The limit counts it from the start and is given back
 * with it. */
#ifndef WALLET_TRANSFER_H
#define WALLET_TRANSFER_H

#include "wallet/payment.h"
#include "wallet/person.h"

struct transfer_cmd {
    struct person_id payee;
    struct money amount;
    struct text pin, note;
};

/* Who would be paid, found by number or by phone (id 0): ERR_PAYEE_UNKNOWN, ERR_PAYEE_IS_PAYER, ERR_PAYEE_NOT_VERIFIED. */
enum err transfer_payee(struct db *db, const struct keys *keys, const struct actor *actor,
                        struct person_id id, struct text phone, struct fault *fault, struct person *out);

/* What transfer_payee says, ERR_AMOUNT_TOO_LARGE, what pin_check says, then what spend() says. A refusal is kept. */
enum err transfer_send(struct tx *tx, const struct actor *actor, const struct transfer_cmd *cmd,
                       struct fault *fault, struct payment *out);

/* By the payee: ERR_NOT_FOUND for anybody else; ERR_NOT_WAITING once it has ended or its time is over; accepting: ERR_REALNAME_NEEDED,
 * ERR_PAYER_CLOSED, ERR_PAYEE_CLOSED (an account was closed meanwhile; it can still be sent back). */
enum err transfer_accept(struct tx *tx, const struct actor *actor, struct payment_id id, struct fault *fault,
                         struct payment *out);
enum err transfer_return(struct tx *tx, const struct actor *actor, struct payment_id id, struct fault *fault,
                         struct payment *out);

/* Returns those whose time is over, at most `most`; how many. A background command runs it. */
int transfer_return_due(struct tx *tx, int most);

#endif
