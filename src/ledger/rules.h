/* SPDX-License-Identifier: Apache-2.0 */
/* rules: what the ledger allows and what it does to balances. Pure: values in, a reason and values out; no store, no clock.
 *
 * Semantics and the order of the reasons are TigerBeetle's (its state machine's create_transfer), so that engines can be compared event
 * by event; the numbers are its too. What is not due with numbers of our own (exists*, id_already_failed, imported*) is left out. One
 * difference is on purpose: a sum holds at most 2^63 - 1 fen, so that a balance, which is signed, and a column of SQL hold it too.
 *
 * Beyond them, freezes: pending entries of a kind of their own, for as long as the order stands, several at once (enum entry_flag). While one
 * stands, the account lets nothing out, lets nothing in, or holds an amount; what is pending on it already can be voided but not posted,
 * unless a bank has moved the money (ENTRY_OUTSIDE). A freeze is never posted, and it may be laid on an account that is frozen.
 *
 *     enum ledger_reason reason = rules_check(&event, &facts, &entry);    may it be? the entry says what would move
 *     if (reason == REASON_OK) rules_fold(&entry, facts.pending, &debit, &credit);    it moves
 *     rules_unfold(&entry, facts.pending, &debit, &credit);                           it never did
 *
 * The engine folds when it applies, when it replays and when it audits, and unfolds when it undoes: one function says what an entry
 * does to balances. */
#ifndef LEDGER_RULES_H
#define LEDGER_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/entry.h"

/* X(name, number): in order of precedence, the first that applies is the reason. */
#define LEDGER_REASONS(X)                        \
    X(OK, 0)                                     \
    X(LINKED_EVENT_FAILED, 1)                    \
    X(LINKED_EVENT_CHAIN_OPEN, 2)                \
    X(RESERVED_FLAG, 4)                          \
    X(FLAGS_ARE_MUTUALLY_EXCLUSIVE, 7)           \
    X(DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO, 8)      \
    X(DEBIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX, 9)   \
    X(CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO, 10)    \
    X(CREDIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX, 11) \
    X(ACCOUNTS_MUST_BE_DIFFERENT, 12)            \
    X(PENDING_ID_MUST_BE_ZERO, 13)               \
    X(PENDING_ID_MUST_NOT_BE_ZERO, 14)           \
    X(PENDING_ID_MUST_NOT_BE_INT_MAX, 15)        \
    X(PENDING_ID_MUST_BE_DIFFERENT, 16)          \
    X(TIMEOUT_RESERVED_FOR_PENDING, 17)          \
    X(CLOSING_MUST_BE_PENDING, 64)               \
    X(FREEZE_MUST_BE_PENDING, 1002)              \
    X(LEDGER_MUST_NOT_BE_ZERO, 19)               \
    X(CODE_MUST_NOT_BE_ZERO, 20)                 \
    X(DEBIT_ACCOUNT_NOT_FOUND, 21)               \
    X(CREDIT_ACCOUNT_NOT_FOUND, 22)              \
    X(ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER, 23)    \
    X(MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS, 24) \
    X(PENDING_NOT_FOUND, 25)                     \
    X(PENDING_NOT_PENDING, 26)                   \
    X(PENDING_HAS_DIFFERENT_DEBIT_ACCOUNT, 27)   \
    X(PENDING_HAS_DIFFERENT_CREDIT_ACCOUNT, 28)  \
    X(PENDING_HAS_DIFFERENT_LEDGER, 29)          \
    X(PENDING_HAS_DIFFERENT_CODE, 30)            \
    X(EXCEEDS_PENDING_AMOUNT, 31)                \
    X(PENDING_HAS_DIFFERENT_AMOUNT, 32)          \
    X(PENDING_ALREADY_POSTED, 33)                \
    X(PENDING_ALREADY_VOIDED, 34)                \
    X(PENDING_EXPIRED, 35)                       \
    X(FREEZE_MUST_BE_VOIDED, 1003)               \
    X(DEBIT_ACCOUNT_CLOSED, 65)                  \
    X(CREDIT_ACCOUNT_CLOSED, 66)                 \
    X(DEBIT_ACCOUNT_FROZEN, 1004)                \
    X(CREDIT_ACCOUNT_FROZEN, 1005)               \
    X(FREEZES_FULL, 1006)                        \
    X(OVERFLOWS_DEBITS_PENDING, 47)              \
    X(OVERFLOWS_CREDITS_PENDING, 48)             \
    X(OVERFLOWS_DEBITS_POSTED, 49)               \
    X(OVERFLOWS_CREDITS_POSTED, 50)              \
    X(OVERFLOWS_DEBITS, 51)                      \
    X(OVERFLOWS_CREDITS, 52)                     \
    X(OVERFLOWS_TIMEOUT, 53)                     \
    X(EXCEEDS_CREDITS, 54)                       \
    X(EXCEEDS_DEBITS, 55)                        \
    /* ours */                                   \
    X(ACCOUNTS_FULL, 1001)

enum ledger_reason {
#define LEDGER_REASON(name, number) REASON_##name = number,
    LEDGER_REASONS(LEDGER_REASON)
#undef LEDGER_REASON
};

const char *ledger_reason_name(enum ledger_reason reason); /* "exceeds_credits"; never NULL */

#define AMOUNT_ALL UINT64_MAX /* of a post: all that is pending */
#define LEDGER_SUM_MAX \
    ((uint64_t)INT64_MAX) /* the most that debits or credits, pending and posted together, may reach */

/* What the rules see of an account. */
struct sheet {
    uint64_t debits_pending, debits_posted, credits_pending, credits_posted;
    uint32_t asset;
    uint16_t code;
    uint16_t flags; /* ACCOUNT_* */
};

/* An entry that a post or void names. PLAIN: the entry exists, but is not a pending one. */
enum pending_state { PENDING_PLAIN, PENDING_OPEN, PENDING_POSTED, PENDING_VOIDED, PENDING_EXPIRED };
struct pending {
    uint64_t no, debit, credit, amount, payment;
    int64_t expires_ms; /* 0: never */
    unsigned char user_data[16];
    uint32_t asset;
    uint16_t code, flags; /* flags: ENTRY_*, as stored */
    enum pending_state state;
};

/* What a check stands on: the values that the event's numbers name, NULL where there is none. The accounts of a post or void are
 * those of its pending entry. */
struct facts {
    uint64_t number; /* that the entry would have */
    int64_t now_ms;
    const struct sheet *debit, *credit;
    const struct pending *pending;
};

/* The first reason against the event, or REASON_OK and the entry as it will be stored, but for the chain: its previous numbers and
 * balances after are the engine's to fill in once it has folded. *out is untouched on a refusal. */
enum ledger_reason rules_check(const struct ledger_event *event, const struct facts *facts, struct entry *out);

/* May such an account be opened? */
enum ledger_reason rules_check_account(uint32_t asset, uint16_t code, uint16_t flags);

/* The entry by which the ledger itself ends a pending one whose time is over. */
void rules_expire(const struct pending *pending, const struct facts *facts, struct entry *out);

/* What the entry does to its two accounts, and the reverse. `pending` is the entry that a post, void or expiry names, else NULL. A side
 * that is NULL is left alone (a replay knows it already). */
void rules_fold(const struct entry *entry, const struct pending *pending, struct sheet *debit,
                struct sheet *credit);
void rules_unfold(const struct entry *entry, const struct pending *pending, struct sheet *debit,
                  struct sheet *credit);

/* credits_posted - debits_posted: the balance after that an entry carries. */
int64_t rules_balance(const struct sheet *sheet);

/* What a pending entry is once it stands in the ledger. */
void rules_pending(const struct entry *entry, struct pending *out);

/* How an entry ends the pending one that it names: PENDING_POSTED, _VOIDED or _EXPIRED; PENDING_PLAIN when it ends none. */
enum pending_state rules_outcome(const struct entry *entry);

#endif
