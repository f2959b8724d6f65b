/* SPDX-License-Identifier: Apache-2.0 */
/* qianbao-bank: the sandbox bank. Its own process and its own books; talks to the wallet only in signed HTTP, on the loopback.
 *
 *     qianbao-bank --data DIR [--port N] [--secret FILE]
 *
 * Prints "listening on 127.0.0.1:PORT" when it is ready. Ends at SIGTERM or SIGINT. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bank/server.h"
#include "base/log.h"
#include "bin/ending.h"
#include "bin/service.h"

enum { PATH_MAX_BYTES = 512, EXIT_USAGE = 2 };

struct choice {
    const char *data, *secret, *port;
};

static const char usage[] =
    "qianbao-bank: the sandbox bank, for trying Qianbao without a real one.\n\n"
    "    qianbao-bank --data DIR [--port N] [--secret FILE]\n\n"
    "  --data DIR      its books (bank.db) are kept here; made when it is not there\n"
    "  --port N        of 127.0.0.1; 0, the default, takes a free one and prints it\n"
    "  --secret FILE   shared with qianbaod; made when it is not there; default DIR/secret\n";

static bool choice_read(int argc, char *argv[], struct choice *out) {
    const struct {
        const char *name;
        const char **value;
    } flags[] = {{"--data", &out->data}, {"--secret", &out->secret}, {"--port", &out->port}};
    for (int i = 1; i < argc; i += 2) {
        size_t at = 0;
        while (at < 3 && strcmp(argv[i], flags[at].name) != 0) at++;
        if (at == 3 || i + 1 == argc) {
            fprintf(stderr, "qianbao-bank: %s %s; see --help\n", argv[i],
                    at == 3 ? "is no flag" : "needs a value");
            return false;
        }
        *flags[at].value = argv[i + 1];
    }
    return true;
}

static int bank_run(const struct choice *choice, int port) {
    char path[PATH_MAX_BYTES], secret[PATH_MAX_BYTES], words[BOOK_WORDS_MAX];
    struct envelope_key key;
    struct book *book = NULL;
    if (mkdir(choice->data, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "qianbao-bank: %s: %s\n", choice->data, strerror(errno));
        return 1;
    }
    snprintf(path, sizeof path, "%s/bank.db", choice->data);
    snprintf(secret, sizeof secret, "%s%s", choice->secret ? choice->secret : choice->data,
             choice->secret ? "" : "/secret");
    if (envelope_key_open(secret, &key, words) != ERR_OK || book_open(path, &book, words) != ERR_OK) {
        fprintf(stderr, "qianbao-bank: %s\n", words);
        return 1;
    }
    struct desk *desk = desk_new(book, &key);
    struct server *server = server_start(desk, port);
    if (server) {
        printf("listening on 127.0.0.1:%d\n", server_port(server));
        fflush(stdout);
        service_tell("READY=1");
        log_info("the sandbox bank stops at signal %d", ending_told());
    } else {
        fprintf(stderr, "qianbao-bank: cannot listen on 127.0.0.1:%d: %s\n", port, strerror(errno));
    }
    int code = server ? 0 : 1;
    server_stop(server);
    desk_free(desk);
    book_close(book);
    return code;
}

int main(int argc, char *argv[]) {
    struct choice choice = {0};
    int64_t port = 0;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (!choice_read(argc, argv, &choice)) return EXIT_USAGE;
    if (!choice.data || !choice.data[0]) {
        fputs("qianbao-bank: --data DIR is needed; see --help\n", stderr);
        return EXIT_USAGE;
    }
    if (choice.port && (!text_to_i64(text_of(choice.port), &port) || port < 0 || port > 65535)) {
        fprintf(stderr, "qianbao-bank: --port %s: a port is 0 to 65535\n", choice.port);
        return EXIT_USAGE;
    }
    ending_await();
    umask(077);
    return bank_run(&choice, (int)port);
}
