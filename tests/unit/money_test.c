/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts: sums that are looked at, and their one text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/money.h"

static void sums_are_checked(void **state) {
    (void)state;
    struct money sum = {7};
    assert_true(money_add((struct money){1}, (struct money){2}, &sum));
    assert_int_equal(sum.fen, 3);
    assert_true(money_sub((struct money){1}, (struct money){2}, &sum));
    assert_int_equal(sum.fen, -1);
    assert_true(money_add((struct money){INT64_MAX - 1}, (struct money){1}, &sum));
    assert_int_equal(sum.fen, INT64_MAX);

    sum.fen = 7;
    assert_false(money_add((struct money){INT64_MAX}, (struct money){1}, &sum));
    assert_false(money_add((struct money){INT64_MIN}, (struct money){-1}, &sum));
    assert_false(money_sub((struct money){INT64_MIN}, (struct money){1}, &sum));
    assert_false(money_sub((struct money){0}, (struct money){INT64_MIN}, &sum));
    assert_int_equal(sum.fen, 7); /* untouched on failure */
}

static void amounts_have_an_order(void **state) {
    (void)state;
    assert_true(money_compare((struct money){-1}, (struct money){1}) < 0);
    assert_true(money_compare((struct money){INT64_MAX}, (struct money){INT64_MIN}) > 0);
    assert_int_equal(money_compare((struct money){5}, (struct money){5}), 0);
}

static void texts_have_two_decimals(void **state) {
    (void)state;
    static const struct {
        int64_t fen;
        const char *text, *words;
    } rows[] = {
        {0, "0.00", "0.00"},
        {1, "0.01", "0.01"},
        {-1, "-0.01", "-0.01"},
        {99, "0.99", "0.99"},
        {100, "1.00", "1.00"},
        {-105, "-1.05", "-1.05"},
        {123456, "1234.56", "1,234.56"},
        {10000, "100.00", "100.00"},
        {-10000000, "-100000.00", "-100,000.00"},
        {100000099, "1000000.99", "1,000,000.99"},
        {INT64_MAX, "92233720368547758.07", "92,233,720,368,547,758.07"},
        {INT64_MIN, "-92233720368547758.08", "-92,233,720,368,547,758.08"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[MONEY_TEXT_MAX];
        money_text((struct money){rows[i].fen}, text);
        assert_string_equal(text, rows[i].text);
        money_words((struct money){rows[i].fen}, text);
        assert_string_equal(text, rows[i].words);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_checked),
        cmocka_unit_test(amounts_have_an_order),
        cmocka_unit_test(texts_have_two_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
