/* SPDX-License-Identifier: Apache-2.0 */
/* Limits: the table that the settings make. What a person has used of it: person show. */
#include "wallet/limit.h"

#include "edge/control/command.h"

enum { TIERS = 3 };

static enum err run_limits(struct errand *errand) {
    const struct wallet_rules *rules = &errand->room->config->settings->rules;
    const struct limit_count nothing = {0};
    struct limit_line lines[LIMITS];
    struct json_out *out = errand->out;
    json_key(out, "limits");
    json_begin_array(out);
    for (int tier = 1; tier <= TIERS; tier++) {
        size_t count = limit_lines(rules, tier, 0, &nothing, NULL, lines);
        for (size_t i = 0; i < count; i++) {
            json_begin_object(out);
            json_key_i64(out, "tier", tier);
            json_key_str(out, "limit", limit_name(lines[i].name));
            json_key_i64(out, "most", lines[i].most_fen);
            json_key_bool(out, "for_ever", lines[i].until_ms == 0);
            json_end_object(out);
        }
    }
    json_end_array(out);
    json_key_i64(out, "payment_most", rules->payment_max_fen);
    json_key_i64(out, "without_pin_most", rules->paycode_free_fen);
    json_key_i64(out, "without_pin_a_day", rules->paycode_free_per_day);
    json_key_i64(out, "withdrawal_free", rules->withdrawal_free_fen);
    json_key_i64(out, "withdrawal_fee_min", rules->withdrawal_fee_min_fen);
    json_key_i64(out, "withdrawal_rate", rules->withdrawal_rate);
    json_key_i64(out, "merchant_rate", rules->merchant_rate);
    return ERR_OK;
}

const struct command_row limit_commands[] = {
    {.words = "limits",
     .about = "what may leave a balance at each tier, and what it costs; rates in hundredths of a percent",
     .run = run_limits},
};
const size_t limit_commands_count = COMMAND_COUNT(limit_commands);
