/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts of the chart: whose, how they stand, what moved. */
#include "edge/control/account.h"

#include <stdio.h>
#include <string.h>

#include "edge/control/page.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/bank.h"
#include "wallet/merchant.h"
#include "wallet/payment.h"
#include "wallet/person.h"

enum { HOLDS_SHOWN_MAX = 100, HOLDS_WALK = 4096, WALK_STEP = 256, HISTORY_DEFAULT = 20, HISTORY_MAX = 200 };

/* --- whose --- */

void account_owner_text(struct errand *errand, const struct account *account, char out[ACCOUNT_OWNER_BYTES]) {
    const struct keys *keys = errand->room->config->keys;
    const struct chart_row *row = chart_row(account->code);
    char id[PUBLIC_ID_SIZE + 1] = "";
    switch ((enum account_code)account->code) {
    case CHART_PERSON:
    case CHART_POCKET:
    case CHART_PERSON_HOLD: keys_id_show(keys, ID_PERSON, account->owner, id); break;
    case CHART_MERCHANT: keys_id_show(keys, ID_MERCHANT, account->owner, id); break;
    case CHART_BANK_SETTLEMENT:
        if (bank_by_no((int)account->owner))
            snprintf(id, sizeof id, "%s", bank_by_no((int)account->owner)->code);
        break;
    case CHART_FEES:
    case CHART_AUTHORITY:
    case CHART_SUSPENSE: break;
    }
    if (id[0]) snprintf(out, ACCOUNT_OWNER_BYTES, "%s %s", row->owner, id);
    else snprintf(out, ACCOUNT_OWNER_BYTES, "the wallet itself");
}

/* --- how it stands --- */

bool account_keys(struct errand *errand, const struct view *view, struct account_no no) {
    struct figures figures;
    char owner[ACCOUNT_OWNER_BYTES];
    struct json_out *out = errand->out;
    if (no.n == 0 || !ledger_figures(view->ledger, no, &figures)) return false;
    const struct account *a = &figures.account;
    const struct chart_row *row = chart_row(a->code);
    bool asset = row && row->side == SIDE_ASSET;
    int64_t balance = (int64_t)(a->credits_posted - a->debits_posted) * (asset ? -1 : 1);
    account_owner_text(errand, a, owner);
    json_key_i64(out, "number", (int64_t)no.n);
    json_key_str(out, "kind", row ? row->name : "?");
    json_key_str(out, "owner", owner);
    json_key_bool(out, "closed", a->flags & ACCOUNT_CLOSED);
    json_key_i64(out, "balance", balance);
    json_key_i64(out, "held", (int64_t)(asset ? a->credits_pending : a->debits_pending));
    json_key_i64(out, "available", balance - (int64_t)(asset ? a->credits_pending : a->debits_pending));
    json_key_i64(out, "coming", (int64_t)(asset ? a->debits_pending : a->credits_pending));
    json_key_i64(out, "debits_posted", (int64_t)a->debits_posted);
    json_key_i64(out, "credits_posted", (int64_t)a->credits_posted);
    json_key_i64(out, "newest_entry", (int64_t)a->newest);
    json_key_time(out, "opened_at", a->opened_ms);
    return true;
}

/* --- holds --- */

/* A walk back over the account's chain meets what ended a pending entry before the entry itself. */
struct holds {
    uint64_t ended[HOLDS_WALK];
    size_t ended_count, shown;
    int64_t left; /* of what is held: not met yet */
};

static bool has_ended(const struct holds *holds, uint64_t no) {
    for (size_t i = 0; i < holds->ended_count; i++)
        if (holds->ended[i] == no) return true;
    return false;
}

static void hold_value(struct errand *errand, const struct view *view, const struct entry *entry) {
    struct payment payment;
    struct json_out *out = errand->out;
    bool known = entry->payment && payment_find(view->db, (struct payment_id){entry->payment}, &payment);
    json_begin_object(out);
    json_key_i64(out, "entry", (int64_t)entry->no);
    json_key_i64(out, "amount", (int64_t)entry->amount);
    json_key_str(out, "for", movement_row(entry->code) ? movement_row(entry->code)->name : "?");
    errand_key_id(errand, "payment", ID_PAYMENT, entry->payment);
    json_key_str(out, "state", known ? payment_state_name(payment.state) : NULL);
    json_key_time(out, "since", entry->time_ms);
    json_key_time(out, "until", known ? payment.due_ms : 0);
    json_end_object(out);
}

static void hold_meet(struct errand *errand, const struct view *view, const struct entry *entry,
                      uint64_t account, struct holds *holds) {
    if (entry->pending && holds->ended_count < HOLDS_WALK)
        holds->ended[holds->ended_count++] = entry->pending;
    bool holding = (entry->flags & ENTRY_PENDING) && entry->debit == account && entry->amount > 0;
    if (!holding || has_ended(holds, entry->no)) return;
    holds->left -= (int64_t)entry->amount;
    if (holds->shown++ < HOLDS_SHOWN_MAX) hold_value(errand, view, entry);
}

void account_holds_key(struct errand *errand, const struct view *view, struct account_no no) {
    static struct holds holds; /* one errand at a time */
    static struct entry entries[WALK_STEP];
    struct figures figures = {0};
    struct entry_no before = {0};
    holds = (struct holds){0};
    if (ledger_figures(view->ledger, no, &figures)) holds.left = (int64_t)figures.account.debits_pending;
    json_key(errand->out, "holds");
    json_begin_array(errand->out);
    for (size_t walked = 0; holds.left > 0 && walked < HOLDS_WALK;) {
        size_t count = ledger_history(view->ledger, view->db, no, before, entries, WALK_STEP);
        for (size_t i = 0; i < count && holds.left > 0; i++)
            hold_meet(errand, view, &entries[i], no.n, &holds);
        if (count < WALK_STEP) break;
        before.n = entries[count - 1].no;
        walked += count;
    }
    json_end_array(errand->out);
}

/* --- account show --- */

static void entry_value(struct errand *errand, const struct entry *entry, uint64_t account) {
    struct json_out *out = errand->out;
    bool debited = entry->debit == account, opening = entry->flags & ENTRY_OPEN;
    json_begin_object(out);
    json_key_i64(out, "entry", (int64_t)entry->no);
    json_key_time(out, "at", entry->time_ms);
    json_key_str(out, "what",
                 opening                     ? "opened"
                 : movement_row(entry->code) ? movement_row(entry->code)->name
                                             : "?");
    json_key_str(out, "step",
                 entry->flags & ENTRY_PENDING   ? "held"
                 : entry->flags & ENTRY_VOID    ? "void"
                 : entry->flags & ENTRY_EXPIRED ? "expired"
                                                : "posted");
    json_key_str(out, "side", opening ? "-" : debited ? "debit" : "credit");
    json_key_i64(out, "amount", opening ? 0 : (int64_t)entry->amount);
    json_key_i64(out, "balance_after", debited ? entry->debit_after : entry->credit_after);
    json_key_i64(out, "other", opening ? 0 : (int64_t)(debited ? entry->credit : entry->debit));
    errand_key_id(errand, "payment", ID_PAYMENT, opening ? 0 : entry->payment);
    json_end_object(out);
}

/* An account's number, a person's phone or id, a shop's id. */
static struct account_no account_named(struct errand *errand) {
    struct text who = errand_text(errand, "account");
    struct person person;
    struct merchant merchant;
    struct merchant_id shop;
    int64_t number;
    if (!phone_valid(who) && text_to_i64(who, &number))
        return (struct account_no){number > 0 ? (uint64_t)number : 0};
    if (errand_person(errand, "account", &person) == ERR_OK) return person.account;
    if (errand_id(errand, "account", ID_MERCHANT, &shop.n) && merchant_find(errand->room->db, shop, &merchant))
        return merchant.account;
    return (struct account_no){0};
}

static enum err run_show(struct errand *errand) {
    static struct entry entries[HISTORY_MAX]; /* one errand at a time */
    int64_t last = errand_i64(errand, "last");
    if (last == 0) last = HISTORY_DEFAULT;
    if (last < 0 || last > HISTORY_MAX) return fault_field(&errand->fault, ERR_BAD_FIELD, "/last");
    struct view view = errand_read(errand);
    struct account_no no = account_named(errand);
    bool found = account_keys(errand, &view, no);
    if (found) {
        account_holds_key(errand, &view, no);
        struct entry_no before = {(uint64_t)errand_i64(errand, "before")};
        size_t count = ledger_history(view.ledger, view.db, no, before, entries, (size_t)last);
        json_key(errand->out, "entries");
        json_begin_array(errand->out);
        for (size_t i = 0; i < count; i++) entry_value(errand, &entries[i], no.n);
        json_end_array(errand->out);
    }
    errand_read_end(errand);
    return found ? ERR_OK : fault_field(&errand->fault, ERR_NOT_FOUND, "/account");
}

static const struct command_arg show_args[] = {{"account", "NUMBER|PHONE|ID", ARG_WORD, ARG_REQUIRED},
                                               {"last", "20", ARG_NUMBER, ARG_OPTION},
                                               {"before", "ENTRY", ARG_NUMBER, ARG_OPTION},
                                               {0}};

const struct command_row account_commands[] = {
    {.words = "account show",
     .about = "an account of the books: whose, its sums, what is held, its newest entries",
     .args = show_args,
     .run = run_show,
     .more = "The account is named by its number, by the phone or id of the person, or by the id of the shop "
             "that owns it. "
             "--last says how many entries (at most 200), --before goes on behind an entry."},
};
const size_t account_commands_count = COMMAND_COUNT(account_commands);
