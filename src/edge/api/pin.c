/* SPDX-License-Identifier: Apache-2.0 */
/* The payment PIN: set it, change it. */
#include "wallet/pin.h"

#include "edge/api/api.h"

struct pin_body {
    struct pin_set_cmd cmd;
};
static const struct api_field pin_fields[] = {
    FIELD_PIN(struct pin_body, cmd.pin, "pin", REQUIRED, "the new PIN, six digits"),
    FIELD_PIN(struct pin_body, cmd.old_pin, "old_pin", OPTIONAL, "the PIN so far, when there is one"),
};

static enum err pin_put(struct api_call *call, struct tx *tx) {
    const struct pin_body *body = call->body;
    enum err err = pin_set(tx, &call->actor, &body->cmd, &call->fault);
    if (err) return err;
    json_begin_object(call->out);
    json_key(call->out, "pin");
    json_begin_object(call->out);
    json_key_bool(call->out, "set", true);
    json_key_null(call->out, "locked_until");
    json_end_object(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route pin_routes[] = {
    {HTTP_PUT, "/v1/pin", WHO_PERSON, API_WRITE, API_FIELDS(pin_fields, struct pin_body),
     .run.write = pin_put, .about = "Set or change the payment PIN", .answer = "PinAnswer"},
};
const size_t pin_routes_count = API_COUNT(pin_routes);
