/* SPDX-License-Identifier: Apache-2.0 */
/* The self-check: what could stand in the way, one after the other. */
#include "wallet/selfcheck.h"

#include "edge/api/answer.h"
#include "edge/api/api.h"
#include "wallet/help.h"

static void words_keys(struct api_call *call, const struct selfcheck_result *result) {
    static const struct {
        const char *key;
        enum err_language lang;
    } words[] = {{"text", LANG_EN}, {"text_zh", LANG_ZH}};
    const struct selfcheck_row *row = selfcheck_row(result->check);
    struct buf buf;
    buf_init(&buf, 1024);
    for (size_t i = 0; i < API_COUNT(words); i++) {
        buf_clear(&buf);
        if (result->cause.cause) cause_text(&result->cause, words[i].lang, true, &buf);
        else if (result->fault.code) fault_text(&result->fault, words[i].lang, &buf);
        else buf_add_text(&buf, words[i].lang == LANG_ZH ? row->ok_zh : row->ok);
        json_key_str(call->out, words[i].key, buf_text(&buf));
    }
    buf_release(&buf);
}

static void result_value(struct api_call *call, const struct selfcheck_result *result) {
    static const char *const states[] =
        {[SELFCHECK_WELL] = "well", [SELFCHECK_LOOK] = "look", [SELFCHECK_STOPS] = "stops"};
    const struct selfcheck_row *row = selfcheck_row(result->check);
    const struct cause_row *cause = cause_row(result->cause.cause);
    json_begin_object(call->out);
    json_key_str(call->out, "check", row->name);
    json_key_str(call->out, "label", row->label);
    json_key_str(call->out, "label_zh", row->label_zh);
    json_key_str(call->out, "state", states[result->state]);
    json_key_str(call->out, "cause", cause ? cause->name : NULL);
    words_keys(call, result);
    json_key(call->out, "next");
    if (cause) answer_next(call->out, cause->help, cause->next);
    else if (result->fault.code)
        answer_next(call->out, help_for(result->fault.code), err_row(result->fault.code)->next);
    else answer_next(call->out, NULL, NEXT_NONE);
    json_end_object(call->out);
}

struct selfcheck_body {
    int64_t amount;
};
static const struct api_field selfcheck_fields[] = {
    FIELD_INT(struct selfcheck_body, amount, "amount", OPTIONAL | IN_QUERY, 1, MONEY_MAX,
              "fen, what could not be paid from the balance"),
};

static enum err selfcheck_get(struct api_call *call, struct view *view) {
    const struct selfcheck_body *body = call->body;
    struct explain_question question = {0};
    struct selfcheck_result results[SELFCHECKS];
    if (call->has_device) question.device = call->device_hash;
    if (call->app_old) question.app_old = arena_copy(&call->request->arena, call->app.p, call->app.n);
    enum err err =
        selfcheck(view, &call->actor, &question, (struct money){body->amount}, &call->fault, results);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < SELFCHECKS; i++) result_value(call, &results[i]);
    json_end_array(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route selfcheck_routes[] = {
    {HTTP_GET, "/v1/selfcheck", WHO_PERSON, API_READ, API_FIELDS(selfcheck_fields, struct selfcheck_body),
     .run.read = selfcheck_get,
     .about = "What could stand in the way of paying, in the order of the help article",
     .answer = "Selfcheck", .flags = API_INDEX},
};
const size_t selfcheck_routes_count = API_COUNT(selfcheck_routes);
