/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate in the server's life: opened with it, read anew when its files change, warned of before it ends. */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "kit/http/server.h"
#include "kit/http/tls.h"

enum { TLS_LOOK_MS = 5 * 1000, TLS_SOON_S = 14 * 24 * 3600 };

static void warn_of_end(const struct http *http) {
    int64_t left_s = tls_expires_s(http->tls) - clock_now_ms() / 1000;
    if (left_s <= 0) log_warn("tls_certificate: %s has expired", http->config.tls_certificate);
    else if (left_s < TLS_SOON_S)
        log_warn("tls_certificate: %s expires in %lld hours", http->config.tls_certificate,
                 (long long)(left_s / 3600));
}

/* On the loop's thread, where the handshakes are, too. */
void http_certificate_look(struct http *http, int64_t now_ms) {
    char words[TLS_WORDS_MAX];
    int64_t oldest_ms = now_ms;
    bool told = atomic_exchange(&http->renewing, false);
    if (!told && now_ms - http->tls_looked_ms < TLS_LOOK_MS) return;
    http->tls_looked_ms = now_ms;
    for (const struct conn *conn = http->conns; conn; conn = conn->next)
        if (conn->made_ms < oldest_ms) oldest_ms = conn->made_ms;
    tls_forget(http->tls, oldest_ms);
    if (!told && !tls_changed(http->tls)) return;
    if (tls_renew(http->tls, now_ms, words) != ERR_OK) {
        atomic_fetch_add(&http->tls_not_renewed, 1);
        log_error("%s; the certificate from before stays", words);
        return;
    }
    atomic_fetch_add(&http->tls_renewed, 1);
    log_info("tls_certificate: %s was read anew", http->config.tls_certificate);
    warn_of_end(http);
}

static bool is_set(const char *text) {
    return text && text[0];
}

bool http_certificate_open(struct http *http) {
    const struct http_config *config = &http->config;
    char words[TLS_WORDS_MAX] = "";
    if (!is_set(config->tls_certificate) && !is_set(config->tls_key)) return true;
    if (!is_set(config->tls_certificate) || !is_set(config->tls_key))
        snprintf(words, sizeof words, "tls_certificate and tls_key: one does nothing without the other");
    else if (tls_open(config->tls_certificate, config->tls_key, &http->tls, words) == ERR_OK)
        warn_of_end(http);
    if (!http->tls) log_error("%s", words);
    return http->tls;
}
