/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: what is taken for an object of ours and what is not; what goes out is JSON whatever goes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <time.h>

#include "kit/json/json_in.h"
#include "kit/json/json_out.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* --- in --- */

static void objects_are_read(void **state) {
    (void)state;
    static const char *const good[] = {
        "{}",
        " { } \n",
        "{\"a\":1}",
        "{\"a\":-1,\"b\":0,\"c\":9007199254740991,\"d\":-9007199254740991}",
        "{\"a\":\"\\u94b1\\u5305 \\ud83d\\udcb0 \\\"\\\\\\/\\n\"}",
        "{\"a\":\"钱包\",\"b\":[true,false,null,{\"c\":[]}]}",
        "{\"a\":[[[[[[[1]]]]]]]}",
        "{\"\":\"1e2 -0 1.0 [[[[[[[[[[[[[[ ,,,,\"}",
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        json_t *value = NULL;
        if (json_read_object(text_of(good[i]), &value) != ERR_OK) fail_msg("refused: %s", good[i]);
        json_decref(value);
    }
}

static void everything_else_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "null",
        "1",
        "\"a\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{}}",
        "{}{}",
        "{} x",
        "{\"a\":1}\xef\xbb\xbf",
        "\xef\xbb\xbf{}",
        /* keys */
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\\u0000b\":1}",
        /* numbers */
        "{\"a\":1.0}",
        "{\"a\":1e2}",
        "{\"a\":1E2}",
        "{\"a\":1e-2}",
        "{\"a\":-0}",
        "{\"a\":-0.0}",
        "{\"a\":0.001}",
        "{\"a\":+1}",
        "{\"a\":01}",
        "{\"a\":007}",
        "{\"a\":-01}",
        "{\"a\":.5}",
        "{\"a\":5.}",
        "{\"a\":0x10}",
        "{\"a\":1_000}",
        "{\"a\":- 1}",
        "{\"a\":--1}",
        "{\"a\":-}",
        "{\"a\":1 2}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":-Infinity}",
        "{\"a\":nan}",
        "{\"a\":9007199254740992}",
        "{\"a\":-9007199254740992}",
        "{\"a\":9007199254740993}",
        "{\"a\":9223372036854775807}",
        "{\"a\":9223372036854775808}",
        "{\"a\":18446744073709551616}",
        "{\"a\":10000000000000000000000000000000000000000}",
        "{\"a\":1e400}",
        "{\"a\":１}",
        "{\"a\":١}",
        /* strings */
        "{\"a\":\"}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\\ud800\"}",
        "{\"a\":\"\\x41\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc0\xaf\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{\"a\":\"\xf4\x90\x80\x80\"}",
        "{\"a\":\"\xe9\x92\"}",
        "{\"a\":'b'}",
        /* what other dialects have */
        "{\"a\":1/**/}",
        "{\"a\":1}//",
        "#\n{}",
        "{\"a\":True}",
        "{\"a\":nul}",
        "{\"a\":undefined}",
        "{\"a\":truex}",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        json_t *value = NULL;
        if (json_read_object(text_of(bad[i]), &value) != ERR_BAD_JSON) fail_msg("taken: %s", bad[i]);
        assert_null(value);
    }
    json_t *value = NULL;
    assert_int_equal(json_read_object((struct text){"{\"a\":1}\0", 8}, &value), ERR_BAD_JSON);
    assert_int_equal(json_read_object((struct text){"{\"a\0\":1}", 8}, &value), ERR_BAD_JSON);
}

static char *repeat(const char *head, const char *what, size_t times, const char *tail) {
    char *out = malloc(strlen(head) + strlen(what) * times + strlen(tail) + 1);
    assert_non_null(out);
    char *end = stpcpy(out, head);
    for (size_t i = 0; i < times; i++) end = stpcpy(end, what);
    stpcpy(end, tail);
    return out;
}

/* Of this thread alone: a machine that is busy with others makes no parser slow. */
static int64_t processor_us(void) {
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

/* Each is answered at once, whatever its size says. */
static void bombs_do_not_go_off(void **state) {
    (void)state;
    char *keys = malloc(JSON_SIZE_MAX + 1), *at = keys;
    assert_non_null(keys);
    at += snprintf(at, 16, "{\"k\":0");
    for (int i = 0; at - keys < JSON_SIZE_MAX - 24; i++) at += snprintf(at, 24, ",\"%x\":0", i);
    snprintf(at, 2, "}");
    const struct {
        const char *name;
        char *text;
        enum err err;
    } bombs[] = {
        {"arrays", repeat("{\"a\":", "[", 32000, ""), ERR_BAD_JSON},
        {"objects", repeat("", "{\"a\":", 13000, ""), ERR_BAD_JSON},
        {"closings", repeat("{\"a\":", "]", 32000, ""), ERR_BAD_JSON},
        {"items", repeat("{\"a\":[0", ",0", 32000, "]}"), ERR_BAD_JSON},
        {"keys", keys, ERR_BAD_JSON},
        {"digits", repeat("{\"a\":", "1", 60000, "}"), ERR_BAD_JSON},
        {"escapes", repeat("{\"a\":\"", "\\\"", 32000, "\"}"), ERR_OK},
        {"above the cap", repeat("{\"a\":\"", "a", JSON_SIZE_MAX, "\"}"), ERR_TOO_LARGE},
        {"ten megabytes", repeat("{\"a\":\"", "a", 10 << 20, "\"}"), ERR_TOO_LARGE},
    };
    for (size_t i = 0; i < COUNT(bombs); i++) {
        json_t *value = NULL;
        struct text bomb = text_of(bombs[i].text);
        int64_t begun = processor_us();
        enum err err = json_read_object(bomb, &value);
        int64_t took = processor_us() - begun;
        if (err != bombs[i].err) fail_msg("%s: %s", bombs[i].name, err_name(err));
        if (took > 50000) fail_msg("%s took %lld us", bombs[i].name, (long long)took);
        json_decref(value);
        free(bombs[i].text);
    }
}

static void depth_and_count_end_where_they_say(void **state) {
    (void)state;
    json_t *value = NULL;
    char *within = repeat("{\"a\":", "[", JSON_DEPTH_MAX - 1, "]]]]]]]}"),
         *above = repeat("{\"a\":", "[", JSON_DEPTH_MAX, "]]]]]]]]}");
    assert_int_equal(JSON_DEPTH_MAX, 8); /* the closings above */
    assert_int_equal(json_read_object(text_of(within), &value), ERR_OK);
    json_decref(value);
    value = NULL;
    assert_int_equal(json_read_object(text_of(above), &value), ERR_BAD_JSON);
    free(within);
    free(above);
    within = repeat("{\"a\":[0", ",0", JSON_VALUES_MAX - 2, "]}");
    above = repeat("{\"a\":[0", ",0", JSON_VALUES_MAX - 1, "]}");
    assert_int_equal(json_read_object(text_of(within), &value), ERR_OK);
    json_decref(value);
    value = NULL;
    assert_int_equal(json_read_object(text_of(above), &value), ERR_BAD_JSON);
    free(within);
    free(above);
}

/* --- out --- */

static void values_are_written(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 4096);
    struct json_out out = json_out_to(&buf);
    json_begin_object(&out);
    json_key_str(&out, "a", "b");
    json_key_str(&out, "none", NULL);
    json_key_i64(&out, "least", INT64_MIN);
    json_key_i64(&out, "most", INT64_MAX);
    json_key_bool(&out, "yes", true);
    json_key(&out, "list");
    json_begin_array(&out);
    json_i64(&out, 1);
    json_begin_object(&out);
    json_end_object(&out);
    json_begin_array(&out);
    json_end_array(&out);
    json_none(&out);
    json_end_array(&out);
    json_key_time(&out, "at", 1);
    json_key_time(&out, "never", 0);
    json_key(&out, "raw");
    json_raw(&out, TEXT("[1]"));
    json_key_null(&out, "end");
    json_end_object(&out);
    assert_false(buf.failed);
    assert_string_equal(buf_text(&buf),
                        "{\"a\":\"b\",\"none\":null,\"least\":-9223372036854775808,\"most\":"
                        "9223372036854775807,"
                        "\"yes\":true,\"list\":[1,{},[],null],\"at\":\"1970-01-01T08:00:00.001+08:00\","
                        "\"never\":null,\"raw\":[1],\"end\":null}");
    buf_release(&buf);
}

static void text_is_escaped(void **state) {
    (void)state;
    static const struct {
        struct text in;
        const char *out;
    } rows[] = {
        {TEXT(""), "\"\""},
        {TEXT("钱包 💰"), "\"钱包 💰\""},
        {TEXT("\"\\/\b\f\n\r\t"), "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\""},
        {TEXT("a\0b\x1f\x7f"), "\"a\\u0000b\\u001f\\u007f\""},
        {TEXT("<script>&amp;</script>"), "\"\\u003cscript\\u003e\\u0026amp;\\u003c/script\\u003e\""},
        {TEXT("a\xe2\x80\xa8"
              "b\xe2\x80\xa9"
              "c\xe2\x80\xaa"),
         "\"a\\u2028b\\u2029c\xe2\x80\xaa\""},
        {TEXT("a\xff"), "\"a\xef\xbf\xbd\""},
        {TEXT("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {TEXT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {TEXT("\xe9\x92"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {TEXT("\xf0\x9f\x92"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {TEXT("\xf4\x90\x80\x80z"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf buf;
        buf_init(&buf, 4096);
        struct json_out out = json_out_to(&buf);
        json_text(&out, rows[i].in);
        assert_string_equal(buf_text(&buf), rows[i].out);
        buf_release(&buf);
    }
}

static void what_does_not_fit_fails(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 16);
    struct json_out out = json_out_to(&buf);
    json_begin_object(&out);
    json_key_str(&out, "a", "0123456789");
    json_end_object(&out);
    assert_true(buf.failed);
    buf_release(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_read),        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(bombs_do_not_go_off),     cmocka_unit_test(depth_and_count_end_where_they_say),
        cmocka_unit_test(values_are_written),      cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(what_does_not_fit_fails),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
