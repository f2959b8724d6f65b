/* SPDX-License-Identifier: Apache-2.0 */
/* Why this balance: the figure taken apart, its true causes with their evidence, now or as of a moment that was. */
#include "wallet/explain.h"

#include "base/civil.h"
#include "edge/api/answer.h"
#include "edge/api/api.h"
#include "edge/api/limit.h"

struct explain_body {
    struct text at, since, bill;
};
static const struct api_field explain_fields[] = {
    FIELD_TEXT(struct explain_body, at, "at", OPTIONAL | IN_QUERY, 20, 40,
               "as of this moment (RFC 3339); now unless given"),
    FIELD_TEXT(struct explain_body, bill, "bill", OPTIONAL | IN_QUERY, PUBLIC_ID_SIZE, PUBLIC_ID_SIZE,
               "as of the moment just before this bill of mine, or of this refusal"),
    FIELD_TEXT(struct explain_body, since, "since", OPTIONAL | IN_QUERY, 20, 40,
               "when I last saw my balance: movements since then are told"),
};

static enum err question_of(struct api_call *call, const struct explain_body *body,
                            struct explain_question *out) {
    if (body->at.n && body->bill.n) return fault_field(&call->fault, ERR_BAD_FIELD, "/bill");
    if (body->at.n && !civil_parse(body->at, &out->at_ms))
        return fault_field(&call->fault, ERR_BAD_FIELD, "/at");
    if (body->since.n && !civil_parse(body->since, &out->since_ms))
        return fault_field(&call->fault, ERR_BAD_FIELD, "/since");
    if (body->bill.n && !keys_id_read(call->keys, ID_PAYMENT, body->bill, &out->bill.n) &&
        !keys_id_read(call->keys, ID_REFUSAL, body->bill, &out->refusal))
        return fault_set(&call->fault, ERR_NOT_FOUND);
    return ERR_OK;
}

static void words_keys(struct api_call *call, const struct explain_cause *cause) {
    static const struct {
        const char *key;
        enum err_language lang;
        bool title;
    } words[] = {{"title", LANG_EN, true},
                 {"title_zh", LANG_ZH, true},
                 {"text", LANG_EN, false},
                 {"text_zh", LANG_ZH, false}};
    struct buf buf;
    buf_init(&buf, 1024);
    for (size_t i = 0; i < API_COUNT(words); i++) {
        buf_clear(&buf);
        cause_text(cause, words[i].lang, words[i].title, &buf);
        json_key_str(call->out, words[i].key, buf_text(&buf));
    }
    buf_release(&buf);
}

static void bill_id_key(struct api_call *call, const char *key, struct payment_id id) {
    if (id.n) api_key_id(call, key, ID_PAYMENT, id.n);
    else json_key_null(call->out, key);
}

static void cause_value(struct api_call *call, const struct explain_cause *cause) {
    const struct cause_row *row = cause_row(cause->cause);
    json_begin_object(call->out);
    json_key_str(call->out, "cause", row->name);
    json_key_i64(call->out, "number", row->cause);
    words_keys(call, cause);
    json_key_i64(call->out, "amount", cause->amount.fen);
    json_key_i64(call->out, "count", cause->count);
    json_key_time(call->out, "until", cause->until_ms);
    bill_id_key(call, "bill_id", cause->bill);
    json_key_str(call->out, "help", row->help);
    json_key(call->out, "next");
    answer_next(call->out, row->help, row->next);
    json_end_object(call->out);
}

static void holds_key(struct api_call *call, const char *key, const struct explain_hold *holds, size_t count) {
    json_key(call->out, key);
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) {
        const struct explain_hold *hold = &holds[i];
        struct explain_cause named = {.cause = hold->cause, .amount = hold->amount, .until_ms = hold->until_ms};
        text_keep(text_of(hold->name), named.name, sizeof named.name);
        text_keep(text_of(hold->name_en), named.name_en, sizeof named.name_en);
        json_begin_object(call->out);
        json_key_str(call->out, "reason", cause_row(hold->cause)->name);
        words_keys(call, &named);
        json_key_i64(call->out, "amount", hold->amount.fen);
        json_key_str(call->out, "owner", hold->name);
        json_key_time(call->out, "since", hold->since_ms);
        json_key_time(call->out, "until", hold->until_ms);
        bill_id_key(call, "bill_id", hold->bill);
        json_end_object(call->out);
    }
    json_end_array(call->out);
}

static void moves_key(struct api_call *call, const char *key, const struct explain_moves *moves) {
    json_key(call->out, key);
    json_begin_object(call->out);
    json_key_i64(call->out, "count", moves->count);
    json_key_i64(call->out, "sum", moves->sum_fen);
    json_key(call->out, "largest");
    json_begin_array(call->out);
    for (size_t i = 0; i < moves->shown; i++) {
        const struct explain_move *move = &moves->largest[i];
        json_begin_object(call->out);
        bill_id_key(call, "bill_id", move->bill);
        json_key_str(call->out, "kind", payment_kind_name(move->kind));
        json_key_str(call->out, "direction", move->side == BILL_OUT ? "out" : "in");
        json_key_i64(call->out, "amount", move->amount.fen);
        json_key_str(call->out, "name", move->name);
        json_key_time(call->out, "at", move->at_ms);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    json_end_object(call->out);
}

/* A figure that is being checked is none. */
static void figure_key(struct api_call *call, const struct explain *e, const char *key, int64_t fen) {
    if (e->withheld) json_key_null(call->out, key);
    else json_key_i64(call->out, key, fen);
}

static void explain_value(struct api_call *call, const struct explain *e) {
    json_begin_object(call->out);
    json_key_time(call->out, "at", e->at_ms);
    json_key_bool(call->out, "past", e->past);
    json_key_bool(call->out, "being_checked", e->withheld);
    json_key_bool(call->out, "stopped", e->stopped);
    figure_key(call, e, "posted", e->posted);
    figure_key(call, e, "held", e->held);
    figure_key(call, e, "available", e->available);
    json_key_i64(call->out, "coming", e->coming_fen);
    json_key_i64(call->out, "other_held", e->other_held);
    json_key_i64(call->out, "pocket", e->pocket);
    json_key_time(call->out, "as_of", e->time_ms);
    api_key_id(call, "sequence", ID_ENTRY, e->sequence.n);
    holds_key(call, "holds", e->holds, e->holds_count);
    holds_key(call, "coming_items", e->coming, e->coming_count);
    json_key_bool(call->out, "whole", !e->holds_cut);
    moves_key(call, "out", &e->out);
    moves_key(call, "in", &e->in);
    json_key_time(call->out, "moves_since", e->window_ms);
    json_key(call->out, "limits");
    json_begin_array(call->out);
    for (size_t i = 0; i < e->limits_count; i++) limit_value(call, &e->limits[i]);
    json_end_array(call->out);
    json_key(call->out, "causes");
    json_begin_array(call->out);
    for (size_t i = 0; i < e->causes_count; i++) cause_value(call, &e->causes[i]);
    json_end_array(call->out);
    json_end_object(call->out);
}

static enum err explain_get(struct api_call *call, struct view *view) {
    struct explain_question question = {0};
    enum err err = question_of(call, call->body, &question);
    if (err != ERR_OK) return err;
    if (call->has_device) question.device = call->device_hash;
    if (call->app_old) question.app_old = arena_copy(&call->request->arena, call->app.p, call->app.n);
    struct explain *told = arena_alloc(&call->request->arena, sizeof *told);
    err = explain(view, &call->actor, &question, &call->fault, told);
    if (err == ERR_OK) explain_value(call, told);
    return err;
}

const struct api_route explain_routes[] = {
    {HTTP_GET, "/v1/balance/explain", WHO_PERSON, API_READ, API_FIELDS(explain_fields, struct explain_body),
     .run.read = explain_get,
     .about = "Why my balance is what it is, or was: what is held, and the true causes in order",
     .answer = "Explain", .flags = API_INDEX},
};
const size_t explain_routes_count = API_COUNT(explain_routes);
