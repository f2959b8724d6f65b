/* SPDX-License-Identifier: Apache-2.0 */
/* Payments: one of them with all that was ever written of it. */
#include "wallet/payment.h"

#include <stdlib.h>

#include "edge/control/account.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/bill.h"
#include "wallet/funding.h"
#include "wallet/refund.h"
#include "wallet/refusal.h"
#include "wallet/withdrawal.h"

enum { NUMBERS_MAX = 2 + PAYMENT_MOVES_MAX + FUNDING_ROWS_MAX, NEIGHBOURS = 3, ENTRIES_MAX = 64 };

/* Entry numbers that the rows name; the legs that were linked with them stand beside them. */
struct numbers {
    uint64_t n[NUMBERS_MAX];
    size_t count;
};

static void number_add(struct numbers *numbers, struct entry_no entry) {
    if (entry.n && numbers->count < NUMBERS_MAX) numbers->n[numbers->count++] = entry.n;
}

static int entry_order(const void *a, const void *b) {
    uint64_t x = ((const struct entry *)a)->no, y = ((const struct entry *)b)->no;
    return (x > y) - (x < y);
}

static void entry_value(struct errand *errand, const struct entry *entry) {
    struct json_out *out = errand->out;
    json_begin_object(out);
    json_key_i64(out, "number", (int64_t)entry->no);
    json_key_time(out, "at", entry->time_ms);
    json_key_str(out, "what", movement_row(entry->code) ? movement_row(entry->code)->name : "?");
    json_key_str(out, "step",
                 entry->flags & ENTRY_PENDING   ? "held"
                 : entry->flags & ENTRY_VOID    ? "void"
                 : entry->flags & ENTRY_EXPIRED ? "expired"
                                                : "posted");
    json_key_i64(out, "amount", (int64_t)entry->amount);
    json_key_i64(out, "debit", (int64_t)entry->debit);
    json_key_i64(out, "credit", (int64_t)entry->credit);
    json_key_i64(out, "ends", (int64_t)entry->pending);
    errand_key_id(errand, "id", ID_ENTRY, entry->no);
    json_end_object(out);
}

static void entries_key(struct errand *errand, const struct view *view, const struct payment *payment,
                        const struct numbers *numbers) {
    struct entry found[ENTRIES_MAX] = {0};
    size_t count = 0;
    for (size_t i = 0; i < numbers->count; i++) {
        uint64_t from = numbers->n[i] > NEIGHBOURS ? numbers->n[i] - NEIGHBOURS : 1;
        for (uint64_t no = from; no <= numbers->n[i] + NEIGHBOURS && count < ENTRIES_MAX; no++) {
            struct entry entry;
            if (ledger_entry_read(view->ledger, view->db, (struct entry_no){no}, &entry) &&
                entry.payment == payment->id.n && !(entry.flags & (ENTRY_OPEN | ENTRY_NOTE)))
                found[count++] = entry;
        }
    }
    qsort(found, count, sizeof found[0], entry_order);
    json_key(errand->out, "entries");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || found[i].no != found[i - 1].no) entry_value(errand, &found[i]);
    json_end_array(errand->out);
}

static void state_value(struct errand *errand, enum payment_state state, int64_t at_ms, uint64_t entry,
                        enum err reason) {
    json_begin_object(errand->out);
    json_key_str(errand->out, "state", payment_state_name(state));
    json_key_time(errand->out, "at", at_ms);
    json_key_i64(errand->out, "entry", (int64_t)entry);
    json_key_str(errand->out, "reason", reason ? err_name(reason) : NULL);
    json_end_object(errand->out);
}

static void states_key(struct errand *errand, const struct view *view, const struct payment *payment,
                       struct numbers *numbers) {
    struct payment_move_row moves[PAYMENT_MOVES_MAX];
    size_t count = payment_moves(view->db, payment->id, moves);
    json_key(errand->out, "states");
    json_begin_array(errand->out);
    state_value(errand, payment_first_state(payment), payment->created_ms, payment->entry.n, ERR_OK);
    number_add(numbers, payment->entry);
    for (size_t i = 0; i < count; i++) {
        state_value(errand, moves[i].state, moves[i].at_ms, moves[i].entry.n, moves[i].reason);
        number_add(numbers, moves[i].entry);
    }
    json_end_array(errand->out);
}

static void tries_key(struct errand *errand, const struct view *view, const struct payment *payment,
                      struct numbers *numbers) {
    static const char *const words[] =
        {[FUNDING_SHORT] = "short", [FUNDING_ASKED] = "asked", [FUNDING_DECLINED] = "declined"};
    struct funding_row rows[FUNDING_ROWS_MAX];
    size_t count = funding_rows(view->db, payment->id, rows);
    json_key(errand->out, "tries");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        json_key_str(errand->out, "source", rows[i].card.n ? "card" : "balance");
        errand_key_id(errand, "card", ID_CARD, rows[i].card.n);
        json_key_str(errand->out, "result", words[rows[i].what]);
        json_key_str(errand->out, "reason", rows[i].reason ? err_name(rows[i].reason) : NULL);
        json_key_i64(errand->out, "entry", (int64_t)rows[i].entry.n);
        json_key_time(errand->out, "at", rows[i].at_ms);
        json_end_object(errand->out);
        number_add(numbers, rows[i].entry);
    }
    json_end_array(errand->out);
}

static const char *order_result(const struct bank_order_state *order) {
    if (order->verdict == BANK_APPROVED) return "approved";
    if (order->verdict == BANK_DECLINED) return "declined";
    return order->tries > 0 ? "in_doubt" : "under_way";
}

static void orders_key(struct errand *errand, const struct view *view, const struct payment *payment) {
    struct bank_order_state orders[BANK_ORDERS_OF_MAX];
    size_t count = bank_orders_of(view->db, payment->id, orders);
    struct json_out *out = errand->out;
    json_key(out, "orders");
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) {
        const struct bank_row *bank = bank_by_no(orders[i].bank);
        json_begin_object(out);
        errand_key_id(errand, "message_id", ID_BANK_MESSAGE, orders[i].id);
        json_key_str(out, "bank", bank ? bank->code : "?");
        json_key_str(out, "kind", orders[i].kind == BANK_DEBIT ? "debit" : "credit");
        json_key_i64(out, "amount", orders[i].amount.fen);
        errand_key_id(errand, "card", ID_CARD, orders[i].card.n);
        json_key_time(out, "sent_at", orders[i].created_ms);
        json_key_str(out, "result", order_result(&orders[i]));
        json_key_str(out, "reason", orders[i].reason);
        json_key_str(out, "reference", orders[i].reference);
        json_key_time(out, "answered_at", orders[i].answered_ms);
        json_key_i64(out, "tries", orders[i].tries);
        json_key_time(out, "next_probe", orders[i].due_ms);
        json_end_object(out);
    }
    json_end_array(out);
}

static void refunds_key(struct errand *errand, const struct view *view, const struct payment *payment) {
    struct payment_id ids[REFUND_PARTS_MAX];
    struct payment refund;
    size_t count =
        payment->kind == PAYMENT_PURCHASE ? refund_list(view->db, payment->id, ids, REFUND_PARTS_MAX) : 0;
    json_key(errand->out, "refunds");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        if (!payment_find(view->db, ids[i], &refund)) continue;
        json_begin_object(errand->out);
        errand_key_id(errand, "id", ID_PAYMENT, refund.id.n);
        json_key_i64(errand->out, "amount", refund.amount.fen);
        json_key_str(errand->out, "state", payment_state_name(refund.state));
        json_key_time(errand->out, "at", refund.created_ms);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
}

/* Both kinds have these. */
static void common_keys(struct errand *errand, const struct payment *p) {
    struct json_out *out = errand->out;
    json_key_str(out, "kind", payment_kind_name(p->kind));
    json_key_str(out, "state", payment_state_name(p->state));
    json_key_str(out, "reason", p->reason ? err_name(p->reason) : NULL);
    json_key_i64(out, "amount", p->amount.fen);
    errand_key_id(errand, "payer", ID_PERSON, p->payer.n);
    errand_key_id(errand, "payee", ID_PERSON, p->payee.n);
    errand_key_id(errand, "merchant", ID_MERCHANT, p->merchant.n);
    errand_key_id(errand, "card", ID_CARD, p->card.n);
    json_key_time(out, "created_at", p->created_ms);
}

static void payment_keys(struct errand *errand, const struct view *view, const struct payment *p) {
    struct json_out *out = errand->out;
    struct numbers numbers = {0};
    errand_key_id(errand, "id", ID_PAYMENT, p->id.n);
    common_keys(errand, p);
    errand_key_id(errand, "order", ID_ORDER, p->order.n);
    errand_key_id(errand, "refund_of", ID_PAYMENT,
                  p->kind == PAYMENT_REFUND ? refund_purchase(view->db, p->id).n : 0);
    json_key_i64(out, "fee", withdrawal_fee_of(view->db, p).fen);
    json_key_i64(out, "refunded", p->kind == PAYMENT_PURCHASE ? refund_sum(view->db, p->id).fen : 0);
    json_key_str(out, "note", p->note);
    json_key_time(out, "updated_at", p->updated_ms);
    json_key_time(out, "due_at", p->due_ms);
    states_key(errand, view, p, &numbers);
    tries_key(errand, view, p, &numbers);
    entries_key(errand, view, p, &numbers);
    orders_key(errand, view, p);
    refunds_key(errand, view, p);
}

/* It moved nothing: there is nothing but what was asked, and why not. */
static void refusal_keys(struct errand *errand, const struct refusal *refusal) {
    struct payment asked;
    bill_refused_payment(refusal, &asked);
    errand_key_id(errand, "id", ID_REFUSAL, refusal->id);
    asked.reason = refusal->fault.code;
    common_keys(errand, &asked);
    json_key_str(errand->out, "words", err_row(refusal->fault.code)->en);
}

static enum err run_show(struct errand *errand) {
    struct payment payment;
    struct refusal refusal;
    struct payment_id id;
    uint64_t refused;
    enum err err = ERR_OK;
    struct view view = errand_read(errand);
    if (errand_id(errand, "payment", ID_PAYMENT, &id.n) && payment_find(view.db, id, &payment))
        payment_keys(errand, &view, &payment);
    else if (errand_id(errand, "payment", ID_REFUSAL, &refused) && refusal_find(view.db, refused, &refusal))
        refusal_keys(errand, &refusal);
    else err = fault_field(&errand->fault, ERR_NOT_FOUND, "/payment");
    errand_read_end(errand);
    return err;
}

static const struct command_arg payment_arg[] = {{"payment", "ID", ARG_TEXT, ARG_REQUIRED}, {0}};

const struct command_row payment_commands[] = {
    {.words = "payment show",
     .about = "a payment: every id, its states with their times, entries, tries, orders to banks, refunds",
     .args = payment_arg,
     .run = run_show,
     .more = "The id is the one on the person's bill; that of something refused is understood too."},
};
const size_t payment_commands_count = COMMAND_COUNT(payment_commands);
