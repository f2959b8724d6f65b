/* SPDX-License-Identifier: Apache-2.0 */
/* risk: what looks as if somebody else were using the wallet, as rows with thresholds; each that is met lays a risk freeze on what leaves
 * (wallet/freeze.h), in the transaction of what met it.
 *
 *     pins      the payment PIN was locked by wrong tries, for the second time in 7 days
 *     payees    money was sent to 10 people in an hour whom the person never sent any before
 *     habit     1,000.00 or more left at once, ten times the most of the last 64 movements, of which at least 10 left
 *     device    2,000.00 or more left by a login of less than a day, of a wallet of more than a week
 *
 * Only what goes from the balance to somebody else is looked at: a withdrawal goes to a card of the person's own, and what a card pays its bank judges. The payment that meets a rule is made; a transfer is still on
 * its way then, and waits under the freeze. A rule costs a payment
 * nothing but two comparisons until its amount is large. A freeze stands until two of the staff have released it; then the same
 * rule begins anew. */
#ifndef WALLET_RISK_H
#define WALLET_RISK_H

#include "base/id.h"
#include "base/money.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum risk_rule { RISK_PINS = 1, RISK_PAYEES = 2, RISK_HABIT = 3, RISK_DEVICE = 4 };

struct risk_row {
    enum risk_rule rule;
    const char *name;
    int64_t within_ms;         /* the window that is looked at; of a device: how new the login is */
    int64_t amount_fen, times; /* from how much on; how often, or how many times the habit */
};
const struct risk_row *risk_row(enum risk_rule rule);

/* Money has left for somebody else, by the actor's will. */
void risk_left(struct tx *tx, const struct actor *actor, struct money amount);
/* It was sent to this person. */
void risk_sent_to(struct tx *tx, const struct actor *actor, struct person_id payee);
/* The PIN was locked just now. */
void risk_pin_locked(struct tx *tx, const struct actor *actor);

#endif
