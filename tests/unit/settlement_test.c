/* SPDX-License-Identifier: Apache-2.0 */
/* What a settlement costs: every rounding edge, and what must hold of any amount. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wallet/settlement.h"

static const struct {
    int rate;
    int64_t amount, fee;
} rows[] = {
    {60, 0, 0},      {60, -100, 0}, /* refunds were more than takings: nothing is settled, nothing is paid */
    {60, 1, 0},      {60, 83, 0},   /* 0.498 */
    {60, 84, 1},                    /* 0.504 */
    {60, 249, 1},    {60, 250, 2},  /* 1.5: half up */
    {60, 10000, 60}, {60, 99417, 597},    {38, 12345, 47},
    {0, 10000, 0},   {1000, 10005, 1001}, {60, MONEY_MAX, 54043195528446}, /* …45.946 */
};

static void fees_are_those_of_the_table(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t fee = settlement_fee(rows[i].rate, (struct money){rows[i].amount}).fen;
        if (fee != rows[i].fee) fail_msg("row %zu: %lld", i, (long long)fee);
    }
}

static void fees_rise_and_leave_something(void **state) {
    (void)state;
    for (int rate = 0; rate <= SETTLEMENT_RATE_MAX; rate += 7) {
        int64_t before = 0;
        for (int64_t amount = 1; amount < 20000; amount += 13) {
            int64_t fee = settlement_fee(rate, (struct money){amount}).fen;
            assert_true(fee >= before && fee >= 0 && fee < amount);
            before = fee;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fees_are_those_of_the_table),
        cmocka_unit_test(fees_rise_and_leave_something),
    };
    return cmocka_run_group_tests_name("settlement", tests, NULL, NULL);
}
