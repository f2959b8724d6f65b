/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/accounts.h"

#include <sys/mman.h>

#include "base/log.h"
#include "ledger/bytes.h"

enum { HUGE_PAGE = 2 << 20 };

void accounts_init(struct accounts *accounts, uint64_t max) {
    size_t size = max * sizeof(struct slot);
    void *slots = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (slots == MAP_FAILED) log_fatal("ledger: no address space for %zu bytes of accounts", size);
    madvise(slots, size, MADV_HUGEPAGE); /* accounts are touched at random; a refusal costs only speed */
    *accounts = (struct accounts){.slots = slots, .max = max};
}

void accounts_release(struct accounts *accounts) {
    if (accounts->space) munmap(accounts->space, accounts->space_size);
    *accounts = (struct accounts){0};
}

void slot_encode(const struct slot *slot, unsigned char out[SLOT_SIZE]) {
    bytes_put64(out + 0, slot->sheet.debits_pending);
    bytes_put64(out + 8, slot->sheet.debits_posted);
    bytes_put64(out + 16, slot->sheet.credits_pending);
    bytes_put64(out + 24, slot->sheet.credits_posted);
    bytes_put32(out + 32, slot->sheet.asset);
    bytes_put16(out + 36, slot->sheet.code);
    bytes_put16(out + 38, slot->sheet.flags);
    bytes_put64(out + 40, slot->newest);
    bytes_put64(out + 48, slot->owner);
    bytes_put64(out + 56, (uint64_t)slot->opened_ms);
}

void slot_decode(const unsigned char in[SLOT_SIZE], struct slot *out) {
    *out = (struct slot){
        .sheet = {bytes_get64(in + 0), bytes_get64(in + 8), bytes_get64(in + 16), bytes_get64(in + 24),
                  bytes_get32(in + 32), bytes_get16(in + 36), bytes_get16(in + 38)},
        .newest = bytes_get64(in + 40),
        .owner = bytes_get64(in + 48),
        .opened_ms = (int64_t)bytes_get64(in + 56),
    };
}

bool slot_equal(const struct slot *a, const struct slot *b) {
    return memcmp(a, b, sizeof *a) == 0; /* 64 bytes without padding */
}

void account_of_slot(uint64_t no, const struct slot *slot, struct account *out) {
    *out = (struct account){
        .no = no,
        .debits_pending = slot->sheet.debits_pending,
        .debits_posted = slot->sheet.debits_posted,
        .credits_pending = slot->sheet.credits_pending,
        .credits_posted = slot->sheet.credits_posted,
        .owner = slot->owner,
        .newest = slot->newest,
        .opened_ms = slot->opened_ms,
        .asset = slot->sheet.asset,
        .code = slot->sheet.code,
        .flags = slot->sheet.flags,
    };
}
