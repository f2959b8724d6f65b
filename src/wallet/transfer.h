/* SPDX-License-Identifier: Apache-2.0 */
/* transfer: from one person to another. The money is held (a pending entry payer -> payee) from the moment it is sent; the limit counts it
 * from then on, and is given back with it.
 *
 *     sent ---- arrival: at once, 2 h or 24 h ---- arrived ---- rules->transfer_wait_ms ---- returned by itself
 *          the payer may recall it                         the payee may accept it
 *          the payee may send it back                      the payee may send it back
 *
 * What may be done when follows from the transfer's times, not from when the chore comes by: what is due has arrived, or is over, for
 * everybody who asks, and the chore writes it down within a second (after a restart or a jump of the sandbox's clock, too). Every end is
 * a move of the payment's state, so that of several who come at once exactly one wins. */
#ifndef WALLET_TRANSFER_H
#define WALLET_TRANSFER_H

#include "wallet/payment.h"
#include "wallet/person.h"

enum arrival {
    ARRIVAL_NOW = 0,
    ARRIVAL_2H = 1,
    ARRIVAL_24H = 2,
    ARRIVALS
};                                                    /* pinned: a person's choice is stored */
extern const char *const arrival_names[ARRIVALS + 1]; /* "now", "2h", "24h", NULL */

struct transfer_cmd {
    struct person_id payee;
    struct money amount;
    struct text pin, note;
    int arrival; /* enum arrival; -1: as the payer prefers */
};

/* Who would be paid, found by number or by phone (id 0): ERR_PAYEE_UNKNOWN, ERR_PAYEE_IS_PAYER, ERR_PAYEE_NOT_VERIFIED. */
enum err transfer_payee(struct db *db, const struct keys *keys, const struct actor *actor,
                        struct person_id id, struct text phone, struct fault *fault, struct person *out);

/* What transfer_payee says, ERR_AMOUNT_TOO_LARGE, what pin_check says, then what spend() says. A refusal is kept. */
enum err transfer_send(struct tx *tx, const struct actor *actor, const struct transfer_cmd *cmd,
                       struct fault *fault, struct payment *out);

/* By the payee: ERR_NOT_FOUND for anybody else; ERR_NOT_WAITING once it has ended or its time is over; accepting: ERR_TRANSFER_NOT_ARRIVED,
 * ERR_REALNAME_NEEDED, ERR_PAYER_CLOSED, ERR_PAYEE_CLOSED (an account was closed meanwhile; it can still be sent back). */
enum err transfer_accept(struct tx *tx, const struct actor *actor, struct payment_id id, struct fault *fault,
                         struct payment *out);
enum err transfer_return(struct tx *tx, const struct actor *actor, struct payment_id id, struct fault *fault,
                         struct payment *out);

/* By the payer: ERR_NOT_FOUND for anybody else; ERR_TRANSFER_ARRIVED from the arrival on; ERR_NOT_WAITING once it has ended. */
enum err transfer_recall(struct tx *tx, const struct actor *actor, struct payment_id id, struct fault *fault,
                         struct payment *out);

/* How the person's transfers arrive unless said; actor->arrival tells. */
void transfer_prefer(struct tx *tx, const struct actor *actor, enum arrival arrival);

/* The people whom the person sent money to last, newest first, each once, at most max; how many. Looks through the newest RECENT_WALK
 * entries of the account. Who sends one money does not get into the list by it. */
enum { TRANSFER_RECENT_MAX = 10, TRANSFER_RECENT_WALK = 512 };
size_t transfer_recent(struct view *view, const struct actor *actor, struct person *out, size_t max);

/* Lets those arrive whose time has come, and returns those that nobody accepted, at most `most` together; how many. A background
 * command runs it. */
int transfer_due(struct tx *tx, int most);

#endif
