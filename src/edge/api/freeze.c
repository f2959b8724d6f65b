/* SPDX-License-Identifier: Apache-2.0 */
/* Freezes: what is frozen of one's wallet and why, freezing it oneself, and lifting that. */
#include "wallet/freeze.h"

#include <stdio.h>

#include "base/rand.h"
#include "edge/api/api.h"
#include "wallet/code.h"

static void functions_key(struct json_out *out, int64_t functions) {
    size_t count;
    const struct function_row *rows = function_rows(&count);
    json_key(out, "functions");
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) {
        if (!(functions & FUNCTION_BIT(rows[i].function))) continue;
        json_begin_object(out);
        json_key_str(out, "function", rows[i].name);
        json_key_str(out, "label", rows[i].label);
        json_key_str(out, "label_zh", rows[i].label_zh);
        json_end_object(out);
    }
    json_end_array(out);
}

static const char *state_name(enum freeze_state state) {
    switch (state) {
    case FREEZE_STANDING: return "standing";
    case FREEZE_RELEASED: return "released";
    case FREEZE_EXPIRED: return "expired";
    case FREEZE_WAITING: break; /* not shown to people */
    }
    return "unknown";
}

static void freeze_value(struct api_call *call, const struct freeze *freeze) {
    struct json_out *out = call->out;
    const struct freeze_reason_row *reason = freeze_reason_row(freeze->reason);
    const struct freeze_kind_row *kind = freeze_kind_row(reason->kind);
    const struct freeze_scope_row *scope = freeze_scope_row(freeze->scope);
    json_begin_object(out);
    api_key_id(call, "id", ID_FREEZE, freeze->id.n);
    json_key_str(out, "kind", kind->name);
    json_key_str(out, "kind_label", kind->label);
    json_key_str(out, "kind_label_zh", kind->label_zh);
    json_key_str(out, "reason", reason->name);
    json_key_str(out, "reason_label", reason->label);
    json_key_str(out, "reason_label_zh", reason->label_zh);
    json_key_str(out, "scope", scope->name);
    json_key_str(out, "stops", scope->label);
    json_key_str(out, "stops_zh", scope->label_zh);
    json_key_str(out, "works", scope->works);
    json_key_str(out, "works_zh", scope->works_zh);
    json_key_str(out, "send", reason->send);
    json_key_str(out, "send_zh", reason->send_zh);
    functions_key(out, freeze->functions);
    json_key_i64(out, "amount", freeze->amount.fen);
    json_key_i64(out, "held", freeze->held.fen);
    json_key_i64(out, "taken", freeze->taken.fen);
    json_key_str(out, "document", freeze->document);
    json_key_str(out, "state", state_name(freeze->state));
    json_key_time(out, "since", freeze->begun_ms);
    json_key_time(out, "until", freeze->expires_ms);
    json_key_time(out, "ended_at", freeze->ended_ms);
    json_key_bool(out, "can_lift", freeze->state == FREEZE_STANDING && reason->kind == FREEZE_SELF);
    json_end_object(out);
}

static enum err freezes_get(struct api_call *call, struct view *view) {
    struct freeze freezes[FREEZES_LISTED_MAX];
    size_t count = freeze_list(view->db, call->actor.person, true, freezes, FREEZES_LISTED_MAX);
    json_begin_object(call->out);
    json_key_bool(call->out, "frozen", count > 0 && freezes[0].state == FREEZE_STANDING);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) freeze_value(call, &freezes[i]);
    json_end_array(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

static void freeze_answer(struct api_call *call, const struct freeze *freeze) {
    json_begin_object(call->out);
    json_key(call->out, "freeze");
    freeze_value(call, freeze);
    json_end_object(call->out);
}

static enum err freezes_post(struct api_call *call, struct tx *tx) {
    struct freeze freeze;
    enum err err = freeze_self(tx, &call->actor, &call->fault, &freeze);
    if (err == ERR_OK) freeze_answer(call, &freeze);
    return err;
}

static enum err code_post(struct api_call *call, struct tx *tx) {
    struct code_sent sent;
    char code[CODE_BYTES];
    snprintf(code, sizeof code, "%06u", (unsigned)rand_below(1000000));
    enum err err = freeze_send_code(tx, &call->actor, code, call->request->peer, &call->fault, &sent);
    crypto_wipe(code, sizeof code);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key_str(call->out, "sent_to", sent.sent_to);
    json_key_time(call->out, "expires_at", sent.expires_ms);
    json_key_time(call->out, "resend_at", sent.resend_ms);
    json_end_object(call->out);
    return ERR_OK;
}

struct lift_body {
    struct freeze_id id;
    struct text pin, code;
};
static const struct api_field lift_fields[] = {
    FIELD_ID(struct lift_body, id.n, "id", ID_FREEZE, REQUIRED | IN_PATH, "the freeze, one's own"),
    FIELD_PIN(struct lift_body, pin, "pin", REQUIRED, "the payment PIN"),
    FIELD_CODE(struct lift_body, code, "the code that was sent"),
};

static enum err lift_post(struct api_call *call, struct tx *tx) {
    const struct lift_body *body = call->body;
    struct freeze freeze;
    enum err err = freeze_lift(tx, &call->actor, body->id, body->pin, body->code, &call->fault, &freeze);
    if (err == ERR_OK) freeze_answer(call, &freeze);
    return err;
}

const struct api_route freeze_routes[] = {
    {HTTP_GET, "/v1/freezes", WHO_PERSON, API_READ, .run.read = freezes_get,
     .about = "What is frozen of my wallet, why, what goes on and what helps; then what was",
     .answer = "Freezes"},
    {HTTP_POST, "/v1/freezes", WHO_PERSON, API_WRITE, .run.write = freezes_post, .flags = API_ANYTIME,
     .status = 201, .about = "Freeze my wallet: nothing leaves it any more", .answer = "FreezeAnswer"},
    {HTTP_POST, "/v1/freezes/code", WHO_PERSON, API_WRITE, .run.write = code_post,
     .about = "Send the code that lifts my own freeze to my phone", .answer = "CodeSent"},
    {HTTP_POST, "/v1/freezes/{id}/lift", WHO_PERSON, API_WRITE, API_FIELDS(lift_fields, struct lift_body),
     .run.write = lift_post, .about = "Lift my own freeze, with PIN and code", .answer = "FreezeAnswer"},
};
const size_t freeze_routes_count = API_COUNT(freeze_routes);
