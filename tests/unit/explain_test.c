/* SPDX-License-Identifier: Apache-2.0 */
/* The table of causes is whole in both languages; which are true of given facts, and in what order they are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "wallet/explain.h"
#include "wallet/help.h"

static void assert_placeholders_are_known(const char *name, const char *text) {
    static const char *const known[] = {"{amount}", "{count}", "{until}", "{name}"};
    for (const char *open = strchr(text, '{'); open != NULL; open = strchr(open + 1, '{')) {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            found = found || strncmp(open, known[i], strlen(known[i])) == 0;
        if (!found) fail_msg("%s: %s", name, open);
    }
}

static void the_table_is_whole(void **state) {
    (void)state;
    size_t count, nexts_count;
    const struct cause_row *rows = cause_rows(&count);
    const struct next_row *nexts = next_rows(&nexts_count);
    unsigned known = 0;
    for (size_t i = 0; i < nexts_count; i++) known |= nexts[i].bit;
    for (size_t i = 0; i < count; i++) {
        const struct cause_row *row = &rows[i];
        const char *const texts[] = {row->title, row->title_zh, row->en, row->zh};
        for (size_t j = 0; j < i; j++) assert_int_not_equal(rows[j].cause, row->cause);
        for (size_t j = 0; j < 4; j++) {
            size_t characters;
            assert_true(text_utf8(text_of(texts[j]), &characters));
            assert_true(characters >= 5);
            assert_null(strchr(texts[j], '!'));
            assert_placeholders_are_known(row->name, texts[j]);
        }
        assert_int_equal(row->next & ~known, 0);
        if (row->next == 0 && row->cause != CAUSE_ALL_THERE)
            fail_msg("%s leaves the person alone", row->name);
        if (!help_find(text_of(row->help))) fail_msg("%s: no article %s", row->name, row->help);
        assert_ptr_equal(cause_row(row->cause), row);
    }
}

static const struct explain_hold waiting = {.cause = CAUSE_TRANSFER_WAITING,
                                            .amount = {300},
                                            .bill = {9},
                                            .name = "小明"};
static const struct explain_hold going = {.cause = CAUSE_WITHDRAWAL_GOING,
                                          .amount = {700},
                                          .bill = {8},
                                          .name = "招商银行"};
static const struct explain_hold coming_waits = {.cause = CAUSE_COMING_WAITS, .amount = {600}, .bill = {6}};
static const struct explain_hold back = {.cause = CAUSE_WITHDRAWAL_BACK, .amount = {900}, .bill = {7}};
static const struct explain_moves out = {.count = 2, .sum_fen = 500}, in = {.count = 1, .sum_fen = 5000};
static const struct limit_line used_up = {LIMIT_DAY_PIN, 500000, 500000, 1, ERR_DAY_LIMIT_PIN};
static const struct limit_line left = {LIMIT_DAY_FREE, 100000, 99999, 1, ERR_DAY_LIMIT_FREE};

static const struct explain_rest rests[] = {
    {.window = 2, .name = "转账、提现", .name_en = "Transfer, Withdraw", .until_ms = 900},
    {.window = 1, .name = "招商银行", .name_en = "China Merchants Bank", .until_ms = 300},
};

static void true_causes_in_their_order(void **state) {
    (void)state;
    const struct explain_hold holds[] = {waiting, going};
    const struct limit_line lines[] = {left, used_up};
    static const struct {
        const char *what;
        enum cause told[6];
    } expected[] = {
        {"nothing at all", {CAUSE_ALL_THERE}},
        {"new, and no name", {CAUSE_NEVER_FUNDED, CAUSE_NAME_MISSING}},
        {"new, and the first money is on its way", {CAUSE_COMING_WAITS}},
        {"holds, the larger first, then what was spent; what came in explains no zero",
         {CAUSE_WITHDRAWAL_GOING, CAUSE_SPENT, CAUSE_TRANSFER_WAITING}},
        {"more than expected comes behind what is less",
         {CAUSE_WITHDRAWAL_GOING, CAUSE_SPENT, CAUSE_TRANSFER_WAITING, CAUSE_LIMIT_REACHED, CAUSE_RECEIVED,
          CAUSE_WITHDRAWAL_BACK}},
        {"our own fault before all", {CAUSE_BEING_CHECKED, CAUSE_IN_POCKET}},
        {"and whose it is", {CAUSE_BOOKS_CHECKED, CAUSE_IN_POCKET}},
        {"what rests stands in the way, behind where the money is and before why there is more",
         {CAUSE_SPENT, CAUSE_LIMIT_REACHED, CAUSE_MAINTENANCE, CAUSE_MAINTENANCE, CAUSE_READING_ONLY,
          CAUSE_RECEIVED}},
    };
    const struct explain_facts facts[] = {
        {.posted_fen = 0},
        {.never = true, .name = CAUSE_NAME_MISSING},
        {.never = true, .coming = &coming_waits, .coming_count = 1},
        {.posted_fen = 1000, .held_fen = 1000, .holds = holds, .holds_count = 2, .out = &out, .in = &in},
        {.posted_fen = 1001,
         .held_fen = 1000,
         .holds = holds,
         .holds_count = 2,
         .back = &back,
         .back_count = 1,
         .out = &out,
         .in = &in,
         .limits = lines,
         .limits_count = 2},
        {.withheld = true, .pocket_fen = 5},
        {.withheld = true, .books_checked = true, .pocket_fen = 5},
        {.posted_fen = 1001,
         .out = &out,
         .in = &in,
         .limits = lines,
         .limits_count = 2,
         .rests = rests,
         .rests_count = 2,
         .reading_only = true},
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        struct explain_cause told[EXPLAIN_CAUSES_MAX];
        size_t count = explain_rules(&facts[i], told);
        for (size_t j = 0; j < 6; j++) {
            enum cause got = j < count ? told[j].cause : CAUSE_NONE;
            if (got != expected[i].told[j])
                fail_msg("%s: %zu is %s", expected[i].what, j, got ? cause_row(got)->name : "none");
        }
    }
}

static void a_crowd_of_holds_leaves_room_for_the_rest(void **state) {
    (void)state;
    struct explain_hold holds[EXPLAIN_HOLDS_MAX], coming[EXPLAIN_HOLDS_MAX];
    for (size_t i = 0; i < EXPLAIN_HOLDS_MAX; i++) holds[i] = coming[i] = waiting;
    struct explain_cause told[EXPLAIN_CAUSES_MAX];
    const struct explain_facts facts = {.posted_fen = 1,
                                        .holds = holds,
                                        .holds_count = EXPLAIN_HOLDS_MAX,
                                        .coming = coming,
                                        .coming_count = EXPLAIN_HOLDS_MAX,
                                        .back = holds,
                                        .back_count = EXPLAIN_HOLDS_MAX,
                                        .out = &out,
                                        .name = CAUSE_NAME_MISSING,
                                        .limits = &used_up,
                                        .limits_count = 1,
                                        .rests = rests,
                                        .rests_count = 2};
    size_t count = explain_rules(&facts, told);
    assert_true(count <= EXPLAIN_CAUSES_MAX);
    assert_int_equal(told[0].cause, CAUSE_SPENT);
    assert_int_equal(told[count - 3].cause, CAUSE_LIMIT_REACHED);
    assert_string_equal(told[count - 2].name, "招商银行"); /* what ends first is told first */
    assert_int_equal(told[count - 2].until_ms, 300);
    assert_string_equal(told[count - 1].name_en, "Transfer, Withdraw");
}

static void words_are_filled_in(void **state) {
    (void)state;
    const struct explain_cause cause = {.cause = CAUSE_BANK_IN_DOUBT,
                                        .amount = {123456},
                                        .name = "招商银行",
                                        .name_en = "China Merchants Bank"};
    struct buf words;
    buf_init(&words, 1000);
    cause_text(&cause, LANG_ZH, true, &words);
    assert_string_equal(buf_text(&words), "1,234.56 元暂时留着,正在向招商银行核对");
    buf_clear(&words);
    cause_text(&cause, LANG_EN, true, &words);
    assert_string_equal(buf_text(&words), "1,234.56 are held while we ask China Merchants Bank");
    buf_clear(&words);
    const struct explain_cause frozen = {.cause = CAUSE_FROZEN_ALL,
                                         .amount = {100},
                                         .name = "你自己冻结",
                                         .name_en = "frozen by you"};
    cause_text(&frozen, LANG_EN, false, &words);
    assert_memory_equal(buf_text(&words), "Frozen by you. The 1.00", 23);
    buf_release(&words);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_whole),
        cmocka_unit_test(true_causes_in_their_order),
        cmocka_unit_test(a_crowd_of_holds_leaves_room_for_the_rest),
        cmocka_unit_test(words_are_filled_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
