/* SPDX-License-Identifier: Apache-2.0 */
/* charge: what a till asks of a payment code: one amount, once.
 *
 *     PAID      at once, where it goes without a PIN (paycode.h), or when the payer confirmed
 *     WAITING   the payer is asked for the PIN, on the login that showed the code, for rules->charge_wait_ms
 *               -> PAID | NOT_PAID (a rule said no) | DECLINED (the payer said no, or paused the code) | CANCELLED (by the till)
 *               -> LAPSED, by its own time: what is late is late, also before the chore that writes it down has come by
 *     AT_BANK   the balance was short and a card is asked (funding.h): PAID in the row, and as the payment stands then PAID or NOT_PAID
 *     NOT_PAID  at once too. The payer is told why among the bills; the shop is told only that it was not paid.
 *
 * Nothing is held while it waits, and nothing is taken unless it is PAID. A state moves by one conditional UPDATE from WAITING, in
 * the transaction of the purchase, so that of confirming, lapsing, pausing and cancelling exactly one wins. */
#ifndef WALLET_CHARGE_H
#define WALLET_CHARGE_H

#include "base/id.h"
#include "wallet/merchant.h"
#include "wallet/payment.h"

enum charge_state { /* pinned: they are stored */
                    CHARGE_WAITING = 1,
                    CHARGE_PAID = 2,
                    CHARGE_NOT_PAID = 3,
                    CHARGE_DECLINED = 4,
                    CHARGE_CANCELLED = 5,
                    CHARGE_LAPSED = 6,
                    CHARGE_AT_BANK = 7, /* never stored: the payment knows */
};
const char *charge_state_name(enum charge_state state); /* "waiting", … */

struct charge {
    struct charge_id id;
    struct merchant_id merchant;
    struct till_id till;     /* 0: none */
    struct person_id opener; /* who asked at the till */
    struct person_id payer;
    struct session_id session;
    struct money amount;
    char note[NOTE_BYTES];
    int64_t created_ms;
    enum charge_state state;
    int64_t due_ms;   /* 0: it does not wait */
    int64_t ended_ms; /* 0: it waits */
    struct payment_id payment;
    uint64_t refusal; /* that tells the payer why not; 0: none */
};
/* Why it was not paid, in words that both sides may read; ERR_OK: it was, or it waits. */
enum err charge_reason(enum charge_state state);

struct charge_open_cmd {
    struct merchant_id merchant;
    struct till_id till; /* 0: none; a waiter's is the given one */
    struct text code;
    struct money amount;
    struct text note;
};
/* ERR_NOT_FOUND (the actor may not charge there), ERR_AMOUNT_TOO_LARGE, what paycode_take says. ERR_OK: look at out->state. */
enum err charge_open(struct tx *tx, const struct actor *till, const struct charge_open_cmd *cmd,
                     struct fault *fault, struct charge *out);

/* As it is at now_ms. */
bool charge_find(struct db *db, struct charge_id id, int64_t now_ms, struct charge *out);
/* The actor must be the shop's owner or a waiter of the charge's till, the charge the shop's: ERR_NOT_FOUND. */
enum err charge_own(struct db *db, const struct actor *till, struct merchant_id merchant, struct charge_id id,
                    int64_t now_ms, struct fault *fault, struct charge *out);
/* The newest of a payer's login. */
bool charge_newest(struct db *db, struct session_id session, int64_t now_ms, struct charge *out);

/* The payer's yes. ERR_NOT_FOUND, ERR_CHARGE_OVER, ERR_CHARGE_ELSEWHERE (another login than the one that showed the code: it is declined and
 * the owner told), then as purchase_pay says: a wrong PIN leaves it waiting, a refusal ends it. */
enum err charge_confirm(struct tx *tx, const struct actor *payer, struct charge_id id, struct text pin,
                        struct fault *fault, struct payment *out, struct merchant *shop);
/* The payer's no. ERR_NOT_FOUND, ERR_CHARGE_OVER; a second no is fine. */
enum err charge_decline(struct tx *tx, const struct actor *payer, struct charge_id id, struct fault *fault,
                        struct charge *out);
/* The till takes it back. ERR_NOT_FOUND, ERR_CHARGE_OVER; a second time is fine. */
enum err charge_cancel(struct tx *tx, const struct actor *till, struct merchant_id merchant,
                       struct charge_id id, struct fault *fault, struct charge *out);
/* The person pauses the payment code: what waits is declined. */
void charge_decline_all(struct tx *tx, struct person_id payer);

/* Writes down those whose time is over; how many, at most max. */
int charge_lapse_due(struct tx *tx, int max);

#endif
