/* SPDX-License-Identifier: Apache-2.0 */
/* books: what was found in them that does not hold, by an audit of everything or by the recount of one account (recount.h), and what is done
 * about it at once, without anybody having to decide:
 *
 *     reach      whose figures are withheld                    what stops
 *     account    of the person whose account it is             all that leaves and enters, by a freeze of the books' kind; a case is open
 *     nobody     nobody's: it moved no money                   nothing
 *     everybody  everybody's: the chain itself does not hold   whatever people ask but reading, signing in, asking us; and the clock's work
 *
 * What a bank has done already is written down all the same: not to know it would be another fault. Each finding is an error in the log, a line of
 * the audit log, and counted in /metrics and `qianbao status` until it is closed. Staff close it (books_close) once an audit holds again, which
 * edge/control/books.c asks for first; releasing the freeze of a person closes theirs.
 *
 * An audit without a server keeps what it found in the store (books_keep); the server acts upon that as soon as it runs, and until it has, it
 * withholds every figure.
 *
 * Whoever proves them, the server by its clock (edge/auditor), the operator, or the operator without a server, it is kept when that was and
 * whether they held.
 *
 * As a part of the writer it counts what is open after each group that changed something; the figures are for any thread. When everybody's
 * figures are withheld, and when they come back, all who look are told (wake.h). */
#ifndef WALLET_BOOKS_H
#define WALLET_BOOKS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/id.h"
#include "kit/db/writer.h"
#include "ledger/ledger.h"
#include "wallet/audit_log.h"
#include "wallet/tx.h"

struct staff;
struct wakes;

/* Numbers are stored. */
enum books_reach { BOOKS_NOBODY = 1, BOOKS_ACCOUNT = 2, BOOKS_EVERYBODY = 3 };
enum books_by { BOOKS_BY_AUDIT = 1, BOOKS_BY_RECOUNT = 2 };

enum { BOOKS_WORDS_BYTES = sizeof((struct ledger_audit *)0)->words, BOOKS_LISTED_MAX = 200 };

struct finding {
    uint64_t id; /* ID_FINDING outside */
    int64_t found_ms;
    enum books_by by;
    enum books_reach reach;
    struct account_no account;
    struct person_id person;
    uint64_t entry;
    char words[BOOKS_WORDS_BYTES];
    bool acted;
    int64_t ended_ms; /* 0: open */
    struct staff_id ended_by;
};

/* The newest audit that came to its end. */
struct books_audit {
    int64_t ended_ms, held_ms; /* 0: none yet; held: the newest in which they held */
    int64_t entries, took_ms;
    bool holds;
};

struct books {
    struct wakes *wakes; /* NULL: nobody is told */
    bool changed;        /* the writer's, in a group */
    int64_t open_counted, everybody_counted, to_act_counted;
    struct books_audit audit_counted;
    _Atomic int64_t open;   /* findings that nobody has closed */
    _Atomic bool everybody; /* one of them reaches everybody, or nothing was done about it yet */
    _Atomic int64_t audits_failed;
    pthread_mutex_t lock;
    struct books_audit audit; /* under the lock */
};

enum err books_open(struct books *books, struct db *db); /* before the writer's thread */
struct writer_part books_part(struct books *books);

static inline bool books_everybody(struct books *books) {
    return books && atomic_load_explicit(&books->everybody, memory_order_relaxed);
}
int64_t books_findings(struct books *books); /* open ones; any thread; NULL: 0 */

/* --- proven --- */

struct books_audit books_audited(struct books *books); /* any thread; NULL: none */
/* One that could not be made, since the start: for the figures. */
void books_audit_failed(struct books *books);
int64_t books_audits_failed(struct books *books);

/* --- found --- */

/* Keeps that an audit came to its end, and what it says that does not hold, unless the same is open already; the caller's transaction, whoever
 * runs it. */
void books_keep(struct db *db, int64_t now_ms, const struct ledger_audit *audit, int64_t took_ms);
/* Acts upon what was kept and not acted upon; for the chores: asks the store only when there is something. */
void books_act(struct tx *tx);
/* Both. */
void books_found(struct tx *tx, const struct ledger_audit *audit, int64_t took_ms);
/* One account, by a recount: kept; the caller has stopped it (recount_stop). */
void books_found_account(struct tx *tx, struct account_no account, struct person_id person, uint64_t entry);

/* --- what follows --- */

/* For what people ask and for what time does: ERR_BOOKS_CHECKED while a finding reaches everybody. */
enum err books_check(struct tx *tx, struct fault *fault);

/* --- closed --- */

size_t books_list(struct db *db, bool ended, struct finding *out, size_t most); /* newest first */
bool books_find(struct db *db, uint64_t id, struct finding *out);
/* By one of the staff; the freeze that it laid ends with it. ERR_WRONG_PASSPHRASE, ERR_NOT_FOUND, ERR_FINDING_OVER, ERR_BAD_FIELD (note). */
enum err books_close(struct tx *tx, const struct staff *by, uint64_t id, struct text note,
                     struct fault *fault, struct finding *out);
/* The freeze of the books on this person has ended, by whom: so have their findings. */
void books_settle(struct tx *tx, struct person_id person, struct audit_by by);

#endif
