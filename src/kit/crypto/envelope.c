/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/crypto/envelope.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rand.h"

enum {
    KEY_SIZE = 32,
    KEY_TEXT = 2 * KEY_SIZE,
    NONCE_SIZE = 16,
    NONCE_TEXT = 2 * NONCE_SIZE,
    MAC = 32,
    MAC_TEXT = 2 * MAC
};

/* --- the secret's file --- */

static enum err key_wrong(char words[ENVELOPE_WORDS_MAX], const char *path, const char *what, int error) {
    snprintf(words, ENVELOPE_WORDS_MAX, "the secret %.200s %s%s%s", path, what, error ? ": " : "",
             error ? strerror(error) : "");
    return ERR_CONFIG;
}

/* ERR_NOT_FOUND: there is no file. */
static enum err key_read(const char *path, struct envelope_key *out, char words[ENVELOPE_WORDS_MAX]) {
    char text[KEY_TEXT + 2] = {0};
    struct stat about;
    size_t size = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return errno == ENOENT ? ERR_NOT_FOUND : key_wrong(words, path, "cannot be opened", errno);
    ssize_t got = read(file, text, sizeof text);
    bool open_to_others = fstat(file, &about) != 0 || (about.st_mode & 077) != 0;
    close(file);
    if (open_to_others) return key_wrong(words, path, "can be read by others; chmod 600 it", 0);
    bool whole = got == KEY_TEXT || (got == KEY_TEXT + 1 && text[KEY_TEXT] == '\n');
    if (!whole || sodium_hex2bin(out->bytes, KEY_SIZE, text, KEY_TEXT, NULL, &size, NULL) != 0 ||
        size != KEY_SIZE)
        return key_wrong(words, path, "does not hold 64 hexadecimal digits", 0);
    sodium_memzero(text, sizeof text);
    return ERR_OK;
}

/* The directory that the file stands in, when it is missing: whoever of the two programs comes first makes both. */
static void parent_make(const char *path) {
    char parent[400];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path || slash - path >= (ptrdiff_t)sizeof parent) return;
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
    if (mkdir(parent, 0700) != 0 && errno != EEXIST) return; /* making the file will say why */
}

/* The file appears whole or not at all: written under another name, then linked, which fails when somebody was first. */
static enum err key_make(const char *path, char words[ENVELOPE_WORDS_MAX]) {
    char name[512], text[KEY_TEXT + 1];
    unsigned char key[KEY_SIZE];
    if (snprintf(name, sizeof name, "%s.%ld", path, (long)getpid()) >= (int)sizeof name)
        return key_wrong(words, path, "has too long a name", 0);
    rand_bytes(key, sizeof key);
    sodium_bin2hex(text, sizeof text, key, sizeof key);
    text[KEY_TEXT] = '\n';
    int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return key_wrong(words, path, "cannot be made", errno);
    bool written = write(file, text, sizeof text) == (ssize_t)sizeof text && fsync(file) == 0;
    int error = errno;
    close(file);
    if (written && link(name, path) != 0 && errno != EEXIST) {
        written = false;
        error = errno;
    }
    unlink(name);
    sodium_memzero(text, sizeof text);
    sodium_memzero(key, sizeof key);
    return written ? ERR_OK : key_wrong(words, path, "cannot be written", error);
}

enum err envelope_key_open(const char *path, struct envelope_key *out, char words[ENVELOPE_WORDS_MAX]) {
    enum err err = key_read(path, out, words);
    if (err != ERR_NOT_FOUND) return err;
    parent_make(path);
    err = key_make(path, words);
    if (err != ERR_OK) return err;
    err = key_read(path, out, words);
    return err == ERR_NOT_FOUND ? key_wrong(words, path, "is gone again", 0) : err;
}

/* --- signing --- */

static void mac_line(crypto_auth_hmacsha256_state *mac, struct text line) {
    crypto_auth_hmacsha256_update(mac, (const unsigned char *)line.p, line.n);
    crypto_auth_hmacsha256_update(mac, (const unsigned char *)"\n", 1);
}

static void mac_of(const struct envelope_key *key, struct text first, struct text second, struct text time,
                   struct text nonce, struct text body, unsigned char out[MAC]) {
    crypto_auth_hmacsha256_state mac;
    crypto_auth_hmacsha256_init(&mac, key->bytes, sizeof key->bytes);
    mac_line(&mac, first);
    mac_line(&mac, second);
    mac_line(&mac, time);
    mac_line(&mac, nonce);
    mac_line(&mac, body);
    crypto_auth_hmacsha256_final(&mac, out);
}

static void seal(const struct envelope_key *key, struct text first, struct text second, struct text body,
                 int64_t now_ms, struct envelope *out) {
    unsigned char mac[MAC];
    snprintf(out->time, sizeof out->time, "%lld", (long long)now_ms);
    mac_of(key, first, second, text_of(out->time), text_of(out->nonce), body, mac);
    sodium_bin2hex(out->signature, sizeof out->signature, mac, sizeof mac);
}

void envelope_request(const struct envelope_key *key, const char *method, struct text target,
                      struct text body, int64_t now_ms, struct envelope *out) {
    unsigned char nonce[NONCE_SIZE];
    rand_bytes(nonce, sizeof nonce);
    sodium_bin2hex(out->nonce, sizeof out->nonce, nonce, sizeof nonce);
    seal(key, text_of(method), target, body, now_ms, out);
}

void envelope_answer(const struct envelope_key *key, int status, struct text nonce, struct text body,
                     int64_t now_ms, struct envelope *out) {
    char number[12];
    snprintf(number, sizeof number, "%d", status);
    snprintf(out->nonce, sizeof out->nonce, "%.*s", (int)nonce.n, nonce.p);
    seal(key, TEXT("answer"), text_of(number), body, now_ms, out);
}

/* --- checking --- */

/* Two generations of nonces, each a hash table that is emptied when it is a window old; a nonce in neither is new. */
struct generation {
    int64_t begun_ms;
    size_t count;
    unsigned char nonces[2 * ENVELOPE_NONCES_MAX][NONCE_SIZE]; /* all zero: free */
};
struct envelope_seen {
    int64_t born_ms;
    int now; /* which generation is filled */
    struct generation generations[2];
};

struct envelope_seen *envelope_seen_new(int64_t now_ms) {
    struct envelope_seen *seen = calloc(1, sizeof *seen);
    if (!seen) return NULL;
    seen->born_ms = now_ms;
    seen->generations[0].begun_ms = seen->generations[1].begun_ms = now_ms;
    return seen;
}

void envelope_seen_free(struct envelope_seen *seen) {
    free(seen);
}

/* Where the nonce is, or the free place where it belongs. */
static unsigned char *nonce_place(struct generation *generation, const unsigned char nonce[NONCE_SIZE]) {
    size_t at;
    memcpy(&at, nonce, sizeof at);
    for (;; at++) {
        unsigned char *place = generation->nonces[at % (2 * ENVELOPE_NONCES_MAX)];
        if (sodium_is_zero(place, NONCE_SIZE) || memcmp(place, nonce, NONCE_SIZE) == 0) return place;
    }
}

/* A request is good for a window after its time, and its time may lie a window ahead of us. */
static enum envelope_end nonce_take(struct envelope_seen *seen, const unsigned char nonce[NONCE_SIZE],
                                    int64_t now_ms) {
    struct generation *young = &seen->generations[seen->now];
    if (now_ms - young->begun_ms > 2 * ENVELOPE_WINDOW_MS) {
        seen->now ^= 1;
        young = &seen->generations[seen->now];
        memset(young, 0, sizeof *young);
        young->begun_ms = now_ms;
    }
    struct generation *old = &seen->generations[seen->now ^ 1];
    unsigned char *place = nonce_place(young, nonce);
    if (!sodium_is_zero(place, NONCE_SIZE) || !sodium_is_zero(nonce_place(old, nonce), NONCE_SIZE))
        return ENVELOPE_REPLAYED;
    if (young->count == ENVELOPE_NONCES_MAX) return ENVELOPE_FULL;
    young->count++;
    memcpy(place, nonce, NONCE_SIZE);
    return ENVELOPE_GOOD;
}

static bool is_signed(const struct envelope_key *key, struct text first, struct text second, struct text time,
                      struct text nonce, struct text body, struct text signature) {
    unsigned char mac[MAC], given[MAC];
    size_t size;
    if (nonce.n != NONCE_TEXT || signature.n != MAC_TEXT) return false;
    if (sodium_hex2bin(given, sizeof given, signature.p, signature.n, NULL, &size, NULL) != 0 || size != MAC)
        return false;
    mac_of(key, first, second, time, nonce, body, mac);
    return sodium_memcmp(mac, given, MAC) == 0;
}

static bool is_fresh(struct text time, int64_t now_ms) {
    int64_t time_ms;
    if (!text_to_i64(time, &time_ms)) return false;
    return time_ms > now_ms - ENVELOPE_WINDOW_MS && time_ms < now_ms + ENVELOPE_WINDOW_MS;
}

enum envelope_end envelope_check_request(const struct envelope_key *key, struct envelope_seen *seen,
                                         const char *method, struct text target, struct text body,
                                         struct text time, struct text nonce, struct text signature,
                                         int64_t now_ms) {
    unsigned char bytes[NONCE_SIZE];
    int64_t time_ms;
    size_t size;
    if (!is_signed(key, text_of(method), target, time, nonce, body, signature)) return ENVELOPE_FORGED;
    if (sodium_hex2bin(bytes, sizeof bytes, nonce.p, nonce.n, NULL, &size, NULL) != 0 || size != NONCE_SIZE)
        return ENVELOPE_FORGED;
    if (!is_fresh(time, now_ms)) return ENVELOPE_STALE;
    if (text_to_i64(time, &time_ms) && time_ms < seen->born_ms) return ENVELOPE_STALE;
    return nonce_take(seen, bytes, now_ms);
}

enum envelope_end envelope_check_answer(const struct envelope_key *key, int status, struct text body,
                                        struct text time, struct text nonce, struct text signature,
                                        int64_t now_ms) {
    char number[12];
    snprintf(number, sizeof number, "%d", status);
    if (!is_signed(key, TEXT("answer"), text_of(number), time, nonce, body, signature))
        return ENVELOPE_FORGED;
    return is_fresh(time, now_ms) ? ENVELOPE_GOOD : ENVELOPE_STALE;
}

const char *envelope_end_name(enum envelope_end end) {
    switch (end) {
    case ENVELOPE_GOOD: return "good";
    case ENVELOPE_FORGED: return "forged";
    case ENVELOPE_STALE: return "stale";
    case ENVELOPE_REPLAYED: return "replayed";
    case ENVELOPE_FULL: return "full";
    }
    return "";
}
