/* SPDX-License-Identifier: Apache-2.0 */
/* What a withdrawal costs: the table of every rounding edge, and what must hold of any amount. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/config/config.h"
#include "wallet/withdrawal.h"

static struct wallet_rules rules_of(void) {
    static struct settings settings;
    config_defaults(&settings);
    return settings.rules;
}

static int64_t fee(const struct wallet_rules *rules, int64_t free_left, int64_t amount) {
    return withdrawal_fee(rules, (struct money){free_left}, (struct money){amount}).fen;
}

static int64_t most(const struct wallet_rules *rules, int64_t free_left, int64_t balance) {
    return withdrawal_most(rules, (struct money){free_left}, (struct money){balance}).fen;
}

#define FREE INT64_C(100000)
static const struct {
    int64_t free_left, amount, fee;
} fees[] = {
    /* free */
    {FREE, 1, 0},
    {FREE, 99999, 0},
    {FREE, 100000, 0},
    {1, 1, 0},
    /* the least: up to 100.00 of excess */
    {FREE, 100001, 10},
    {0, 1, 10},
    {0, 9999, 10},
    {0, 10000, 10},
    {0, 10449, 10},
    /* half up */
    {0, 10499, 10},
    {0, 10500, 11},
    {0, 11499, 11},
    {0, 11500, 12},
    {0, 100000, 100},
    {0, 100499, 100},
    {0, 100500, 101},
    {FREE, 110499, 10},
    {FREE, 110500, 11},
    {50000, 150000, 100},
    {50000, 150499, 100},
    {50000, 150500, 101},
    /* large */
    {0, 5000000, 5000},
    {FREE, 5000000, 4900},
    {0, MONEY_MAX, MONEY_MAX / 1000 + 1}, /* …991: over the half */
};

static void fees_are_those_of_the_table(void **state) {
    (void)state;
    struct wallet_rules rules = rules_of();
    for (size_t i = 0; i < sizeof fees / sizeof fees[0]; i++)
        if (fee(&rules, fees[i].free_left, fees[i].amount) != fees[i].fee)
            fail_msg("row %zu: %lld of %lld, expected %lld", i,
                     (long long)fee(&rules, fees[i].free_left, fees[i].amount), (long long)fees[i].amount,
                     (long long)fees[i].fee);
}

static const struct {
    int64_t free_left, balance, most;
} mosts[] = {
    {FREE, 0, 0},
    {FREE, 1, 1},
    {FREE, 99999, 99999},
    {FREE, 100000, 100000},
    {FREE, 100001, 100000}, /* one fen more would cost ten */
    {FREE, 100010, 100000},
    {FREE, 100011, 100001},
    {FREE, 110010, 110000},
    {0, 0, 0},
    {0, 1, 0},
    {0, 10, 0},
    {0, 11, 1},
    {0, 10509, 10499},
    {0, 10510, 10499}, /* 10500 costs 11 */
    {0, 10511, 10500},
    {0, 100100, 100000},
    {0, 100601, 100500},
    {0, 100600, 100499},
    {0, 100000000, 5000000}, /* no more than one payment may carry */
    {0, INT64_MAX, 5000000},
};

static void all_of_it_is_the_most_that_fits(void **state) {
    (void)state;
    struct wallet_rules rules = rules_of();
    for (size_t i = 0; i < sizeof mosts / sizeof mosts[0]; i++)
        if (most(&rules, mosts[i].free_left, mosts[i].balance) != mosts[i].most)
            fail_msg("row %zu: %lld, expected %lld", i,
                     (long long)most(&rules, mosts[i].free_left, mosts[i].balance), (long long)mosts[i].most);
}

/* A fixed generator (Marsaglia's xorshift64), so that a failure comes again. */
static uint64_t chance(void) {
    static uint64_t x = UINT64_C(0x9e3779b97f4a7c15);
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

static int64_t below(int64_t most_fen) {
    return (int64_t)(chance() % (uint64_t)most_fen);
}

static void any_amount_under_any_rules(void **state) {
    (void)state;
    for (int round = 0; round < 200000; round++) {
        struct wallet_rules rules = rules_of();
        if (round % 2) {
            rules.withdrawal_rate = (int)below(10001);
            rules.withdrawal_fee_min_fen = below(1000);
            rules.payment_max_fen = 1 + below(round % 4 ? 10000000 : MONEY_MAX);
        }
        int64_t left = below(2 * FREE), amount = below(round % 3 ? 3 * FREE : MONEY_MAX - 1);
        int64_t here = fee(&rules, left, amount), next = fee(&rules, left, amount + 1);
        assert_true(here >= 0 && here <= next);
        assert_true(fee(&rules, left + 1, amount) <= here);
        assert_true(amount > left || here == 0);

        int64_t balance = below(round % 3 ? 3 * FREE : MONEY_MAX), all = most(&rules, left, balance);
        assert_true(all >= 0 && all <= rules.payment_max_fen);
        assert_true(all == 0 || all + fee(&rules, left, all) <= balance);
        bool one_more = all + 1 <= rules.payment_max_fen && all + 1 + fee(&rules, left, all + 1) <= balance;
        assert_false(one_more);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fees_are_those_of_the_table),
        cmocka_unit_test(all_of_it_is_the_most_that_fits),
        cmocka_unit_test(any_amount_under_any_rules),
    };
    return cmocka_run_group_tests_name("withdrawal", tests, NULL, NULL);
}
