/* SPDX-License-Identifier: Apache-2.0 */
/* Which source is asked next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wallet/funding.h"

static const struct card cards[] = {{.id = {11}}, {.id = {12}}, {.id = {13}}};

static uint64_t next_of(size_t count, const struct funding_row *rows, size_t rows_count) {
    const struct card *card = funding_next(cards, count, rows, rows_count);
    return card ? card->id.n : 0;
}

static void cards_are_asked_in_order(void **state) {
    (void)state;
    const struct funding_row rows[] = {{{0}, FUNDING_SHORT, ERR_INSUFFICIENT_BALANCE, {0}, 0},
                                       {{11}, FUNDING_ASKED, 0, {5}, 0},
                                       {{11}, FUNDING_DECLINED, ERR_BANK_FUNDS, {0}, 0},
                                       {{12}, FUNDING_ASKED, 0, {7}, 0},
                                       {{12}, FUNDING_DECLINED, ERR_BANK_FUNDS, {0}, 0},
                                       {{13}, FUNDING_ASKED, 0, {9}, 0}};
    assert_int_equal(next_of(0, NULL, 0), 0);
    assert_int_equal(next_of(3, NULL, 0), 11);
    assert_int_equal(next_of(3, rows, 1), 11); /* the balance is no card */
    assert_int_equal(next_of(3, rows, 3), 12);
    assert_int_equal(next_of(1, rows, 3), 0); /* the others are gone meanwhile */
    assert_int_equal(next_of(3, rows, 5), 13);
    assert_int_equal(next_of(3, rows, 6), 0);
}

static void at_most_so_many_are_asked(void **state) {
    (void)state;
    struct funding_row rows[FUNDING_CARDS_MAX];
    for (uint64_t i = 0; i < FUNDING_CARDS_MAX; i++)
        rows[i] = (struct funding_row){{100 + i}, FUNDING_ASKED, 0, {i}, 0};
    assert_int_equal(next_of(3, rows, FUNDING_CARDS_MAX - 1), 11);
    assert_int_equal(next_of(3, rows, FUNDING_CARDS_MAX), 0);
}

static void only_what_a_card_can_mend_falls_through(void **state) {
    (void)state;
    static const enum err falls[] = {ERR_INSUFFICIENT_BALANCE, ERR_TIER_LIFETIME_LIMIT, ERR_TIER_YEAR_LIMIT,
                                     ERR_DAY_LIMIT_FREE,       ERR_DAY_LIMIT_PIN,       ERR_DAY_LIMIT_STATIC};
    static const enum err stays[] = {ERR_REALNAME_NEEDED, ERR_PAYER_CLOSED,  ERR_PAYEE_CLOSED,
                                     ERR_ACCOUNT_FULL,    ERR_PAYEE_UNKNOWN, ERR_STORE};
    for (size_t i = 0; i < sizeof falls / sizeof falls[0]; i++) assert_true(funding_falls_through(falls[i]));
    for (size_t i = 0; i < sizeof stays / sizeof stays[0]; i++) assert_false(funding_falls_through(stays[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cards_are_asked_in_order),
        cmocka_unit_test(at_most_so_many_are_asked),
        cmocka_unit_test(only_what_a_card_can_mend_falls_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
