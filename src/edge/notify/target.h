/* SPDX-License-Identifier: Apache-2.0 */
/* target: where a message of ours may go. A URL that an operator wrote, or that somebody made him write, must not make the server talk to
 * its own inside: the address is judged when it is connected to, after names were resolved and whatever way it was written in, so a
 * name that resolves differently the second time helps nobody. */
#ifndef EDGE_NOTIFY_TARGET_H
#define EDGE_NOTIFY_TARGET_H

#include <curl/curl.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"

enum { TARGET_WORDS_MAX = 200 };

/* http or https, a host, no user or password in it, no fragment. ERR_CONFIG: words say why. */
enum err target_url_check(const char *url, char words[TARGET_WORDS_MAX]);

/* Whether the address is on the open Internet: not ourselves, not a private, link-local, shared, multicast or reserved net (RFC 6890), also
 * not when written as an IPv4 address within IPv6. */
bool target_is_public(const struct sockaddr *address);

/* Sets a curl handle up for this: only public addresses (unless inside is true), http and https, no redirect, no proxy. */
void target_guard(CURL *curl, bool inside);

#endif
