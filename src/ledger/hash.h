/* SPDX-License-Identifier: Apache-2.0 */
/* hash: SHA-256 for the chain of rows, with the context kept between rows, and the MAC of what the store must not be able to forge.
 * One struct hash belongs to one thread at a time. */
#ifndef LEDGER_HASH_H
#define LEDGER_HASH_H

#include <stddef.h>

enum { HASH_SIZE = 32 };

struct hash {
    void *algorithm, *context;
};

void hash_init(struct hash *hash);
void hash_release(struct hash *hash);

void hash_begin(struct hash *hash);
void hash_add(struct hash *hash, const void *bytes, size_t size);
void hash_end(struct hash *hash, unsigned char out[HASH_SIZE]);

/* HMAC-SHA-256 over the bytes under the ledger's key. The bytes begin with what they are ("page", "head"), so that one cannot pass for
 * the other. */
void hash_mac(const unsigned char key[HASH_SIZE], const void *bytes, size_t size, unsigned char out[HASH_SIZE]);

#endif
