/* SPDX-License-Identifier: Apache-2.0 */
#include "bank/testcard.h"

#include <stdio.h>
#include <string.h>

#include "base/data.h"
#include "base/table.h"

#define ORDINARY_FEN INT64_C(100000000) /* 1,000,000.00 */

static const struct testcard_bank banks[] = {
    {"CMB", "622588", 16, "招商银行"},
    {"CCB", "622700", 19, "建设银行"},
    {"ICBC", "622202", 19, "工商银行"},
};

/* Reasons are of ISO 20022 ExternalStatusReason1Code. */
/* clang-format off */
static const struct testcard_kind kinds[] = {
    {0,  "",     "",     ORDINARY_FEN, 0, false, false, "approves, until its 1,000,000.00 are gone", "通过,直到 1,000,000.00 元用完"},
    {1,  "",     "",     ORDINARY_FEN, 0, false, false, "approves", "通过"},
    {2,  "",     "",     0,            0, false, false, "declines: too little money on the card (AM04)", "拒绝:卡内余额不足(AM04)"},
    {3,  "",     "AC06", ORDINARY_FEN, 0, false, false, "declines: the card is reported lost (AC06)", "拒绝:卡已挂失(AC06)"},
    {4,  "",     "AM14", ORDINARY_FEN, 0, false, false, "declines: over the card's own limit (AM14)", "拒绝:超过本卡限额(AM14)"},
    {5,  "",     "MS03", ORDINARY_FEN, 0, false, false, "declines without saying why (MS03)", "拒绝:不说明原因(MS03)"},
    {6,  "AC01", "AC01", 0,            0, false, false, "cannot be added: the bank does not know it (AC01)", "不能绑定:银行查无此卡(AC01)"},
    {7,  "",     "",     ORDINARY_FEN, TESTCARD_DELAY_MS, false, false, "approves after 5 seconds", "5 秒后通过"},
    {8,  "",     "",     ORDINARY_FEN, 0, true,  false, "takes the money and loses the answer: in doubt, then done", "已扣款但回复丢失:先核对,后到账"},
    {9,  "BE01", "BE01", 0,            0, false, false, "cannot be added: name, ID, card and phone differ (BE01)", "不能绑定:四要素不一致(BE01)"},
    {10, "",     "",     ORDINARY_FEN, 0, false, true,  "cannot be added: the SMS shows a wrong code", "不能绑定:短信里的验证码是错的"},
};
/* clang-format on */

const struct testcard_bank *testcard_banks(size_t *count) {
    *count = sizeof banks / sizeof banks[0];
    return banks;
}

const struct testcard_kind *testcard_kinds(size_t *count) {
    *count = sizeof kinds / sizeof kinds[0];
    return kinds;
}

const struct testcard_bank *testcard_bank(struct text code) {
    for (size_t i = 0; i < sizeof banks / sizeof banks[0]; i++)
        if (text_is(code, banks[i].code)) return &banks[i];
    return NULL;
}

/* Luhn's sum from the right: every second digit doubled, its digits added. */
static int luhn_sum(struct text digits, bool with_check) {
    int sum = 0;
    bool doubled = !with_check;
    for (size_t i = digits.n; i-- > 0; doubled = !doubled) {
        int digit = digits.p[i] - '0';
        if (doubled) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum;
}

bool testcard_luhn(struct text digits) {
    return text_digits(digits) && luhn_sum(digits, true) % 10 == 0;
}

void testcard_number(const struct testcard_bank *bank, const struct testcard_kind *kind,
                     char out[TESTCARD_NUMBER_MAX]) {
    int zeros = (int)bank->length - (int)strlen(bank->prefix) - 3;
    int size = snprintf(out, TESTCARD_NUMBER_MAX, "%s%0*d%02d", bank->prefix, zeros, 0, kind->number % 100);
    out[size] = (char)('0' + (10 - luhn_sum((struct text){out, (size_t)size}, false) % 10) % 10);
    out[size + 1] = '\0';
}

/* --- tables/bin.tsv: prefix, length, kind, code, names --- */

static bool prefix_fits(struct text number, struct text prefix, struct text length) {
    int64_t digits;
    return text_digits(prefix) && text_to_i64(length, &digits) && number.n == (size_t)digits &&
           number.n >= prefix.n && memcmp(number.p, prefix.p, prefix.n) == 0;
}

/* The longest prefix that fits says whose card it is. */
static bool testcard_is_ours(const struct testcard_bank *bank, struct text number) {
    struct text table = table_of(data_bin_tsv, data_bin_tsv_size), row;
    size_t longest = 0;
    bool ours = false;
    while (table_row(&table, &row)) {
        struct text prefix = text_cut(&row, '\t'), length = text_cut(&row, '\t');
        struct text kind = text_cut(&row, '\t'), code = text_cut(&row, '\t');
        if (prefix.n <= longest || !prefix_fits(number, prefix, length)) continue;
        longest = prefix.n;
        ours = (text_is(kind, "debit") || text_is(kind, "credit")) && text_is(code, bank->code);
    }
    return ours;
}

const struct testcard_kind *testcard_kind_of(const struct testcard_bank *bank, struct text number) {
    if (!testcard_luhn(number) || !testcard_is_ours(bank, number)) return NULL;
    for (size_t i = 1; i < sizeof kinds / sizeof kinds[0]; i++) {
        char special[TESTCARD_NUMBER_MAX];
        testcard_number(bank, &kinds[i], special);
        if (text_is(number, special)) return &kinds[i];
    }
    return &kinds[0];
}
