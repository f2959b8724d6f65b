/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox bank's book: how each card behaves, what a repeat gives, what a cancelled message can no longer do, a day's statement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bank/book.h"
#include "base/civil.h"
#include "place.h"

static const int64_t NOW = 1700000000000; /* 2023-11-15 06:13:20 +08:00 */
static char directory[PLACE_MAX], path[80];

static int book_setup(void **state) {
    char words[BOOK_WORDS_MAX];
    if (!place_make(directory, "book_test")) return -1;
    snprintf(path, sizeof path, "%s/bank.db", directory);
    return book_open(path, (struct book **)state, words) == ERR_OK ? 0 : -1;
}

static int book_teardown(void **state) {
    bool right = book_adds_up(*state);
    book_close(*state);
    place_remove(directory);
    return right ? 0 : -1; /* after every story the book adds up */
}

static const struct testcard_bank *cmb(void) {
    return testcard_bank(TEXT("CMB"));
}

static struct book_check_report check(struct book *book, const char *message, const char *number,
                                      const char *name, int64_t now_ms, enum book_end end) {
    struct book_check_report report;
    struct book_check ask = {.message = text_of(message),
                             .bank = cmb(),
                             .name = text_of(name),
                             .identification = TEXT("11010519491231002X"),
                             .account = text_of(number),
                             .phone = TEXT("13800002207"),
                             .code = 123456};
    assert_int_equal(book_check(book, &ask, now_ms, &report), end);
    return report;
}

static struct book_mandate_report mandate(struct book *book, const char *reference, const char *code,
                                          int64_t now_ms) {
    struct book_mandate_report report;
    assert_int_equal(book_mandate(book, cmb(), text_of(reference), text_of(code), now_ms, &report), BOOK_OK);
    return report;
}

/* The number of a kind, bound; the mandate. */
static void bind(struct book *book, int kind, char out[BOOK_ID_MAX]) {
    size_t count;
    char number[TESTCARD_NUMBER_MAX], message[32];
    const struct testcard_kind *kinds = testcard_kinds(&count);
    testcard_number(cmb(), &kinds[kind], number);
    snprintf(message, sizeof message, "bind-%d", kind);
    struct book_check_report report = check(book, message, number, "王小明", NOW, BOOK_OK);
    assert_string_equal(report.reason, "");
    struct book_mandate_report granted = mandate(book, report.reference, "123456", NOW);
    assert_string_equal(granted.reason, "");
    snprintf(out, BOOK_ID_MAX, "%s", granted.mandate);
}

static struct book_report pay(struct book *book, const char *message, const char *mandate_id,
                              enum book_type type, int64_t amount_fen, int64_t now_ms, enum book_end end) {
    struct book_report report;
    struct book_order order = {text_of(message), cmb(), type, text_of(mandate_id), amount_fen};
    assert_int_equal(book_pay(book, &order, now_ms, &report), end);
    return report;
}

static void special_numbers_are_cards(void **state) {
    (void)state;
    size_t banks_count, kinds_count;
    const struct testcard_bank *banks = testcard_banks(&banks_count);
    const struct testcard_kind *kinds = testcard_kinds(&kinds_count);
    for (size_t b = 0; b < banks_count; b++)
        for (size_t k = 1; k < kinds_count; k++) {
            char number[TESTCARD_NUMBER_MAX];
            testcard_number(&banks[b], &kinds[k], number);
            assert_int_equal(strlen(number), banks[b].length);
            assert_true(testcard_luhn(text_of(number)));
            assert_ptr_equal(testcard_kind_of(&banks[b], text_of(number)), &kinds[k]);
            assert_null(testcard_kind_of(&banks[(b + 1) % banks_count], text_of(number)));
            number[banks[b].length - 1] =
                number[banks[b].length - 1] == '9' ? '0' : (char)(number[banks[b].length - 1] + 1);
            assert_null(testcard_kind_of(&banks[b], text_of(number)));
        }
    assert_ptr_equal(testcard_kind_of(cmb(), TEXT("6225880137706868")),
                     &kinds[0]); /* any other number is ordinary */
    assert_null(testcard_kind_of(cmb(), TEXT("622588013770686")));
    assert_null(testcard_kind_of(cmb(), TEXT("6225880137706869")));
    assert_null(testcard_kind_of(cmb(), TEXT("622588013770686x")));
}

/* docs/sandbox.md is read by people who try it: it names each special card, and how it behaves. */
static void the_page_lists_every_special_card(void **state) {
    (void)state;
    static char page[65536];
    size_t banks_count, kinds_count;
    const struct testcard_bank *banks = testcard_banks(&banks_count);
    const struct testcard_kind *kinds = testcard_kinds(&kinds_count);
    FILE *file = fopen("docs/sandbox.md", "r");
    assert_non_null(file);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    for (size_t k = 1; k < kinds_count; k++) {
        assert_non_null(strstr(page, kinds[k].about));
        for (size_t b = 0; b < banks_count; b++) {
            char number[TESTCARD_NUMBER_MAX];
            testcard_number(&banks[b], &kinds[k], number);
            assert_non_null(strstr(page, number));
        }
    }
}

static void each_card_answers_as_said(void **state) {
    struct book *book = *state;
    static const struct {
        int kind;
        enum book_status status;
        const char *reason;
    } rows[] = {
        {1, BOOK_SETTLED, ""},      {2, BOOK_REJECTED, "AM04"}, {3, BOOK_REJECTED, "AC06"},
        {4, BOOK_REJECTED, "AM14"}, {5, BOOK_REJECTED, "MS03"}, {7, BOOK_SETTLED, ""},
        {8, BOOK_SETTLED, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char id[BOOK_ID_MAX], message[32];
        bind(book, rows[i].kind, id);
        snprintf(message, sizeof message, "pay-%d", rows[i].kind);
        struct book_report report = pay(book, message, id, BOOK_DEBIT, 100, NOW, BOOK_OK);
        assert_int_equal(report.status, rows[i].status);
        assert_string_equal(report.reason, rows[i].reason);
        assert_int_equal(report.reference[0] != '\0', report.status == BOOK_SETTLED);
        assert_int_equal(report.kind->delay_ms > 0, rows[i].kind == 7);
        assert_int_equal(report.kind->lose, rows[i].kind == 8);
    }
}

static void some_cards_cannot_be_bound(void **state) {
    struct book *book = *state;
    size_t count;
    const struct testcard_kind *kinds = testcard_kinds(&count);
    char number[TESTCARD_NUMBER_MAX];
    testcard_number(cmb(), &kinds[6], number);
    assert_string_equal(check(book, "a", number, "王小明", NOW, BOOK_OK).reason, "AC01");
    assert_string_equal(check(book, "b", "6222020000000000017", "王小明", NOW, BOOK_OK).reason,
                        "AC01"); /* ICBC's */
    testcard_number(cmb(), &kinds[9], number);
    struct book_check_report differ = check(book, "c", number, "王小明", NOW, BOOK_OK);
    assert_string_equal(differ.reason, "BE01");
    assert_string_equal(mandate(book, differ.reference, "123456", NOW).reason, "MD01"); /* no code was sent */

    testcard_number(cmb(), &kinds[10], number);
    struct book_check_report wrong = check(book, "d", number, "王小明", NOW, BOOK_OK);
    struct book_sms sms[4];
    assert_int_equal(book_inbox(book, sms, 4), 1);
    assert_string_equal(sms[0].code, "123457");
    assert_string_equal(sms[0].phone, "13800002207");
    assert_string_equal(mandate(book, wrong.reference, sms[0].code, NOW).reason, "MD01");
}

static void a_code_dies_of_tries_and_of_age(void **state) {
    struct book *book = *state;
    struct book_check_report one = check(book, "one", "6225880137706868", "王小明", NOW, BOOK_OK);
    for (int i = 0; i < 5; i++)
        assert_string_equal(mandate(book, one.reference, "000000", NOW).reason, "MD01");
    assert_string_equal(mandate(book, one.reference, "123456", NOW).reason, "MD01");

    struct book_check_report two = check(book, "two", "6225880137706868", "王小明", NOW, BOOK_OK);
    assert_int_equal(two.expires_ms, NOW + 300000);
    assert_string_equal(mandate(book, two.reference, "123456", NOW + 300000).reason, "MD01");

    struct book_check_report three = check(book, "three", "6225880137706868", "王小明", NOW, BOOK_OK);
    struct book_mandate_report granted = mandate(book, three.reference, "123456", NOW + 299999);
    assert_string_equal(granted.reason, "");
    assert_string_equal(mandate(book, three.reference, "123456", NOW + 900000).mandate, granted.mandate);
    assert_string_equal(mandate(book, three.reference, "654321", NOW + 900000).reason, "MD01");
    assert_string_equal(mandate(book, "CMB-V1", "123456", NOW).reason, "MD01");
    assert_string_equal(mandate(book, "ICBC-V000000000003", "123456", NOW).reason, "MD01");
}

static void a_card_has_one_holder(void **state) {
    struct book *book = *state;
    /* Two ask; whose code is right first owns it. */
    struct book_check_report typo = check(book, "1", "6225880137706868", "王晓明", NOW, BOOK_OK);
    struct book_check_report right = check(book, "2", "6225880137706868", "王小明", NOW, BOOK_OK);
    assert_string_equal(mandate(book, right.reference, "123456", NOW).reason, "");
    assert_string_equal(mandate(book, typo.reference, "123456", NOW).reason, "BE01");
    assert_string_equal(check(book, "3", "6225880137706868", "王晓明", NOW, BOOK_OK).reason, "BE01");
    assert_string_equal(check(book, "4", "6225880137706868", "王小明", NOW, BOOK_OK).reason, "");
}

static void a_repeat_gives_the_first_report(void **state) {
    struct book *book = *state;
    char id[BOOK_ID_MAX];
    bind(book, 1, id);
    struct book_report first = pay(book, "m1", id, BOOK_DEBIT, 5000, NOW, BOOK_OK);
    struct book_report again = pay(book, "m1", id, BOOK_DEBIT, 5000, NOW + 99, BOOK_OK);
    assert_true(first.first);
    assert_false(again.first);
    assert_int_equal(again.status, BOOK_SETTLED);
    assert_int_equal(again.at_ms, NOW);
    assert_string_equal(again.reference, first.reference);
    pay(book, "m1", id, BOOK_DEBIT, 5001, NOW, BOOK_DUPLICATE);
    pay(book, "m1", id, BOOK_CREDIT, 5000, NOW, BOOK_DUPLICATE);

    struct book_check_report one = check(book, "same", "6225880137706868", "王小明", NOW, BOOK_OK);
    struct book_check_report two = check(book, "same", "6225880137706868", "王小明", NOW + 9, BOOK_OK);
    assert_string_equal(one.reference, two.reference);
    assert_int_equal(one.expires_ms, two.expires_ms);
    check(book, "same", "6225880137706868", "李小明", NOW, BOOK_DUPLICATE);

    struct book_report found;
    assert_int_equal(book_query(book, cmb(), TEXT("m1"), &found), BOOK_OK);
    assert_string_equal(found.reference, first.reference);
    assert_int_equal(book_query(book, cmb(), TEXT("m2"), &found), BOOK_OK);
    assert_int_equal(found.status, BOOK_NONE);
    assert_int_equal(book_query(book, testcard_bank(TEXT("CCB")), TEXT("m1"), &found), BOOK_DUPLICATE);
}

static void what_is_cancelled_never_happens(void **state) {
    struct book *book = *state;
    char id[BOOK_ID_MAX];
    bind(book, 1, id);
    struct book_report report;
    assert_int_equal(book_cancel(book, cmb(), TEXT("late"), NOW, &report), BOOK_OK);
    assert_int_equal(report.status, BOOK_CANCELLED);
    assert_int_equal(pay(book, "late", id, BOOK_DEBIT, 100, NOW + 1, BOOK_OK).status, BOOK_CANCELLED);
    assert_int_equal(book_query(book, cmb(), TEXT("late"), &report), BOOK_OK);
    assert_int_equal(report.status, BOOK_CANCELLED);
    /* And what has happened is not undone by it. */
    pay(book, "early", id, BOOK_DEBIT, 100, NOW, BOOK_OK);
    assert_int_equal(book_cancel(book, cmb(), TEXT("early"), NOW, &report), BOOK_OK);
    assert_int_equal(report.status, BOOK_SETTLED);
}

static void money_runs_out(void **state) {
    struct book *book = *state;
    char id[BOOK_ID_MAX];
    bind(book, 1, id);
    assert_string_equal(pay(book, "c0", id, BOOK_CREDIT, 1, NOW, BOOK_OK).reason,
                        "AM04"); /* ours is empty yet */
    assert_int_equal(pay(book, "d1", id, BOOK_DEBIT, 99999999, NOW, BOOK_OK).status, BOOK_SETTLED);
    assert_string_equal(pay(book, "d2", id, BOOK_DEBIT, 2, NOW, BOOK_OK).reason, "AM04");
    assert_int_equal(pay(book, "d3", id, BOOK_DEBIT, 1, NOW, BOOK_OK).status, BOOK_SETTLED);
    assert_int_equal(pay(book, "c1", id, BOOK_CREDIT, 100000000, NOW, BOOK_OK).status, BOOK_SETTLED);
    assert_string_equal(pay(book, "c2", id, BOOK_CREDIT, 1, NOW, BOOK_OK).reason, "AM04");
    assert_string_equal(pay(book, "d4", "CMB-M999999999999", BOOK_DEBIT, 1, NOW, BOOK_OK).reason, "MD01");
}

struct lines {
    size_t count;
    struct book_line at[8];
};

static void lines_add(void *arg, const struct book_line *line) {
    struct lines *lines = arg;
    assert_true(lines->count < 8);
    lines->at[lines->count++] = *line;
}

static void a_day_has_its_statement(void **state) {
    struct book *book = *state;
    char id[BOOK_ID_MAX];
    int64_t day = civil_day_of(NOW), start_ms = civil_day_start_ms(day);
    bind(book, 1, id);
    pay(book, "before", id, BOOK_DEBIT, 1000, start_ms - 1, BOOK_OK);
    pay(book, "first", id, BOOK_DEBIT, 200, start_ms, BOOK_OK);
    pay(book, "back", id, BOOK_CREDIT, 30, start_ms + 5000, BOOK_OK);
    pay(book, "last", id, BOOK_DEBIT, 4, start_ms + 86399999, BOOK_OK);
    pay(book, "after", id, BOOK_DEBIT, 50000, start_ms + 86400000, BOOK_OK);
    pay(book, "rejected", "nobody", BOOK_DEBIT, 7, start_ms + 1, BOOK_OK);

    struct book_statement statement;
    struct lines lines = {0};
    assert_int_equal(book_statement(book, cmb(), day, &statement, lines_add, &lines), BOOK_OK);
    assert_int_equal(statement.opening_fen, 1000);
    assert_int_equal(statement.credits_fen, 204);
    assert_int_equal(statement.debits_fen, 30);
    assert_int_equal(statement.closing_fen, 1174);
    assert_int_equal(statement.count, 3);
    assert_int_equal(lines.count, 3);
    assert_string_equal(lines.at[0].message, "first");
    assert_string_equal(lines.at[1].message, "back");
    assert_int_equal(lines.at[1].type, BOOK_CREDIT);
    assert_string_equal(lines.at[2].message, "last");
}

static void a_bank_can_be_told_to_decline(void **state) {
    struct book *book = *state;
    char id[BOOK_ID_MAX];
    bind(book, 1, id);
    assert_int_equal(book_set_mode(book, cmb(), MODE_DECLINE), BOOK_OK);
    assert_int_equal(book_mode(book, testcard_bank(TEXT("ICBC"))), MODE_NORMAL);
    assert_string_equal(pay(book, "no", id, BOOK_DEBIT, 1, NOW, BOOK_OK).reason, "MS03");
    assert_int_equal(book_set_mode(book, cmb(), MODE_NORMAL), BOOK_OK);
    assert_int_equal(pay(book, "yes", id, BOOK_DEBIT, 1, NOW, BOOK_OK).status, BOOK_SETTLED);
    assert_string_equal(pay(book, "no", id, BOOK_DEBIT, 1, NOW, BOOK_OK).reason,
                        "MS03"); /* decided is decided */
    enum book_mode mode;
    assert_true(book_mode_read(TEXT("outage"), &mode));
    assert_int_equal(mode, MODE_OUTAGE);
    assert_false(book_mode_read(TEXT("holiday"), &mode));
}

static void the_clock_only_grows(void **state) {
    struct book *book = *state;
    assert_int_equal(book_clock_offset(book), 0);
    book_set_clock_offset(book, -7776000000);
    assert_int_equal(book_clock_offset(book), -7776000000); /* the first may lie in the past */
    book_set_clock_offset(book, 1000);
    book_set_clock_offset(book, 999);
    assert_int_equal(book_clock_offset(book), 1000);
}

static void the_book_survives_its_process(void **state) {
    struct book *book = *state;
    char id[BOOK_ID_MAX], words[BOOK_WORDS_MAX];
    bind(book, 1, id);
    struct book_report first = pay(book, "m", id, BOOK_DEBIT, 5000, NOW, BOOK_OK);
    book_set_mode(book, cmb(), MODE_LOSE);
    book_close(book);
    assert_int_equal(book_open(path, &book, words), ERR_OK);
    *state = book;
    assert_int_equal(book_mode(book, cmb()), MODE_LOSE);
    assert_string_equal(pay(book, "m", id, BOOK_DEBIT, 5000, NOW, BOOK_OK).reference, first.reference);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, book_setup, book_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(special_numbers_are_cards),
        cmocka_unit_test(the_page_lists_every_special_card),
        STORY(each_card_answers_as_said),
        STORY(some_cards_cannot_be_bound),
        STORY(a_code_dies_of_tries_and_of_age),
        STORY(a_card_has_one_holder),
        STORY(a_repeat_gives_the_first_report),
        STORY(what_is_cancelled_never_happens),
        STORY(money_runs_out),
        STORY(a_day_has_its_statement),
        STORY(a_bank_can_be_told_to_decline),
        STORY(the_clock_only_grows),
        STORY(the_book_survives_its_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
