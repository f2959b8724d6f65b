/* SPDX-License-Identifier: Apache-2.0 */
/* The yardstick of the payments benchmark: the same request on the same kit, with a session looked up by the writer and one fdatasync a group, and no
 * work of a wallet. Answers with as many bytes as a payment does.
 *
 *     payments_echo DATA STORE      prints "listening on 127.0.0.1:PORT"; ends at SIGTERM */
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "kit/crypto/keys.h"
#include "kit/db/writer.h"
#include "kit/http/http.h"
#include "kit/json/json_in.h"
#include "wallet/session.h"

enum { ANSWER_SIZE = 700 };

static struct writer *writer;
static int file;
static char filler[ANSWER_SIZE];

struct call {
    struct command command;
    struct http_request *request;
    unsigned char hash[SESSION_HASH_SIZE];
    bool found;
};

static void call_run(struct command *command, struct group *group) {
    struct call *call = (struct call *)command;
    struct actor actor;
    call->found = session_find(group->db, call->hash, group->now_ms, &actor);
}

static void call_done(struct command *command, enum command_outcome outcome) {
    struct call *call = (struct call *)command;
    struct http_reply reply = {.status = call->found && outcome == COMMAND_DONE ? 201 : 500,
                               .type = "application/json"};
    buf_init(&reply.body, ANSWER_SIZE + 64);
    buf_add_text(&reply.body, "{\"state\":\"done\",\"filler\":\"");
    buf_add(&reply.body, filler, sizeof filler);
    buf_add_text(&reply.body, "\"}");
    http_answer(call->request, &reply);
}

static void handle(struct http_request *request, void *arg) {
    (void)arg;
    struct call *call = arena_alloc(&request->arena, sizeof *call);
    unsigned char token[SESSION_TOKEN_SIZE];
    size_t size = 0;
    json_t *body = NULL;
    struct text cookie = http_cookie(request, "qb_session");
    if (json_read_object(request->body, &body) != ERR_OK) log_fatal("echo: no JSON");
    json_decref(body);
    sodium_base642bin(token, sizeof token, cookie.p, cookie.n, NULL, &size, NULL,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    crypto_sha256(token, sizeof token, call->hash);
    call->request = request;
    call->command = (struct command){.run = call_run, .done = call_done};
    writer_submit(writer, &call->command);
}

/* The part: 128 bytes a group to a file of its own, and the sync. */
static void mark(void *arg, int64_t now_ms) {
    (void)arg, (void)now_ms;
}
static void flush(void *arg, struct db *db) {
    static off_t at;
    (void)arg, (void)db;
    if (pwrite(file, filler, 128, at) != 128 || fdatasync(file) != 0) log_fatal("echo: the disk");
    at += 128;
}
static void undo(void *arg) {
    (void)arg;
}

int main(int argc, char *argv[]) {
    if (argc != 3) return 2;
    char path[512];
    struct writer_config config = {.group_commands_max = 256};
    struct http *http;
    memset(filler, 'x', sizeof filler);
    snprintf(path, sizeof path, "%s/echo.journal", argv[1]);
    file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (file < 0 || db_config_parse(argv[2], &config.store) != ERR_OK ||
        writer_open(&config, &writer) != ERR_OK)
        return 1;
    writer_add_part(writer, (struct writer_part){NULL, mark, flush, mark, undo, NULL});
    struct http_config listen = {.address = "127.0.0.1", .handler = handle};
    sigset_t ends;
    int which;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    if (writer_start(writer) != ERR_OK || http_start(&listen, &http) != ERR_OK) return 1;
    printf("listening on 127.0.0.1:%d\n", http_port(http));
    fflush(stdout);
    sigwait(&ends, &which);
    http_stop(http, 1000);
    writer_stop(writer);
    return 0;
}
