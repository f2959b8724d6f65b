/* SPDX-License-Identifier: Apache-2.0 */
/* bill_gather: reads the books behind the commit and makes the items that the index of the bills does not have yet.
 *
 * What opens a bill is an entry of role OPENS on a person's account, as in the chain (bill.h); each of its sides that is a person's gets an
 * item. A payment whose state moved since is read again. */
#ifndef WALLET_BILL_GATHER_H
#define WALLET_BILL_GATHER_H

#include "wallet/bill_index.h"

/* Adds the next few thousand to the batch, whose cursor says where to go on and is moved. view->db is in a transaction of its own, on a
 * reader's connection (or the writer's, in a program that is alone), which began after `upto`, the newest published entry
 * (ledger_sequence), was asked for. *more: there is more behind the cursor. */
enum err bill_gather(struct view *view, struct entry_no upto, struct bill_batch *batch, bool *more);

/* Does the index belong to these books? False: they are older than it, or others. */
bool bill_gather_fits(struct view *view, const struct bill_cursor *cursor);

#endif
