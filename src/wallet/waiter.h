/* SPDX-License-Identifier: Apache-2.0 */
/* waiter: a person who charges for somebody else's shop, with an own login. The owner names the waiter by phone and may give one till; whoever is
 * named may leave at any time. A waiter can open and close orders and see today's takings, of the given till only; refunds, settlements,
 * names, tills and waiters are the owner's: everything else says ERR_NOT_YOURS (merchant_own). */
#ifndef WALLET_WAITER_H
#define WALLET_WAITER_H

#include "wallet/bill.h"
#include "wallet/till.h"

enum { WAITERS_MAX = 50 };

/* Where somebody stands who may charge. */
struct stand {
    struct merchant merchant;
    bool owner;
    struct till_id till; /* a waiter's; 0: any */
};
/* ERR_NOT_FOUND: neither the owner nor a waiter. */
enum err waiter_stand(struct db *db, const struct actor *actor, struct merchant_id merchant,
                      struct fault *fault, struct stand *out);
/* All shops where the person may charge: the own ones first, oldest first. */
size_t waiter_stands(struct db *db, const struct actor *actor, struct stand *out, size_t max);

struct waiter {
    struct person_id person;
    struct till_id till;
    int64_t since_ms;
    char name[PARTY_NAME_BYTES]; /* "nickname(王*强)" */
    char phone[PHONE_BYTES];
};
/* By the owner. What merchant_own says, ERR_NOT_FOUND (/phone), ERR_WAITER_TAKEN (is one already, or the owner), ERR_NOT_FOUND (the till), ERR_SHOP_FULL. */
enum err waiter_add(struct tx *tx, const struct actor *actor, struct merchant_id merchant, struct text phone,
                    struct till_id till, struct fault *fault, struct waiter *out);
/* By the owner, or by the waiter. ERR_NOT_FOUND, ERR_NOT_YOURS. */
enum err waiter_remove(struct tx *tx, const struct actor *actor, struct merchant_id merchant,
                       struct person_id person, struct fault *fault);
size_t waiter_list(struct view *view, struct merchant_id merchant, struct waiter out[WAITERS_MAX]);

#endif
