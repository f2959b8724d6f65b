/* SPDX-License-Identifier: Apache-2.0 */
/* closing: ending a wallet for good, while nothing in it is open.
 *
 * What stands in the way is a list, each line a reason of the table of errors with its amount and what to do, so that a person sees all of
 * them at once and not the next one after each mended. Closing closes the person's account in the ledger and those of the shops
 * (nothing can be paid in or out any more), unbinds the cards, ends all logins, and lets the phone and the ID number go: both may
 * open another wallet. Bills stay, as the law wants them. */
#ifndef WALLET_CLOSING_H
#define WALLET_CLOSING_H

#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum { CLOSING_REASONS_MAX = 16 };

/* What stands in the way, each a fault: ERR_CLOSE_FROZEN (name), ERR_CLOSE_BALANCE (amount), ERR_CLOSE_HELD (amount), ERR_CLOSE_COMING (amount),
 * ERR_CLOSE_SHOP (name, amount). Returns how many; none: it can be closed. */
size_t closing_reasons(struct view *view, const struct actor *actor, struct fault out[CLOSING_REASONS_MAX]);

/* The first of them, or what pin_check says (a person without a PIN gives none). */
enum err closing_close(struct tx *tx, const struct actor *actor, struct text pin, struct fault *fault);

#endif
