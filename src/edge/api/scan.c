/* SPDX-License-Identifier: Apache-2.0 */
/* Codes: what one says, and the person's own. */
#include "edge/api/payee.h"
#include "wallet/merchant.h"
#include "wallet/payee.h"
#include "wallet/till.h"
#include "wallet/transfer.h"

struct scan_body {
    struct text text;
};
static const struct api_field scan_fields[] = {
    FIELD_TEXT(struct scan_body, text, "text", REQUIRED, 1, 512, "what the code says"),
};

static void code_key(struct api_call *call, struct payee payee) {
    char text[PAYEE_TEXT_MAX];
    payee_show(call->keys, payee, text);
    json_key_str(call->out, "code", text);
}

/* order: NULL for a shop's own code. */
static enum err shop_answer(struct api_call *call, struct view *view, struct merchant_id id,
                            const struct order *order, struct payee payee) {
    struct merchant shop;
    if (!merchant_find(view->db, id, &shop)) return fault_set(&call->fault, ERR_PAYEE_UNKNOWN);
    json_begin_object(call->out);
    json_key_str(call->out, "kind", "merchant");
    json_key(call->out, "merchant");
    json_begin_object(call->out);
    api_key_id(call, "id", ID_MERCHANT, shop.id.n);
    json_key_str(call->out, "name", shop.name);
    json_end_object(call->out);
    json_key_null(call->out, "payee");
    code_key(call, payee);
    if (order) {
        json_key_i64(call->out, "amount", order->amount.fen);
        api_key_id(call, "order_id", ID_ORDER, order->id.n);
    } else {
        json_key_null(call->out, "amount");
        json_key_null(call->out, "order_id");
    }
    json_key_str(call->out, "note", order ? order->note : "");
    json_end_object(call->out);
    return ERR_OK;
}

static enum err till_answer(struct api_call *call, struct view *view, struct payee payee) {
    struct till till;
    if (!till_find(view->db, (struct till_id){payee.id}, &till))
        return fault_set(&call->fault, ERR_PAYEE_UNKNOWN);
    return shop_answer(call, view, till.merchant, NULL, payee);
}

static enum err order_answer(struct api_call *call, struct view *view, struct payee payee) {
    struct order order;
    if (!order_find(view->db, (struct order_id){payee.id}, view->now_ms, &order))
        return fault_set(&call->fault, ERR_PAYEE_UNKNOWN);
    enum err err = order_payable(&order, order.amount, &call->fault);
    return err == ERR_OK ? shop_answer(call, view, order.merchant, &order, payee) : err;
}

static enum err payee_answer(struct api_call *call, struct view *view, struct payee payee,
                             const struct payee_ask *ask) {
    struct person person;
    enum err err = transfer_payee(view->db, call->keys, &call->actor, (struct person_id){payee.id},
                                  (struct text){0}, &call->fault, &person);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key_str(call->out, "kind", "person");
    json_key_null(call->out, "merchant");
    payee_key(call, &person, false);
    code_key(call, payee);
    if (ask->amount.fen) json_key_i64(call->out, "amount", ask->amount.fen);
    else json_key_null(call->out, "amount");
    json_key_null(call->out, "order_id");
    json_key_text(call->out, "note", ask->note);
    json_end_object(call->out);
    return ERR_OK;
}

static enum err scan_post(struct api_call *call, struct view *view) {
    const struct scan_body *body = call->body;
    struct payee payee;
    struct payee_ask ask;
    enum err err = payee_read_ask(call->keys, body->text, &payee, &ask);
    if (err != ERR_OK) return fault_field(&call->fault, err, "/text");
    switch (payee.kind) {
    case PAYEE_MERCHANT: return shop_answer(call, view, (struct merchant_id){payee.id}, NULL, payee);
    case PAYEE_ORDER: return order_answer(call, view, payee);
    case PAYEE_TILL: return till_answer(call, view, payee);
    case PAYEE_PERSON: return payee_answer(call, view, payee, &ask);
    }
    return fault_set(&call->fault, ERR_CODE_UNREADABLE);
}

static enum err receive_get(struct api_call *call, struct view *view) {
    (void)view;
    json_begin_object(call->out);
    code_key(call, (struct payee){PAYEE_PERSON, call->actor.person.n});
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route scan_routes[] = {
    {HTTP_POST, "/v1/scan", WHO_PERSON, API_READ, API_FIELDS(scan_fields, struct scan_body),
     .run.read = scan_post, .about = "What a scanned code says, and whom it would pay", .answer = "Scan",
     .rate = RATE_LOOKUP},
    {HTTP_GET, "/v1/receive", WHO_PERSON, API_READ, .run.read = receive_get,
     .about = "My own code, for those who pay me", .answer = "Receive"},
};
const size_t scan_routes_count = API_COUNT(scan_routes);
