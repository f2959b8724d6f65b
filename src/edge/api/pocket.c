/* SPDX-License-Identifier: Apache-2.0 */
/* The savings pocket: how much is in it, and moving money in and out. */
#include "wallet/pocket.h"

#include "edge/api/bill.h"
#include "ledger/ledger.h"
#include "wallet/recount.h"

static enum err pocket_get(struct api_call *call, struct view *view) {
    struct figures f = {0};
    struct account_no account = pocket_account(view->db, call->actor.person);
    if (account.n && !ledger_figures(view->ledger, account, &f)) return fault_set(&call->fault, ERR_INTERNAL);
    bool withheld = account.n && recount_withholds(view, &call->actor);
    json_begin_object(call->out);
    json_key_bool(call->out, "being_checked", withheld);
    if (withheld) json_key_null(call->out, "amount");
    else json_key_i64(call->out, "amount", (int64_t)(f.account.credits_posted - f.account.debits_posted));
    json_key_time(call->out, "opened_at", account.n ? f.account.opened_ms : 0);
    json_key_time(call->out, "as_of", account.n ? f.time_ms : view->now_ms);
    json_end_object(call->out);
    return ERR_OK;
}

static const struct api_field in_fields[] = {
    FIELD_MONEY(struct pocket_cmd, amount, "amount", REQUIRED, "fen"),
};
static const struct api_field out_fields[] = {
    FIELD_MONEY(struct pocket_cmd, amount, "amount", REQUIRED, "fen"),
    FIELD_PIN(struct pocket_cmd, pin, "pin", REQUIRED, "the payment PIN"),
};

static enum err move(struct api_call *call, struct tx *tx, bool out) {
    struct pocket_cmd cmd = *(const struct pocket_cmd *)call->body;
    struct payment payment;
    cmd.out = out;
    enum err err = pocket_move(tx, &call->actor, &cmd, &call->fault, &payment);
    if (err == ERR_OK) payment_answer(call, tx->db, &payment);
    return err;
}

static enum err in_post(struct api_call *call, struct tx *tx) {
    return move(call, tx, false);
}

static enum err out_post(struct api_call *call, struct tx *tx) {
    return move(call, tx, true);
}

const struct api_route pocket_routes[] = {
    {HTTP_GET, "/v1/pocket", WHO_PERSON, API_READ, .run.read = pocket_get,
     .about = "My savings pocket: what I put aside, which is not part of the balance", .answer = "Pocket"},
    {HTTP_POST, "/v1/pocket/in", WHO_PERSON, API_WRITE, API_FIELDS(in_fields, struct pocket_cmd),
     .run.write = in_post, .status = 201, .about = "Put money from the balance into my pocket",
     .answer = "PaymentAnswer"},
    {HTTP_POST, "/v1/pocket/out", WHO_PERSON, API_WRITE, API_FIELDS(out_fields, struct pocket_cmd),
     .run.write = out_post, .status = 201, .about = "Take money from my pocket back into the balance",
     .answer = "PaymentAnswer"},
};
const size_t pocket_routes_count = API_COUNT(pocket_routes);
