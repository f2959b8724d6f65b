/* SPDX-License-Identifier: Apache-2.0 */
/* Limits: what may leave the balance, what of it is used, and what raises it. */
#include "wallet/limit.h"

#include "edge/api/answer.h"
#include "edge/api/api.h"

static const struct {
    const char *label, *label_zh, *about, *about_zh;
} words[LIMITS] = {
    [LIMIT_LIFE] = {"For life", "终身额度", "With a verified name only. A bank card raises it.",
                    "只认证姓名时的额度,添加银行卡可提高。"},
    [LIMIT_YEAR] = {"This year", "今年额度", "Payments and transfers from the balance.", "用零钱付款和转账。"},
    [LIMIT_DAY_FREE] = {"Today, without a PIN", "今天免密", "By payment code, without the PIN.",
                        "付款码免密支付。"},
    [LIMIT_DAY_PIN] = {"Today, with the PIN", "今天验密", "From the balance with your PIN.",
                       "用零钱付款并输入支付密码。"},
    [LIMIT_DAY_STATIC] =
        {"Today, codes on the wall", "今天静态码",
         "From the balance by a shop's printed code; codes with an amount are not counted here.",
         "用零钱扫店里贴的码;带金额的码不算在内。"},
};

static void line_value(struct api_call *call, const struct limit_line *line) {
    int64_t left = line->most_fen > line->used_fen ? line->most_fen - line->used_fen : 0;
    json_begin_object(call->out);
    json_key_str(call->out, "limit", limit_name(line->name));
    json_key_str(call->out, "label", words[line->name].label);
    json_key_str(call->out, "label_zh", words[line->name].label_zh);
    json_key_str(call->out, "about", words[line->name].about);
    json_key_str(call->out, "about_zh", words[line->name].about_zh);
    json_key_i64(call->out, "most", line->most_fen);
    json_key_i64(call->out, "used", line->used_fen);
    json_key_i64(call->out, "left", left);
    json_key_time(call->out, "resets_at", line->until_ms);
    json_end_object(call->out);
}

/* Tier 0 has none: nothing may be paid, and the name is the next step. */
static enum err limits_get(struct api_call *call, struct view *view) {
    static const unsigned raises[] = {NEXT_VERIFY_NAME, NEXT_BIND_CARD, NEXT_NONE, NEXT_NONE};
    struct limit_line lines[LIMITS];
    struct limit_count count;
    int tier = call->actor.tier;
    limit_read(view->db, call->actor.person, &count);
    size_t lines_count = tier > 0 ? limit_lines(view->rules, tier, view->now_ms, &count, NULL, lines) : 0;
    json_begin_object(call->out);
    json_key_i64(call->out, "tier", tier);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < lines_count; i++) line_value(call, &lines[i]);
    json_end_array(call->out);
    json_key(call->out, "next");
    answer_next(call->out, ERR_OK, raises[tier < 3 ? tier : 3]);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route limit_routes[] = {
    {HTTP_GET, "/v1/limits", WHO_PERSON, API_READ, .run.read = limits_get,
     .about = "What may leave my balance: used, left, and when it begins anew", .answer = "Limits"},
};
const size_t limit_routes_count = API_COUNT(limit_routes);
