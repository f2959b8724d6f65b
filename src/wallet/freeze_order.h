/* SPDX-License-Identifier: Apache-2.0 */
/* freeze_order: what an order is in the store and in the ledger, and what follows each act on it; below freeze.c, which lays and lifts,
 * freeze_check.c, which refuses, and freeze_take.c, which takes. Nobody else includes it. */
#ifndef WALLET_FREEZE_ORDER_H
#define WALLET_FREEZE_ORDER_H

#include "ledger/ledger.h"
#include "wallet/code.h"
#include "wallet/freeze.h"
#include "wallet/person.h"

enum freeze_kind freeze_order_kind(const struct freeze *f);
int64_t freeze_order_lacking(const struct freeze *f); /* of an amount: how much is still to be held */
bool freeze_order_stops_debits(const struct freeze *f);

/* --- its row --- */

#define FREEZE_ORDER_NEVER_CHANGES \
    "id, person, reason, scope, functions, amount, document, begun_ms, expires_ms, by_kind, by_id"
#define FREEZE_ORDER_COLUMNS   \
    FREEZE_ORDER_NEVER_CHANGES \
    ", state, held, asked_by, asked_ms, ended_ms, ended_by_kind, ended_by, taken, take_asked"
/* Reads and ends a question for these columns. */
size_t freeze_order_read(struct stmt *q, struct freeze *out, size_t most);
void freeze_order_add(struct tx *tx, const struct freeze *f);
/* ERR_NOT_FOUND, ERR_FREEZE_OVER. */
enum err freeze_order_find_open(struct tx *tx, struct freeze_id id, struct fault *fault, struct freeze *out);
size_t freeze_order_standing(struct db *db, struct person_id person,
                             struct freeze out[FREEZES_STANDING_MAX]); /* newest first */
/* Only the row: its entries are the caller's. */
void freeze_order_row_end(struct tx *tx, struct freeze *f, enum freeze_state state, struct audit_by by);

/* --- its entries --- */

/* What an entry of a freeze carries: whose it is, and whether it takes the place of another one, to say something new or only to stand again. */
enum freeze_mark { FREEZE_MARK_OWN = 0, FREEZE_MARK_REPLACES = 1, FREEZE_MARK_AGAIN = 2 };
void freeze_order_mark(struct ledger_event *event, struct freeze_id id, enum freeze_mark mark);
/* What holds on the account what the order says now; marked as its own. */
struct ledger_event freeze_order_entry(struct tx *tx, const struct freeze *f, struct account_no account);
void freeze_order_entry_moved(struct tx *tx, struct freeze_id id, struct account_no account, uint64_t entry);

enum {
    FREEZE_SHOPS_MAX = 1000, /* as many as merchants_max may allow */
    FREEZE_ACCOUNTS_MAX = 1 + FREEZE_SHOPS_MAX,
};
/* The person's own account and, of what stops all that leaves or comes in, those of the shops. */
size_t freeze_order_accounts(struct tx *tx, const struct person *person, enum freeze_scope scope,
                             struct account_no out[FREEZE_ACCOUNTS_MAX]);
int64_t freeze_order_available(struct tx *tx, struct account_no no);
bool freeze_order_full(struct tx *tx, const struct account_no *accounts,
                       size_t count); /* does one of them carry as many as it can? */
void freeze_order_lay(struct tx *tx, const struct freeze *f, const struct account_no *accounts, size_t count);
void freeze_order_take_off(struct tx *tx, const struct freeze *f);
/* What has come in meanwhile is held too; false: nothing has. */
bool freeze_order_cover(struct tx *tx, struct freeze *f);

/* --- what follows an act --- */

void freeze_order_log(struct tx *tx, const struct freeze *f, enum audit_act act, struct audit_by by,
                      struct text note);
/* What comes with the person from now on, and who hears of it. */
void freeze_order_spread(struct tx *tx, struct person_id person, enum code_purpose told);

#endif
