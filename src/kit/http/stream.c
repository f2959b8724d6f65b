/* SPDX-License-Identifier: Apache-2.0 */
/* Streams: the loop reads what any thread has sent. */
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "kit/http/server.h"

enum { STREAM_BYTES_MAX = 64 * 1024 };

ssize_t http_stream_read(void *arg, uint64_t at, char *out, size_t most) {
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

void http_stream_free(void *arg) {
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

struct http_stream *http_stream_make(struct exchange *x) {
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

/* From here on, any thread. */

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
    if (alone) http_ring(http);
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
