/* SPDX-License-Identifier: Apache-2.0 */
#include "bank/server.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/thread.h"
#include "kit/http/http.h"

enum { CONNECTIONS_MAX = 300, DEADLINE_MS = 10000, DRAIN_MS = 2000 };

/* An answer that waits on the bench; lives in its request's arena. */
struct late {
    struct http_request *request;
    struct http_reply reply;
    int64_t due_ms; /* monotonic */
    struct late *next;
};

struct server {
    struct http *http;
    struct desk *desk;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    struct late *bench; /* the earliest first */
    bool stopping;
};

/* --- the bench --- */

/* False: the bank closes, nobody waits any more. */
static bool bench_add(struct server *server, struct late *late) {
    pthread_mutex_lock(&server->lock);
    bool open = !server->stopping;
    if (open) {
        struct late **at = &server->bench;
        while (*at && (*at)->due_ms <= late->due_ms) at = &(*at)->next;
        late->next = *at;
        *at = late;
        pthread_cond_signal(&server->change);
    }
    pthread_mutex_unlock(&server->lock);
    return open;
}

static void *bench_loop(void *arg) {
    struct server *server = arg;
    pthread_mutex_lock(&server->lock);
    while (server->bench || !server->stopping) {
        struct late *late = server->bench;
        if (!late) {
            pthread_cond_wait(&server->change, &server->lock);
        } else if (late->due_ms > clock_mono_ms() && !server->stopping) {
            thread_wait_until(&server->change, &server->lock, late->due_ms);
        } else {
            server->bench = late->next;
            pthread_mutex_unlock(&server->lock);
            struct http_reply reply = late->reply;
            http_answer(late->request, &reply);
            pthread_mutex_lock(&server->lock);
        }
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

/* --- requests, on the loop's thread --- */

static const char *method_name(enum http_method method) {
    switch (method) {
    case HTTP_GET: return "GET";
    case HTTP_HEAD: return "HEAD";
    case HTTP_POST: return "POST";
    case HTTP_PUT: return "PUT";
    case HTTP_DELETE: return "DELETE";
    case HTTP_PATCH: return "PATCH";
    case HTTP_OPTIONS: return "OPTIONS";
    case HTTP_OTHER: break;
    }
    return "OTHER";
}

/* As it was sent and signed. */
static struct text target_of(struct http_request *request) {
    if (request->query.n == 0) return request->path;
    return text_of(arena_format(&request->arena, "%.*s?%.*s", (int)request->path.n, request->path.p,
                                (int)request->query.n, request->query.p));
}

static void header_add(struct http_request *request, struct http_reply *reply, const char *name,
                       const char *value) {
    http_reply_header(reply, name, arena_copy(&request->arena, value, strlen(value)));
}

static struct http_reply reply_of(struct http_request *request, const struct desk_answer *answer) {
    struct http_reply reply = {.status = answer->lose ? 0 : answer->status, .type = "application/json"};
    buf_init(&reply.body, DESK_BODY_MAX * 8);
    if (answer->lose) return reply;
    buf_add_text(&reply.body, answer->body);
    if (answer->is_signed) {
        header_add(request, &reply, ENVELOPE_HEADER_TIME, answer->envelope.time);
        header_add(request, &reply, ENVELOPE_HEADER_NONCE, answer->envelope.nonce);
        header_add(request, &reply, ENVELOPE_HEADER_SIGNATURE, answer->envelope.signature);
    }
    return reply;
}

static void server_handle(struct http_request *request, void *arg) {
    struct server *server = arg;
    struct desk_request asked = {
        .method = method_name(request->method),
        .target = target_of(request),
        .body = request->body,
        .time = http_header(request, ENVELOPE_HEADER_TIME),
        .nonce = http_header(request, ENVELOPE_HEADER_NONCE),
        .signature = http_header(request, ENVELOPE_HEADER_SIGNATURE),
    };
    struct desk_answer answer;
    desk_handle(server->desk, &asked, &answer);
    struct http_reply reply = reply_of(request, &answer);
    free(answer.body);
    struct late *late = arena_alloc(&request->arena, sizeof *late);
    *late = (struct late){request, reply, clock_mono_ms() + answer.delay_ms, NULL};
    if (answer.delay_ms == 0 || !bench_add(server, late)) http_answer(request, &reply);
}

/* --- its life --- */

/* The bench waits by the monotonic clock; signals are the main thread's. */
static bool bench_open(struct server *server) {
    pthread_mutex_init(&server->lock, NULL);
    thread_condition_init(&server->change);
    server->has_thread = thread_start("bench", bench_loop, server, &server->thread);
    return server->has_thread;
}

struct server *server_start(struct desk *desk, int port) {
    struct server *server = calloc(1, sizeof *server);
    if (!server) return NULL;
    server->desk = desk;
    struct http_config config = {
        .address = "127.0.0.1",
        .port = port,
        .body_max = DESK_BODY_MAX,
        .connections_max = CONNECTIONS_MAX,
        .connections_per_address_max = CONNECTIONS_MAX,
        .deadline_ms = DEADLINE_MS,
        .handler = server_handle,
        .arg = server,
    };
    if (bench_open(server) && http_start(&config, &server->http) == ERR_OK) return server;
    server_stop(server);
    return NULL;
}

int server_port(const struct server *server) {
    return http_port(server->http);
}

void server_stop(struct server *server) {
    if (!server) return;
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_cond_signal(&server->change);
    pthread_mutex_unlock(&server->lock);
    http_stop(server->http, DRAIN_MS); /* the bench answers meanwhile */
    if (server->has_thread) pthread_join(server->thread, NULL);
    pthread_cond_destroy(&server->change);
    pthread_mutex_destroy(&server->lock);
    free(server);
}
