/* SPDX-License-Identifier: Apache-2.0 */
/* Where the parts of a refund go: backwards over what paid, never more than each paid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wallet/refund.h"

/* 5.00 from the balance first, then 3.00 by card 7, then 2.00 by card 9. */
static const struct refund_source sources[] = {{{0}, {500}}, {{7}, {300}}, {{9}, {200}}};

static const struct {
    int64_t refunded, amount;
    struct refund_source parts[4];
    size_t count;
} rows[] = {
    {0, 1, {{{9}, {1}}}, 1},
    {0, 200, {{{9}, {200}}}, 1},
    {0, 201, {{{9}, {200}}, {{7}, {1}}}, 2},
    {0, 1000, {{{9}, {200}}, {{7}, {300}}, {{0}, {500}}}, 3},
    {0, 1001, {{{0}, {0}}}, 0},
    {150, 100, {{{9}, {50}}, {{7}, {50}}}, 2},
    {200, 1, {{{7}, {1}}}, 1},
    {499, 2, {{{7}, {1}}, {{0}, {1}}}, 2},
    {500, 500, {{{0}, {500}}}, 1},
    {500, 501, {{{0}, {0}}}, 0},
    {1000, 1, {{{0}, {0}}}, 0},
    {0, 0, {{{0}, {0}}}, 0},
};

static void parts_are_those_of_the_table(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct refund_source out[REFUND_SOURCES_MAX];
        size_t count =
            refund_split(sources, 3, (struct money){rows[i].refunded}, (struct money){rows[i].amount}, out);
        if (count != rows[i].count) fail_msg("row %zu: %zu parts", i, count);
        for (size_t part = 0; part < count; part++) {
            assert_int_equal(out[part].card.n, rows[i].parts[part].card.n);
            assert_int_equal(out[part].amount.fen, rows[i].parts[part].amount.fen);
        }
    }
}

/* However a purchase is given back, in the end each source has what it paid. */
static void every_way_ends_the_same(void **state) {
    (void)state;
    for (int64_t step = 1; step <= 1000; step++) {
        int64_t back[3] = {0};
        for (int64_t refunded = 0; refunded < 1000; refunded += step) {
            struct refund_source out[REFUND_SOURCES_MAX];
            int64_t amount = 1000 - refunded < step ? 1000 - refunded : step;
            size_t count = refund_split(sources, 3, (struct money){refunded}, (struct money){amount}, out);
            assert_true(count > 0);
            for (size_t part = 0; part < count; part++)
                for (size_t i = 0; i < 3; i++)
                    if (sources[i].card.n == out[part].card.n) back[i] += out[part].amount.fen;
        }
        for (size_t i = 0; i < 3; i++) assert_int_equal(back[i], sources[i].amount.fen);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_those_of_the_table),
        cmocka_unit_test(every_way_ends_the_same),
    };
    return cmocka_run_group_tests_name("refund", tests, NULL, NULL);
}
