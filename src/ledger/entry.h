/* SPDX-License-Identifier: Apache-2.0 */
/* entry: the ledger's two records, in memory. On disk an entry is 128 bytes, little-endian (entry.c draws it). */
#ifndef LEDGER_ENTRY_H
#define LEDGER_ENTRY_H

#include <stdint.h>

struct entry {
    uint64_t no;            /* stream ‖ rising number */
    uint64_t debit, credit; /* account numbers; 0 on a NOTE */
    uint64_t amount;        /* fen */
    int64_t time_ms;
    uint64_t debit_previous, credit_previous; /* entry numbers: the account's entry before this one, 0 none */
    uint64_t pending;                         /* the pending entry that this posts, voids or expires */
    uint64_t payment;                         /* the wallet's payment id, 0 none */
    int64_t debit_after, credit_after; /* credits_posted - debits_posted of each side, after this entry */
    unsigned char user_data[16];
    uint32_t role; /* enum entry_role */
    uint32_t timeout_s;
    uint32_t asset; /* ISO 4217 number; the model calls it ledger */
    uint16_t code;  /* the wallet's kind of movement */
    uint16_t flags; /* ENTRY_* */
};

/* How bills and notices read it. */
enum entry_role { ROLE_INNER = 0, ROLE_OPENS = 1, ROLE_CHANGES = 2 };

enum entry_flag {
    ENTRY_LINKED = 1 << 0,
    ENTRY_PENDING = 1 << 1,
    ENTRY_POST = 1 << 2,
    ENTRY_VOID = 1 << 3,
    ENTRY_BALANCING_DEBIT = 1 << 4,
    ENTRY_BALANCING_CREDIT = 1 << 5,
    ENTRY_CLOSING_DEBIT = 1 << 6,
    ENTRY_CLOSING_CREDIT = 1 << 7,
    /* made by the ledger itself */
    ENTRY_NOTE = 1 << 9,     /* no accounts: a group without movements */
    ENTRY_OPEN = 1 << 10,    /* an account was opened: debit names it */
    ENTRY_EXPIRED = 1 << 11, /* a pending entry timed out */
    /* freezes: pending, for as long as they stand; several on one account at once */
    ENTRY_FREEZES_DEBITS = 1 << 12,  /* nothing leaves its debit account */
    ENTRY_FREEZES_CREDITS = 1 << 13, /* nothing enters its debit account */
    ENTRY_FREEZES_AMOUNT = 1 << 14,  /* its amount is held, also on an account that a freeze stands on */
    ENTRY_OUTSIDE = 1 << 15, /* of a post: a bank has moved it already, so that no freeze can stop it */
};

struct account {
    uint64_t no;
    uint64_t debits_pending, debits_posted, credits_pending, credits_posted; /* fen */
    uint64_t owner;
    uint64_t newest; /* entry number of its newest entry: the head of its chain */
    int64_t opened_ms;
    uint32_t asset;
    uint16_t code;  /* chart of accounts */
    uint16_t flags; /* ACCOUNT_* */
};

enum account_flag {
    ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS = 1 << 1,
    ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS = 1 << 2,
    ACCOUNT_CLOSED = 1 << 5,
    /* two numbers of four bits: how many freezes stand on what leaves and on what enters */
    ACCOUNT_FREEZE_OF_DEBITS = 1 << 8,
    ACCOUNT_DEBITS_FROZEN = 15 << 8,
    ACCOUNT_FREEZE_OF_CREDITS = 1 << 12,
    ACCOUNT_CREDITS_FROZEN = 15 << 12,
};

/* On disk (entry.c draws it). */
enum { ENTRY_SIZE = 128 };
void entry_encode(const struct entry *entry, unsigned char out[ENTRY_SIZE]);
void entry_decode(const unsigned char in[ENTRY_SIZE], struct entry *out);
void entry_sides(const unsigned char in[ENTRY_SIZE], uint64_t *debit, uint64_t *credit); /* these two only */

/* An account's opening carries what does not fit an entry's own fields. */
void entry_open_encode(struct entry *entry, uint64_t owner, uint16_t flags);
void entry_open_decode(const struct entry *entry, uint64_t *owner, uint16_t *flags);

/* What a caller asks for; below the line, what the ledger answers. */
struct ledger_event {
    uint64_t debit, credit, amount; /* amount UINT64_MAX on a post: all of it; a void takes 0 or the amount */
    uint64_t pending, payment;
    unsigned char user_data[16];
    uint32_t role, timeout_s, asset;
    uint16_t code, flags;
    /* --- */
    int reason; /* enum ledger_reason */
    uint64_t entry, posted;
};

#endif
