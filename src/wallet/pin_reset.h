/* SPDX-License-Identifier: Apache-2.0 */
/* pin_reset: a forgotten payment PIN. Being signed in is not enough, for that is what a thief of the phone is: name and ID number as verified, the
 * whole number of a bound card, and the code that its bank sends to the phone that the bank knows.
 *
 * Two steps, as a card is bound in two (card.h): the bank is asked in the route's prepare step. Five wrong proofs a day. With the new PIN
 * all other logins end, the payment code is paused until the PIN switches it on, and the phone is told. */
#ifndef WALLET_PIN_RESET_H
#define WALLET_PIN_RESET_H

#include "wallet/bank.h"
#include "wallet/person.h"

struct pin_reset_cmd {
    struct text name, id_number, card_number, phone; /* phone: the one that the bank knows */
};
struct pin_reset {
    uint64_t id; /* ID_PIN_RESET outside */
    int bank;
    char sent_to[PHONE_BYTES], reference[BANK_REFERENCE_MAX];
    int64_t expires_ms;
};

/* Before the bank, on a reader: ERR_PIN_NOT_SET, ERR_TOO_MANY_TRIES, ERR_BAD_PHONE, ERR_RECOVERY_PROOF. bank: whom to ask. */
enum err pin_reset_begin(struct view *view, const struct actor *actor, const struct pin_reset_cmd *cmd,
                         struct fault *fault, int *bank);
/* After it, with what the bank said (ERR_OVERLOADED: it was not asked); everything is checked again, and a wrong proof is counted. */
enum err pin_reset_ask(struct tx *tx, const struct actor *actor, const struct pin_reset_cmd *cmd,
                       enum err verdict, const struct bank_check *asked, struct fault *fault,
                       struct pin_reset *out);

/* ERR_NOT_FOUND, ERR_WRONG_CODE (expired or used), ERR_WEAK_PIN. */
enum err pin_reset_look(struct db *db, const struct keys *keys, int64_t now_ms, const struct actor *actor,
                        uint64_t id, struct text pin, struct fault *fault, struct pin_reset *out);
/* The bank has said whether the code is right. */
enum err pin_reset_confirm(struct tx *tx, const struct actor *actor, uint64_t id, struct text pin,
                           enum err verdict, struct fault *fault);

#endif
