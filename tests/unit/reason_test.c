/* SPDX-License-Identifier: Apache-2.0 */
/* Every refusal has its reason, every reason is whole in both languages, and how much it falls short is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "wallet/reason.h"

static void every_refusal_has_one(void **state) {
    (void)state;
    size_t count;
    const struct err_row *errors = err_rows(&count);
    for (size_t i = 0; i < count; i++) {
        struct reason_row row;
        bool found = reason_of(errors[i].code, &row);
        if (found != (errors[i].class == CLASS_REFUSED))
            fail_msg("%s: %s", errors[i].name, found ? "is no refusal" : "has no row in reason.def");
        if (!found) continue;
        const char *const texts[] = {row.en, row.zh, row.when, row.when_zh};
        for (size_t j = 0; j < 4; j++) {
            size_t characters;
            assert_true(text_utf8(text_of(texts[j]), &characters));
            assert_true(characters >= 4);
            assert_null(strchr(texts[j], '!'));
        }
        assert_int_equal(row.works & ~(unsigned)WORK_ALL, 0);
    }
}

static void what_works_has_words(void **state) {
    (void)state;
    size_t count;
    unsigned all = 0;
    const struct reason_work_row *rows = reason_works(&count);
    for (size_t i = 0; i < count; i++) all |= rows[i].bit;
    assert_int_equal(all, WORK_ALL);
}

static void how_much_it_falls_short(void **state) {
    (void)state;
    int64_t fen = 0;
    struct fault fault;
    fault_set(&fault, ERR_INSUFFICIENT_BALANCE);
    fault.amount = 1230;
    assert_true(reason_short_by(&fault, 0, &fen));
    assert_int_equal(fen, 1230);
    fault_set(&fault, ERR_DAY_LIMIT_PIN);
    fault.left = 400;
    assert_true(reason_short_by(&fault, 1000, &fen));
    assert_int_equal(fen, 600);
    assert_false(reason_short_by(&fault, 0, &fen)); /* nobody said what was asked for */
    fault_set(&fault, ERR_PAYEE_UNKNOWN);
    assert_false(reason_short_by(&fault, 1000, &fen));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_has_one),
        cmocka_unit_test(what_works_has_words),
        cmocka_unit_test(how_much_it_falls_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
