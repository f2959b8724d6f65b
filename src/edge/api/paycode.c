/* SPDX-License-Identifier: Apache-2.0 */
/* The payment code of the one who pays: shown, paused, and what a till asks of it. */
#include "wallet/paycode.h"

#include "base/rand.h"
#include "edge/api/bill.h"
#include "edge/api/code128.h"
#include "edge/api/qr.h"
#include "wallet/charge.h"

/* --- one to show --- */

struct make_body {
    bool digits;
};
static const struct api_field make_fields[] = {
    FIELD_BOOL(struct make_body, digits, "digits", OPTIONAL,
               "the digits will be shown: then it asks for the PIN"),
};

static void draw_code(struct paycode_make_cmd *cmd) {
    enum { HALF = 100000000 };
    uint64_t high = rand_below(HALF);
    paycode_write(rand_below(PAYCODE_PREFIXES), high * HALF + rand_below(HALF), cmd->code);
}

/* Drawn here and sent in the body, so that no picture of a code has an address. */
static void picture_keys(struct api_call *call, const char *code) {
    char widths[CODE128_WIDTHS_MAX];
    struct buf path;
    int side = 0;
    code128_widths(text_of(code), widths);
    json_key_str(call->out, "bars", widths);
    buf_init(&path, 1 << 16);
    qr_draw(code, QR_DIGITS, &path, &side);
    json_key(call->out, "qr");
    json_begin_object(call->out);
    json_key_i64(call->out, "side", side);
    json_key_str(call->out, "path", buf_text(&path));
    json_end_object(call->out);
    buf_release(&path);
}

static enum err paycode_post(struct api_call *call, struct tx *tx) {
    const struct make_body *body = call->body;
    struct paycode_make_cmd cmd = {.digits = body->digits};
    int64_t expires_ms;
    draw_code(&cmd);
    enum err err = paycode_make(tx, &call->actor, &cmd, &call->fault, &expires_ms);
    if (err == ERR_OK) {
        json_begin_object(call->out);
        json_key_str(call->out, "code", cmd.code);
        json_key_bool(call->out, "asks_pin", cmd.digits);
        json_key_time(call->out, "expires_at", expires_ms);
        json_key_i64(call->out, "life_ms", expires_ms - tx->now_ms);
        picture_keys(call, cmd.code);
        json_end_object(call->out);
    }
    crypto_wipe(cmd.code, sizeof cmd.code);
    return err;
}

/* --- how it stands --- */

/* What a till has asked of this login, as long as the page may still have to show how it ended. */
enum { ASKED_SHOWN_MS = 10 * 60 * 1000 };

static void asked_value(struct api_call *call, struct db *db, const struct charge *charge, int64_t now_ms) {
    struct merchant shop = {0};
    merchant_find(db, charge->merchant, &shop);
    json_begin_object(call->out);
    api_key_id(call, "id", ID_CHARGE, charge->id.n);
    json_key_str(call->out, "state", charge_state_name(charge->state));
    json_key_i64(call->out, "amount", charge->amount.fen);
    json_key_str(call->out, "shop", shop.name);
    json_key_str(call->out, "note", charge->note);
    json_key_time(call->out, "expires_at", charge->due_ms);
    json_key_i64(call->out, "left_ms", charge->due_ms > now_ms ? charge->due_ms - now_ms : 0);
    if (charge->payment.n) api_key_id(call, "bill_id", ID_PAYMENT, charge->payment.n);
    else if (charge->refusal) api_key_id(call, "bill_id", ID_REFUSAL, charge->refusal);
    else json_key_null(call->out, "bill_id");
    json_end_object(call->out);
}

static void state_answer(struct api_call *call, struct db *db, int64_t now_ms) {
    struct paycode_setting setting;
    struct charge charge;
    paycode_setting_find(db, call->rules, call->actor.person, now_ms, &setting);
    json_begin_object(call->out);
    json_key_bool(call->out, "suspended", setting.suspended);
    json_key_bool(call->out, "free", setting.free);
    json_key_i64(call->out, "free_most", call->rules->paycode_free_fen);
    json_key_i64(call->out, "free_per_day", call->rules->paycode_free_per_day);
    json_key_i64(call->out, "free_left", setting.free_left);
    json_key(call->out, "charge");
    bool asked = charge_newest(db, call->actor.session, now_ms, &charge) &&
                 charge.payer.n == call->actor.person.n && charge.created_ms > now_ms - ASKED_SHOWN_MS;
    if (asked) asked_value(call, db, &charge, now_ms);
    else json_none(call->out);
    json_end_object(call->out);
}

static enum err paycode_get(struct api_call *call, struct view *view) {
    state_answer(call, view->db, view->now_ms);
    return ERR_OK;
}

static enum err paycode_hidden(struct api_call *call, struct tx *tx) {
    paycode_hide(tx, &call->actor);
    state_answer(call, tx->db, tx->now_ms);
    return ERR_OK;
}

static enum err suspend_post(struct api_call *call, struct tx *tx) {
    paycode_suspend(tx, &call->actor);
    state_answer(call, tx->db, tx->now_ms);
    return ERR_OK;
}

struct pin_body {
    struct text pin;
};
static const struct api_field pin_fields[] = {
    FIELD_PIN(struct pin_body, pin, "pin", REQUIRED, "the payment PIN"),
};

static enum err resume_post(struct api_call *call, struct tx *tx) {
    const struct pin_body *body = call->body;
    enum err err = paycode_resume(tx, &call->actor, body->pin, &call->fault);
    if (err == ERR_OK) state_answer(call, tx->db, tx->now_ms);
    return err;
}

struct free_body {
    bool free;
    struct text pin;
};
static const struct api_field free_fields[] = {
    FIELD_BOOL(struct free_body, free, "free", REQUIRED, "whether small payments go without the PIN"),
    FIELD_PIN(struct free_body, pin, "pin", OPTIONAL, "the payment PIN, to switch it on"),
};

static enum err free_put(struct api_call *call, struct tx *tx) {
    const struct free_body *body = call->body;
    if (body->free && body->pin.n == 0) return fault_field(&call->fault, ERR_MISSING_FIELD, "/pin");
    enum err err = paycode_set_free(tx, &call->actor, body->free, body->pin, &call->fault);
    if (err == ERR_OK) state_answer(call, tx->db, tx->now_ms);
    return err;
}

/* --- yes and no --- */

struct confirm_body {
    struct charge_id id;
    struct text pin;
};
static const struct api_field confirm_fields[] = {
    FIELD_ID(struct confirm_body, id.n, "id", ID_CHARGE, REQUIRED | IN_PATH, "what a till asks of me"),
    FIELD_PIN(struct confirm_body, pin, "pin", REQUIRED, "the payment PIN"),
};

static enum err confirm_post(struct api_call *call, struct tx *tx) {
    const struct confirm_body *body = call->body;
    struct payment payment;
    struct merchant shop;
    enum err err = charge_confirm(tx, &call->actor, body->id, body->pin, &call->fault, &payment, &shop);
    if (err == ERR_OK) payment_answer(call, tx->db, &payment);
    return err;
}

struct decline_body {
    struct charge_id id;
};
static const struct api_field decline_fields[] = {
    FIELD_ID(struct decline_body, id.n, "id", ID_CHARGE, REQUIRED | IN_PATH, "what a till asks of me"),
};

static enum err decline_post(struct api_call *call, struct tx *tx) {
    const struct decline_body *body = call->body;
    struct charge charge;
    enum err err = charge_decline(tx, &call->actor, body->id, &call->fault, &charge);
    if (err == ERR_OK) state_answer(call, tx->db, tx->now_ms);
    return err;
}

const struct api_route paycode_routes[] = {
    {HTTP_POST, "/v1/paycode", WHO_PERSON, API_WRITE, API_FIELDS(make_fields, struct make_body),
     .run.write = paycode_post, .status = 201, .flags = API_NO_KEY, .function = FUNCTION_PAYCODE,
     .about = "A payment code to show: for a minute, for one use, of this login", .answer = "Paycode"},
    {HTTP_GET, "/v1/paycode", WHO_PERSON, API_READ, .run.read = paycode_get,
     .about = "How my payment code stands, and what a till asks of this login", .answer = "PaycodeState"},
    {HTTP_DELETE, "/v1/paycode", WHO_PERSON, API_WRITE, .run.write = paycode_hidden,
     .flags = API_NO_KEY | API_ANYTIME, .about = "The page was left: what this login shows is over",
     .answer = "PaycodeState"},
    {HTTP_POST, "/v1/paycode/suspend", WHO_PERSON, API_WRITE, .run.write = suspend_post, .flags = API_ANYTIME,
     .about = "Pause my payment code, on all devices", .answer = "PaycodeState"},
    {HTTP_POST, "/v1/paycode/resume", WHO_PERSON, API_WRITE, API_FIELDS(pin_fields, struct pin_body),
     .run.write = resume_post, .about = "Switch my payment code on again", .answer = "PaycodeState"},
    {HTTP_PUT, "/v1/paycode/free", WHO_PERSON, API_WRITE, API_FIELDS(free_fields, struct free_body),
     .run.write = free_put, .about = "Whether small payments go without the PIN", .answer = "PaycodeState"},
    {HTTP_POST, "/v1/paycode/charges/{id}/confirm", WHO_PERSON, API_WRITE,
     API_FIELDS(confirm_fields, struct confirm_body), .run.write = confirm_post, .status = 201,
     .function = FUNCTION_PAYCODE, .about = "Pay what a till asks", .answer = "PaymentAnswer"},
    {HTTP_POST, "/v1/paycode/charges/{id}/decline", WHO_PERSON, API_WRITE,
     API_FIELDS(decline_fields, struct decline_body), .run.write = decline_post,
     .about = "Do not pay what a till asks", .answer = "PaycodeState"},
};
const size_t paycode_routes_count = API_COUNT(paycode_routes);
