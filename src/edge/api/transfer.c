/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers: whom a phone or a code names, sending, and what the payee does with it. */
#include "wallet/transfer.h"

#include "edge/api/bill.h"
#include "edge/api/payee.h"
#include "wallet/payee.h"

static void payee_value(struct api_call *call, const struct person *payee, bool by_phone) {
    json_begin_object(call->out);
    api_key_id(call, "id", ID_PERSON, payee->id.n);
    json_key_str(call->out, "name", payee->name_masked);
    json_key_str(call->out, "nickname", payee->nickname);
    json_key_str(call->out, "phone", by_phone ? payee->phone_masked : NULL);
    json_end_object(call->out);
}

void payee_key(struct api_call *call, const struct person *payee, bool by_phone) {
    json_key(call->out, "payee");
    payee_value(call, payee, by_phone);
}

/* --- whom --- */

struct preview_body {
    struct text phone, code;
};
static const struct api_field preview_fields[] = {
    {.name = "phone",
     .type = F_DIGITS,
     .offset = offsetof(struct preview_body, phone),
     .min = PHONE_DIGITS,
     .max = PHONE_DIGITS,
     .wrong = ERR_BAD_PHONE,
     .about = "the payee's phone, or"},
    FIELD_TEXT(struct preview_body, code, "code", OPTIONAL, 1, 256, "the payee's code"),
};

static enum err preview_post(struct api_call *call, struct view *view) {
    const struct preview_body *body = call->body;
    struct payee payee = {0};
    struct person person;
    if ((body->phone.n == 0) == (body->code.n == 0))
        return fault_field(&call->fault, ERR_MISSING_FIELD, "/phone");
    if (body->code.n && (payee_read(call->keys, body->code, &payee) != ERR_OK || payee.kind != PAYEE_PERSON))
        return fault_field(&call->fault, ERR_CODE_UNREADABLE, "/code");
    enum err err = transfer_payee(view->db, call->keys, &call->actor, (struct person_id){payee.id},
                                  body->phone, &call->fault, &person);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    payee_key(call, &person, body->phone.n > 0);
    json_end_object(call->out);
    return ERR_OK;
}

/* For a start without typing: at most TRANSFER_RECENT_MAX, one page. */
static enum err recent_get(struct api_call *call, struct view *view) {
    struct person people[TRANSFER_RECENT_MAX];
    size_t count = transfer_recent(view, &call->actor, people, TRANSFER_RECENT_MAX);
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) payee_value(call, &people[i], false);
    json_end_array(call->out);
    json_key_null(call->out, "next_cursor");
    json_end_object(call->out);
    return ERR_OK;
}

/* --- sending --- */

struct send_body {
    struct transfer_cmd cmd;
};
static const struct api_field send_fields[] = {
    FIELD_ID(struct send_body, cmd.payee.n, "payee_id", ID_PERSON, REQUIRED, "who is to have it"),
    FIELD_MONEY(struct send_body, cmd.amount, "amount", REQUIRED, "fen"),
    FIELD_TEXT(struct send_body, cmd.note, "note", OPTIONAL, 0, NOTE_MAX, "what the payer writes"),
    FIELD_CHOICE(struct send_body, cmd.arrival, "arrival", arrival_names, OPTIONAL,
                 "when it arrives; until then the payer may recall it; as in the settings unless given"),
    FIELD_PIN(struct send_body, cmd.pin, "pin", REQUIRED, "the payment PIN"),
};

static enum err send_post(struct api_call *call, struct tx *tx) {
    const struct send_body *body = call->body;
    struct payment payment;
    enum err err = transfer_send(tx, &call->actor, &body->cmd, &call->fault, &payment);
    if (err == ERR_OK) payment_answer(call, tx->db, &payment);
    return err;
}

/* --- how transfers arrive unless said --- */

struct settings_body {
    int arrival;
};
static const struct api_field settings_fields[] = {
    FIELD_CHOICE(struct settings_body, arrival, "arrival", arrival_names, REQUIRED,
                 "unless a transfer says another"),
};

static void settings_answer(struct api_call *call, int arrival) {
    json_begin_object(call->out);
    json_key_str(call->out, "arrival", arrival_names[arrival]);
    json_end_object(call->out);
}

static enum err settings_get(struct api_call *call, struct view *view) {
    (void)view;
    settings_answer(call, call->actor.arrival);
    return ERR_OK;
}

static enum err settings_put(struct api_call *call, struct tx *tx) {
    const struct settings_body *body = call->body;
    transfer_prefer(tx, &call->actor, (enum arrival)body->arrival);
    settings_answer(call, body->arrival);
    return ERR_OK;
}

/* --- what payee and payer do with it --- */

struct decide_body {
    struct payment_id id;
};
static const struct api_field decide_fields[] = {
    FIELD_ID(struct decide_body, id.n, "id", ID_PAYMENT, REQUIRED | IN_PATH, "a transfer of mine"),
};

static enum err accept_post(struct api_call *call, struct tx *tx) {
    const struct decide_body *body = call->body;
    struct payment payment;
    enum err err = transfer_accept(tx, &call->actor, body->id, &call->fault, &payment);
    if (err == ERR_OK) payment_answer(call, tx->db, &payment);
    return err;
}

static enum err return_post(struct api_call *call, struct tx *tx) {
    const struct decide_body *body = call->body;
    struct payment payment;
    enum err err = transfer_return(tx, &call->actor, body->id, &call->fault, &payment);
    if (err == ERR_OK) payment_answer(call, tx->db, &payment);
    return err;
}

static enum err recall_post(struct api_call *call, struct tx *tx) {
    const struct decide_body *body = call->body;
    struct payment payment;
    enum err err = transfer_recall(tx, &call->actor, body->id, &call->fault, &payment);
    if (err == ERR_OK) payment_answer(call, tx->db, &payment);
    return err;
}

const struct api_route transfer_routes[] = {
    {HTTP_GET, "/v1/payees/recent", WHO_PERSON, API_READ, .run.read = recent_get,
     .about = "Whom I sent money to last, each once, ten at most", .answer = "Payees"},
    {HTTP_GET, "/v1/transfers/settings", WHO_PERSON, API_READ, .run.read = settings_get,
     .about = "When my transfers arrive unless said", .answer = "TransferSettings"},
    {HTTP_PUT, "/v1/transfers/settings", WHO_PERSON, API_WRITE,
     API_FIELDS(settings_fields, struct settings_body), .run.write = settings_put,
     .about = "Choose when my transfers arrive unless said", .answer = "TransferSettings"},
    {HTTP_POST, "/v1/transfers/preview", WHO_PERSON, API_READ,
     API_FIELDS(preview_fields, struct preview_body), .run.read = preview_post,
     .about = "Whom a phone or a code names, before sending", .answer = "PayeeAnswer", .rate = RATE_LOOKUP},
    {HTTP_POST, "/v1/transfers", WHO_PERSON, API_WRITE, API_FIELDS(send_fields, struct send_body),
     .run.write = send_post, .status = 201, .function = FUNCTION_TRANSFER,
     .about = "Send money to a person, who accepts it between arrives_at and expires_at, or it returns",
     .answer = "PaymentAnswer"},
    {HTTP_POST, "/v1/transfers/{id}/accept", WHO_PERSON, API_WRITE,
     API_FIELDS(decide_fields, struct decide_body), .run.write = accept_post, .function = FUNCTION_RECEIVE,
     .about = "Accept what was sent to me", .answer = "PaymentAnswer"},
    {HTTP_POST, "/v1/transfers/{id}/return", WHO_PERSON, API_WRITE,
     API_FIELDS(decide_fields, struct decide_body), .run.write = return_post,
     .about = "Send back what was sent to me", .answer = "PaymentAnswer"},
    {HTTP_POST, "/v1/transfers/{id}/recall", WHO_PERSON, API_WRITE,
     API_FIELDS(decide_fields, struct decide_body), .run.write = recall_post,
     .about = "Take back what I sent and what has not arrived yet", .answer = "PaymentAnswer"},
};
const size_t transfer_routes_count = API_COUNT(transfer_routes);
