/* SPDX-License-Identifier: Apache-2.0 */
/* What a shop took: a day, the days of a month, and a day as a table for the bookkeeper. */
#include "wallet/takings.h"

#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "edge/api/bill.h"
#include "edge/api/csv.h"
#include "edge/api/merchant.h"
#include "wallet/refund.h"
#include "wallet/waiter.h"

bool read_day(struct text text, int64_t *day) { /* "2026-11-23" */
    char time[40];
    int64_t at_ms;
    if (text.n != 10) return false;
    snprintf(time, sizeof time, "%.10sT00:00:00+08:00", text.p);
    if (!civil_parse(text_of(time), &at_ms)) return false;
    *day = civil_day_of(at_ms);
    return true;
}

static void day_key(struct api_call *call, int64_t day) {
    char shown[CIVIL_TEXT_MAX];
    civil_text(civil_day_start_ms(day), shown);
    json_key_text(call->out, "day", (struct text){shown, 10});
}

/* The sums of any time: what came in, what was given back, what went to the bank, what that cost. */
static void sum_keys(struct api_call *call, const struct takings_sum sums[LINE_KINDS]) {
    json_key_i64(call->out, "count", sums[LINE_TAKING].count);
    json_key_i64(call->out, "amount", sums[LINE_TAKING].amount.fen);
    json_key_i64(call->out, "refund_count", sums[LINE_REFUND].count);
    json_key_i64(call->out, "refunded", sums[LINE_REFUND].amount.fen);
    json_key_i64(call->out, "settled", sums[LINE_SETTLEMENT].amount.fen);
    json_key_i64(call->out, "fee", sums[LINE_FEE].amount.fen);
}

/* --- a day --- */

struct takings_body {
    struct merchant_id merchant;
    struct text day;
    struct till_id till;
};
static const struct api_field takings_fields[] = {
    FIELD_SHOP(struct takings_body, merchant),
    FIELD_TEXT(struct takings_body, day, "day", OPTIONAL | IN_QUERY, 10, 10, "2026-11-23; today unless given"),
    FIELD_ID(struct takings_body, till.n, "till_id", ID_TILL, OPTIONAL | IN_QUERY,
             "one till; all unless given"),
};

static void line_value(struct api_call *call, struct view *view, const struct merchant *shop,
                       const struct takings_line *line) {
    struct bill bill;
    if (!bill_of_payment(view->db, line->payment, shop->owner, &bill)) return;
    const struct payment *payment = &bill.payment;
    json_begin_object(call->out);
    api_key_id(call, "id", ID_PAYMENT, payment->id.n);
    json_key_str(call->out, "kind", payment_kind_name(payment->kind));
    json_key_i64(call->out, "amount", line->amount.fen);
    json_key_i64(call->out, "refunded", bill.refunded.fen);
    json_key_str(call->out, "payer", bill.party_name);
    json_key_time(call->out, "at", line->at_ms);
    json_key_str(call->out, "source", payment->card.n ? "card" : "balance");
    if (payment->order.n) api_key_id(call, "order_id", ID_ORDER, payment->order.n);
    else json_key_null(call->out, "order_id");
    if (line->till.n) api_key_id(call, "till_id", ID_TILL, line->till.n);
    else json_key_null(call->out, "till_id");
    json_end_object(call->out);
}

/* A waiter sees today, at the given till; the owner anything. */
static enum err may_see(struct api_call *call, struct view *view, const struct takings_body *body,
                        struct stand *stand, struct till_id *till) {
    int64_t day;
    enum err err = waiter_stand(view->db, &call->actor, body->merchant, &call->fault, stand);
    if (err != ERR_OK) return err;
    bool today = !body->day.n || (read_day(body->day, &day) && day == civil_day_of(view->now_ms));
    bool other_till = stand->till.n && body->till.n && body->till.n != stand->till.n;
    if (!stand->owner && (!today || other_till)) return fault_set(&call->fault, ERR_NOT_YOURS);
    *till = stand->till.n ? stand->till : body->till;
    return till_fits(view->db, stand->merchant.id, *till)
               ? ERR_OK
               : fault_field(&call->fault, ERR_NOT_FOUND, "/till_id");
}

static enum err takings_get(struct api_call *call, struct view *view) {
    const struct takings_body *body = call->body;
    struct stand stand;
    struct till_id till;
    int64_t day = civil_day_of(view->now_ms);
    if (body->day.n && !read_day(body->day, &day)) return fault_field(&call->fault, ERR_BAD_FIELD, "/day");
    enum err err = may_see(call, view, body, &stand, &till);
    if (err != ERR_OK) return err;
    struct takings *takings = arena_alloc(&call->request->arena, sizeof *takings);
    takings_of_day(view, &stand.merchant, till, day, takings);
    json_begin_object(call->out);
    day_key(call, day);
    sum_keys(call, takings->sums);
    json_key_bool(call->out, "whole", takings->whole);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < takings->listed; i++) line_value(call, view, &stand.merchant, &takings->items[i]);
    json_end_array(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

/* --- a month --- */

struct month_body {
    struct merchant_id merchant;
    struct text month;
};
static const struct api_field month_fields[] = {
    FIELD_SHOP(struct month_body, merchant),
    FIELD_TEXT(struct month_body, month, "month", OPTIONAL | IN_QUERY, 7, 7, "2026-11; this one unless given"),
};

static bool read_month(struct text text, struct civil *out) { /* "2026-11" */
    char first[16];
    int64_t day;
    snprintf(first, sizeof first, "%.7s-01", text.p);
    if (text.n != 7 || !read_day(text_of(first), &day)) return false;
    *out = civil_of(civil_day_start_ms(day));
    return true;
}

static enum err days_get(struct api_call *call, struct view *view) {
    const struct month_body *body = call->body;
    struct merchant merchant;
    struct takings_day days[MONTH_DAYS_MAX];
    struct civil month = civil_of(view->now_ms);
    bool whole;
    if (body->month.n && !read_month(body->month, &month))
        return fault_field(&call->fault, ERR_BAD_FIELD, "/month");
    enum err err = merchant_own(view->db, &call->actor, body->merchant, &call->fault, &merchant);
    if (err != ERR_OK) return err;
    size_t count = takings_of_month(view, &merchant, month.year, month.month, days, &whole);
    char shown[16];
    snprintf(shown, sizeof shown, "%04d-%02d", month.year, month.month);
    json_begin_object(call->out);
    json_key_str(call->out, "month", shown);
    json_key_bool(call->out, "whole", whole);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(call->out);
        day_key(call, days[i].day);
        sum_keys(call, days[i].sums);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

/* --- a day, for the bookkeeper --- */

enum { PART_LINES = 4000, PARTS_MAX = TAKINGS_WALKED_MAX / PART_LINES };
static const char *const languages[] = {[LANG_EN] = "en", [LANG_ZH] = "zh", NULL};
struct statement_body {
    struct merchant_id merchant;
    struct text day;
    int64_t part;
    int language;
};
static const struct api_field statement_fields[] = {
    FIELD_SHOP(struct statement_body, merchant),
    FIELD_TEXT(struct statement_body, day, "day", REQUIRED | IN_QUERY, 10, 10, "2026-11-23"),
    FIELD_INT(struct statement_body, part, "part", OPTIONAL | IN_QUERY, 1, PARTS_MAX,
              "4,000 lines each, the oldest in part 1; the sums are those of the whole day"),
    FIELD_CHOICE(struct statement_body, language, "lang", languages, OPTIONAL | IN_QUERY, "zh unless given"),
};

static const char *const columns[][2] = {
    {"Time", "时间"}, {"Kind", "类型"}, {"Number", "单号"},  {"Till", "收银台"}, {"With", "对方"},
    {"In", "收入"},   {"Out", "支出"},  {"Balance", "余额"}, {"Note", "备注"},
};
static const char *const line_names[LINE_KINDS][2] = {
    [LINE_TAKING] = {"Payment", "收款"},
    [LINE_REFUND] = {"Refund", "退款"},
    [LINE_SETTLEMENT] = {"Settlement", "结算"},
    [LINE_FEE] = {"Fee", "手续费"},
};

struct statement {
    struct buf lines; /* struct takings_line, newest first */
    struct takings_sum sums[LINE_KINDS];
    struct money opening, closing;
    bool whole;
};

static void statement_line(void *arg, const struct takings_line *line) {
    struct statement *statement = arg;
    struct takings_sum *sum = &statement->sums[line->kind];
    buf_add(&statement->lines, line, sizeof *line);
    if (!money_add(sum->amount, line->amount, &sum->amount)) sum->amount.fen = MONEY_MAX;
    sum->count++;
}

static void write_line(struct api_call *call, struct view *view, const struct merchant *shop,
                       const struct takings_line *line, int lang) {
    struct buf *out = call->out->buf;
    char at[CIVIL_TEXT_MAX], id[PUBLIC_ID_SIZE + 1];
    struct bill bill;
    struct till till = {0};
    bill_of_payment(view->db, line->payment, shop->owner, &bill);
    if (line->till.n) till_find(view->db, line->till, &till);
    civil_text(line->at_ms, at);
    at[19] = 0; /* to the second; all are +08:00 */
    at[10] = ' ';
    keys_id_show(call->keys, ID_PAYMENT, line->payment.n, id);
    csv_text(out, at);
    csv_text(out, line_names[line->kind][lang]);
    csv_text(out, id);
    csv_text(out, till.name);
    csv_text(out, line->kind == LINE_FEE ? "" : bill.party_name);
    if (line->kind != LINE_TAKING) csv_nothing(out);
    csv_money(out, line->amount);
    if (line->kind == LINE_TAKING) csv_nothing(out);
    csv_money(out, line->after);
    csv_text(out, bill.payment.note);
    csv_end_row(out);
}

static void write_sum(struct buf *out, const char *name, const struct money *in, const struct money *taken,
                      const struct money *balance) {
    csv_text(out, "");
    csv_text(out, name);
    for (int i = 0; i < 3; i++) csv_text(out, "");
    for (int i = 0; i < 3; i++) {
        const struct money *cell = i == 0 ? in : i == 1 ? taken : balance;
        if (cell) csv_money(out, *cell);
        else csv_nothing(out);
    }
    csv_text(out, "");
    csv_end_row(out);
}

static void write_sums(struct buf *out, const struct statement *s, int lang) {
    static const char *const opening[] = {"Opening balance", "期初余额"},
                             *const closing[] = {"Closing balance", "期末余额"},
                             *const cut[] = {"(incomplete: too many lines)", "(不完整:行数太多)"};
    static const char *const sums[LINE_KINDS][2] = {{"Sum of payments", "收款合计"},
                                                    {"Sum of refunds", "退款合计"},
                                                    {"Sum of settlements", "结算合计"},
                                                    {"Sum of fees", "手续费合计"}};
    write_sum(out, opening[lang], NULL, NULL, &s->opening);
    for (int i = 0; i < LINE_KINDS; i++)
        write_sum(out, sums[i][lang], i == LINE_TAKING ? &s->sums[i].amount : NULL,
                  i == LINE_TAKING ? NULL : &s->sums[i].amount, NULL);
    write_sum(out, closing[lang], NULL, NULL, &s->closing);
    if (!s->whole) write_sum(out, cut[lang], NULL, NULL, NULL);
}

static enum err statement_get(struct api_call *call, struct view *view) {
    const struct statement_body *body = call->body;
    struct merchant shop;
    struct statement s = {0};
    int64_t day;
    int lang = body->language < 0 ? LANG_ZH : body->language;
    if (!read_day(body->day, &day)) return fault_field(&call->fault, ERR_BAD_FIELD, "/day");
    enum err err = merchant_own(view->db, &call->actor, body->merchant, &call->fault, &shop);
    if (err != ERR_OK) return err;
    struct takings_span span = {shop.account, civil_day_start_ms(day), civil_day_start_ms(day + 1),
                                TAKINGS_WALKED_MAX};
    buf_init(&s.lines, (TAKINGS_WALKED_MAX + 64) * sizeof(struct takings_line));
    s.whole = takings_walk(view->ledger, view->db, &span, statement_line, &s, &s.opening, &s.closing);

    struct buf *out = call->out->buf;
    size_t count = s.lines.size / sizeof(struct takings_line);
    size_t from = body->part > 1 ? (size_t)(body->part - 1) * PART_LINES : 0;
    csv_begin(out);
    for (size_t i = 0; i < API_COUNT(columns); i++) csv_text(out, columns[i][lang]);
    csv_end_row(out);
    for (size_t i = from; i < count && i < from + PART_LINES; i++) {
        struct takings_line line;
        memcpy(&line, s.lines.bytes + (count - 1 - i) * sizeof line, sizeof line);
        write_line(call, view, &shop, &line, lang);
    }
    write_sums(out, &s, lang);
    buf_release(&s.lines);
    return ERR_OK;
}

const struct api_route takings_routes[] = {
    {HTTP_GET, "/v1/merchants/{id}/takings", WHO_PERSON, API_READ,
     API_FIELDS(takings_fields, struct takings_body), .run.read = takings_get,
     .about = "What a day brought; a waiter: today", .answer = "Takings"},
    {HTTP_GET, "/v1/merchants/{id}/days", WHO_PERSON, API_READ, API_FIELDS(month_fields, struct month_body),
     .run.read = days_get, .about = "The days of a month that brought something, newest first",
     .answer = "TakingsMonth"},
    {HTTP_GET, "/v1/merchants/{id}/statement.csv", WHO_PERSON, API_READ,
     API_FIELDS(statement_fields, struct statement_body), .run.read = statement_get,
     .about = "A day's lines and sums as a table", .type = "text/csv; charset=utf-8"},
};
const size_t takings_routes_count = API_COUNT(takings_routes);
