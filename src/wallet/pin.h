/* SPDX-License-Identifier: Apache-2.0 */
/* pin: the six digits that release a payment.
 *
 * What is stored is HMAC-SHA-256(key, person ‖ PIN) and the number of the key, which is outside the store: a slow hash cannot protect a
 * million PINs, a key can. rules->pin_tries_max wrong tries in a row lock the PIN (not the account) for rules->pin_lock_ms; while it is
 * locked the right PIN is refused too, unread. After the lock counting begins anew.
 *
 * Tries are counted by a conditional UPDATE in the caller's transaction against what was read: a try that could not be counted is
 * not evaluated. A right PIN after wrong ones sets the count to 0; a right PIN otherwise writes nothing. */
#ifndef WALLET_PIN_H
#define WALLET_PIN_H

#include "base/err.h"
#include "base/text.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum { PIN_DIGITS = 6 };

/* ERR_PIN_NOT_SET, ERR_PIN_LOCKED (until), ERR_WRONG_PIN (left). A wrong try must be committed although the call fails: the caller
 * returns the error and does not roll back. The actor must have been found in this transaction, and is stale afterwards. */
enum err pin_check(struct tx *tx, const struct actor *actor, struct text pin, struct fault *fault);

/* Pure: whether these six digits are easy to guess. birth (YYYYMMDD, 0 unknown) is the holder's. Refused are fewer than three
 * different digits, runs up or down (9 and 0 are neighbours), any calendar date written YYMMDD or MMDDYY, and the holder's own birthday
 * in any order of its parts. */
bool pin_is_weak(struct text pin, int birth);

struct pin_set_cmd {
    struct text pin;
    struct text old_pin; /* empty: none was given */
};
/* First time: pin alone. Later: with the old one. ERR_PIN_ALREADY_SET, ERR_BAD_FIELD (not six digits), ERR_WEAK_PIN, and what
 * pin_check says of the old one. */
enum err pin_set(struct tx *tx, const struct actor *actor, const struct pin_set_cmd *cmd, struct fault *fault);

/* For wallet/pin_reset.h: another PIN for who has one; tries and lock are forgotten. The PIN was checked. */
void pin_replace(struct tx *tx, const struct actor *actor, struct text pin);

#endif
