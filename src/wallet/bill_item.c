/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/bill_item.h"

#include <string.h>

void bill_item_of(const struct bill *bill, struct account_no account, struct bill_item *out) {
    const struct payment *p = &bill->payment;
    uint64_t party = 0;
    enum bill_party kind = bill_party_of(p, bill->side, &party);
    *out = (struct bill_item){
        .account = account.n,
        .id = bill->refusal ? bill->refusal : p->id.n,
        .party = kind == PARTY_BANK ? (uint64_t)bill->card.bank : party,
        .at_ms = p->created_ms,
        .amount_fen = p->amount.fen,
        .ended_ms = payment_is_over(p->state) ? p->updated_ms : 0,
        .entry = p->entry.n,
        .kind = p->kind,
        .state = p->state,
        .side = bill->side,
        .party_kind = kind,
        .refusal = bill->refusal != 0,
        .by_card = p->card.n != 0,
        .name = text_of(bill->party_name),
        .note = text_of(p->note),
    };
}

/* --- what is asked --- */

static char small(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void bill_filter_words(struct bill_filter *filter, struct text words) {
    text_keep(words, filter->words, sizeof filter->words);
    for (char *c = filter->words; *c; c++) *c = small(*c);
}

bool bill_filter_any(const struct bill_filter *f) {
    return f->kind || f->state || f->side >= 0 || f->from_ms || f->until_ms || f->amount_min ||
           f->amount_max || f->words[0];
}

/* Whole characters match whole characters: no UTF-8 character is a part of another. At most text × words steps. */
static bool holds(struct text text, const char *words, size_t size) {
    for (size_t at = 0; at + size <= text.n; at++) {
        size_t same = 0;
        while (same < size && small(text.p[at + same]) == words[same]) same++;
        if (same == size) return true;
    }
    return false;
}

/* A bank, the pocket and an authority have a name in each language. */
static bool bank_holds(const struct bill_item *item, const char *words, size_t size) {
    const struct bank_row *bank = item->party_kind == PARTY_BANK ? bank_by_no((int)item->party) : NULL;
    if (item->party_kind == PARTY_AUTHORITY) return holds(text_of(AUTHORITY_NAME), words, size);
    if (item->party_kind == PARTY_POCKET) return holds(text_of(POCKET_NAME), words, size);
    return bank && holds(text_of(bank->name), words, size);
}

bool bill_item_fits(const struct bill_item *item, const struct bill_filter *f) {
    if (f->kind && item->kind != f->kind) return false;
    if (f->state && item->state != f->state) return false;
    if (f->side >= 0 && (int)item->side != f->side) return false;
    if (item->at_ms < f->from_ms || (f->until_ms && item->at_ms >= f->until_ms)) return false;
    if (item->amount_fen < f->amount_min || (f->amount_max && item->amount_fen > f->amount_max)) return false;
    size_t size = strlen(f->words);
    return size == 0 || holds(item->name, f->words, size) || holds(item->note, f->words, size) ||
           bank_holds(item, f->words, size);
}

bool bill_item_moves_balance(const struct bill_item *item) {
    switch (item->kind) {
    case PAYMENT_PURCHASE:
    case PAYMENT_SETTLEMENT: return item->state == PAYMENT_DONE && !item->by_card;
    case PAYMENT_REFUND: return item->state == (item->by_card ? PAYMENT_RETURNED : PAYMENT_DONE);
    case PAYMENT_TRANSFER:
    case PAYMENT_TOPUP:
    case PAYMENT_POCKET:
    case PAYMENT_TAKEN:
    case PAYMENT_WITHDRAWAL: return item->state == PAYMENT_DONE;
    }
    return false;
}

/* --- totals --- */

void bill_totals_add(struct bill_totals *totals, const struct bill_item *item) {
    totals->count++;
    if (item->party_kind == PARTY_BANK || item->party_kind == PARTY_POCKET) return;
    if (item->side == BILL_OUT && payment_taken(item->kind, item->state) == TAKEN_YES) {
        totals->out += item->amount_fen;
        totals->out_count++;
    } else if (item->side == BILL_IN && item->state == PAYMENT_DONE) {
        totals->in += item->amount_fen;
        totals->in_count++;
    }
}
