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
 * As a writer's part (ledger_part) it marks, flushes, publishes and undoes with the group. Pending entries whose timeout is over are
 * expired at the start of the next group (at most 8,192 a group); who wants that to happen in a quiet hour submits an empty command.
 *
 * Accounts are resident; so are open pending entries. The store holds entries in rows (rows.h), pages of accounts and the MAC of the
 * chain's head (checkpoint.c) and the outcomes of pending entries (outcome.c); migration 0001. */
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
    const unsigned char *mac_key; /* 32 bytes, outside the store; copied */
    size_t rows_kept;             /* newest rows kept in memory, a power of two; default 256 (1 MB) */
    uint64_t page_entries;        /* a page of accounts is stored for every so many entries; default 32,768 */
    bool audit_only; /* loads and checks nothing: for ledger_audit on a store that is refused otherwise */
};

/* Loads checkpoints and replays the rows after them, verifying the chain from the last MAC on. ERR_CORRUPT when it does not hold (the
 * log says where). db is the writer's connection, between transactions, and must outlive the ledger. */
enum err ledger_open(struct db *db, const struct ledger_config *config, struct ledger **out);
void ledger_close(struct ledger *ledger);
struct writer_part ledger_part(struct ledger *ledger);

/* --- writer's thread, inside a group --- */

/* Opens an account (itself an entry of the chain). The number is dense, from 1. owner: whatever the caller wants to find again. */
enum ledger_reason ledger_account_open(struct ledger *ledger, uint32_t asset, uint16_t code, uint16_t flags,
                                       uint64_t owner, struct account_no *out);
bool ledger_account_get(const struct ledger *ledger, struct account_no no, struct account *out);

/* Applies the events in order; linked chains stand or fall together. Each event gets its reason, number and actual amount. Returns the
 * first reason that says why (a LINKED_EVENT_FAILED only tells of another), or REASON_OK. At most LEDGER_EVENTS_MAX events. An event that
 * must post for the payment to be right is applied linked, so nothing is half done.
 *
 *     struct ledger_event legs[] = {
 *         {.debit = bank, .credit = person, .amount = fen, .role = ROLE_INNER, .asset = ASSET_CNY, .code = MOVEMENT_PURCHASE_CARD_IN,
 *          .flags = ENTRY_LINKED, .payment = payment.n},
 *         {.debit = person, .credit = shop, .amount = fen, .role = ROLE_OPENS, .asset = ASSET_CNY, .code = MOVEMENT_PURCHASE,
 *          .payment = payment.n},
 *     };
 *     if (ledger_apply(tx->ledger, legs, 2) != REASON_OK) ... nothing has moved ... */
enum { LEDGER_EVENTS_MAX = 8192 };
enum ledger_reason ledger_apply(struct ledger *ledger, struct ledger_event *events, size_t count);

/* A pending entry's state; REASON_PENDING_NOT_FOUND, _ALREADY_POSTED, _ALREADY_VOIDED, _EXPIRED or REASON_OK while it is open. */
enum ledger_reason ledger_pending_state(struct ledger *ledger, struct entry_no pending, uint64_t *amount);

/* --- the digest: how the chain of entries covers rows of other rooms ---
 *
 * A room takes part with each kind of its rows whose immutable part must never change unseen (payment, refusal, audit line). Such a row
 *   - has a rising id, so that the ids of a later group are larger (the sequence gives such), one row an id;
 *   - stores the number of its group, ledger_group(), in a column of its own ("grp"), the same for all rows of one group;
 *   - is given to ledger_digest_row as the bytes of its immutable part, whatever encoding the room likes, once;
 *   - can be fed again from its table by a function that the room registers, in the same bytes, so that the audit can compare.
 *
 *     ledger_digest_row(tx->ledger, ROWS_PAYMENT, payment.n, bytes, size);             when the row is written
 *     ledger_digest_source(ledger, ROWS_PAYMENT, payment_digest_rows);                 once, at the start
 *
 *     static void payment_digest_rows(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
 *         struct stmt *q = db_stmt(db, &payment_sql[DIGEST]);    SELECT id, grp, ... FROM payment WHERE id > $1 ORDER BY id LIMIT $2
 *         while (db_row(q)) { ...the bytes again...; ledger_digest_feed(feed, id, grp, bytes, size); }
 *         db_done(q);
 *     }
 *
 * Kinds are small numbers that reach the store's hashes and never change; they are listed here. */
enum ledger_rows {
    ROWS_PAYMENT = 1,
    ROWS_PAYMENT_MOVE = 2,
    ROWS_REFUSAL = 3,
    ROWS_AUDIT = 4,
    ROWS_WITHDRAWAL = 8,
    ROWS_FUNDING = 12,
    ROWS_REFUND = 20,
    ROWS_SETTLEMENT = 21,
    ROWS_CASE = 30,
    ROWS_CASE_LINE = 31,
    ROWS_FREEZE = 40
};

void ledger_digest_row(struct ledger *ledger, uint32_t row_kind, uint64_t row_id, const void *bytes,
                       size_t size);
struct entry_no ledger_group(const struct ledger *ledger); /* the number of the open group's first entry */

struct ledger_feed;
typedef void ledger_rows_fn(struct db *db, uint64_t after, int limit, struct ledger_feed *feed);
struct ledger_digest_source {
    uint32_t kind;
    ledger_rows_fn *rows;
};
void ledger_digest_source(struct ledger *ledger, uint32_t row_kind, ledger_rows_fn *rows);
void ledger_digest_feed(struct ledger_feed *feed, uint64_t row_id, uint64_t group, const void *bytes,
                        size_t size);

/* The number that the group's next entry will have. */
struct entry_no ledger_next_entry(const struct ledger *ledger);

/* --- any thread: committed figures only --- */

/* Between COMMIT and its publishing lies a moment in which a snapshot shows more than the figures do: a payment that is done, and a balance
 * that does not know of it. Who has taken a snapshot (its first statement ran) calls this and then reads figures that are as new, or newer. */
void ledger_follow(struct ledger *ledger, struct db *db);

struct figures {
    struct account account;
    struct entry_no sequence; /* S: last entry of the last committed group */
    int64_t time_ms;          /* its time */
};
bool ledger_figures(struct ledger *ledger, struct account_no no, struct figures *out);
/* The same for several accounts at one S. */
bool ledger_figures_many(struct ledger *ledger, const struct account_no *nos, size_t count,
                         struct figures *out);

/* S, and its time: what a live stream tells, and the least time the writer's clock may show. */
struct entry_no ledger_sequence(struct ledger *ledger, int64_t *time_ms);

/* --- history, from a reader's (or the writer's) connection --- */

/* Reads one entry; false when there is none (or it is newer than the connection's snapshot). */
bool ledger_entry_read(struct ledger *ledger, struct db *db, struct entry_no no, struct entry *out);

/* Walks an account's chain backwards: entries of the account with number < before (0: from the newest committed), newest first, at
 * most count; returns how many. The last is the account's opening. Entries that are newer than the connection's snapshot are left out.
 * With the number of an entry of this account as `before`, a page costs what it shows; any other number costs the walk down to it. */
size_t ledger_history(struct ledger *ledger, struct db *db, struct account_no no, struct entry_no before,
                      struct entry *out, size_t count);
/* The same for what is shown, not proven: entries never change, so those that were made or shown lately come from memory. In the store each is
 * a question of its own, since only an entry tells which one is before it; on PostgreSQL that is what a list costs. */
size_t ledger_recall(struct ledger *ledger, struct db *db, struct account_no no, struct entry_no before,
                     struct entry *out, size_t count);

/* For what is made from the books behind the commit: the entries with numbers > after and <= upto in order, whole rows of the store only,
 * at most `most` (at least 30); how many. */
size_t ledger_entries(struct db *db, struct entry_no after, struct entry_no upto, struct entry *out,
                      size_t most);
/* The newest entry of the connection's snapshot and the hash of its row; 0: there is none. */
struct entry_no ledger_newest(struct db *db, unsigned char hash[32]);
/* The hash of the row whose last entry this is, which stands for all the books up to it; false: there is no such row. */
bool ledger_row_hash(struct db *db, struct entry_no last, unsigned char out[32]);

/* The row of the store in which an entry lies (rows.h), for who looks at one entry: its place in the chain of hashes. holds: its hash is that
 * of its bytes upon the row before. False: no such entry in this snapshot. */
struct ledger_row {
    uint64_t first, last;
    bool ends_group;
    unsigned char previous[32], digest[32], hash[32];
    bool holds;
};
bool ledger_row_read(struct db *db, struct entry_no no, struct ledger_row *out);

/* Re-derives every balance from the rows of the connection's snapshot: every hash, number, time, back-pointer and balance after, the
 * rules asked again about each entry, Σ debits = Σ credits an asset, pending entries against their outcomes, the head's MAC, pages of
 * accounts, and (when the snapshot is as new as what is published) the accounts in memory. The groups' digests are checked once any
 * source is registered. Any thread; the caller begins the transaction and ends it.
 *
 * A difference that leaves the chain whole (another room's rows, an account in memory) is counted with the accounts that it touches, and the
 * audit goes on; at any other it stops, because nothing behind it is proven: everybody's figures are in question then.
 *
 * ERR_OK: everything holds; ERR_CORRUPT: words say what does not hold, first or most gravely; ERR_STORE: the store could not be read;
 * ERR_STOPPING: it was given up, and says nothing. */
enum { AUDIT_ACCOUNTS_MAX = 64 }; /* of more than that it is everybody's */
struct ledger_audit {
    uint64_t entries, rows, accounts, pages, digests, differences;
    uint64_t first_bad_entry; /* 0: none */
    bool everybody; /* the chain itself does not hold, or too many accounts are touched to name them */
    size_t touched_count;
    struct {
        struct account_no account;
        struct entry_no entry;     /* where it was met first */
    } touched[AUDIT_ACCOUNTS_MAX]; /* else: whose figures are in question */
    int64_t debits_posted, credits_posted;
    bool memory_checked; /* false: the server went on writing meanwhile */
    char words[160];
};
enum err ledger_audit(struct ledger *ledger, struct db *db, struct ledger_audit *out);
/* The same, telling every few milliseconds how far it is: entries done, and all there are. False gives it up. On a reader, tell may end the
 * transaction and begin another, so that no snapshot stands for long: what was passed cannot change, and the rest is read as it is then. */
typedef bool ledger_tell_fn(void *arg, uint64_t done, uint64_t all);
enum err ledger_audit_told(struct ledger *ledger, struct db *db, ledger_tell_fn *tell, void *arg,
                           struct ledger_audit *out);

#endif
