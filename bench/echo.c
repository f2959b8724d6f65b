/* SPDX-License-Identifier: Apache-2.0 */
/* The yardstick of the payments benchmark: the same request to the same engine, with one route in its table. The guard, the declared
 * fields, the session looked up by the writer, the answer written field by field and one fdatasync a group are those of a payment;
 * there is no work of a wallet, no kept answer and nothing in the store.
 *
 *     payments_echo DATA STORE      prints "listening on 127.0.0.1:PORT"; ends at SIGTERM */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "edge/api/api.h"
#include "kit/db/writer.h"
#include "ledger/ledger.h"

enum { FIELDS = 16, ROW = 128 }; /* an answer of as many fields and bytes as a payment's */

struct echo_body {
    struct text code, pin;
    struct money amount;
    int source;
};
static const char *const sources[] = {"balance", "card", NULL};
static const struct api_field echo_fields[] = {
    FIELD_TEXT(struct echo_body, code, "code", REQUIRED, 1, 256, ""),
    FIELD_MONEY(struct echo_body, amount, "amount", REQUIRED, ""),
    FIELD_CHOICE(struct echo_body, source, "source", sources, REQUIRED, ""),
    FIELD_PIN(struct echo_body, pin, "pin", REQUIRED, ""),
};

static enum err echo_post(struct api_call *call, struct tx *tx) {
    const struct echo_body *body = call->body;
    (void)tx;
    json_begin_object(call->out);
    json_key_str(call->out, "state", "done");
    json_key_i64(call->out, "amount", body->amount.fen);
    for (int i = 0; i < FIELDS; i++) {
        char key[16];
        snprintf(key, sizeof key, "filler_%02d", i);
        json_key_str(call->out, key, "xxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    }
    json_end_object(call->out);
    return ERR_OK;
}

static const struct api_route echo_routes[] = {
    {HTTP_POST, "/v1/purchases", WHO_PERSON, API_WRITE, API_FIELDS(echo_fields, struct echo_body),
     .run.write = echo_post, .status = 201, .flags = API_NO_KEY},
};
static const size_t echo_routes_count = API_COUNT(echo_routes);
/* In the place of the product's (edge/api/routes.c). */
const struct api_routes api_routes[] = {{"echo", "Echo", "回声", echo_routes, &echo_routes_count}};
const size_t api_routes_count = 1;

/* The part: 128 bytes a group to a file of its own, and the sync. */
static int file;

static void mark(void *arg, int64_t now_ms) {
    (void)arg, (void)now_ms;
}
static void flush(void *arg, struct db *db) {
    static const char row[ROW];
    static off_t at;
    (void)arg, (void)db;
    if (pwrite(file, row, ROW, at) != ROW || fdatasync(file) != 0) log_fatal("echo: the disk");
    at += ROW;
}
static void undo(void *arg) {
    (void)arg;
}

int main(int argc, char *argv[]) {
    if (argc != 3) return 2;
    char path[512], keys_path[512];
    static struct wallet_rules rules = {0};
    static struct tx floor = {.rules = &rules};
    struct writer_config config = {.floor = &floor, .group_commands_max = 256, .telling = http_bundle};
    struct keys *keys;
    struct writer *writer;
    struct http *http;
    struct api *api;
    snprintf(path, sizeof path, "%s/echo.journal", argv[1]);
    snprintf(keys_path, sizeof keys_path, "%s/keys", argv[1]);
    file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (file < 0 || keys_open(keys_path, false, &keys) != ERR_OK ||
        db_config_parse(argv[2], &config.store) != ERR_OK || writer_open(&config, &writer) != ERR_OK)
        return 1;
    floor.keys = keys;
    writer_add_part(writer, (struct writer_part){NULL, mark, flush, mark, undo, NULL});
    struct api_config engine = {.writer = writer,
                                .store = config.store,
                                .keys = keys,
                                .rules = &rules,
                                .name = "echo",
                                .version = "0"};
    sigset_t ends;
    int which;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    if (api_start(&engine, &api) != ERR_OK) return 1;
    struct http_config listen = {.address = "127.0.0.1",
                                 .handler = api_handle,
                                 .reject_body = api_reject_body,
                                 .arg = api};
    if (writer_start(writer) != ERR_OK || http_start(&listen, &http) != ERR_OK) return 1;
    api_set_http(api, http);
    printf("listening on 127.0.0.1:%d\n", http_port(http));
    fflush(stdout);
    sigwait(&ends, &which);
    http_stop(http, 1000);
    api_stop(api);
    writer_stop(writer);
    keys_free(keys);
    return 0;
}
