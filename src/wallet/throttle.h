/* SPDX-License-Identifier: Apache-2.0 */
/* throttle: how often something may be tried, by whom; counted in the store, so that a restart forgives nothing.
 *
 * Each kind is a row of a table: at most so many in so long, in a window that opens with the first. The subject (a phone, an address, a
 * person) is stored as a keyed hash; of an IPv6 address, its net of 64 bits. A throttle by address is wide, so that one guest does not lock out a house; a throttle by
 * phone is narrow, so that many houses do not open one door. */
#ifndef WALLET_THROTTLE_H
#define WALLET_THROTTLE_H

#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "wallet/tx.h"

enum throttle_kind {
    THROTTLE_CODE_PHONE = 1, /* codes sent to a phone in an hour */
    THROTTLE_CODE_PHONE_DAY, /* and in a day */
    THROTTLE_CODE_ADDRESS,   /* codes asked for from an address in an hour */
    THROTTLE_LOGIN_PHONE,    /* wrong passwords for a phone */
    THROTTLE_LOGIN_ADDRESS,  /* wrong passwords from an address */
    THROTTLE_REALNAME,       /* pairs of name and number that a person has had checked */
    THROTTLE_CARD,           /* cards that a person has had checked */
    THROTTLE_RECOVERY = 16,  /* wrong proofs for a forgotten password */
    THROTTLE_PIN_RESET = 17, /* and for a forgotten PIN */
    THROTTLE_PAYCODE = 18,   /* payment codes that a person has had made in an hour */
    THROTTLE_CHARGE,         /* payment codes that a shop tried and that are none */
    THROTTLE_DOCUMENT = 20,  /* photos of the ID card that a person has sent in a day */
    THROTTLE_RECOUNT = 21,   /* accounts that a person has had added up again */
    THROTTLE_STAFF = 30,     /* wrong passphrases for a name of the staff */
};

/* ERR_OK while one more is admitted, else ERR_TOO_MANY_TRIES with until. An empty subject is always admitted. */
enum err throttle_ask(struct db *db, const struct keys *keys, const struct wallet_rules *rules,
                      enum throttle_kind kind, struct text subject, int64_t now_ms, struct fault *fault);
/* Counts one. ERR_TOO_MANY_TRIES: it was not admitted, nothing is counted. */
enum err throttle_count(struct tx *tx, enum throttle_kind kind, struct text subject, struct fault *fault);
/* Forgets the subject: it did right. */
void throttle_forget(struct tx *tx, enum throttle_kind kind, struct text subject);

#endif
