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
    int64_t created_ms, renamed_ms; /* renamed 0: never */
};

/* ERR_REALNAME_NEEDED, ERR_MERCHANT_LIMIT, ERR_MERCHANT_TAKEN (the same owner has one of this name), ERR_BAD_FIELD (/name). */
enum err merchant_add(struct tx *tx, const struct actor *owner, struct text name, struct fault *fault,
                      struct merchant *out);
/* What merchant_own says, ERR_BAD_FIELD (/name), ERR_MERCHANT_TAKEN. Bills go on showing the name of their time (merchant_name_at). */
enum err merchant_rename(struct tx *tx, const struct actor *actor, struct merchant_id id, struct text name,
                         struct fault *fault, struct merchant *out);
/* The name that the shop had then. */
void merchant_name_at(struct db *db, const struct merchant *merchant, int64_t at_ms,
                      char out[MERCHANT_NAME_BYTES]);
/* 1 to `most` printable characters. */
bool name_valid(struct text name, size_t most);
bool merchant_find(struct db *db, struct merchant_id id, struct merchant *out);
/* The person's own, oldest first. */
enum { MERCHANTS_LISTED_MAX = 100 };
size_t merchant_list(struct db *db, struct person_id owner, struct merchant *out, size_t most);
int64_t merchant_count(struct db *db, struct person_id owner);
/* All of them, newest first, ids < before (0: all): for the operator. */
size_t merchant_list_all(struct db *db, uint64_t before, struct merchant *out, size_t most);
/* For what only the owner may do. ERR_NOT_FOUND: none, or somebody else's; ERR_NOT_YOURS: the actor is one of its waiters. */
enum err merchant_own(struct db *db, const struct actor *actor, struct merchant_id id, struct fault *fault,
                      struct merchant *out);

/* A waiter of the shop (wallet/waiter.h, which says what one may do), and at which till. */
bool merchant_waiter(struct db *db, struct merchant_id id, struct person_id person, struct till_id *till);

enum order_state { ORDER_OPEN = 1, ORDER_PAYING = 2, ORDER_PAID = 3, ORDER_CLOSED = 4 };

struct order {
    struct order_id id;
    struct merchant_id merchant;
    struct till_id till; /* 0: none */
    struct money amount;
    char note[NOTE_BYTES];
    int64_t created_ms, expires_ms;
    enum order_state state; /* CLOSED too when its time is over */
    struct payment_id payment;
};

/* The actor must be the shop's owner or a waiter, whose till it then is: ERR_NOT_FOUND otherwise, also of a till that is not the shop's.
 * ERR_AMOUNT_TOO_LARGE. */
struct order_cmd {
    struct merchant_id merchant;
    struct till_id till; /* 0: none */
    struct money amount;
    struct text note;
};
enum err order_open(struct tx *tx, const struct actor *actor, const struct order_cmd *cmd,
                    struct fault *fault, struct order *out);
/* now_ms decides whether an open one has expired. */
bool order_find(struct db *db, struct order_id id, int64_t now_ms, struct order *out);
/* By the owner, or a waiter of its till. ERR_NOT_FOUND, ERR_ORDER_PAID, ERR_ORDER_BUSY (a bank decides); closing a closed one is fine. */
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
