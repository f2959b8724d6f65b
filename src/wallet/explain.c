/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/explain.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "wallet/bank.h"
#include "wallet/bill_find.h"
#include "wallet/card.h"
#include "wallet/device.h"
#include "wallet/document.h"
#include "wallet/freeze.h"
#include "wallet/function.h"
#include "wallet/maintenance.h"
#include "wallet/pocket.h"
#include "wallet/realname.h"
#include "wallet/recount.h"
#include "wallet/refusal.h"
#include "wallet/withdrawal.h"

enum {
    CHUNK_FIRST = 2,
    CHUNK = 32,
    CARDS_ASKED_MAX = 32,
    SEEK_FIRST = 64,
    SEEK_WIDER = 8,
    SEEK_MOST = 1 << 24
};
#define DAY_MS INT64_C(86400000)
#define WINDOW_MS (30 * DAY_MS)
#define BACK_MS (7 * DAY_MS)

/* --- what a bill under way means to the balance --- */

enum place {
    PLACE_HELD,
    PLACE_COMING,
    PLACE_PASSING
}; /* passing: a card's money on its way to a shop, pending through the person's account */

static const struct place_row {
    enum payment_kind kind;
    enum bill_side side;
    enum payment_state state;
    enum place place;
    enum cause cause;
} places[] = {
    {PAYMENT_TRANSFER, BILL_OUT, PAYMENT_ARRIVING, PLACE_HELD, CAUSE_TRANSFER_ARRIVING},
    {PAYMENT_TRANSFER, BILL_OUT, PAYMENT_WAITING, PLACE_HELD, CAUSE_TRANSFER_WAITING},
    {PAYMENT_TRANSFER, BILL_IN, PAYMENT_ARRIVING, PLACE_COMING, CAUSE_COMING_LATER},
    {PAYMENT_TRANSFER, BILL_IN, PAYMENT_WAITING, PLACE_COMING, CAUSE_COMING_WAITS},
    {PAYMENT_WITHDRAWAL, BILL_OUT, PAYMENT_AT_BANK, PLACE_HELD, CAUSE_WITHDRAWAL_GOING},
    {PAYMENT_WITHDRAWAL, BILL_OUT, PAYMENT_IN_DOUBT, PLACE_HELD, CAUSE_BANK_IN_DOUBT},
    {PAYMENT_REFUND, BILL_IN, PAYMENT_AT_BANK, PLACE_HELD, CAUSE_REFUND_TO_CARD},
    {PAYMENT_REFUND, BILL_IN, PAYMENT_IN_DOUBT, PLACE_HELD, CAUSE_BANK_IN_DOUBT},
    {PAYMENT_REFUND, BILL_IN, PAYMENT_WAITING, PLACE_HELD, CAUSE_REFUND_TO_CARD},
    {PAYMENT_TOPUP, BILL_IN, PAYMENT_AT_BANK, PLACE_COMING, CAUSE_COMING_FROM_BANK},
    {PAYMENT_TOPUP, BILL_IN, PAYMENT_IN_DOUBT, PLACE_COMING, CAUSE_COMING_IN_DOUBT},
    {PAYMENT_PURCHASE, BILL_OUT, PAYMENT_AT_BANK, PLACE_PASSING, CAUSE_NONE},
    {PAYMENT_PURCHASE, BILL_OUT, PAYMENT_IN_DOUBT, PLACE_PASSING, CAUSE_NONE},
};

static const struct place_row *place_of(const struct bill_item *item, enum payment_state state) {
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i].kind == item->kind && places[i].side == item->side && places[i].state == state)
            return &places[i];
    return NULL;
}

/* --- the pass over the bills --- */

struct pass {
    struct view *view;
    struct explain *out;
    int64_t at_ms;
    uint64_t upto;       /* the newest entry that counts; 0: by time */
    uint64_t next_entry; /* of the oldest bill that is younger than the moment; 0: none is */
    uint64_t first;      /* the number that the bills after the moment begin with; 0: there are none */
    int64_t held_fen, coming_fen, passing_fen;
    bool in_met, out_met;
};

static bool is_younger(const struct pass *pass, uint64_t entry, int64_t at_ms) {
    return pass->upto ? entry > pass->upto : at_ms > pass->at_ms;
}

static void hold_add(struct explain_hold *list, size_t *count, bool *cut, const struct explain_hold *hold) {
    if (*count < EXPLAIN_HOLDS_MAX) list[(*count)++] = *hold;
    else *cut = true;
}

static void name_of(const struct bill_item *item, struct explain_hold *out) {
    const struct bank_row *bank = item->party_kind == PARTY_BANK ? bank_by_no((int)item->party) : NULL;
    text_keep(item->name, out->name, sizeof out->name);
    if (bank) text_keep(text_of(bank->name), out->name_en, sizeof out->name_en);
}

/* The state that it had at the moment. */
static enum payment_state state_then(const struct pass *pass, const struct payment *payment) {
    struct payment_move_row moves[PAYMENT_MOVES_MAX];
    enum payment_state state = payment_first_state(payment);
    if (!pass->out->past) return payment->state;
    size_t count = payment_moves(pass->view->db, payment->id, moves);
    for (size_t i = 0; i < count && moves[i].at_ms <= pass->at_ms; i++) state = moves[i].state;
    return state;
}

static int64_t until_of(const struct pass *pass, const struct payment *p, enum payment_state state) {
    if (p->kind != PAYMENT_TRANSFER) return state == PAYMENT_WAITING ? p->due_ms : 0;
    if (!pass->out->past) return p->due_ms;
    int64_t arrives_ms = p->created_ms + p->delay_ms;
    return state == PAYMENT_ARRIVING ? arrives_ms : arrives_ms + pass->view->rules->transfer_wait_ms;
}

/* Under way at the moment: held, coming or passing through. */
static void under_way(struct pass *pass, const struct bill_item *item) {
    struct explain *e = pass->out;
    struct payment payment;
    if (!payment_find(pass->view->db, (struct payment_id){item->id}, &payment)) return;
    enum payment_state state = state_then(pass, &payment);
    const struct place_row *row = place_of(item, state);
    if (!row) return;
    struct explain_hold hold = {
        .cause = row->cause,
        .amount = {item->amount_fen + withdrawal_fee_of(pass->view->db, &payment).fen},
        .bill = payment.id,
        .since_ms = payment.created_ms,
        .until_ms = until_of(pass, &payment, state),
    };
    name_of(item, &hold);
    switch (row->place) {
    case PLACE_HELD:
        pass->held_fen += hold.amount.fen;
        hold_add(e->holds, &e->holds_count, &e->holds_cut, &hold);
        break;
    case PLACE_COMING:
        pass->coming_fen += hold.amount.fen;
        hold_add(e->coming, &e->coming_count, &e->holds_cut, &hold);
        break;
    case PLACE_PASSING: pass->passing_fen += hold.amount.fen; break;
    }
}

/* Keeps the largest, largest first. */
static void move_add(struct explain_moves *moves, const struct bill_item *item) {
    size_t at = moves->shown < EXPLAIN_MOVES_MAX ? moves->shown++ : EXPLAIN_MOVES_MAX - 1;
    bool full = moves->count >= EXPLAIN_MOVES_MAX;
    moves->count++;
    moves->sum_fen += item->amount_fen;
    if (full && moves->largest[at].amount.fen >= item->amount_fen) return;
    while (at > 0 && moves->largest[at - 1].amount.fen < item->amount_fen) {
        moves->largest[at] = moves->largest[at - 1];
        at--;
    }
    moves->largest[at] = (struct explain_move){.bill = {item->id},
                                               .kind = item->kind,
                                               .side = item->side,
                                               .amount = {item->amount_fen},
                                               .at_ms = item->at_ms};
    text_keep(item->name, moves->largest[at].name, sizeof moves->largest[at].name);
}

/* An empty balance has a reason that lies further back than the window: the window opens to its last payment. */
static bool in_window(struct pass *pass, const struct bill_item *item) {
    struct explain *e = pass->out;
    if (item->at_ms >= e->window_ms) return true;
    if (pass->out_met || e->available > 0) return false;
    if (item->side == BILL_OUT) e->window_ms = item->at_ms - WINDOW_MS;
    return item->side == BILL_OUT;
}

static void ended(struct pass *pass, const struct bill_item *item) {
    struct explain *e = pass->out;
    bool came_back = item->kind == PAYMENT_WITHDRAWAL && item->state == PAYMENT_DECLINED;
    if (came_back && item->ended_ms >= pass->at_ms - BACK_MS) {
        struct explain_hold back = {.cause = CAUSE_WITHDRAWAL_BACK,
                                    .amount = {item->amount_fen},
                                    .bill = {item->id},
                                    .since_ms = item->ended_ms};
        name_of(item, &back);
        hold_add(e->back, &e->back_count, &e->holds_cut, &back);
    }
    if (item->kind == PAYMENT_POCKET || !bill_item_moves_balance(item))
        return; /* the pocket is told by itself */
    if (item->side == BILL_IN) pass->in_met = true;
    if (in_window(pass, item)) move_add(item->side == BILL_OUT ? &e->out : &e->in, item);
    if (item->side == BILL_OUT) pass->out_met = true;
}

/* Of what lies further back only what was under way, or came back lately, can matter. */
static bool is_behind(const struct pass *pass, int64_t at_ms) {
    const struct explain *e = pass->out;
    bool moves_met = at_ms < e->window_ms && (pass->out_met || e->available > 0);
    return moves_met && at_ms < pass->at_ms - BACK_MS;
}

/* And nothing at all. Of the past nobody knows what was held. */
static bool is_enough(const struct pass *pass) {
    const struct explain *e = pass->out;
    return !e->past && pass->held_fen >= e->held && pass->coming_fen + pass->passing_fen >= e->coming_fen;
}

/* Begins at the first bill that is not younger than the moment. For a moment in the past that is searched a little above it, wider and wider for
 * who has few bills, so that the oldest of the younger ones is met: by it the chain is entered (entry_then). */
static enum err pass_begin(struct pass *pass, const struct actor *actor, struct fault *fault,
                           struct bill_find **find, struct bill_item *item, bool *has) {
    const struct bill_filter all = {.side = -1};
    bool cut;
    for (uint64_t above = SEEK_FIRST;; above *= SEEK_WIDER) {
        bool whole = pass->first == 0 || above > SEEK_MOST;
        uint64_t before = pass->next_entry ? pass->first : whole ? 0 : pass->first + above;
        enum err err = bill_find_begin(pass->view, actor, &all, before, fault, find);
        if (err != ERR_OK) return err;
        while ((*has = bill_find_next(*find, item)) &&
               (item->refusal || is_younger(pass, item->entry, item->at_ms)))
            if (!item->refusal) pass->next_entry = item->entry;
        if (whole || pass->next_entry) return ERR_OK;
        err = bill_find_end(*find, fault, &cut);
        if (err != ERR_OK) return err;
    }
}

static enum err pass_run(struct pass *pass, const struct actor *actor, struct fault *fault) {
    struct bill_find *find;
    struct bill_item item;
    bool cut, has, behind = false;
    enum err err = pass_begin(pass, actor, fault, &find, &item, &has);
    if (err != ERR_OK) return err;
    for (; has; has = bill_find_next(find, &item)) {
        if (item.refusal) continue;
        if (!behind && is_behind(pass, item.at_ms)) {
            behind = true;
            bill_find_under_way(find, pass->at_ms - BACK_MS);
        }
        if (behind && is_enough(pass)) break;
        if (item.ended_ms == 0 || item.ended_ms > pass->at_ms) under_way(pass, &item);
        else ended(pass, &item);
    }
    return bill_find_end(find, fault, &cut);
}

/* --- the figures --- */

/* The newest entry of the account at the moment; false: it was not open yet. */
static bool entry_then(const struct pass *pass, struct account_no account, struct entry *out) {
    struct entry entries[CHUNK];
    struct entry_no before = {pass->next_entry};
    bool more = true;
    for (size_t wanted = CHUNK_FIRST; more; wanted = CHUNK) {
        size_t count = ledger_history(pass->view->ledger, pass->view->db, account, before, entries, wanted);
        more = count == wanted;
        for (size_t i = 0; i < count; i++) {
            before.n = entries[i].no;
            if (is_younger(pass, entries[i].no, entries[i].time_ms)) continue;
            *out = entries[i];
            return true;
        }
    }
    return false;
}

static int64_t balance_after(const struct entry *entry, struct account_no account) {
    return entry->debit == account.n ? entry->debit_after : entry->credit_after;
}

/* Figures of now, and whether the bills that the snapshot shows are of the same moment. */
static enum err figures_now(struct view *view, const struct actor *actor, struct fault *fault,
                            struct explain *e) {
    struct figures f;
    if (!ledger_figures(view->ledger, actor->account, &f)) return fault_set(fault, ERR_INTERNAL);
    e->posted = (int64_t)(f.account.credits_posted - f.account.debits_posted);
    e->held = (int64_t)f.account.debits_pending;
    e->available = e->posted - e->held;
    e->coming_fen = (int64_t)f.account.credits_pending;
    e->stopped = f.account.flags & ACCOUNT_DEBITS_FROZEN;
    e->sequence = f.sequence;
    e->time_ms = f.time_ms;
    return ERR_OK;
}

static enum err figures_then(struct pass *pass, const struct actor *actor, struct fault *fault) {
    struct explain *e = pass->out;
    struct entry entry;
    if (!entry_then(pass, actor->account, &entry)) return fault_set(fault, ERR_BAD_RANGE);
    e->posted = entry.flags & ENTRY_OPEN ? 0 : balance_after(&entry, actor->account);
    e->held = pass->held_fen;
    e->available = e->posted - e->held;
    e->sequence = (struct entry_no){entry.no};
    e->time_ms = entry.time_ms;
    return ERR_OK;
}

/* --- the question --- */

/* Sets the moment. */
static enum err moment_of(struct view *view, const struct actor *actor,
                          const struct explain_question *question, struct fault *fault, struct pass *pass) {
    struct bill bill;
    struct refusal refusal;
    enum err err = ERR_OK;
    pass->at_ms = question->at_ms ? question->at_ms : view->now_ms;
    pass->out->past = question->at_ms || question->bill.n || question->refusal;
    if (question->bill.n) {
        err = bill_payment(view, actor, question->bill, fault, &bill);
        if (err != ERR_OK) return err;
        pass->at_ms = bill.payment.created_ms;
        pass->upto = bill.payment.entry.n - 1;
        pass->first = bill.payment.id.n;
        pass->next_entry = bill.payment.entry.n;
    } else if (question->refusal) {
        err = bill_refusal(view, actor, question->refusal, fault, &bill);
        if (err != ERR_OK || !refusal_find(view->db, question->refusal, &refusal)) return err;
        pass->at_ms = refusal.at_ms;
        pass->upto = refusal.entry.n;
        pass->first = question->refusal;
    } else if (question->at_ms) {
        pass->first = bill_find_moment(view->db, pass->at_ms);
    }
    if (pass->at_ms > view->now_ms || pass->at_ms < actor->created_ms)
        return fault_field(fault, ERR_BAD_RANGE, "/at");
    return ERR_OK;
}

/* As it is now: nobody keeps what it was. */
static void name_facts(const struct pass *pass, const struct actor *actor, struct explain_facts *facts) {
    struct db *db = pass->view->db;
    struct document document;
    struct fault fault;
    if (pass->out->past) return;
    if (actor->tier < 1) {
        facts->name_ms = realname_rejected_ms(db, actor->person);
        facts->name = facts->name_ms ? CAUSE_NAME_REJECTED : CAUSE_NAME_MISSING;
        return;
    }
    if (realname_stands(actor, pass->at_ms, &fault) != ERR_OK) {
        facts->name = CAUSE_NAME_EXPIRED;
        facts->name_ms = actor->name_until_ms;
        return;
    }
    document_find(db, actor->person, &document);
    facts->name_ms = document.sent_ms;
    if (document.state == DOCUMENT_WAITING) facts->name = CAUSE_NAME_IN_REVIEW;
    if (document.state == DOCUMENT_REJECTED) facts->name = CAUSE_PHOTOS_REJECTED;
}

/* The orders that stood at the moment: those of now and those that have ended since. */
static size_t freeze_facts(const struct pass *pass, const struct actor *actor, struct explain_hold *out,
                           size_t max) {
    struct freeze *all = calloc(FREEZES_LISTED_MAX, sizeof *all);
    size_t made = 0;
    if (!all) log_fatal("explain: no memory");
    size_t count = freeze_list(pass->view->db, actor->person, pass->out->past, all, FREEZES_LISTED_MAX);
    for (size_t i = 0; i < count && made < max; i++) {
        const struct freeze *f = &all[i];
        bool stood = f->begun_ms <= pass->at_ms && (f->state == FREEZE_STANDING || f->ended_ms > pass->at_ms);
        if (!stood || f->reason == FREEZE_BY_BOOKS || f->scope == FREEZE_FUNCTION) continue;
        bool part = f->scope == FREEZE_AMOUNT;
        struct explain_hold *hold = &out[made++];
        *hold = (struct explain_hold){.cause = part ? CAUSE_FROZEN_PART : CAUSE_FROZEN_ALL,
                                      .amount = part ? f->held : (struct money){pass->out->posted},
                                      .since_ms = f->begun_ms,
                                      .until_ms = f->expires_ms};
        text_keep(text_of(freeze_reason_row(f->reason)->label_zh), hold->name, sizeof hold->name);
        text_keep(text_of(freeze_reason_row(f->reason)->label), hold->name_en, sizeof hold->name_en);
    }
    free(all);
    return made;
}

/* What lies in the own pocket, now or then. */
static int64_t pocket_fen(const struct pass *pass, const struct actor *actor) {
    struct account_no pocket = pocket_account(pass->view->db, actor->person);
    struct figures f;
    struct entry entry;
    const struct pass whole = {.view = pass->view, .at_ms = pass->at_ms, .upto = pass->upto};
    if (pocket.n == 0) return 0;
    if (!pass->out->past)
        return ledger_figures(pass->view->ledger, pocket, &f)
                   ? (int64_t)(f.account.credits_posted - f.account.debits_posted)
                   : 0;
    bool found = entry_then(&whole, pocket, &entry) && !(entry.flags & ENTRY_OPEN);
    return found ? balance_after(&entry, pocket) : 0;
}

/* --- what rests --- */

/* What a person does with a balance. What a shop does with its takings is not asked. */
static const enum function of_balance[] = {FUNCTION_TOPUP,   FUNCTION_WITHDRAWAL, FUNCTION_TRANSFER,
                                           FUNCTION_RECEIVE, FUNCTION_PAYCODE,    FUNCTION_PURCHASE,
                                           FUNCTION_CARD};

struct resting {
    struct explain_rest rests[EXPLAIN_RESTS_MAX];
    size_t count;
};

static void join(char *names, size_t size, const char *between, const char *name) {
    char joined[PARTY_NAME_BYTES + EXPLAIN_NAME_EN_BYTES];
    snprintf(joined, sizeof joined, "%s%s%s", names, names[0] ? between : "", name);
    text_keep(text_of(joined), names, size);
}

/* `window` NULL: it is open. A window that closes several is told once. */
static void rest_add(struct resting *resting, const struct window *window, const char *name,
                     const char *name_zh) {
    size_t at = 0;
    if (!window) return;
    while (at < resting->count && resting->rests[at].window != window->id) at++;
    if (at == EXPLAIN_RESTS_MAX || (at < resting->count && window->everything)) return;
    struct explain_rest *rest = &resting->rests[at];
    if (at == resting->count) {
        resting->count++;
        *rest = (struct explain_rest){.window = window->id, .until_ms = window->ends_ms};
    }
    join(rest->name, sizeof rest->name, "、", window->everything ? "整个钱包" : name_zh);
    join(rest->name_en, sizeof rest->name_en, ", ", window->everything ? "the whole wallet" : name);
}

/* The functions, and the banks of the person's cards. */
static void resting_facts(const struct pass *pass, const struct actor *actor, struct resting *out) {
    struct card cards[CARDS_ASKED_MAX];
    struct windows *windows = NULL;
    out->count = 0;
    if (!pass->view->maintenance) return;
    windows = malloc(sizeof *windows);
    if (!windows) log_fatal("explain: no memory");
    maintenance_read(pass->view->maintenance, windows);
    for (size_t i = 0; windows->count && i < sizeof of_balance / sizeof of_balance[0]; i++) {
        const struct function_row *row = function_row(of_balance[i]);
        rest_add(out, windows_function(windows, row->function, pass->at_ms), row->label, row->label_zh);
    }
    size_t count = windows->count ? card_list(pass->view->db, actor->person, cards, CARDS_ASKED_MAX) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct bank_row *bank = bank_by_no(cards[i].bank);
        bool met = false;
        for (size_t j = 0; j < i; j++) met = met || cards[j].bank == cards[i].bank;
        if (!met) rest_add(out, windows_bank(windows, bank->no, pass->at_ms), bank->name, bank->name_zh);
    }
    free(windows);
}

static void judge(const struct pass *pass, const struct actor *actor, const struct explain_question *question) {
    struct explain *e = pass->out;
    struct device_other other;
    struct explain_hold freezes[EXPLAIN_HOLDS_MAX];
    struct resting resting;
    struct explain_facts facts = {
        .past = e->past,
        .withheld = e->withheld,
        .books_checked = pass->view->books_checked,
        .posted_fen = e->posted,
        .held_fen = e->held,
        .coming_fen = e->coming_fen,
        .pocket_fen = e->pocket,
        .never = e->posted == 0 && e->held == 0 && !pass->in_met && !pass->out_met,
        .holds = e->holds,
        .holds_count = e->holds_count,
        .coming = e->coming,
        .coming_count = e->coming_count,
        .back = e->back,
        .back_count = e->back_count,
        .out = &e->out,
        .in = &e->in,
        .limits = e->limits,
        .limits_count = e->limits_count,
    };
    facts.freezes = freezes;
    facts.freezes_count = freeze_facts(pass, actor, freezes, EXPLAIN_HOLDS_MAX);
    name_facts(pass, actor, &facts);
    resting_facts(pass, actor, &resting);
    facts.rests = resting.rests;
    facts.rests_count = resting.count;
    facts.reading_only =
        !e->past && pass->view->maintenance && atomic_load(&pass->view->maintenance->read_only);
    if (!e->past) facts.app = question->app_old;
    if (!e->past && question->device && device_other(pass->view, question->device, actor->person, &other)) {
        facts.other_phone = other.phone_masked;
        facts.other_days = (int)other.days;
    }
    e->causes_count = explain_rules(&facts, e->causes);
}

enum err explain(struct view *view, const struct actor *actor, const struct explain_question *question,
                 struct fault *fault, struct explain *out) {
    struct pass pass = {.view = view, .out = out};
    *out = (struct explain){0};
    enum err err = moment_of(view, actor, question, fault, &pass);
    if (err != ERR_OK) return err;
    out->at_ms = pass.at_ms;
    out->window_ms = question->since_ms ? question->since_ms : pass.at_ms - WINDOW_MS;
    if (!out->past) err = figures_now(view, actor, fault, out);
    if (err == ERR_OK) err = pass_run(&pass, actor, fault);
    if (err == ERR_OK && out->past) err = figures_then(&pass, actor, fault);
    if (err != ERR_OK) return err;
    out->coming_fen = pass.coming_fen;
    out->other_held = out->held > pass.held_fen ? out->held - pass.held_fen : 0;
    if (!out->past && actor->tier > 0) {
        struct limit_count count;
        limit_read(view->db, actor->person, &count);
        out->limits_count = limit_lines(view->rules, actor->tier, view->now_ms, &count, NULL, out->limits);
    }
    out->withheld = !out->past && recount_withholds(view, actor);
    out->pocket = pocket_fen(&pass, actor);
    judge(&pass, actor, question);
    return ERR_OK;
}
