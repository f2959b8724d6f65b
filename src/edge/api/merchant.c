/* SPDX-License-Identifier: Apache-2.0 */
/* Shops: opening one, its name, its codes for an amount, giving back. */
#include "wallet/merchant.h"

#include "edge/api/bill.h"
#include "edge/api/merchant.h"
#include "wallet/refund.h"
#include "wallet/waiter.h"

void payee_code_key(struct api_call *call, enum payee_kind kind, uint64_t id) {
    char text[PAYEE_TEXT_MAX];
    payee_show(call->keys, (struct payee){kind, id}, text);
    json_key_str(call->out, "code", text);
}

static void merchant_value(struct api_call *call, struct db *db, const struct stand *stand) {
    const struct merchant *merchant = &stand->merchant;
    struct till till;
    json_begin_object(call->out);
    api_key_id(call, "id", ID_MERCHANT, merchant->id.n);
    json_key_str(call->out, "name", merchant->name);
    payee_code_key(call, PAYEE_MERCHANT, merchant->id.n);
    json_key_str(call->out, "role", stand->owner ? "owner" : "waiter");
    json_key(call->out, "till");
    if (stand->till.n && till_find(db, stand->till, &till)) till_value(call, &till);
    else json_none(call->out);
    json_key_time(call->out, "created_at", merchant->created_ms);
    json_end_object(call->out);
}

static enum err own_answer(struct api_call *call, struct db *db, const struct merchant *merchant) {
    struct stand stand = {.merchant = *merchant, .owner = true};
    json_begin_object(call->out);
    json_key(call->out, "merchant");
    merchant_value(call, db, &stand);
    json_end_object(call->out);
    return ERR_OK;
}

/* --- opening, listing --- */

struct open_body {
    struct text name;
};
static const struct api_field open_fields[] = {
    FIELD_TEXT(struct open_body, name, "name", REQUIRED, 1, MERCHANT_NAME_MAX, "as payers see it"),
};

static enum err merchant_post(struct api_call *call, struct tx *tx) {
    const struct open_body *body = call->body;
    struct merchant merchant;
    enum err err = merchant_add(tx, &call->actor, body->name, &call->fault, &merchant);
    return err == ERR_OK ? own_answer(call, tx->db, &merchant) : err;
}

struct rename_body {
    struct merchant_id merchant;
    struct text name;
};
static const struct api_field rename_fields[] = {
    FIELD_SHOP(struct rename_body, merchant),
    FIELD_TEXT(struct rename_body, name, "name", REQUIRED, 1, MERCHANT_NAME_MAX,
               "as payers see it from now on"),
};

static enum err merchant_put(struct api_call *call, struct tx *tx) {
    const struct rename_body *body = call->body;
    struct merchant merchant;
    enum err err = merchant_rename(tx, &call->actor, body->merchant, body->name, &call->fault, &merchant);
    return err == ERR_OK ? own_answer(call, tx->db, &merchant) : err;
}

static enum err merchants_get(struct api_call *call, struct view *view) {
    enum { STANDS_MAX = 2 * MERCHANTS_LISTED_MAX };
    struct stand *stands = arena_alloc(&call->request->arena, STANDS_MAX * sizeof *stands);
    size_t count = waiter_stands(view->db, &call->actor, stands, STANDS_MAX);
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) merchant_value(call, view->db, &stands[i]);
    json_end_array(call->out);
    json_key_null(call->out, "next_cursor");
    json_end_object(call->out);
    return ERR_OK;
}

/* --- orders --- */

/* {"order": …}; "paying" is open outside, with the payment that is under way. */
static void order_answer(struct api_call *call, struct db *db, const struct order *order) {
    static const char *const states[] =
        {[ORDER_OPEN] = "open", [ORDER_PAYING] = "open", [ORDER_PAID] = "paid", [ORDER_CLOSED] = "closed"};
    struct bill bill;
    json_begin_object(call->out);
    json_key(call->out, "order");
    json_begin_object(call->out);
    api_key_id(call, "id", ID_ORDER, order->id.n);
    payee_code_key(call, PAYEE_ORDER, order->id.n);
    json_key_i64(call->out, "amount", order->amount.fen);
    json_key_str(call->out, "note", order->note);
    json_key_str(call->out, "state", states[order->state]);
    json_key_time(call->out, "expires_at", order->expires_ms);
    json_key(call->out, "payment");
    if (order->payment.n && bill_of_payment(db, order->payment, call->actor.person, &bill)) {
        json_begin_object(call->out);
        api_key_id(call, "id", ID_PAYMENT, bill.payment.id.n);
        json_key_str(call->out, "payer", bill.party_name);
        json_key_time(call->out, "at", bill.payment.updated_ms);
        json_end_object(call->out);
    } else {
        json_none(call->out);
    }
    json_end_object(call->out);
    json_end_object(call->out);
}

struct order_body {
    struct order_cmd cmd;
};
static const struct api_field order_fields[] = {
    FIELD_SHOP(struct order_body, cmd.merchant),
    FIELD_MONEY(struct order_body, cmd.amount, "amount", REQUIRED, "fen"),
    FIELD_TEXT(struct order_body, cmd.note, "note", OPTIONAL, 0, NOTE_MAX, "what for"),
    FIELD_ID(struct order_body, cmd.till.n, "till_id", ID_TILL, OPTIONAL, "at which till"),
};

static enum err order_post(struct api_call *call, struct tx *tx) {
    const struct order_body *body = call->body;
    struct order order;
    enum err err = order_open(tx, &call->actor, &body->cmd, &call->fault, &order);
    if (err == ERR_OK) order_answer(call, tx->db, &order);
    return err;
}

struct one_body {
    struct merchant_id merchant;
    struct order_id order;
};
static const struct api_field one_fields[] = {
    FIELD_SHOP(struct one_body, merchant),
    FIELD_ID(struct one_body, order.n, "order_id", ID_ORDER, REQUIRED | IN_PATH, "one of its orders"),
};

static enum err order_get(struct api_call *call, struct view *view) {
    const struct one_body *body = call->body;
    struct stand stand;
    struct order order;
    enum err err = waiter_stand(view->db, &call->actor, body->merchant, &call->fault, &stand);
    if (err != ERR_OK) return err;
    if (!order_find(view->db, body->order, view->now_ms, &order) || order.merchant.n != body->merchant.n ||
        (stand.till.n && order.till.n != stand.till.n))
        return fault_set(&call->fault, ERR_NOT_FOUND);
    order_answer(call, view->db, &order);
    return ERR_OK;
}

static enum err close_post(struct api_call *call, struct tx *tx) {
    const struct one_body *body = call->body;
    struct order order;
    enum err err = order_close(tx, &call->actor, body->merchant, body->order, &call->fault, &order);
    if (err == ERR_OK) order_answer(call, tx->db, &order);
    return err;
}

/* --- giving back --- */

struct refund_body {
    struct refund_cmd cmd;
};
static const struct api_field refund_fields[] = {
    FIELD_ID(struct refund_body, cmd.merchant.n, "id", ID_MERCHANT, REQUIRED | IN_PATH, "one of my shops"),
    FIELD_ID(struct refund_body, cmd.purchase.n, "payment_id", ID_PAYMENT, REQUIRED | IN_PATH,
             "one of its takings"),
    FIELD_MONEY(struct refund_body, cmd.amount, "amount", OPTIONAL, "fen; all that is left unless given"),
    FIELD_TEXT(struct refund_body, cmd.reason, "reason", OPTIONAL, 0, NOTE_MAX, "as both sides see it"),
    FIELD_PIN(struct refund_body, cmd.pin, "pin", REQUIRED, "the owner's payment PIN"),
};

static void refund_value(struct api_call *call, struct db *db, const struct payment *refund) {
    struct bill bill;
    bill_of_payment(db, refund->id, call->actor.person, &bill);
    payment_value(call, db, &bill);
}

static enum err refund_post(struct api_call *call, struct tx *tx) {
    const struct refund_body *body = call->body;
    struct refund_made made;
    enum err err = refund_begin(tx, &call->actor, &body->cmd, &call->fault, &made);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key(call->out, "payment");
    refund_value(call, tx->db, &made.parts[0]);
    json_key(call->out, "parts");
    json_begin_array(call->out);
    for (size_t i = 0; i < made.count; i++) refund_value(call, tx->db, &made.parts[i]);
    json_end_array(call->out);
    json_key_i64(call->out, "left", made.left.fen);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route merchant_routes[] = {
    {HTTP_POST, "/v1/merchants", WHO_PERSON, API_WRITE, API_FIELDS(open_fields, struct open_body),
     .run.write = merchant_post, .status = 201, .about = "Open a shop", .answer = "MerchantAnswer"},
    {HTTP_PUT, "/v1/merchants/{id}", WHO_PERSON, API_WRITE, API_FIELDS(rename_fields, struct rename_body),
     .run.write = merchant_put, .about = "Give a shop another name; old bills keep the old one",
     .answer = "MerchantAnswer"},
    {HTTP_GET, "/v1/merchants", WHO_PERSON, API_READ, .run.read = merchants_get,
     .about = "My shops, and those where I am a waiter", .answer = "Merchants"},
    {HTTP_POST, "/v1/merchants/{id}/orders", WHO_PERSON, API_WRITE,
     API_FIELDS(order_fields, struct order_body), .run.write = order_post, .status = 201,
     .about = "A code for one amount, paid once", .answer = "OrderAnswer"},
    {HTTP_GET, "/v1/merchants/{id}/orders/{order_id}", WHO_PERSON, API_READ,
     API_FIELDS(one_fields, struct one_body), .run.read = order_get, .about = "How an order stands",
     .answer = "OrderAnswer"},
    {HTTP_POST, "/v1/merchants/{id}/orders/{order_id}/close", WHO_PERSON, API_WRITE,
     API_FIELDS(one_fields, struct one_body), .run.write = close_post, .about = "Close an order unpaid",
     .answer = "OrderAnswer"},
    {HTTP_POST, "/v1/merchants/{id}/payments/{payment_id}/refunds", WHO_PERSON, API_WRITE,
     API_FIELDS(refund_fields, struct refund_body), .run.write = refund_post, .status = 201,
     .function = FUNCTION_REFUND, .about = "Give a payment back, whole or in part, to where it came from",
     .answer = "RefundAnswer"},
};
const size_t merchant_routes_count = API_COUNT(merchant_routes);
