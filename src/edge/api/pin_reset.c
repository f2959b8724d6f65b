/* SPDX-License-Identifier: Apache-2.0 */
/* A forgotten payment PIN: who one is and one's card, then the bank's code and the new PIN. */
#include "wallet/pin_reset.h"

#include "edge/api/card.h"
#include "wallet/issuer.h"
#include "wallet/realname.h"

struct reset_body {
    struct pin_reset_cmd cmd;
};
static const struct api_field reset_fields[] = {
    FIELD_SECRET(struct reset_body, cmd.name, "name", REQUIRED, 1, 40, "the verified name, whole"),
    FIELD_SECRET(struct reset_body, cmd.id_number, "id_number", REQUIRED, ID_NUMBER_PLACES, ID_NUMBER_PLACES,
                 "its ID number"),
    FIELD_SECRET(struct reset_body, cmd.card_number, "card_number", REQUIRED, CARD_DIGITS_MIN,
                 CARD_DIGITS_MAX, "the whole number of a bound card"),
    FIELD_PHONE(struct reset_body, cmd.phone, "the phone that the bank knows"),
};

struct reset_prepared {
    enum err verdict;
    struct bank_check check;
};

static enum err reset_prepare(struct api_call *call) {
    const struct reset_body *body = call->body;
    struct reset_prepared *prepared = arena_alloc(&call->request->arena, sizeof *prepared);
    struct view view;
    struct fault fault;
    int bank = 0;
    prepared->verdict = ERR_OVERLOADED;
    call->prepared = prepared;
    enum err err = api_look_begin(call, &view);
    bool worth_asking = !err && pin_reset_begin(&view, &call->actor, &body->cmd, &fault, &bank) == ERR_OK;
    api_look_end(call);
    if (worth_asking) {
        struct bank_elements elements = {.message = card_message(call, "pin"),
                                         .bank = bank,
                                         .name = body->cmd.name,
                                         .id_number = body->cmd.id_number,
                                         .card_number = body->cmd.card_number,
                                         .phone = body->cmd.phone};
        prepared->verdict =
            bank_check_elements(api_config_of(call->api)->bank, &elements, &prepared->check, &fault);
    }
    return err;
}

static enum err reset_post(struct api_call *call, struct tx *tx) {
    const struct reset_body *body = call->body;
    const struct reset_prepared *prepared = call->prepared;
    struct pin_reset reset;
    enum err err =
        pin_reset_ask(tx, &call->actor, &body->cmd, prepared->verdict, &prepared->check, &call->fault, &reset);
    if (err) return err;
    json_begin_object(call->out);
    api_key_id(call, "reset_id", ID_PIN_RESET, reset.id);
    json_key_str(call->out, "sent_to", reset.sent_to);
    json_key_time(call->out, "expires_at", reset.expires_ms);
    json_end_object(call->out);
    return ERR_OK;
}

struct confirm_body {
    uint64_t id;
    struct text code, pin;
};
static const struct api_field confirm_fields[] = {
    FIELD_ID(struct confirm_body, id, "id", ID_PIN_RESET, REQUIRED | IN_PATH, "what the first step gave"),
    FIELD_CODE(struct confirm_body, code, "the bank's code"),
    FIELD_PIN(struct confirm_body, pin, "pin", REQUIRED, "the new PIN, six digits"),
};

static enum err confirm_prepare(struct api_call *call) {
    const struct confirm_body *body = call->body;
    enum err *verdict = arena_alloc(&call->request->arena, sizeof *verdict);
    struct bank_grant grant;
    struct pin_reset reset;
    struct view view;
    struct fault fault;
    *verdict = ERR_OVERLOADED;
    call->prepared = verdict;
    enum err err = api_look_begin(call, &view);
    bool worth_asking = !err && pin_reset_look(view.db, view.keys, view.now_ms, &call->actor, body->id,
                                               body->pin, &fault, &reset) == ERR_OK;
    api_look_end(call);
    if (worth_asking)
        *verdict = bank_confirm(api_config_of(call->api)->bank, reset.bank, text_of(reset.reference),
                                body->code, &grant, &fault);
    crypto_wipe(&grant, sizeof grant);
    return err;
}

static enum err confirm_post(struct api_call *call, struct tx *tx) {
    const struct confirm_body *body = call->body;
    enum err err = pin_reset_confirm(tx, &call->actor, body->id, body->pin, *(const enum err *)call->prepared,
                                     &call->fault);
    if (err) return err;
    api_end_streams(call);
    json_begin_object(call->out);
    json_key(call->out, "pin");
    json_begin_object(call->out);
    json_key_bool(call->out, "set", true);
    json_key_null(call->out, "locked_until");
    json_end_object(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route pin_reset_routes[] = {
    {HTTP_POST, "/v1/pin/reset", WHO_PERSON, API_WRITE, API_FIELDS(reset_fields, struct reset_body),
     .prepare = reset_prepare, .run.write = reset_post, .status = 201,
     .about = "A forgotten PIN: who I am and my card; its bank sends a code", .answer = "PinReset"},
    {HTTP_POST, "/v1/pin/reset/{id}/confirm", WHO_PERSON, API_WRITE,
     API_FIELDS(confirm_fields, struct confirm_body), .prepare = confirm_prepare, .run.write = confirm_post,
     .about = "A forgotten PIN: the bank's code and the new PIN", .answer = "PinAnswer"},
};
const size_t pin_reset_routes_count = API_COUNT(pin_reset_routes);
