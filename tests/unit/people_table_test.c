/* SPDX-License-Identifier: Apache-2.0 */
/* The people of the sandbox (tables/people.tsv) could register: each phone, password, PIN, name, ID number and card is good, and none is
 * used twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "bank/testcard.h"
#include "base/data.h"
#include "wallet/explain.h"
#include "wallet/issuer.h"
#include "wallet/password.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/realname.h"

enum { ROWS_MAX = 64, COLUMNS = 11 };
enum { PHONE, PASSWORD, PIN, NAME, ID_NUMBER, NICKNAME, CARD, BANK, ROLE, ROLE_ZH, SHOWS };

static const int64_t DEMO_BEGINS_MS = 1767225600000; /* 2026-01-01: long before any demo */

static char rows[ROWS_MAX][COLUMNS][128];
static size_t rows_count;

static int people_read(void **state) {
    (void)state;
    const char *at = (const char *)data_people_tsv;
    while (*at) {
        size_t size = strcspn(at, "\n");
        if (size > 0 && *at != '#' && strncmp(at, "phone\t", 6) != 0) {
            const char *field = at;
            for (int i = 0; i < COLUMNS; i++) {
                size_t length = strcspn(field, "\t\n");
                snprintf(rows[rows_count][i], sizeof rows[0][0], "%.*s", (int)length, field);
                field += length + (i < COLUMNS - 1);
            }
            rows_count++;
        }
        at += size + (at[size] == '\n');
    }
    return 0;
}

static void the_registered_could_register(void **state) {
    (void)state;
    size_t registered = 0, shops = 0;
    for (size_t i = 0; i < rows_count; i++) {
        struct fault fault;
        if (!rows[i][PHONE][0]) continue;
        registered++;
        shops += strncmp(rows[i][ROLE], "shop: ", 6) == 0;
        struct text phone = text_of(rows[i][PHONE]), nickname = text_of(rows[i][NICKNAME]);
        assert_true(phone_valid(phone));
        assert_true(nickname_valid(nickname));
        assert_int_equal(password_check(text_of(rows[i][PASSWORD]), phone, nickname, &fault), ERR_OK);
        char number[ID_NUMBER_BYTES];
        int birth = 0;
        assert_int_equal(id_number_check(text_of(rows[i][ID_NUMBER]), DEMO_BEGINS_MS, number, &birth), ERR_OK);
        assert_false(pin_is_weak(text_of(rows[i][PIN]), birth));
    }
    assert_int_equal(registered, 12 + 18);
    assert_int_equal(shops, 5);
}

static void everybody_has_papers_and_a_card(void **state) {
    (void)state;
    for (size_t i = 0; i < rows_count; i++) {
        struct text card = text_of(rows[i][CARD]);
        struct issuer issuer;
        assert_true(realname_valid(text_of(rows[i][NAME])));
        char number[ID_NUMBER_BYTES];
        int birth = 0;
        assert_int_equal(id_number_check(text_of(rows[i][ID_NUMBER]), DEMO_BEGINS_MS, number, &birth), ERR_OK);
        assert_string_equal(number, rows[i][ID_NUMBER]);
        assert_true(id_number_age(birth, DEMO_BEGINS_MS) >= 18);
        assert_true(luhn_valid(card));
        assert_true(issuer_find(card, &issuer));
        assert_true(text_is(issuer.code, rows[i][BANK]));
        assert_int_equal(issuer.kind, CARD_DEBIT);
        assert_int_equal(testcard_kind_of(testcard_bank(issuer.code), card)->number, 0); /* an ordinary one */
        assert_true(rows[i][ROLE][0] && rows[i][ROLE_ZH][0]);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(rows[i][ID_NUMBER], rows[j][ID_NUMBER]);
            assert_string_not_equal(rows[i][CARD], rows[j][CARD]);
            if (rows[i][PHONE][0]) assert_string_not_equal(rows[i][PHONE], rows[j][PHONE]);
        }
    }
}

/* Who is there to show a cause shows one of the table's, and no two show the same. */
static void causes_are_known(void **state) {
    (void)state;
    size_t count, found = 0;
    const struct cause_row *causes = cause_rows(&count);
    for (size_t i = 0; i < rows_count; i++) {
        bool known = rows[i][SHOWS][0] == '\0';
        for (size_t j = 0; j < count; j++) known = known || strcmp(causes[j].name, rows[i][SHOWS]) == 0;
        if (!known) fail_msg("%s", rows[i][SHOWS]);
        found += rows[i][SHOWS][0] != '\0';
        for (size_t j = 0; j < i; j++)
            if (rows[i][SHOWS][0]) assert_string_not_equal(rows[i][SHOWS], rows[j][SHOWS]);
    }
    assert_int_equal(found, 19);
}

/* The special numbers of the sandbox bank are debit cards to the wallet too. */
static void special_cards_can_be_looked_up(void **state) {
    (void)state;
    size_t banks_count, kinds_count;
    const struct testcard_bank *banks = testcard_banks(&banks_count);
    const struct testcard_kind *kinds = testcard_kinds(&kinds_count);
    for (size_t b = 0; b < banks_count; b++)
        for (size_t k = 1; k < kinds_count; k++) {
            char number[TESTCARD_NUMBER_MAX];
            struct issuer issuer;
            testcard_number(&banks[b], &kinds[k], number);
            assert_true(luhn_valid(text_of(number)));
            assert_true(issuer_find(text_of(number), &issuer));
            assert_true(text_is(issuer.code, banks[b].code));
            assert_int_equal(issuer.kind, CARD_DEBIT);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_registered_could_register),
        cmocka_unit_test(everybody_has_papers_and_a_card),
        cmocka_unit_test(causes_are_known),
        cmocka_unit_test(special_cards_can_be_looked_up),
    };
    return cmocka_run_group_tests(tests, people_read, NULL);
}
