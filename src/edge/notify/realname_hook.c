/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/notify/realname_hook.h"

#include "kit/json/json_in.h"
#include "kit/json/json_out.h"

/* -1: it said neither yes nor no. */
static int match_of(const struct bank_reply *reply) {
    json_t *answer = NULL;
    if (reply->status != 200 || json_read_object(reply->body, &answer) != ERR_OK) return -1;
    const json_t *match = json_object_get(answer, "match");
    int said = json_is_true(match) ? 1 : json_is_false(match) ? 0 : -1;
    json_decref(answer);
    return said;
}

static enum err hook_check(struct realname_provider *provider, struct text name, struct text id_number,
                           struct fault *fault) {
    struct realname_hook *hook = (struct realname_hook *)provider;
    struct bank_exchange exchange;
    struct bank_reply reply;
    exchange_init(&exchange, &hook->line);
    exchange.call.path = "/v1/realname-checks";
    struct json_out out = json_out_to(&exchange.call.body);
    json_begin_object(&out);
    json_key_text(&out, "name", name);
    json_key_text(&out, "id_number", id_number);
    json_end_object(&out);
    exchange_begin(&exchange);
    bool answered = exchange_done(&exchange, curl_easy_perform(exchange.curl), &reply) == EXCHANGE_ANSWERED;
    int match = answered ? match_of(&reply) : -1;
    crypto_wipe(exchange.call.body.bytes, exchange.call.body.size);
    exchange_release(&exchange);
    if (match < 0) return fault_set(fault, ERR_REALNAME_OUT_OF_REACH);
    return match ? ERR_OK : fault_set(fault, ERR_REALNAME_REJECTED);
}

enum err realname_hook_open(const char *url, const char *secret_path, int timeout_ms,
                            struct realname_hook *out, char words[ENVELOPE_WORDS_MAX]) {
    *out = (struct realname_hook){.provider = {hook_check}};
    return bank_line_open(url, secret_path, timeout_ms, &out->line, words);
}

void realname_hook_close(struct realname_hook *hook) {
    if (hook->line.url[0]) bank_line_close(&hook->line);
}
