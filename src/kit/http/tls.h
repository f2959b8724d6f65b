/* SPDX-License-Identifier: Apache-2.0 */
/* tls: the certificate that this server shows, read from two PEM files, and read anew while it serves.
 *
 * The library does TLS by GnuTLS and asks tls_retrieve for the pair at each handshake, on the loop's thread; so a new pair is a pointer
 * that changes, and no connection notices. A session may look at the pair of its handshake as long as it lives: one that was replaced is kept
 * until every connection from before that has ended.
 *
 *     struct tls *tls;
 *     if (tls_open("cert.pem", "key.pem", &tls, words) != ERR_OK) log_error("%s", words);   which file, and what is wrong with it
 *     tls_serve(tls);                                   on the loop's thread, once
 *     if (tls_changed(tls)) tls_renew(tls, now_ms, words);   a pair that does not fit is not taken, and the old one stays
 *     tls_forget(tls, oldest_ms);                       no connection is older than that */
#ifndef KIT_HTTP_TLS_H
#define KIT_HTTP_TLS_H

#include <gnutls/abstract.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { TLS_WORDS_MAX = 512, TLS_CHAIN_MAX = 8, TLS_FILE_MAX = 64 * 1024 };

/* TLS 1.3 and 1.2, forward secrecy and authenticated encryption only; the server's order counts. */
#define TLS_PRIORITIES                                                                                      \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:-" \
    "KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:%SERVER_PRECEDENCE"

struct tls;

enum err tls_open(const char *certificate, const char *key, struct tls **out, char words[TLS_WORDS_MAX]);
void tls_close(struct tls *tls);

bool tls_changed(struct tls *tls); /* the files are not those that were read, or looked at, last */
enum err tls_renew(struct tls *tls, int64_t now_ms, char words[TLS_WORDS_MAX]);
void tls_forget(struct tls *tls, int64_t oldest_ms);
int64_t tls_expires_s(const struct tls *tls); /* end of the certificate's life, seconds since the epoch */

void tls_serve(struct tls *tls);
gnutls_certificate_retrieve_function2 tls_retrieve;

#endif
