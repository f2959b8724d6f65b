/* SPDX-License-Identifier: Apache-2.0 */
/* paycode: the payment code that a person shows and a shop scans.
 *
 * Eighteen digits beginning with 10 to 15, for one login, rules->paycode_life_ms and one use. It says nothing: it is drawn at random
 * by the caller, and the store keeps a keyed hash, so that neither a copy of the store nor a guess pays (6 · 10^16 codes; a shop may
 * try a few dozen that are none). A code is looked up by that hash alone: the same work whether it is one or not.
 *
 *     SHOWN -> USED   a till took it; with it go all that its login shows, so that no photograph of an earlier one is left
 *           -> OVER   its page was left, the person paused the code, or it was tried when it no longer counted
 *
 * A code that is tried when it is used up, over, too old, or of a login that has ended is refused and burnt, and its owner is told once:
 * a refusal among the bills, ERR_PAYCODE_AGAIN or ERR_PAYCODE_LATE. It is remembered for a day; later it is unknown.
 *
 * Without a PIN go at most rules->paycode_free_fen a payment and rules->paycode_free_per_day payments a day (in +08:00), as much as
 * limit.h lets go without one in a day, unless the
 * person wants the PIN each time, or the code's digits were shown: who can read digits out can send them to somebody. */
#ifndef WALLET_PAYCODE_H
#define WALLET_PAYCODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/money.h"
#include "base/text.h"
#include "kit/crypto/keys.h"
#include "wallet/merchant.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum {
    PAYCODE_DIGITS = 18,
    PAYCODE_BYTES = PAYCODE_DIGITS + 1,
    PAYCODE_PREFIX_LEAST = 10,
    PAYCODE_PREFIXES = 6
};

enum paycode_state { PAYCODE_SHOWN = 1, PAYCODE_USED = 2, PAYCODE_OVER = 3 }; /* pinned: they are stored */

/* Pure. The code of two numbers: prefix below PAYCODE_PREFIXES, rest below 10^16. */
void paycode_write(unsigned prefix, uint64_t rest, char out[PAYCODE_BYTES]);
/* Pure: eighteen digits that begin with 10 to 15. */
bool paycode_formed(struct text text);

/* --- the person's side --- */

struct paycode_make_cmd {
    char code[PAYCODE_BYTES]; /* random, made by the caller */
    bool digits;              /* the digits will be shown: then it asks for the PIN */
};
/* ERR_REALNAME_NEEDED, ERR_PIN_NOT_SET, ERR_PAYCODE_SUSPENDED, ERR_TOO_MANY_TRIES. expires_ms: when it stops to count. */
enum err paycode_make(struct tx *tx, const struct actor *actor, const struct paycode_make_cmd *cmd,
                      struct fault *fault, int64_t *expires_ms);
/* The page was left: what this login shows is over. */
void paycode_hide(struct tx *tx, const struct actor *actor);

struct paycode_setting {
    bool suspended;
    bool free;         /* password-free is wanted */
    int64_t free_left; /* payments today */
};
void paycode_setting_find(struct db *db, const struct wallet_rules *rules, struct person_id person,
                          int64_t now_ms, struct paycode_setting *out);

/* Pausing needs no PIN and ends all codes of the person; going on needs one. */
void paycode_suspend(struct tx *tx, const struct actor *actor);
enum err paycode_resume(struct tx *tx, const struct actor *actor, struct text pin, struct fault *fault);
/* Off needs no PIN, on needs one. */
enum err paycode_set_free(struct tx *tx, const struct actor *actor, bool free, struct text pin,
                          struct fault *fault);

/* --- the till's side, for charge.h --- */

struct paycode {
    struct actor owner; /* found in this transaction, by the login that shows the code */
    bool asks_pin;
};
/* Uses it up. ERR_TOO_MANY_TRIES, ERR_PAYCODE_UNKNOWN, ERR_PAYCODE_USED, ERR_PAYCODE_GONE, ERR_PAYEE_IS_PAYER (a shop's owner charges
 * himself; the code is burnt). What was counted and burnt must be committed although the call fails. amount: for the owner's refusal. */
enum err paycode_take(struct tx *tx, struct text code, const struct merchant *shop, struct money amount,
                      struct fault *fault, struct paycode *out);

/* Tells the owner, by a refusal among the bills, that a code was tried in vain: ERR_PAYCODE_AGAIN or ERR_PAYCODE_LATE. */
void paycode_tell(struct tx *tx, struct person_id owner, const struct merchant *shop, struct money amount,
                  enum err what);

/* May this amount go without a PIN? Asks only. */
bool paycode_is_free(struct tx *tx, const struct paycode *code, struct money amount);
/* Counts one that did; false: the day's are used up, and nothing was counted. */
bool paycode_count_free(struct tx *tx, struct person_id person);

#endif
