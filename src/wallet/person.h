/* SPDX-License-Identifier: Apache-2.0 */
/* person: someone who has a wallet here, known by a mobile number that they proved is theirs.
 *
 * The phone is stored sealed, and found by a keyed hash; nobody but its owner is shown more than 138****2207. A person has one account
 * in the ledger, opened with the registration in the same transaction. The answer to a stranger never tells whether a phone has a
 * wallet: a code is sent to any phone (wallet/code.h), and only who has the code learns PHONE_TAKEN. */
#ifndef WALLET_PERSON_H
#define WALLET_PERSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/text.h"
#include "kit/crypto/keys.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum { PHONE_DIGITS = 11, PHONE_BYTES = PHONE_DIGITS + 1 };

/* --- values, pure --- */
bool phone_valid(struct text phone); /* mainland mobile: 1[3-9] and nine digits, ASCII */
void phone_mask(struct text phone, char out[PHONE_BYTES]); /* 138****2207; the phone must be valid */
void phone_mac(const struct keys *keys, struct text phone, unsigned char out[MAC_SIZE]);
bool nickname_valid(struct text nickname); /* 1 to 20 printable characters, not all spaces */

/* --- reads: on a reader's connection or inside a transaction --- */
enum person_state { PERSON_OPEN = 1, PERSON_CLOSED = 2 };
struct person {
    struct person_id id;
    struct account_no account;
    int tier;
    enum person_state state;
    int64_t created_ms;
    int64_t name_until_ms; /* as in struct actor */
    char nickname[NICKNAME_BYTES];
    char name_masked[NAME_MASKED_BYTES]; /* "王*强", "" while not verified */
    char phone_masked[PHONE_BYTES];
};
bool person_find(struct db *db, const struct keys *keys, struct person_id id, struct person *out);
bool person_find_by_phone(struct db *db, const struct keys *keys, struct text phone, struct person *out);
/* The whole phone, for a message to its owner. */
bool person_phone(struct db *db, const struct keys *keys, struct person_id id, char out[PHONE_BYTES]);

/* --- verbs --- */
struct person_register_cmd {
    struct text phone, code, nickname;
    const char *password_hash; /* made before the transaction: password_hash() */
    unsigned char session[SESSION_HASH_SIZE];
    struct text device;
};
/* ERR_BAD_PHONE, ERR_BAD_FIELD (nickname), ERR_WRONG_CODE, ERR_PHONE_TAKEN. Opens the account and the first session. */
enum err person_register(struct tx *tx, const struct person_register_cmd *cmd, struct fault *fault,
                         struct actor *out);

/* What a login by password is judged by, read before the slow work. hash is "" for a phone that we do not know: then the dummy is
 * computed, and the login takes as long. ERR_TOO_MANY_TRIES when this phone or address may not try now. */
struct person_login {
    struct person_id person;
    char hash[PASSWORD_HASH_MAX];
};
enum err person_login_begin(struct view *view, struct text phone, struct text address, struct fault *fault,
                            struct person_login *out);

struct person_login_cmd {
    struct text phone, address;
    const struct person_login *login; /* as begun */
    bool password_right;              /* what the slow hash said */
    unsigned char session[SESSION_HASH_SIZE];
    struct text device;
};
/* ERR_TOO_MANY_TRIES, ERR_WRONG_LOGIN. The throttle is asked again inside the transaction, before the answer: of any number of tries
 * at once only as many learn anything as the throttle admits. */
enum err person_login(struct tx *tx, const struct person_login_cmd *cmd, struct fault *fault,
                      struct actor *out);

struct person_phone_cmd {
    struct text phone, code,
        pin; /* the new phone, the code that was sent to it (CODE_PHONE), the payment PIN */
};
/* ERR_BAD_PHONE, what pin_check says, ERR_WRONG_CODE, ERR_PHONE_TAKEN (also: it is the one now). The old phone is told. */
enum err person_change_phone(struct tx *tx, const struct actor *actor, const struct person_phone_cmd *cmd,
                             struct fault *fault);
/* For wallet/recovery.h: another password, and a session with it. */
enum err person_set_password(struct tx *tx, struct person_id person, const char *hash,
                             const unsigned char session[SESSION_HASH_SIZE], struct text device,
                             struct fault *fault, struct actor *out);
/* For wallet/closing.h: nobody signs in any more, and the phone may open another wallet. */
void person_close(struct tx *tx, struct person_id person);

struct person_login_code_cmd {
    struct text phone, code;
    unsigned char session[SESSION_HASH_SIZE];
    struct text device;
};
/* ERR_BAD_PHONE, ERR_WRONG_CODE; ERR_NOT_FOUND: the code is right, and there is no wallet for this phone. */
enum err person_login_code(struct tx *tx, const struct person_login_code_cmd *cmd, struct fault *fault,
                           struct actor *out);

#endif
