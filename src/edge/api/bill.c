/* SPDX-License-Identifier: Apache-2.0 */
/* Bills: the list, and one of them with its history. */
#include "edge/api/bill.h"

#include <stdio.h>
#include <string.h>

#include "edge/api/bill_query.h"
#include "edge/api/card.h"
#include "kit/crypto/keys.h"
#include "wallet/funding.h"
#include "wallet/refund.h"

/* --- a bill, as JSON --- */

void counterparty_key(struct api_call *call, const struct bill *bill) {
    static const char *const kinds[] =
        {[PARTY_PERSON] = "person",  [PARTY_MERCHANT] = "merchant", [PARTY_BANK] = "bank",
         [PARTY_NOBODY] = "unknown", [PARTY_POCKET] = "pocket",     [PARTY_AUTHORITY] = "authority"};
    json_key(call->out, "counterparty");
    json_begin_object(call->out);
    json_key_str(call->out, "kind", kinds[bill->party]);
    json_key_str(call->out, "name", bill->party_name);
    json_end_object(call->out);
}

static void source_key(struct api_call *call, const struct bill *bill) {
    json_key(call->out, "source");
    json_begin_object(call->out);
    json_key_str(call->out, "kind", bill->payment.card.n ? "card" : "balance");
    json_key(call->out, "card");
    if (bill->card.id.n) card_value(call, &bill->card);
    else json_none(call->out);
    json_end_object(call->out);
}

static void reason_key(struct api_call *call, const struct fault *reason) {
    json_key(call->out, "reason");
    if (reason->code == ERR_OK) {
        json_none(call->out);
        return;
    }
    json_begin_object(call->out);
    api_reason_keys(call->out, reason);
    json_end_object(call->out);
}

void bill_keys(struct api_call *call, const struct bill *bill) {
    static const char *const taken[] = {[TAKEN_NO] = "no", [TAKEN_YES] = "yes", [TAKEN_CHECKING] = "checking"};
    const struct payment *p = &bill->payment;
    if (bill->refusal) api_key_id(call, "id", ID_REFUSAL, bill->refusal);
    else api_key_id(call, "id", ID_PAYMENT, p->id.n);
    json_key_str(call->out, "kind", payment_kind_name(p->kind));
    json_key_str(call->out, "state", payment_state_name(p->state));
    json_key_str(call->out, "direction", bill->side == BILL_OUT ? "out" : "in");
    json_key_i64(call->out, "amount", p->amount.fen);
    json_key_i64(call->out, "fee", bill->fee.fen);
    counterparty_key(call, bill);
    source_key(call, bill);
    json_key_str(call->out, "note", p->note);
    json_key_time(call->out, "created_at", p->created_ms);
    json_key_time(call->out, "updated_at", p->updated_ms);
    json_key_time(call->out, "expires_at", p->state == PAYMENT_WAITING ? p->due_ms : 0);
    json_key_time(call->out, "arrives_at", p->delay_ms ? p->created_ms + p->delay_ms : 0);
    json_key_str(call->out, "money_taken", taken[bill->taken]);
    reason_key(call, &bill->reason);
    if (p->order.n) api_key_id(call, "order_id", ID_ORDER, p->order.n);
    else json_key_null(call->out, "order_id");
    json_key_i64(call->out, "refunded", bill->refunded.fen);
    if (bill->refund_of.n) api_key_id(call, "refund_of", ID_PAYMENT, bill->refund_of.n);
    else json_key_null(call->out, "refund_of");
}

static void move_value(struct api_call *call, enum payment_state state, int64_t at_ms) {
    json_begin_object(call->out);
    json_key_str(call->out, "state", payment_state_name(state));
    json_key_time(call->out, "at", at_ms);
    json_end_object(call->out);
}

static void entry_value(struct api_call *call, uint64_t entry) { /* 0: none */
    char shown[PUBLIC_ID_SIZE + 1];
    if (entry == 0) return;
    keys_id_show(call->keys, ID_ENTRY, entry, shown);
    json_str(call->out, shown);
}

/* A purchase's refunds, oldest first. */
static void refunds_key(struct api_call *call, struct db *db, const struct bill *bill) {
    struct payment_id ids[REFUND_PARTS_MAX];
    size_t count = bill->refunded.fen ? refund_list(db, bill->payment.id, ids, REFUND_PARTS_MAX) : 0;
    json_key(call->out, "refunds");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) {
        struct payment refund;
        if (!payment_find(db, ids[i], &refund)) continue;
        json_begin_object(call->out);
        api_key_id(call, "id", ID_PAYMENT, refund.id.n);
        json_key_i64(call->out, "amount", refund.amount.fen);
        json_key_str(call->out, "state", payment_state_name(refund.state));
        json_key_time(call->out, "at", refund.created_ms);
        json_end_object(call->out);
    }
    json_end_array(call->out);
}

/* Each source that was tried, for the payer: what of it was asked last has the payment's state. */
static void try_value(struct api_call *call, struct db *db, const struct funding_row *row, const char *state) {
    struct card card;
    json_begin_object(call->out);
    json_key_str(call->out, "state", state);
    json_key_str(call->out, "kind", row->card.n ? "card" : "balance");
    json_key(call->out, "card");
    if (row->card.n && card_find(db, row->card, &card)) card_value(call, &card);
    else json_none(call->out);
    struct fault reason;
    fault_set(&reason, row->reason);
    if (row->card.n && card.id.n && row->reason) bank_fault(card.bank, row->reason, &reason);
    reason_key(call, &reason);
    json_end_object(call->out);
}

static void tries_key(struct api_call *call, struct db *db, const struct bill *bill,
                      const struct funding_row *rows, size_t count) {
    const struct payment *p = &bill->payment;
    json_key(call->out, "tries");
    json_begin_array(call->out);
    for (size_t i = 0; bill->side == BILL_OUT && i < count; i++) {
        bool answered = i + 1 < count && rows[i + 1].card.n == rows[i].card.n;
        if (rows[i].what != FUNDING_ASKED)
            try_value(call, db, &rows[i], rows[i].what == FUNDING_SHORT ? "short" : "declined");
        else if (!answered) try_value(call, db, &rows[i], payment_state_name(p->state));
    }
    json_end_array(call->out);
}

/* What a bank has not answered: since when, how often it was asked, and when next; null once it has. */
static void doubt_key(struct api_call *call, struct db *db, const struct payment *p) {
    struct bank_order_state orders[BANK_ORDERS_OF_MAX];
    const struct bank_order_state *open = NULL;
    size_t count = p->state == PAYMENT_IN_DOUBT ? bank_orders_of(db, p->id, orders) : 0;
    for (size_t i = 0; i < count; i++)
        if (!orders[i].verdict && orders[i].tries > 0) open = &orders[i];
    json_key(call->out, "doubt");
    if (!open) {
        json_none(call->out);
        return;
    }
    json_begin_object(call->out);
    json_key_time(call->out, "since", open->created_ms);
    json_key_i64(call->out, "asked", open->tries);
    json_key_time(call->out, "next_probe", open->due_ms);
    json_end_object(call->out);
}

void payment_value(struct api_call *call, struct db *db, const struct bill *bill) {
    const struct payment *p = &bill->payment;
    struct funding_row rows[FUNDING_ROWS_MAX];
    bool asked = p->kind == PAYMENT_PURCHASE && p->card.n && !bill->refusal;
    size_t tries = asked ? funding_rows(db, p->id, rows) : 0;
    struct payment_move_row moves[PAYMENT_MOVES_MAX];
    enum payment_state first = bill->refusal ? PAYMENT_REFUSED : payment_first_state(p);
    size_t count = p->state == first ? 0 : payment_moves(db, p->id, moves);
    json_begin_object(call->out);
    bill_keys(call, bill);
    refunds_key(call, db, bill);
    tries_key(call, db, bill, rows, tries);
    doubt_key(call, db, p);
    json_key(call->out, "moves");
    json_begin_array(call->out);
    move_value(call, first, p->created_ms);
    for (size_t i = 0; i < count; i++) move_value(call, moves[i].state, moves[i].at_ms);
    json_end_array(call->out);
    json_key(call->out, "entries");
    json_begin_array(call->out);
    entry_value(call, p->entry.n);
    bool pair = bill->fee.fen || (p->kind == PAYMENT_REFUND && p->card.n);
    entry_value(call, pair ? p->entry.n + 1 : 0);
    for (size_t i = 0; i < tries; i++) /* the void of the card before, and the next card's */
        if (rows[i].entry.n > p->entry.n) {
            entry_value(call, rows[i].entry.n - 1);
            entry_value(call, rows[i].entry.n);
        }
    for (size_t i = 0; i < count; i++) {
        bool onward = p->kind == PAYMENT_PURCHASE && moves[i].state == PAYMENT_DONE; /* by card: in and on */
        bool two = moves[i].entry.n && (onward || bill->fee.fen);
        entry_value(call, moves[i].entry.n);
        entry_value(call, two ? moves[i].entry.n + 1 : 0);
    }
    json_end_array(call->out);
    json_end_object(call->out);
}

void payment_answer(struct api_call *call, struct db *db, const struct payment *payment) {
    struct bill bill;
    bill_of_payment(db, payment->id, call->actor.person, &bill);
    json_begin_object(call->out);
    json_key(call->out, "payment");
    payment_value(call, db, &bill);
    json_end_object(call->out);
}

/* --- the list --- */

static void bill_items(struct api_call *call, const struct bill *bills, size_t count) {
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(call->out);
        bill_keys(call, &bills[i]);
        json_end_object(call->out);
    }
    json_end_array(call->out);
}

struct list_body {
    struct api_page page;
    struct bill_query query;
};
static const struct api_field list_fields[] = {
    FIELDS_PAGE(struct list_body, page),
    FIELDS_BILL_QUERY(struct list_body, query),
};

/* A page mark of a filtered list belongs to its filter. */
struct filtered_position {
    uint64_t before;
    unsigned char filter[16];
};

static void filter_sum(const struct bill_filter *f, unsigned char out[16]) {
    char said[256 + BILL_WORDS_BYTES];
    unsigned char hash[32];
    int size = snprintf(said, sizeof said, "%d %d %d %lld %lld %lld %lld %s", (int)f->kind, (int)f->state,
                        f->side, (long long)f->from_ms, (long long)f->until_ms, (long long)f->amount_min,
                        (long long)f->amount_max, f->words);
    crypto_sha256(said, (size_t)size, hash);
    memcpy(out, hash, 16);
}

static enum err filtered_get(struct api_call *call, struct view *view, const struct bill_filter *filter,
                             size_t max) {
    const struct list_body *body = call->body;
    struct filtered_position position = {0};
    unsigned char sum[16];
    size_t count;
    filter_sum(filter, sum);
    if (body->page.cursor.n) {
        if (api_cursor_read(call, body->page.cursor, &position, sizeof position) != ERR_OK)
            return call->fault.code;
        if (memcmp(sum, position.filter, sizeof sum) != 0)
            return fault_field(&call->fault, ERR_BAD_CURSOR, "/cursor");
    }
    memcpy(position.filter, sum, sizeof sum);
    struct bill *bills = arena_alloc(&call->request->arena, max * sizeof *bills);
    enum err err = bill_find_page(view, &call->actor, filter, position.before, bills, max, &call->fault,
                                  &count, &position.before);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    bill_items(call, bills, count);
    api_cursor_key(call, position.before ? &position : NULL, sizeof position);
    json_end_object(call->out);
    return ERR_OK;
}

static enum err bills_get(struct api_call *call, struct view *view) {
    const struct list_body *body = call->body;
    size_t max = body->page.limit ? (size_t)body->page.limit : API_LIMIT_DEFAULT;
    struct bill_filter filter;
    enum err err = bill_query_read(call, &body->query, &filter);
    if (err != ERR_OK) return err;
    if (bill_filter_any(&filter)) return filtered_get(call, view, &filter, max);
    struct bill_position position = {0};
    bool more = false;
    if (body->page.cursor.n && api_cursor_read(call, body->page.cursor, &position, sizeof position) != ERR_OK)
        return call->fault.code;
    struct bill *bills = arena_alloc(&call->request->arena, max * sizeof *bills);
    size_t count = bill_list(view, &call->actor, &position, bills, max, &more);
    json_begin_object(call->out);
    bill_items(call, bills, count);
    api_cursor_key(call, more ? &position : NULL, sizeof position);
    json_end_object(call->out);
    return ERR_OK;
}

/* --- totals --- */

struct months_body {
    int64_t count;
    struct bill_query query;
};
static const struct api_field months_fields[] = {
    FIELD_INT(struct months_body, count, "count", OPTIONAL | IN_QUERY, 1, MONTHS_MAX,
              "months, 12 unless given"),
    FIELDS_BILL_QUERY(struct months_body, query),
};

static enum err months_get(struct api_call *call, struct view *view) {
    const struct months_body *body = call->body;
    struct bill_filter filter;
    struct bill_month months[MONTHS_MAX];
    size_t count;
    bool whole;
    enum err err = bill_query_read(call, &body->query, &filter);
    if (err == ERR_OK)
        err = bill_find_months(view, &call->actor, &filter, months, body->count ? (size_t)body->count : 12,
                               &call->fault, &count, &whole);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) {
        const struct bill_totals *totals = &months[i].totals;
        json_begin_object(call->out);
        json_key_str(call->out, "month",
                     arena_format(&call->request->arena, "%04d-%02d", months[i].year, months[i].month));
        json_key_i64(call->out, "in", totals->in);
        json_key_i64(call->out, "out", totals->out);
        json_key_i64(call->out, "in_count", totals->in_count);
        json_key_i64(call->out, "out_count", totals->out_count);
        json_key_i64(call->out, "count", totals->count);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    json_key_bool(call->out, "whole", whole);
    json_key_null(call->out, "next_cursor");
    json_end_object(call->out);
    return ERR_OK;
}

/* --- one of them: a payment's number or a refusal's --- */

struct one_body {
    struct text id;
};
static const struct api_field one_fields[] = {
    FIELD_TEXT(struct one_body, id, "id", REQUIRED | IN_PATH, PUBLIC_ID_SIZE, PUBLIC_ID_SIZE,
               "one of my bills"),
};

static enum err bill_get(struct api_call *call, struct view *view) {
    const struct one_body *body = call->body;
    struct bill bill;
    uint64_t number = 0;
    enum err err = ERR_NOT_FOUND;
    if (keys_id_read(call->keys, ID_PAYMENT, body->id, &number))
        err = bill_payment(view, &call->actor, (struct payment_id){number}, &call->fault, &bill);
    else if (keys_id_read(call->keys, ID_REFUSAL, body->id, &number))
        err = bill_refusal(view, &call->actor, number, &call->fault, &bill);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key(call->out, "bill");
    payment_value(call, view->db, &bill);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route bill_routes[] = {
    {HTTP_GET, "/v1/bills", WHO_PERSON, API_READ, API_FIELDS(list_fields, struct list_body),
     .run.read = bills_get, .about = "My bills and refusals that fit, newest first", .answer = "Bills",
     .flags = API_INDEX},
    {HTTP_GET, "/v1/bills.csv", WHO_PERSON, API_READ, API_FIELDS(bill_csv_fields, struct bill_csv_body),
     .run.read = bill_csv_get, .about = "My bills of a range as CSV, at most 50,000",
     .type = "text/csv; charset=utf-8", .flags = API_INDEX | API_LONG},
    {HTTP_GET, "/v1/bills/months", WHO_PERSON, API_READ, API_FIELDS(months_fields, struct months_body),
     .run.read = months_get, .about = "What came in and went out, by month", .answer = "Months",
     .flags = API_INDEX},
    {HTTP_GET, "/v1/bills/{id}", WHO_PERSON, API_READ, API_FIELDS(one_fields, struct one_body),
     .run.read = bill_get, .about = "One bill with its history", .answer = "BillAnswer"},
};
const size_t bill_routes_count = API_COUNT(bill_routes);
