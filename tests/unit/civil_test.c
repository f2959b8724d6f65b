/* SPDX-License-Identifier: Apache-2.0 */
/* Days and times in +08:00. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/civil.h"

static const int64_t HOUR_MS = 3600000;

static void days_exist_or_not(void **state) {
    (void)state;
    static const struct {
        int year, month, day;
        bool valid;
    } rows[] = {
        {2026, 11, 23, true}, {2024, 2, 29, true},  {2023, 2, 29, false},  {1900, 2, 29, false},
        {2000, 2, 29, true},  {2026, 4, 31, false}, {2026, 0, 1, false},   {2026, 13, 1, false},
        {2026, 1, 0, false},  {0, 1, 1, false},     {1, 1, 1, true},       {9999, 12, 31, true},
        {10000, 1, 1, false}, {2026, -1, 1, false}, {2026, 12, 32, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(civil_valid(rows[i].year, rows[i].month, rows[i].day), rows[i].valid);
    }
}

static void every_day_follows_the_one_before(void **state) {
    (void)state;
    int64_t expected = civil_day(1, 1, 1);
    for (int year = 1; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; civil_valid(year, month, day); day++, expected++) {
                if (civil_day(year, month, day) != expected) fail_msg("%d-%d-%d", year, month, day);
            }
        }
    }
    assert_int_equal(civil_day(1970, 1, 1), 0);
    assert_int_equal(expected, civil_day(9999, 12, 31) + 1);
}

static void the_day_turns_at_midnight_in_china(void **state) {
    (void)state;
    assert_int_equal(civil_day_of(16 * HOUR_MS - 1), 0); /* 23:59:59.999 there */
    assert_int_equal(civil_day_of(16 * HOUR_MS), 1);
    assert_int_equal(civil_day_of(-8 * HOUR_MS), 0);
    assert_int_equal(civil_day_of(-8 * HOUR_MS - 1), -1);
    assert_int_equal(civil_day_start_ms(1), 16 * HOUR_MS);
    struct civil last = civil_of(civil_year_start_ms(2027) - 1);
    assert_int_equal(last.year, 2026);
    assert_int_equal(last.month, 12);
    assert_int_equal(last.day, 31);
    assert_int_equal(last.hour, 23);
    assert_int_equal(last.minute, 59);
    assert_int_equal(last.second, 59);
    assert_int_equal(last.milli, 999);
}

static void texts_are_read_and_written(void **state) {
    (void)state;
    static const struct {
        const char *in, *out; /* out: NULL when it is refused */
    } rows[] = {
        {"2026-11-23T15:04:05.123+08:00", "2026-11-23T15:04:05.123+08:00"},
        {"2026-11-23T07:04:05Z", "2026-11-23T15:04:05.000+08:00"},
        {"2026-11-23T07:04:05.5Z", "2026-11-23T15:04:05.500+08:00"},
        {"2026-11-22T20:04:05-11:00", "2026-11-23T15:04:05.000+08:00"},
        {"2026-11-23T15:04:05", NULL},
        {"2026-11-23 15:04:05Z", NULL},
        {"2026-02-29T15:04:05Z", NULL},
        {"2026-11-23T24:04:05Z", NULL},
        {"2026-11-23T15:60:05Z", NULL},
        {"2026-11-23T15:04:05Zx", NULL},
        {"2026-11-23T15:04:05+0800", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t time_ms = 0;
        bool read = civil_parse(text_of(rows[i].in), &time_ms);
        if (read != (rows[i].out != NULL)) fail_msg("%s", rows[i].in);
        if (!read) continue;
        char out[CIVIL_TEXT_MAX];
        civil_text(time_ms, out);
        assert_string_equal(out, rows[i].out);
    }
}

static void a_birthday_counts_from_its_midnight(void **state) {
    (void)state;
    int64_t birthday_ms = civil_day_start_ms(civil_day(2026, 11, 23));
    assert_int_equal(civil_age(2008, 11, 23, birthday_ms - 1), 17);
    assert_int_equal(civil_age(2008, 11, 23, birthday_ms), 18);
    assert_int_equal(civil_age(2008, 11, 24, birthday_ms), 17);
    assert_int_equal(civil_age(2008, 12, 1, birthday_ms), 17);
    /* Born on a leap day: in a common year one is a year older on the first of March. */
    assert_int_equal(civil_age(2008, 2, 29, civil_day_start_ms(civil_day(2026, 2, 28))), 17);
    assert_int_equal(civil_age(2008, 2, 29, civil_day_start_ms(civil_day(2026, 3, 1))), 18);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_exist_or_not),
        cmocka_unit_test(every_day_follows_the_one_before),
        cmocka_unit_test(the_day_turns_at_midnight_in_china),
        cmocka_unit_test(texts_are_read_and_written),
        cmocka_unit_test(a_birthday_counts_from_its_midnight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
