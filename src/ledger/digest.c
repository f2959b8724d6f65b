/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/digest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ledger/bytes.h"

/* As it is hashed, so that sorted rows are hashed in one go; kind and id lie big end first and compare as bytes. */
struct digest_row {
    unsigned char bytes[4 + 8 + HASH_SIZE];
};

void digest_release(struct digest *digest) {
    free(digest->rows);
    *digest = (struct digest){0};
}

void digest_clear(struct digest *digest) {
    digest->count = 0;
}

void digest_add(struct digest *digest, uint32_t kind, uint64_t id, const unsigned char row_hash[HASH_SIZE]) {
    assert(digest->count < DIGEST_ROWS_MAX);
    if (digest->count == digest->room) {
        digest->room = digest->room ? digest->room * 2 : 64;
        digest->rows = reallocarray(digest->rows, digest->room, sizeof *digest->rows);
        if (!digest->rows) log_fatal("ledger: no memory for %zu rows of a digest", digest->room);
    }
    unsigned char *bytes = digest->rows[digest->count++].bytes;
    kind = htobe32(kind);
    id = htobe64(id);
    memcpy(bytes, &kind, 4);
    memcpy(bytes + 4, &id, 8);
    memcpy(bytes + 12, row_hash, HASH_SIZE);
}

static int digest_order(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct digest_row));
}

void digest_end(struct digest *digest, struct hash *hash, unsigned char out[HASH_SIZE]) {
    memset(out, 0, HASH_SIZE);
    if (digest->count == 0) return;
    qsort(digest->rows, digest->count, sizeof *digest->rows, digest_order);
    hash_begin(hash);
    hash_add(hash, digest->rows, digest->count * sizeof *digest->rows);
    hash_end(hash, out);
}
