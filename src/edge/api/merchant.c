/* SPDX-License-Identifier: Apache-2.0 */
/* Shops: opening one, its codes for an amount, and what a day brought. */
#include "wallet/merchant.h"

#include <stdio.h>

#include "base/civil.h"
#include "edge/api/bill.h"
#include "wallet/payee.h"
#include "wallet/refund.h"

static void code_key(struct api_call *call, enum payee_kind kind, uint64_t id) {
    char text[PAYEE_TEXT_MAX];
    payee_show(call->keys, (struct payee){kind, id}, text);
    json_key_str(call->out, "code", text);
}

static void merchant_value(struct api_call *call, const struct merchant *merchant) {
    json_begin_object(call->out);
    api_key_id(call, "id", ID_MERCHANT, merchant->id.n);
    json_key_str(call->out, "name", merchant->name);
    code_key(call, PAYEE_MERCHANT, merchant->id.n);
    json_key_time(call->out, "created_at", merchant->created_ms);
    json_end_object(call->out);
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
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key(call->out, "merchant");
    merchant_value(call, &merchant);
    json_end_object(call->out);
    return ERR_OK;
}

static enum err merchants_get(struct api_call *call, struct view *view) {
    enum { LISTED_MAX = 100 };
    struct merchant *merchants = arena_alloc(&call->request->arena, LISTED_MAX * sizeof *merchants);
    size_t count = merchant_list(view->db, call->actor.person, merchants, LISTED_MAX);
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) merchant_value(call, &merchants[i]);
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
    struct payment payment;
    struct bill bill;
    json_begin_object(call->out);
    json_key(call->out, "order");
    json_begin_object(call->out);
    api_key_id(call, "id", ID_ORDER, order->id.n);
    code_key(call, PAYEE_ORDER, order->id.n);
    json_key_i64(call->out, "amount", order->amount.fen);
    json_key_str(call->out, "note", order->note);
    json_key_str(call->out, "state", states[order->state]);
    json_key_time(call->out, "expires_at", order->expires_ms);
    json_key(call->out, "payment");
    if (order->payment.n && payment_find(db, order->payment, &payment)) {
        bill_of_payment(db, call->keys, &payment, call->actor.person, &bill);
        json_begin_object(call->out);
        api_key_id(call, "id", ID_PAYMENT, payment.id.n);
        json_key_str(call->out, "payer", bill.party_name);
        json_key_time(call->out, "at", payment.updated_ms);
        json_end_object(call->out);
    } else {
        json_none(call->out);
    }
    json_end_object(call->out);
    json_end_object(call->out);
}

struct order_body {
    struct merchant_id merchant;
    struct money amount;
    struct text note;
};
static const struct api_field order_fields[] = {
    FIELD_ID(struct order_body, merchant.n, "id", ID_MERCHANT, REQUIRED | IN_PATH, "one of my shops"),
    FIELD_MONEY(struct order_body, amount, "amount", REQUIRED, "fen"),
    FIELD_TEXT(struct order_body, note, "note", OPTIONAL, 0, NOTE_MAX, "what for"),
};

static enum err order_post(struct api_call *call, struct tx *tx) {
    const struct order_body *body = call->body;
    struct order order;
    enum err err =
        order_open(tx, &call->actor, body->merchant, body->amount, body->note, &call->fault, &order);
    if (err == ERR_OK) order_answer(call, tx->db, &order);
    return err;
}

struct one_body {
    struct merchant_id merchant;
    struct order_id order;
};
static const struct api_field one_fields[] = {
    FIELD_ID(struct one_body, merchant.n, "id", ID_MERCHANT, REQUIRED | IN_PATH, "one of my shops"),
    FIELD_ID(struct one_body, order.n, "order_id", ID_ORDER, REQUIRED | IN_PATH, "one of its orders"),
};

static enum err order_get(struct api_call *call, struct view *view) {
    const struct one_body *body = call->body;
    struct merchant merchant;
    struct order order;
    enum err err = merchant_own(view->db, &call->actor, body->merchant, &call->fault, &merchant);
    if (err != ERR_OK) return err;
    if (!order_find(view->db, body->order, view->now_ms, &order) || order.merchant.n != merchant.id.n)
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
    bill_of_payment(db, call->keys, refund, call->actor.person, &bill);
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

/* --- takings --- */

struct takings_body {
    struct merchant_id merchant;
    struct text day;
};
static const struct api_field takings_fields[] = {
    FIELD_ID(struct takings_body, merchant.n, "id", ID_MERCHANT, REQUIRED | IN_PATH, "one of my shops"),
    FIELD_TEXT(struct takings_body, day, "day", OPTIONAL | IN_QUERY, 10, 10, "2026-11-23; today unless given"),
};

/* "2026-11-23", in +08:00. */
static bool read_day(struct text text, int64_t *day) {
    char time[32];
    int64_t at_ms = 0;
    snprintf(time, sizeof time, "%.*sT00:00:00+08:00", (int)text.n, text.p);
    if (!civil_parse(text_of(time), &at_ms)) return false;
    *day = civil_day_of(at_ms);
    return true;
}

static void taking_value(struct api_call *call, struct view *view, const struct taking *taking) {
    struct payment payment;
    struct bill bill;
    if (!payment_find(view->db, taking->payment, &payment)) return;
    bill_of_payment(view->db, call->keys, &payment, call->actor.person, &bill);
    json_begin_object(call->out);
    api_key_id(call, "id", ID_PAYMENT, payment.id.n);
    json_key_i64(call->out, "amount", taking->amount.fen);
    json_key_str(call->out, "payer", bill.party_name);
    json_key_time(call->out, "at", taking->at_ms);
    json_key_str(call->out, "source", payment.card.n ? "card" : "balance");
    if (payment.order.n) api_key_id(call, "order_id", ID_ORDER, payment.order.n);
    else json_key_null(call->out, "order_id");
    json_end_object(call->out);
}

static enum err takings_get(struct api_call *call, struct view *view) {
    const struct takings_body *body = call->body;
    struct merchant merchant;
    struct takings *takings = arena_alloc(&call->request->arena, sizeof *takings);
    int64_t day = civil_day_of(view->now_ms);
    if (body->day.n && !read_day(body->day, &day)) return fault_field(&call->fault, ERR_BAD_FIELD, "/day");
    enum err err = merchant_own(view->db, &call->actor, body->merchant, &call->fault, &merchant);
    if (err != ERR_OK) return err;
    merchant_takings(view, &merchant, day, takings);
    char shown[CIVIL_TEXT_MAX];
    civil_text(civil_day_start_ms(day), shown);
    json_begin_object(call->out);
    json_key_text(call->out, "day", (struct text){shown, 10});
    json_key_i64(call->out, "count", takings->count);
    json_key_i64(call->out, "amount", takings->amount.fen);
    json_key_bool(call->out, "whole", takings->whole);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < takings->listed; i++) taking_value(call, view, &takings->items[i]);
    json_end_array(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route merchant_routes[] = {
    {HTTP_POST, "/v1/merchants", WHO_PERSON, API_WRITE, API_FIELDS(open_fields, struct open_body),
     .run.write = merchant_post, .status = 201, .about = "Open a shop", .answer = "MerchantAnswer"},
    {HTTP_GET, "/v1/merchants", WHO_PERSON, API_READ, .run.read = merchants_get, .about = "My shops",
     .answer = "Merchants"},
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
     .about = "Give a payment back, whole or in part, to where it came from", .answer = "RefundAnswer"},
    {HTTP_GET, "/v1/merchants/{id}/takings", WHO_PERSON, API_READ,
     API_FIELDS(takings_fields, struct takings_body), .run.read = takings_get, .about = "What a day brought",
     .answer = "Takings"},
};
const size_t merchant_routes_count = API_COUNT(merchant_routes);
