/* SPDX-License-Identifier: Apache-2.0 */
/* Settlements: where a shop's takings go, what that costs, those that were, and one now. */
#include "wallet/settlement.h"

#include "base/civil.h"
#include "edge/api/bill.h"
#include "edge/api/card.h"
#include "edge/api/merchant.h"
#include "wallet/recount.h"

static const struct api_field shop_fields[] = {
    FIELD_SHOP(struct shop_body, merchant),
};

static void terms_value(struct api_call *call, const struct settlement_terms *terms, struct money ready) {
    struct money fee = settlement_fee(terms->rate, ready);
    json_begin_object(call->out);
    json_key(call->out, "card");
    if (terms->card.id.n) card_value(call, &terms->card);
    else json_none(call->out);
    json_key_i64(call->out, "rate", terms->rate);
    json_key_time(call->out, "due_at", terms->card.id.n ? terms->due_ms : 0);
    json_key_i64(call->out, "ready", ready.fen);
    json_key_i64(call->out, "fee", fee.fen);
    json_key_i64(call->out, "amount", ready.fen - fee.fen);
    json_end_object(call->out);
}

static enum err terms_get(struct api_call *call, struct view *view) {
    const struct shop_body *body = call->body;
    struct merchant merchant;
    struct settlement_terms terms;
    enum err err = merchant_own(view->db, &call->actor, body->merchant, &call->fault, &merchant);
    if (err == ERR_OK && recount_withholds(view, &call->actor))
        err = fault_set(&call->fault, ERR_BOOKS_CHECKED);
    if (err != ERR_OK) return err;
    settlement_terms(view->db, view->rules, &merchant, &terms);
    json_begin_object(call->out);
    json_key(call->out, "terms");
    terms_value(call, &terms, settlement_ready(view->ledger, &merchant));
    json_end_object(call->out);
    return ERR_OK;
}

struct choose_body {
    struct merchant_id merchant;
    struct card_id card;
    struct text pin;
};
static const struct api_field choose_fields[] = {
    FIELD_SHOP(struct choose_body, merchant),
    FIELD_ID(struct choose_body, card.n, "card_id", ID_CARD, REQUIRED, "a debit card of mine"),
    FIELD_PIN(struct choose_body, pin, "pin", REQUIRED, "the payment PIN"),
};

static enum err terms_put(struct api_call *call, struct tx *tx) {
    const struct choose_body *body = call->body;
    struct merchant merchant;
    struct settlement_terms terms;
    enum err err =
        settlement_choose(tx, &call->actor, body->merchant, body->card, body->pin, &call->fault, &terms);
    if (err == ERR_OK) err = merchant_own(tx->db, &call->actor, body->merchant, &call->fault, &merchant);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key(call->out, "terms");
    terms_value(call, &terms, settlement_ready(tx->ledger, &merchant));
    json_end_object(call->out);
    return ERR_OK;
}

static enum err settlement_post(struct api_call *call, struct tx *tx) {
    const struct shop_body *body = call->body;
    struct payment payment;
    enum err err = settlement_ask(tx, &call->actor, body->merchant, &call->fault, &payment);
    if (err == ERR_OK) payment_answer(call, tx->db, &payment);
    return err;
}

struct list_body {
    struct api_page page;
    struct merchant_id merchant;
};
static const struct api_field list_fields[] = {
    FIELDS_PAGE(struct list_body, page),
    FIELD_SHOP(struct list_body, merchant),
};

static void settlement_value(struct api_call *call, struct view *view, const struct settlement *settlement) {
    char day[CIVIL_TEXT_MAX];
    struct bill bill;
    if (!bill_of_payment(view->db, settlement->payment, call->actor.person, &bill)) return;
    civil_text(civil_day_start_ms(settlement->day), day);
    json_begin_object(call->out);
    json_key_text(call->out, "day", (struct text){day, 10});
    json_key_i64(call->out, "rate", settlement->rate);
    json_key(call->out, "payment");
    json_begin_object(call->out);
    bill_keys(call, &bill);
    json_end_object(call->out);
    json_end_object(call->out);
}

static enum err settlements_get(struct api_call *call, struct view *view) {
    const struct list_body *body = call->body;
    size_t max = body->page.limit ? (size_t)body->page.limit : API_LIMIT_DEFAULT;
    uint64_t before = 0;
    struct merchant merchant;
    if (body->page.cursor.n && api_cursor_read(call, body->page.cursor, &before, sizeof before) != ERR_OK)
        return call->fault.code;
    enum err err = merchant_own(view->db, &call->actor, body->merchant, &call->fault, &merchant);
    if (err != ERR_OK) return err;
    struct settlement *found = arena_alloc(&call->request->arena, max * sizeof *found);
    size_t count = settlement_list(view->db, merchant.id, before, found, max);
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) settlement_value(call, view, &found[i]);
    json_end_array(call->out);
    if (count > 0) before = found[count - 1].payment.n;
    api_cursor_key(call, count == max ? &before : NULL, sizeof before);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route settlement_routes[] = {
    {HTTP_GET, "/v1/merchants/{id}/settlement", WHO_PERSON, API_READ, API_FIELDS(shop_fields, struct shop_body),
     .run.read = terms_get, .about = "Where takings go, when, and what is ready", .answer = "SettlementTerms"},
    {HTTP_PUT, "/v1/merchants/{id}/settlement", WHO_PERSON, API_WRITE,
     API_FIELDS(choose_fields, struct choose_body), .run.write = terms_put,
     .about = "Choose the debit card that takings go to", .answer = "SettlementTerms"},
    {HTTP_GET, "/v1/merchants/{id}/settlements", WHO_PERSON, API_READ,
     API_FIELDS(list_fields, struct list_body), .run.read = settlements_get,
     .about = "The settlements of a shop of mine, newest first", .answer = "Settlements"},
    {HTTP_POST, "/v1/merchants/{id}/settlements", WHO_PERSON, API_WRITE,
     API_FIELDS(shop_fields, struct shop_body), .run.write = settlement_post, .status = 201,
     .function = FUNCTION_SETTLEMENT, .about = "Settle now what there is", .answer = "PaymentAnswer"},
};
const size_t settlement_routes_count = API_COUNT(settlement_routes);
