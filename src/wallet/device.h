/* SPDX-License-Identifier: Apache-2.0 */
/* device: a browser or a phone, known by a long-lived cookie of its own (32 random bytes; the store keeps their SHA-256), and which accounts
 * used it: first, last, and on how many days. It signs nobody in and outlives every session, so that it can say what a session cannot:
 * "on this device usually another account is used".
 *
 * A use is noted with a sign-in and, while signed in, at most once an hour (as session_touch). */
#ifndef WALLET_DEVICE_H
#define WALLET_DEVICE_H

#include "wallet/person.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum { DEVICE_TOKEN_SIZE = 32, DEVICE_HASH_SIZE = 32, DEVICES_LISTED_MAX = 50 };

/* Notes that the person uses the device now; makes its row when there is none. name: what the browser says of itself. */
void device_note(struct tx *tx, const unsigned char hash[DEVICE_HASH_SIZE], struct person_id person,
                 struct text name);

struct device_item {
    uint64_t id;
    char name[SESSION_DEVICE_MAX + 1];
    int64_t first_ms, last_ms, days; /* of this person */
    bool current;
};
/* Those that the person used, the last used first. hash: of the one that asks; NULL: unknown. */
size_t device_list(struct view *view, struct person_id person, const unsigned char *hash,
                   struct device_item *out, size_t max);

/* Who else used this device on more days than the person; false: nobody. */
struct device_other {
    char phone_masked[PHONE_BYTES];
    int64_t days;
};
bool device_other(struct view *view, const unsigned char hash[DEVICE_HASH_SIZE], struct person_id person,
                  struct device_other *out);

#endif
