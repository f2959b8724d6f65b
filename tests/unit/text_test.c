/* SPDX-License-Identifier: Apache-2.0 */
/* Views of bytes: what counts as an integer, as UTF-8, as printable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/table.h"
#include "base/text.h"

static void integers_are_strict(void **state) {
    (void)state;
    static const char *const good[] = {"0", "7", "-7", "10", "9223372036854775807", "-9223372036854775808"};
    static const char *const bad[] = {"",
                                      "-",
                                      "-0",
                                      "00",
                                      "07",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "1e2",
                                      "0x",
                                      "１",
                                      "1,0",
                                      "--1",
                                      "1\n",
                                      "abc",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999999999"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t value = 1;
        assert_true(text_to_i64(text_of(good[i]), &value));
        assert_int_equal(value, strtoll(good[i], NULL, 10));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t value = 42;
        if (text_to_i64(text_of(bad[i]), &value))
            fail_msg("\"%s\" was taken for %lld", bad[i], (long long)value);
        assert_int_equal(value, 42);
    }
}

static void characters_are_counted(void **state) {
    (void)state;
    size_t characters = 9;
    assert_true(text_utf8(text_of("王小强 ok"), &characters));
    assert_int_equal(characters, 6);
    assert_true(text_utf8(text_of(""), &characters));
    assert_int_equal(characters, 0);
    assert_true(text_utf8(text_of("\xf0\x9f\x92\xb0"), &characters));
    assert_int_equal(characters, 1);

    static const char *const bad[] =
        {"\x80",     "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
         "\xe7\x8e", "a\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        characters = 9;
        assert_false(text_utf8(text_of(bad[i]), &characters));
        assert_int_equal(characters, 9);
    }
}

static void what_cannot_be_seen_is_not_printable(void **state) {
    (void)state;
    static const char *const good[] = {"", "王小强", "Li Lei's \"shop\" <3", "\xf0\x9f\x92\xb0", "é"};
    static const char *const bad[] = {"a\nb",         "\t",           "\x7f",         "\xc2\x85",
                                      "\xe2\x80\xae", "\xe2\x80\x8b", "\xe2\x81\xa6", "\xef\xbb\xbf",
                                      "\xe2\x80\xa8", "\xc2\xad",     "\xff"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) assert_true(text_printable(text_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(text_printable(text_of(bad[i])));
    assert_false(text_printable((struct text){"a\0b", 3}));
}

static void texts_are_compared_whole(void **state) {
    (void)state;
    assert_true(text_equal(text_of("abc"), text_of("abc")));
    assert_false(text_equal(text_of("abc"), text_of("abcd")));
    assert_true(text_equal(text_of(NULL), text_of("")));
    assert_true(text_is(text_of("abc"), "abc"));
    assert_false(text_is(text_of("ab"), "abc"));
    assert_true(text_starts(text_of("qianbao:m:1"), "qianbao:m:"));
    assert_false(text_starts(text_of("qian"), "qianbao:m:"));
    assert_true(text_digits(text_of("0123456789")));
    assert_false(text_digits(text_of("")));
    assert_false(text_digits(text_of("12a")));
    assert_false(text_digits(text_of("１２")));
}

static void texts_are_cut(void **state) {
    (void)state;
    struct text line = TEXT("a\t\tbc\t");
    assert_true(text_is(text_cut(&line, '\t'), "a"));
    assert_true(text_is(text_cut(&line, '\t'), ""));
    assert_true(text_is(text_cut(&line, '\t'), "bc"));
    for (int i = 0; i < 2; i++) assert_true(text_is(text_cut(&line, '\t'), ""));
    struct text whole = TEXT("no tab"), none = {NULL, 0};
    assert_true(text_is(text_cut(&whole, '\t'), "no tab"));
    assert_int_equal(whole.n, 0);
    assert_int_equal(text_cut(&none, '\t').n, 0);
}

static void rows_are_no_comments(void **state) {
    (void)state;
    static const unsigned char bytes[] = "# made by hand\n\ntitle\nfirst\tfield\n#\nlast";
    struct text table = table_of(bytes, sizeof bytes - 1), row;
    const char *const rows[] = {"title", "first\tfield", "last"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(table_row(&table, &row));
        assert_true(text_is(row, rows[i]));
    }
    assert_false(table_row(&table, &row));
}

static void words_have_a_distance(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        int distance;
    } rows[] = {
        {"", "", 0},
        {"a", "", 1},
        {"", "abc", 3},
        {"status", "status", 0},
        {"statsu", "status", 2},
        {"stats", "status", 1},
        {"merchant lst", "merchant list", 1},
        {"kitten", "sitting", 3},
    };
    char longer[200];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(text_distance(rows[i].a, rows[i].b), rows[i].distance);
        assert_int_equal(text_distance(rows[i].b, rows[i].a), rows[i].distance);
    }
    assert_int_equal(text_distance(longer, ""), 63); /* cut, not overrun */
    assert_int_equal(text_distance(longer, longer), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_strict),
        cmocka_unit_test(characters_are_counted),
        cmocka_unit_test(what_cannot_be_seen_is_not_printable),
        cmocka_unit_test(texts_are_compared_whole),
        cmocka_unit_test(texts_are_cut),
        cmocka_unit_test(words_have_a_distance),
        cmocka_unit_test(rows_are_no_comments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
