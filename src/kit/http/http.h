/* SPDX-License-Identifier: Apache-2.0 */
/* http: requests in, replies out; hides the HTTP library.
 *
 * One thread runs the loop. A request that arrived whole (or the error that the guard answered for it) is given to the handler on the
 * loop's thread, with its own arena; whoever has the answer calls http_answer exactly once, from any thread, which ends the request.
 * The connection waits meanwhile. Bodies above the maximum, malformed and smuggled requests, and requests that do not arrive within
 * the deadline never reach the handler.
 *
 * A stream (server-sent events) is an answer with `opened` set: the connection stays, and http_stream_send pushes text to it. */
#ifndef KIT_HTTP_HTTP_H
#define KIT_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

struct http;
struct http_stream;

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_DELETE,
    HTTP_PATCH,
    HTTP_OPTIONS,
    HTTP_OTHER
};

const char *http_method_name(enum http_method method); /* "GET"; HTTP_OTHER: "OTHER" */

enum { HTTP_ID_MAX = 33, HTTP_HEADERS_MAX = 12, HTTP_LARGE_MAX = 8 };

struct http_request {
    enum http_method method;
    struct text path;  /* as sent, before '?': percent-decoding is the router's, segment by segment */
    struct text query; /* after '?' */
    struct text body;
    struct text peer;     /* address of the client */
    char id[HTTP_ID_MAX]; /* request id: ours, 128 bits in hex; goes into X-Request-Id, the log and every error */
    int64_t arrived_us;
    struct arena arena; /* lives until the answer is sent */
    void *owner;        /* the edge's own */
};

struct text http_header(const struct http_request *request,
                        const char *name); /* empty when absent; case-insensitive */
struct text http_cookie(const struct http_request *request, const char *name);
struct text http_query(struct http_request *request, const char *name); /* percent-decoded into the arena */

/* Percent-decoding (no '+' for space) into the arena; false on a broken escape or a NUL. Walking a query's pairs, still coded. */
bool http_decode(struct arena *arena, struct text coded, struct text *out);
bool http_query_next(struct text *rest, struct text *name, struct text *value);

struct http_reply {
    int status;       /* 0: no answer, the connection is closed; for programs that play a broken peer */
    const char *type; /* NULL: no body */
    struct buf body;  /* taken over by http_answer */
    const unsigned char *still; /* instead of body: bytes that live as long as the process */
    size_t still_size;
    struct {
        const char *name; /* literals or the request's arena */
        const char *value;
    } headers[HTTP_HEADERS_MAX];
    int headers_count;
    /* Not NULL: the connection stays open as a stream; called on the loop's thread with its handle, before anything
     * is sent, or with NULL when the client has gone meanwhile. */
    void (*opened)(struct http_stream *stream, void *arg);
    void *opened_arg;
};
void http_reply_header(struct http_reply *reply, const char *name, const char *value);

void http_answer(struct http_request *request, struct http_reply *reply);
/* Between true and false the answers that this thread gives wake the loop once, at the end, and not one by one. */
void http_bundle(bool begins);

/* Streams: bounded; a slow reader is closed. Any thread. The owner is told by `gone` (on the loop's thread) and then frees its own. */
void http_stream_send(struct http_stream *stream, const char *text, size_t size);
void http_stream_close(struct http_stream *stream);
void http_stream_on_gone(struct http_stream *stream, void (*gone)(void *arg), void *arg);

struct http_config {
    const char *address; /* "127.0.0.1" */
    int port;            /* 0: a free one, see http_port */
    size_t body_max;     /* 16384 */
    /* Who may send a larger one: asked with the head, before the body is read, and at most HTTP_LARGE_MAX at once. 0, or no such
     * function: body_max. */
    size_t (*body_most)(const struct http_request *request, void *arg);
    int connections_max, connections_per_address_max;
    /* Address of a proxy in front, NULL or "": none. Its requests come from the last address in X-Forwarded-For, the one that it saw itself, and
     * it may open as many connections as there are. Nobody else's X-Forwarded-For is believed. */
    const char *proxy;
    int deadline_ms; /* a whole request must have arrived after so long: 10000; a handshake of TLS, too */
    /* Files in PEM: the certificate (with those that vouch for it behind it) and its key; both: all is TLS, and plain HTTP is hung up on. NULL
     * or "": none. A file that changes is read anew within seconds, without a connection noticing. (kit/http/tls.h) */
    const char *tls_certificate, *tls_key;
    void (*handler)(struct http_request *request, void *arg);
    /* Words for a request that the guard refused (400, 413, 501, 503, 505): sets type and body of the reply; may be NULL. */
    void (*reject_body)(const struct http_request *request, int status, struct http_reply *reply, void *arg);
    void *arg;
};
enum err http_start(const struct http_config *config, struct http **out);
int http_port(const struct http *http);
void http_renew_tls(struct http *http); /* reads certificate and key anew, soon, on the loop's thread */
/* Takes no new connections, lets open requests end (at most drain_ms), closes streams, stops. */
void http_stop(struct http *http, int drain_ms);

struct http_figures {
    uint64_t requests, rejected, timed_out, streams, connections;
    uint64_t tls_renewed, tls_not_renewed; /* times that new files were taken, and that they could not be */
    int64_t tls_expires_s;                 /* end of the certificate's life since the epoch; 0: no TLS */
};
struct http_figures http_figures(struct http *http);

#endif
