/* SPDX-License-Identifier: Apache-2.0 */
/* keys: the installation's secret keys, outside the store (file `keys`, 0600, in the data directory; made at the first start), and
 * what is done with them. Locked in memory, wiped on release.
 *
 * Each use has its own key derived from the master by its name, so one cannot stand in for another. OpenSSL and libsodium only. */
#ifndef KIT_CRYPTO_KEYS_H
#define KIT_CRYPTO_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

struct keys;

/* Reads the file, or makes it when `make` is set and there is none. ERR_CONFIG when it is damaged or readable by others. */
enum err keys_open(const char *path, bool make, struct keys **out);
void keys_free(struct keys *keys);

enum key_use {
    KEY_PIN,
    KEY_PHONE,
    KEY_ID_NUMBER,
    KEY_CARD,
    KEY_CODE,
    KEY_PUBLIC_ID,
    KEY_LEDGER_MAC,
    KEY_CURSOR,
    KEY_THROTTLE,
    KEY_RECORD,
    KEY_PAYCODE,
    KEY_DOCUMENT,
    KEY_COUNT
};

enum { MAC_SIZE = 32, SEAL_EXTRA = 40, PUBLIC_ID_SIZE = 26 };

/* HMAC-SHA-256 under the use's key: for lookups (phone, ID number, card) and the PIN (the caller puts the person in front). */
void keys_mac(const struct keys *keys, enum key_use use, const void *bytes, size_t size,
              unsigned char out[MAC_SIZE]);
const unsigned char *keys_bytes(const struct keys *keys, enum key_use use); /* 32 bytes */
int keys_number(const struct keys *keys); /* of the master, for ever: stored beside what only this key can check again */

/* XChaCha20-Poly1305 with a random nonce; `where` (table, column, row id as text) is bound in, so a sealed value cannot be moved. out: size + SEAL_EXTRA. */
void keys_seal(const struct keys *keys, enum key_use use, const char *where, const void *plain, size_t size,
               unsigned char *out);
bool keys_unseal(const struct keys *keys, enum key_use use, const char *where, const void *sealed,
                 size_t size, unsigned char *out);

/* The place of a sealed value, for `where`: keys_seal(keys, KEY_CARD, seal_place("card.number", id).text, …). */
struct seal_place {
    char text[64];
};
struct seal_place seal_place(const char *column, uint64_t row);

/* Our number, outside: one AES-256 block over (number, kind), 26 characters of Crockford base32. Reading checks the kind and the zero
 * bytes, so numbers cannot be guessed or counted. Reading takes small letters, and O for 0, I and L for 1, as people type them. */
enum id_kind {
    ID_PERSON = 1,
    ID_SESSION,
    ID_CARD,
    ID_BINDING,
    ID_MERCHANT,
    ID_ORDER,
    ID_PAYMENT,
    ID_REFUSAL,
    ID_ENTRY,
    ID_NOTICE,
    ID_BANK_MESSAGE,
    ID_SMS,
    ID_CHARGE = 20,
    ID_PIN_RESET = 21,
    ID_CASE = 30,
    ID_CASE_LINE = 31,
    ID_WINDOW = 32,
    ID_ANNOUNCEMENT = 33,
    ID_DEVICE = 40,
    ID_TILL = 60,
    ID_FREEZE = 70,
    ID_FINDING = 80
};
void keys_id_show(const struct keys *keys, enum id_kind kind, uint64_t number, char out[PUBLIC_ID_SIZE + 1]);
bool keys_id_read(const struct keys *keys, enum id_kind kind, struct text shown, uint64_t *out);

/* Unkeyed. */
void crypto_sha256(const void *bytes, size_t size, unsigned char out[32]);
bool crypto_equal(const void *a, const void *b, size_t size); /* constant time */
void crypto_wipe(void *bytes, size_t size);

/* Argon2id, 19 MiB, 2 passes (libsodium's own string form); run on a pool, never on the loop or the writer. */
enum { PASSWORD_HASH_MAX = 128 };
enum err password_hash(struct text password, char out[PASSWORD_HASH_MAX]);
bool password_verify(const char *hash, struct text password);
void password_verify_dummy(struct text password); /* the same time for a phone that we do not know */

#endif
