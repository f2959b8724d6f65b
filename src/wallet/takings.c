/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/takings.h"

#include "base/civil.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"

enum { CHUNK = 64 };

/* What an entry of the shop's chain is to the shop; false: it moved nothing for good. */
static bool line_of(const struct entry *entry, uint64_t account, struct takings_line *out) {
    bool in = entry->credit == account;
    if (entry->payment == 0 || entry->flags & (ENTRY_PENDING | ENTRY_VOID | ENTRY_EXPIRED)) return false;
    *out = (struct takings_line){
        .kind = LINE_TAKING,
        .payment = {entry->payment},
        .till = till_of(entry),
        .amount = {(int64_t)entry->amount},
        .after = {in ? entry->credit_after : entry->debit_after},
        .at_ms = entry->time_ms,
    };
    if (in) return true;
    switch (entry->code) {
    case MOVEMENT_REFUND: out->kind = LINE_REFUND; return true;
    case MOVEMENT_SETTLEMENT: out->kind = LINE_SETTLEMENT; return true;
    case MOVEMENT_FEE: out->kind = LINE_FEE; return true;
    default: return false;
    }
}

bool takings_walk(struct ledger *ledger, struct db *db, const struct takings_span *span, takings_line_fn *fn,
                  void *arg, struct money *opening, struct money *closing) {
    struct entry entries[CHUNK];
    struct entry_no before = {0};
    bool closed = false;
    *opening = *closing = (struct money){0};
    for (int walked = 0; walked < span->walked_max; walked += CHUNK) {
        size_t got = ledger_history(ledger, db, span->account, before, entries, CHUNK);
        for (size_t i = 0; i < got; i++) {
            const struct entry *entry = &entries[i];
            struct takings_line line;
            int64_t after = entry->credit == span->account.n ? entry->credit_after : entry->debit_after;
            bool earlier = entry->time_ms < span->from_ms; /* times never fall along the chain */
            before.n = entry->no;
            if (!closed && entry->time_ms < span->until_ms) *closing = (struct money){after}, closed = true;
            if (earlier) *opening = (struct money){after};
            if (earlier) return true;
            if (closed && line_of(entry, span->account.n, &line)) fn(arg, &line);
        }
        if (got < CHUNK) return true;
    }
    return false;
}

static void sum_add(struct takings_sum *sum, struct money amount) {
    if (!money_add(sum->amount, amount, &sum->amount)) sum->amount.fen = MONEY_MAX;
    sum->count++;
}

/* --- a day --- */

struct day_walk {
    struct takings *out;
    struct till_id till;
};

static void day_line(void *arg, const struct takings_line *line) {
    struct day_walk *walk = arg;
    struct takings *out = walk->out;
    if (walk->till.n != 0 && line->till.n != walk->till.n) return;
    sum_add(&out->sums[line->kind], line->amount);
    if (out->listed < TAKINGS_LISTED_MAX && (line->kind == LINE_TAKING || line->kind == LINE_REFUND))
        out->items[out->listed++] = *line;
}

void takings_of_day(struct view *view, const struct merchant *merchant, struct till_id till, int64_t day,
                    struct takings *out) {
    struct takings_span span = {merchant->account, civil_day_start_ms(day), civil_day_start_ms(day + 1),
                                TAKINGS_WALKED_MAX};
    struct day_walk walk = {out, till};
    struct money opening, closing;
    *out = (struct takings){0};
    out->whole = takings_walk(view->ledger, view->db, &span, day_line, &walk, &opening, &closing);
}

/* --- a month --- */

struct month_walk {
    struct takings_day *out;
    size_t count;
};

static void month_line(void *arg, const struct takings_line *line) {
    struct month_walk *walk = arg;
    int64_t day = civil_day_of(line->at_ms);
    if (walk->count == 0 || walk->out[walk->count - 1].day != day) {
        if (walk->count == MONTH_DAYS_MAX) return;
        walk->out[walk->count++] = (struct takings_day){.day = day};
    }
    sum_add(&walk->out[walk->count - 1].sums[line->kind], line->amount);
}

size_t takings_of_month(struct view *view, const struct merchant *merchant, int year, int month,
                        struct takings_day out[MONTH_DAYS_MAX], bool *whole) {
    int64_t first = civil_day(year, month, 1);
    int64_t next = month == 12 ? civil_day(year + 1, 1, 1) : civil_day(year, month + 1, 1);
    struct takings_span span = {merchant->account, civil_day_start_ms(first), civil_day_start_ms(next),
                                TAKINGS_MONTH_WALKED_MAX};
    struct month_walk walk = {.out = out};
    struct money opening, closing;
    *whole = takings_walk(view->ledger, view->db, &span, month_line, &walk, &opening, &closing);
    return walk.count;
}

/* --- since --- */

static void since_line(void *arg, const struct takings_line *line) {
    if (line->kind == LINE_TAKING) sum_add(arg, line->amount);
}

bool takings_since(struct tx *tx, struct account_no account, int64_t since_ms, struct money *out) {
    struct takings_span span = {account, since_ms, INT64_MAX, TAKINGS_WALKED_MAX};
    struct takings_sum sum = {0};
    struct money opening, closing;
    bool whole = takings_walk(tx->ledger, tx->db, &span, since_line, &sum, &opening, &closing);
    *out = sum.amount;
    return whole;
}
