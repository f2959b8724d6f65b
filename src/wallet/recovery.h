/* SPDX-License-Identifier: Apache-2.0 */
/* recovery: a forgotten password is set anew by who has the phone and knows whose wallet it is.
 *
 * The code says that the phone is in hand (a SIM card can be stolen or bought back), so a wallet with a verified name asks besides
 * for name and ID number as verified, or for the whole number of a card that is bound. A wallet without a name has no card, and
 * nothing else to be asked for. Five wrong proofs a day; each costs a code. All other logins end, and the phone is told. */
#ifndef WALLET_RECOVERY_H
#define WALLET_RECOVERY_H

#include "base/err.h"
#include "base/text.h"
#include "wallet/session.h"
#include "wallet/tx.h"

struct recovery_cmd {
    struct text phone, code;
    const char *password_hash;                /* made before the transaction: password_hash() */
    struct text name, id_number, card_number; /* empty: not given */
    unsigned char session[SESSION_HASH_SIZE];
    struct text device;
};
/* ERR_BAD_PHONE, ERR_TOO_MANY_TRIES, ERR_WRONG_CODE, ERR_NOT_FOUND (the code is right, and there is no wallet), ERR_RECOVERY_PROOF. */
enum err recovery_set(struct tx *tx, const struct recovery_cmd *cmd, struct fault *fault, struct actor *out);

#endif
