/* SPDX-License-Identifier: Apache-2.0 */
#include "bank/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

enum { CONNECTIONS_MAX = 300, IDLE_SECONDS = 30 };

struct server {
    struct MHD_Daemon *daemon;
    struct desk *desk;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool stopping;
};

struct arrival {
    char *target;
    char body[DESK_BODY_MAX];
    size_t size;
    bool begun, too_large;
};

static void *arrival_open(void *arg, const char *target, struct MHD_Connection *connection) {
    (void)arg;
    (void)connection;
    struct arrival *arrival = calloc(1, sizeof *arrival);
    if (arrival) arrival->target = strdup(target);
    return arrival;
}

static void arrival_close(void *arg, struct MHD_Connection *connection, void **cls,
                          enum MHD_RequestTerminationCode why) {
    struct arrival *arrival = *cls;
    (void)arg;
    (void)connection;
    (void)why;
    if (arrival) free(arrival->target);
    free(arrival);
}

static void server_wait(struct server *server, int delay_ms) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += delay_ms / 1000;
    pthread_mutex_lock(&server->lock);
    while (!server->stopping && pthread_cond_timedwait(&server->ended, &server->lock, &until) != ETIMEDOUT) {}
    pthread_mutex_unlock(&server->lock);
}

static struct text header(struct MHD_Connection *connection, const char *name) {
    return text_of(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, const struct desk_answer *answer) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(answer->body), answer->body, MHD_RESPMEM_MUST_FREE);
    if (!response) return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "application/json");
    if (answer->is_signed) {
        MHD_add_response_header(response, ENVELOPE_HEADER_TIME, answer->envelope.time);
        MHD_add_response_header(response, ENVELOPE_HEADER_NONCE, answer->envelope.nonce);
        MHD_add_response_header(response, ENVELOPE_HEADER_SIGNATURE, answer->envelope.signature);
    }
    enum MHD_Result queued = MHD_queue_response(connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result server_answer(struct server *server, struct MHD_Connection *connection,
                                     const char *method, const struct arrival *arrival) {
    struct desk_request request = {
        .method = method,
        .target = text_of(arrival->target),
        .body = {arrival->body, arrival->size},
        .time = header(connection, ENVELOPE_HEADER_TIME),
        .nonce = header(connection, ENVELOPE_HEADER_NONCE),
        .signature = header(connection, ENVELOPE_HEADER_SIGNATURE),
    };
    struct desk_answer answer;
    desk_handle(server->desk, &request, &answer);
    if (answer.delay_ms > 0) server_wait(server, answer.delay_ms);
    if (!answer.lose) return send_answer(connection, &answer);
    free(answer.body);
    return MHD_NO; /* closes the connection */
}

static enum MHD_Result server_access(void *arg, struct MHD_Connection *connection, const char *url,
                                     const char *method, const char *version, const char *data, size_t *size,
                                     void **cls) {
    struct arrival *arrival = *cls;
    (void)url;
    (void)version;
    if (!arrival || !arrival->target) return MHD_NO;
    if (!arrival->begun) {
        arrival->begun = true;
        return MHD_YES;
    }
    if (*size > 0) {
        arrival->too_large |= *size > sizeof arrival->body - arrival->size;
        if (arrival->too_large) return MHD_NO;
        memcpy(arrival->body + arrival->size, data, *size);
        arrival->size += *size;
        *size = 0;
        return MHD_YES;
    }
    return server_answer(arg, connection, method, arrival);
}

struct server *server_start(struct desk *desk, int port) {
    struct server *server = calloc(1, sizeof *server);
    if (!server) return NULL;
    server->desk = desk;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->ended, NULL);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sigset_t all, before; /* signals are the main thread's */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    server->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION,
                                      (uint16_t)port, NULL, NULL, server_access, server, MHD_OPTION_SOCK_ADDR,
                                      (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT,
                                      (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                                      (unsigned)IDLE_SECONDS, MHD_OPTION_URI_LOG_CALLBACK, arrival_open, NULL,
                                      MHD_OPTION_NOTIFY_COMPLETED, arrival_close, NULL, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (server->daemon) return server;
    server_stop(server);
    return NULL;
}

int server_port(const struct server *server) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

void server_stop(struct server *server) {
    if (!server) return;
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_cond_broadcast(&server->ended);
    pthread_mutex_unlock(&server->lock);
    if (server->daemon) MHD_stop_daemon(server->daemon);
    pthread_cond_destroy(&server->ended);
    pthread_mutex_destroy(&server->lock);
    free(server);
}
