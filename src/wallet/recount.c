/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/recount.h"

#include <stdlib.h>

#include "base/log.h"
#include "wallet/books.h"
#include "wallet/freeze.h"

enum { CHUNK = 256 };

/* --- adding up --- */

/* What an entry moves on the account: posted, and held of what leaves it. */
struct moved {
    int64_t posted, held;
};

static struct moved moved_by(struct view *view, const struct entry *entry, uint64_t account) {
    bool leaves = entry->debit == account;
    int64_t sign = leaves ? -1 : 1;
    struct entry pending;
    struct moved moved = {0};
    if (entry->flags & (ENTRY_OPEN | ENTRY_NOTE)) return moved;
    if (entry->flags & ENTRY_PENDING) {
        moved.held = leaves ? (int64_t)entry->amount : 0;
    } else if (entry->pending != 0) { /* it ends a pending one: what that held is free, what this posts moves */
        if (entry->flags & ENTRY_POST) moved.posted = sign * (int64_t)entry->amount;
        if (leaves && ledger_entry_read(view->ledger, view->db, (struct entry_no){entry->pending}, &pending))
            moved.held = -(int64_t)pending.amount;
    } else {
        moved.posted = sign * (int64_t)entry->amount;
    }
    return moved;
}

static int64_t balance_after(const struct entry *entry, uint64_t account) {
    return entry->debit == account ? entry->debit_after : entry->credit_after;
}

static void add(struct view *view, struct recount *r, const struct entry *entry) {
    struct moved moved = moved_by(view, entry, r->account.n);
    bool opens = entry->flags & ENTRY_OPEN;
    int64_t after = opens ? 0 : balance_after(entry, r->account.n);
    if (r->count > 0 && after != r->after && r->bad.n == 0) r->bad = r->at;
    r->at = (struct entry_no){entry->no};
    r->after = after - moved.posted;
    r->count++;
    r->posted += moved.posted;
    r->held += moved.held;
    if (moved.posted > 0) r->in_fen += moved.posted;
    else r->out_fen -= moved.posted;
    r->ended = opens;
}

enum err recount_begin(struct view *view, struct account_no account, struct fault *fault, struct recount *out) {
    struct figures f;
    struct entry head;
    *out = (struct recount){.account = account};
    if (!ledger_figures(view->ledger, account, &f) ||
        ledger_history(view->ledger, view->db, account, (struct entry_no){0}, &head, 1) != 1)
        return fault_set(fault, ERR_INTERNAL);
    out->newest = (struct entry_no){head.no};
    out->sequence = f.sequence;
    out->time_ms = f.time_ms;
    out->memory_kept = f.account.newest == head.no;
    out->kept_posted = head.flags & ENTRY_OPEN ? 0 : balance_after(&head, account.n);
    out->kept_held = (int64_t)f.account.debits_pending;
    if (out->memory_kept && out->kept_posted != (int64_t)(f.account.credits_posted - f.account.debits_posted))
        out->bad = out->newest;
    add(view, out, &head);
    return ERR_OK;
}

bool recount_page(struct view *view, struct recount *r) {
    struct entry *entries = calloc(CHUNK, sizeof *entries);
    size_t count = CHUNK;
    if (!entries) log_fatal("recount: no memory");
    for (int left = RECOUNT_PAGE; left > 0 && !r->ended && count == CHUNK; left -= CHUNK) {
        count = ledger_history(view->ledger, view->db, r->account, r->at, entries, CHUNK);
        for (size_t i = 0; i < count; i++) add(view, r, &entries[i]);
    }
    free(entries);
    return !r->ended && count == CHUNK;
}

/* A chain that breaks off before the opening is a difference too. */
bool recount_agrees(const struct recount *r) {
    return r->ended && r->bad.n == 0 && r->after == 0 && r->posted == r->kept_posted &&
           (!r->memory_kept || r->held == r->kept_held);
}

/* --- a difference --- */

void recount_stop(struct tx *tx, const struct actor *actor, const struct recount *r) {
    const struct freeze_cmd cmd = {.person = actor->person,
                                   .reason = FREEZE_BY_BOOKS,
                                   .scope = FREEZE_BOTH,
                                   .note = TEXT("the account does not add up")};
    struct freeze freeze;
    log_error("recount: account %llu does not add up: %lld entries, %lld fen counted, %lld kept, first at "
              "entry %llu; "
              "it is stopped. Run qianbao audit",
              (unsigned long long)r->account.n, (long long)r->count, (long long)r->posted,
              (long long)r->kept_posted, (unsigned long long)r->bad.n);
    if (freeze_add_by_rule(tx, &cmd, FREEZE_BY_BOOKS, &freeze) != ERR_OK)
        log_error("recount: account %llu could not be stopped", (unsigned long long)r->account.n);
    books_found_account(tx, r->account, actor->person, r->bad.n);
}

bool recount_withholds(struct view *view, const struct actor *actor) {
    struct figures f;
    struct freeze standing[FREEZES_STANDING_MAX];
    if (view->books_checked) return true;
    if (!ledger_figures(view->ledger, actor->account, &f) || !(f.account.flags & ACCOUNT_DEBITS_FROZEN))
        return false;
    size_t count = freeze_list(view->db, actor->person, false, standing, FREEZES_STANDING_MAX);
    for (size_t i = 0; i < count; i++)
        if (standing[i].reason == FREEZE_BY_BOOKS) return true;
    return false;
}
