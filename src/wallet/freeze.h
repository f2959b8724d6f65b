/* SPDX-License-Identifier: Apache-2.0 */
/* freeze: an order that stops a person's money, or a part of what the wallet does for them, until it is released or its time is over.
 *
 *     scope      what stops                                    what goes on
 *     debits     nothing leaves                                receiving, topping up, refunds of shops to the person
 *     credits    nothing comes in (payers are not told why)    paying, sending, withdrawing
 *     both       both
 *     amount     so much of the balance is held                what is above it; until so much is there, nothing leaves
 *     function   the functions named (wallet/function.h)       all others
 *
 * Debits, credits and amounts are the ledger's: pending entries of their own kind on the person's account and, of debits and credits, on those
 * of the person's shops (ledger/rules.h). So nothing passes, whatever asks: a transfer that waits cannot be accepted, a delayed one does not
 * arrive, a refund does not leave, from no login; it can only go back to where it came from. What a bank has done already is written down, and
 * what it brings stays in the frozen balance. Functions are asked by each verb in its own transaction.
 *
 * An authority may take what is held for it: freeze_take.h.
 *
 * An order may begin later, by the room's timer: until then nothing stands, and only staff see it.
 *
 * Several orders stand beside each other. A refusal names the one of the highest rank (the order of enum freeze_kind); releasing one leaves the
 * others. Why an order was made is a *reason* of a table, in words that the person may read; what staff note about it stands in the audit
 * log, as does every act. How it may end is the kind's:
 *
 *     court       whoever of the staff has the number of the authority's document; nothing else ends it before its time
 *     deceased, compliance, security, books    one of the staff
 *     risk        two different ones of the staff
 *     self        the person, with PIN and a code to the phone; or one of the staff
 */
#ifndef WALLET_FREEZE_H
#define WALLET_FREEZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/money.h"
#include "ledger/entry.h"
#include "wallet/audit_log.h"
#include "wallet/function.h"
#include "wallet/session.h"
#include "wallet/staff.h"
#include "wallet/tx.h"

/* In order of rank. Numbers are stored. */
enum freeze_kind {
    FREEZE_COURT = 1,
    FREEZE_DECEASED = 2,
    FREEZE_COMPLIANCE = 3,
    FREEZE_SECURITY = 4,
    FREEZE_RISK = 5,
    FREEZE_SELF = 6,
    FREEZE_BOOKS = 7, /* our own: the account does not add up (wallet/recount.h) */
};

enum freeze_scope {
    FREEZE_DEBITS = 1,
    FREEZE_CREDITS = 2,
    FREEZE_BOTH = 3,
    FREEZE_AMOUNT = 4,
    FREEZE_FUNCTION = 5,
};

enum freeze_state {
    FREEZE_STANDING = 1,
    FREEZE_RELEASED = 2,
    FREEZE_EXPIRED = 3,
    FREEZE_WAITING = 4, /* ordered, begins by itself at begun_ms; the person is not told before */
};

/* What the person may read of why. Stored, for ever. */
enum freeze_reason {
    FREEZE_BY_COURT = 1,
    FREEZE_BY_DEATH = 2,
    FREEZE_BY_IDENTITY = 3,
    FREEZE_BY_LOSS = 4,
    FREEZE_BY_STAFF = 5, /* risk, seen by staff */
    FREEZE_BY_PERSON = 6,
    FREEZE_BY_PINS = 7, /* risk, seen by the rules (wallet/risk.h) */
    FREEZE_BY_PAYEES = 8,
    FREEZE_BY_HABIT = 9,
    FREEZE_BY_DEVICE = 10,
    FREEZE_BY_BOOKS = 11,
};

struct freeze_reason_row {
    enum freeze_reason reason;
    enum freeze_kind kind;
    const char *name, *label, *label_zh;
    const char *send, *send_zh; /* what helps to have it lifted */
};
struct freeze_kind_row {
    enum freeze_kind kind;
    const char *name, *label, *label_zh;
};
struct freeze_scope_row {
    enum freeze_scope scope;
    const char *name, *label, *label_zh; /* what is stopped */
    const char *works, *works_zh;        /* what goes on */
};
const struct freeze_reason_row *freeze_reason_rows(size_t *count);
const struct freeze_kind_row *freeze_kind_rows(size_t *count);
const struct freeze_scope_row *freeze_scope_rows(size_t *count);
const struct freeze_reason_row *freeze_reason_row(enum freeze_reason reason); /* of a freeze: never NULL */
const struct freeze_kind_row *freeze_kind_row(enum freeze_kind kind);
const struct freeze_scope_row *freeze_scope_row(enum freeze_scope scope);

enum { FREEZE_DOCUMENT_MAX = 60, FREEZE_DOCUMENT_BYTES = FREEZE_DOCUMENT_MAX * 4 + 1 };

struct freeze {
    struct freeze_id id;
    struct person_id person;
    enum freeze_reason reason;
    enum freeze_scope scope;
    int64_t functions;   /* FUNCTION_BITs */
    struct money amount; /* of an amount: the order's; held: what of it is held */
    struct money held;
    struct money taken,
        take_asked; /* by the authority, of the amount; what the first of two staff asks to take, else 0 */
    char document[FREEZE_DOCUMENT_BYTES];
    int64_t begun_ms, expires_ms; /* expires 0: not by itself */
    struct audit_by by;
    enum freeze_state state;
    struct staff_id asked_by; /* who released it first, of two */
    int64_t asked_ms, ended_ms;
    struct audit_by ended_by;
};

/* --- reads --- */

enum { FREEZES_STANDING_MAX = 64, FREEZES_LISTED_MAX = 100 };

/* The person's that stand, highest rank first, of one rank the newest first; with `ended` those that began and ended behind
 * them, newest first. */
size_t freeze_list(struct db *db, struct person_id person, bool ended, struct freeze *out, size_t most);
bool freeze_find(struct db *db, struct freeze_id id, struct freeze *out);
/* The person's that are still to begin, the first on top: for the operator. */
size_t freeze_list_waiting(struct db *db, struct person_id person, struct freeze *out, size_t most);
/* Of everybody, those that stand and those to begin, newest first: for the operator. */
size_t freeze_list_all(struct db *db, uint64_t before, struct freeze *out, size_t most);

/* --- in the chain --- */

/* What an entry of the person's account says of a freeze: a notice for the person (wallet/notice.h). */
enum freeze_event { FREEZE_NO_EVENT, FREEZE_BEGAN, FREEZE_CHANGED, FREEZE_ENDED };
enum freeze_event freeze_event_of(const struct entry *entry, struct freeze_id *out);

/* --- what refuses, for the verbs --- */

/* Is what leaves (enters) this account, a person's or a shop's, stopped? Asks the account in memory; only a refusal asks the store. */
enum err freeze_check_debit(struct tx *tx, struct account_no account,
                            struct fault *fault); /* ERR_PAYER_FROZEN */
enum err freeze_check_credit(struct tx *tx, struct account_no account,
                             struct fault *fault); /* ERR_PAYEE_FROZEN */
/* The same of the person's own money, in words for them: ERR_CREDITS_FROZEN. */
enum err freeze_check_own_credit(struct tx *tx, const struct actor *actor, struct fault *fault);
/* The account falls short by so much: because an amount of it is held? ERR_AMOUNT_FROZEN (amount: held, left: free), else ERR_OK. */
enum err freeze_check_amount(struct tx *tx, struct account_no account, int64_t lacking_fen,
                             struct fault *fault);
/* ERR_FUNCTION_FROZEN; for function_check. */
enum err freeze_refuse_function(struct tx *tx, struct person_id person, enum function function,
                                struct fault *fault);
/* For what happens without the person: a settlement by the clock. */
bool freeze_has_function(struct db *db, struct person_id person, enum function function);

/* --- verbs --- */

struct freeze_cmd {
    struct person_id person;
    enum freeze_reason reason;
    enum freeze_scope scope;
    int64_t functions;    /* of FREEZE_FUNCTION: at least one */
    struct money amount;  /* of FREEZE_AMOUNT: > 0 */
    struct text document; /* of a court's: needed */
    int64_t starts_ms;    /* 0: at once */
    int64_t expires_ms;   /* 0: not by itself */
    struct text note;     /* for the audit log */
};
/* By one of the staff. ERR_WRONG_PASSPHRASE, ERR_BAD_FIELD (document, functions, amount, starts, expires, note),
 * ERR_NOT_FOUND (no open wallet),
 * ERR_FREEZES_FULL. */
enum err freeze_add(struct tx *tx, const struct staff *by, const struct freeze_cmd *cmd, struct fault *fault,
                    struct freeze *out);
/* By a rule (wallet/risk.h): as above, of a wallet that is there; nothing new while one of the same reason stands. */
enum err freeze_add_by_rule(struct tx *tx, const struct freeze_cmd *cmd, uint64_t rule, struct freeze *out);
/* By the person: all that leaves. The one that stands, when one does. */
enum err freeze_self(struct tx *tx, const struct actor *actor, struct fault *fault, struct freeze *out);

struct freeze_release_cmd {
    struct freeze_id id;
    struct text document; /* of a court's: its number */
    struct text note;
};
/* ERR_OK with *out still standing: another one of the staff must do it too. ERR_WRONG_PASSPHRASE, ERR_NOT_FOUND, ERR_FREEZE_OVER,
 * ERR_FREEZE_DOCUMENT, ERR_FREEZE_SECOND (the same one again), ERR_BAD_FIELD (note). */
enum err freeze_release(struct tx *tx, const struct staff *by, const struct freeze_release_cmd *cmd,
                        struct fault *fault, struct freeze *out);
/* By the person, who froze it. ERR_NOT_FOUND, ERR_FREEZE_OVER, ERR_FREEZE_NOT_OWN, what pin_check says, ERR_WRONG_CODE. */
enum err freeze_lift(struct tx *tx, const struct actor *actor, struct freeze_id id, struct text pin,
                     struct text code, struct fault *fault, struct freeze *out);
/* Sends that code to the person's phone. */
struct code_sent;
enum err freeze_send_code(struct tx *tx, const struct actor *actor, const char *code, struct text address,
                          struct fault *fault, struct code_sent *out);

/* What time does, for the chores: those whose time has come begin; those whose time is over end; amounts that are not held in full hold what has come in. How many were due. */
int freeze_begin_due(struct tx *tx, int most);
int freeze_expire_due(struct tx *tx, int most);
int freeze_cover_due(struct tx *tx, int most);

/* A shop that the person opens while a freeze stands is under it too. */
void freeze_new_account(struct tx *tx, struct person_id person, struct account_no account);

void freeze_register_digests(struct ledger *ledger);

#endif
