/* SPDX-License-Identifier: Apache-2.0 */
/* 128 bytes, little-endian:
 *
 *   0 no 8, zero 8 | 16 debit 8 | 24 credit 8 | 32 amount 8 | 40 time 8 | 48 previous of debit 8 | 56 previous of credit 8
 *  64 pending 8 | 72 payment 8 | 80 balance after of debit 8 | 88 of credit 8 | 96 user data 16 | 112 role 4 | 116 timeout 4
 * 120 asset 4 | 124 code 2 | 126 flags 2
 *
 * The zeros are the upper half of a foreign id, should the ledger ever take ids that are not its own. */
#include "ledger/entry.h"

#include <endian.h>
#include <string.h>

#include "ledger/bytes.h"

void entry_encode(const struct entry *entry, unsigned char out[ENTRY_SIZE]) {
    bytes_put64(out + 0, entry->no);
    bytes_put64(out + 8, 0);
    bytes_put64(out + 16, entry->debit);
    bytes_put64(out + 24, entry->credit);
    bytes_put64(out + 32, entry->amount);
    bytes_put64(out + 40, (uint64_t)entry->time_ms);
    bytes_put64(out + 48, entry->debit_previous);
    bytes_put64(out + 56, entry->credit_previous);
    bytes_put64(out + 64, entry->pending);
    bytes_put64(out + 72, entry->payment);
    bytes_put64(out + 80, (uint64_t)entry->debit_after);
    bytes_put64(out + 88, (uint64_t)entry->credit_after);
    memcpy(out + 96, entry->user_data, sizeof entry->user_data);
    bytes_put32(out + 112, entry->role);
    bytes_put32(out + 116, entry->timeout_s);
    bytes_put32(out + 120, entry->asset);
    bytes_put16(out + 124, entry->code);
    bytes_put16(out + 126, entry->flags);
}

void entry_decode(const unsigned char in[ENTRY_SIZE], struct entry *out) {
    out->no = bytes_get64(in + 0);
    out->debit = bytes_get64(in + 16);
    out->credit = bytes_get64(in + 24);
    out->amount = bytes_get64(in + 32);
    out->time_ms = (int64_t)bytes_get64(in + 40);
    out->debit_previous = bytes_get64(in + 48);
    out->credit_previous = bytes_get64(in + 56);
    out->pending = bytes_get64(in + 64);
    out->payment = bytes_get64(in + 72);
    out->debit_after = (int64_t)bytes_get64(in + 80);
    out->credit_after = (int64_t)bytes_get64(in + 88);
    memcpy(out->user_data, in + 96, sizeof out->user_data);
    out->role = bytes_get32(in + 112);
    out->timeout_s = bytes_get32(in + 116);
    out->asset = bytes_get32(in + 120);
    out->code = bytes_get16(in + 124);
    out->flags = bytes_get16(in + 126);
}

void entry_sides(const unsigned char in[ENTRY_SIZE], uint64_t *debit, uint64_t *credit) {
    *debit = bytes_get64(in + 16);
    *credit = bytes_get64(in + 24);
}

/* An opening carries the account in the user data: owner 8, flags 2. */
void entry_open_encode(struct entry *entry, uint64_t owner, uint16_t flags) {
    bytes_put64(entry->user_data, owner);
    bytes_put16(entry->user_data + 8, flags);
}

void entry_open_decode(const struct entry *entry, uint64_t *owner, uint16_t *flags) {
    *owner = bytes_get64(entry->user_data);
    *flags = bytes_get16(entry->user_data + 8);
}
