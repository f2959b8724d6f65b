/* SPDX-License-Identifier: Apache-2.0 */
/* tx: what a verb of the wallet works in: one transaction on the writer, its time, the ledger, the settings and the keys.
 *
 * A verb looks like   enum err card_unbind(struct tx *tx, const struct card_unbind_cmd *cmd, struct fault *fault, …out).
 * It checks in order of precedence and returns fault_set(fault, ERR_…) before it has written anything (a refusal is stored by the
 * one who called: see payment.h); after that it writes and returns ERR_OK. It never asks the clock, the random source or the
 * network: what must be random (a code, a token) comes in with the command. It may run twice (see writer.h).
 *
 * A read looks like   enum err bill_list(struct view *view, …)   on a reader's snapshot. */
#ifndef WALLET_TX_H
#define WALLET_TX_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "kit/db/db.h"
#include "kit/db/writer.h"

struct ledger;
struct maintenance; /* wallet/maintenance.h: what rests */
struct books;       /* wallet/books.h: what does not hold */
struct keys;        /* kit/crypto/keys.h */
struct wakes;
struct sequence; /* wallet/sequence.h: the rising numbers */
struct outbox;   /* wallet/bank.h: orders that wait for a bank */
struct sandbox;  /* wallet/sandbox.h: its clock */

/* Settings of the rules, all from the config table; plain values. */
struct wallet_rules {
    int64_t payment_max_fen;        /* one payment: 50,000.00 */
    int64_t tier1_lifetime_fen;     /* 1,000.00 */
    int64_t tier2_year_fen;         /* 100,000.00 */
    int64_t tier3_year_fen;         /* 200,000.00 */
    int64_t day_free_fen;           /* from the balance without a PIN: 1,000.00 */
    int64_t day_pin_fen;            /* with one: 5,000.00 */
    int64_t day_static_fen;         /* by static codes of shops: 500.00 */
    int age_min;                    /* 18 */
    int pin_tries_max;              /* 5 */
    int64_t pin_lock_ms;            /* 24 h */
    int64_t code_life_ms;           /* 5 min */
    int64_t code_resend_ms;         /* 60 s */
    int code_tries_max;             /* 5 */
    int codes_per_address_max;      /* 200 an hour */
    int logins_per_address_max;     /* 100 wrong ones a quarter of an hour */
    int64_t session_life_ms;        /* 30 d */
    int64_t transfer_wait_ms;       /* 24 h */
    int64_t order_life_ms;          /* 15 min */
    int64_t paycode_life_ms;        /* 60 s */
    int64_t paycode_free_fen;       /* 1,000.00 a payment without a PIN */
    int paycode_free_per_day;       /* 10 */
    int64_t charge_wait_ms;         /* 30 s for the PIN */
    int64_t withdrawal_free_fen;    /* 1,000.00 for life */
    int64_t withdrawal_fee_min_fen; /* 0.10 */
    int withdrawal_rate;            /* hundredths of a percent: 10 */
    int merchant_rate;              /* hundredths of a percent: 60 */
    int64_t refund_within_ms;       /* 365 d after the purchase */
    int64_t refund_wait_ms;         /* 24 h */
    int cards_max;                  /* 15 */
    int merchants_max;              /* 5 a person */
    int refusals_per_hour_max;      /* 60 a person are stored; more are only answered */
};

struct tx {
    struct db *db;
    struct ledger *ledger;
    struct sequence *sequence;
    const struct wallet_rules *rules;
    const struct keys *keys;
    struct outbox *outbox;
    struct sandbox *sandbox; /* NULL: this is no sandbox */
    int64_t now_ms;
    struct wakes *wakes;             /* wallet/wake.h; NULL: nobody listens */
    struct maintenance *maintenance; /* NULL: nothing ever rests */
    struct books *books;             /* NULL: nothing was ever found */
};

/* The floor of a writer's group (writer_set_floor) is the server's one struct tx; this is it, for this group. */
static inline struct tx *tx_of(struct group *group) {
    struct tx *tx = group->floor;
    tx->db = group->db;
    tx->now_ms = group->now_ms;
    return tx;
}

struct view {
    struct db *db; /* a reader, inside a snapshot */
    struct ledger *ledger;
    const struct wallet_rules *rules;
    const struct keys *keys;
    int64_t now_ms;
    struct db *index; /* of the bills (bill_index.h), in a snapshot that is not newer; NULL: none */
    struct maintenance *maintenance; /* NULL: nothing is known of what rests */
    bool books_checked; /* everybody's figures were withheld (books_everybody), asked before the snapshot was taken */
};

#endif
