/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/http/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum { KEY_ID_MAX = 64 };

/* A certificate with those that vouch for it, and its key. */
struct pair {
    struct pair *next;
    int64_t until_ms; /* it was shown to no connection that began later; 0: it still is shown */
    gnutls_pcert_st chain[TLS_CHAIN_MAX];
    unsigned chain_size;
    gnutls_privkey_t key;
};

/* What tells one state of a file from another. */
struct mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct tls {
    const char *certificate, *key; /* paths; the caller's, for as long as this lives */
    struct mark seen[2];
    struct pair *pairs; /* the newest first: it is shown */
    _Atomic int64_t expires_s;
};

/* The library's callback has no argument of ours; it is called on the thread that serves. */
static _Thread_local struct tls *serving;

static enum err wrong(char words[TLS_WORDS_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static enum err wrong(char words[TLS_WORDS_MAX], const char *format, ...) {
    va_list rest;
    va_start(rest, format);
    vsnprintf(words, TLS_WORDS_MAX, format, rest);
    va_end(rest);
    return ERR_CONFIG;
}

/* --- files --- */

static struct mark mark_of(const char *path) {
    struct stat is;
    if (stat(path, &is) != 0) return (struct mark){0};
    return (struct mark){is.st_dev, is.st_ino, is.st_size, is.st_mtim};
}

static bool same(struct mark a, struct mark b) {
    return a.device == b.device && a.inode == b.inode && a.size == b.size &&
           a.changed.tv_sec == b.changed.tv_sec && a.changed.tv_nsec == b.changed.tv_nsec;
}

/* The whole file, to be freed. */
static enum err read_file(const char *setting, const char *path, bool secret, gnutls_datum_t *out,
                          char words[TLS_WORDS_MAX]) {
    struct stat is;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return wrong(words, "%s: %s: %s", setting, path, strerror(errno));
    unsigned char *bytes = malloc(TLS_FILE_MAX + 1);
    if (!bytes) log_fatal("tls: no memory");
    ssize_t size = fstat(file, &is) == 0 ? read(file, bytes, TLS_FILE_MAX + 1) : -1;
    int why = errno;
    close(file);
    enum err err = ERR_OK;
    if (size < 0) err = wrong(words, "%s: %s: %s", setting, path, strerror(why));
    else if (size > TLS_FILE_MAX) err = wrong(words, "%s: %s is larger than 64 KiB", setting, path);
    else if (secret && is.st_mode & S_IROTH)
        err = wrong(words, "%s: everybody on this machine can read %s; chmod o-rwx it", setting, path);
    if (err != ERR_OK) {
        free(bytes);
        return err;
    }
    *out = (gnutls_datum_t){bytes, (unsigned)size};
    return ERR_OK;
}

static void wipe(gnutls_datum_t *file) {
    if (file->data) gnutls_memset(file->data, 0, file->size);
    free(file->data);
}

/* --- a pair --- */

static void pair_free(struct pair *pair) {
    for (unsigned i = 0; i < pair->chain_size; i++) gnutls_pcert_deinit(&pair->chain[i]);
    if (pair->key) gnutls_privkey_deinit(pair->key);
    free(pair);
}

static bool key_fits(struct pair *pair) {
    unsigned char of_key[KEY_ID_MAX], of_certificate[KEY_ID_MAX];
    size_t key_size = sizeof of_key, certificate_size = sizeof of_certificate;
    gnutls_pubkey_t public;
    if (gnutls_pubkey_init(&public) < 0) return false;
    bool fits = gnutls_pubkey_import_privkey(public, pair->key, 0, 0) >= 0 &&
                gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, of_key, &key_size) >= 0 &&
                gnutls_pubkey_get_key_id(pair->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, of_certificate,
                                         &certificate_size) >= 0 &&
                key_size == certificate_size && memcmp(of_key, of_certificate, key_size) == 0;
    gnutls_pubkey_deinit(public);
    return fits;
}

static int64_t expires_of(const struct pair *pair) {
    gnutls_x509_crt_t leaf;
    if (gnutls_x509_crt_init(&leaf) < 0) return 0;
    bool read = gnutls_x509_crt_import(leaf, &pair->chain[0].cert, GNUTLS_X509_FMT_DER) >= 0;
    int64_t expires = read ? gnutls_x509_crt_get_expiration_time(leaf) : 0;
    gnutls_x509_crt_deinit(leaf);
    return expires;
}

static enum err pair_parse(struct tls *tls, gnutls_datum_t certificate, gnutls_datum_t key, struct pair *pair,
                           char words[TLS_WORDS_MAX]) {
    unsigned count = TLS_CHAIN_MAX;
    int code = gnutls_pcert_list_import_x509_raw(pair->chain, &count, &certificate, GNUTLS_X509_FMT_PEM,
                                                 GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
    if (code < 0)
        return wrong(words, "tls_certificate: %s holds no chain of at most %d certificates in PEM: %s",
                     tls->certificate, TLS_CHAIN_MAX, gnutls_strerror(code));
    pair->chain_size = count;
    code = gnutls_privkey_init(&pair->key);
    if (code >= 0) code = gnutls_privkey_import_x509_raw(pair->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code < 0)
        return wrong(words, "tls_key: %s holds no private key in PEM without a password: %s", tls->key,
                     gnutls_strerror(code));
    if (!key_fits(pair))
        return wrong(words, "tls_key: %s is not the key of the first certificate in %s", tls->key,
                     tls->certificate);
    return ERR_OK;
}

static enum err pair_read(struct tls *tls, struct pair **out, char words[TLS_WORDS_MAX]) {
    gnutls_datum_t certificate = {0}, key = {0};
    struct pair *pair = calloc(1, sizeof *pair);
    if (!pair) log_fatal("tls: no memory");
    tls->seen[0] = mark_of(tls->certificate); /* before they are read: a change meanwhile is seen as one */
    tls->seen[1] = mark_of(tls->key);
    enum err err = read_file("tls_certificate", tls->certificate, false, &certificate, words);
    if (err == ERR_OK) err = read_file("tls_key", tls->key, true, &key, words);
    if (err == ERR_OK) err = pair_parse(tls, certificate, key, pair, words);
    wipe(&certificate);
    wipe(&key);
    if (err == ERR_OK) *out = pair;
    else pair_free(pair);
    return err;
}

/* --- its life --- */

enum err tls_open(const char *certificate, const char *key, struct tls **out, char words[TLS_WORDS_MAX]) {
    struct tls *tls = calloc(1, sizeof *tls);
    if (!tls) log_fatal("tls: no memory");
    tls->certificate = certificate;
    tls->key = key;
    enum err err = pair_read(tls, &tls->pairs, words);
    if (err != ERR_OK) {
        free(tls);
        return err;
    }
    atomic_store(&tls->expires_s, expires_of(tls->pairs));
    *out = tls;
    return ERR_OK;
}

void tls_close(struct tls *tls) {
    if (!tls) return;
    for (struct pair *pair = tls->pairs, *next; pair; pair = next) {
        next = pair->next;
        pair_free(pair);
    }
    free(tls);
}

bool tls_changed(struct tls *tls) {
    return !same(tls->seen[0], mark_of(tls->certificate)) || !same(tls->seen[1], mark_of(tls->key));
}

enum err tls_renew(struct tls *tls, int64_t now_ms, char words[TLS_WORDS_MAX]) {
    struct pair *pair = NULL;
    enum err err = pair_read(tls, &pair, words);
    if (err != ERR_OK) return err;
    tls->pairs->until_ms = now_ms;
    pair->next = tls->pairs;
    tls->pairs = pair;
    atomic_store(&tls->expires_s, expires_of(pair));
    return ERR_OK;
}

void tls_forget(struct tls *tls, int64_t oldest_ms) {
    struct pair **at = &tls->pairs->next;
    while (*at) {
        struct pair *pair = *at;
        if (pair->until_ms >= oldest_ms) {
            at = &pair->next;
            continue;
        }
        *at = pair->next;
        pair_free(pair);
    }
}

int64_t tls_expires_s(const struct tls *tls) {
    return atomic_load(&tls->expires_s);
}

void tls_serve(struct tls *tls) {
    serving = tls;
}

int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *wanted, int wanted_count,
                 const gnutls_pk_algorithm_t *algorithms, int algorithms_count, gnutls_pcert_st **chain,
                 unsigned *chain_size, gnutls_privkey_t *key) {
    (void)session;
    (void)wanted;
    (void)wanted_count;
    (void)algorithms;
    (void)algorithms_count;
    if (!serving) return -1;
    *chain = serving->pairs->chain;
    *chain_size = serving->pairs->chain_size;
    *key = serving->pairs->key;
    return 0;
}
