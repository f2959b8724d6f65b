/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP on real sockets: what reaches the handler, answers and streams from other threads, peers that leave or dawdle, the stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/pool.h"
#include "kit/http/http.h"

enum { PATIENCE_MS = 60000, ROOMY_MS = 20000, GOT_MAX = 1 << 17, THREADS = 3 };

/* A server whose handler does what the path says. */
struct site {
    struct http *http;
    struct pool *pool;
    _Atomic int asked, gone;
    _Atomic(struct http_request *) held;
    pthread_mutex_t lock; /* of stream: who sends must not meet its end */
    struct http_stream *stream;
};

struct late {
    struct job job; /* first */
    struct http_request *request;
};

static void answer_words(struct http_request *request, int status, const char *words) {
    struct http_reply reply = {.status = status, .type = "text/plain"};
    buf_init(&reply.body, 4096);
    buf_add_text(&reply.body, words);
    http_answer(request, &reply);
}

static void answer_late(struct job *job, void *thread) {
    (void)thread;
    answer_words(((struct late *)(void *)job)->request, 200, "later");
}

static void answer_echo(struct http_request *request) {
    struct http_reply reply = {.status = 200, .type = "text/plain"};
    struct text header = http_header(request, "x-thing"), cookie = http_cookie(request, "b"),
                query = http_query(request, "q");
    buf_init(&reply.body, 4096);
    buf_format(&reply.body, "%s [%.*s] [%.*s] [%.*s] [%.*s] [%.*s] [%.*s] [%.*s]",
               http_method_name(request->method), (int)request->path.n, request->path.p, (int)request->query.n,
               request->query.p, (int)request->body.n, request->body.p, (int)header.n, header.p,
               (int)cookie.n, cookie.p, (int)query.n, query.p, (int)request->peer.n, request->peer.p);
    http_reply_header(&reply, "X-More", "more");
    http_answer(request, &reply);
}

static void set_stream(struct site *site, struct http_stream *stream) {
    pthread_mutex_lock(&site->lock);
    site->stream = stream;
    pthread_mutex_unlock(&site->lock);
}

static void stream_gone(void *arg) {
    struct site *site = arg;
    set_stream(site, NULL);
    atomic_fetch_add(&site->gone, 1);
}

static void stream_opened(struct http_stream *stream, void *arg) {
    if (stream) http_stream_on_gone(stream, stream_gone, arg);
    set_stream(arg, stream);
}

/* False: there is no stream. NULL words close it. */
static bool site_send(struct site *site, const char *words) {
    pthread_mutex_lock(&site->lock);
    struct http_stream *stream = site->stream;
    if (stream && words) http_stream_send(stream, words, strlen(words));
    else if (stream) http_stream_close(stream);
    pthread_mutex_unlock(&site->lock);
    return stream != NULL;
}

static void answer_stream(struct http_request *request, struct site *site) {
    struct http_reply reply = {.status = 200,
                               .type = "text/event-stream",
                               .opened = stream_opened,
                               .opened_arg = site};
    http_answer(request, &reply);
}

static void handle(struct http_request *request, void *arg) {
    struct site *site = arg;
    atomic_fetch_add(&site->asked, 1);
    if (text_is(request->path, "/later")) {
        struct late *late = arena_alloc(&request->arena, sizeof *late);
        *late = (struct late){.job.run = answer_late, .request = request};
        if (!pool_submit(site->pool, &late->job)) answer_words(request, 503, "full");
    } else if (text_is(request->path, "/held")) {
        atomic_store(&site->held, request);
    } else if (text_is(request->path, "/stream")) {
        answer_stream(request, site);
    } else if (text_is(request->path, "/still")) {
        struct http_reply reply = {.status = 200,
                                   .type = "text/plain",
                                   .still = (const unsigned char *)"still",
                                   .still_size = 5};
        http_answer(request, &reply);
    } else if (text_is(request->path, "/none")) {
        struct http_reply reply = {.status = 204};
        http_answer(request, &reply);
    } else if (text_is(request->path, "/gone")) {
        struct http_reply reply = {.status = 0};
        http_answer(request, &reply);
    } else {
        answer_echo(request);
    }
}

static void site_open_behind(struct site *site, int deadline_ms, const char *proxy) {
    *site = (struct site){.lock = PTHREAD_MUTEX_INITIALIZER};
    site->pool = pool_start(&(struct pool_config){.name = "late", .threads = THREADS, .queue_max = 1000});
    struct http_config config = {.address = "127.0.0.1",
                                 .body_max = 1000,
                                 .deadline_ms = deadline_ms,
                                 .proxy = proxy,
                                 .handler = handle,
                                 .arg = site};
    assert_non_null(site->pool);
    assert_int_equal(http_start(&config, &site->http), ERR_OK);
}

static void site_open(struct site *site, int deadline_ms) {
    site_open_behind(site, deadline_ms, NULL);
}

static void site_close(struct site *site, int drain_ms) {
    http_stop(site->http, drain_ms);
    pool_stop(site->pool);
}

/* --- a client --- */

static int dial(const struct site *site) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(site->http))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, const char *words) {
    size_t size = strlen(words);
    assert_int_equal(send(fd, words, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* Reads until the words came, or all until the other side closes (until NULL). False: it closed, or the patience was over. */
static bool hear(int fd, char got[GOT_MAX], const char *until) {
    size_t size = 0;
    int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
    got[0] = '\0';
    while (size < GOT_MAX - 1 && clock_mono_ms() < end_ms) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, 100) <= 0) continue;
        ssize_t more = recv(fd, got + size, GOT_MAX - 1 - size, 0);
        if (more <= 0) return until == NULL;
        size += (size_t)more;
        got[size] = '\0';
        if (until && strstr(got, until)) return true;
    }
    return false;
}

static bool heard(const struct site *site, const char *request, const char *words) {
    static _Thread_local char got[GOT_MAX];
    int fd = dial(site);
    say(fd, request);
    bool right = hear(fd, got, words);
    if (!right) print_error("no \"%s\" in: %s\n", words, got);
    close(fd);
    return right;
}

static bool until_true(bool (*holds)(struct site *site), struct site *site) {
    for (int64_t end_ms = clock_mono_ms() + PATIENCE_MS; clock_mono_ms() < end_ms; usleep(1000))
        if (holds(site)) return true;
    return false;
}

static bool has_stream(struct site *site) {
    return site_send(site, "");
}
static bool has_no_stream(struct site *site) {
    return http_figures(site->http).streams == 0;
}
static bool has_held(struct site *site) {
    return atomic_load(&site->held) != NULL;
}
static bool has_no_connection(struct site *site) {
    return http_figures(site->http).connections == 0;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

/* A connection whose request has arrived, and what it asks for holds. A machine that stands still for longer than the deadline, which is a
 * short one where it matters, is asked again. */
static int dial_until(struct site *site, const char *request, bool (*holds)(struct site *site)) {
    for (int64_t end_ms = clock_mono_ms() + PATIENCE_MS; clock_mono_ms() < end_ms;) {
        int fd = dial(site);
        say(fd, request);
        struct pollfd closed = {.fd = fd, .events = POLLRDHUP};
        while (!holds(site) && poll(&closed, 1, 1) == 0) {}
        if (holds(site)) return fd;
        close(fd);
    }
    fail_msg("it never arrives");
    return -1;
}

/* --- stories --- */

static void a_request_arrives_as_it_was_sent(void **state) {
    (void)state;
    struct site site;
    site_open(&site, ROOMY_MS);
    assert_true(heard(&site, GET("/a/%2e%2E?q=%e9%92%b1&x=+"),
                      "GET [/a/%2e%2E] [q=%e9%92%b1&x=+] [] [] [] [钱] [127.0.0.1]"));
    assert_true(heard(&site, "PUT /p HTTP/1.1\r\nhOsT: a\r\nX-THING: t h\r\nCookie: ab=0; b=1=2; bb=3\r\nContent-Length: 4\r\n\r\nbody",
                      "PUT [/p] [] [body] [t h] [1=2] [] [127.0.0.1]"));
    assert_true(heard(&site, "GET / HTTP/1.1\r\nHost: a\r\nCookie: xb=1;b=\r\n\r\n",
                      "GET [/] [] [] [] [] [] "));
    assert_true(heard(&site, GET("/?q=%"), "[q=%] [] [] [] [] ["));
    assert_true(heard(&site, GET("/?q=a%00b"), "[q=a%00b] [] [] [] [] ["));
    assert_true(heard(&site, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "OTHER [/]"));
    assert_true(heard(&site, GET("/still"), "\r\n\r\nstill"));
    assert_true(heard(&site, GET("/none"), "HTTP/1.1 204 "));
    assert_true(heard(&site, GET("/x"), "X-More: more\r\n"));
    static char got[GOT_MAX];
    int fd = dial(&site);
    say(fd, GET("/gone"));
    assert_true(hear(fd, got, NULL));
    assert_string_equal(got, "");
    close(fd);
    site_close(&site, 100);
}

static void a_body_may_come_in_pieces(void **state) {
    (void)state;
    static char got[GOT_MAX];
    struct site site;
    site_open(&site, ROOMY_MS);
    int fd = dial(&site);
    const char *const pieces[] =
        {"POST /p HT",     "TP/1.1\r\nHost: a\r\nContent-Le", "ngth: 6\r\n\r", "\n", "ab", "c",
         ("def" GET("/q"))};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        say(fd, pieces[i]);
        usleep(2000);
    }
    assert_true(hear(fd, got, "GET [/q] [] [] "));
    assert_non_null(strstr(got, "POST [/p] [] [abcdef] "));
    close(fd);
    site_close(&site, 100);
}

static void what_the_guard_refuses_never_reaches_the_handler(void **state) {
    (void)state;
    static const struct {
        const char *request, *status;
    } rows[] = {
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", " 400 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", " 400 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", " 400 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", " 501 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", " 400 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", " 413 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n", " 413 "},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", " 400 "},
        {"GET / HTTP/1.1\r\n\r\n", " 400 "},
        {"GET / HTTP/1.0\r\n\r\n", " 400 "},
        {"GET / HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n", " 400 "},
        {"GET a HTTP/1.1\r\nHost: a\r\n\r\n", " 400 "},
        {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", " 505 "},
    };
    static char got[GOT_MAX];
    struct site site;
    site_open(&site, ROOMY_MS);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int fd = dial(&site);
        say(fd, rows[i].request);
        if (!hear(fd, got, NULL)) fail_msg("%s stays open", rows[i].request);
        if (!strstr(got, rows[i].status)) fail_msg("%s: %s", rows[i].request, got);
        close(fd);
    }
    assert_int_equal(atomic_load(&site.asked), 0);
    assert_true(http_figures(site.http).rejected > 0);
    site_close(&site, 100);
}

#define FROM(headers) "GET / HTTP/1.1\r\nHost: a\r\n" headers "\r\n"

static void only_the_proxy_may_say_who_asks(void **state) {
    (void)state;
    static const struct {
        const char *request, *peer;
    } rows[] = {
        {FROM("X-Forwarded-For: 203.0.113.9\r\n"), "[203.0.113.9]"},
        {FROM("x-forwarded-for: 10.0.0.1, 198.51.100.7 ,\t203.0.113.9 \r\n"), "[203.0.113.9]"},
        {FROM("X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-For: 203.0.113.9\r\n"), "[203.0.113.9]"},
        {FROM("X-Forwarded-For: 2001:DB8:0:0::9\r\n"), "[2001:db8::9]"},
        {FROM("X-Forwarded-For: 203.0.113.9, unknown\r\n"), "[127.0.0.1]"},
        {FROM("X-Forwarded-For: 203.0.113.9,\r\n"), "[127.0.0.1]"},
        {FROM("X-Forwarded-For: 203.0.113.9; drop\r\n"), "[127.0.0.1]"},
        {FROM("X-Forwarded-For: 1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb\r\n"), "[127.0.0.1]"},
        {FROM(""), "[127.0.0.1]"},
    };
    struct site site;
    site_open_behind(&site, ROOMY_MS, "127.0.0.1");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(heard(&site, rows[i].request, rows[i].peer));
    site_close(&site, 100);
    site_open_behind(&site, ROOMY_MS, "192.0.2.1");
    assert_true(heard(&site, rows[0].request, "[127.0.0.1]"));
    site_close(&site, 100);
    site_open(&site, ROOMY_MS);
    assert_true(heard(&site, rows[0].request, "[127.0.0.1]"));
    struct http_config config = {.address = "127.0.0.1", .proxy = "nginx", .handler = handle, .arg = &site};
    struct http *other = NULL;
    assert_int_equal(http_start(&config, &other), ERR_CONFIG);
    site_close(&site, 100);
}

/* Requests of all kinds, some of whose clients leave before the answer. */
static void *client_busy(void *arg) {
    struct site *site = arg;
    char *got = malloc(GOT_MAX);
    bool right = got != NULL;
    for (int i = 0; right && i < 60; i++) {
        int fd = dial(site);
        for (int j = 0; right && j < 3; j++) {
            say(fd, i % 2 ? GET("/later") : GET("/now"));
            if (i % 5 == 4) break; /* leaves */
            right = hear(fd, got, i % 2 ? "later" : "GET [/now]");
        }
        close(fd);
    }
    free(got);
    return (void *)(uintptr_t)right;
}

static void many_clients_are_answered_from_many_threads(void **state) {
    (void)state;
    struct site site;
    pthread_t threads[4];
    site_open(&site, ROOMY_MS);
    for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, client_busy, &site), 0);
    for (size_t i = 0; i < 4; i++) {
        void *right = NULL;
        pthread_join(threads[i], &right);
        assert_non_null(right);
    }
    assert_true(heard(&site, GET("/later"), "later"));
    assert_true(until_true(has_no_connection, &site));
    assert_true(http_figures(site.http).requests >= 4 * 48 * 3);
    site_close(&site, 1000);
}

/* --- streams --- */

static void *stream_sender(void *arg) {
    struct site *site = arg;
    for (int i = 0; i < 500; i++) {
        site_send(site, "data: x\n\n");
        if (i % 50 == 0) usleep(500);
    }
    return NULL;
}

static void a_stream_is_fed_from_other_threads(void **state) {
    (void)state;
    static char got[GOT_MAX];
    struct site site;
    pthread_t threads[2];
    site_open(&site, ROOMY_MS);
    int fd = dial(&site);
    say(fd, GET("/stream"));
    assert_true(hear(fd, got, ": welcome\n\n"));
    assert_non_null(strstr(got, "text/event-stream"));
    assert_true(until_true(has_stream, &site));
    for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, stream_sender, &site), 0);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    assert_true(site_send(&site, "data: last\n\n"));
    assert_true(site_send(&site, NULL));
    assert_true(hear(fd, got, NULL));
    int events = 0;
    for (const char *at = got; (at = strstr(at, "data: x")); at++) events++;
    assert_int_equal(events, 1000);
    assert_non_null(strstr(got, "data: last"));
    assert_true(until_true(has_no_stream, &site));
    assert_int_equal(atomic_load(&site.gone), 1);
    close(fd);
    site_close(&site, 100);
}

static void a_stream_ends_when_its_reader_leaves(void **state) {
    (void)state;
    static char got[GOT_MAX];
    struct site site;
    site_open(&site, ROOMY_MS);
    for (int i = 0; i < 20; i++) {
        int fd = dial(&site);
        say(fd, GET("/stream"));
        assert_true(hear(fd, got, "welcome"));
        close(fd);
        while (site_send(&site, i % 2 ? "data: x\n\n" : NULL)) usleep(200); /* until it is noticed */
        assert_true(until_true(has_no_stream, &site));
    }
    assert_int_equal(atomic_load(&site.gone), 20);
    site_close(&site, 100);
}

static void a_stream_that_is_not_read_is_cut(void **state) {
    (void)state;
    static char much[8192];
    struct site site;
    site_open(&site, 300);
    memset(much, 'x', sizeof much - 1);
    int fd = dial_until(&site, GET("/stream"), has_stream);
    for (int i = 0; i < 100000 && site_send(&site, much); i++) usleep(50);
    assert_true(until_true(has_no_stream, &site));
    assert_int_equal(atomic_load(&site.gone), 1);
    close(fd);
    site_close(&site, 100);
}

/* --- time --- */

static void who_dawdles_is_cut(void **state) {
    (void)state;
    static const char *const starts[] = {"", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\nX: ",
                                         "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na"};
    static char got[GOT_MAX];
    struct site site;
    site_open(&site, 300);
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        int64_t begun_ms = clock_mono_ms();
        int fd = dial(&site);
        say(fd, starts[i]);
        assert_true(hear(fd, got, NULL));
        int64_t took_ms = clock_mono_ms() - begun_ms;
        if (took_ms < 200) fail_msg("\"%s\" was cut after %lld ms", starts[i], (long long)took_ms);
        close(fd);
    }
    assert_int_equal(http_figures(site.http).timed_out, 4);
    assert_int_equal(atomic_load(&site.asked), 0);
    site_close(&site, 100);
}

static void a_slow_answer_is_waited_for(void **state) {
    (void)state;
    static char got[GOT_MAX];
    struct site site;
    site_open(&site, 200);
    int fd = dial_until(&site, GET("/held"), has_held);
    usleep(1000 * 1000); /* far beyond the deadline of a request's arrival */
    answer_words(atomic_load(&site.held), 200, "at last");
    assert_true(hear(fd, got, "at last"));
    close(fd);
    site_close(&site, 100);
}

/* --- the stop --- */

static void *answer_held_soon(void *arg) {
    struct site *site = arg;
    usleep(300 * 1000);
    answer_words(atomic_load(&site->held), 200, "held");
    return NULL;
}

static void a_stop_lets_open_requests_end(void **state) {
    (void)state;
    static char got[GOT_MAX];
    struct site site;
    pthread_t soon;
    site_open(&site, ROOMY_MS);
    int silent = dial(&site), idle = dial(&site), held = dial(&site), half = dial(&site), stream = dial(&site);
    say(idle, GET("/now"));
    assert_true(hear(idle, got, "GET [/now]"));
    say(half, "GET /half HTTP/1.1\r\n");
    say(stream, GET("/stream"));
    assert_true(hear(stream, got, "welcome"));
    say(held, GET("/held"));
    assert_true(until_true(has_held, &site));
    int64_t begun_ms = clock_mono_ms();
    assert_int_equal(pthread_create(&soon, NULL, answer_held_soon, &site), 0);
    http_stop(site.http, 1000);
    assert_true(hear(silent, got, NULL));
    int64_t took_ms = clock_mono_ms() - begun_ms;
    pthread_join(soon, NULL);
    pool_stop(site.pool);
    assert_in_range(took_ms, 250, ROOMY_MS);
    assert_true(hear(held, got, NULL));
    assert_non_null(strstr(got, "held"));
    assert_non_null(strstr(got, "Connection: close"));
    assert_true(hear(idle, got, NULL));
    assert_true(hear(half, got, NULL));
    assert_true(hear(stream, got, NULL));
    assert_int_equal(atomic_load(&site.gone), 1);
    close(silent);
    close(idle);
    close(held);
    close(half);
    close(stream);
}

static void who_asks_nothing_does_not_hold_a_stop_up(void **state) {
    (void)state;
    static char got[GOT_MAX];
    struct site site;
    site_open(&site, PATIENCE_MS);
    int silent = dial(&site), idle = dial(&site);
    say(idle, GET("/now"));
    assert_true(hear(idle, got, "GET [/now]"));
    int64_t begun_ms = clock_mono_ms();
    site_close(&site, PATIENCE_MS);
    assert_in_range(clock_mono_ms() - begun_ms, 0, PATIENCE_MS / 2);
    assert_true(hear(silent, got, NULL));
    assert_true(hear(idle, got, NULL));
    close(silent);
    close(idle);
}

static void a_port_that_is_taken_is_said(void **state) {
    (void)state;
    struct site site;
    struct http *other = NULL;
    site_open(&site, ROOMY_MS);
    struct http_config config = {.address = "127.0.0.1",
                                 .port = http_port(site.http),
                                 .handler = handle,
                                 .arg = &site};
    assert_int_equal(http_start(&config, &other), ERR_CONFIG);
    config.address = "localhost";
    assert_int_equal(http_start(&config, &other), ERR_CONFIG);
    assert_null(other);
    http_stop(NULL, 0);
    site_close(&site, 100);
}

static void escapes_are_decoded_once(void **state) {
    (void)state;
    static const struct {
        const char *coded, *plain; /* NULL: refused */
    } rows[] = {
        {"", ""},      {"a+b", "a+b"},  {"%41%62", "Ab"},     {"%2525", "%25"}, {"%e9%92%b1", "钱"},
        {"%", NULL},   {"%4", NULL},    {"a%", NULL},         {"%zz", NULL},    {"%4g", NULL},
        {"%00", NULL}, {"a%00b", NULL}, {"%2f..%2f", "/../"}, {"%+1", NULL},    {"% 1", NULL},
    };
    struct arena arena;
    arena_init(&arena, 4096);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text out = {"untouched", 9};
        bool fine = http_decode(&arena, text_of(rows[i].coded), &out);
        if (fine != (rows[i].plain != NULL)) fail_msg("%s", rows[i].coded);
        assert_true(text_is(out, fine ? rows[i].plain : "untouched"));
    }
    arena_release(&arena);
    struct text rest = text_of("a=1&&b&=c&d=2=3&"), name, value;
    const char *const pairs[][2] = {{"a", "1"}, {"", ""}, {"b", ""}, {"", "c"}, {"d", "2=3"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_true(http_query_next(&rest, &name, &value));
        assert_true(text_is(name, pairs[i][0]) && text_is(value, pairs[i][1]));
    }
    assert_false(http_query_next(&rest, &name, &value));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_are_decoded_once),
        cmocka_unit_test(a_request_arrives_as_it_was_sent),
        cmocka_unit_test(a_body_may_come_in_pieces),
        cmocka_unit_test(what_the_guard_refuses_never_reaches_the_handler),
        cmocka_unit_test(only_the_proxy_may_say_who_asks),
        cmocka_unit_test(many_clients_are_answered_from_many_threads),
        cmocka_unit_test(a_stream_is_fed_from_other_threads),
        cmocka_unit_test(a_stream_ends_when_its_reader_leaves),
        cmocka_unit_test(a_stream_that_is_not_read_is_cut),
        cmocka_unit_test(who_dawdles_is_cut),
        cmocka_unit_test(a_slow_answer_is_waited_for),
        cmocka_unit_test(a_stop_lets_open_requests_end),
        cmocka_unit_test(who_asks_nothing_does_not_hold_a_stop_up),
        cmocka_unit_test(a_port_that_is_taken_is_said),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
