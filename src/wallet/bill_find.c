/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/bill_find.h"

#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/log.h"
#include "ledger/ledger.h"
#include "wallet/bill_index.h"
#include "wallet/merchant.h"
#include "wallet/person.h"
#include "wallet/rename.h"

enum { MOVED, NEWEST, NEXT };
static const struct sql bill_find_sql[] = {
    [MOVED] = {"SELECT payment FROM payment_move WHERE id > $1 ORDER BY id LIMIT $2"},
    [NEWEST] = {"SELECT id FROM payment ORDER BY id DESC LIMIT 1"},
    [NEXT] = {"SELECT id, created_ms FROM payment WHERE id >= $1 ORDER BY id LIMIT 1"},
};
DB_STATEMENTS(bill_find_sql)

enum { CHUNK_FIRST = 2, CHUNK = 32, REFUSALS_AT_ONCE = 50, STRANGERS_MAX = 256, MOMENT_WITHIN = 32 };

struct renamed {
    struct rename rename;
    char name[PARTY_NAME_BYTES];
    bool known;
};

struct bill_find {
    struct view *view;
    const struct actor *actor;
    struct bill_filter filter;
    uint64_t before, at;
    int64_t under_way_ms;
    enum err err;
    int looked;
    bool cut, ended;

    /* the books, down to where the index goes */
    struct bill_cursor cursor;
    struct entry entries[CHUNK];
    size_t entry, entries_count;
    uint64_t entry_behind;
    int walked;
    bool entries_ended;
    struct refusal refusals[REFUSALS_AT_ONCE];
    size_t refusal, refusals_count;
    uint64_t refusal_behind;
    bool refusals_ended;
    struct bill bill; /* the item at hand points into it */

    /* the index, and what changed since */
    struct bill_runs *runs;
    uint64_t *moved; /* payments, rising */
    size_t moved_count;
    struct renamed *renamed;
    size_t renamed_count;
    size_t strangers; /* of renamed, behind those: whom refusals name */
};

/* --- the books --- */

static const struct entry *entry_peek(struct bill_find *f) {
    for (;;) {
        for (; f->entry < f->entries_count; f->entry++) {
            const struct entry *entry = &f->entries[f->entry];
            f->entry_behind = entry->no;
            if (entry->no <= f->cursor.entry || entry->time_ms < f->filter.from_ms) f->entries_ended = true;
            if (f->entries_ended) break;
            if (entry->role == ROLE_OPENS && entry->payment && entry->payment < f->before) return entry;
        }
        if (f->entries_ended || f->err != ERR_OK) return NULL;
        if (f->walked >= FIND_BOOKS_MAX) {
            f->err = ERR_BILLS_NOT_READY;
            return NULL;
        }
        size_t wanted = f->walked == 0 ? CHUNK_FIRST : CHUNK; /* mostly the index is near: the second ends it */
        f->entry = 0;
        f->entries_count = ledger_recall(f->view->ledger, f->view->db, f->actor->account,
                                         (struct entry_no){f->entry_behind}, f->entries, wanted);
        f->walked += (int)wanted;
        if (f->entries_count == 0) f->entries_ended = true;
    }
}

static const struct refusal *refusal_peek(struct bill_find *f) {
    if (f->refusal == f->refusals_count && !f->refusals_ended) {
        f->refusal = 0;
        f->refusals_count =
            refusal_list(f->view->db, f->actor->person, f->refusal_behind, f->refusals, REFUSALS_AT_ONCE);
        f->refusals_ended = f->refusals_count < REFUSALS_AT_ONCE;
        if (f->refusals_count) f->refusal_behind = f->refusals[f->refusals_count - 1].id;
        f->walked += (int)f->refusals_count;
    }
    const struct refusal *refusal = f->refusal < f->refusals_count ? &f->refusals[f->refusal] : NULL;
    bool fits = refusal && refusal->id > f->cursor.refusal && refusal->at_ms >= f->filter.from_ms;
    return fits ? refusal : NULL;
}

/* The next of the books; false: there are no more above the index. */
static bool books_next(struct bill_find *f, struct bill_item *out) {
    for (;;) {
        const struct entry *entry = entry_peek(f);
        const struct refusal *refusal = refusal_peek(f);
        if (f->err != ERR_OK) return false;
        if (!entry && !refusal) return false;
        if (refusal && (!entry || refusal->id > entry->payment)) {
            bill_of_refusal(f->view->db, f->view->keys, refusal, &f->bill);
            f->refusal++;
        } else {
            f->entry++;
            struct payment_id id = {entry->payment};
            if (!bill_of_payment(f->view->db, id, f->actor->person, &f->bill)) continue;
        }
        bill_item_of(&f->bill, f->actor->account, out);
        return true;
    }
}

/* --- the index --- */

static int by_number(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void find_moved(struct bill_find *f) {
    f->moved = calloc(FIND_MOVES_MAX, sizeof *f->moved);
    if (!f->moved) log_fatal("bills: no memory to find");
    struct stmt *q = db_stmt(f->view->db, &bill_find_sql[MOVED]);
    db_bind_u64(q, f->cursor.move);
    db_bind_i64(q, FIND_MOVES_MAX);
    while (f->moved_count < FIND_MOVES_MAX && db_row(q)) f->moved[f->moved_count++] = db_col_u64(q, 0);
    db_done(q);
    if (f->moved_count == FIND_MOVES_MAX) f->err = ERR_BILLS_NOT_READY;
    qsort(f->moved, f->moved_count, sizeof *f->moved, by_number);
}

static void find_renamed(struct bill_find *f) {
    struct rename *renames = calloc(FIND_RENAMES_MAX, sizeof *renames);
    f->renamed = calloc(FIND_RENAMES_MAX + STRANGERS_MAX, sizeof *f->renamed);
    if (!renames || !f->renamed) log_fatal("bills: no memory to find");
    f->renamed_count = rename_list(f->view->db, f->cursor.rename, renames, FIND_RENAMES_MAX);
    for (size_t i = 0; i < f->renamed_count; i++) f->renamed[i].rename = renames[i];
    if (f->renamed_count == FIND_RENAMES_MAX) f->err = ERR_BILLS_NOT_READY;
    free(renames);
}

static bool party_is(const struct renamed *r, const struct bill_item *item) {
    return r->rename.party == item->party && r->rename.kind == item->party_kind;
}

/* Its place among the renamed. A refusal may name somebody who verified a name afterwards and has no bill that would tell (realname.c): of the
 * people whom refusals name, the first STRANGERS_MAX are looked up as well. */
static struct renamed *renamed_find(struct bill_find *f, const struct bill_item *item) {
    for (size_t i = 0; i < f->renamed_count + f->strangers; i++)
        if (party_is(&f->renamed[i], item)) return &f->renamed[i];
    if (!item->refusal || item->party_kind != PARTY_PERSON || f->strangers == STRANGERS_MAX) return NULL;
    struct renamed *r = &f->renamed[f->renamed_count + f->strangers++];
    r->rename = (struct rename){.kind = item->party_kind, .party = item->party};
    return r;
}

/* The name that the party has now, looked up once. */
static void rename_item(struct bill_find *f, struct bill_item *item) {
    struct renamed *r = renamed_find(f, item);
    struct person person;
    struct merchant merchant;
    if (!r) return;
    if (!r->known && item->party_kind == PARTY_PERSON &&
        person_find(f->view->db, f->view->keys, (struct person_id){item->party}, &person))
        bill_person_name(person.nickname, person.name_masked, r->name);
    if (!r->known && item->party_kind == PARTY_MERCHANT &&
        merchant_find(f->view->db, (struct merchant_id){item->party}, &merchant))
        text_keep(text_of(merchant.name), r->name, sizeof r->name);
    r->known = true;
    item->name = text_of(r->name);
}

/* Where its payment stands now, if that moved since. Apart from index_next, which runs a hundred thousand times: a payment is large. */
static void move_item(const struct bill_find *f, struct bill_item *item) {
    struct payment payment;
    if (!payment_find(f->view->db, (struct payment_id){item->id}, &payment)) return;
    item->state = payment.state;
    item->ended_ms = payment_is_over(payment.state) ? payment.updated_ms : 0;
}

static bool index_next(struct bill_find *f, struct bill_item *out) {
    if (!f->view->index || f->cursor.entry == 0 || f->ended) return false;
    if (!f->runs) {
        f->runs = bill_runs_begin(f->view->index, f->actor->account, f->before);
        if (f->under_way_ms) bill_runs_under_way(f->runs, f->under_way_ms);
    }
    if (!bill_runs_next(f->runs, out)) return false;
    if (out->at_ms < f->filter.from_ms) { /* all that follow are older */
        f->ended = true;
        return false;
    }
    if (f->moved_count && bsearch(&out->id, f->moved, f->moved_count, sizeof *f->moved, by_number))
        move_item(f, out);
    if (f->renamed) rename_item(f, out);
    return true;
}

/* --- both --- */

enum err bill_find_begin(struct view *view, const struct actor *actor, const struct bill_filter *filter,
                         uint64_t before, struct fault *fault, struct bill_find **out) {
    struct bill_find *f = calloc(1, sizeof *f);
    if (!f) log_fatal("bills: no memory to find");
    f->view = view;
    f->actor = actor;
    f->filter = *filter;
    f->before = before ? before : INT64_MAX;
    f->refusal_behind = before;
    if (view->index && bill_index_cursor(view->index, &f->cursor) && f->cursor.entry > 0) {
        find_moved(f);
        if (filter->words[0]) find_renamed(f);
    }
    *out = f;
    if (f->err == ERR_OK) return ERR_OK;
    bool cut;
    return bill_find_end(f, fault, &cut);
}

bool bill_find_next(struct bill_find *f, struct bill_item *out) {
    while (f->err == ERR_OK && !f->cut) {
        if (!books_next(f, out) && (f->err != ERR_OK || !index_next(f, out))) return false;
        f->at = out->id;
        f->cut = ++f->looked >= FIND_ITEMS_MAX;
        if (bill_item_fits(out, &f->filter)) return true;
    }
    return false;
}

void bill_find_under_way(struct bill_find *f, int64_t at_ms) {
    f->under_way_ms = at_ms;
    if (f->runs) bill_runs_under_way(f->runs, at_ms);
}

uint64_t bill_find_moment(struct db *db, int64_t at_ms) {
    uint64_t low = 1, high = 0, found = 0;
    struct stmt *q = db_stmt(db, &bill_find_sql[NEWEST]);
    if (db_row(q)) high = db_col_u64(q, 0);
    db_done(q);
    while (low <= high && high - low >= MOMENT_WITHIN) {
        uint64_t middle = low + (high - low) / 2, id = high;
        int64_t created_ms = at_ms;
        q = db_stmt(db, &bill_find_sql[NEXT]);
        db_bind_u64(q, middle);
        if (db_row(q)) id = db_col_u64(q, 0), created_ms = db_col_i64(q, 1);
        db_done(q);
        if (created_ms > at_ms) found = id, high = middle - 1;
        else low = id + 1;
    }
    return found;
}

uint64_t bill_find_at(const struct bill_find *f) {
    return f->at;
}

enum err bill_find_end(struct bill_find *f, struct fault *fault, bool *cut) {
    enum err err = f->err;
    *cut = f->cut;
    if (f->view->index &&
        db_failed(f->view->index)) { /* the store of the money is another matter: api.c looks at it */
        log_error("bills: the index cannot be read: %s", db_fault(f->view->index));
        err = ERR_BILLS_NOT_READY;
    }
    if (f->runs) bill_runs_end(f->runs);
    free(f->moved);
    free(f->renamed);
    free(f);
    return err == ERR_OK ? ERR_OK : fault_set(fault, err);
}

/* --- pages --- */

/* Of a payment only its number: those of a page are read at once. False: a refusal that is gone. */
static bool begin_bill(struct view *view, const struct bill_item *item, struct bill *out) {
    struct refusal refusal;
    *out = (struct bill){.payment.id = {item->id}};
    if (!item->refusal) return true;
    if (!refusal_find(view->db, item->id, &refusal)) return false;
    bill_of_refusal(view->db, view->keys, &refusal, out);
    return true;
}

enum err bill_find_page(struct view *view, const struct actor *actor, const struct bill_filter *filter,
                        uint64_t before, struct bill *out, size_t max, struct fault *fault, size_t *count,
                        uint64_t *next) {
    struct bill_find *find;
    struct bill_item item;
    bool more = false, cut = false;
    uint64_t at = 0;
    *count = 0;
    enum err err = bill_find_begin(view, actor, filter, before, fault, &find);
    if (err != ERR_OK) return err;
    while (!more && bill_find_next(find, &item)) {
        more = *count == max; /* one more than fits */
        if (!more && begin_bill(view, &item, &out[*count])) {
            at = item.id;
            ++*count;
        }
    }
    uint64_t looked_at = bill_find_at(find);
    err = bill_find_end(find, fault, &cut);
    *next = more ? at : cut ? looked_at : 0;
    *count = bill_of_payments(view->db, actor->person, out, *count);
    return err;
}

/* --- months --- */

/* The first day of the month that holds the time. */
static int64_t month_start_ms(int64_t at_ms, struct bill_month *out) {
    struct civil civil = civil_of(at_ms);
    *out = (struct bill_month){.year = civil.year, .month = civil.month};
    return civil_day_start_ms(civil_day(civil.year, civil.month, 1));
}

enum err bill_find_months(struct view *view, const struct actor *actor, const struct bill_filter *filter,
                          struct bill_month *out, size_t max, struct fault *fault, size_t *count, bool *whole) {
    struct bill_find *find;
    struct bill_item item;
    int64_t start_ms = INT64_MAX;
    bool cut = false;
    *count = 0;
    enum err err = bill_find_begin(view, actor, filter, 0, fault, &find);
    if (err != ERR_OK) return err;
    while (bill_find_next(find, &item)) {
        if (item.at_ms < start_ms) {
            if (*count == max) break;
            start_ms = month_start_ms(item.at_ms, &out[(*count)++]);
        }
        bill_totals_add(&out[*count - 1].totals, &item);
    }
    err = bill_find_end(find, fault, &cut);
    *whole = !cut;
    return err;
}
