/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

void hash_init(struct hash *hash) {
    *hash = (struct hash){EVP_MD_fetch(NULL, "SHA256", NULL), EVP_MD_CTX_new()};
    assert(hash->algorithm && hash->context);
}

void hash_release(struct hash *hash) {
    EVP_MD_CTX_free(hash->context);
    EVP_MD_free(hash->algorithm);
    *hash = (struct hash){0};
}

void hash_begin(struct hash *hash) {
    int done = EVP_DigestInit_ex2(hash->context, hash->algorithm, NULL);
    assert(done == 1);
}

void hash_add(struct hash *hash, const void *bytes, size_t size) {
    int done = EVP_DigestUpdate(hash->context, bytes, size);
    assert(done == 1);
}

void hash_end(struct hash *hash, unsigned char out[HASH_SIZE]) {
    int done = EVP_DigestFinal_ex(hash->context, out, NULL);
    assert(done == 1);
}

void hash_mac(const unsigned char key[HASH_SIZE], const void *bytes, size_t size,
              unsigned char out[HASH_SIZE]) {
    unsigned int written = 0;
    const unsigned char *mac = HMAC(EVP_sha256(), key, HASH_SIZE, bytes, size, out, &written);
    assert(mac && written == HASH_SIZE);
}
