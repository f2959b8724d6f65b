/* SPDX-License-Identifier: Apache-2.0 */
/* auditor: how a running server proves its books (ledger_audit), and that it does so by the clock though nobody asks.
 *
 *     by the clock   on a thread of its own, less important than any payment (its niceness), and a reader that is opened for it
 *     by a command   on the caller's thread and reader (edge/control/books.c)
 *
 * One at a time: a command's waits for nobody, the one by the clock that is under way gives it its place. The writer is not asked before the
 * end; then it keeps in one short command when that was and whether they held, and what does not hold has its consequences (wallet/books.h).
 *
 * The next is due `every_ms` after the last that came to its end, whoever made it, also over a restart; on a store that was never audited,
 * AUDITOR_FIRST_MS after the start. The clock is the wallet's, as of all that waits here: moving a sandbox on by a day has it audited.
 *
 * An audit goes from snapshot to snapshot, some hundred rows on each, so that SQLite's log can begin anew under it and nobody's reads wait
 * (kit/db/db.h). One by the clock that could not be made or kept is tried again after AUDITOR_AGAIN_MS. */
#ifndef EDGE_AUDITOR_AUDITOR_H
#define EDGE_AUDITOR_AUDITOR_H

#include <stdint.h>

#include "base/err.h"
#include "kit/db/db.h"
#include "ledger/ledger.h"

struct auditor;
struct books;
struct writer;

enum {
    AUDITOR_FIRST_MS = 10 * 60 * 1000,
    AUDITOR_AGAIN_MS = 10 * 60 * 1000
}; /* or every_ms, if that is less */

struct auditor_config {
    struct db_config store;
    struct writer *writer;
    struct ledger *ledger;
    struct books *books;
    int64_t every_ms; /* 0: only by commands */
};

/* After writer_start. */
enum err auditor_start(const struct auditor_config *config, struct auditor **out);
/* What is under way, also a command's, ends in a moment, and nothing begins any more: before those who call auditor_prove are
 * stopped, and before writer_stop. NULL is fine. */
void auditor_stop(struct auditor *auditor);
void auditor_free(struct auditor *auditor); /* after them; NULL is fine */

/* When the next is due by the clock; 0: never. */
int64_t auditor_due_ms(struct auditor *auditor, int64_t now_ms);

/* An audit now, on the caller's reader, outside of a transaction. tell: ledger_audit_told's. ERR_OK: they hold; ERR_CORRUPT: they do not, and what
 * follows from it is done; both are kept. ERR_STOPPING: the server stops, or tell gave it up; ERR_STORE, ERR_OVERLOADED: it could not be made or kept. */
enum err auditor_prove(struct auditor *auditor, struct db *db, ledger_tell_fn *tell, void *arg,
                       struct ledger_audit *out, int64_t *took_ms);

#endif
