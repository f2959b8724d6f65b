/* SPDX-License-Identifier: Apache-2.0 */
/* Notices: what happened since the person last looked. */
#include "wallet/notice.h"

#include "edge/api/bill.h"

static const char list_path[] = "/v1/notices";

struct list_body {
    struct api_page page;
};
static const struct api_field list_fields[] = {
    FIELDS_PAGE(struct list_body, page),
};

struct read_body {
    struct text seen;
};
static const struct api_field read_fields[] = {
    FIELD_TEXT(struct read_body, seen, "seen", OPTIONAL, 1, 128,
               "seen of the list that was shown: what came since then stays unread; without it all are read"),
};

static const char *const freeze_events[] =
    {[FREEZE_NO_EVENT] = "", [FREEZE_BEGAN] = "began", [FREEZE_CHANGED] = "changed", [FREEZE_ENDED] = "ended"};

static const char *kind_of(const struct notice *notice) {
    if (notice->line.of_case) return "case";
    return notice->freeze_event ? "freeze" : payment_kind_name(notice->bill.payment.kind);
}

static const char *state_of(const struct notice *notice) {
    if (notice->line.of_case) return case_what_name(notice->line.what);
    return notice->freeze_event ? freeze_events[notice->freeze_event] : payment_state_name(notice->state);
}

static void notice_value(struct api_call *call, const struct notice *notice) {
    struct buf words;
    buf_init(&words, 1024);
    json_begin_object(call->out);
    bool told = notice->bill.refusal != 0;
    if (notice->line.of_case) {
        api_key_id(call, "id", ID_CASE_LINE, notice->line.id);
        json_key_null(call->out, "bill_id");
        api_key_id(call, "case_id", ID_CASE, notice->line.of_case);
        json_key_null(call->out, "freeze_id");
    } else if (notice->freeze_event) {
        api_key_id(call, "id", ID_NOTICE, notice->entry.n);
        json_key_null(call->out, "bill_id");
        json_key_null(call->out, "case_id");
        api_key_id(call, "freeze_id", ID_FREEZE, notice->freeze.id.n);
    } else {
        api_key_id(call, "id", told ? ID_REFUSAL : ID_NOTICE, told ? notice->bill.refusal : notice->entry.n);
        api_key_id(call, "bill_id", told ? ID_REFUSAL : ID_PAYMENT,
                   told ? notice->bill.refusal : notice->bill.payment.id.n);
        json_key_null(call->out, "case_id");
        json_key_null(call->out, "freeze_id");
    }
    json_key_str(call->out, "kind", kind_of(notice));
    json_key_str(call->out, "state", state_of(notice));
    json_key_str(call->out, "direction", notice->bill.side == BILL_OUT ? "out" : "in");
    json_key_i64(call->out, "amount",
                 notice->freeze_event ? notice->freeze.amount.fen : notice->bill.payment.amount.fen);
    counterparty_key(call, &notice->bill);
    json_key_time(call->out, "at", notice->at_ms);
    json_key_bool(call->out, "read", notice->read);
    notice_text(notice, LANG_EN, &words);
    json_key_str(call->out, "text", buf_text(&words));
    buf_clear(&words);
    notice_text(notice, LANG_ZH, &words);
    json_key_str(call->out, "text_zh", buf_text(&words));
    json_end_object(call->out);
    buf_release(&words);
}

static enum err notices_get(struct api_call *call, struct view *view) {
    const struct list_body *body = call->body;
    size_t max = body->page.limit ? (size_t)body->page.limit : API_LIMIT_DEFAULT;
    struct notice_position before = {0};
    bool more = false;
    if (body->page.cursor.n && api_cursor_read(call, body->page.cursor, &before, sizeof before) != ERR_OK)
        return call->fault.code;
    struct notice *notices = arena_alloc(&call->request->arena, max * sizeof *notices);
    struct notice_mark newest = notice_newest(view, &call->actor);
    size_t count = notice_list(view, &call->actor, &before, notices, max, &more);
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) notice_value(call, &notices[i]);
    json_end_array(call->out);
    api_cursor_key(call, more ? &before : NULL, sizeof before);
    api_mark_key(call, "seen", list_path, &newest, sizeof newest);
    json_end_object(call->out);
    return ERR_OK;
}

static enum err read_post(struct api_call *call, struct tx *tx) {
    const struct read_body *body = call->body;
    struct notice_mark shown;
    if (body->seen.n && api_mark_read(call, "/seen", list_path, body->seen, &shown, sizeof shown) != ERR_OK)
        return call->fault.code;
    notice_read(tx, &call->actor, body->seen.n ? &shown : NULL);
    struct view view = {.db = tx->db, .ledger = tx->ledger, .rules = tx->rules, .keys = tx->keys};
    json_begin_object(call->out);
    json_key_i64(call->out, "unread", notice_unread(&view, &call->actor));
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route notice_routes[] = {
    {HTTP_GET, list_path, WHO_PERSON, API_READ, API_FIELDS(list_fields, struct list_body),
     .run.read = notices_get, .about = "What happened, newest first", .answer = "Notices"},
    {HTTP_POST, "/v1/notices/read", WHO_PERSON, API_WRITE, API_FIELDS(read_fields, struct read_body),
     .run.write = read_post, .flags = API_ANYTIME, .about = "I have seen them", .answer = "Unread"},
};
const size_t notice_routes_count = API_COUNT(notice_routes);
