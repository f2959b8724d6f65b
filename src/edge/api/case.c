/* SPDX-License-Identifier: Apache-2.0 */
/* Cases: opened with one tap on what they are about, answered, settled. */
#include "wallet/case.h"

#include <string.h>

#include "edge/api/bill.h"
#include "wallet/evidence.h"
#include "wallet/freeze.h"

/* --- a case, as JSON --- */

static void decision_keys(struct json_out *out, enum case_kind kind, enum case_decision decision) {
    const struct case_decision_row *row = decision ? case_decision_row(kind, decision) : NULL;
    json_key_str(out, "decision", row ? row->name : NULL);
    json_key_str(out, "decision_label", row ? row->label : NULL);
    json_key_str(out, "decision_label_zh", row ? row->label_zh : NULL);
}

static void case_keys(struct api_call *call, const struct case_file *file) {
    const struct case_kind_row *kind = case_kind_row(file->kind);
    const struct case_step_row *step = case_step_row(file->step);
    bool bill = file->about_kind == CASE_ABOUT_PAYMENT || file->about_kind == CASE_ABOUT_REFUSAL;
    api_key_id(call, "id", ID_CASE, file->id);
    json_key_str(call->out, "kind", kind->name);
    json_key_str(call->out, "kind_label", kind->label);
    json_key_str(call->out, "kind_label_zh", kind->label_zh);
    json_key_str(call->out, "step", step->name);
    json_key_str(call->out, "step_label", step->label);
    json_key_str(call->out, "step_label_zh", step->label_zh);
    json_key_time(call->out, "due_at", file->due_ms);
    json_key_time(call->out, "opened_at", file->opened_ms);
    json_key_time(call->out, "closed_at", file->closed_ms);
    if (bill)
        api_key_id(call, "bill_id", file->about_kind == CASE_ABOUT_PAYMENT ? ID_PAYMENT : ID_REFUSAL,
                   file->about);
    else json_key_null(call->out, "bill_id");
    json_key_str(call->out, "code", file->code ? err_name(file->code) : NULL);
    decision_keys(call->out, file->kind, file->decision);
}

static void line_value(struct api_call *call, const struct case_file *file, const struct case_line *line) {
    json_begin_object(call->out);
    json_key_str(call->out, "by", line->by.kind == AUDIT_BY_PERSON ? "you" : "us");
    json_key_str(call->out, "what", case_what_name(line->what));
    json_key_str(call->out, "words", line->words);
    decision_keys(call->out, file->kind, line->decision);
    json_key_time(call->out, "at", line->at_ms);
    json_end_object(call->out);
}

static void evidence_key(struct json_out *out) {
    const struct evidence_row *row;
    json_key(out, "evidence");
    json_begin_array(out);
    for (size_t i = 0; (row = evidence_row(i)) != NULL; i++) {
        json_begin_object(out);
        json_key_str(out, "name", row->name);
        json_key_str(out, "label", row->label);
        json_key_str(out, "label_zh", row->label_zh);
        json_end_object(out);
    }
    json_end_array(out);
}

static void case_answer(struct api_call *call, struct db *db, const struct case_file *file) {
    struct case_line *lines = arena_alloc(&call->request->arena, CASE_LINES_MAX * sizeof *lines);
    size_t count = case_lines(db, file->id, 0, lines, CASE_LINES_MAX);
    json_begin_object(call->out);
    json_key(call->out, "case");
    json_begin_object(call->out);
    case_keys(call, file);
    json_key(call->out, "lines");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) line_value(call, file, &lines[i]);
    json_end_array(call->out);
    evidence_key(call->out);
    json_end_object(call->out);
    json_end_object(call->out);
}

/* --- opening one --- */

enum about {
    ABOUT_BILL,
    ABOUT_FREEZE,
    ABOUT_BALANCE,
    ABOUT_CARD,
    ABOUT_IDENTITY,
    ABOUT_OPERATION,
    ABOUT_OTHER
};
static const char *const abouts[] = {"bill",     "freeze",    "balance", "card",
                                     "identity", "operation", "other",   NULL};
static const enum case_kind kind_of_about[] = {
    [ABOUT_FREEZE] = CASE_FREEZE_APPEAL, [ABOUT_BALANCE] = CASE_WRONG_BALANCE,    [ABOUT_CARD] = CASE_CARD,
    [ABOUT_IDENTITY] = CASE_IDENTITY,    [ABOUT_OPERATION] = CASE_FAILED_PAYMENT, [ABOUT_OTHER] = CASE_OTHER,
};

struct open_body {
    int about;
    struct text id, code, request, words;
    bool not_mine;
};
static const struct api_field open_fields[] = {
    FIELD_CHOICE(struct open_body, about, "about", abouts, REQUIRED, "what it is about"),
    FIELD_TEXT(struct open_body, id, "id", OPTIONAL, PUBLIC_ID_SIZE, PUBLIC_ID_SIZE,
               "of the bill, the freeze or the card"),
    FIELD_BOOL(struct open_body, not_mine, "not_mine", OPTIONAL, "of a bill: I did not do this"),
    FIELD_TEXT(struct open_body, code, "code", OPTIONAL, 1, 40, "of an operation: the error's code"),
    FIELD_TEXT(struct open_body, request, "request_id", OPTIONAL, 1, 64, "of an operation: its request"),
    FIELD_TEXT(struct open_body, words, "words", OPTIONAL, 0, CASE_WORDS_MAX, "what to add"),
};

/* A bill that went wrong is a failed payment, one that is not mine unknown; else it is a question. */
static enum case_kind kind_of_bill(const struct bill *bill, bool not_mine) {
    bool failed = bill->refusal != 0 || bill->payment.state == PAYMENT_DECLINED ||
                  bill->payment.state == PAYMENT_IN_DOUBT || bill->payment.state == PAYMENT_REFUSED;
    if (failed) return CASE_FAILED_PAYMENT;
    return not_mine ? CASE_UNKNOWN_PAYMENT : CASE_OTHER;
}

/* One of the caller's own bills, or ERR_NOT_FOUND. */
static enum err about_bill(struct api_call *call, struct tx *tx, struct case_open_cmd *cmd) {
    const struct open_body *body = call->body;
    struct view view = {.db = tx->db, .ledger = tx->ledger, .rules = tx->rules, .keys = tx->keys};
    struct bill bill;
    enum err err = fault_field(&call->fault, ERR_NOT_FOUND, "/id");
    if (keys_id_read(tx->keys, ID_PAYMENT, body->id, &cmd->about)) {
        cmd->about_kind = CASE_ABOUT_PAYMENT;
        err = bill_payment(&view, &call->actor, (struct payment_id){cmd->about}, &call->fault, &bill);
    } else if (keys_id_read(tx->keys, ID_REFUSAL, body->id, &cmd->about)) {
        cmd->about_kind = CASE_ABOUT_REFUSAL;
        err = bill_refusal(&view, &call->actor, cmd->about, &call->fault, &bill);
    }
    if (err != ERR_OK) return err;
    cmd->kind = kind_of_bill(&bill, body->not_mine);
    cmd->code = bill.reason.code;
    return ERR_OK;
}

static enum err about_freeze(struct api_call *call, struct tx *tx, struct case_open_cmd *cmd) {
    const struct open_body *body = call->body;
    struct freeze freeze;
    cmd->about_kind = CASE_ABOUT_FREEZE;
    bool mine = keys_id_read(tx->keys, ID_FREEZE, body->id, &cmd->about) &&
                freeze_find(tx->db, (struct freeze_id){cmd->about}, &freeze) &&
                freeze.person.n == call->actor.person.n;
    return mine ? ERR_OK : fault_field(&call->fault, ERR_NOT_FOUND, "/id");
}

static enum err about_card(struct api_call *call, struct tx *tx, struct case_open_cmd *cmd) {
    const struct open_body *body = call->body;
    struct card card;
    if (body->id.n == 0) return ERR_OK; /* one that could not be added */
    cmd->about_kind = CASE_ABOUT_CARD;
    bool mine = keys_id_read(tx->keys, ID_CARD, body->id, &cmd->about) &&
                card_find(tx->db, (struct card_id){cmd->about}, &card) &&
                card.person.n == call->actor.person.n;
    return mine ? ERR_OK : fault_field(&call->fault, ERR_NOT_FOUND, "/id");
}

static enum err code_of(struct api_call *call, struct text name, enum err *out) {
    size_t count;
    const struct err_row *rows = err_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (!text_is(name, rows[i].name)) continue;
        *out = rows[i].code;
        return ERR_OK;
    }
    return fault_field(&call->fault, ERR_BAD_FIELD, "/code");
}

static enum err case_post(struct api_call *call, struct tx *tx) {
    const struct open_body *body = call->body;
    struct case_open_cmd cmd = {.words = body->words, .request = body->request, .app = call->app};
    if (call->has_device) cmd.device = call->device_hash;
    struct case_file file;
    enum err err = ERR_OK;
    if (body->about != ABOUT_BILL) cmd.kind = kind_of_about[body->about];
    if (body->about == ABOUT_BILL) err = about_bill(call, tx, &cmd);
    if (body->about == ABOUT_FREEZE) err = about_freeze(call, tx, &cmd);
    if (body->about == ABOUT_CARD) err = about_card(call, tx, &cmd);
    if (err == ERR_OK && body->code.n > 0) err = code_of(call, body->code, &cmd.code);
    if (err == ERR_OK) err = case_open(tx, &call->actor, &cmd, &call->fault, &file);
    if (err == ERR_OK) case_answer(call, tx->db, &file);
    return err;
}

/* --- the list, one of them --- */

struct list_body {
    struct api_page page;
};
static const struct api_field list_fields[] = {
    FIELDS_PAGE(struct list_body, page),
};

static enum err cases_get(struct api_call *call, struct view *view) {
    const struct list_body *body = call->body;
    size_t max = body->page.limit ? (size_t)body->page.limit : API_LIMIT_DEFAULT;
    uint64_t before = 0;
    if (body->page.cursor.n && api_cursor_read(call, body->page.cursor, &before, sizeof before) != ERR_OK)
        return call->fault.code;
    struct case_file *files = arena_alloc(&call->request->arena, (max + 1) * sizeof *files);
    size_t count = case_list(view->db, call->actor.person, before, files, max + 1);
    bool more = count > max;
    if (more) count = max;
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(call->out);
        case_keys(call, &files[i]);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    if (more) before = files[count - 1].id;
    api_cursor_key(call, more ? &before : NULL, sizeof before);
    json_end_object(call->out);
    return ERR_OK;
}

struct one_body {
    uint64_t id;
    struct text words;
};
static const struct api_field one_fields[] = {
    FIELD_ID(struct one_body, id, "id", ID_CASE, REQUIRED | IN_PATH, "one of my cases"),
};
static const struct api_field say_fields[] = {
    FIELD_ID(struct one_body, id, "id", ID_CASE, REQUIRED | IN_PATH, "one of my cases"),
    FIELD_TEXT(struct one_body, words, "words", REQUIRED, 1, CASE_WORDS_MAX, "what to say"),
};

static enum err case_get(struct api_call *call, struct view *view) {
    const struct one_body *body = call->body;
    struct case_file file;
    enum err err = case_of(view->db, &call->actor, body->id, &call->fault, &file);
    if (err == ERR_OK) case_answer(call, view->db, &file);
    return err;
}

static enum err lines_post(struct api_call *call, struct tx *tx) {
    const struct one_body *body = call->body;
    struct case_file file;
    enum err err = case_say(tx, &call->actor, body->id, body->words, &call->fault, &file);
    if (err == ERR_OK) case_answer(call, tx->db, &file);
    return err;
}

static enum err settle_post(struct api_call *call, struct tx *tx) {
    const struct one_body *body = call->body;
    struct case_file file;
    enum err err = case_settle(tx, &call->actor, body->id, &call->fault, &file);
    if (err == ERR_OK) case_answer(call, tx->db, &file);
    return err;
}

const struct api_route case_routes[] = {
    {HTTP_GET, "/v1/cases", WHO_PERSON, API_READ, API_FIELDS(list_fields, struct list_body),
     .run.read = cases_get, .about = "My cases, newest first", .answer = "Cases"},
    {HTTP_POST, "/v1/cases", WHO_PERSON, API_WRITE, API_FIELDS(open_fields, struct open_body),
     .run.write = case_post, .flags = API_ANYTIME, .status = 201,
     .about = "Ask us to look at it; what we know comes along. The open case about the same, or a new one",
     .answer = "CaseAnswer"},
    {HTTP_GET, "/v1/cases/{id}", WHO_PERSON, API_READ, API_FIELDS(one_fields, struct one_body),
     .run.read = case_get, .about = "One case with all that was said", .answer = "CaseAnswer"},
    {HTTP_POST, "/v1/cases/{id}/lines", WHO_PERSON, API_WRITE, API_FIELDS(say_fields, struct one_body),
     .run.write = lines_post, .flags = API_ANYTIME, .status = 201, .about = "Say something, or answer",
     .answer = "CaseAnswer"},
    {HTTP_POST, "/v1/cases/{id}/settle", WHO_PERSON, API_WRITE, API_FIELDS(one_fields, struct one_body),
     .run.write = settle_post, .flags = API_ANYTIME, .about = "It is settled: close the case",
     .answer = "CaseAnswer"},
};
const size_t case_routes_count = API_COUNT(case_routes);
