/* SPDX-License-Identifier: Apache-2.0 */
/* bill_block: items of the index of the bills (bill_index.h) as bytes. Pure.
 *
 * A question reads all that somebody has, so what it costs is the bytes: each item is told by how it differs from the one before it in the block, and
 * whoever stands on the other side, and a note that comes again, is written once:
 *
 *     kind, state 1 | bits 1 | account | id | at | ended | entry | amount | party 1 [kind 1, number, its name] | note 1 [text]
 *
 * in some 15 bytes instead of a hundred. Numbers have 7 bits a byte, the lowest first. In [] only when it is new to the block: else the byte before is its
 * place among the last that were new. A text has a byte for its size. Account and ended are there only when a bit says so. */
#ifndef WALLET_BILL_BLOCK_H
#define WALLET_BILL_BLOCK_H

#include "wallet/bill_item.h"

enum {
    BLOCK_VERSION = 4,  /* of these bytes: an index of another one is made anew */
    BLOCK_SIZE = 3980,  /* fits a page of SQLite, and two one of PostgreSQL */
    BLOCK_ITEM_MIN = 7, /* bytes */
    BLOCK_ITEM_MAX = 2 + 7 * 10 + 3 + 2 * (1 + ITEM_TEXT_MAX),
    BLOCK_ITEMS_MAX = BLOCK_SIZE / BLOCK_ITEM_MIN,
    BLOCK_SAID_MAX = 64, /* parties that are remembered, and notes */
};

struct bill_block_party {
    uint64_t party;
    enum bill_party kind;
    struct text name; /* in the block, as are the notes */
};

/* What the block has said up to an item: whoever writes it and whoever reads it knows the same. */
struct bill_block_said {
    uint64_t account, id, at, entry;
    uint32_t parties, notes; /* how many were new; the last BLOCK_SAID_MAX of them are known */
    struct bill_block_party party[BLOCK_SAID_MAX];
    struct text note[BLOCK_SAID_MAX];
};
void bill_block_begin(struct bill_block_said *said);

/* Appends it to the *size bytes of a block of BLOCK_SIZE; false: there is no room, and nothing is changed. An empty block has room for any. The kind and the
 * state must be below 16. */
bool bill_block_put(unsigned char *bytes, size_t *size, struct bill_block_said *said,
                    const struct bill_item *item);
/* Reads the item at *at, which moves behind it; false: there is no whole one. Its texts point into the bytes. */
bool bill_block_get(const unsigned char *bytes, size_t size, size_t *at, struct bill_block_said *said,
                    struct bill_item *out);

#endif
