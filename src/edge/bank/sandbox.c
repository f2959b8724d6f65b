/* SPDX-License-Identifier: Apache-2.0 */
/* The dialect of qianbao-bank (src/bank/desk.h has its page). */
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "edge/bank/dialect.h"
#include "kit/json/json_in.h"
#include "kit/json/json_out.h"

static struct json_out call_begin(struct bank_call *call, const char *path) {
    call->path = path;
    buf_clear(&call->body);
    struct json_out out = json_out_to(&call->body);
    json_begin_object(&out);
    return out;
}

static const char *bank_code(int bank) {
    return bank_by_no(bank)->code;
}

/* --- reading --- */

static struct text text_at(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    return json_is_string(value) ? (struct text){json_string_value(value), json_string_length(value)}
                                 : (struct text){0};
}

static int64_t i64_at(const json_t *object, const char *name) {
    return json_integer_value(json_object_get(object, name));
}

static bool text_copy(struct text text, char *out, size_t size) {
    if (text.n >= size) return false;
    snprintf(out, size, "%.*s", (int)text.n, text.n ? text.p : "");
    return true;
}

/* A page of a statement is the largest: five values a line, each with its name. */
enum { REPLY_VALUES_MAX = STATEMENT_PAGE_MAX * 12 + 64 };

static json_t *reply_open(const struct bank_reply *reply, int status) {
    json_t *object = NULL;
    if (reply->status != status || json_read_answer(reply->body, REPLY_VALUES_MAX, &object) != ERR_OK)
        return NULL;
    return object;
}

/* --- the card's holder --- */

static void sandbox_check(const struct bank_elements *elements, struct bank_call *call) {
    struct json_out out = call_begin(call, "/v1/verifications");
    json_key_text(&out, "message_id", elements->message);
    json_key_str(&out, "bank", bank_code(elements->bank));
    json_key_text(&out, "name", elements->name);
    json_key_text(&out, "identification", elements->id_number);
    json_key_text(&out, "account", elements->card_number);
    json_key_text(&out, "phone", elements->phone);
    json_end_object(&out);
}

/* Why a check or a mandate was refused. AC01: the bank does not know the number; to the person that is the same as a wrong number. */
static enum err refusal_of(struct text reason) {
    if (text_is(reason, "AC01")) return ERR_CARD_ELEMENTS;
    if (text_is(reason, "MD01")) return ERR_WRONG_CODE;
    return bank_refusal(reason);
}

static enum err sandbox_check_heard(const struct bank_reply *reply, struct bank_check *out) {
    json_t *report = reply_open(reply, 200);
    if (!report) return ERR_BANK_OUT_OF_REACH;
    enum err err = ERR_BANK_OUT_OF_REACH;
    const json_t *verified = json_object_get(report, "verified");
    if (json_is_false(verified)) {
        err = refusal_of(text_at(report, "reason"));
    } else if (json_is_true(verified)) {
        struct bank_check check = {.expires_ms = i64_at(report, "expires_at")};
        struct text reference = text_at(report, "reference");
        if (reference.n > 0 && text_copy(reference, check.reference, sizeof check.reference)) {
            *out = check;
            err = ERR_OK;
        }
    }
    json_decref(report);
    return err;
}

static void sandbox_confirm(int bank, struct text reference, struct text code, struct bank_call *call) {
    struct json_out out = call_begin(call, "/v1/mandates");
    json_key_str(&out, "bank", bank_code(bank));
    json_key_text(&out, "reference", reference);
    json_key_text(&out, "code", code);
    json_end_object(&out);
}

static enum err sandbox_confirm_heard(const struct bank_reply *reply, struct bank_grant *out) {
    json_t *report = reply_open(reply, 200);
    if (!report) return ERR_BANK_OUT_OF_REACH;
    enum err err = ERR_BANK_OUT_OF_REACH;
    const json_t *accepted = json_object_get(report, "accepted");
    if (json_is_false(accepted)) {
        err = refusal_of(text_at(report, "reason"));
    } else if (json_is_true(accepted)) {
        struct bank_grant grant = {0};
        struct text mandate = text_at(report, "mandate_id");
        if (mandate.n > 0 && text_copy(mandate, grant.token, sizeof grant.token)) {
            *out = grant;
            err = ERR_OK;
        }
    }
    json_decref(report);
    return err;
}

/* --- money --- */

static const char *const paths[] = {
    [ASK_PAY] = "/v1/payments",
    [ASK_QUERY] = "/v1/payment-queries",
    [ASK_CANCEL] = "/v1/cancellations",
};

static const char *type_of(enum bank_kind kind) {
    switch (kind) {
    case BANK_DEBIT: return "debit";
    case BANK_CREDIT: return "credit";
    }
    return "";
}

static void sandbox_order(enum bank_ask ask, const struct bank_message *message, const char *message_id,
                          const char *token, struct bank_call *call) {
    struct json_out out = call_begin(call, paths[ask]);
    json_key_str(&out, "message_id", message_id);
    json_key_str(&out, "bank", bank_code(message->bank));
    if (ask == ASK_PAY) {
        json_key_str(&out, "type", type_of(message->kind));
        json_key_str(&out, "mandate_id", token);
        json_key_i64(&out, "amount", message->amount.fen);
        json_key_str(&out, "currency", "CNY");
    }
    json_end_object(&out);
}

/* ISO 20022 payment status (pain.002); NONE is the sandbox bank's word for "no such message". */
static const struct {
    const char *status;
    enum bank_heard heard;
} statuses[] = {
    {"ACSC", HEARD_APPROVED},
    {"RJCT", HEARD_DECLINED},
    {"CANC", HEARD_CANCELLED},
    {"NONE", HEARD_NEVER_SEEN},
};

static enum bank_heard status_heard(struct text status) {
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (text_is(status, statuses[i].status)) return statuses[i].heard;
    return HEARD_NOTHING;
}

/* A report about another message, or of another amount or direction, is none. */
static bool report_fits(const json_t *report, enum bank_heard heard, const struct bank_message *message,
                        const char *message_id) {
    if (!text_is(text_at(report, "message_id"), message_id)) return false;
    if (heard != HEARD_APPROVED && heard != HEARD_DECLINED) return true;
    return i64_at(report, "amount") == message->amount.fen &&
           text_is(text_at(report, "type"), type_of(message->kind));
}

static enum bank_heard sandbox_order_heard(const struct bank_reply *reply, const struct bank_message *message,
                                           const char *message_id, struct bank_answer *out) {
    json_t *report = reply_open(reply, 200);
    if (!report) return HEARD_NOTHING;
    enum bank_heard heard = status_heard(text_at(report, "status"));
    if (!report_fits(report, heard, message, message_id) ||
        !text_copy(text_at(report, "reason"), out->reason, sizeof out->reason) ||
        !text_copy(text_at(report, "reference"), out->reference, sizeof out->reference))
        heard = HEARD_NOTHING;
    out->at_ms = i64_at(report, "at");
    json_decref(report);
    return heard;
}

/* --- the day's end --- */

static void sandbox_statement(int bank, int64_t day, int64_t after, struct bank_call *call) {
    char date[CIVIL_TEXT_MAX];
    civil_text(civil_day_start_ms(day), date);
    struct json_out out = call_begin(call, "/v1/statements");
    json_key_str(&out, "bank", bank_code(bank));
    json_key_text(&out, "day", (struct text){date, 10});
    json_key_i64(&out, "after", after);
    json_end_object(&out);
}

static bool line_read(const json_t *entry, struct statement_line *out) {
    struct text type = text_at(entry, "type");
    *out = (struct statement_line){.kind = text_is(type, "debit") ? BANK_DEBIT : BANK_CREDIT,
                                   .amount = {i64_at(entry, "amount")},
                                   .at_ms = i64_at(entry, "at")};
    return out->amount.fen > 0 && (text_is(type, "debit") || text_is(type, "credit")) &&
           text_copy(text_at(entry, "message_id"), out->message, sizeof out->message) &&
           text_copy(text_at(entry, "reference"), out->reference, sizeof out->reference);
}

static bool sandbox_statement_heard(const struct bank_reply *reply, struct bank_statement_page *out) {
    json_t *page = reply_open(reply, 200);
    const json_t *entries = json_object_get(page, "entries"), *entry;
    size_t at;
    bool right = json_is_array(entries) && json_array_size(entries) <= STATEMENT_PAGE_MAX;
    out->opening_fen = i64_at(page, "opening");
    out->closing_fen = i64_at(page, "closing");
    out->count = i64_at(page, "count");
    out->size = 0;
    if (right) {
        json_array_foreach(entries, at, entry) right = right && line_read(entry, &out->lines[out->size++]);
    }
    json_decref(page);
    return right;
}

const struct bank_dialect bank_dialect_sandbox = {
    .name = "sandbox",
    .check = sandbox_check,
    .check_heard = sandbox_check_heard,
    .confirm = sandbox_confirm,
    .confirm_heard = sandbox_confirm_heard,
    .order = sandbox_order,
    .order_heard = sandbox_order_heard,
    .statement = sandbox_statement,
    .statement_heard = sandbox_statement_heard,
};
