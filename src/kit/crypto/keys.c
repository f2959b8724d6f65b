/* SPDX-License-Identifier: Apache-2.0 */
/* The file is two lines of text, so that an operator can write it on paper:
 *
 *     qianbao keys 1            format
 *     1 <64 hexadecimal digits> number and bytes of the master key
 *
 * From the master come the keys of each use: HMAC-SHA-256(master, "qianbao 1 pin"), and so on. All of them lie in one block of guarded
 * memory that is locked against swapping, read-only once filled and wiped when freed. */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_*: the one interface whose state can be copied without memory */
#include "kit/crypto/keys.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sodium.h>

#include "base/log.h"
#include "base/rand.h"

enum { KEY_SIZE = 32, BLOCK_SIZE = 16, FILE_MAX = 256 };

_Static_assert(MAC_SIZE == crypto_auth_hmacsha256_BYTES, "the header says it");
_Static_assert(SEAL_EXTRA ==
                   crypto_aead_xchacha20poly1305_ietf_NPUBBYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "a nonce and a tag");
_Static_assert(PASSWORD_HASH_MAX >= crypto_pwhash_STRBYTES, "libsodium's string fits");

/* HMAC-SHA-256 (RFC 2104) by OpenSSL, which uses the processor's own instructions where libsodium does not. */
struct mac {
    SHA256_CTX inner, outer;
};

struct keys {
    unsigned char of[KEY_COUNT][KEY_SIZE];
    struct mac mac[KEY_COUNT]; /* begun with each key: saves two blocks of SHA-256 a call */
    struct blocks *blocks;
    int number; /* of the master */
};

/* AES-256, one block at a time, with the key KEY_PUBLIC_ID set once: setting it costs ten times the block. Not in struct keys, which
 * nobody writes to. */
struct blocks {
    pthread_mutex_t lock;
    EVP_CIPHER_CTX *way[2]; /* [1] enciphers */
};

static const char *const key_names[KEY_COUNT] = {
    [KEY_PIN] = "pin",
    [KEY_PHONE] = "phone",
    [KEY_ID_NUMBER] = "id-number",
    [KEY_CARD] = "card",
    [KEY_CODE] = "code",
    [KEY_PUBLIC_ID] = "public-id",
    [KEY_LEDGER_MAC] = "ledger-mac",
    [KEY_CURSOR] = "cursor",
    [KEY_THROTTLE] = "throttle",
    [KEY_RECORD] = "record",
    [KEY_PAYCODE] = "paycode",
    [KEY_DOCUMENT] = "document",
};

static const char file_head[] = "qianbao keys 1\n";

/* --- the file --- */

static enum err file_make(const char *path) {
    unsigned char master[KEY_SIZE];
    char hex[2 * KEY_SIZE + 1], text[FILE_MAX], fresh[4096];
    rand_bytes(master, sizeof master);
    sodium_bin2hex(hex, sizeof hex, master, sizeof master);
    int size = snprintf(text, sizeof text, "%s1 %s\n", file_head, hex);
    int room = snprintf(fresh, sizeof fresh, "%s.new", path);
    enum err err = ERR_CONFIG;
    int fd = -1;
    if (size <= 0 || room <= 0 || (size_t)room >= sizeof fresh) goto out;
    (void)unlink(fresh); /* of a start that was cut short: link() below is what makes the key */
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) goto out;
    if (write(fd, text, (size_t)size) != size || fsync(fd) != 0) goto out;
    if (link(fresh, path) != 0) goto out; /* never over a key that is there */
    err = ERR_OK;
out:
    if (err) log_error("keys: cannot make %s: %s", path, strerror(errno));
    if (fd >= 0) {
        close(fd);
        unlink(fresh);
    }
    crypto_wipe(master, sizeof master);
    crypto_wipe(hex, sizeof hex);
    crypto_wipe(text, sizeof text);
    return err;
}

/* The directory's own record of the new name must be on the disk before a store exists that needs the key. */
static enum err folder_sync(const char *path) {
    const char *slash = strrchr(path, '/');
    char folder[4096] = ".";
    if (slash && (size_t)(slash - path) < sizeof folder)
        snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ERR_CONFIG;
    enum err err = fsync(fd) == 0 ? ERR_OK : ERR_CONFIG;
    close(fd);
    return err;
}

static enum err file_parse(const char *text, size_t size, int *number, unsigned char master[KEY_SIZE]) {
    size_t head = sizeof file_head - 1;
    size_t whole = head + 2 + 2 * KEY_SIZE + 1, length = 0;
    if (size != whole || memcmp(text, file_head, head) != 0) return ERR_CONFIG;
    const char *line = text + head;
    if (line[0] < '1' || line[0] > '9' || line[1] != ' ' || line[2 + 2 * KEY_SIZE] != '\n') return ERR_CONFIG;
    if (sodium_hex2bin(master, KEY_SIZE, line + 2, 2 * KEY_SIZE, NULL, &length, NULL) != 0 ||
        length != KEY_SIZE)
        return ERR_CONFIG;
    *number = line[0] - '0';
    return ERR_OK;
}

static enum err file_read(const char *path, int *number, unsigned char master[KEY_SIZE]) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        log_error("keys: cannot read %s: %s", path, strerror(errno));
        return ERR_CONFIG;
    }
    char text[FILE_MAX];
    struct stat facts;
    ssize_t size = 0;
    enum err err = ERR_CONFIG;
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        log_error("keys: %s is not a file", path);
    } else if (facts.st_mode & (S_IRWXG | S_IRWXO)) {
        log_error("keys: others may read %s: run chmod 600 on it, and think about who has read it", path);
    } else if ((size = read(fd, text, sizeof text)) <= 0 ||
               file_parse(text, (size_t)size, number, master) != ERR_OK) {
        log_error("keys: %s is damaged: put it back from your copy; without it the store cannot be read", path);
    } else {
        err = ERR_OK;
    }
    close(fd);
    crypto_wipe(text, sizeof text);
    return err;
}

/* --- opening --- */

static void mac_begin(struct mac *mac, const unsigned char key[KEY_SIZE]) {
    unsigned char pad[SHA256_CBLOCK];
    for (size_t i = 0; i < sizeof pad; i++) pad[i] = (i < KEY_SIZE ? key[i] : 0) ^ 0x36;
    SHA256_Init(&mac->inner);
    SHA256_Update(&mac->inner, pad, sizeof pad);
    for (size_t i = 0; i < sizeof pad; i++) pad[i] ^= 0x36 ^ 0x5c;
    SHA256_Init(&mac->outer);
    SHA256_Update(&mac->outer, pad, sizeof pad);
    crypto_wipe(pad, sizeof pad);
}

static void keys_derive(struct keys *keys, const unsigned char master[KEY_SIZE]) {
    for (int use = 0; use < KEY_COUNT; use++) {
        char name[64];
        int size = snprintf(name, sizeof name, "qianbao %d %s", keys->number, key_names[use]);
        crypto_auth_hmacsha256_state state;
        crypto_auth_hmacsha256_init(&state, master, KEY_SIZE);
        crypto_auth_hmacsha256_update(&state, (const unsigned char *)name, (unsigned long long)size);
        crypto_auth_hmacsha256_final(&state, keys->of[use]);
        mac_begin(&keys->mac[use], keys->of[use]);
        crypto_wipe(&state, sizeof state);
    }
}

static void blocks_free(struct blocks *blocks) {
    for (int way = 0; way < 2; way++) EVP_CIPHER_CTX_free(blocks->way[way]); /* wipes the key */
    pthread_mutex_destroy(&blocks->lock);
    free(blocks);
}

static struct blocks *blocks_make(const unsigned char key[KEY_SIZE]) {
    struct blocks *blocks = calloc(1, sizeof *blocks);
    EVP_CIPHER *aes = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
    bool made = blocks && aes && pthread_mutex_init(&blocks->lock, NULL) == 0;
    for (int way = 0; made && way < 2; way++) {
        blocks->way[way] = EVP_CIPHER_CTX_new();
        made = blocks->way[way] && EVP_CipherInit_ex2(blocks->way[way], aes, key, NULL, way, NULL) == 1 &&
               EVP_CIPHER_CTX_set_padding(blocks->way[way], 0) == 1;
    }
    EVP_CIPHER_free(aes); /* the contexts hold it */
    if (made) return blocks;
    if (blocks) blocks_free(blocks);
    return NULL;
}

enum err keys_open(const char *path, bool make, struct keys **out) {
    if (sodium_init() < 0) return ERR_INTERNAL;
    if (make && access(path, F_OK) != 0 && errno == ENOENT) {
        enum err err = file_make(path);
        if (!err) err = folder_sync(path);
        if (err) return err;
    }
    unsigned char master[KEY_SIZE];
    int number = 0;
    enum err err = file_read(path, &number, master);
    if (err) return err;

    struct keys *keys = sodium_malloc(sizeof *keys);
    if (!keys) {
        crypto_wipe(master, sizeof master);
        return ERR_INTERNAL;
    }
    *keys = (struct keys){.number = number};
    keys_derive(keys, master);
    crypto_wipe(master, sizeof master);
    keys->blocks = blocks_make(keys->of[KEY_PUBLIC_ID]);
    if (!keys->blocks) {
        sodium_free(keys);
        return ERR_INTERNAL;
    }
    sodium_mprotect_readonly(keys);
    *out = keys;
    return ERR_OK;
}

void keys_free(struct keys *keys) {
    if (!keys) return;
    blocks_free(keys->blocks);
    sodium_free(keys); /* makes it writable, wipes it, gives it back */
}

int keys_number(const struct keys *keys) {
    return keys->number;
}

/* --- what is done with them --- */

void keys_mac(const struct keys *keys, enum key_use use, const void *bytes, size_t size,
              unsigned char out[MAC_SIZE]) {
    struct mac mac = keys->mac[use];
    SHA256_Update(&mac.inner, bytes, size);
    SHA256_Final(out, &mac.inner);
    SHA256_Update(&mac.outer, out, MAC_SIZE);
    SHA256_Final(out, &mac.outer);
    crypto_wipe(&mac, sizeof mac);
}

const unsigned char *keys_bytes(const struct keys *keys, enum key_use use) {
    return keys->of[use];
}

/* nonce 24 | ciphertext | tag 16 */
void keys_seal(const struct keys *keys, enum key_use use, const char *where, const void *plain, size_t size,
               unsigned char *out) {
    enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES };
    rand_bytes(out, NONCE);
    int failed = crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, NULL, plain, size,
                                                            (const unsigned char *)where, strlen(where), NULL,
                                                            out, keys->of[use]);
    assert(failed == 0);
}

bool keys_unseal(const struct keys *keys, enum key_use use, const char *where, const void *sealed,
                 size_t size, unsigned char *out) {
    enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES };
    const unsigned char *bytes = sealed;
    if (size < SEAL_EXTRA) return false;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, bytes + NONCE, size - NONCE,
                                                      (const unsigned char *)where, strlen(where), bytes,
                                                      keys->of[use]) == 0;
}

struct seal_place seal_place(const char *column, uint64_t row) {
    struct seal_place place;
    int size = snprintf(place.text, sizeof place.text, "%s %llu", column, (unsigned long long)row);
    assert(size > 0 && (size_t)size < sizeof place.text);
    return place;
}

/* --- numbers, outside --- */

/* One block: number 8 (big-endian) | kind 1 | zeros 7. Deciphering a guess gives the eight known bytes once in 2^64 times. */
static void block_crypt(const struct keys *keys, bool encipher, const unsigned char in[BLOCK_SIZE],
                        unsigned char out[BLOCK_SIZE]) {
    struct blocks *blocks = keys->blocks;
    int size = 0;
    pthread_mutex_lock(&blocks->lock);
    bool done = EVP_CipherUpdate(blocks->way[encipher], out, &size, in, BLOCK_SIZE) == 1;
    pthread_mutex_unlock(&blocks->lock);
    if (!done || size != BLOCK_SIZE) log_fatal("keys: AES is not available");
}

/* Crockford's base32: no I, L, O, U. 26 characters carry 130 bits; the two on top are zero. */
static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static int base32_value(char c) {
    if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
    if (c == 'O') return 0; /* what people read when they type a code from paper */
    if (c == 'I' || c == 'L') return 1;
    const char *found = c ? strchr(base32, c) : NULL;
    return found ? (int)(found - base32) : -1;
}

void keys_id_show(const struct keys *keys, enum id_kind kind, uint64_t number, char out[PUBLIC_ID_SIZE + 1]) {
    unsigned char plain[BLOCK_SIZE] = {0}, block[BLOCK_SIZE];
    for (int i = 0; i < 8; i++) plain[i] = (unsigned char)(number >> (56 - 8 * i));
    plain[8] = (unsigned char)kind;
    block_crypt(keys, true, plain, block);
    unsigned __int128 bits = 0;
    for (int i = 0; i < BLOCK_SIZE; i++) bits = bits << 8 | block[i];
    for (int i = PUBLIC_ID_SIZE - 1; i >= 0; i--, bits >>= 5) out[i] = base32[(unsigned)(bits & 31)];
    out[PUBLIC_ID_SIZE] = '\0';
}

bool keys_id_read(const struct keys *keys, enum id_kind kind, struct text shown, uint64_t *out) {
    static const unsigned char zeros[7];
    if (shown.n != PUBLIC_ID_SIZE) return false;
    unsigned __int128 bits = 0;
    for (size_t i = 0; i < shown.n; i++) {
        int value = base32_value(shown.p[i]);
        if (value < 0 || (i == 0 && value > 7)) return false;
        bits = bits << 5 | (unsigned)value;
    }
    unsigned char block[BLOCK_SIZE], plain[BLOCK_SIZE];
    for (int i = BLOCK_SIZE - 1; i >= 0; i--, bits >>= 8) block[i] = (unsigned char)bits;
    block_crypt(keys, false, block, plain);
    if (plain[8] != (unsigned char)kind || !crypto_equal(plain + 9, zeros, sizeof zeros)) return false;
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) number = number << 8 | plain[i];
    *out = number;
    return true;
}

/* --- unkeyed --- */

void crypto_sha256(const void *bytes, size_t size, unsigned char out[32]) {
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, bytes, size);
    SHA256_Final(out, &state);
    crypto_wipe(&state, sizeof state);
}

bool crypto_equal(const void *a, const void *b, size_t size) {
    return sodium_memcmp(a, b, size) == 0;
}

void crypto_wipe(void *bytes, size_t size) {
    sodium_memzero(bytes, size);
}

/* --- passwords --- */

enum { ARGON_PASSES = 2, ARGON_BYTES = 19 * 1024 * 1024 };

enum err password_hash(struct text password, char out[PASSWORD_HASH_MAX]) {
    return crypto_pwhash_str(out, password.p, password.n, ARGON_PASSES, ARGON_BYTES) == 0 ? ERR_OK
                                                                                          : ERR_OVERLOADED;
}

bool password_verify(const char *hash, struct text password) {
    return crypto_pwhash_str_verify(hash, password.p, password.n) == 0;
}

void password_verify_dummy(struct text password) {
    static const unsigned char salt[crypto_pwhash_SALTBYTES] = "a phone unknown";
    unsigned char hash[32];
    int failed = crypto_pwhash(hash, sizeof hash, password.p, password.n, salt, ARGON_PASSES, ARGON_BYTES,
                               crypto_pwhash_ALG_ARGON2ID13);
    (void)failed; /* without memory the real one fails as fast */
    crypto_wipe(hash, sizeof hash);
}
