/* SPDX-License-Identifier: Apache-2.0 */
/* spend: money leaves a person's balance: the limit is counted and the entry applied, or neither, and the refusal says which rule and by
 * how much. What purchases and transfers (and later withdrawals) have in common. */
#ifndef WALLET_SPEND_H
#define WALLET_SPEND_H

#include "base/err.h"
#include "base/money.h"
#include "ledger/entry.h"
#include "wallet/limit.h"
#include "wallet/session.h"
#include "wallet/tx.h"

/* Would this account be credited? ERR_PAYEE_CLOSED, ERR_PAYEE_FROZEN, ERR_ACCOUNT_FULL. Also for money that a bank brings. */
enum err spend_payee(struct tx *tx, struct account_no payee, struct money amount, struct fault *fault);

/* What the ledger would say of the entry, in the wallet's words, when so much leaves the payer: ERR_PAYER_CLOSED, ERR_PAYER_FROZEN,
 * ERR_PAYEE_CLOSED, ERR_PAYEE_FROZEN, ERR_ACCOUNT_FULL, ERR_AMOUNT_FROZEN, ERR_INSUFFICIENT_BALANCE (fault->amount: by how much). Asks the accounts in
 * memory; only a refusal asks the store, for its words. */
enum err spend_foresee(struct tx *tx, struct money amount, const struct ledger_event *entry,
                       struct fault *fault);

/* ERR_PAYER_FROZEN, ERR_REALNAME_NEEDED, ERR_TIER_*_LIMIT, ERR_DAY_LIMIT_*, then as spend_foresee, in this order; nothing is written
 * then. entry: filled in by the caller, one event; stamp: the limit's, to be kept on the payment. */
enum err spend(struct tx *tx, const struct actor *actor, const struct limit_use *use,
               struct ledger_event *entry, struct fault *fault, int64_t *stamp);

#endif
