/* SPDX-License-Identifier: Apache-2.0 */
/* A request on its way: from the request line to the handler, and from the answer to the end. */
#include <assert.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "kit/http/server.h"

enum { ARENA_CAP = 1 << 20, SPARE_MAX = 512 };

static _Thread_local bool bundling;           /* http_bundle */
static _Thread_local struct http *bundled;    /* to be rung at its end */
static _Thread_local struct exchange *asking; /* the loop is in the handler of this one */

static void exchange_id(struct exchange *x) {
    unsigned char bytes[16];
    static _Thread_local unsigned char stock[1024];
    static _Thread_local size_t left;
    if (left < sizeof bytes) {
        rand_bytes(stock, sizeof stock);
        left = sizeof stock;
    }
    left -= sizeof bytes;
    memcpy(bytes, stock + left, sizeof bytes);
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof bytes; i++) {
        x->request.id[2 * i] = digits[bytes[i] >> 4];
        x->request.id[2 * i + 1] = digits[bytes[i] & 15];
    }
    x->request.id[2 * sizeof bytes] = '\0';
}

/* The library calls this with the request line, before the headers: our struct for the request begins here. */
void *http_exchange_begin(void *arg, const char *uri, struct MHD_Connection *connection) {
    struct http *http = arg;
    struct exchange *x = http->spare;
    if (x) {
        http->spare = x->next_spare;
        http->spare_count--;
    } else {
        x = calloc(1, sizeof *x);
        if (!x) return NULL;
        arena_init(&x->request.arena, ARENA_CAP);
        buf_init(&x->body, http->config.body_max);
        x->http = http;
    }
    x->connection = connection;
    x->stage = HEAD;
    x->reject = 0;
    x->request.owner = NULL;
    x->reply = (struct http_reply){0};
    x->request.arrived_us = clock_mono_us();
    x->request.body = (struct text){"", 0};
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    x->conn = info ? info->socket_context : NULL;
    if (x->conn &&
        x->conn->most_ms != http->config.deadline_ms) { /* of the first, since the connection was made */
        x->conn->since_ms = x->request.arrived_us / 1000;
        x->conn->most_ms = http->config.deadline_ms;
    }
    if (x->conn && !x->conn->spoken) http->fresh--;
    if (x->conn) x->conn->begun = x->conn->spoken = true;
    size_t size = strlen(uri);
    const char *copy = arena_copy(&x->request.arena, uri, size), *mark = memchr(copy, '?', size);
    x->request.path = (struct text){copy, mark ? (size_t)(mark - copy) : size};
    x->request.query = mark ? (struct text){mark + 1, size - x->request.path.n - 1} : (struct text){"", 0};
    exchange_id(x);
    return x;
}

void http_exchange_end(void *arg, struct MHD_Connection *connection, void **con_cls,
                       enum MHD_RequestTerminationCode why) {
    struct http *http = arg;
    struct exchange *x = *con_cls;
    (void)connection;
    (void)why;
    if (!x) return;
    *con_cls = NULL;
    if (x->reply.opened && x->stage != QUEUED) x->reply.opened(NULL, x->reply.opened_arg);
    if (x->conn) {
        x->conn->since_ms = clock_mono_ms();
        x->conn->most_ms = IDLE_MS;
        x->conn->begun = false;
    }
    buf_release(&x->reply.body);
    buf_clear(&x->body);
    if (x->large) {
        x->large = false;
        http->large--;
        buf_release(&x->body);
        buf_init(&x->body, http->config.body_max);
    }
    if (http->spare_count < SPARE_MAX) {
        arena_clear(&x->request.arena);
        x->next_spare = http->spare;
        http->spare = x;
        http->spare_count++;
        return;
    }
    arena_release(&x->request.arena);
    buf_release(&x->body);
    free(x);
}

static const char *const methods[] = {
    [HTTP_GET] = "GET",       [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",       [HTTP_PUT] = "PUT",
    [HTTP_DELETE] = "DELETE", [HTTP_PATCH] = "PATCH", [HTTP_OPTIONS] = "OPTIONS", [HTTP_OTHER] = "OTHER",
};

const char *http_method_name(enum http_method method) {
    return methods[method];
}

static enum http_method method_of(const char *name) {
    for (int i = 0; i < HTTP_OTHER; i++)
        if (strcmp(methods[i], name) == 0) return (enum http_method)i;
    return HTTP_OTHER;
}

void http_answer(struct http_request *request, struct http_reply *reply) {
    struct exchange *x = (struct exchange *)request;
    assert(x->stage == ASKED);
    x->reply = *reply;
    *reply = (struct http_reply){0};
    if (asking == x) {
        x->stage = ANSWERED; /* `ask` goes on */
        return;
    }
    pthread_mutex_lock(&x->http->lock);
    bool first = !x->http->answered;
    x->next_answered = x->http->answered;
    x->http->answered = x;
    pthread_mutex_unlock(&x->http->lock);
    if (!first || http_on_loop()) return;
    if (bundling && (!bundled || bundled == x->http)) bundled = x->http;
    else http_ring(x->http);
}

void http_bundle(bool begins) {
    bundling = begins;
    if (!begins && bundled) http_ring(bundled);
    bundled = NULL;
}

/* Gives the whole request to the handler; answered within it: on at once, else the connection waits. */
static enum MHD_Result ask(struct exchange *x) {
    struct http *http = x->http;
    x->request.body = (struct text){buf_text(&x->body), x->body.size};
    x->stage = ASKED;
    if (x->conn) x->conn->most_ms = 0;
    atomic_fetch_add_explicit(&http->requests, 1, memory_order_relaxed);
    asking = x;
    http->config.handler(&x->request, http->config.arg);
    asking = NULL;
    if (x->stage == ANSWERED) return http_reply_queue(x);
    /* Resuming happens on this thread only, so whoever answers meanwhile cannot overtake this. */
    http->asked++;
    MHD_suspend_connection(x->connection);
    return MHD_YES;
}

enum MHD_Result http_exchange_access(void *arg, struct MHD_Connection *connection, const char *url,
                                     const char *method, const char *version, const char *upload,
                                     size_t *upload_size, void **con_cls) {
    struct exchange *x = *con_cls;
    (void)arg;
    (void)connection;
    (void)url;
    if (!x) return MHD_NO;
    if (x->stage == HEAD) {
        x->stage = BODY;
        x->request.method = method_of(method);
        http_peer_set(x);
        int status = http_guard(x, version);
        return status ? http_reply_reject(x, status) : MHD_YES;
    }
    if (x->stage == BODY && *upload_size > 0) {
        if (x->reject) return MHD_NO;
        buf_add(&x->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES; /* one above body_max fails the buffer, and is answered below */
    }
    if (x->stage == BODY) return x->body.failed ? http_reply_reject(x, 413) : ask(x);
    if (x->stage == ANSWERED) return http_reply_queue(x);
    return MHD_YES;
}
