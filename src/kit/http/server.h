/* SPDX-License-Identifier: Apache-2.0 */
/* server: what stands behind http.h, and which file does what with it. Only kit/http includes this.
 *
 *     http.c         a server's life: starts, stops, figures
 *     loop.c         the thread that waits, and lets go on what was answered
 *     connection.c   connections and their deadlines
 *     exchange.c     a request on its way through its stages
 *     guard.c        what must hold of a head before anyone believes it
 *     peer.c         whose request it is
 *     request.c      what a handler reads of it
 *     reply.c        a reply becomes the library's response
 *     stream.c       what is pushed
 *     certificate.c  the certificate while the server lives (the pair itself: tls.h)
 *
 * All of it belongs to the loop's thread, but for what is atomic, behind a lock, or said to be for any thread. */
#ifndef KIT_HTTP_SERVER_H
#define KIT_HTTP_SERVER_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "kit/http/http.h"

struct tls;

enum { IDLE_MS = 60 * 1000 };

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
/* The loop. */
void *http_loop(void *http);
void http_ring(struct http *http); /* from any thread: the loop wakes and takes its lists */
bool http_on_loop(void);           /* whether the caller is the loop's thread */

/* Connections: the library tells of each that begins or ends. */
void http_connection_notify(void *http, struct MHD_Connection *connection, void **context,
                            enum MHD_ConnectionNotificationCode what);
void http_connections_cut(struct http *http, int64_t now_ms);   /* those that took longer than they may */
void http_connections_hurry(struct http *http, int64_t now_ms); /* when the server stops */

/* Exchanges, as the library calls them: the request line; then the head, the body piece by piece, its end, the answer; the end. */
void *http_exchange_begin(void *http, const char *uri, struct MHD_Connection *connection);
enum MHD_Result http_exchange_access(void *http, struct MHD_Connection *connection, const char *url,
                                     const char *method, const char *version, const char *upload,
                                     size_t *upload_size, void **con_cls);
void http_exchange_end(void *http, struct MHD_Connection *connection, void **con_cls,
                       enum MHD_RequestTerminationCode why);

int http_guard(struct exchange *x, const char *version); /* the status to refuse with, or 0 */
void http_peer_set(struct exchange *x);
bool http_peer_plain(struct text text, char out[INET6_ADDRSTRLEN]);

/* Replies: x->reply goes out; or what the guard says. */
enum MHD_Result http_reply_queue(struct exchange *x);
enum MHD_Result http_reply_reject(struct exchange *x, int status);

/* Streams: made with their reply; read by the library until it frees them. */
struct http_stream *http_stream_make(struct exchange *x);
ssize_t http_stream_read(void *stream, uint64_t at, char *out, size_t most);
void http_stream_free(void *stream);

bool http_certificate_open(struct http *http); /* false: said in the log */
void http_certificate_look(struct http *http, int64_t now_ms);

#endif
