/* SPDX-License-Identifier: Apache-2.0 */
/* Purchases: paying a shop by its code. */
#include "wallet/purchase.h"

#include "edge/api/bill.h"

enum { SOURCE_BALANCE, SOURCE_CARD, SOURCE_AUTO };
static const char *const sources[] =
    {[SOURCE_BALANCE] = "balance", [SOURCE_CARD] = "card", [SOURCE_AUTO] = "auto", NULL};

struct purchase_body {
    struct purchase_cmd cmd;
    struct text code;
    int source;
};
static const struct api_field purchase_fields[] = {
    FIELD_TEXT(struct purchase_body, code, "code", REQUIRED, 1, 256, "the shop's code or an order's"),
    FIELD_MONEY(struct purchase_body, cmd.amount, "amount", REQUIRED, "fen; an order's own amount exactly"),
    FIELD_CHOICE(struct purchase_body, source, "source", sources, REQUIRED,
                 "balance, card, or auto: the balance, then the cards in order"),
    FIELD_ID(struct purchase_body, cmd.card.n, "card_id", ID_CARD, OPTIONAL, "with source card"),
    FIELD_TEXT(struct purchase_body, cmd.note, "note", OPTIONAL, 0, NOTE_MAX, "what the payer writes"),
    FIELD_PIN(struct purchase_body, cmd.pin, "pin", REQUIRED, "the payment PIN"),
};

/* The fields together: a code of a shop, and a card exactly when a card is to pay. */
static enum err read_cmd(struct api_call *call, const struct purchase_body *body, struct purchase_cmd *cmd) {
    *cmd = body->cmd;
    cmd->by_card = body->source == SOURCE_CARD;
    cmd->any_source = body->source == SOURCE_AUTO;
    enum err err = payee_read(call->keys, body->code, &cmd->payee);
    if (err == ERR_OK && cmd->payee.kind == PAYEE_PERSON) err = ERR_CODE_UNREADABLE;
    if (err != ERR_OK) return fault_field(&call->fault, err, "/code");
    if (cmd->by_card && cmd->card.n == 0) return fault_field(&call->fault, ERR_MISSING_FIELD, "/card_id");
    if (!cmd->by_card && cmd->card.n != 0) return fault_field(&call->fault, ERR_BAD_FIELD, "/card_id");
    return ERR_OK;
}

static enum err purchase_post(struct api_call *call, struct tx *tx) {
    struct purchase_cmd cmd;
    struct payment payment;
    struct merchant shop;
    struct bill bill;
    enum err err = read_cmd(call, call->body, &cmd);
    if (err == ERR_OK) err = purchase_pay(tx, &call->actor, &cmd, &call->fault, &payment, &shop);
    if (err != ERR_OK) return err;
    if (cmd.by_card || payment.card.n) bill_of_payment(tx->db, payment.id, call->actor.person, &bill);
    else bill_of_purchase(&payment, shop.name, &bill);
    json_begin_object(call->out);
    json_key(call->out, "payment");
    payment_value(call, tx->db, &bill);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route purchase_routes[] = {
    {HTTP_POST, "/v1/purchases", WHO_PERSON, API_WRITE, API_FIELDS(purchase_fields, struct purchase_body),
     .run.write = purchase_post, .status = 201, .function = FUNCTION_PURCHASE,
     .about = "Pay a shop, from the balance or by card", .answer = "PaymentAnswer"},
};
const size_t purchase_routes_count = API_COUNT(purchase_routes);
