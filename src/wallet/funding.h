/* SPDX-License-Identifier: Apache-2.0 */
/* funding: where the money of a purchase comes from when the payer leaves it to us: the balance, then the cards in the payer's order.
 *
 * One source pays the whole. The next one is tried when a source is short (the balance, a limit of it) or when a card's bank declines
 * while the payer waits; an order in doubt never falls through, and what a bank declines after a doubt ends the payment. What was tried is
 * written down only then: a payment from its first source has no rows here. The rows never change and are covered by the ledger's
 * digest: SHORT (a source that a rule refused), ASKED (a bank, with the pending entry), DECLINED (by that bank).
 *
 *     balance SHORT 余额不足 · card 1 ASKED · card 1 DECLINED 卡内余额不足 · card 2 ASKED          and the payment is DONE: card 2 paid */
#ifndef WALLET_FUNDING_H
#define WALLET_FUNDING_H

#include <stdbool.h>
#include <stddef.h>

#include "wallet/card.h"
#include "wallet/payment.h"

enum { FUNDING_CARDS_MAX = 5, FUNDING_ROWS_MAX = 1 + 2 * FUNDING_CARDS_MAX, FUNDING_SOURCES_MAX = 8 };

enum funding_what { FUNDING_SHORT = 1, FUNDING_ASKED = 2, FUNDING_DECLINED = 3 }; /* stored: for ever */
struct funding_row {
    struct card_id card; /* 0: the balance */
    enum funding_what what;
    enum err reason;
    struct entry_no entry;
    int64_t at_ms;
};
void funding_note(struct tx *tx, struct payment_id payment, const struct funding_row *row);
/* Oldest first; 0: it was paid from its first source, or from the one that the payer chose. */
size_t funding_rows(struct db *db, struct payment_id payment, struct funding_row out[FUNDING_ROWS_MAX]);

/* Pure. May the next source be tried after this refusal of the balance? */
bool funding_falls_through(enum err refusal);
/* Pure. The first of the cards that no row has asked; NULL: none, or enough were asked. */
const struct card *funding_next(const struct card *cards, size_t count, const struct funding_row *rows,
                                size_t rows_count);

/* The card that was asked last and its pending entry; those of the payment when it has no rows. */
struct funding_asked {
    struct card_id card;
    struct entry_no entry;
};
struct funding_asked funding_asked(struct db *db, const struct payment *payment);

/* The sources that paid, in the order of funding; at least one. */
struct funding_source {
    struct card_id card; /* 0: the balance */
    struct money amount;
};
size_t funding_sources(struct db *db, const struct payment *payment,
                       struct funding_source out[FUNDING_SOURCES_MAX]);

/* For the audit (payment_register_digests calls it). */
void funding_register_digest(struct ledger *ledger);

#endif
