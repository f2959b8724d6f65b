/* SPDX-License-Identifier: Apache-2.0 */
/* The values that people type about themselves: ID numbers, names, card numbers, PINs, passwords, phones. Rows, and what they must give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/civil.h"
#include "wallet/issuer.h"
#include "wallet/password.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/realname.h"
#include "wallet/region.h"

#define ROWS(rows) (sizeof rows / sizeof rows[0])

static int64_t today_ms(void) {
    return civil_day_start_ms(civil_day(2026, 11, 23)) + 12 * 3600 * 1000;
}

/* --- ID numbers, GB 11643-1999 --- */

static void an_id_number_has_one_form(void **state) {
    (void)state;
    static const struct {
        const char *typed, *kept;
        int birth;
    } good[] = {
        {"11010519491231002X", "11010519491231002X", 19491231}, /* the standard's own samples */
        {"440524188001010014", "440524188001010014", 18800101}, /* a region abolished since */
        {"11010519491231002x", "11010519491231002X", 19491231}, /* as phones type it */
        {"110105200002290013", "110105200002290013", 20000229},
        {"110105202611230023", "110105202611230023", 20261123},
        {"310103197506150030", "310103197506150030", 19750615},
    };
    static const char *const bad[] = {
        "110105194912310020", /* check character */
        "110105194912310021",
        "11010519491231002Y",
        "11010519491231002",   /* 17 */
        "11010519491231002XX", /* 19 */
        "",
        "110105194902300020", /* 30 February */
        "110105194902290029", /* 29 February of a common year */
        "110105194913010029",
        "11010519490001002X",
        "110105194901000026",
        "110105202611240029", /* not born yet */
        "999999194912310025", /* no such region */
        "000000194912310027",
        "１１０１０５１９４９１２３１００２X", /* full-width digits */
        "1101051949123100 2X",
        "-1010519491231002X",
        "110105491231002", /* the old form of 15 */
    };
    char number[ID_NUMBER_BYTES];
    int birth;
    for (size_t i = 0; i < ROWS(good); i++) {
        birth = 0;
        assert_int_equal(id_number_check(text_of(good[i].typed), today_ms(), number, &birth), ERR_OK);
        assert_string_equal(number, good[i].kept);
        assert_int_equal(birth, good[i].birth);
    }
    strcpy(number, "untouched");
    for (size_t i = 0; i < ROWS(bad); i++)
        assert_int_equal(id_number_check(text_of(bad[i]), today_ms(), number, &birth), ERR_BAD_ID_NUMBER);
    assert_string_equal(number, "untouched");
}

/* Every wrong digit and every exchange of neighbours is noticed: what the check character is for. */
static void a_slip_is_noticed(void **state) {
    (void)state;
    static const char sample[] = "11010519491231002X";
    char typed[sizeof sample], number[ID_NUMBER_BYTES];
    int birth;
    for (int at = 0; at < ID_NUMBER_PLACES; at++)
        for (int c = '0'; c <= '9'; c++) {
            memcpy(typed, sample, sizeof typed);
            if (typed[at] == c) continue;
            typed[at] = (char)c;
            assert_int_equal(id_number_check(text_of(typed), today_ms(), number, &birth), ERR_BAD_ID_NUMBER);
        }
    for (int at = 0; at + 1 < ID_NUMBER_PLACES; at++) {
        memcpy(typed, sample, sizeof typed);
        if (typed[at] == typed[at + 1]) continue;
        typed[at] = sample[at + 1];
        typed[at + 1] = sample[at];
        assert_int_equal(id_number_check(text_of(typed), today_ms(), number, &birth), ERR_BAD_ID_NUMBER);
    }
}

static void age_is_in_full_years(void **state) {
    (void)state;
    assert_int_equal(id_number_age(20081123, today_ms()), 18);
    assert_int_equal(id_number_age(20081124, today_ms()), 17);
    assert_int_equal(id_number_age(19491231, today_ms()), 76);
}

static void an_id_number_is_shown_masked(void **state) {
    (void)state;
    char masked[ID_NUMBER_BYTES];
    id_number_mask("11010519491231002X", masked);
    assert_string_equal(masked, "110***********002X");
}

static void regions_are_known(void **state) {
    (void)state;
    assert_true(region_known(TEXT("110105")));
    assert_true(region_known(TEXT("440524"))); /* Chaoyang, a county of Shantou until 1992 */
    assert_false(region_known(TEXT("999999")));
    assert_false(region_known(TEXT("000000")));
    assert_false(region_known(TEXT("11010")));
    assert_false(region_known(TEXT("11010a")));
}

/* --- names --- */

static void a_name_is_chinese_or_latin(void **state) {
    (void)state;
    static const char *const good[] = {"李白",
                                       "王小强",
                                       "欧阳锋",
                                       "买买提·吐尔逊",
                                       "阿卜杜热合曼·买合木提江",
                                       "㐂田",
                                       "𠮷野",
                                       "John Smith",
                                       "Mary-Jane O'Neil",
                                       "Li",
                                       "一二三四五六七八九十一二三四五六七八九十"};
    static const char *const bad[] = {"李",
                                      "",
                                      " 李白",
                                      "李白 ",
                                      "李 白",
                                      "·李白",
                                      "李白·",
                                      "买买提··吐尔逊",
                                      "李白1",
                                      "李bai",
                                      "J",
                                      "John  Smith",
                                      "John ",
                                      "-John",
                                      "John3",
                                      "<b>",
                                      "李白\n",
                                      "李\u200b白",
                                      "一二三四五六七八九十一二三四五六七八九十一",
                                      "李白\xff"};
    for (size_t i = 0; i < ROWS(good); i++)
        if (!realname_valid(text_of(good[i]))) fail_msg("%s", good[i]);
    for (size_t i = 0; i < ROWS(bad); i++)
        if (realname_valid(text_of(bad[i]))) fail_msg("%s", bad[i]);
}

static void a_name_is_shown_masked(void **state) {
    (void)state;
    static const struct {
        const char *name, *masked;
    } rows[] = {{"李白", "李*"},         {"王小强", "王*强"},
                {"欧阳锋锋", "欧**锋"},  {"买买提·吐尔逊", "买**逊"},
                {"John Smith", "J* S*"}, {"Mary-Jane O'Neil", "M* O*"},
                {"𠮷野", "𠮷*"}};
    char masked[NAME_MASKED_BYTES];
    for (size_t i = 0; i < ROWS(rows); i++) {
        realname_mask(text_of(rows[i].name), masked);
        assert_string_equal(masked, rows[i].masked);
    }
}

static void the_sandbox_rejects_by_its_table(void **state) {
    (void)state;
    struct fault fault;
    struct realname_provider *provider = realname_sandbox();
    assert_int_equal(provider->check(provider, TEXT("李白"), TEXT("11010519491231002X"), &fault), ERR_OK);
    assert_int_equal(provider->check(provider, TEXT("查无此人"), TEXT("11010519491231002X"), &fault),
                     ERR_REALNAME_REJECTED);
}

/* --- cards --- */

static void luhn_is_that_of_iso_7812(void **state) {
    (void)state;
    assert_true(luhn_valid(TEXT("4539578763621486")));
    assert_true(luhn_valid(TEXT("79927398713")));
    assert_false(luhn_valid(TEXT("79927398710")));
    assert_false(luhn_valid(TEXT("")));
    assert_false(luhn_valid(TEXT("7992739871a")));
}

static void a_number_names_its_bank(void **state) {
    (void)state;
    static const struct {
        const char *number, *code;
        enum card_kind kind;
    } known[] = {
        {"6225880000000076", "CMB", CARD_DEBIT},
        {"6227000000000000078", "CCB", CARD_DEBIT},
        {"6222020000000000075", "ICBC", CARD_DEBIT},
        {"4392250000000074", "CMB", CARD_CREDIT},
    };
    static const char *const unknown[] = {"622588000000000076",      "9900000000000000", "", "622588",
                                          "62258800000000000000000", "622588000000000a"};
    struct issuer issuer;
    for (size_t i = 0; i < ROWS(known); i++) {
        assert_true(issuer_find(text_of(known[i].number), &issuer));
        assert_true(text_is(issuer.code, known[i].code));
        assert_int_equal(issuer.kind, known[i].kind);
        assert_true(issuer.name.n > 0 && issuer.name_zh.n > 0);
    }
    for (size_t i = 0; i < ROWS(unknown); i++) assert_false(issuer_find(text_of(unknown[i]), &issuer));
    assert_true(issuer_prefixes() >= 1500);
}

/* --- PINs --- */

static void an_easy_pin_is_weak(void **state) {
    (void)state;
    static const char *const weak[] = {
        "000000", "111111", "112112", "121212", "999990", /* fewer than three different digits */
        "123456", "654321", "345678", "987654", "012345",
        "789012", "890123", "210987",                     /* runs, over the 0 too */
        "900307", "030790", "000229", "991231", "010100", /* dates: YYMMDD, MMDDYY */
    };
    static const char *const strong[] = {"258036", "147258", "135790", "902817",
                                         "369147", "013377", "123457"};
    for (size_t i = 0; i < ROWS(weak); i++)
        if (!pin_is_weak(text_of(weak[i]), 0)) fail_msg("%s", weak[i]);
    for (size_t i = 0; i < ROWS(strong); i++)
        if (pin_is_weak(text_of(strong[i]), 0)) fail_msg("%s", strong[i]);
    /* one's own day in any order: only who has told it is kept from it */
    static const char *const own[] = {"281065", "196510"};
    for (size_t i = 0; i < ROWS(own); i++) {
        assert_true(pin_is_weak(text_of(own[i]), 19651028));
        assert_false(pin_is_weak(text_of(own[i]), 0));
    }
}

/* --- passwords --- */

static void a_password_is_hard_to_guess(void **state) {
    (void)state;
    static const char *const weak[] = {
        "",
        "1234567",
        "12345678",
        "88888888",
        "woaini1314",
        "WoAiNi1314",
        "woaini1314!",
        "Zhifubao2024!",
        "5201314520",
        "qwertyuiop",
        "13812345678",
        "a13812345678",
        "13812345678wang",
        "aaaaaaaa",
        "abcabcabc",
        "password1",
        "小明小明",
        "\xff\xfe\xff\xfe\xff\xfe\xff\xfe",
        "0123456789012345678901234567890123456789012345678901234567890123x", /* 65 */
    };
    static const char *const strong[] = {"床前明月光疑是地上霜", "correct horse battery", "tq7-Rm!2vK",
                                         "lu-shan-pu-bu-47", "kX9#mPq2"};
    struct fault fault;
    for (size_t i = 0; i < ROWS(weak); i++) {
        if (!password_check(text_of(weak[i]), TEXT("13812345678"), TEXT("小明"), &fault))
            fail_msg("%s", weak[i]);
        assert_int_equal(fault.code, ERR_WEAK_PASSWORD);
        assert_string_equal(fault.field, "/password");
    }
    for (size_t i = 0; i < ROWS(strong); i++)
        if (password_check(text_of(strong[i]), TEXT("13812345678"), TEXT("小明"), &fault))
            fail_msg("%s", strong[i]);
    assert_true(password_weak_count() >= 10000);
}

/* --- phones --- */

static void a_phone_is_a_mainland_mobile(void **state) {
    (void)state;
    char masked[PHONE_BYTES];
    assert_true(phone_valid(TEXT("13800138000")));
    assert_true(phone_valid(TEXT("19912345678")));
    assert_false(phone_valid(TEXT("12912345678")));
    assert_false(phone_valid(TEXT("1991234567")));
    assert_false(phone_valid(TEXT("29912345678")));
    phone_mask(TEXT("13812342207"), masked);
    assert_string_equal(masked, "138****2207");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_number_has_one_form),
        cmocka_unit_test(a_slip_is_noticed),
        cmocka_unit_test(age_is_in_full_years),
        cmocka_unit_test(an_id_number_is_shown_masked),
        cmocka_unit_test(regions_are_known),
        cmocka_unit_test(a_name_is_chinese_or_latin),
        cmocka_unit_test(a_name_is_shown_masked),
        cmocka_unit_test(the_sandbox_rejects_by_its_table),
        cmocka_unit_test(luhn_is_that_of_iso_7812),
        cmocka_unit_test(a_number_names_its_bank),
        cmocka_unit_test(an_easy_pin_is_weak),
        cmocka_unit_test(a_password_is_hard_to_guess),
        cmocka_unit_test(a_phone_is_a_mainland_mobile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
