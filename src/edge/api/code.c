/* SPDX-License-Identifier: Apache-2.0 */
/* One-time codes: asked for by anybody, for any phone; the answer is the same whether the phone has a wallet or not. */
#include "wallet/code.h"

#include <stdio.h>

#include "base/rand.h"
#include "edge/api/api.h"

static const char *const purposes[] = {"register", "login", "password", "phone", NULL};
static const enum code_purpose purpose_of[] = {CODE_REGISTER, CODE_LOGIN, CODE_PASSWORD, CODE_PHONE};

struct code_body {
    struct text phone;
    int purpose;
};
static const struct api_field code_fields[] = {
    FIELD_PHONE(struct code_body, phone, "where to send it"),
    FIELD_CHOICE(struct code_body, purpose, "purpose", purposes, REQUIRED, "what the code will be good for"),
};

static enum err code_post(struct api_call *call, struct tx *tx) {
    const struct code_body *body = call->body;
    struct code_sent sent;
    struct code_send_cmd cmd = {.phone = body->phone,
                                .purpose = purpose_of[body->purpose],
                                .address = call->request->peer};
    snprintf(cmd.code, sizeof cmd.code, "%06u", (unsigned)rand_below(1000000));
    enum err err = code_send(tx, &cmd, &call->fault, &sent);
    crypto_wipe(cmd.code, sizeof cmd.code);
    if (err) return err;
    json_begin_object(call->out);
    json_key_str(call->out, "sent_to", sent.sent_to);
    json_key_time(call->out, "expires_at", sent.expires_ms);
    json_key_time(call->out, "resend_at", sent.resend_ms);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route code_routes[] = {
    {HTTP_POST, "/v1/codes", WHO_ANYONE, API_WRITE, API_FIELDS(code_fields, struct code_body),
     .run.write = code_post, .flags = API_NO_KEY | API_ANYTIME, .about = "Send a one-time code by SMS",
     .answer = "CodeSent"},
};
const size_t code_routes_count = API_COUNT(code_routes);
