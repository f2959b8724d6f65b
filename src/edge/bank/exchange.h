/* SPDX-License-Identifier: Apache-2.0 */
/* exchange: one signed HTTP request to the bank and its answer (kit/crypto/envelope.h), over libcurl.
 *
 * The line is what all exchanges share: address, secret, time-out. An exchange is used by one thread; the caller runs its curl handle
 * (easy or multi) and then asks what came. Each goes over a connection of its own, so that "could not connect" means that
 * nothing was sent. No proxy, no redirect, nothing but http and https. */
#ifndef EDGE_BANK_EXCHANGE_H
#define EDGE_BANK_EXCHANGE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "edge/bank/dialect.h"
#include "kit/crypto/envelope.h"

struct bank_line {
    char url[256]; /* without a slash at its end */
    struct envelope_key key;
    int timeout_ms;
};

/* Reads (or makes) the secret. ERR_CONFIG: words say why. Call before there are threads. */
enum err bank_line_open(const char *url, const char *secret_path, int timeout_ms, struct bank_line *out,
                        char words[ENVELOPE_WORDS_MAX]);
void bank_line_close(struct bank_line *line);

struct bank_exchange {
    const struct bank_line *line;
    CURL *curl;
    struct curl_slist *headers;
    struct bank_call call; /* the caller fills it before exchange_begin */
    struct buf reply;
    char time[24], nonce[33], signature[65]; /* of the answer */
    char asked[33];                          /* our nonce */
};

void exchange_init(struct bank_exchange *exchange, const struct bank_line *line);
void exchange_release(struct bank_exchange *exchange);

void exchange_begin(struct bank_exchange *exchange); /* signs; then run exchange->curl */

enum exchange_end {
    EXCHANGE_ANSWERED, /* a genuine answer */
    EXCHANGE_UNSENT,   /* certainly nothing reached the bank */
    EXCHANGE_SILENT,   /* no answer, or none that is the bank's */
};
enum exchange_end exchange_done(struct bank_exchange *exchange, CURLcode result, struct bank_reply *out);

#endif
