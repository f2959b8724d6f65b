/* SPDX-License-Identifier: Apache-2.0 */
/* The load of the payments benchmark: 64 kept connections, one request under way on each, people and shops at random, every answer checked.
 *
 *     payments_load PORT WARM-UP-SECONDS SECONDS DATA 201 '"state":"done"'     prints answers a second and the slowest in ms */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/text.h"

enum {
    CONNECTIONS = 64,
    LINE = 64,
    ANSWER_MAX = 8192,
    REQUEST_MAX = 1024,
    SECOND_US = 1000 * 1000,
    SECONDS_MAX = 3600
};

struct lines {
    char (*rows)[LINE];
    uint32_t count;
};

struct wire {
    int socket;
    size_t got;
    int64_t sent_us;
    char answer[ANSWER_MAX];
};

static uint64_t chance_state;

static uint64_t chance(void) {
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return chance_state;
}

static struct lines lines_read(const char *dir, const char *name) {
    char path[512];
    struct lines lines = {0};
    size_t room = 0;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "r");
    if (!file) log_fatal("load: no %s", path);
    for (char line[LINE + 2]; fgets(line, sizeof line, file);) {
        if (lines.count == room) {
            room = room ? room * 2 : 1024;
            lines.rows = realloc(lines.rows, room * sizeof *lines.rows);
            if (!lines.rows) log_fatal("load: no memory");
        }
        line[strcspn(line, "\n")] = '\0';
        memcpy(lines.rows[lines.count++], line, LINE);
    }
    fclose(file);
    return lines;
}

/* A UUIDv7 as the app makes it. */
static void key_make(char out[37]) {
    uint64_t ms = (uint64_t)clock_real_now_ms(), a = chance(), b = chance();
    snprintf(out, 37, "%08x-%04x-7%03x-%04x-%012llx", (unsigned)(ms >> 16), (unsigned)(ms & 0xffff),
             (unsigned)(a & 0xfff), (unsigned)(0x8000 | (a >> 16 & 0x3fff)),
             (unsigned long long)(b & 0xffffffffffff));
}

static void ask(struct wire *wire, const struct lines *tokens, const struct lines *codes) {
    char request[REQUEST_MAX], body[256], key[37];
    key_make(key);
    int size = snprintf(body, sizeof body,
                        "{\"code\":\"%s\",\"amount\":1,\"source\":\"balance\",\"pin\":\"408516\"}",
                        codes->rows[chance() % codes->count]);
    int all = snprintf(request, sizeof request,
                       "POST /v1/purchases HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: "
                       "qb_session=%s\r\nIdempotency-Key: %s\r\nContent-Type: "
                       "application/json\r\nContent-Length: %d\r\n\r\n%s",
                       tokens->rows[chance() % tokens->count], key, size, body);
    wire->got = 0;
    wire->sent_us = clock_mono_us();
    if (send(wire->socket, request, (size_t)all, 0) != all) log_fatal("load: a request was not taken whole");
}

/* True when the answer is whole. */
static bool take(struct wire *wire) {
    ssize_t got = recv(wire->socket, wire->answer + wire->got, sizeof wire->answer - 1 - wire->got, 0);
    if (got <= 0) log_fatal("load: the server closed a connection: %.200s", wire->answer);
    wire->got += (size_t)got;
    wire->answer[wire->got] = '\0';
    char *body = strstr(wire->answer, "\r\n\r\n"), *length = strstr(wire->answer, "Content-Length: ");
    if (!body || !length || length > body) return false;
    return wire->got >= (size_t)(body + 4 - wire->answer) + strtoul(length + 16, NULL, 10);
}

static int64_t number_of(const char *words, int64_t max) {
    int64_t number;
    if (!text_to_i64(text_of(words), &number) || number < 0 || number > max)
        log_fatal("load: no number: %s", words);
    return number;
}

int main(int argc, char *argv[]) {
    if (argc != 7) return 2;
    int64_t port = number_of(argv[1], UINT16_MAX);
    int64_t warm_s = number_of(argv[2], SECONDS_MAX), measured_s = number_of(argv[3], SECONDS_MAX);
    static struct wire wires[CONNECTIONS];
    struct lines tokens = lines_read(argv[4], "tokens"), codes = lines_read(argv[4], "codes");
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    char status[16];
    snprintf(status, sizeof status, "HTTP/1.1 %s", argv[5]);
    rand_bytes(&chance_state, sizeof chance_state);
    int epoll = epoll_create1(0), one = 1;
    for (int i = 0; i < CONNECTIONS; i++) {
        wires[i].socket = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(wires[i].socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (connect(wires[i].socket, (struct sockaddr *)&to, sizeof to) != 0)
            log_fatal("load: cannot connect: %s", strerror(errno));
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        epoll_ctl(epoll, EPOLL_CTL_ADD, wires[i].socket, &event);
        ask(&wires[i], &tokens, &codes);
    }
    int64_t begin = clock_mono_us() + warm_s * SECOND_US, end = begin + measured_s * SECOND_US, slowest = 0;
    uint64_t answers = 0;
    for (int64_t now = 0; now < end;) {
        struct epoll_event events[CONNECTIONS];
        int count = epoll_wait(epoll, events, CONNECTIONS, 1000);
        now = clock_mono_us();
        for (int i = 0; i < count; i++) {
            struct wire *wire = &wires[events[i].data.u32];
            if (!take(wire)) continue;
            if (strncmp(wire->answer, status, strlen(status)) != 0 || !strstr(wire->answer, argv[6]))
                log_fatal("load: a wrong answer: %.400s", wire->answer);
            if (now >= begin) {
                answers++;
                if (now - wire->sent_us > slowest) slowest = now - wire->sent_us;
            }
            ask(wire, &tokens, &codes);
        }
    }
    printf("%.1f %.1f\n", (double)answers / (double)measured_s, (double)slowest / 1000);
    return 0;
}
