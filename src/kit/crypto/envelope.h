/* SPDX-License-Identifier: Apache-2.0 */
/* envelope: requests and answers of two programs that share a secret, signed so that neither can be forged, changed or replayed.
 *
 * HMAC-SHA-256 (RFC 2104) under a 32-byte key, in hexadecimal, over lines that each end in LF:
 *
 *     request   METHOD, target (path and query), time, nonce, body
 *     answer    "answer", status, time, nonce of the request, body
 *
 * Time is the machine's, ms since the epoch; nonce is 128 random bits. They travel in three headers. The receiver of a request checks
 * the signature, then the time (ENVELOPE_WINDOW_MS either way), then that it never saw the nonce; the receiver of an answer checks
 * the signature over its own nonce, so an answer belongs to one request. What is in the envelope is not secret. */
#ifndef KIT_CRYPTO_ENVELOPE_H
#define KIT_CRYPTO_ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

#define ENVELOPE_HEADER_TIME "Envelope-Time"
#define ENVELOPE_HEADER_NONCE "Envelope-Nonce"
#define ENVELOPE_HEADER_SIGNATURE "Envelope-Signature"

enum { ENVELOPE_WINDOW_MS = 60000, ENVELOPE_NONCES_MAX = 1 << 16 };

struct envelope_key {
    unsigned char bytes[32];
};

/* Reads the secret of a file (64 hexadecimal digits), or makes the file, 0600, and its directory when there is none; two that make it at once end with
 * the same one. ERR_CONFIG: damaged, readable by others, or cannot be made; words say which. */
enum { ENVELOPE_WORDS_MAX = 400 };
enum err envelope_key_open(const char *path, struct envelope_key *out, char words[ENVELOPE_WORDS_MAX]);

/* The three headers' values. */
struct envelope {
    char time[24], nonce[33], signature[65];
};

void envelope_request(const struct envelope_key *key, const char *method, struct text target,
                      struct text body, int64_t now_ms, struct envelope *out);
void envelope_answer(const struct envelope_key *key, int status, struct text nonce, struct text body,
                     int64_t now_ms, struct envelope *out);

/* The nonces that were seen lately. One thread at a time. Starts empty, so what was signed before
 * `born_ms` is refused: a restart forgets nothing that could be replayed. */
struct envelope_seen;
struct envelope_seen *envelope_seen_new(int64_t now_ms);
void envelope_seen_free(struct envelope_seen *seen);

enum envelope_end {
    ENVELOPE_GOOD,
    ENVELOPE_FORGED,   /* a header is missing or the signature is another's */
    ENVELOPE_STALE,    /* signed too long ago, in the future, or before we started */
    ENVELOPE_REPLAYED, /* seen before */
    ENVELOPE_FULL,     /* more requests in a window than can be remembered: refuse, ask again later */
};
const char *envelope_end_name(enum envelope_end end);

enum envelope_end envelope_check_request(const struct envelope_key *key, struct envelope_seen *seen,
                                         const char *method, struct text target, struct text body,
                                         struct text time, struct text nonce, struct text signature,
                                         int64_t now_ms);
enum envelope_end envelope_check_answer(const struct envelope_key *key, int status, struct text body,
                                        struct text time, struct text nonce, struct text signature,
                                        int64_t now_ms);

#endif
