/* SPDX-License-Identifier: Apache-2.0 */
/* book: the sandbox bank's own books, in its own SQLite file: accounts and double entries, checks of cards, orders and their reports.
 *
 * Three banks live in one book. Each has a settlement account (what the wallet owns there), an issue account (where its customers'
 * money comes from) and its customers' cards, which open by themselves when first heard of (testcard.h). A debit moves from the
 * card to the settlement account, a credit back. Names follow ISO 20022: an order is a payment initiation (pain.001, pain.008), what
 * comes back a status report (pain.002), a request to forget it a cancellation (camt.056), a day's movements a statement (camt.053).
 *
 * Everything is known by the customer's message id, for ever: the same id with the same content gives the first report again, with other
 * content reason AM05 (duplication). An id that was cancelled is never executed. One thread. */
#ifndef BANK_BOOK_H
#define BANK_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bank/testcard.h"
#include "base/err.h"
#include "base/text.h"

struct book;

enum { BOOK_WORDS_MAX = 400, BOOK_ID_MAX = 65, BOOK_REASON_MAX = 5, BOOK_PHONE_MAX = 20 };

/* Opens or makes the file. ERR_STORE: it cannot be opened, words say why. */
enum err book_open(const char *path, struct book **out, char words[BOOK_WORDS_MAX]);
void book_close(struct book *book);

/* What a call came to, besides its result. */
enum book_end {
    BOOK_OK,
    BOOK_DUPLICATE, /* the message id was used for something else */
    BOOK_BROKEN,    /* the file did not take it: nothing happened */
};

/* --- the card's holder: acmt.023 identification verification, pain.009 mandate --- */

struct book_check {
    struct text message; /* its id */
    const struct testcard_bank *bank;
    struct text name, identification, account, phone;
    uint32_t code; /* 0 .. 999999: the SMS code, should one be sent; random, from the caller */
};
struct book_check_report {
    char reason[BOOK_REASON_MAX]; /* "": verified and an SMS sent; AC01 no such card, BE01 they do not belong together */
    char reference[BOOK_ID_MAX];
    int64_t expires_ms;
};
enum book_end book_check(struct book *book, const struct book_check *check, int64_t now_ms,
                         struct book_check_report *out);

struct book_mandate_report {
    char reason[BOOK_REASON_MAX]; /* "": granted; MD01 no mandate: code wrong, expired or used up */
    char mandate[BOOK_ID_MAX];
};
/* The first holder whose code is right owns the card; from then on other names or identifications fail with BE01. The right code again gives
 * the same mandate. */
enum book_end book_mandate(struct book *book, const struct testcard_bank *bank, struct text reference,
                           struct text code, int64_t now_ms, struct book_mandate_report *out);

/* --- money --- */

enum book_type { BOOK_DEBIT = 1, BOOK_CREDIT = 2 };
struct book_order {
    struct text message;
    const struct testcard_bank *bank;
    enum book_type type;
    struct text mandate;
    int64_t amount_fen;
};

enum book_status {
    BOOK_NONE,     /* the bank has no such message */
    BOOK_SETTLED,  /* ACSC accepted, settlement completed */
    BOOK_REJECTED, /* RJCT */
    BOOK_CANCELLED /* CANC: never executed and never will be */
};
const char *book_status_name(enum book_status status); /* "NONE", "ACSC", "RJCT", "CANC" */

struct book_report {
    enum book_status status;
    char reason[BOOK_REASON_MAX]; /* BOOK_REJECTED: AM04, AC06, AM14, MS03, MD01 (unknown mandate), … */
    char reference[BOOK_ID_MAX];  /* the bank's number of the booking; "" when nothing was booked */
    enum book_type type;
    int64_t amount_fen, at_ms;
    bool first; /* this call decided it; false: a repeat */
    const struct testcard_kind *kind;
};
enum book_end book_pay(struct book *book, const struct book_order *order, int64_t now_ms,
                       struct book_report *out);
enum book_end book_query(struct book *book, const struct testcard_bank *bank, struct text message,
                         struct book_report *out);
/* Executed or rejected already: its report, unchanged. Else it is cancelled, whether or not it was ever seen. */
enum book_end book_cancel(struct book *book, const struct testcard_bank *bank, struct text message,
                          int64_t now_ms, struct book_report *out);

/* A day of the settlement account, in +08:00: balances are credits minus debits. */
struct book_line {
    char message[BOOK_ID_MAX], reference[BOOK_ID_MAX];
    enum book_type type;
    int64_t amount_fen, at_ms;
};
struct book_statement {
    int64_t opening_fen, closing_fen, debits_fen, credits_fen;
    int64_t count;
};
enum book_end book_statement(struct book *book, const struct testcard_bank *bank, int64_t day,
                             struct book_statement *out,
                             void (*line)(void *arg, const struct book_line *line), void *arg);

/* Σ debits = Σ credits, and each account's totals are the sums of its entries. */
bool book_adds_up(struct book *book);

/* --- the sandbox's own --- */

enum book_mode { MODE_NORMAL, MODE_DECLINE, MODE_DELAY, MODE_LOSE, MODE_OUTAGE };
const char *book_mode_name(enum book_mode mode);
bool book_mode_read(struct text name, enum book_mode *out);
enum book_mode book_mode(struct book *book, const struct testcard_bank *bank);
enum book_end book_set_mode(struct book *book, const struct testcard_bank *bank, enum book_mode mode);

int64_t book_clock_offset(struct book *book);
/* Only grows: a smaller offset changes nothing, except the very first, which may be negative. */
enum book_end book_set_clock_offset(struct book *book, int64_t offset_ms);

struct book_sms {
    char phone[BOOK_PHONE_MAX], code[7], bank[8];
    int64_t at_ms;
};
/* The newest first. */
size_t book_inbox(struct book *book, struct book_sms *out, size_t max);

#endif
