/* SPDX-License-Identifier: Apache-2.0 */
/* bill: how a payment, or a refusal, looks to the one who looks. */
#ifndef EDGE_API_BILL_H
#define EDGE_API_BILL_H

#include "edge/api/api.h"
#include "wallet/bill.h"

/* The keys that bills and payments have in common, into an object that is open. */
void bill_keys(struct api_call *call, const struct bill *bill);
/* The same with the history ("moves" and "entries"), as a value; on a reader or in a transaction. */
void payment_value(struct api_call *call, struct db *db, const struct bill *bill);
/* {"payment": …} from the side of the caller. */
void payment_answer(struct api_call *call, struct db *db, const struct payment *payment);

void counterparty_key(struct api_call *call, const struct bill *bill);

#endif
