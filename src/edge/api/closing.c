/* SPDX-License-Identifier: Apache-2.0 */
/* Closing a wallet: what stands in the way, and the end. */
#include "wallet/closing.h"

#include "edge/api/api.h"

static enum err closing_get(struct api_call *call, struct view *view) {
    struct fault reasons[CLOSING_REASONS_MAX];
    size_t count = closing_reasons(view, &call->actor, reasons);
    json_begin_object(call->out);
    json_key_bool(call->out, "can_close", count == 0);
    json_key(call->out, "reasons");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(call->out);
        api_reason_keys(call->out, &reasons[i]);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

struct close_body {
    struct text pin;
};
static const struct api_field close_fields[] = {
    FIELD_PIN(struct close_body, pin, "pin", OPTIONAL, "the payment PIN, when one is set"),
};

static enum err close_post(struct api_call *call, struct tx *tx) {
    const struct close_body *body = call->body;
    enum err err = closing_close(tx, &call->actor, body->pin, &call->fault);
    if (err) return err;
    api_end_session(call);
    api_end_streams(call);
    json_begin_object(call->out);
    json_key_bool(call->out, "closed", true);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route closing_routes[] = {
    {HTTP_GET, "/v1/me/closing", WHO_PERSON, API_READ, .run.read = closing_get,
     .about = "Whether my wallet can be closed, and all that stands in the way", .answer = "Closing"},
    {HTTP_POST, "/v1/me/close", WHO_PERSON, API_WRITE, API_FIELDS(close_fields, struct close_body),
     .run.write = close_post, .about = "Close my wallet for good", .answer = "Closed"},
};
const size_t closing_routes_count = API_COUNT(closing_routes);
