/* SPDX-License-Identifier: Apache-2.0 */
/* till: one of several places in a shop where it collects, with a name and a code of its own. What comes in by a till's code, or by an order opened
 * at it, carries the till's number in the ledger's entry (user_data), so takings by till are read off the shop's chain and a payment
 * costs no row more. A shop without tills has only itself: till 0. */
#ifndef WALLET_TILL_H
#define WALLET_TILL_H

#include "ledger/entry.h"
#include "wallet/merchant.h"

enum { TILL_NAME_MAX = 20, TILL_NAME_BYTES = TILL_NAME_MAX * 4 + 1, TILLS_MAX = 20 };

struct till {
    struct till_id id;
    struct merchant_id merchant;
    char name[TILL_NAME_BYTES];
    int64_t created_ms;
};

/* By the shop's owner. What merchant_own says, ERR_BAD_FIELD (/name), ERR_TILL_TAKEN, ERR_SHOP_FULL; renaming: ERR_NOT_FOUND. */
enum err till_add(struct tx *tx, const struct actor *actor, struct merchant_id merchant, struct text name,
                  struct fault *fault, struct till *out);
enum err till_rename(struct tx *tx, const struct actor *actor, struct merchant_id merchant,
                     struct till_id till, struct text name, struct fault *fault, struct till *out);

bool till_find(struct db *db, struct till_id id, struct till *out);
/* Whether it is 0 or one of this shop's. */
bool till_fits(struct db *db, struct merchant_id merchant, struct till_id till);
/* Oldest first. */
size_t till_list(struct db *db, struct merchant_id merchant, struct till out[TILLS_MAX]);

/* The mark in an entry; 0: none. */
void till_mark(struct ledger_event *event, struct till_id till);
struct till_id till_of(const struct entry *entry);

#endif
