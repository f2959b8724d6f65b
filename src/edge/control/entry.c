/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the books: one record, its neighbours in both chains, and the row whose hash covers it. */
#include "ledger/entry.h"

#include <sodium.h>
#include <string.h>

#include "edge/control/account.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"

enum { HASH_BYTES = 32, NEXT_STEP = 512, NEXT_STEPS_MAX = 200 };

static const struct {
    enum entry_flag flag;
    const char *name;
} flags[] = {
    {ENTRY_LINKED, "linked"},
    {ENTRY_PENDING, "pending"},
    {ENTRY_POST, "post"},
    {ENTRY_VOID, "void"},
    {ENTRY_BALANCING_DEBIT, "balancing_debit"},
    {ENTRY_BALANCING_CREDIT, "balancing_credit"},
    {ENTRY_CLOSING_DEBIT, "closing_debit"},
    {ENTRY_CLOSING_CREDIT, "closing_credit"},
    {ENTRY_NOTE, "note"},
    {ENTRY_OPEN, "open"},
    {ENTRY_EXPIRED, "expired"},
};

static void flags_key(struct json_out *out, unsigned set) {
    json_key(out, "flags");
    json_begin_array(out);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (set & flags[i].flag) json_str(out, flags[i].name);
    json_end_array(out);
}

/* The account's entry after this one, by walking back from its newest; 0: there is none, or it is more than 100,000 entries away. */
static uint64_t next_of(const struct view *view, uint64_t account, uint64_t no) {
    static struct entry entries[NEXT_STEP]; /* one errand at a time */
    struct entry_no before = {0};
    uint64_t next = 0;
    for (int step = 0; step < NEXT_STEPS_MAX; step++) {
        size_t count =
            ledger_history(view->ledger, view->db, (struct account_no){account}, before, entries, NEXT_STEP);
        for (size_t i = 0; i < count; i++) {
            if (entries[i].no == no) return next;
            next = entries[i].no;
        }
        if (count < NEXT_STEP) return 0;
        before.n = entries[count - 1].no;
    }
    return 0;
}

static void side_key(struct errand *errand, const struct view *view, const char *key,
                     const struct entry *entry, uint64_t account) {
    struct json_out *out = errand->out;
    struct figures figures;
    char owner[ACCOUNT_OWNER_BYTES] = "";
    bool debited = entry->debit == account, opening = entry->flags & ENTRY_OPEN;
    json_key(out, key);
    if (account == 0 || !ledger_figures(view->ledger, (struct account_no){account}, &figures)) {
        json_none(out);
        return;
    }
    account_owner_text(errand, &figures.account, owner);
    json_begin_object(out);
    json_key_i64(out, "account", (int64_t)account);
    json_key_str(out, "kind", chart_row(figures.account.code) ? chart_row(figures.account.code)->name : "?");
    json_key_str(out, "owner", owner);
    json_key_i64(out, "balance_after", opening ? 0 : debited ? entry->debit_after : entry->credit_after);
    json_key_i64(out, "previous",
                 opening ? 0 : (int64_t)(debited ? entry->debit_previous : entry->credit_previous));
    json_key_i64(out, "next", (int64_t)next_of(view, account, entry->no));
    json_end_object(out);
}

static void hash_key(struct json_out *out, const char *key, const unsigned char hash[HASH_BYTES]) {
    char hex[2 * HASH_BYTES + 1];
    sodium_bin2hex(hex, sizeof hex, hash, HASH_BYTES);
    json_key_str(out, key, hex);
}

static void row_key(struct json_out *out, const struct ledger_row *row) {
    json_key(out, "row");
    json_begin_object(out);
    json_key_i64(out, "first", (int64_t)row->first);
    json_key_i64(out, "last", (int64_t)row->last);
    json_key_bool(out, "ends_group", row->ends_group);
    hash_key(out, "previous_hash", row->previous);
    hash_key(out, "digest", row->digest);
    hash_key(out, "hash", row->hash);
    json_key_bool(out, "hash_holds", row->holds);
    json_end_object(out);
}

static void entry_keys(struct errand *errand, const struct view *view, const struct entry *entry) {
    static const char *const roles[] =
        {[ROLE_INNER] = "inner", [ROLE_OPENS] = "opens", [ROLE_CHANGES] = "changes"};
    struct json_out *out = errand->out;
    bool opening = entry->flags & ENTRY_OPEN;
    json_key_i64(out, "number", (int64_t)entry->no);
    errand_key_id(errand, "id", ID_ENTRY, entry->no);
    json_key_time(out, "at", entry->time_ms);
    json_key_str(out, "what",
                 opening                     ? "an account opened"
                 : movement_row(entry->code) ? movement_row(entry->code)->name
                                             : "none");
    json_key_str(out, "role", entry->role < sizeof roles / sizeof roles[0] ? roles[entry->role] : "?");
    flags_key(out, entry->flags);
    json_key_i64(out, "amount", opening ? 0 : (int64_t)entry->amount);
    errand_key_id(errand, "payment", ID_PAYMENT, opening ? 0 : entry->payment);
    json_key_i64(out, "ends", (int64_t)entry->pending);
    json_key_i64(out, "timeout_s", entry->timeout_s);
    side_key(errand, view, "debit", entry, entry->debit);
    side_key(errand, view, "credit", entry, opening ? 0 : entry->credit);
}

/* A number, or the id of the person's bill. */
static bool entry_named(struct errand *errand, struct entry_no *out) {
    int64_t number;
    if (errand_id(errand, "entry", ID_ENTRY, &out->n)) return true;
    if (!text_to_i64(errand_text(errand, "entry"), &number) || number <= 0) return false;
    out->n = (uint64_t)number;
    return true;
}

static enum err run_show(struct errand *errand) {
    struct entry entry;
    struct ledger_row row;
    struct entry_no no;
    struct view view = errand_read(errand);
    bool found = entry_named(errand, &no) && ledger_entry_read(view.ledger, view.db, no, &entry) &&
                 ledger_row_read(view.db, no, &row);
    if (found) {
        entry_keys(errand, &view, &entry);
        row_key(errand->out, &row);
    }
    errand_read_end(errand);
    return found ? ERR_OK : fault_field(&errand->fault, ERR_NOT_FOUND, "/entry");
}

static const struct command_arg entry_arg[] = {{"entry", "NUMBER|ID", ARG_WORD, ARG_REQUIRED}, {0}};

const struct command_row entry_commands[] = {
    {.words = "entry show",
     .about = "an entry of the books: the record, its neighbours in both accounts' chains, the row that its "
              "hash covers",
     .args = entry_arg,
     .run = run_show,
     .more = "hash_holds says that the row's hash is that of its bytes upon the row before; audit proves "
             "them all."},
};
const size_t entry_commands_count = COMMAND_COUNT(entry_commands);
