/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/control/control.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "edge/bank/link.h"
#include "edge/control/command.h"
#include "kit/crypto/keys.h"
#include "wallet/bill_index.h"

enum { BACKLOG = 8, PATIENCE_S = 5, ANSWER_PATIENCE_S = 3600 };

bool control_path(const char *data, char out[CONTROL_PATH_MAX]) {
    return snprintf(out, CONTROL_PATH_MAX, "%s/control.sock", data) < CONTROL_PATH_MAX;
}

static bool address_of(const char *path, struct sockaddr_un *out) {
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof out->sun_path) return false;
    memcpy(out->sun_path, path, strlen(path) + 1);
    return true;
}

static void set_patience(int socket, int seconds) {
    struct timeval patience = {.tv_sec = seconds};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

static bool send_all(int socket, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t sent = send(socket, bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* Lines as they come; what stands behind a line's end is kept for the next. */
struct lines {
    int socket;
    size_t at, size;
    char bytes[4096];
};

/* Without its end; false: too long, too slow, or cut off. */
static bool receive_line(struct lines *lines, struct buf *out) {
    for (;;) {
        const char *from = lines->bytes + lines->at, *end = memchr(from, '\n', lines->size - lines->at);
        size_t size = end ? (size_t)(end - from) : lines->size - lines->at;
        buf_add(out, from, size);
        lines->at += size + (end != NULL);
        if (out->failed) return false;
        if (end) return true;
        ssize_t got = recv(lines->socket, lines->bytes, sizeof lines->bytes, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        lines->at = 0;
        lines->size = (size_t)got;
    }
}

/* --- the server's end --- */

struct control {
    struct control_config config;
    struct command_room room;
    char path[CONTROL_PATH_MAX];
    int listener, wake;
    _Atomic bool stopping;
    pthread_t thread;
};

/* The socket's mode says it already; this also holds where the directory is on a file system that knows no modes. */
static bool is_operator(int socket) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    return peer.uid == 0 || peer.uid == geteuid();
}

static void tell(void *arg, struct text line) {
    const int *socket = arg;
    send_all(*socket, line.p, line.n); /* who does not listen misses it */
}

static void control_serve(struct control *control, int socket) {
    struct lines lines = {.socket = socket};
    struct buf line, answer;
    control->room.tell = tell;
    control->room.tell_arg = &socket;
    control->room.told_ms = 0;
    buf_init(&line, CONTROL_LINE_MAX);
    buf_init(&answer, CONTROL_ANSWER_MAX);
    set_patience(socket, PATIENCE_S);
    if (is_operator(socket) && receive_line(&lines, &line)) {
        command_answer(&control->room, (struct text){buf_text(&line), line.size}, &answer);
        buf_add_char(&answer, '\n');
        if (answer.failed) log_error("control: an answer is longer than %d bytes", CONTROL_ANSWER_MAX);
        else send_all(socket, buf_text(&answer), answer.size);
    }
    if (line.size > 0)
        crypto_wipe((void *)(uintptr_t)buf_text(&line), line.size); /* it may carry a passphrase */
    buf_release(&line);
    buf_release(&answer);
    close(socket);
}

static void *control_loop(void *arg) {
    struct control *control = arg;
    struct pollfd wait[] = {{.fd = control->listener, .events = POLLIN},
                            {.fd = control->wake, .events = POLLIN}};
    while (!atomic_load(&control->stopping)) {
        if (poll(wait, 2, -1) < 0 && errno != EINTR) log_fatal("control: poll: %s", strerror(errno));
        if (!(wait[0].revents & POLLIN)) continue;
        int socket = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
        if (socket >= 0) control_serve(control, socket);
    }
    return NULL;
}

static int listen_at(const char *path) {
    struct sockaddr_un address;
    if (!address_of(path, &address)) return -1;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) return -1;
    unlink(path);
    mode_t before = umask(0177);
    bool bound = bind(listener, (struct sockaddr *)&address, sizeof address) == 0;
    umask(before);
    if (bound && chmod(path, 0600) == 0 && listen(listener, BACKLOG) == 0) return listener;
    close(listener);
    return -1;
}

static void control_free(struct control *control) {
    if (control->listener >= 0) {
        close(control->listener);
        unlink(control->path);
    }
    if (control->wake >= 0) close(control->wake);
    if (control->room.index != control->room.db) db_close(control->room.index);
    db_close(control->room.db);
    free(control);
}

enum err control_start(const struct control_config *config, struct control **out) {
    struct control *control = calloc(1, sizeof *control);
    if (!control) return ERR_INTERNAL;
    control->config = *config;
    control->listener = control->wake = -1;
    control->room = (struct command_room){.config = &control->config, .begun_ms = clock_real_now_ms()};
    enum err err = ERR_CONFIG;
    if (control_path(config->settings->data, control->path)) control->listener = listen_at(control->path);
    if (control->listener < 0) {
        log_error("control: %s/control.sock: %s", config->settings->data, strerror(errno));
    } else {
        control->wake = eventfd(0, EFD_CLOEXEC);
        err = control->wake < 0 ? ERR_INTERNAL : db_open(&config->store, DB_READER, &control->room.db);
    }
    if (err == ERR_OK && config->index)
        control->room.index = bill_index_reader(config->index, control->room.db);
    if (err == ERR_OK && !thread_start("control", control_loop, control, &control->thread))
        err = ERR_INTERNAL;
    if (err == ERR_OK) *out = control;
    else control_free(control);
    return err;
}

void control_stop(struct control *control) {
    if (!control) return;
    uint64_t one = 1;
    atomic_store(&control->stopping, true);
    ssize_t woken = write(control->wake, &one, sizeof one);
    (void)woken;
    pthread_join(control->thread, NULL);
    control_free(control);
}

/* --- the operator's end --- */

static bool receive_answer(int server, void (*told)(struct text progress), struct buf *out) {
    static const char progress[] = "{\"progress\":";
    struct lines lines = {.socket = server};
    while (receive_line(&lines, out)) {
        struct text line = {buf_text(out), out->size};
        if (!text_starts(line, progress)) return true;
        if (told) told(line);
        buf_clear(out);
    }
    return false;
}

bool control_ask(const char *path, struct text line, struct buf *out) {
    return control_ask_told(path, line, NULL, out);
}

bool control_ask_told(const char *path, struct text line, void (*told)(struct text progress), struct buf *out) {
    struct sockaddr_un address;
    if (!address_of(path, &address)) return false;
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0) return false;
    set_patience(server, ANSWER_PATIENCE_S);
    bool answered = connect(server, (struct sockaddr *)&address, sizeof address) == 0 &&
                    send_all(server, line.p, line.n) && send_all(server, "\n", 1) &&
                    receive_answer(server, told, out);
    close(server);
    return answered;
}
