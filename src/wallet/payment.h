/* SPDX-License-Identifier: Apache-2.0 */
/* payment: the row under everything that moves money: what was asked, where it stands, and every move since.
 *
 * A payment is opened in the transaction that writes its first ledger entry, and its state moves through payment_move only, which names
 * the event, looks the move up in one table, changes the row on condition of its old state, and appends to the history. What never
 * changes of a row is covered by the ledger's digest.
 *
 *     purchase from balance,
 *     the own pocket          DONE
 *     top-up, by card,
 *     withdrawal, settlement  AT_BANK -> DONE | DECLINED | IN_DOUBT -> DONE | DECLINED
 *     transfer                WAITING -> DONE (accepted) | RETURNED (by the payee, or by itself after 24 h)
 *     that arrives later      ARRIVING -> WAITING (its time has come) -> as above | RECALLED (by the payer) | RETURNED (by the payee)
 *     a purchase by card that a freeze met on its way    AT_BANK or IN_DOUBT -> RETURNED: the card's money is in the payer's balance
 *     refund                  DONE (to the balance); to a card as by card, but what the bank declines is WAITING -> RETURNED (to the balance)
 *
 * A refused operation is no payment: it moved nothing. It is kept as a refusal (refusal.h) and shown beside the payments. */
#ifndef WALLET_PAYMENT_H
#define WALLET_PAYMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/money.h"
#include "base/text.h"
#include "kit/db/db.h"
#include "ledger/entry.h"
#include "wallet/bank.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum payment_kind {
    PAYMENT_TOPUP = 1,
    PAYMENT_PURCHASE = 2,
    PAYMENT_TRANSFER = 3,
    PAYMENT_WITHDRAWAL = 4,
    PAYMENT_REFUND = 5,
    PAYMENT_SETTLEMENT = 6,
    PAYMENT_POCKET = 7, /* payer 0: out of it; payee 0: into it */
    PAYMENT_TAKEN = 8, /* of frozen money, by order of an authority (freeze_take); note: the document's number */
};

enum payment_state {
    PAYMENT_AT_BANK = 2, /* pinned: they are stored */
    PAYMENT_WAITING = 3,
    PAYMENT_DONE = 4,
    PAYMENT_REFUSED = 5, /* of a refusal only, for those who show both */
    PAYMENT_DECLINED = 6,
    PAYMENT_IN_DOUBT = 7,
    PAYMENT_RETURNED = 8,
    PAYMENT_ARRIVING = 9,
    PAYMENT_RECALLED = 10,
};

enum payment_event {
    EVENT_APPROVED,
    EVENT_DECLINED,
    EVENT_UNANSWERED,
    EVENT_ACCEPTED,
    EVENT_RETURNED,
    EVENT_EXPIRED,
    EVENT_ARRIVED,
    EVENT_RECALLED,
    EVENT_DEFERRED,
    EVENT_STOPPED,
};

enum { NOTE_MAX = 40, NOTE_BYTES = NOTE_MAX * 4 + 1 };

struct payment {
    struct payment_id id;
    enum payment_kind kind;
    struct person_id payer,
        payee; /* payer 0: a top-up; payee 0: a withdrawal; of a purchase: the merchant's owner */
    struct merchant_id merchant;
    struct order_id order;
    struct till_id till; /* not in the row but in the entry (till.h); 0 when read back */
    struct card_id card; /* 0: from the balance */
    struct money amount;
    char note[NOTE_BYTES];
    struct entry_no entry; /* the ledger entry that opened it; pending while AT_BANK, ARRIVING, WAITING or IN_DOUBT */
    int64_t period; /* the limit's period it was counted in (limit.h) */
    int64_t created_ms;
    int64_t delay_ms; /* of a transfer: between sending and arrival */
    enum payment_state state;
    enum err reason; /* DECLINED: the bank's */
    int64_t updated_ms, due_ms;
};

struct payment_move_row {
    enum payment_state state;
    int64_t at_ms;
    struct entry_no entry;
    enum err reason;
};
enum { PAYMENT_MOVES_MAX = 8 };

/* Writes the row (id, created_ms and updated_ms are set here) and wakes both sides. */
void payment_open(struct tx *tx, struct payment *payment);

bool payment_find(struct db *db, struct payment_id id, struct payment *out);
/* For a room that joins: the columns of a payment p, and what reads them, from a row's first column on. */
#define PAYMENT_COLUMNS                                                                           \
    "p.id, p.kind, p.payer, p.payee, p.merchant, p.order_id, p.card, p.amount, p.note, p.entry, " \
    "p.period, p.created_ms, p.state, p.reason, p.updated_ms, p.due_ms, p.delay_ms"
enum { PAYMENT_COLUMNS_COUNT = 17 };
void payment_read(const struct stmt *q, struct payment *out);
/* The state that it was opened in. */
enum payment_state payment_first_state(const struct payment *payment);
/* The history after the first state, oldest first. */
size_t payment_moves(struct db *db, struct payment_id id, struct payment_move_row out[PAYMENT_MOVES_MAX]);

/* Moves the state and wakes both sides; ERR_NOT_WAITING when the event does not fit the state the row has now: then nothing was written.
 * Call it before the ledger is asked, and ask the ledger for what must succeed. entry: that comes with it. */
enum err payment_move(struct tx *tx, struct payment *payment, enum payment_event event, struct entry_no entry,
                      enum err reason);

/* The same for a state that waits again, until due_ms; no entry comes with it. */
enum err payment_move_until(struct tx *tx, struct payment *payment, enum payment_event event, enum err reason,
                            int64_t due_ms);

/* Posts or voids (ENTRY_POST, ENTRY_VOID) what a payment to a card holds until its bank has answered: the amount and, in the entry behind it,
 * the fee; fee 0: there is no such entry. */
void payment_end_pending(struct tx *tx, const struct payment *payment, int64_t fee, enum entry_flag how);

/* What a bank said (wallet/bank.h): posts or voids the pending entry, moves the state, frees or closes the order. */
void payment_bank_answer(struct tx *tx, struct payment_id id, const struct bank_answer *answer);

/* Does no move lead out of this state? */
bool payment_is_over(enum payment_state state);

/* Whether money of this person has gone (or may have): from a table of kind and state. */
enum money_taken payment_taken(enum payment_kind kind, enum payment_state state);

/* Words, for every page that shows them. kind 0 and direction NULL fit any. */
struct payment_kind_row {
    enum payment_kind kind;
    const char *name, *label, *label_zh;
};
struct payment_state_row {
    enum payment_kind kind;
    const char *direction; /* "in", "out" */
    enum payment_state state;
    const char *name, *label, *label_zh;
};
const struct payment_kind_row *payment_kind_rows(size_t *count);
const struct payment_state_row *payment_state_rows(size_t *count);
/* Their names without repeats, ended by NULL, as the choices of a field; the number behind a choice. */
enum { PAYMENT_CHOICES_MAX = 24 };
extern const char *payment_kind_choices[PAYMENT_CHOICES_MAX + 1];
extern const char *payment_state_choices[PAYMENT_CHOICES_MAX + 1];
enum payment_kind payment_kind_of_choice(int choice);
enum payment_state payment_state_of_choice(int choice);
const char *payment_kind_name(enum payment_kind kind);
const char *payment_state_name(enum payment_state state);

/* For the audit: feeds the immutable parts again (ledger_digest_source). */
struct ledger;
void payment_register_digests(struct ledger *ledger);

#endif
