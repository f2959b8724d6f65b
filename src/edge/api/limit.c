/* SPDX-License-Identifier: Apache-2.0 */
/* Limits: what may leave the balance, what of it is used, and what raises it. */
#include "edge/api/limit.h"

#include "edge/api/answer.h"
#include "wallet/tier.h"

void limit_value(struct api_call *call, const struct limit_line *line) {
    const struct limit_words *words = limit_words(line->name);
    int64_t left = line->most_fen > line->used_fen ? line->most_fen - line->used_fen : 0;
    json_begin_object(call->out);
    json_key_str(call->out, "limit", limit_name(line->name));
    json_key_str(call->out, "label", words->label);
    json_key_str(call->out, "label_zh", words->label_zh);
    json_key_str(call->out, "about", words->about);
    json_key_str(call->out, "about_zh", words->about_zh);
    json_key_i64(call->out, "most", line->most_fen);
    json_key_i64(call->out, "used", line->used_fen);
    json_key_i64(call->out, "left", left);
    json_key_time(call->out, "resets_at", line->until_ms);
    json_end_object(call->out);
}

/* Tier 0 has none: nothing may be paid. */
static enum err limits_get(struct api_call *call, struct view *view) {
    struct limit_line lines[LIMITS];
    struct limit_count count;
    int tier = call->actor.tier;
    limit_read(view->db, call->actor.person, &count);
    size_t lines_count = tier > 0 ? limit_lines(view->rules, tier, view->now_ms, &count, NULL, lines) : 0;
    json_begin_object(call->out);
    json_key_i64(call->out, "tier", tier);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < lines_count; i++) limit_value(call, &lines[i]);
    json_end_array(call->out);
    json_key(call->out, "next");
    answer_next(call->out, NULL, tier_next(view->db, call->actor.person, tier));
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route limit_routes[] = {
    {HTTP_GET, "/v1/limits", WHO_PERSON, API_READ, .run.read = limits_get,
     .about = "What may leave my balance: used, left, and when it begins anew", .answer = "Limits"},
};
const size_t limit_routes_count = API_COUNT(limit_routes);
