/* SPDX-License-Identifier: Apache-2.0 */
/* The route tables of all nouns; to add a noun, add its line: its name, and what /docs calls it. */
#include "edge/api/api.h"

// clang-format off
#define ROUTES(X) \
    X(announce, "Announcements", "公告") \
    X(balance, "Balance", "零钱") \
    X(bill, "Bills", "账单") \
    X(card, "Cards", "银行卡") \
    X(case, "Cases", "问题") \
    X(closing, "Closing a wallet", "注销") \
    X(charge, "Charges of payment codes", "扫码收款") \
    X(code, "One-time codes", "验证码") \
    X(demo, "The sandbox", "沙箱") \
    X(device, "Devices", "设备") \
    X(explain, "Why this balance", "零钱说明") \
    X(freeze, "Freezes", "冻结") \
    X(help, "Help centre", "帮助") \
    X(document, "Photos of the ID card", "身份证照片") \
    X(limit, "Limits", "额度") \
    X(merchant, "Shops and orders", "商家和订单") \
    X(meta, "The server", "服务器") \
    X(metrics, "Figures", "指标") \
    X(notice, "Notices", "通知") \
    X(openapi, "This page", "接口文档") \
    X(paycode, "Payment code", "付款码") \
    X(payment, "Payments", "付款记录") \
    X(person, "People", "用户") \
    X(pin, "Payment PIN", "支付密码") \
    X(pin_reset, "Forgotten PIN", "忘记支付密码") \
    X(pocket, "Pocket", "小金库") \
    X(purchase, "Purchases", "消费") \
    X(realname, "Real name", "实名认证") \
    X(recount, "Adding up again", "重新核对") \
    X(recovery, "Forgotten password", "忘记密码") \
    X(scan, "Scanned codes", "扫码") \
    X(selfcheck, "Self-check", "自查") \
    X(session, "Signing in", "登录") \
    X(settlement, "Settlements", "结算") \
    X(status, "What rests", "状态") \
    X(takings, "Takings", "流水") \
    X(till, "Tills and waiters", "收银台和店员") \
    X(timeline, "The balance over time", "零钱走势") \
    X(topup, "Top-ups", "充值") \
    X(transfer, "Transfers", "转账") \
    X(withdrawal, "Withdrawals", "提现")
// clang-format on

#define DECLARE(noun, en, zh)                      \
    extern const struct api_route noun##_routes[]; \
    extern const size_t noun##_routes_count;
ROUTES(DECLARE)

const struct api_routes api_routes[] = {
#define ROW(noun, en, zh) {#noun, en, zh, noun##_routes, &noun##_routes_count},
    ROUTES(ROW)};
const size_t api_routes_count = API_COUNT(api_routes);
