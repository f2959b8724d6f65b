/* SPDX-License-Identifier: Apache-2.0 */
/* The table of errors: each row is whole, in both languages, and its text can be filled in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

/* Every {word} in the text is one that a fault can fill. */
static void assert_placeholders_are_known(const char *name, const char *text) {
    static const char *const known[] = {"{amount}", "{left}", "{until}", "{name}"};
    for (const char *open = strchr(text, '{'); open != NULL; open = strchr(open + 1, '{')) {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            found = found || strncmp(open, known[i], strlen(known[i])) == 0;
        }
        if (!found) fail_msg("%s: %s", name, open);
    }
}

static void rows_are_whole(void **state) {
    (void)state;
    size_t count, nexts_count;
    const struct err_row *rows = err_rows(&count);
    const struct next_row *nexts = next_rows(&nexts_count);
    unsigned next_bits = 0;
    for (size_t i = 0; i < nexts_count; i++) {
        if (next_bits & nexts[i].bit) fail_msg("%s has another step's bit", nexts[i].name);
        next_bits |= nexts[i].bit;
    }

    for (size_t i = 0; i < count; i++) {
        const struct err_row *row = &rows[i];
        for (size_t j = 0; j < i; j++) {
            if (rows[j].code == row->code) fail_msg("%s and %s have one number", rows[j].name, row->name);
        }
        assert_true(row->code > ERR_OK);
        assert_true(row->class > CLASS_OK && row->class <= CLASS_BROKEN);
        assert_int_equal(row->next & ~next_bits, 0);
        size_t characters;
        assert_true(text_utf8(text_of(row->zh), &characters));
        assert_true(characters >= 6);
        assert_true(strlen(row->en) >= 10);
        assert_placeholders_are_known(row->name, row->en);
        assert_placeholders_are_known(row->name, row->zh);
        assert_ptr_equal(err_row(row->code), row);
    }
}

static void a_refusal_offers_a_next_step(void **state) {
    (void)state;
    size_t count;
    const struct err_row *rows = err_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].class == CLASS_REFUSED && rows[i].next == 0)
            fail_msg("%s leaves the person alone", rows[i].name);
    }
}

static void an_unknown_number_is_our_own_fault(void **state) {
    (void)state;
    assert_int_equal(err_row((enum err)4711)->code, ERR_INTERNAL);
    assert_int_equal(err_class((enum err)4711), CLASS_BROKEN);
}

static void facts_are_filled_in(void **state) {
    (void)state;
    struct fault fault;
    assert_int_equal(fault_field(&fault, ERR_UNKNOWN_FIELD, "/amount"), ERR_UNKNOWN_FIELD);
    assert_string_equal(fault.field, "/amount");
    assert_int_equal(fault.taken, TAKEN_NO);
    strcpy(fault.name, "amuont");
    struct buf out;
    buf_init(&out, 1000);
    fault_text(&fault, LANG_EN, &out);
    assert_non_null(strstr(buf_text(&out), "amuont"));
    assert_null(strchr(buf_text(&out), '{'));
    buf_clear(&out);
    fault_text(&fault, LANG_ZH, &out);
    assert_non_null(strstr(buf_text(&out), "amuont"));
    buf_release(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(a_refusal_offers_a_next_step),
        cmocka_unit_test(an_unknown_number_is_our_own_fault),
        cmocka_unit_test(facts_are_filled_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
