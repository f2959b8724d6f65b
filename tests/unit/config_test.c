/* SPDX-License-Identifier: Apache-2.0 */
/* The four sources of a setting, their precedence, and what is said when one is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/config/config.h"

enum { ARGS_MAX = 8 };

/* One start of the server: a file (NULL: none), an environment, flags; then how it ends and a part of what is said. */
struct start {
    const char *file, *env[3], *flags[ARGS_MAX];
    enum config_end end;
    const char *words;
};

static enum config_end start(const struct start *s, struct settings *settings, char words[CONFIG_WORDS_MAX],
                             FILE *out) {
    char path[] = "/tmp/config_test.XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    if (s->file) assert_int_equal(write(file, s->file, strlen(s->file)), (ssize_t)strlen(s->file));
    close(file);

    char *argv[ARGS_MAX + 4] = {(char *)"qianbaod"};
    int argc = 1;
    if (s->file) {
        argv[argc++] = (char *)"--config";
        argv[argc++] = path;
    }
    for (int i = 0; i < ARGS_MAX && s->flags[i]; i++) argv[argc++] = (char *)s->flags[i];
    char *envp[4] = {0};
    for (int i = 0; i < 3 && s->env[i]; i++) envp[i] = (char *)s->env[i];
    enum config_end end = config_read(argc, argv, envp, out ? out : stderr, settings, words);
    unlink(path);
    return end;
}

static void later_source_wins(void **state) {
    (void)state;
    static const char file[] = "[server]\nlisten = 127.0.0.1:1\n[load]\nqueue_max = 100\ngroup_time = 7ms\n"
                               "[rules]\npayment_max = 12.34\npin_lock = 2h\n";
    struct start s = {.file = file,
                      .env = {"QIANBAO_LISTEN=127.0.0.1:2", "QIANBAO_QUEUE_MAX=200", "HOME=/"},
                      .flags = {"--listen", "127.0.0.1:3", "--data=/srv/qb"}};
    struct settings settings;
    char words[CONFIG_WORDS_MAX];
    assert_int_equal(start(&s, &settings, words, NULL), CONFIG_READY);
    assert_string_equal(words, "");
    assert_int_equal(settings.port, 3);           /* flag over variable over file */
    assert_int_equal(settings.queue_max, 200);    /* variable over file */
    assert_int_equal(settings.group_ms_max, 7);   /* file over default */
    assert_int_equal(settings.rules.age_min, 18); /* default */
    assert_int_equal(settings.rules.payment_max_fen, 1234);
    assert_int_equal(settings.rules.pin_lock_ms, 2 * 3600 * 1000);
    assert_false(settings.sandbox);
    assert_string_equal(settings.store, "sqlite:/srv/qb/qianbao.db");
    assert_string_equal(settings.bank_secret, "/srv/qb/bank/secret");
}

static const struct start starts[] = {
    {.end = CONFIG_READY, .words = ""},
    {.flags = {"--sandbox", "--sandbox-clock", "-90d"}, .end = CONFIG_READY, .words = ""},
    {.flags = {"--sandbox", "--listen=[::1]:0"}, .end = CONFIG_READY, .words = ""},
    {.flags = {"--sandbox", "--listen=0.0.0.0:80", "--sandbox-anywhere"}, .end = CONFIG_READY, .words = ""},
    {.env = {"QIANBAO_TMP=/tmp/x"}, .end = CONFIG_READY, .words = ""},
    {.file = "; empty\n", .end = CONFIG_READY, .words = ""},

    {.flags = {"--sandbox", "--listen=0.0.0.0:80"}, .end = CONFIG_WRONG, .words = "does not listen on 0.0.0.0"},
    {.flags = {"--sandbox", "--listen=10.0.0.1:80"}, .end = CONFIG_WRONG, .words = "--sandbox-anywhere"},
    {.flags = {"--sandbox-anywhere"}, .end = CONFIG_WRONG, .words = "only with --sandbox"},
    {.flags = {"--sandbox-clock=-1d"}, .end = CONFIG_WRONG, .words = "only with --sandbox"},
    {.flags = {"--sandbox", "--sandbox-clock=1d"}, .end = CONFIG_WRONG, .words = "-3650d to 0s"},
    {.flags = {"--lisen", "x"}, .end = CONFIG_WRONG, .words = "nearest is \"--listen\""},
    {.flags = {"--listen"}, .end = CONFIG_WRONG, .words = "--listen needs a value"},
    {.flags = {"--listen", "8080"}, .end = CONFIG_WRONG, .words = "not ADDRESS:PORT"},
    {.flags = {"--listen", "127.0.0.1:65536"}, .end = CONFIG_WRONG, .words = "not ADDRESS:PORT"},
    {.flags = {"--listen", "127.0.0.1:080"}, .end = CONFIG_WRONG, .words = "not ADDRESS:PORT"},
    {.flags = {"--listen", "x"}, .end = CONFIG_WRONG, .words = "not ADDRESS:PORT"},
    {.flags = {"--listen=localhost:0", "--sandbox"}, .end = CONFIG_READY, .words = ""},
    {.flags = {"--listen=127.example:0", "--sandbox"}, .end = CONFIG_WRONG, .words = "not an address of numbers"},
    {.flags = {"--listen=127.0.0.1.example:0", "--sandbox"},
     .end = CONFIG_WRONG,
     .words = "not an address of numbers"},
    {.flags = {"--tls", "maybe"}, .end = CONFIG_WRONG, .words = "--tls=no"},
    {.flags = {"serve"}, .end = CONFIG_WRONG, .words = "there is no flag \"serve\""},
    {.flags = {"--tls=true"}, .end = CONFIG_WRONG, .words = "yes or no"},
    {.flags = {"--log-level=loud"}, .end = CONFIG_WRONG, .words = "debug, info, warn or error"},
    {.flags = {"--bank=http://bank.example/"}, .end = CONFIG_WRONG, .words = "must begin with https://"},
    {.flags = {"--store=mysql:x"}, .end = CONFIG_WRONG, .words = "neither with sqlite: nor with postgres:"},
    {.env = {"QIANBAO_QUEUE_MAKS=9"}, .end = CONFIG_WRONG, .words = "nearest is \"QIANBAO_QUEUE_MAX\""},
    {.env = {"QIANBAO_QUEUE_MAX=9"}, .end = CONFIG_WRONG, .words = "QIANBAO_QUEUE_MAX: \"9\" is not a value"},
    {.env = {"QIANBAO_QUEUE_MAX=1e3"}, .end = CONFIG_WRONG, .words = "16 to 1048576"},
    {.file = "[rules]\n\nage_mni = 18\n",
     .end = CONFIG_WRONG,
     .words = ":3: there is no setting \"age_mni\"; the nearest is \"age_min\""},
    {.file = "[rules]\nage_min = 18 years\n",
     .end = CONFIG_WRONG,
     .words = ":2: \"18 years\" is not a value of age_min: 0 to 150"},
    {.file = "[rules]\nage_min = 16\nage_min = 18\n",
     .end = CONFIG_WRONG,
     .words = ":3: age_min is already set in line 2"},
    {.file = "[server]\nage_min = 16\n", .end = CONFIG_WRONG, .words = ":2: age_min belongs below [rules]"},
    {.file = "[rules]\nage_min 16\n",
     .end = CONFIG_WRONG,
     .words = ":2: is neither a [section] nor a name = value"},
    {.file = "[rules]\npayment_max = 1.5\n", .end = CONFIG_WRONG, .words = "0.01 to 90071992547409.91"},
    {.file = "[rules]\npayment_max = 92233720368547758.07\n", .end = CONFIG_WRONG, .words = "payment_max"},
    {.file = "[rules]\npin_lock = 24\n", .end = CONFIG_WRONG, .words = "1min to 365d"},
    {.file = "[rules]\npin_lock = 366d\n", .end = CONFIG_WRONG, .words = "1min to 365d"},
    {.file = "[rules]\npin_lock = 9223372036854775807d\n", .end = CONFIG_WRONG, .words = "1min to 365d"},
    {.flags = {"--config", "/nowhere/at/all"}, .end = CONFIG_WRONG, .words = "/nowhere/at/all: cannot be read"},
};

static void each_start_ends_as_said(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct settings settings;
        char words[CONFIG_WORDS_MAX];
        enum config_end end = start(&starts[i], &settings, words, NULL);
        if (end != starts[i].end || !strstr(words, starts[i].words) ||
            (*words == '\0') != (end == CONFIG_READY))
            fail_msg("start %zu: end %d, said \"%s\"", i, end, words);
    }
}

static void a_long_line_is_not_cut_in_two(void **state) {
    (void)state;
    char file[1000] = "[server]\nstore = sqlite:";
    size_t at = strlen(file);
    memset(file + at, 'x', sizeof file - at - 1);
    struct start s = {.file = file};
    struct settings settings;
    char words[CONFIG_WORDS_MAX];
    assert_int_equal(start(&s, &settings, words, NULL), CONFIG_WRONG);
    assert_non_null(strstr(words, ":2: the line is longer than"));
}

/* What --print-config prints is a file that gives the same settings. */
static void printed_config_reads_back(void **state) {
    (void)state;
    static char printed[32768], again[32768];
    struct start first = {.flags = {"--print-config", "--sandbox", "--sandbox-clock=-90d", "--pin-lock=90s",
                                    "--payment-max=0.01", "--data=/srv/x"}};
    struct settings one, two;
    char words[CONFIG_WORDS_MAX];
    FILE *out = fmemopen(printed, sizeof printed, "w");
    assert_int_equal(start(&first, &one, words, out), CONFIG_SAID);
    fclose(out);

    struct start second = {.file = printed, .flags = {"--print-config"}};
    out = fmemopen(again, sizeof again, "w");
    assert_int_equal(start(&second, &two, words, out), CONFIG_SAID);
    fclose(out);
    assert_string_equal(printed, again);
    assert_memory_equal(&one, &two, sizeof one);
}

static void help_names_every_setting(void **state) {
    (void)state;
    static char help[32768];
    struct start s = {.flags = {"--help"}};
    struct settings settings;
    char words[CONFIG_WORDS_MAX];
    FILE *out = fmemopen(help, sizeof help, "w");
    assert_int_equal(start(&s, &settings, words, out), CONFIG_SAID);
    fclose(out);
    assert_non_null(strstr(help, "--refusals-per-hour"));
    assert_non_null(strstr(help, "--data"));
    assert_non_null(strstr(help, "1min to 365d; default 24h"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_source_wins),
        cmocka_unit_test(each_start_ends_as_said),
        cmocka_unit_test(a_long_line_is_not_cut_in_two),
        cmocka_unit_test(printed_config_reads_back),
        cmocka_unit_test(help_names_every_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
