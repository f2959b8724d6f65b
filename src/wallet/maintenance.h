/* SPDX-License-Identifier: Apache-2.0 */
/* maintenance: windows of time in which a function, a bank, or everything but reading rests, and the words that tell people so.
 *
 * The windows that matter (to come, under way, and of the last MAINTENANCE_SHOWN_MS) are held in memory, so a payment asks a short array
 * and no table; the writer's group judges them by its own now. They are a part of the writer: a change shows to others when its group is
 * committed, and is taken back when it is not. At the start they are read from the store.
 *
 * A refusal for maintenance is ERR_MAINTENANCE: it names what rests and until when, is kept among the bills like others, and does not use
 * up the idempotency key, because nothing was decided about what was asked: the same request goes through afterwards.
 *
 * Whoever looks at the app hears of a change, and of the read-only mode, at once (wake.h); of a window that begins or ends by its time, with
 * the first group after it, which the chores see to within a second.
 *
 * A window ends by itself. Staff open, extend, tell progress and end; each with its line in the audit log. */
#ifndef WALLET_MAINTENANCE_H
#define WALLET_MAINTENANCE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include "kit/db/writer.h"
#include "wallet/function.h"
#include "wallet/tx.h"

struct staff;
struct wakes;

enum {
    MAINTENANCE_WORDS_MAX = 200,
    MAINTENANCE_WORDS_BYTES = MAINTENANCE_WORDS_MAX * 4 + 1,
    MAINTENANCE_WINDOWS_MAX = 64,
};
#define MAINTENANCE_SHOWN_MS (INT64_C(30) * 24 * 3600 * 1000)
#define MAINTENANCE_LONGEST_MS (INT64_C(14) * 24 * 3600 * 1000)

struct window {
    uint64_t id;       /* ID_WINDOW outside */
    int64_t functions; /* FUNCTION_BIT each */
    int bank;          /* bank_by_no; 0: of no bank */
    bool everything;   /* all but reading */
    bool emergency;
    int64_t starts_ms, ends_ms, changed_ms;
    char words[2][MAINTENANCE_WORDS_BYTES];    /* by enum err_language: why */
    char progress[2][MAINTENANCE_WORDS_BYTES]; /* how far it is; "" */
};
enum window_state { WINDOW_PLANNED, WINDOW_UNDER_WAY, WINDOW_OVER };
enum window_state window_state(const struct window *window, int64_t now_ms);

struct windows {
    struct window rows[MAINTENANCE_WINDOWS_MAX]; /* newest first */
    size_t count;
};

struct maintenance {
    struct wakes *wakes;            /* NULL: nobody is told */
    struct windows working, marked; /* the writer's */
    bool changed;
    bool switched, switched_to; /* read_only, in this group */
    int64_t turned_ms;          /* what begins or ends by its time is told of until then */
    pthread_mutex_t lock;
    struct windows published;
    _Atomic bool read_only; /* the server takes no writes of people at all: a setting, or `qianbao maintenance readonly` */
};

/* Before the writer's thread. */
enum err maintenance_open(struct maintenance *maintenance, struct db *db, int64_t now_ms);
struct writer_part maintenance_part(struct maintenance *maintenance);

/* --- in a verb: ERR_MAINTENANCE, or ERR_OK --- */
enum err maintenance_check(struct tx *tx, enum function function, struct fault *fault);
enum err maintenance_check_bank(struct tx *tx, int bank, struct fault *fault);
/* Is it all but reading? */
enum err maintenance_check_all(struct tx *tx, struct fault *fault);

/* --- anywhere: a copy of what is committed --- */
void maintenance_read(struct maintenance *maintenance, struct windows *out);
/* The window that closes it now; NULL: it is open. */
const struct window *windows_function(const struct windows *windows, enum function function, int64_t now_ms);
const struct window *windows_bank(const struct windows *windows, int bank, int64_t now_ms);

/* --- staff --- */
struct maintenance_cmd {
    int64_t functions;
    int bank;
    bool everything;
    bool emergency;
    int64_t in_ms, for_ms; /* from now; how long */
    struct text words, words_zh;
};
/* ERR_WRONG_PASSPHRASE, ERR_BAD_FIELD, ERR_WINDOWS_FULL. */
enum err maintenance_add(struct tx *tx, const struct staff *by, const struct maintenance_cmd *cmd,
                         struct fault *fault, struct window *out);
struct maintenance_change {
    uint64_t id;
    int64_t for_ms; /* from now; 0: as it was, and `ends` ends it */
    bool ends;
    struct text progress, progress_zh; /* empty: as they were */
};
/* ERR_NOT_FOUND, ERR_WINDOW_OVER, ERR_BAD_FIELD besides. */
enum err maintenance_change(struct tx *tx, const struct staff *by, const struct maintenance_change *change,
                            struct fault *fault, struct window *out);

/* The server's read-only mode, until it is switched again or the server ends. ERR_WRONG_PASSPHRASE. */
enum err maintenance_readonly(struct tx *tx, const struct staff *by, bool on, struct fault *fault);

bool maintenance_words_valid(struct text words);

#endif
