/* SPDX-License-Identifier: Apache-2.0 */
/* Why money may be frozen, of what kind that is, and what it stops: the tables and their words. */
#include "wallet/freeze.h"

static const struct freeze_reason_row reasons[] = {
    {FREEZE_BY_COURT, FREEZE_COURT, "court", "order of an authority", "有权机关冻结",
     "Ask the authority named here; only it can lift this.", "请联系这里写明的机关,只有它可以解除。"},
    {FREEZE_BY_DEATH, FREEZE_DECEASED, "deceased", "estate being settled", "继承办理中",
     "The heirs' papers: death certificate, and the notary's certificate of inheritance.",
     "请继承人提供死亡证明和继承公证书。"},
    {FREEZE_BY_IDENTITY, FREEZE_COMPLIANCE, "identity", "ID card expired", "身份证过期",
     "A photo of both sides of your new ID card.", "请提供新身份证的正反面照片。"},
    {FREEZE_BY_LOSS, FREEZE_SECURITY, "lost", "reported lost", "已挂失",
     "Say that the phone is yours again; we compare your ID card.",
     "请告诉我们手机已找回或换新,我们会核对身份证。"},
    {FREEZE_BY_STAFF, FREEZE_RISK, "unusual", "unusual activity", "异常操作保护",
     "Say what you did; for a large payment, for what it was.", "请说明最近的操作;大额的请说明用途。"},
    {FREEZE_BY_PERSON, FREEZE_SELF, "self", "frozen by you", "你自己冻结",
     "Send nothing: your PIN and a code to your phone lift it.",
     "不用提供材料:输入支付密码和短信验证码就能解除。"},
    {FREEZE_BY_PINS, FREEZE_RISK, "pins", "many wrong PINs", "密码多次输错",
     "Say whether it was you who typed the PIN.", "请说明是不是你本人输错了支付密码。"},
    {FREEZE_BY_PAYEES, FREEZE_RISK, "payees", "many new payees", "短时间多个新收款人",
     "Say who the people are whom you sent money to.", "请说明这些收款人是谁、为什么转账。"},
    {FREEZE_BY_HABIT, FREEZE_RISK, "habit", "unusually large", "金额远超平时",
     "Say what the large payment is for.", "请说明这笔大额付款的用途。"},
    {FREEZE_BY_DEVICE, FREEZE_RISK, "device", "new device", "新设备大额付款",
     "Say whether the new device is yours.", "请说明新登录的设备是不是你的。"},
    {FREEZE_BY_BOOKS, FREEZE_BOOKS, "books", "our books being checked", "账目核对中",
     "Send nothing: this is our fault, and we tell you the result.",
     "不用提供材料:是我们的问题,有结果会通知你。"},
};

static const struct freeze_kind_row kinds[] = {
    {FREEZE_COURT, "court", "Order of a court or an authority", "司法或有权机关冻结"},
    {FREEZE_DECEASED, "deceased", "The owner has died", "所有人去世"},
    {FREEZE_COMPLIANCE, "compliance", "Papers to be renewed", "资料待更新"},
    {FREEZE_SECURITY, "security", "Reported lost", "挂失"},
    {FREEZE_RISK, "risk", "To protect your money", "安全保护"},
    {FREEZE_SELF, "self", "Frozen by yourself", "自己冻结"},
    {FREEZE_BOOKS, "books", "Our own check", "我们在核对账目"},
};

static const struct freeze_scope_row scopes[] = {
    {FREEZE_DEBITS, "debits", "What leaves: paying, sending, withdrawing", "支出:付款、转账、提现",
     "Receiving, topping up, bills and all else", "收钱、充值、查账单等都可以"},
    {FREEZE_CREDITS, "credits", "What comes in: receiving, topping up", "收入:收钱、充值",
     "Paying, sending, withdrawing, bills and all else", "付款、转账、提现、查账单等都可以"},
    {FREEZE_BOTH, "both", "What leaves and what comes in", "支出和收入",
     "Seeing your balance, bills and this page", "可以查看零钱、账单和这个页面"},
    {FREEZE_AMOUNT, "amount", "A part of the balance", "零钱里的一部分",
     "What is above that part, receiving, and paying by card", "超出的部分照常使用,也可以收钱、用银行卡付款"},
    {FREEZE_FUNCTION, "function", "Some functions", "部分功能", "Everything else", "其他功能都可以"},
};

#define TABLE(name, row_type, table)                    \
    const struct row_type *name##_rows(size_t *count) { \
        *count = sizeof(table) / sizeof(table)[0];      \
        return table;                                   \
    }
TABLE(freeze_reason, freeze_reason_row, reasons)
TABLE(freeze_kind, freeze_kind_row, kinds)
TABLE(freeze_scope, freeze_scope_row, scopes)

const struct freeze_reason_row *freeze_reason_row(enum freeze_reason reason) {
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].reason == reason) return &reasons[i];
    return &reasons[FREEZE_BY_STAFF - 1]; /* a row that was bent: the audit finds it */
}

const struct freeze_kind_row *freeze_kind_row(enum freeze_kind kind) {
    size_t at = 0;
    while (at + 1 < sizeof kinds / sizeof kinds[0] && kinds[at].kind != kind) at++;
    return &kinds[at];
}

const struct freeze_scope_row *freeze_scope_row(enum freeze_scope scope) {
    size_t at = 0;
    while (at + 1 < sizeof scopes / sizeof scopes[0] && scopes[at].scope != scope) at++;
    return &scopes[at];
}
