/* SPDX-License-Identifier: Apache-2.0 */
/* Payments: where one stands now. */
#include "edge/api/bill.h"

struct one_body {
    struct payment_id id;
};
static const struct api_field one_fields[] = {
    FIELD_ID(struct one_body, id.n, "id", ID_PAYMENT, REQUIRED | IN_PATH, "one of my payments"),
};

static enum err payment_get(struct api_call *call, struct view *view) {
    const struct one_body *body = call->body;
    struct bill bill;
    enum err err = bill_payment(view, &call->actor, body->id, &call->fault, &bill);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key(call->out, "payment");
    payment_value(call, view->db, &bill);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route payment_routes[] = {
    {HTTP_GET, "/v1/payments/{id}", WHO_PERSON, API_READ, API_FIELDS(one_fields, struct one_body),
     .run.read = payment_get, .about = "One of my payments, as it stands", .answer = "PaymentAnswer"},
};
const size_t payment_routes_count = API_COUNT(payment_routes);
