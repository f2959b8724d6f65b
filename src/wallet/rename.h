/* SPDX-License-Identifier: Apache-2.0 */
/* rename: who is called otherwise since. Whoever keeps copies of names (the index of the bills) reads it; a room that changes a name of a
 * person or a merchant says so here, in the same transaction. */
#ifndef WALLET_RENAME_H
#define WALLET_RENAME_H

#include "wallet/bill.h"

void rename_note(struct tx *tx, enum bill_party kind, uint64_t party);

struct rename {
    uint64_t id;
    enum bill_party kind;
    uint64_t party;
};
/* Those with ids > after, oldest first, at most `most`. */
size_t rename_list(struct db *db, uint64_t after, struct rename *out, size_t most);
uint64_t rename_newest(struct db *db); /* 0: none */

#endif
