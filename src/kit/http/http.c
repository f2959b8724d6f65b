/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd 0.9.75 behind http.h: external epoll, one loop thread, suspend and resume.
 *
 * The library is lax (two lengths, a length beside an encoding, spaces in names, percent-decoding of paths), so the guard below looks at
 * every head before anything else does, and its connections live under deadlines of ours: the library's own time-out starts anew
 * with every byte. A suspended connection is resumed on the loop's thread only, which keeps answer and suspension free of races:
 * whoever answers puts the request on a list and rings the loop's bell. */
#include "kit/http/http.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/thread.h"
#include "kit/http/tls.h"

enum {
    ARENA_CAP = 1 << 20,
    CONNECTION_MEMORY = 32 * 1024,
    IDLE_MS = 60 * 1000,
    HEARTBEAT_MS = 15 * 1000,
    TICK_MS = 500,
    RUNS_MAX = 16,
    RUNS_WAIT_MS = 20,
    TLS_LOOK_MS = 5 * 1000,
    TLS_SOON_S = 14 * 24 * 3600,
    UNREAD_MS = 30 * 1000,
    FILES_SPARE = 256, /* beside the connections: the store, the bank, the operator's socket */
    STREAM_BYTES_MAX = 64 * 1024,
    SPARE_MAX = 512,
};

/* A connection and how long it may take: since `since_ms` for at most `most_ms`; 0: the server has the word. */
struct conn {
    struct conn *next, **at;
    MHD_socket socket;
    int64_t since_ms, most_ms, made_ms;
    bool spoken; /* a first request has begun */
    bool begun;  /* a request has, and has not ended */
};

enum stage { HEAD, BODY, ASKED, ANSWERED, QUEUED };

/* A request with what the library needs beside it. */
struct exchange {
    struct http_request request; /* first: http_answer gets it */
    struct http *http;
    struct MHD_Connection *connection;
    struct conn *conn;
    enum stage stage;
    int reject; /* status of the guard's answer, 0: none */
    struct buf body;
    bool large; /* it may be larger than body_max, and is one of HTTP_LARGE_MAX */
    struct http_reply reply;
    struct exchange *next_answered, *next_spare;
    char peer[INET6_ADDRSTRLEN];
};

struct http_stream {
    struct http *http;
    struct MHD_Connection *connection;
    struct conn *conn; /* outlives the stream */
    struct http_stream *next, **at;
    pthread_mutex_t lock;
    struct buf waiting;
    bool suspended, closed, woken;
    int64_t sent_ms;
    void (*gone)(void *arg);
    void *arg;
    struct http_stream *next_woken;
};

struct http {
    struct http_config config;
    char proxy[INET6_ADDRSTRLEN];
    struct MHD_Daemon *daemon;
    int epoll, bell, port;
    pthread_t thread;
    _Atomic bool stopping, renewing;
    int64_t drain_until_ms;
    struct tls *tls; /* NULL: plain */
    size_t fresh;    /* connections that have not sent a request yet: some may be in their handshake */
    int runs;        /* of the library since anything happened */
    int64_t tls_looked_ms;

    struct conn *conns;
    struct http_stream *streams;
    struct exchange *spare;
    size_t spare_count;
    size_t large; /* bodies under way that may be larger than body_max */
    size_t asked; /* requests that the handler has and has not answered */

    pthread_mutex_t lock; /* of the two lists below */
    struct exchange *answered;
    struct http_stream *woken;

    _Atomic uint64_t requests, rejected, timed_out, streams_open, connections;
    _Atomic uint64_t tls_renewed, tls_not_renewed;
};

static _Thread_local bool on_loop;
static _Thread_local bool bundling;           /* http_bundle */
static _Thread_local struct http *bundled;    /* to be rung at its end */
static _Thread_local struct exchange *asking; /* the loop is in the handler of this one */

/* --- reading a request --- */

struct text http_header(const struct http_request *request, const char *name) {
    const struct exchange *x = (const struct exchange *)(const void *)request;
    return text_of(MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name));
}

struct text http_cookie(const struct http_request *request, const char *name) {
    struct text header = http_header(request, "Cookie");
    size_t size = strlen(name);
    for (size_t at = 0; at < header.n;) {
        while (at < header.n && (header.p[at] == ' ' || header.p[at] == ';')) at++;
        size_t end = at;
        while (end < header.n && header.p[end] != ';') end++;
        if (end - at > size && memcmp(header.p + at, name, size) == 0 && header.p[at + size] == '=')
            return (struct text){header.p + at + size + 1, end - at - size - 1};
        at = end;
    }
    return (struct text){"", 0};
}

static int hex(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool http_decode(struct arena *arena, struct text coded, struct text *out) {
    char *to = arena_alloc(arena, coded.n + 1);
    size_t size = 0;
    for (size_t i = 0; i < coded.n; i++) {
        char c = coded.p[i];
        if (c == '%') {
            if (i + 2 >= coded.n || hex(coded.p[i + 1]) < 0 || hex(coded.p[i + 2]) < 0) return false;
            c = (char)(hex(coded.p[i + 1]) << 4 | hex(coded.p[i + 2]));
            i += 2;
            if (c == '\0') return false;
        }
        to[size++] = c;
    }
    *out = (struct text){to, size};
    return true;
}

/* The next name=value of a query; false at its end. */
bool http_query_next(struct text *rest, struct text *name, struct text *value) {
    if (rest->n == 0) return false;
    const char *end = memchr(rest->p, '&', rest->n);
    struct text pair = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
    const char *equals = memchr(pair.p, '=', pair.n);
    *name = (struct text){pair.p, equals ? (size_t)(equals - pair.p) : pair.n};
    *value = equals ? (struct text){equals + 1, pair.n - name->n - 1} : (struct text){"", 0};
    size_t skip = pair.n + (end ? 1 : 0);
    *rest = (struct text){rest->p + skip, rest->n - skip};
    return true;
}

struct text http_query(struct http_request *request, const char *wanted) {
    struct text rest = request->query, name, value, decoded;
    while (http_query_next(&rest, &name, &value))
        if (text_is(name, wanted))
            return http_decode(&request->arena, value, &decoded) ? decoded : (struct text){"", 0};
    return (struct text){"", 0};
}

/* --- the guard: what must hold of a head before anyone believes it --- */

struct head {
    int hosts, lengths, encodings, headers;
    bool bad_name, bad_length;
    uint64_t length;
};

/* RFC 9110 §5.6.2: the characters of a token. */
static bool token(const char *text, size_t size) {
    static const char other[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    (c && strchr(other, c));
        if (!fine) return false;
    }
    return size > 0;
}

static enum MHD_Result head_look(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_size,
                                 const char *value, size_t value_size) {
    struct head *head = arg;
    (void)kind;
    head->headers++;
    if (!token(name, name_size)) head->bad_name = true;
    if (strcasecmp(name, "Host") == 0) head->hosts++;
    if (strcasecmp(name, "Transfer-Encoding") == 0) head->encodings++;
    if (strcasecmp(name, "Content-Length") == 0) {
        int64_t length = 0;
        head->lengths++;
        if (!value || !text_to_i64((struct text){value, value_size}, &length) || length < 0)
            head->bad_length = true;
        else head->length = (uint64_t)length;
    }
    return MHD_YES;
}

/* What is larger than most bodies is read only where a route wants it, and only a few at once, so that their memory has a bound. */
static int admit_large(struct exchange *x, uint64_t length) {
    struct http *http = x->http;
    size_t most = http->config.body_most ? http->config.body_most(&x->request, http->config.arg) : 0;
    if (length > most) return 413;
    if (http->large == HTTP_LARGE_MAX) return 503;
    http->large++;
    x->large = true;
    buf_release(&x->body);
    buf_init(&x->body, most);
    return 0;
}

/* The status to refuse with, 0 when the head may be believed. */
static int guard(struct exchange *x, const char *version) {
    struct head head = {0};
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, head_look, &head);
    if (strcmp(version, MHD_HTTP_VERSION_1_1) != 0 && strcmp(version, MHD_HTTP_VERSION_1_0) != 0) return 505;
    if (head.bad_name || head.bad_length || head.hosts != 1 || head.lengths > 1) return 400;
    if (head.encodings > 0) return head.lengths > 0 ? 400 : 501;
    if (x->request.path.n == 0 || x->request.path.p[0] != '/') return 400;
    return head.length > x->http->config.body_max ? admit_large(x, head.length) : 0;
}

/* --- exchanges --- */

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
static void *exchange_begin(void *arg, const char *uri, struct MHD_Connection *connection) {
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

static void exchange_end(void *arg, struct MHD_Connection *connection, void **con_cls,
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
static bool plain_address(struct text text, char out[INET6_ADDRSTRLEN]) {
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

static void set_peer(struct exchange *x) {
    const char *proxy = x->http->config.proxy;
    struct text forwarded = {"", 0};
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    show_address(info ? info->client_addr : NULL, x->peer);
    if (proxy && strcmp(proxy, x->peer) == 0) {
        MHD_get_connection_values(x->connection, MHD_HEADER_KIND, keep_forwarded, &forwarded);
        plain_address(forwarded, x->peer);
    }
    x->request.peer = text_of(x->peer);
}

/* --- answering --- */

void http_reply_header(struct http_reply *reply, const char *name, const char *value) {
    assert(reply->headers_count < HTTP_HEADERS_MAX);
    reply->headers[reply->headers_count].name = name;
    reply->headers[reply->headers_count].value = value;
    reply->headers_count++;
}

static void ring(struct http *http) {
    uint64_t one = 1;
    while (write(http->bell, &one, sizeof one) < 0 && errno == EINTR) {}
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
    if (!first || on_loop) return;
    if (bundling && (!bundled || bundled == x->http)) bundled = x->http;
    else ring(x->http);
}

void http_bundle(bool begins) {
    bundling = begins;
    if (!begins && bundled) ring(bundled);
    bundled = NULL;
}

static ssize_t stream_read(void *arg, uint64_t at, char *out, size_t most) {
    struct http_stream *stream = arg;
    (void)at;
    pthread_mutex_lock(&stream->lock);
    size_t size = stream->waiting.size < most ? stream->waiting.size : most;
    if (size > 0) {
        memcpy(out, stream->waiting.bytes, size);
        memmove(stream->waiting.bytes, stream->waiting.bytes + size, stream->waiting.size - size);
        stream->waiting.size -= size;
        stream->sent_ms = clock_mono_ms();
    } else if (!stream->closed) {
        stream->suspended = true;
        MHD_suspend_connection(stream->connection);
    }
    bool end = size == 0 && stream->closed;
    pthread_mutex_unlock(&stream->lock);
    return end ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)size;
}

static void stream_free(void *arg) {
    struct http_stream *stream = arg;
    struct http *http = stream->http;
    *stream->at = stream->next;
    if (stream->next) stream->next->at = stream->at;
    if (stream->gone) stream->gone(stream->arg); /* after this nobody sends to it */
    pthread_mutex_lock(&http->lock);
    for (struct http_stream **at = &http->woken; *at; at = &(*at)->next_woken)
        if (*at == stream) {
            *at = stream->next_woken;
            break;
        }
    pthread_mutex_unlock(&http->lock);
    atomic_fetch_sub(&http->streams_open, 1);
    pthread_mutex_destroy(&stream->lock);
    buf_release(&stream->waiting);
    free(stream);
}

static struct http_stream *stream_make(struct exchange *x) {
    struct http_stream *stream = calloc(1, sizeof *stream);
    if (!stream) log_fatal("http: no memory");
    stream->http = x->http;
    stream->connection = x->connection;
    stream->conn = x->conn;
    stream->sent_ms = clock_mono_ms();
    buf_init(&stream->waiting, STREAM_BYTES_MAX);
    buf_add_text(&stream->waiting, ": welcome\n\n");
    pthread_mutex_init(&stream->lock, NULL);
    stream->next = x->http->streams;
    stream->at = &x->http->streams;
    if (stream->next) stream->next->at = &stream->next;
    x->http->streams = stream;
    atomic_fetch_add(&x->http->streams_open, 1);
    return stream;
}

/* The library may call stream_free only after the reply was queued; the owner learns the handle before anything can be sent. */
static struct MHD_Response *make_response(struct exchange *x) {
    struct http_reply *reply = &x->reply;
    if (reply->opened) {
        struct http_stream *stream = stream_make(x);
        reply->opened(stream, reply->opened_arg);
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, stream_read, stream, stream_free);
    }
    if (reply->still)
        return MHD_create_response_from_buffer(reply->still_size, (void *)(uintptr_t)reply->still,
                                               MHD_RESPMEM_PERSISTENT);
    if (reply->body.size == 0)
        return MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body.size, reply->body.bytes, MHD_RESPMEM_MUST_FREE);
    if (response) reply->body = (struct buf){0}; /* theirs now */
    return response;
}

static enum MHD_Result queue_reply(struct exchange *x) {
    struct http_reply *reply = &x->reply;
    x->stage = QUEUED;
    if (x->conn) {
        x->conn->since_ms = clock_mono_ms();
        x->conn->most_ms = reply->opened ? 0 : IDLE_MS; /* a reader that does not read is cut too */
    }
    if (reply->status == 0) return MHD_NO;
    struct MHD_Response *response = make_response(x);
    if (!response) return MHD_NO;
    if (reply->type) MHD_add_response_header(response, "Content-Type", reply->type);
    MHD_add_response_header(response, "X-Request-Id", x->request.id);
    for (int i = 0; i < reply->headers_count; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    if (x->reject || reply->opened || atomic_load(&x->http->stopping))
        MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result done = MHD_queue_response(x->connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return done;
}

static enum MHD_Result reject(struct exchange *x, int status) {
    atomic_fetch_add(&x->http->rejected, 1);
    x->reject = status;
    buf_init(&x->reply.body, 1024);
    if (x->http->config.reject_body)
        x->http->config.reject_body(&x->request, status, &x->reply, x->http->config.arg);
    x->reply.status = status;
    return queue_reply(x);
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
    if (x->stage == ANSWERED) return queue_reply(x);
    /* Resuming happens on this thread only, so whoever answers meanwhile cannot overtake this. */
    http->asked++;
    MHD_suspend_connection(x->connection);
    return MHD_YES;
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *connection, const char *url,
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
        set_peer(x);
        int status = guard(x, version);
        return status ? reject(x, status) : MHD_YES;
    }
    if (x->stage == BODY && *upload_size > 0) {
        if (x->reject) return MHD_NO;
        buf_add(&x->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES; /* one above body_max fails the buffer, and is answered below */
    }
    if (x->stage == BODY) return x->body.failed ? reject(x, 413) : ask(x);
    if (x->stage == ANSWERED) return queue_reply(x);
    return MHD_YES;
}

/* --- streams, from any thread --- */

static void stream_wake(struct http_stream *stream) {
    struct http *http = stream->http;
    bool alone = false;
    if (!stream->woken) {
        stream->woken = true;
        pthread_mutex_lock(&http->lock);
        alone = !http->woken;
        stream->next_woken = http->woken;
        http->woken = stream;
        pthread_mutex_unlock(&http->lock);
    }
    if (alone) ring(http);
}

void http_stream_send(struct http_stream *stream, const char *text, size_t size) {
    pthread_mutex_lock(&stream->lock);
    if (!stream->closed) {
        buf_add(&stream->waiting, text, size);
        if (stream->waiting.failed) stream->closed = true; /* it reads too slowly */
        stream_wake(stream);
    }
    pthread_mutex_unlock(&stream->lock);
}

void http_stream_close(struct http_stream *stream) {
    pthread_mutex_lock(&stream->lock);
    stream->closed = true;
    stream_wake(stream);
    pthread_mutex_unlock(&stream->lock);
}

void http_stream_on_gone(struct http_stream *stream, void (*gone)(void *arg), void *arg) {
    stream->gone = gone;
    stream->arg = arg;
}

/* --- the loop --- */

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
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

/* Takes both lists and lets their connections go on. */
static void resume_answered(struct http *http) {
    pthread_mutex_lock(&http->lock);
    struct exchange *answered = http->answered;
    struct http_stream *woken = http->woken;
    http->answered = NULL;
    http->woken = NULL;
    pthread_mutex_unlock(&http->lock);
    while (answered) {
        struct exchange *next = answered->next_answered;
        answered->stage = ANSWERED;
        http->asked--;
        MHD_resume_connection(answered->connection);
        answered = next;
    }
    while (woken) {
        struct http_stream *next = woken->next_woken;
        pthread_mutex_lock(&woken->lock);
        bool resume = woken->suspended, closed = woken->closed;
        woken->suspended = woken->woken = false;
        pthread_mutex_unlock(&woken->lock);
        if (closed && woken->conn && woken->conn->most_ms == 0) { /* it may not read its end either */
            woken->conn->since_ms = clock_mono_ms();
            woken->conn->most_ms = http->config.deadline_ms;
        }
        if (resume) MHD_resume_connection(woken->connection);
        woken = next;
    }
}

static void cut_late(struct http *http, int64_t now_ms) {
    for (struct conn *conn = http->conns; conn; conn = conn->next) {
        if (conn->most_ms == 0 || now_ms - conn->since_ms <= conn->most_ms) continue;
        if (conn->most_ms == http->config.deadline_ms) atomic_fetch_add(&http->timed_out, 1);
        shutdown(conn->socket, SHUT_RDWR);
        conn->most_ms = 0; /* once */
    }
}

static void beat(struct http *http, int64_t now_ms) {
    for (struct http_stream *stream = http->streams; stream; stream = stream->next)
        if (now_ms - stream->sent_ms > HEARTBEAT_MS) http_stream_send(stream, ": beat\n\n", 8);
}

static void begin_drain(struct http *http) {
    MHD_socket listening = MHD_quiesce_daemon(http->daemon);
    if (listening != MHD_INVALID_SOCKET) close(listening);
    for (struct http_stream *stream = http->streams; stream; stream = stream->next) http_stream_close(stream);
}

/* Idle connections, such as browsers open in advance, need not stay; at the end of the patience none does. (A request that the handler still has keeps its
 * connection, since the library must not lose a suspended one.) */
static void hurry(struct http *http, int64_t now_ms) {
    for (struct conn *conn = http->conns; conn; conn = conn->next) {
        if (now_ms > http->drain_until_ms) shutdown(conn->socket, SHUT_RDWR);
        else if (!conn->begun) conn->most_ms = 100;
    }
}

static bool drained(struct http *http, int64_t now_ms) {
    if (http->asked > 0 || http->streams)
        return false; /* a suspended connection would abort the library's stop */
    return !http->conns || now_ms > http->drain_until_ms;
}

/* --- the certificate --- */

static void warn_of_end(const struct http *http) {
    int64_t left_s = tls_expires_s(http->tls) - clock_now_ms() / 1000;
    if (left_s <= 0) log_warn("tls_certificate: %s has expired", http->config.tls_certificate);
    else if (left_s < TLS_SOON_S)
        log_warn("tls_certificate: %s expires in %lld hours", http->config.tls_certificate,
                 (long long)(left_s / 3600));
}

/* On the loop's thread, where the handshakes are, too. */
static void renew_tls(struct http *http, int64_t now_ms) {
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

/* How long to sleep. The library calls a handshake that waits for its peer ready at once, again and again: half a hello would keep a
 * processor busy. So after some runs in which nothing happened it is believed less; what does come wakes the loop anyway. */
static int patience_ms(struct http *http) {
    MHD_UNSIGNED_LONG_LONG wish = 0;
    int wait_ms = TICK_MS;
    if (MHD_get_timeout(http->daemon, &wish) == MHD_YES && wish < (MHD_UNSIGNED_LONG_LONG)wait_ms)
        wait_ms = (int)wish;
    if (http->tls && http->fresh > 0 && wait_ms < RUNS_WAIT_MS && http->runs++ >= RUNS_MAX)
        wait_ms = RUNS_WAIT_MS;
    pthread_mutex_lock(&http->lock);
    if (http->answered || http->woken) wait_ms = 0; /* put there by this thread: nobody rang */
    pthread_mutex_unlock(&http->lock);
    return wait_ms;
}

static void *loop(void *arg) {
    struct http *http = arg;
    bool draining = false;
    int64_t tick_ms = 0;
    on_loop = true;
    tls_serve(http->tls);
    for (;;) {
        int64_t now_ms = clock_mono_ms();
        if (atomic_load(&http->stopping)) {
            if (!draining) begin_drain(http);
            draining = true;
            if (drained(http, now_ms)) break;
            hurry(http, now_ms);
        }
        int wait_ms = patience_ms(http);
        struct epoll_event events[2];
        int count = epoll_wait(http->epoll, events, 2, draining && wait_ms > 20 ? 20 : wait_ms);
        if (count > 0) http->runs = 0;
        for (int i = 0; i < count; i++)
            if (events[i].data.fd == http->bell) {
                uint64_t rung;
                while (read(http->bell, &rung, sizeof rung) < 0 && errno == EINTR) {}
            }
        resume_answered(http);
        MHD_run(http->daemon);
        now_ms = clock_mono_ms();
        if (now_ms - tick_ms >= TICK_MS || draining) {
            tick_ms = now_ms;
            cut_late(http, now_ms);
            beat(http, now_ms);
            if (http->tls) renew_tls(http, now_ms);
        }
    }
    return NULL;
}

/* --- its life --- */

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
        MHD_start_daemon(flags, (uint16_t)http->config.port, NULL, NULL, on_access, http,
                         MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_URI_LOG_CALLBACK,
                         exchange_begin, http, MHD_OPTION_NOTIFY_COMPLETED, exchange_end, http,
                         MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_UNESCAPE_CALLBACK,
                         keep_coded, http, MHD_OPTION_CONNECTION_LIMIT,
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

static bool is_set(const char *text) {
    return text && text[0];
}

static bool open_tls(struct http *http) {
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
        !config->proxy || !config->proxy[0] || plain_address(text_of(config->proxy), http->proxy);
    allow_files(http->config.connections_max);
    http->epoll = http->bell = -1;
    pthread_mutex_init(&http->lock, NULL);
    bool tls_fits = open_tls(http);
    if (proxy_known && tls_fits && open_daemon(http) && thread_start("http", loop, http, &http->thread)) {
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
    ring(http);
}

void http_stop(struct http *http, int drain_ms) {
    if (!http) return;
    http->drain_until_ms = clock_mono_ms() + drain_ms;
    atomic_store(&http->stopping, true);
    ring(http);
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
