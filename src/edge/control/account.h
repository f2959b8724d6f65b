/* SPDX-License-Identifier: Apache-2.0 */
/* account: how an account of the chart is told of, for the commands that speak of one. Within a read. */
#ifndef EDGE_CONTROL_ACCOUNT_H
#define EDGE_CONTROL_ACCOUNT_H

#include "base/id.h"
#include "edge/control/command.h"
#include "ledger/entry.h"

/* "person 01K…", "shop 01K…", "bank CMB", "fees": whose it is, into 64 bytes. */
enum { ACCOUNT_OWNER_BYTES = 64 };
void account_owner_text(struct errand *errand, const struct account *account, char out[ACCOUNT_OWNER_BYTES]);

/* number, kind, owner, the four sums, balance and what of it is free, into an object that is open. False: there is no such account. */
bool account_keys(struct errand *errand, const struct view *view, struct account_no no);
/* "holds": the pending entries that debit it and have not ended, newest first, with the payment that each is of. */
void account_holds_key(struct errand *errand, const struct view *view, struct account_no no);

#endif
