/* SPDX-License-Identifier: Apache-2.0 */
/* The export: the bills of a range as CSV (RFC 4180, UTF-8 with a mark at its beginning, which Excel wants to see).
 *
 * What a stranger may have written (a name, a note) can begin like a formula; such a cell gets an apostrophe in front (OWASP, "CSV
 * injection"), and every cell stands in quotes. */
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "edge/api/bill_query.h"

enum { ROWS_MAX = 50000 };

static const char *const languages[] = {"zh", "en", NULL};
const struct api_field bill_csv_fields[10] = {
    FIELD_TEXT(struct bill_csv_body, from, "from", OPTIONAL | IN_QUERY, 10, 10,
               "first day, 2026-11-01; the month's first unless given"),
    FIELD_TEXT(struct bill_csv_body, to, "to", OPTIONAL | IN_QUERY, 10, 10, "last day; today unless given"),
    FIELD_CHOICE(struct bill_csv_body, language, "language", languages, OPTIONAL | IN_QUERY,
                 "of titles and states; zh unless given"),
    FIELDS_BILL_QUERY(struct bill_csv_body, query),
};
_Static_assert(API_COUNT(bill_csv_fields) == 10, "three and the filter's seven, and none left out");

static void cell(struct buf *out, struct text value, bool last) {
    buf_add_char(out, '"');
    if (value.n && strchr("=+-@\t\r", value.p[0])) buf_add_char(out, '\'');
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '"') buf_add_char(out, '"');
        buf_add_char(out, value.p[i]);
    }
    buf_add_text(out, last ? "\"\r\n" : "\",");
}

static const char *kind_label(enum payment_kind kind, bool zh) {
    size_t count;
    const struct payment_kind_row *rows = payment_kind_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].kind == kind) return zh ? rows[i].label_zh : rows[i].label;
    return "";
}

/* The most exact row: kind and direction, then kind, then the state alone. */
static const char *state_label(const struct bill_item *item, bool zh) {
    size_t count;
    int best = -1;
    const char *label = "", *direction = bill_directions[item->side];
    const struct payment_state_row *rows = payment_state_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const struct payment_state_row *row = &rows[i];
        bool fits = row->state == item->state && (!row->kind || row->kind == item->kind) &&
                    (!row->direction || strcmp(row->direction, direction) == 0);
        int exact = 2 * (row->kind != 0) + (row->direction != NULL);
        if (!fits || exact <= best) continue;
        best = exact;
        label = zh ? row->label_zh : row->label;
    }
    return label;
}

static void write_titles(struct buf *out, bool zh) {
    static const char *const titles[][2] = {{"时间", "Time"},      {"类型", "Kind"},
                                            {"收支", "In or out"}, {"金额(元)", "Amount (CNY)"},
                                            {"对方", "With"},      {"备注", "Note"},
                                            {"方式", "From"},      {"状态", "State"},
                                            {"单号", "Number"}};
    enum { TITLES = sizeof titles / sizeof titles[0] };
    buf_add_text(out, "\xEF\xBB\xBF");
    for (size_t i = 0; i < TITLES; i++) cell(out, text_of(titles[i][zh ? 0 : 1]), i + 1 == TITLES);
}

static void write_item(struct api_call *call, struct buf *out, const struct bill_item *item, bool zh) {
    static const char *const sides[][2] = {[BILL_OUT] = {"支出", "out"}, [BILL_IN] = {"收入", "in"}};
    static const char *const sources[][2] = {{"零钱", "balance"}, {"银行卡", "card"}};
    char time[32], amount[MONEY_TEXT_MAX], shown[PUBLIC_ID_SIZE + 1];
    struct civil at = civil_of(item->at_ms);
    int size = snprintf(time, sizeof time, "%04d-%02d-%02d %02d:%02d:%02d", at.year, at.month, at.day,
                        at.hour, at.minute, at.second);
    money_text((struct money){item->amount_fen}, amount);
    keys_id_show(call->keys, item->refusal ? ID_REFUSAL : ID_PAYMENT, item->id, shown);
    bool own = item->party_kind == PARTY_BANK;
    cell(out, (struct text){time, (size_t)size}, false);
    cell(out, text_of(kind_label(item->kind, zh)), false);
    cell(out, own ? text_of(zh ? "不计收支" : "own money") : text_of(sides[item->side][zh ? 0 : 1]), false);
    cell(out, text_of(amount), false);
    cell(out, item->name, false);
    cell(out, item->note, false);
    cell(out, text_of(sources[item->by_card][zh ? 0 : 1]), false);
    cell(out, text_of(state_label(item, zh)), false);
    cell(out, text_of(shown), true);
}

/* The days, when they are given, are the range; else the month of the filter; else this month. */
static enum err range_read(struct api_call *call, const struct view *view, struct bill_filter *filter) {
    const struct bill_csv_body *body = call->body;
    int64_t from, until = civil_day_of(view->now_ms) + 1;
    struct civil now = civil_of(view->now_ms);
    if (!body->from.n && !body->to.n && body->query.month.n) return ERR_OK;
    from = civil_day(now.year, now.month, 1);
    if (body->from.n && !bill_day_read(body->from, &from))
        return fault_field(&call->fault, ERR_BAD_FIELD, "/from");
    if (body->to.n && !bill_day_read(body->to, &until))
        return fault_field(&call->fault, ERR_BAD_FIELD, "/to");
    if (body->to.n) until++;
    if (until <= from) return fault_field(&call->fault, ERR_BAD_RANGE, "/to");
    filter->from_ms = civil_day_start_ms(from);
    filter->until_ms = civil_day_start_ms(until);
    return ERR_OK;
}

static enum err too_large(struct api_call *call) {
    fault_set(&call->fault, ERR_EXPORT_TOO_LARGE);
    call->fault.left = ROWS_MAX;
    return ERR_EXPORT_TOO_LARGE;
}

enum err bill_csv_get(struct api_call *call, struct view *view) {
    const struct bill_csv_body *body = call->body;
    struct buf *out = call->out->buf;
    struct bill_filter filter;
    struct bill_find *find;
    struct bill_item item;
    bool zh = body->language != 1, cut;
    enum err err = bill_query_read(call, &body->query, &filter);
    if (err == ERR_OK) err = range_read(call, view, &filter);
    if (err == ERR_OK) err = bill_find_begin(view, &call->actor, &filter, 0, &call->fault, &find);
    if (err != ERR_OK) return err;
    write_titles(out, zh);
    int rows = 0;
    while (rows <= ROWS_MAX && bill_find_next(find, &item))
        if (rows++ < ROWS_MAX) write_item(call, out, &item, zh);
    err = bill_find_end(find, &call->fault, &cut);
    if (err == ERR_OK && (cut || rows > ROWS_MAX || out->failed)) err = too_large(call);
    if (err != ERR_OK) buf_clear(out);
    call->file = "qianbao-bills.csv";
    return err;
}
