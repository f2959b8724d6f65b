/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint: reading back what checkpoint.c stored, for the start and for the audit. Each answers NULL, or words for what is wrong. */
#ifndef LEDGER_CHECKPOINT_H
#define LEDGER_CHECKPOINT_H

#include "ledger/book.h"

enum {
    PAGE_HEADER = 32,
    PAGE_SIZE_MAX = PAGE_HEADER + PAGE_ACCOUNTS * SLOT_SIZE,
    PAGE_ROOM = 8 + PAGE_SIZE_MAX, /* a label, then the page */
};

struct page {
    uint64_t page, upto, count;
    const unsigned char *slots; /* count × SLOT_SIZE, in the room */
};

const char *checkpoint_page(const struct ledger *ledger, struct db *db, uint64_t page,
                            unsigned char room[PAGE_ROOM], struct page *out);
size_t checkpoint_uptos(struct db *db, struct page *out, size_t most); /* page and upto only */
/* *entry is 0 when no head was ever sealed. */
const char *checkpoint_head(const struct ledger *ledger, struct db *db, uint64_t *entry,
                            unsigned char hash[HASH_SIZE]);

#endif
