/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/timeline.h"

#include <assert.h>

#include "base/civil.h"
#include "ledger/ledger.h"
#include "wallet/bill_find.h"
#include "wallet/recount.h"

enum { CHUNK_FIRST = 2, CHUNK = 32 };

static int64_t start_of(int64_t at_ms, enum timeline_step step) {
    struct civil civil = civil_of(at_ms);
    return civil_day_start_ms(civil_day(civil.year, civil.month, step == TIMELINE_DAY ? civil.day : 1));
}

/* The spans, newest first, down to the opening of the wallet. */
static size_t spans(int64_t now_ms, int64_t opened_ms, enum timeline_step step, size_t count,
                    struct timeline_point *out) {
    int64_t until_ms = now_ms + 1;
    size_t made = 0;
    while (made < count && until_ms > opened_ms) {
        int64_t from_ms = start_of(until_ms - 1, step);
        out[made++] = (struct timeline_point){.from_ms = from_ms, .until_ms = until_ms};
        until_ms = from_ms;
    }
    return made;
}

static bool is_own(const struct bill_item *item) {
    return item->party_kind == PARTY_BANK || item->party_kind == PARTY_POCKET;
}

static void point_add(struct timeline_point *point, const struct bill_item *item) {
    int64_t *in = is_own(item) ? &point->own_in_fen : &point->in_fen;
    int64_t *out = is_own(item) ? &point->own_out_fen : &point->out_fen;
    *(item->side == BILL_IN ? in : out) += item->amount_fen;
    point->count++;
}

/* Movements into their spans; of each span the oldest bill that is younger than its end. */
static enum err pass(struct view *view, const struct actor *actor, struct timeline_point *points,
                     size_t count, uint64_t younger[TIMELINE_POINTS_MAX], struct fault *fault) {
    const struct bill_filter all = {.side = -1};
    struct bill_find *find;
    struct bill_item item;
    uint64_t last = 0;
    size_t at = 0;
    bool cut;
    enum err err = bill_find_begin(view, actor, &all, 0, fault, &find);
    if (err != ERR_OK) return err;
    younger[0] = 0;
    while (at < count && bill_find_next(find, &item)) {
        if (item.refusal) continue;
        while (at < count && item.at_ms < points[at].from_ms)
            if (++at < count) younger[at] = last;
        if (at == count) break;
        last = item.entry;
        if (bill_item_moves_balance(&item)) point_add(&points[at], &item);
    }
    while (++at < count) younger[at] = last;
    return bill_find_end(find, fault, &cut);
}

/* What the account carried before the moment. */
static int64_t posted_before(struct view *view, struct account_no account, int64_t until_ms, uint64_t younger) {
    struct entry entries[CHUNK];
    struct entry_no before = {younger};
    bool more = true;
    for (size_t wanted = CHUNK_FIRST; more; wanted = CHUNK) {
        size_t count = ledger_history(view->ledger, view->db, account, before, entries, wanted);
        more = count == wanted;
        for (size_t i = 0; i < count; i++) {
            before.n = entries[i].no;
            if (entries[i].time_ms >= until_ms) continue;
            if (entries[i].flags & ENTRY_OPEN) return 0;
            return entries[i].debit == account.n ? entries[i].debit_after : entries[i].credit_after;
        }
    }
    return 0;
}

enum err timeline(struct view *view, const struct actor *actor, enum timeline_step step, size_t count,
                  struct fault *fault, struct timeline_point out[TIMELINE_POINTS_MAX], size_t *made) {
    uint64_t younger[TIMELINE_POINTS_MAX];
    assert(count <= TIMELINE_POINTS_MAX);
    if (recount_withholds(view, actor)) return fault_set(fault, ERR_BOOKS_CHECKED);
    *made = spans(view->now_ms, actor->created_ms, step, count, out);
    enum err err = pass(view, actor, out, *made, younger, fault);
    if (err != ERR_OK) return err;
    for (size_t i = 0; i < *made; i++)
        out[i].posted = posted_before(view, actor->account, out[i].until_ms, younger[i]);
    for (size_t i = 0; i < *made / 2; i++) {
        struct timeline_point newer = out[i];
        out[i] = out[*made - 1 - i];
        out[*made - 1 - i] = newer;
    }
    return ERR_OK;
}
