/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: double-entry accounts and their entries, kept in memory by the writer, durable as packed rows in the store.
 *
 * An entry moves an amount (fen) from its debit account to its credit account; what people do with it (a payment, a transfer) is
 * the wallet's. Semantics follow TigerBeetle's account and transfer model; the reasons are checked in its documented order and the
 * first is returned. Balances: debits and credits, each pending and posted; a person's account has FLAG DEBITS_MUST_NOT_EXCEED_CREDITS,
 * so available = credits_posted - debits_posted - debits_pending.
 *
 * Two views: the *working* accounts belong to the writer's thread (ledger_account_get, ledger_apply); the *published* ones are what the
 * last committed group left, with the number S of its last entry and its time (ledger_figures), for any thread.
 *
 * As a writer's part (ledger_part) it marks, flushes, publishes and undoes with the group. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "kit/db/writer.h"
#include "ledger/entry.h"
#include "ledger/rules.h"

struct ledger;

struct ledger_config {
    uint64_t accounts_max;        /* default 16 M; memory is taken as accounts are opened */
    const unsigned char *mac_key; /* 32 bytes, outside the store */
};

/* Loads checkpoints and replays the rows after them, verifying the chain from the last MAC on. ERR_CORRUPT when it does not hold. */
enum err ledger_open(struct db *db, const struct ledger_config *config, struct ledger **out);
void ledger_close(struct ledger *ledger);
struct writer_part ledger_part(struct ledger *ledger);

/* --- writer's thread, inside a group --- */

/* Opens an account (itself an entry of the chain). The number is dense, from 1. owner: whatever the caller wants to find again. */
enum ledger_reason ledger_account_open(struct ledger *ledger, uint32_t asset, uint16_t code, uint16_t flags,
                                       uint64_t owner, struct account_no *out);
bool ledger_account_get(const struct ledger *ledger, struct account_no no, struct account *out);

/* Applies the events in order; linked chains stand or fall together. Each event gets its reason, number and actual amount. Returns the
 * first reason that is not REASON_OK, or REASON_OK. At most LEDGER_EVENTS_MAX events. An event that must post for the payment to be
 * right is applied linked, so nothing is half done. */
enum { LEDGER_EVENTS_MAX = 8192 };
enum ledger_reason ledger_apply(struct ledger *ledger, struct ledger_event *events, size_t count);

/* A pending entry's state; REASON_PENDING_NOT_FOUND, _ALREADY_POSTED, _ALREADY_VOIDED, _EXPIRED or REASON_OK while it is open. */
enum ledger_reason ledger_pending_state(const struct ledger *ledger, struct entry_no pending, uint64_t *amount);

/* Adds bytes to the group's digest: rooms call it for the immutable part of every payment, refusal and audit row they write, with a
 * room-wide row kind and the row's id, so that the chain covers them. */
void ledger_digest_row(struct ledger *ledger, uint32_t row_kind, uint64_t row_id, const void *bytes,
                       size_t size);

/* The number that the group's next entry will have. */
struct entry_no ledger_next_entry(const struct ledger *ledger);

/* --- any thread: committed figures only --- */
struct figures {
    struct account account;
    struct entry_no sequence; /* S: last entry of the last committed group */
    int64_t time_ms;          /* its time */
};
bool ledger_figures(struct ledger *ledger, struct account_no no, struct figures *out);
/* The same for several accounts at one S. */
bool ledger_figures_many(struct ledger *ledger, const struct account_no *nos, size_t count,
                         struct figures *out);

/* --- history, from a reader's (or the writer's) connection --- */

/* Reads one entry; false when there is none (or it is newer than the connection's snapshot). */
bool ledger_entry_read(struct ledger *ledger, struct db *db, struct entry_no no, struct entry *out);

/* Walks an account's chain backwards: entries of the account with number < before (0: from the newest committed), newest first, at
 * most count; returns how many. */
size_t ledger_history(struct ledger *ledger, struct db *db, struct account_no no, struct entry_no before,
                      struct entry *out, size_t count);

/* Re-derives every balance from the rows, checks every hash, digest, MAC and back-pointer, and Σ debits = Σ credits an asset. The
 * rows' digests of other rooms are checked by `digest_rows`, which feeds the rows of one group again (NULL: not checked). */
struct ledger_audit {
    uint64_t entries, rows, accounts, differences;
    uint64_t first_bad_entry; /* 0: none */
    int64_t debits_posted, credits_posted;
    char words[160];
};
enum err ledger_audit(struct ledger *ledger, struct db *db, struct ledger_audit *out);

#endif
