/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/bill_item.h"

#include <assert.h>
#include <string.h>

#include "ledger/bytes.h"

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

/* --- bytes --- */

enum { BIT_OUT = 1, BIT_REFUSAL = 2, BIT_CARD = 4 };

size_t bill_item_size(const struct bill_item *item) {
    return ITEM_FIXED + item->name.n + item->note.n;
}

size_t bill_item_encode(const struct bill_item *item, unsigned char *out) {
    assert(item->name.n <= ITEM_NAME_MAX && item->note.n <= ITEM_NOTE_MAX);
    bytes_put64(out, item->account);
    bytes_put64(out + 8, item->id);
    bytes_put64(out + 16, item->party);
    bytes_put64(out + 24, (uint64_t)item->at_ms);
    bytes_put64(out + 32, (uint64_t)item->amount_fen);
    bytes_put64(out + 40, (uint64_t)item->ended_ms);
    bytes_put64(out + 48, item->entry);
    out[56] = (unsigned char)item->kind;
    out[57] = (unsigned char)item->state;
    out[58] = (unsigned char)((item->side == BILL_OUT ? BIT_OUT : 0) | (item->refusal ? BIT_REFUSAL : 0) |
                              (item->by_card ? BIT_CARD : 0));
    out[59] = (unsigned char)item->party_kind;
    out[60] = (unsigned char)item->name.n;
    out[61] = (unsigned char)item->note.n;
    out[62] = out[63] = 0;
    if (item->name.n) memcpy(out + ITEM_FIXED, item->name.p, item->name.n);
    if (item->note.n) memcpy(out + ITEM_FIXED + item->name.n, item->note.p, item->note.n);
    return bill_item_size(item);
}

bool bill_item_decode(const unsigned char *bytes, size_t size, size_t *at, struct bill_item *out) {
    if (size - *at < ITEM_FIXED) return false;
    const unsigned char *b = bytes + *at;
    const char *texts = (const char *)b + ITEM_FIXED;
    if (size - *at < (size_t)ITEM_FIXED + b[60] + b[61]) return false;
    *out = (struct bill_item){
        .account = bytes_get64(b),
        .id = bytes_get64(b + 8),
        .party = bytes_get64(b + 16),
        .at_ms = (int64_t)bytes_get64(b + 24),
        .amount_fen = (int64_t)bytes_get64(b + 32),
        .ended_ms = (int64_t)bytes_get64(b + 40),
        .entry = bytes_get64(b + 48),
        .kind = (enum payment_kind)b[56],
        .state = (enum payment_state)b[57],
        .side = b[58] & BIT_OUT ? BILL_OUT : BILL_IN,
        .party_kind = (enum bill_party)b[59],
        .refusal = b[58] & BIT_REFUSAL,
        .by_card = b[58] & BIT_CARD,
        .name = {texts, b[60]},
        .note = {texts + b[60], b[61]},
    };
    *at += (size_t)ITEM_FIXED + b[60] + b[61];
    return true;
}
