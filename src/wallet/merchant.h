/* SPDX-License-Identifier: Apache-2.0 */
/* merchant: a shop that takes payments, opened by a person who owns it; its orders (fixed amounts, paid once); its takings.
 *
 * A shop has an account of its own in the ledger. An order is OPEN until it is paid, closed, or its time is over; a payment by card claims
 * it (PAYING) while the bank decides. Whoever comes second meets ORDER_PAID or ORDER_CLOSED: every move is a conditional UPDATE. */
#ifndef WALLET_MERCHANT_H
#define WALLET_MERCHANT_H

#include "base/err.h"
#include "base/id.h"
#include "base/money.h"
#include "base/text.h"
#include "wallet/payment.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum { MERCHANT_NAME_MAX = 30, MERCHANT_NAME_BYTES = MERCHANT_NAME_MAX * 4 + 1 };

struct merchant {
    struct merchant_id id;
    struct person_id owner;
    struct account_no account;
    char name[MERCHANT_NAME_BYTES];
    int64_t created_ms;
};

/* ERR_REALNAME_NEEDED, ERR_MERCHANT_LIMIT, ERR_MERCHANT_TAKEN (the same owner has one of this name), ERR_BAD_FIELD (/name). */
enum err merchant_add(struct tx *tx, const struct actor *owner, struct text name, struct fault *fault,
                      struct merchant *out);
bool merchant_find(struct db *db, struct merchant_id id, struct merchant *out);
/* The person's own, oldest first. */
size_t merchant_list(struct db *db, struct person_id owner, struct merchant *out, size_t most);
int64_t merchant_count(struct db *db, struct person_id owner);
/* ERR_NOT_FOUND: none, or somebody else's. */
enum err merchant_own(struct db *db, const struct actor *actor, struct merchant_id id, struct fault *fault,
                      struct merchant *out);

/* A day's money, in +08:00, by the chain of the shop's account: the sums and the newest of them. When the shop has had more than
 * TAKINGS_WALKED_MAX entries since that day began, `whole` is false and the sums cover the newest only. */
enum { TAKINGS_LISTED_MAX = 100, TAKINGS_WALKED_MAX = 20000 };
struct taking {
    struct payment_id payment;
    struct money amount;
    int64_t at_ms;
};
struct takings {
    struct money amount;
    int64_t count;
    bool whole;
    struct taking items[TAKINGS_LISTED_MAX]; /* newest first */
    size_t listed;
};
/* day: base/civil.h */
void merchant_takings(struct view *view, const struct merchant *merchant, int64_t day, struct takings *out);

enum order_state { ORDER_OPEN = 1, ORDER_PAYING = 2, ORDER_PAID = 3, ORDER_CLOSED = 4 };

struct order {
    struct order_id id;
    struct merchant_id merchant;
    struct money amount;
    char note[NOTE_BYTES];
    int64_t created_ms, expires_ms;
    enum order_state state; /* CLOSED too when its time is over */
    struct payment_id payment;
};

/* The shop must be the actor's: ERR_NOT_FOUND otherwise. ERR_AMOUNT_TOO_LARGE. */
enum err order_open(struct tx *tx, const struct actor *actor, struct merchant_id merchant,
                    struct money amount, struct text note, struct fault *fault, struct order *out);
/* now_ms decides whether an open one has expired. */
bool order_find(struct db *db, struct order_id id, int64_t now_ms, struct order *out);
/* ERR_NOT_FOUND, ERR_ORDER_PAID, ERR_ORDER_BUSY (a bank decides); closing a closed one is fine. */
enum err order_close(struct tx *tx, const struct actor *actor, struct merchant_id merchant,
                     struct order_id order, struct fault *fault, struct order *out);

/* May it be paid, with this amount? ERR_ORDER_PAID, ERR_ORDER_BUSY, ERR_ORDER_CLOSED, ERR_AMOUNT_FIXED. */
enum err order_payable(const struct order *order, struct money amount, struct fault *fault);

/* For purchases. order_claim: OPEN -> PAID (at once) or PAYING (a bank decides); false: somebody was faster. */
bool order_claim(struct tx *tx, struct order_id order, struct payment_id payment, enum order_state to);
void order_paid(struct tx *tx, struct order_id order, struct payment_id payment);
void order_released(struct tx *tx, struct order_id order,
                    struct payment_id payment); /* the bank declined: open again */

#endif
