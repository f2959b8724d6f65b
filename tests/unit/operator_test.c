/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's command line against a real server and a real sandbox bank, each a process; then on the store that they left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "edge/control/control.h"
#include "edge/control/typed.h"
#include "place.h"

enum { OUTPUT_MAX = 16384 };

static char directory[PLACE_MAX], bank_url[64], output[OUTPUT_MAX];
static pid_t bank, server;
static int port;

static void server_begin(void) {
    server = place_start((const char *[]){"qianbaod", "--data", directory, "--listen", "127.0.0.1:0",
                                          "--sandbox", "--bank", bank_url, NULL},
                         &port);
    assert_true(port > 0);
}

static int world_begin(void **state) {
    char data[PLACE_MAX + 8];
    int bank_port;
    (void)state;
    if (!place_make(directory, "operator_test")) return -1;
    snprintf(data, sizeof data, "%s/bank", directory);
    bank = place_start((const char *[]){"qianbao-bank", "--data", data, NULL}, &bank_port);
    snprintf(bank_url, sizeof bank_url, "http://127.0.0.1:%d", bank_port);
    server_begin();
    return bank_port > 0 ? 0 : -1;
}

static int world_end(void **state) {
    (void)state;
    place_stop(&server);
    place_stop(&bank);
    return place_remove(directory);
}

/* Runs a shell command; its code, and what it said in `output`. */
__attribute__((format(printf, 1, 2))) static int shell(const char *format, ...) {
    char command[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    FILE *said = popen(command, "r"); // NOLINT(cert-env33-c): words of this file
    output[fread(output, 1, sizeof output - 1, said)] = '\0';
    int status = pclose(said);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int cli(const char *words) {
    char program[300];
    place_program("qianbao", program);
    return shell("%s --data %s %s 2>&1", program, directory, words);
}

struct row {
    const char *words;
    int code;
    const char *says;
};

static void walk(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int code = cli(rows[i].words);
        if (code != rows[i].code || !strstr(output, rows[i].says))
            fail_msg("qianbao %s: ended with %d and said: %s", rows[i].words, code, output);
    }
}
#define WALK(rows) walk(rows, sizeof rows / sizeof rows[0])

static void commands_answer(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"help", 0, "sandbox clock"},
        {"", 2, "COMMAND"},
        {"dance", 2, "there is no command \"dance\""},
        {"statsu", 2, "the nearest is \"qianbao status\""},
        {"merchant lst", 2, "the nearest is \"qianbao merchant list\""},
        {"merchant", 2, "there is no command \"merchant\""},
        {"help merchant", 0, "merchant fee --id ID --rate 0.38%|default"},
        {"merchant fee --help", 0, "what a shop's settlements cost"},
        {"help dance", 2, "no command begins with \"dance\""},
        {"status --now", 2, "unknown option: --now; usage: qianbao status"},
        {"status now", 2, "not understood: now; usage: qianbao status"},
        {"status", 0, "sandbox                yes"},
        {"status", 0, "in_doubt             0"},
        {"--json status", 0, "{\"ok\":true,\"result\":{\"version\":"},
        {"audit", 0, "The books hold"},
        {"audit --json", 0, "\"holds\":true"},
        {"status", 0, "every_s              86400"},
        {"clock accept", 0, "had_jumped"},
        {"sandbox inbox", 0, "no codes yet"},
        {"sandbox clock +1h", 0, "(0 d 01:00 ahead of the machine)"},
        {"sandbox clock", 0, "(0 d 01:00 ahead of the machine)"},
        {"sandbox clock -1h", 1, "CLOCK_BACKWARDS: The sandbox clock only moves forward."},
        {"sandbox clock 60", 2, "usage: qianbao sandbox clock [+24h]"},
        {"sandbox clock 4000d", 1, "BAD_FIELD"},
        {"sandbox bank CMB lose", 0, "CMB                  lose"},
        {"sandbox bank", 0, "ICBC                 normal"},
        {"sandbox bank CMB normal", 0, "CMB                  normal"},
        {"sandbox bank ABC lose", 1, "BAD_FIELD"},
        {"sandbox bank CMB sleep", 2, "usage: qianbao sandbox bank [BANK normal|decline|delay|lose|outage]"},
        {"sandbox bank CMB", 2, "usage"},
        {"person show", 2, "usage: qianbao person show PHONE|ID"},
        {"person show 13800002201", 1, "NOT_FOUND"},
        {"account show 1 --last many", 2, "not understood: many"},
        {"limits", 0, "payment_most           50000.00"},
        {"merchant add --phone 13800002201", 2, "usage: qianbao merchant add --phone PHONE --name NAME"},
        {"merchant add --phone 13800002201 --name 小店", 1, "PAYEE_UNKNOWN"},
        {"merchant add --name=小店 --json --phone=13800002201", 1, "\"code\":\"PAYEE_UNKNOWN\""},
        {"merchant add --phone 1 --phone 2 --name 小店", 2, "given twice: --phone"},
        {"merchant add --phone 1 --name", 2, "wants a value: --name"},
        {"merchant add --phone 1380000220x --name 小店", 1, "BAD_PHONE"},
    };
    WALK(rows);
}

/* What every reading of the rows leans on. */
static void rows_are_whole(void **state) {
    (void)state;
    char usage[1000];
    size_t count = 0;
    for (size_t i = 0; i < command_tables_count; i++) {
        for (size_t at = 0; at < *command_tables[i].count; at++, count++) {
            const struct command_row *row = &command_tables[i].rows[at];
            int args = 0;
            assert_ptr_equal(command_find(text_of(row->words)), row); /* no two of the same words */
            if (row->about[strlen(row->about) - 1] == '.') fail_msg("%s: a full stop", row->words);
            typed_usage(row, usage, sizeof usage);
            if (strlen(usage) > 240) fail_msg("%s: its usage is too long", row->words);
            for (; row->args && row->args[args].name; args++)
                if (args == 0 && (row->args[0].flags & ARG_WITH)) fail_msg("%s: with nothing", row->words);
            if (args > COMMAND_ARGS_MAX) fail_msg("%s: too many arguments", row->words);
        }
    }
    assert_true(count > 12);
}

/* A person registers; the operator reads the code, and may not open a shop for somebody without a name. */
static void codes_reach_the_operator(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"sandbox inbox", 0, "13800002201"},
        {"merchant add --phone 13800002201 --name 小店", 1, "REALNAME_NEEDED"},
        {"audit", 0, "The books hold"},
    };
    char code[8] = "";
    assert_int_equal(shell("curl -s -H 'Content-Type: application/json' http://127.0.0.1:%d/v1/codes"
                           " -d '{\"phone\":\"13800002201\",\"purpose\":\"register\"}'",
                           port),
                     0);
    assert_int_equal(cli("sandbox inbox"), 0);
    const char *at = strstr(output, "13800002201");
    assert_non_null(at);
    snprintf(code, sizeof code, "%.6s", at + 13);
    assert_int_equal(shell("curl -s -o /dev/null -w '%%{http_code}' -H 'Content-Type: application/json'"
                           " http://127.0.0.1:%d/v1/persons -d '{\"phone\":\"13800002201\",\"code\":\"%s\","
                           "\"password\":\"lantern-over-harbour\",\"nickname\":\"小雯\"}'",
                           port, code),
                     0);
    assert_string_equal(output, "201");
    WALK(rows);
}

/* --- the socket itself --- */

static bool ask(const char *line, struct buf *out) {
    char path[CONTROL_PATH_MAX];
    buf_init(out, CONTROL_ANSWER_MAX);
    assert_true(control_path(directory, path));
    return control_ask(path, text_of(line), out);
}

static void the_socket_is_strict(void **state) {
    (void)state;
    static const struct {
        const char *line, *says;
    } rows[] = {
        {"{\"command\":\"status\"}", "\"ok\":true"},
        {"{\"command\":\"drop\"}", "NO_ROUTE"},
        {"{}", "NO_ROUTE"},
        {"{\"command\":7}", "NO_ROUTE"},
        {"[]", "BAD_JSON"},
        {"", "BAD_JSON"},
        {"{\"command\":\"sandbox clock\",\"advance_ms\":1e3}", "BAD_JSON"},
        {"{\"command\":\"status\",\"command\":\"audit\"}", "BAD_JSON"},
    };
    struct stat about;
    char path[CONTROL_PATH_MAX];
    control_path(directory, path);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf answer;
        assert_true(ask(rows[i].line, &answer));
        if (!strstr(buf_text(&answer), rows[i].says)) fail_msg("%s: %s", rows[i].line, buf_text(&answer));
        buf_release(&answer);
    }
    static char flood[CONTROL_LINE_MAX + 100];
    memset(flood, ' ', sizeof flood - 1);
    struct buf answer;
    assert_false(ask(flood, &answer)); /* cut off, unanswered */
    buf_release(&answer);
    assert_int_equal(cli("status"), 0); /* and the server lives */
}

static void one_server_a_store(void **state) {
    (void)state;
    int second_port, status;
    pid_t second = place_start((const char *[]){"qianbaod", "--data", directory, "--listen", "127.0.0.1:0",
                                                "--sandbox", NULL},
                               &second_port);
    assert_int_equal(second_port, 0);
    waitpid(second, &status, 0);
    assert_int_not_equal(status, 0);
    assert_int_equal(cli("status"), 0); /* the first still has its socket */
}

/* --- without a server --- */

static void a_stopped_store_can_be_audited(void **state) {
    (void)state;
    static const struct row stopped[] = {
        {"status", 3, "no server answers"},
        {"sandbox clock", 3, "no server answers"},
        {"audit", 0, "The books hold"},
        {"audit --json", 0, "\"holds\":true"},
    };
    assert_int_equal(place_stop(&server), 0);
    WALK(stopped);
    int real_port; /* a sandbox's store is no real one */
    pid_t real =
        place_start((const char *[]){"qianbaod", "--data", directory, "--listen", "127.0.0.1:0", NULL},
                    &real_port);
    assert_int_equal(real_port, 0);
    waitpid(real, NULL, 0);
    server_begin();
    static const struct row running[] = {{"sandbox clock", 0, "01:00 ahead"},
                                         {"audit", 0, "memory says the same"}};
    WALK(running);
}

static void change_byte(void) {
    char path[80], byte;
    sqlite3 *store;
    sqlite3_stmt *newest;
    sqlite3_blob *row;
    snprintf(path, sizeof path, "%s/qianbao.db", directory);
    assert_int_equal(sqlite3_open(path, &store), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(store, "SELECT max(first) FROM ledger_row", -1, &newest, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(newest), SQLITE_ROW);
    int64_t first = sqlite3_column_int64(newest, 0);
    sqlite3_finalize(newest);
    assert_int_equal(sqlite3_blob_open(store, "main", "ledger_row", "body", first, 1, &row), SQLITE_OK);
    int at = sqlite3_blob_bytes(row) / 2;
    assert_int_equal(sqlite3_blob_read(row, &byte, 1, at), SQLITE_OK);
    byte ^= 1;
    assert_int_equal(sqlite3_blob_write(row, &byte, 1, at), SQLITE_OK);
    sqlite3_blob_close(row);
    assert_int_equal(sqlite3_close(store), SQLITE_OK);
}

/* One byte of one entry, changed behind the server's back. */
static void a_changed_byte_is_found(void **state) {
    (void)state;
    assert_int_equal(place_stop(&server), 0);
    change_byte();
    int code = cli("audit");
    if (code != 4) fail_msg("audit ended with %d and said: %s", code, output);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),           cmocka_unit_test(commands_answer),
        cmocka_unit_test(codes_reach_the_operator), cmocka_unit_test(the_socket_is_strict),
        cmocka_unit_test(one_server_a_store),       cmocka_unit_test(a_stopped_store_can_be_audited),
        cmocka_unit_test(a_changed_byte_is_found),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
