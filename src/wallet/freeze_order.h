/* SPDX-License-Identifier: Apache-2.0 */
/* freeze_order: what an order is in the store and in the ledger, and what follows each act on it; between freeze.c, which lays and lifts, and
 * freeze_take.c, which takes. Nobody else includes it. */
#ifndef WALLET_FREEZE_ORDER_H
#define WALLET_FREEZE_ORDER_H

#include "ledger/ledger.h"
#include "wallet/code.h"
#include "wallet/freeze.h"

/* --- its row --- */

/* ERR_NOT_FOUND, ERR_FREEZE_OVER. */
enum err freeze_order_find_open(struct tx *tx, struct freeze_id id, struct fault *fault, struct freeze *out);
size_t freeze_order_standing(struct db *db, struct person_id person,
                             struct freeze out[FREEZES_STANDING_MAX]); /* newest first */
bool freeze_order_stops_debits(const struct freeze *f);
/* Only the row: its entries are the caller's. */
void freeze_order_row_end(struct tx *tx, struct freeze *f, enum freeze_state state, struct audit_by by);

/* --- its entries --- */

/* What an entry of a freeze carries: whose it is, and whether it takes the place of another one, to say something new or only to stand again. */
enum freeze_mark { FREEZE_MARK_OWN = 0, FREEZE_MARK_REPLACES = 1, FREEZE_MARK_AGAIN = 2 };
void freeze_order_mark(struct ledger_event *event, struct freeze_id id, enum freeze_mark mark);
/* What holds on the account what the order says now; marked as its own. */
struct ledger_event freeze_order_entry(struct tx *tx, const struct freeze *f, struct account_no account);
void freeze_order_entry_moved(struct tx *tx, struct freeze_id id, struct account_no account, uint64_t entry);

/* --- what follows an act --- */

void freeze_order_log(struct tx *tx, const struct freeze *f, enum audit_act act, struct audit_by by,
                      struct text note);
/* What comes with the person from now on, and who hears of it. */
void freeze_order_spread(struct tx *tx, struct person_id person, enum code_purpose told);

#endif
