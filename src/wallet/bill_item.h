/* SPDX-License-Identifier: Apache-2.0 */
/* bill_item: one line of somebody's bills in short: what filters, totals, the export and the explanation of a balance ask, and no more. Pure.
 *
 * The same item comes from the books (bill_find.c, what is newer than the index) and from the index (bill_index.h), and the same
 * predicate judges both. Items of an account are ordered by id: payments and refusals take their numbers from one rising sequence, so this is
 * also the order of their times. */
#ifndef WALLET_BILL_ITEM_H
#define WALLET_BILL_ITEM_H

#include "wallet/bill.h"

enum { ITEM_TEXT_MAX = 255 };
struct bill_item {
    uint64_t account; /* whose: the person's account in the ledger */
    uint64_t id;      /* the payment's number, or the refusal's */
    uint64_t party;   /* the person's, the merchant's, or the bank's number; 0: nobody */
    int64_t at_ms, amount_fen;
    int64_t ended_ms; /* when its state became the last one; 0: it is under way */
    uint64_t entry;   /* the ledger entry that opened it; 0: a refusal */
    enum payment_kind kind;
    enum payment_state state;
    enum bill_side side;
    enum bill_party party_kind;
    bool refusal, by_card;
    struct text name, note; /* belong to whoever gave the item; at most ITEM_TEXT_MAX bytes each */
};

void bill_item_of(const struct bill *bill, struct account_no account, struct bill_item *out);

/* --- what is asked --- */

enum { BILL_WORDS_MAX = 40, BILL_WORDS_BYTES = BILL_WORDS_MAX * 4 + 1 };

struct bill_filter {
    enum payment_kind kind;         /* 0: any */
    enum payment_state state;       /* 0: any */
    int side;                       /* enum bill_side; -1: any */
    int64_t from_ms, until_ms;      /* from <= at < until; until 0: no end */
    int64_t amount_min, amount_max; /* fen; max 0: no end */
    char words[BILL_WORDS_BYTES];   /* in the name or the note, in small letters; "": any */
};
/* Words to look for: at most BILL_WORDS_MAX characters. A to Z are as good as a to z; all else is what it is. */
void bill_filter_words(struct bill_filter *filter, struct text words);
bool bill_filter_any(const struct bill_filter *filter); /* asks for anything at all */

/* Has it, being over, moved the balance? What a card pays or gets back has not. */
bool bill_item_moves_balance(const struct bill_item *item);

bool bill_item_fits(const struct bill_item *item, const struct bill_filter *filter);

/* --- totals: what came in and went out; from and to an own bank card or pocket is neither --- */
struct bill_totals {
    int64_t in, out; /* fen */
    int64_t in_count, out_count, count;
};
void bill_totals_add(struct bill_totals *totals, const struct bill_item *item);

#endif
