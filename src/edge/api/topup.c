/* SPDX-License-Identifier: Apache-2.0 */
/* Top-ups. The answer tells that the bank is asked; how it ended stands in the payment. */
#include "wallet/topup.h"

#include "edge/api/bill.h"

struct topup_body {
    struct topup_cmd cmd;
};
static const struct api_field topup_fields[] = {
    FIELD_ID(struct topup_body, cmd.card.n, "card_id", ID_CARD, REQUIRED, "the card to take it from"),
    FIELD_MONEY(struct topup_body, cmd.amount, "amount", REQUIRED, "fen"),
    FIELD_PIN(struct topup_body, cmd.pin, "pin", REQUIRED, "the payment PIN"),
};

static enum err topup_post(struct api_call *call, struct tx *tx) {
    const struct topup_body *body = call->body;
    struct payment payment;
    enum err err = topup_begin(tx, &call->actor, &body->cmd, &call->fault, &payment);
    if (err == ERR_OK) payment_answer(call, tx->db, &payment);
    return err;
}

const struct api_route topup_routes[] = {
    {HTTP_POST, "/v1/topups", WHO_PERSON, API_WRITE, API_FIELDS(topup_fields, struct topup_body),
     .run.write = topup_post, .status = 201, .function = FUNCTION_TOPUP,
     .about = "Top up from a card: the bank is asked", .answer = "PaymentAnswer"},
};
const size_t topup_routes_count = API_COUNT(topup_routes);
