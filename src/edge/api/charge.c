/* SPDX-License-Identifier: Apache-2.0 */
/* Charges: a till scans the payment code of a customer. */
#include "wallet/charge.h"

#include "edge/api/bill.h"
#include "wallet/paycode.h"
#include "wallet/person.h"

/* {"charge": …}: who pays as a shop may know it, and why not in the words for a shop. */
static void charge_answer(struct api_call *call, struct db *db, const struct charge *charge) {
    char payer[PARTY_NAME_BYTES] = "";
    struct person person;
    struct fault reason;
    if (person_find(db, call->keys, charge->payer, &person))
        bill_person_name(person.nickname, person.name_masked, payer);
    json_begin_object(call->out);
    json_key(call->out, "charge");
    json_begin_object(call->out);
    api_key_id(call, "id", ID_CHARGE, charge->id.n);
    json_key_str(call->out, "state", charge_state_name(charge->state));
    json_key_i64(call->out, "amount", charge->amount.fen);
    json_key_str(call->out, "note", charge->note);
    json_key_str(call->out, "payer", payer);
    json_key_time(call->out, "created_at", charge->created_ms);
    json_key_time(call->out, "expires_at", charge->due_ms);
    json_key_time(call->out, "ended_at", charge->ended_ms);
    if (charge->payment.n) api_key_id(call, "payment_id", ID_PAYMENT, charge->payment.n);
    else json_key_null(call->out, "payment_id");
    json_key(call->out, "reason");
    if (charge_reason(charge->state) != ERR_OK) {
        fault_set(&reason, charge_reason(charge->state));
        json_begin_object(call->out);
        api_reason_keys(call->out, &reason);
        json_end_object(call->out);
    } else {
        json_none(call->out);
    }
    json_end_object(call->out);
    json_end_object(call->out);
}

static const struct api_field open_fields[] = {
    FIELD_ID(struct charge_open_cmd, merchant.n, "id", ID_MERCHANT, REQUIRED | IN_PATH, "one of my shops"),
    {.name = "code",
     .type = F_DIGITS,
     .flags = REQUIRED,
     .offset = offsetof(struct charge_open_cmd, code),
     .min = PAYCODE_DIGITS,
     .max = PAYCODE_DIGITS,
     .wrong = ERR_PAYCODE_UNKNOWN,
     .about = "the customer's payment code, as scanned or typed"},
    FIELD_MONEY(struct charge_open_cmd, amount, "amount", REQUIRED, "fen"),
    FIELD_ID(struct charge_open_cmd, till.n, "till_id", ID_TILL, OPTIONAL, "at which till"),
    FIELD_TEXT(struct charge_open_cmd, note, "note", OPTIONAL, 0, NOTE_MAX, "what for"),
};

static enum err charge_post(struct api_call *call, struct tx *tx) {
    struct charge charge;
    enum err err = charge_open(tx, &call->actor, call->body, &call->fault, &charge);
    if (err == ERR_OK) charge_answer(call, tx->db, &charge);
    return err;
}

struct one_body {
    struct merchant_id merchant;
    struct charge_id charge;
};
static const struct api_field one_fields[] = {
    FIELD_ID(struct one_body, merchant.n, "id", ID_MERCHANT, REQUIRED | IN_PATH, "one of my shops"),
    FIELD_ID(struct one_body, charge.n, "charge_id", ID_CHARGE, REQUIRED | IN_PATH, "one of its charges"),
};

static enum err charge_get(struct api_call *call, struct view *view) {
    const struct one_body *body = call->body;
    struct charge charge;
    enum err err =
        charge_own(view->db, &call->actor, body->merchant, body->charge, view->now_ms, &call->fault, &charge);
    if (err == ERR_OK) charge_answer(call, view->db, &charge);
    return err;
}

static enum err cancel_post(struct api_call *call, struct tx *tx) {
    const struct one_body *body = call->body;
    struct charge charge;
    enum err err = charge_cancel(tx, &call->actor, body->merchant, body->charge, &call->fault, &charge);
    if (err == ERR_OK) charge_answer(call, tx->db, &charge);
    return err;
}

const struct api_route charge_routes[] = {
    {HTTP_POST, "/v1/merchants/{id}/charges", WHO_PERSON, API_WRITE,
     API_FIELDS(open_fields, struct charge_open_cmd), .run.write = charge_post, .status = 201,
     .about = "Charge a customer's payment code: paid at once, or waiting for the customer's PIN",
     .answer = "ChargeAnswer"},
    {HTTP_GET, "/v1/merchants/{id}/charges/{charge_id}", WHO_PERSON, API_READ,
     API_FIELDS(one_fields, struct one_body), .run.read = charge_get, .about = "How a charge stands",
     .answer = "ChargeAnswer"},
    {HTTP_POST, "/v1/merchants/{id}/charges/{charge_id}/cancel", WHO_PERSON, API_WRITE,
     API_FIELDS(one_fields, struct one_body), .run.write = cancel_post, .about = "Take a waiting charge back",
     .answer = "ChargeAnswer"},
};
const size_t charge_routes_count = API_COUNT(charge_routes);
