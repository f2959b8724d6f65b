/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: one thread that waits for the library's sockets and for the bell, and lets go on what was answered. */
#include <errno.h>
#include <microhttpd.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "kit/http/server.h"
#include "kit/http/tls.h"

enum { HEARTBEAT_MS = 15 * 1000, TICK_MS = 500, RUNS_MAX = 16, RUNS_WAIT_MS = 20 };

static _Thread_local bool here;

bool http_on_loop(void) {
    return here;
}

void http_ring(struct http *http) {
    uint64_t one = 1;
    while (write(http->bell, &one, sizeof one) < 0 && errno == EINTR) {}
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

static void beat(struct http *http, int64_t now_ms) {
    for (struct http_stream *stream = http->streams; stream; stream = stream->next)
        if (now_ms - stream->sent_ms > HEARTBEAT_MS) http_stream_send(stream, ": beat\n\n", 8);
}

static void begin_drain(struct http *http) {
    MHD_socket listening = MHD_quiesce_daemon(http->daemon);
    if (listening != MHD_INVALID_SOCKET) close(listening);
    for (struct http_stream *stream = http->streams; stream; stream = stream->next) http_stream_close(stream);
}

static bool drained(struct http *http, int64_t now_ms) {
    if (http->asked > 0 || http->streams)
        return false; /* a suspended connection would abort the library's stop */
    return !http->conns || now_ms > http->drain_until_ms;
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

void *http_loop(void *arg) {
    struct http *http = arg;
    bool draining = false;
    int64_t tick_ms = 0;
    here = true;
    tls_serve(http->tls);
    for (;;) {
        int64_t now_ms = clock_mono_ms();
        if (atomic_load(&http->stopping)) {
            if (!draining) begin_drain(http);
            draining = true;
            if (drained(http, now_ms)) break;
            http_connections_hurry(http, now_ms);
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
            http_connections_cut(http, now_ms);
            beat(http, now_ms);
            if (http->tls) http_certificate_look(http, now_ms);
        }
    }
    return NULL;
}
