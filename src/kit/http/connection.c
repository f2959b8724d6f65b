/* SPDX-License-Identifier: Apache-2.0 */
/* Connections and how long they may take. */
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "kit/http/server.h"

enum { UNREAD_MS = 30 * 1000 };

void http_connection_notify(void *arg, struct MHD_Connection *connection, void **context,
                            enum MHD_ConnectionNotificationCode what) {
    struct http *http = arg;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        struct conn *conn = calloc(1, sizeof *conn);
        if (!conn) log_fatal("http: no memory");
        conn->socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        conn->since_ms = conn->made_ms = clock_mono_ms();
        conn->most_ms = http->config.deadline_ms;
        unsigned unread_ms =
            UNREAD_MS; /* a peer that is gone without a word is noticed, whatever the stream sends */
        setsockopt(conn->socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &unread_ms, sizeof unread_ms);
        conn->next = http->conns;
        conn->at = &http->conns;
        if (conn->next) conn->next->at = &conn->next;
        http->conns = conn;
        atomic_fetch_add(&http->connections, 1);
        http->fresh++;
        *context = conn;
        return;
    }
    struct conn *conn = *context;
    *context = NULL;
    if (!conn->spoken) http->fresh--;
    *conn->at = conn->next;
    if (conn->next) conn->next->at = conn->at;
    atomic_fetch_sub(&http->connections, 1);
    free(conn);
}

void http_connections_cut(struct http *http, int64_t now_ms) {
    for (struct conn *conn = http->conns; conn; conn = conn->next) {
        if (conn->most_ms == 0 || now_ms - conn->since_ms <= conn->most_ms) continue;
        if (conn->most_ms == http->config.deadline_ms) atomic_fetch_add(&http->timed_out, 1);
        shutdown(conn->socket, SHUT_RDWR);
        conn->most_ms = 0; /* once */
    }
}

/* Idle connections, such as browsers open in advance, need not stay; at the end of the patience none does. (A request that the handler still has keeps its
 * connection, since the library must not lose a suspended one.) */
void http_connections_hurry(struct http *http, int64_t now_ms) {
    for (struct conn *conn = http->conns; conn; conn = conn->next) {
        if (now_ms > http->drain_until_ms) shutdown(conn->socket, SHUT_RDWR);
        else if (!conn->begun) conn->most_ms = 100;
    }
}
