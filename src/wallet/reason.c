/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/reason.h"

enum rule {
#define RULE(name, en, zh, when, when_zh) RULE_##name,
#define REASON(error, rule, lacks, works)
#include "wallet/reason.def"
#undef RULE
#undef REASON
};

static const struct rule_row {
    const char *name, *en, *zh, *when, *when_zh;
} rules[] = {
#define RULE(name, en, zh, when, when_zh) [RULE_##name] = {#name, en, zh, when, when_zh},
#define REASON(error, rule, lacks, works)
#include "wallet/reason.def"
#undef RULE
#undef REASON
};

static const struct row {
    enum err code;
    enum rule rule;
    enum reason_short lacks;
    unsigned works;
} rows[] = {
#define RULE(name, en, zh, when, when_zh)
#define REASON(error, rule, lacks, works) {ERR_##error, RULE_##rule, SHORT_##lacks, works},
#include "wallet/reason.def"
#undef RULE
#undef REASON
};

static const struct reason_work_row works[] = {
    {WORK_READ, "read", "Bills and balance can be read", "查看账单和零钱"},
    {WORK_RECEIVE, "receive", "Receiving money", "收款"},
    {WORK_CARD, "card", "Paying by card", "用银行卡付款"},
    {WORK_BALANCE, "balance", "Paying from the balance", "用零钱付款"},
    {WORK_TRANSFER, "transfer", "Transfers", "转账"},
    {WORK_WITHDRAW, "withdraw", "Withdrawing to an own card", "提现到本人的卡"},
};

const struct reason_work_row *reason_works(size_t *count) {
    *count = sizeof works / sizeof works[0];
    return works;
}

bool reason_of(enum err code, struct reason_row *out) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code != code) continue;
        const struct rule_row *rule = &rules[rows[i].rule];
        *out = (struct reason_row){.code = code,
                                   .rule = rule->name,
                                   .en = rule->en,
                                   .zh = rule->zh,
                                   .when = rule->when,
                                   .when_zh = rule->when_zh,
                                   .lacks = rows[i].lacks,
                                   .works = rows[i].works};
        return true;
    }
    return false;
}

bool reason_short_by(const struct fault *fault, int64_t asked, int64_t *out) {
    struct reason_row row;
    if (!reason_of(fault->code, &row) || row.lacks == SHORT_NONE) return false;
    *out = row.lacks == SHORT_AMOUNT ? fault->amount : asked - fault->left;
    return *out > 0;
}
