/* SPDX-License-Identifier: Apache-2.0 */
/* The log: one event, one line, whatever the words hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

/* What log_line writes to stderr while `say` runs. */
static size_t written(void (*say)(void), char *out, size_t size) {
    FILE *file = tmpfile();
    assert_non_null(file);
    int kept = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    say();
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    size_t got = fread(out, 1, size - 1, file);
    out[got] = 0;
    fclose(file);
    return got;
}

static void say_forged(void) {
    log_set_request("r1");
    log_info("name %s", "a\n2026-11-23 error forged \x1b[31mred");
    log_set_request("");
}

static void no_input_forges_a_line(void **state) {
    (void)state;
    char out[4096];
    size_t size = written(say_forged, out, sizeof out);
    assert_int_equal(out[size - 1], '\n');
    assert_ptr_equal(strchr(out, '\n'), out + size - 1);
    assert_null(strchr(out, '\x1b'));
    assert_non_null(strstr(out, "info  r1 name a\\x0a2026-11-23 error forged \\x1b[31mred"));
}

static void say_quietly(void) {
    log_set_level(LOG_WARN);
    log_info("unheard");
    log_warn("heard");
    log_set_level(LOG_INFO);
}

static void a_level_silences_those_below(void **state) {
    (void)state;
    char out[4096];
    written(say_quietly, out, sizeof out);
    assert_null(strstr(out, "unheard"));
    assert_non_null(strstr(out, "warn  heard"));
}

static void say_at_length(void) {
    static char words[100000];
    memset(words, 'x', sizeof words - 1);
    log_info("%s", words);
}

static void a_long_line_is_cut(void **state) {
    (void)state;
    static char out[200000];
    size_t size = written(say_at_length, out, sizeof out);
    assert_true(size < 20000);
    assert_int_equal(out[size - 1], '\n');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_input_forges_a_line),
        cmocka_unit_test(a_level_silences_those_below),
        cmocka_unit_test(a_long_line_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
