/* SPDX-License-Identifier: Apache-2.0 */
/* Payment codes: how one is written, which texts are one, and how it is drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/api/code128.h"
#include "edge/api/qr.h"
#include "wallet/charge.h"
#include "wallet/paycode.h"

static void codes_are_written(void **state) {
    (void)state;
    char code[PAYCODE_BYTES];
    paycode_write(0, 0, code);
    assert_string_equal(code, "100000000000000000");
    paycode_write(5, UINT64_C(9999999999999999), code);
    assert_string_equal(code, "159999999999999999");
    paycode_write(3, 42, code);
    assert_string_equal(code, "130000000000000042");
    assert_true(paycode_formed(text_of(code)));
}

static void what_is_a_code(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool formed;
    } rows[] = {
        {"100000000000000000", true},   {"159999999999999999", true},
        {"160000000000000000", false},  {"090000000000000000", false},
        {"200000000000000000", false},  {"10000000000000000", false},
        {"1000000000000000000", false}, {"", false},
        {"10000000000000000a", false},  {"1 0000000000000000", false},
        {"qianbao:p:0000000", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (paycode_formed(text_of(rows[i].text)) != rows[i].formed) fail_msg("%s", rows[i].text);
}

/* Each symbol: eleven modules, in three bars of an even sum and three spaces; no two alike; the check symbol as in the standard. */
static void bars_follow_the_standard(void **state) {
    (void)state;
    char widths[CODE128_WIDTHS_MAX], digits[3], seen[100][CODE128_SYMBOL + 1];
    code128_widths(text_of("1234"), widths);
    assert_string_equal(widths, "2112321122321311231212412331112");
    for (int value = 0; value < 100; value++) {
        int modules = 0, bars = 0;
        snprintf(digits, sizeof digits, "%02d", value);
        code128_widths(text_of(digits), widths);
        memcpy(seen[value], widths + CODE128_SYMBOL, CODE128_SYMBOL);
        seen[value][CODE128_SYMBOL] = '\0';
        for (int i = 0; i < CODE128_SYMBOL; i++) {
            modules += seen[value][i] - '0';
            bars += i % 2 == 0 ? seen[value][i] - '0' : 0;
        }
        assert_int_equal(modules, 11);
        assert_int_equal(bars % 2, 0);
        for (int other = 0; other < value; other++) assert_string_not_equal(seen[value], seen[other]);
    }
}

static void a_code_is_a_small_picture(void **state) {
    (void)state;
    struct buf path;
    int side = 0;
    buf_init(&path, 1 << 16);
    assert_true(qr_draw("130000000000000042", QR_DIGITS, &path, &side));
    assert_int_equal(side, 21 + 8);
    assert_true(path.size > 0 && memcmp(buf_text(&path), "M4 4h7v1h-7z", 12) == 0);
    buf_release(&path);
}

static void states_have_names_and_reasons(void **state) {
    (void)state;
    assert_string_equal(charge_state_name(CHARGE_WAITING), "waiting");
    assert_string_equal(charge_state_name(CHARGE_LAPSED), "lapsed");
    assert_string_equal(charge_state_name(CHARGE_AT_BANK), "at_bank");
    assert_int_equal(charge_reason(CHARGE_PAID), ERR_OK);
    assert_int_equal(charge_reason(CHARGE_LAPSED), ERR_CHARGE_LAPSED);
    assert_int_equal(charge_reason(CHARGE_DECLINED),
                     charge_reason(CHARGE_NOT_PAID)); /* the shop does not learn which */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_written),
        cmocka_unit_test(what_is_a_code),
        cmocka_unit_test(bars_follow_the_standard),
        cmocka_unit_test(a_code_is_a_small_picture),
        cmocka_unit_test(states_have_names_and_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
