/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/sequence.h"

#include <assert.h>

/* The row holds a number that was never given out and that is a block ahead, so that it is written once in BLOCK numbers and not in
 * every group; after a crash the rest of a block stays unused. */
enum { BLOCK = 4096 };

enum { LOAD, STORE };
static const struct sql sequence_sql[] = {
    [LOAD] = {"SELECT next FROM sequence WHERE id = 0"},
    [STORE] = {"UPDATE sequence SET next = $1 WHERE id = 0"},
};
DB_STATEMENTS(sequence_sql)

enum err sequence_load(struct sequence *sequence, struct db *db) {
    struct stmt *q = db_stmt(db, &sequence_sql[LOAD]);
    bool found = db_row(q);
    if (found)
        *sequence =
            (struct sequence){.next = db_col_u64(q, 0), .mark = db_col_u64(q, 0), .stored = db_col_u64(q, 0)};
    db_done(q);
    return found ? ERR_OK : ERR_STORE;
}

uint64_t sequence_take(struct sequence *sequence) {
    assert(sequence->next > 0 && sequence->next < (1ull << 48));
    return sequence->next++;
}

static void sequence_mark(void *arg, int64_t now_ms) {
    struct sequence *sequence = arg;
    (void)now_ms;
    sequence->mark = sequence->next;
}

static void sequence_flush(void *arg, struct db *db) {
    struct sequence *sequence = arg;
    if (sequence->next <= sequence->stored) return;
    struct stmt *q = db_stmt(db, &sequence_sql[STORE]);
    db_bind_u64(q, sequence->next + BLOCK);
    db_queue(q);
}

static void sequence_publish(void *arg, int64_t now_ms) {
    struct sequence *sequence = arg;
    (void)now_ms;
    if (sequence->next > sequence->stored) sequence->stored = sequence->next + BLOCK;
}

static void sequence_undo(void *arg) {
    struct sequence *sequence = arg;
    sequence->next = sequence->mark;
}

struct writer_part sequence_part(struct sequence *sequence) {
    return (struct writer_part){sequence,         sequence_mark, sequence_flush,
                                sequence_publish, sequence_undo, NULL};
}
