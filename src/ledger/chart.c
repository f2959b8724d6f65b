/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/chart.h"

#include "ledger/entry.h"

static const struct chart_row chart[] = {
    {CHART_PERSON, SIDE_LIABILITY, ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS, "balance", "零钱", "person"},
    {CHART_PERSON_HOLD, SIDE_LIABILITY, ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS, "held balance", "冻结零钱",
     "person"},
    {CHART_MERCHANT, SIDE_LIABILITY, ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS, "shop takings", "商户货款",
     "merchant"},
    {CHART_BANK_SETTLEMENT, SIDE_ASSET, 0, "bank settlement", "银行结算户", "bank"},
    {CHART_FEES, SIDE_INCOME, 0, "fees", "手续费收入", "none"},
    {CHART_POCKET, SIDE_LIABILITY, ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS, "pocket", "小金库", "person"},
    {CHART_AUTHORITY, SIDE_LIABILITY, ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS, "taken for authorities",
     "待付有权机关", "none"},
    {CHART_SUSPENSE, SIDE_LIABILITY, 0, "suspense", "待查款项", "none"},
};

static const struct movement_row movements[] = {
    {MOVEMENT_TOPUP, "top-up", "充值"},
    {MOVEMENT_PURCHASE, "purchase", "消费"},
    {MOVEMENT_PURCHASE_CARD_IN, "card money of a purchase", "消费的银行卡入账"},
    {MOVEMENT_TRANSFER, "transfer", "转账"},
    {MOVEMENT_REFUND, "refund", "退款"},
    {MOVEMENT_WITHDRAWAL, "withdrawal", "提现"},
    {MOVEMENT_FEE, "fee", "手续费"},
    {MOVEMENT_SETTLEMENT, "settlement", "结算"},
    {MOVEMENT_REFUND_CARD_OUT, "card money of a refund", "退款到银行卡"},
    {MOVEMENT_POCKET, "pocket", "小金库存取"},
    {MOVEMENT_TAKING, "taking by an authority", "司法扣划"},
    {MOVEMENT_CLOSING, "closing", "销户"},
    {MOVEMENT_FREEZE, "freeze", "冻结"},
};

const struct chart_row *chart_rows(size_t *count) {
    *count = sizeof chart / sizeof chart[0];
    return chart;
}

const struct chart_row *chart_row(uint16_t code) {
    for (size_t i = 0; i < sizeof chart / sizeof chart[0]; i++)
        if (chart[i].code == code) return &chart[i];
    return NULL;
}

const struct movement_row *movement_rows(size_t *count) {
    *count = sizeof movements / sizeof movements[0];
    return movements;
}

const struct movement_row *movement_row(uint16_t code) {
    for (size_t i = 0; i < sizeof movements / sizeof movements[0]; i++)
        if (movements[i].code == code) return &movements[i];
    return NULL;
}
