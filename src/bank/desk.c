/* SPDX-License-Identifier: Apache-2.0 */
#include "bank/desk.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/money.h"
#include "base/rand.h"
#include "kit/json/json_in.h"

enum { INBOX_MAX = 50 };

struct desk {
    pthread_mutex_t lock; /* the book's and the nonces' */
    struct book *book;
    struct envelope_key key;
    struct envelope_seen *seen;
};

/* One request at work. */
struct visit {
    struct desk *desk;
    json_t *fields;
    const struct testcard_bank *bank;
    int64_t now_ms;
    struct desk_answer *answer;
};

/* What a handler returns is the answer's body; NULL: the fields are wrong. */
typedef json_t *desk_handler(struct visit *visit);

/* --- fields --- */

static bool field_text(const struct visit *visit, const char *name, size_t min, size_t max, struct text *out) {
    const json_t *value = json_object_get(visit->fields, name);
    if (!json_is_string(value)) return false;
    *out = (struct text){json_string_value(value), json_string_length(value)};
    return out->n >= min && out->n <= max && text_printable(*out);
}

/* A message id is of a form that cannot be mistaken in a log, a statement or a URL. */
static bool field_message(const struct visit *visit, struct text *out) {
    if (!field_text(visit, "message_id", 1, BOOK_ID_MAX - 1, out)) return false;
    for (size_t i = 0; i < out->n; i++) {
        char c = out->p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-'))
            return false;
    }
    return true;
}

static bool field_i64(const struct visit *visit, const char *name, int64_t min, int64_t max, int64_t *out) {
    const json_t *value = json_object_get(visit->fields, name);
    if (!json_is_integer(value)) return false;
    *out = json_integer_value(value);
    return *out >= min && *out <= max;
}

/* --- the customer's side --- */

static json_t *report_json(struct visit *visit, enum book_end end, struct text message,
                           const struct book_report *report) {
    if (end == BOOK_BROKEN) {
        visit->answer->status = 500;
        return json_pack("{s:s}", "error", "book");
    }
    bool duplicate = end == BOOK_DUPLICATE;
    if (duplicate) visit->answer->status = 409;
    return json_pack("{s:s%, s:s, s:s, s:s, s:s, s:I, s:I}", "message_id", message.p, message.n, "status",
                     duplicate ? "RJCT" : book_status_name(report->status), "reason",
                     duplicate ? "AM05" : report->reason, "reference", duplicate ? "" : report->reference,
                     "type", report->type == BOOK_CREDIT ? "credit" : "debit", "amount",
                     (json_int_t)(duplicate ? 0 : report->amount_fen), "at", (json_int_t)report->at_ms);
}

static json_t *desk_check(struct visit *visit) {
    struct book_check check = {.bank = visit->bank, .code = rand_below(1000000)};
    struct book_check_report report;
    if (!field_message(visit, &check.message) || !field_text(visit, "name", 1, 100, &check.name) ||
        !field_text(visit, "identification", 1, 20, &check.identification) ||
        !field_text(visit, "account", 1, TESTCARD_NUMBER_MAX - 1, &check.account) ||
        !field_text(visit, "phone", 1, BOOK_PHONE_MAX - 1, &check.phone))
        return NULL;
    enum book_end end = book_check(visit->desk->book, &check, visit->now_ms, &report);
    if (end == BOOK_BROKEN) {
        visit->answer->status = 500;
        return json_pack("{s:s}", "error", "book");
    }
    if (end == BOOK_DUPLICATE) {
        visit->answer->status = 409;
        snprintf(report.reason, sizeof report.reason, "AM05");
        report.reference[0] = '\0';
    }
    return json_pack("{s:b, s:s, s:s, s:I}", "verified", report.reason[0] == '\0', "reason", report.reason,
                     "reference", report.reference, "expires_at", (json_int_t)report.expires_ms);
}

static json_t *desk_mandate(struct visit *visit) {
    struct text reference, code;
    struct book_mandate_report report;
    if (!field_text(visit, "reference", 1, BOOK_ID_MAX - 1, &reference) ||
        !field_text(visit, "code", 1, 16, &code))
        return NULL;
    if (book_mandate(visit->desk->book, visit->bank, reference, code, visit->now_ms, &report) == BOOK_BROKEN) {
        visit->answer->status = 500;
        return json_pack("{s:s}", "error", "book");
    }
    return json_pack("{s:b, s:s, s:s}", "accepted", report.reason[0] == '\0', "reason", report.reason,
                     "mandate_id", report.mandate);
}

static json_t *desk_pay(struct visit *visit) {
    struct book_order order = {.bank = visit->bank};
    struct book_report report;
    struct text type, currency;
    if (!field_message(visit, &order.message) || !field_text(visit, "type", 1, 8, &type) ||
        !field_text(visit, "mandate_id", 1, BOOK_ID_MAX - 1, &order.mandate) ||
        !field_text(visit, "currency", 3, 3, &currency) || !text_is(currency, "CNY") ||
        !field_i64(visit, "amount", 1, MONEY_MAX, &order.amount_fen))
        return NULL;
    if (!text_is(type, "debit") && !text_is(type, "credit")) return NULL;
    order.type = text_is(type, "debit") ? BOOK_DEBIT : BOOK_CREDIT;
    enum book_end end = book_pay(visit->desk->book, &order, visit->now_ms, &report);
    if (report.first && report.kind) {
        visit->answer->delay_ms = report.kind->delay_ms;
        visit->answer->lose = report.kind->lose;
    }
    if (book_mode(visit->desk->book, visit->bank) == MODE_LOSE) visit->answer->lose = true;
    return report_json(visit, end, order.message, &report);
}

static json_t *desk_query(struct visit *visit) {
    struct text message;
    struct book_report report;
    if (!field_message(visit, &message)) return NULL;
    return report_json(visit, book_query(visit->desk->book, visit->bank, message, &report), message, &report);
}

static json_t *desk_cancel(struct visit *visit) {
    struct text message;
    struct book_report report;
    if (!field_message(visit, &message)) return NULL;
    enum book_end end = book_cancel(visit->desk->book, visit->bank, message, visit->now_ms, &report);
    return report_json(visit, end, message, &report);
}

/* A page of a statement: at most PAGE lines after the first `after`. */
enum { STATEMENT_PAGE = 300 };
struct statement_page {
    json_t *lines;
    int64_t after, seen;
};

static void statement_line(void *arg, const struct book_line *line) {
    struct statement_page *page = arg;
    if (page->seen++ < page->after || json_array_size(page->lines) == STATEMENT_PAGE) return;
    json_array_append_new(page->lines,
                          json_pack("{s:s, s:s, s:s, s:I, s:I}", "message_id", line->message, "reference",
                                    line->reference, "type", line->type == BOOK_CREDIT ? "credit" : "debit",
                                    "amount", (json_int_t)line->amount_fen, "at", (json_int_t)line->at_ms));
}

/* "2026-11-23" */
static bool day_read(struct text text, int64_t *out) {
    char time[40];
    int64_t at_ms;
    if (text.n != 10) return false;
    int size = snprintf(time, sizeof time, "%.10sT00:00:00+08:00", text.p);
    if (!civil_parse((struct text){time, (size_t)size}, &at_ms)) return false;
    *out = civil_day_of(at_ms);
    return true;
}

static json_t *desk_statement(struct visit *visit) {
    struct book_statement statement;
    struct text text;
    int64_t day;
    if (!field_text(visit, "day", 10, 10, &text) || !day_read(text, &day)) return NULL;
    struct statement_page page = {.lines = json_array()};
    json_t *lines = page.lines;
    if (!field_i64(visit, "after", 0, INT64_C(1) << 40, &page.after)) {
        json_decref(lines);
        return NULL;
    }
    if (book_statement(visit->desk->book, visit->bank, day, &statement, statement_line, &page) != BOOK_OK) {
        json_decref(lines);
        visit->answer->status = 500;
        return json_pack("{s:s}", "error", "book");
    }
    return json_pack("{s:s, s:s%, s:I, s:I, s:I, s:I, s:I, s:o}", "bank", visit->bank->code, "day", text.p,
                     text.n, "opening", (json_int_t)statement.opening_fen, "closing",
                     (json_int_t)statement.closing_fen, "credits", (json_int_t)statement.credits_fen, "debits",
                     (json_int_t)statement.debits_fen, "count", (json_int_t)statement.count, "entries", lines);
}

/* --- the sandbox's own --- */

static json_t *desk_clock(struct visit *visit) {
    int64_t offset_ms;
    const int64_t most = INT64_C(3650) * 86400000;
    if (!field_i64(visit, "offset_ms", -most, most, &offset_ms)) return NULL;
    if (book_set_clock_offset(visit->desk->book, offset_ms) == BOOK_OK)
        clock_set_offset_ms(book_clock_offset(visit->desk->book));
    return json_pack("{s:I, s:I}", "offset_ms", (json_int_t)clock_offset_ms(), "now",
                     (json_int_t)clock_now_ms());
}

static json_t *desk_mode(struct visit *visit) {
    struct text name;
    enum book_mode mode;
    if (!field_text(visit, "mode", 1, 16, &name) || !book_mode_read(name, &mode)) return NULL;
    book_set_mode(visit->desk->book, visit->bank, mode);
    return json_pack("{s:s, s:s}", "bank", visit->bank->code, "mode",
                     book_mode_name(book_mode(visit->desk->book, visit->bank)));
}

static json_t *desk_inbox(struct visit *visit) {
    struct book_sms sms[INBOX_MAX];
    json_t *items = json_array();
    size_t count = book_inbox(visit->desk->book, sms, INBOX_MAX);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(items,
                              json_pack("{s:s, s:s, s:s, s:I}", "phone", sms[i].phone, "code", sms[i].code,
                                        "bank", sms[i].bank, "at", (json_int_t)sms[i].at_ms));
    return json_pack("{s:o}", "items", items);
}

static json_t *desk_cards(struct visit *visit) {
    size_t banks_count, kinds_count;
    const struct testcard_bank *banks = testcard_banks(&banks_count);
    const struct testcard_kind *kinds = testcard_kinds(&kinds_count);
    json_t *items = json_array();
    (void)visit;
    for (size_t b = 0; b < banks_count; b++)
        for (size_t k = 1; k < kinds_count; k++) {
            char number[TESTCARD_NUMBER_MAX];
            testcard_number(&banks[b], &kinds[k], number);
            json_array_append_new(items,
                                  json_pack("{s:s, s:s, s:s, s:s}", "number", number, "bank", banks[b].code,
                                            "behaviour", kinds[k].about, "behaviour_zh", kinds[k].about_zh));
        }
    return json_pack("{s:o}", "items", items);
}

static json_t *desk_state(struct visit *visit) {
    size_t count;
    const struct testcard_bank *banks = testcard_banks(&count);
    json_t *modes = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(modes, banks[i].code,
                            json_string(book_mode_name(book_mode(visit->desk->book, &banks[i]))));
    return json_pack("{s:o, s:b, s:I}", "modes", modes, "adds_up", book_adds_up(visit->desk->book), "now",
                     (json_int_t)clock_now_ms());
}

/* --- the routes --- */

enum { OF_A_BANK = 1, FAILS_WITH_IT = 2 };
static const struct {
    const char *target;
    desk_handler *handler;
    size_t fields; /* how many the body has: no more, no fewer */
    unsigned flags;
} routes[] = {
    {"/v1/verifications", desk_check, 6, OF_A_BANK | FAILS_WITH_IT},
    {"/v1/mandates", desk_mandate, 3, OF_A_BANK | FAILS_WITH_IT},
    {"/v1/payments", desk_pay, 6, OF_A_BANK | FAILS_WITH_IT},
    {"/v1/payment-queries", desk_query, 2, OF_A_BANK | FAILS_WITH_IT},
    {"/v1/cancellations", desk_cancel, 2, OF_A_BANK | FAILS_WITH_IT},
    {"/v1/statements", desk_statement, 3, OF_A_BANK | FAILS_WITH_IT},
    {"/sandbox/clock", desk_clock, 1, 0},
    {"/sandbox/modes", desk_mode, 2, OF_A_BANK},
    {"/sandbox/inbox", desk_inbox, 0, 0},
    {"/sandbox/cards", desk_cards, 0, 0},
    {"/sandbox/state", desk_state, 0, 0},
};
enum { ROUTES = sizeof routes / sizeof routes[0] };

/* --- one request --- */

static json_t *error_json(struct visit *visit, int status, const char *error) {
    visit->answer->status = status;
    return json_pack("{s:s}", "error", error);
}

static json_t *visit_run(struct visit *visit, size_t route) {
    struct text bank = {0};
    if (json_object_size(visit->fields) != routes[route].fields) return error_json(visit, 400, "fields");
    if (routes[route].flags & OF_A_BANK) {
        if (!field_text(visit, "bank", 1, 8, &bank)) return error_json(visit, 400, "fields");
        visit->bank = testcard_bank(bank);
        if (!visit->bank) return error_json(visit, 400, "bank");
    }
    if (routes[route].flags & FAILS_WITH_IT) {
        enum book_mode mode = book_mode(visit->desk->book, visit->bank);
        if (mode == MODE_OUTAGE) {
            visit->answer->is_signed = false; /* something before the bank says so, not the bank */
            return error_json(visit, 503, "outage");
        }
        if (mode == MODE_DELAY) visit->answer->delay_ms = TESTCARD_DELAY_MS;
    }
    int delay_ms = visit->answer->delay_ms;
    json_t *body = routes[route].handler(visit);
    if (visit->answer->delay_ms < delay_ms) visit->answer->delay_ms = delay_ms;
    return body ? body : error_json(visit, 400, "fields");
}

static json_t *visit_open(struct visit *visit, const struct desk_request *request) {
    size_t route = 0;
    while (route < ROUTES && !text_is(request->target, routes[route].target)) route++;
    if (route == ROUTES) return error_json(visit, 404, "route");
    if (strcmp(request->method, "POST") != 0) return error_json(visit, 405, "method");
    if (json_read_object(request->body, &visit->fields) != ERR_OK) return error_json(visit, 400, "json");
    return visit_run(visit, route);
}

void desk_handle(struct desk *desk, const struct desk_request *request, struct desk_answer *out) {
    struct visit visit = {.desk = desk, .now_ms = clock_now_ms(), .answer = out};
    int64_t real_ms = clock_real_now_ms();
    json_t *body;
    *out = (struct desk_answer){.status = 200};

    pthread_mutex_lock(&desk->lock);
    enum envelope_end end =
        envelope_check_request(&desk->key, desk->seen, request->method, request->target, request->body,
                               request->time, request->nonce, request->signature, real_ms);
    out->is_signed = end == ENVELOPE_GOOD;
    body = out->is_signed ? visit_open(&visit, request)
                          : error_json(&visit, end == ENVELOPE_FULL ? 503 : 401, envelope_end_name(end));
    pthread_mutex_unlock(&desk->lock);

    out->body = body ? json_dumps(body, JSON_COMPACT) : NULL;
    if (!out->body) log_fatal("no memory for an answer");
    json_decref(body);
    json_decref(visit.fields);
    if (out->is_signed)
        envelope_answer(&desk->key, out->status, request->nonce, text_of(out->body), clock_real_now_ms(),
                        &out->envelope);
    if (out->status != 200)
        log_info("%.*s: %d %s", (int)request->target.n, request->target.p, out->status, out->body);
}

struct desk *desk_new(struct book *book, const struct envelope_key *key) {
    struct desk *desk = calloc(1, sizeof *desk);
    struct envelope_seen *seen = envelope_seen_new(clock_real_now_ms());
    if (!desk || !seen) log_fatal("no memory for the desk");
    pthread_mutex_init(&desk->lock, NULL);
    desk->book = book;
    desk->key = *key;
    desk->seen = seen;
    clock_set_offset_ms(book_clock_offset(book));
    return desk;
}

void desk_free(struct desk *desk) {
    if (!desk) return;
    envelope_seen_free(desk->seen);
    pthread_mutex_destroy(&desk->lock);
    free(desk);
}
