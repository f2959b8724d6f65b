/* SPDX-License-Identifier: Apache-2.0 */
/* accounts: all accounts in memory, 64 bytes each, by dense number from 1. Address space for accounts_max is reserved at the start;
 * memory comes as accounts are opened. The ledger holds two of them: the working ones (the writer's) and the published ones. */
#ifndef LEDGER_ACCOUNTS_H
#define LEDGER_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/entry.h"
#include "ledger/rules.h"

/* One cache line. */
struct slot {
    struct sheet sheet; /* a code of 0: not opened */
    uint64_t newest, owner;
    int64_t opened_ms;
};
_Static_assert(sizeof(struct slot) == 64, "a slot is one cache line");

struct accounts {
    struct slot *slots; /* of account 1 at [0] */
    uint64_t count, max;
    void *space; /* what is reserved */
    size_t space_size;
};

void accounts_init(struct accounts *accounts,
                   uint64_t max); /* ends the process when there is no address space */
void accounts_release(struct accounts *accounts);

static inline struct slot *accounts_at(const struct accounts *accounts, uint64_t no) {
    return no - 1 < accounts->count ? &accounts->slots[no - 1] : NULL;
}

/* For numbers not yet checked: a hint to the processor, nothing more. Always inline, because gcc 12 finds that such a function does nothing
 * and leaves out its calls. */
__attribute__((always_inline)) static inline void accounts_prefetch(const struct accounts *accounts,
                                                                    uint64_t no) {
    if (no - 1 < accounts->count) __builtin_prefetch(&accounts->slots[no - 1], 1);
}

/* As on disk: 64 bytes, little-endian, in the order of struct slot. */
enum { SLOT_SIZE = 64 };
void slot_encode(const struct slot *slot, unsigned char out[SLOT_SIZE]);
void slot_decode(const unsigned char in[SLOT_SIZE], struct slot *out);
bool slot_equal(const struct slot *a, const struct slot *b);

void account_of_slot(uint64_t no, const struct slot *slot, struct account *out);

#endif
