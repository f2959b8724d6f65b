/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd 0.9.75 behind http.h: external epoll, one loop thread, suspend and resume.
 *
 * The library is lax (two lengths, a length beside an encoding, spaces in names, percent-decoding of paths), so the guard looks at
 * every head before anything else does, and its connections live under deadlines of ours: the library's own time-out starts anew
 * with every byte. A suspended connection is resumed on the loop's thread only, which keeps answer and suspension free of races:
 * whoever answers puts the request on a list and rings the loop's bell. */
#include "kit/http/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "kit/http/server.h"
#include "kit/http/tls.h"

enum {
    CONNECTION_MEMORY = 32 * 1024,
    FILES_SPARE = 256, /* beside the connections: the store, the bank, the operator's socket */
};

static size_t keep_coded(void *arg, struct MHD_Connection *connection, char *text) {
    (void)arg;
    (void)connection;
    return strlen(text); /* the router decodes, segment by segment */
}

static bool address_of(const struct http_config *config, struct sockaddr_storage *out) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, config->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)config->port);
        return true;
    }
    if (inet_pton(AF_INET6, config->address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)config->port);
        return true;
    }
    return false;
}

static bool open_daemon(struct http *http) {
    struct sockaddr_storage address;
    if (!address_of(&http->config, &address)) return false;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
                     (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0u) | (http->tls ? MHD_USE_TLS : 0u);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)tls_retrieve},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
        {MHD_OPTION_END, 0, NULL},
    };
    http->daemon =
        MHD_start_daemon(flags, (uint16_t)http->config.port, NULL, NULL, http_exchange_access, http,
                         MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_URI_LOG_CALLBACK,
                         http_exchange_begin, http, MHD_OPTION_NOTIFY_COMPLETED, http_exchange_end, http,
                         MHD_OPTION_NOTIFY_CONNECTION, http_connection_notify, http,
                         MHD_OPTION_UNESCAPE_CALLBACK, keep_coded, http, MHD_OPTION_CONNECTION_LIMIT,
                         (unsigned)http->config.connections_max, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                         (unsigned)http->config.connections_per_address_max,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
                         MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                         MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_ARRAY, http->tls ? tls : &tls[2],
                         MHD_OPTION_END);
    if (!http->daemon) return false;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    http->port = info ? info->port : http->config.port;
    const union MHD_DaemonInfo *epoll = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    http->epoll = epoll_create1(EPOLL_CLOEXEC);
    http->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event of_bell = {.events = EPOLLIN, .data.fd = http->bell},
                       of_daemon = {.events = EPOLLIN, .data.fd = -2};
    return epoll && http->epoll >= 0 && http->bell >= 0 &&
           epoll_ctl(http->epoll, EPOLL_CTL_ADD, http->bell, &of_bell) == 0 &&
           epoll_ctl(http->epoll, EPOLL_CTL_ADD, epoll->epoll_fd, &of_daemon) == 0;
}

/* Each connection is an open file; the usual soft limit of 1,024 would end before connections_max. */
static void allow_files(int connections) {
    struct rlimit files;
    rlim_t want = (rlim_t)connections + FILES_SPARE;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= want) return;
    files.rlim_cur = files.rlim_max < want ? files.rlim_max : want;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur < want)
        log_warn("http: only %llu files may be open, for %d connections", (unsigned long long)files.rlim_cur,
                 connections);
}

enum err http_start(const struct http_config *config, struct http **out) {
    struct http *http = calloc(1, sizeof *http);
    if (!http) log_fatal("http: no memory");
    http->config = *config;
    if (http->config.body_max == 0) http->config.body_max = 16384;
    if (http->config.connections_max == 0) http->config.connections_max = 4096;
    if (http->config.connections_per_address_max == 0) http->config.connections_per_address_max = 1024;
    if (http->config.deadline_ms == 0) http->config.deadline_ms = 10000;
    if (config->proxy && config->proxy[0])
        http->config.connections_per_address_max = http->config.connections_max;
    http->config.proxy = http->proxy;
    bool proxy_known =
        !config->proxy || !config->proxy[0] || http_peer_plain(text_of(config->proxy), http->proxy);
    allow_files(http->config.connections_max);
    http->epoll = http->bell = -1;
    pthread_mutex_init(&http->lock, NULL);
    bool tls_fits = http_certificate_open(http);
    if (proxy_known && tls_fits && open_daemon(http) && thread_start("http", http_loop, http, &http->thread)) {
        *out = http;
        return ERR_OK;
    }
    if (!proxy_known) log_error("http: the proxy's address is none: %s", config->proxy);
    else if (tls_fits)
        log_error("http: cannot listen on %s:%d: %s", http->config.address, http->config.port, strerror(errno));
    if (http->daemon) MHD_stop_daemon(http->daemon);
    if (http->epoll >= 0) close(http->epoll);
    if (http->bell >= 0) close(http->bell);
    tls_close(http->tls);
    free(http);
    return ERR_CONFIG;
}

int http_port(const struct http *http) {
    return http->port;
}

void http_renew_tls(struct http *http) {
    if (!http->tls) return;
    atomic_store(&http->renewing, true);
    http_ring(http);
}

void http_stop(struct http *http, int drain_ms) {
    if (!http) return;
    http->drain_until_ms = clock_mono_ms() + drain_ms;
    atomic_store(&http->stopping, true);
    http_ring(http);
    pthread_join(http->thread, NULL);
    MHD_stop_daemon(http->daemon);
    while (http->spare) {
        struct exchange *x = http->spare;
        http->spare = x->next_spare;
        arena_release(&x->request.arena);
        buf_release(&x->body);
        free(x);
    }
    close(http->epoll);
    close(http->bell);
    tls_close(http->tls);
    pthread_mutex_destroy(&http->lock);
    free(http);
}

struct http_figures http_figures(struct http *http) {
    return (struct http_figures){
        .requests = atomic_load(&http->requests),
        .rejected = atomic_load(&http->rejected),
        .timed_out = atomic_load(&http->timed_out),
        .streams = atomic_load(&http->streams_open),
        .connections = atomic_load(&http->connections),
        .tls_renewed = atomic_load(&http->tls_renewed),
        .tls_not_renewed = atomic_load(&http->tls_not_renewed),
        .tls_expires_s = http->tls ? tls_expires_s(http->tls) : 0,
    };
}
