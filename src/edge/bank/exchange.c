/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bank/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"

enum { CONNECT_MS = 3000, HEADER_BYTES = 160 };

enum err bank_line_open(const char *url, const char *secret_path, int timeout_ms, struct bank_line *out,
                        char words[ENVELOPE_WORDS_MAX]) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf(words, ENVELOPE_WORDS_MAX, "libcurl does not start");
        return ERR_CONFIG;
    }
    size_t size = strlen(url);
    while (size > 0 && url[size - 1] == '/') size--;
    if (size == 0 || size >= sizeof out->url) {
        snprintf(words, ENVELOPE_WORDS_MAX, "the bank's address \"%.80s\" is none", url);
        return ERR_CONFIG;
    }
    *out = (struct bank_line){.timeout_ms = timeout_ms};
    memcpy(out->url, url, size);
    return envelope_key_open(secret_path, &out->key, words);
}

void bank_line_close(struct bank_line *line) {
    crypto_wipe(&line->key, sizeof line->key);
    curl_global_cleanup();
}

/* --- what curl calls --- */

static size_t reply_take(char *bytes, size_t one, size_t size, void *arg) {
    struct bank_exchange *exchange = arg;
    buf_add(&exchange->reply, bytes, one * size);
    return exchange->reply.failed ? 0 : one * size;
}

static void header_copy(const char *line, size_t size, const char *name, char *out, size_t out_size) {
    size_t at = strlen(name);
    if (size <= at + 1 || strncasecmp(line, name, at) != 0 || line[at] != ':') return;
    do at++;
    while (at < size && line[at] == ' ');
    while (size > at && (line[size - 1] == '\r' || line[size - 1] == '\n' || line[size - 1] == ' ')) size--;
    if (size - at >= out_size) return;
    memcpy(out, line + at, size - at);
    out[size - at] = '\0';
}

static size_t header_take(char *line, size_t one, size_t count, void *arg) {
    struct bank_exchange *e = arg;
    size_t size = one * count;
    header_copy(line, size, ENVELOPE_HEADER_TIME, e->time, sizeof e->time);
    header_copy(line, size, ENVELOPE_HEADER_NONCE, e->nonce, sizeof e->nonce);
    header_copy(line, size, ENVELOPE_HEADER_SIGNATURE, e->signature, sizeof e->signature);
    return size;
}

/* --- an exchange --- */

void exchange_init(struct bank_exchange *exchange, const struct bank_line *line) {
    *exchange = (struct bank_exchange){.line = line, .curl = curl_easy_init()};
    if (!exchange->curl) log_fatal("no memory for a call to the bank");
    buf_init(&exchange->call.body, BANK_CALL_MAX);
    buf_init(&exchange->reply, BANK_REPLY_MAX);
}

void exchange_release(struct bank_exchange *exchange) {
    curl_easy_cleanup(exchange->curl);
    curl_slist_free_all(exchange->headers);
    buf_release(&exchange->call.body);
    buf_release(&exchange->reply);
}

static void header_add(struct bank_exchange *exchange, const char *name, const char *value) {
    char line[HEADER_BYTES];
    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *more = curl_slist_append(exchange->headers, line);
    if (!more) log_fatal("no memory for a call to the bank");
    exchange->headers = more;
}

static void exchange_sign(struct bank_exchange *exchange) {
    struct text body = {buf_text(&exchange->call.body), exchange->call.body.size};
    struct envelope envelope;
    envelope_request(&exchange->line->key, "POST", text_of(exchange->call.path), body, clock_real_now_ms(),
                     &envelope);
    memcpy(exchange->asked, envelope.nonce, sizeof exchange->asked);
    curl_slist_free_all(exchange->headers);
    exchange->headers = NULL;
    header_add(exchange, "Content-Type", "application/json");
    header_add(exchange, "Expect", "");
    header_add(exchange, ENVELOPE_HEADER_TIME, envelope.time);
    header_add(exchange, ENVELOPE_HEADER_NONCE, envelope.nonce);
    header_add(exchange, ENVELOPE_HEADER_SIGNATURE, envelope.signature);
}

void exchange_begin(struct bank_exchange *exchange) {
    char url[320];
    CURL *curl = exchange->curl;
    if (exchange->call.body.failed) log_fatal("a call to the bank is larger than %d bytes", BANK_CALL_MAX);
    snprintf(url, sizeof url, "%s%s", exchange->line->url, exchange->call.path);
    buf_clear(&exchange->reply);
    exchange->time[0] = exchange->nonce[0] = exchange->signature[0] = '\0';
    exchange_sign(exchange);

    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)exchange->line->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange->headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, buf_text(&exchange->call.body));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->call.body.size);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, reply_take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, header_take);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, exchange);
}

static bool is_unsent(CURLcode result) {
    return result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_HOST;
}

enum exchange_end exchange_done(struct bank_exchange *exchange, CURLcode result, struct bank_reply *out) {
    long status = 0;
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
    if (result != CURLE_OK) {
        log_warn("bank: %s: %s", exchange->call.path, curl_easy_strerror(result));
        return is_unsent(result) ? EXCHANGE_UNSENT : EXCHANGE_SILENT;
    }
    struct text body = {buf_text(&exchange->reply), exchange->reply.size};
    enum envelope_end end = ENVELOPE_FORGED;
    if (strcmp(exchange->nonce, exchange->asked) == 0)
        end = envelope_check_answer(&exchange->line->key, (int)status, body, text_of(exchange->time),
                                    text_of(exchange->nonce), text_of(exchange->signature),
                                    clock_real_now_ms());
    if (end != ENVELOPE_GOOD) {
        log_warn("bank: %s: an answer %ld that is not the bank's (%s)", exchange->call.path, status,
                 envelope_end_name(end));
        return EXCHANGE_SILENT;
    }
    if (status != 200) log_warn("bank: %s: %ld %.200s", exchange->call.path, status, body.p);
    *out = (struct bank_reply){(int)status, body};
    return EXCHANGE_ANSWERED;
}
