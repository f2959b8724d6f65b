/* SPDX-License-Identifier: Apache-2.0 */
/* digest: what a group's digest is made of, so that the chain of rows covers the rows of other rooms too (ledger.h says how they take
 * part). SHA-256 over kind 4 ‖ id 8 ‖ SHA-256(bytes) of every such row, sorted by kind and id; a group without any has 32 zeros. */
#ifndef LEDGER_DIGEST_H
#define LEDGER_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "ledger/hash.h"

enum { DIGEST_ROWS_MAX = 1 << 20 }; /* of one group */

struct digest {
    struct digest_row *rows;
    size_t count, room;
};

void digest_release(struct digest *digest);
void digest_clear(struct digest *digest);
void digest_add(struct digest *digest, uint32_t kind, uint64_t id, const unsigned char row_hash[HASH_SIZE]);
void digest_end(struct digest *digest, struct hash *hash, unsigned char out[HASH_SIZE]);

#endif
