/* SPDX-License-Identifier: Apache-2.0 */
/* Withdrawals. What it costs is asked first; who confirms names that fee. How it ended stands in the payment. */
#include "wallet/withdrawal.h"

#include "edge/api/bill.h"

struct preview_body {
    struct money amount;
};
static const struct api_field preview_fields[] = {
    FIELD_MONEY(struct preview_body, amount, "amount", OPTIONAL, "fen; all of the balance unless given"),
};

static enum err preview_post(struct api_call *call, struct view *view) {
    const struct preview_body *body = call->body;
    struct withdrawal_terms t;
    enum err err = withdrawal_preview(view, &call->actor, body->amount, &call->fault, &t);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key_i64(call->out, "amount", t.amount.fen);
    json_key_i64(call->out, "fee", t.fee.fen);
    json_key_i64(call->out, "total", t.amount.fen + t.fee.fen);
    json_key_i64(call->out, "available", t.available.fen);
    json_key_i64(call->out, "free", t.free.fen);
    json_key_i64(call->out, "free_left", t.free_left.fen);
    json_key_i64(call->out, "rate", view->rules->withdrawal_rate);
    json_key_i64(call->out, "fee_min", view->rules->withdrawal_fee_min_fen);
    json_key_i64(call->out, "most", t.most.fen);
    json_key_i64(call->out, "most_fee", t.most_fee.fen);
    json_end_object(call->out);
    return ERR_OK;
}

struct withdrawal_body {
    struct withdrawal_cmd cmd;
};
static const struct api_field withdrawal_fields[] = {
    FIELD_ID(struct withdrawal_body, cmd.card.n, "card_id", ID_CARD, REQUIRED, "the debit card to bring it to"),
    FIELD_MONEY(struct withdrawal_body, cmd.amount, "amount", REQUIRED, "fen"),
    {.name = "fee",
     .type = F_MONEY,
     .flags = REQUIRED,
     .offset = offsetof(struct withdrawal_body, cmd.fee),
     .min = 0,
     .max = MONEY_MAX,
     .about = "fen on top, as the preview said; another one is refused"},
    FIELD_PIN(struct withdrawal_body, cmd.pin, "pin", REQUIRED, "the payment PIN"),
};

static enum err withdrawal_post(struct api_call *call, struct tx *tx) {
    const struct withdrawal_body *body = call->body;
    struct payment payment;
    enum err err = withdrawal_begin(tx, &call->actor, &body->cmd, &call->fault, &payment);
    if (err == ERR_OK) payment_answer(call, tx->db, &payment);
    return err;
}

const struct api_route withdrawal_routes[] = {
    {HTTP_POST, "/v1/withdrawals/preview", WHO_PERSON, API_READ,
     API_FIELDS(preview_fields, struct preview_body), .run.read = preview_post,
     .about = "What a withdrawal costs, what is left free, and the most that can go",
     .answer = "WithdrawalTerms"},
    {HTTP_POST, "/v1/withdrawals", WHO_PERSON, API_WRITE, API_FIELDS(withdrawal_fields, struct withdrawal_body),
     .run.write = withdrawal_post, .status = 201, .function = FUNCTION_WITHDRAWAL,
     .about = "Withdraw to an own debit card: the bank is asked", .answer = "PaymentAnswer"},
};
const size_t withdrawal_routes_count = API_COUNT(withdrawal_routes);
