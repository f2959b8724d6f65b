/* SPDX-License-Identifier: Apache-2.0 */
/* trust: a door of plain HTTP beside the wallet's TLS, at which a phone fetches the root certificate of this installation (LAN=1 ./run) and
 * reads, in both languages, how to install it, what its fingerprint is, and where the wallet is. It serves two pages' worth of bytes and nothing
 * else: no session, no store, no API. Who stands between could give another root: that is what the fingerprint in the terminal is for. */
#ifndef EDGE_TRUST_TRUST_H
#define EDGE_TRUST_TRUST_H

#include "base/err.h"

enum { TRUST_WORDS_MAX = 512 };

struct trust;

struct trust_config {
    const char *root; /* file in PEM */
    const char *address;
    int port;
    const char *wallet; /* "https://192.168.1.5:8080": where the page leads */
};

/* words: why not, for the person who starts the server. */
enum err trust_start(const struct trust_config *config, struct trust **out, char words[TRUST_WORDS_MAX]);
int trust_port(const struct trust *trust);
void trust_stop(struct trust *trust); /* NULL: nothing */

#endif
