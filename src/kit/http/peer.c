/* SPDX-License-Identifier: Apache-2.0 */
/* Whose request it is: the address at the other end, or the one that the proxy in front saw there. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "kit/http/server.h"

static void show_address(const struct sockaddr *address, char out[INET6_ADDRSTRLEN]) {
    out[0] = '\0';
    if (address && address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, out,
                  INET6_ADDRSTRLEN);
    if (address && address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, out,
                  INET6_ADDRSTRLEN);
}

/* The address as inet_ntop writes it, so that one address has one name. False: it is none. */
bool http_peer_plain(struct text text, char out[INET6_ADDRSTRLEN]) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    char copy[INET6_ADDRSTRLEN];
    if (text.n >= sizeof copy) return false;
    text_keep(text, copy, sizeof copy);
    if (inet_pton(AF_INET, copy, &v4.sin_addr) == 1) show_address((const struct sockaddr *)&v4, out);
    else if (inet_pton(AF_INET6, copy, &v6.sin6_addr) == 1) show_address((const struct sockaddr *)&v6, out);
    else return false;
    return true;
}

/* The last element of the last such header: what stands before it, the client may have written. */
static enum MHD_Result keep_forwarded(void *arg, enum MHD_ValueKind kind, const char *name, const char *value) {
    struct text *last = arg;
    (void)kind;
    if (strcasecmp(name, "X-Forwarded-For") != 0 || !value) return MHD_YES;
    const char *comma = strrchr(value, ',');
    *last = text_of(comma ? comma + 1 : value);
    while (last->n && (last->p[0] == ' ' || last->p[0] == '\t')) last->p++, last->n--;
    while (last->n && (last->p[last->n - 1] == ' ' || last->p[last->n - 1] == '\t')) last->n--;
    return MHD_YES;
}

void http_peer_set(struct exchange *x) {
    const char *proxy = x->http->config.proxy;
    struct text forwarded = {"", 0};
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    show_address(info ? info->client_addr : NULL, x->peer);
    if (proxy && strcmp(proxy, x->peer) == 0) {
        MHD_get_connection_values(x->connection, MHD_HEADER_KIND, keep_forwarded, &forwarded);
        http_peer_plain(forwarded, x->peer);
    }
    x->request.peer = text_of(x->peer);
}
