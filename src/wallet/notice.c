/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/notice.h"

#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/money.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/sequence.h"

enum { MARK };
static const struct sql notice_sql[] = {
    [MARK] = {"UPDATE person SET notice_read = $1, told_read = $3 WHERE id = $2 AND notice_read <= $1 AND "
              "told_read <= $3"},
};
DB_STATEMENTS(notice_sql)

/* --- words --- */

/* {name} is the other party, {amount} the amount in yuan, {arrives} when a transfer arrives. */
static const struct {
    enum payment_kind kind;
    enum bill_side side;
    enum payment_state state;
    const char *en, *zh;
} words[] = {
    {PAYMENT_TOPUP, BILL_IN, PAYMENT_AT_BANK, "Topping up {amount} from {name}: the bank is asked.",
     "从{name}充值 {amount} 元,银行处理中。"},
    {PAYMENT_TOPUP, BILL_IN, PAYMENT_DONE, "{amount} from {name} is in your balance.",
     "从{name}充值的 {amount} 元已到零钱。"},
    {PAYMENT_TOPUP, BILL_IN, PAYMENT_DECLINED, "{name} declined the top-up of {amount}. No money was taken.",
     "{name}没有通过 {amount} 元的充值,钱没有被扣。"},
    {PAYMENT_PURCHASE, BILL_OUT, PAYMENT_AT_BANK, "Paying {amount} to {name} by card: the bank is asked.",
     "用银行卡付给{name} {amount} 元,银行处理中。"},
    {PAYMENT_PURCHASE, BILL_OUT, PAYMENT_DONE, "You paid {amount} to {name}.", "你付给{name} {amount} 元。"},
    {PAYMENT_PURCHASE, BILL_OUT, PAYMENT_DECLINED,
     "The bank declined the payment of {amount} to {name}. No money was taken.",
     "银行没有通过付给{name}的 {amount} 元,钱没有被扣。"},
    {PAYMENT_PURCHASE, BILL_OUT, PAYMENT_RETURNED,
     "{name} was not paid, because of a freeze. The {amount} from your card are in your balance.",
     "因为冻结,没有付给{name}。卡里的 {amount} 元已到零钱。"},
    {PAYMENT_WITHDRAWAL, BILL_OUT, PAYMENT_AT_BANK, "Withdrawing {amount} to {name}: the bank is asked.",
     "提现 {amount} 元到{name},银行处理中。"},
    {PAYMENT_WITHDRAWAL, BILL_OUT, PAYMENT_DONE, "{amount} is on your card of {name}.",
     "提现的 {amount} 元已到{name}卡。"},
    {PAYMENT_WITHDRAWAL, BILL_OUT, PAYMENT_DECLINED,
     "{name} declined the withdrawal of {amount}. The money is back in your balance.",
     "{name}没有通过 {amount} 元的提现,钱已退回零钱。"},
    {PAYMENT_REFUND, BILL_IN, PAYMENT_AT_BANK, "{name} refunded {amount}; it is on its way to your card.",
     "{name}退给你 {amount} 元,正在退回银行卡。"},
    {PAYMENT_REFUND, BILL_IN, PAYMENT_DONE, "The refund of {amount} from {name} has arrived.",
     "{name}退给你的 {amount} 元已到账。"},
    {PAYMENT_REFUND, BILL_IN, PAYMENT_RETURNED,
     "The refund of {amount} from {name} could not go to your card; it is in your balance.",
     "{name}退给你的 {amount} 元没能退回银行卡,已退到零钱。"},
    {PAYMENT_POCKET, BILL_OUT, PAYMENT_DONE, "You put {amount} into your pocket.",
     "你把 {amount} 元存进了小金库。"},
    {PAYMENT_POCKET, BILL_IN, PAYMENT_DONE, "You took {amount} out of your pocket.",
     "你从小金库转回 {amount} 元到零钱。"},
    {PAYMENT_TAKEN, BILL_OUT,
     PAYMENT_DONE, "{amount} of your frozen balance were taken by order of an authority. The bill has the document's number.",
     "按有权机关的文书,从被冻结的零钱里扣划了 {amount} 元,文书号见账单。"},
    {PAYMENT_TRANSFER, BILL_OUT, PAYMENT_WAITING, "You sent {amount} to {name}; it waits to be accepted.",
     "你转给{name} {amount} 元,等对方收钱。"},
    {PAYMENT_TRANSFER, BILL_IN, PAYMENT_WAITING,
     "{name} sent you {amount}. Accept it, or it goes back by itself.",
     "{name}转给你 {amount} 元,请收钱,过期会自动退回。"},
    {PAYMENT_TRANSFER, BILL_OUT, PAYMENT_ARRIVING,
     "You sent {amount} to {name}. It arrives at {arrives}; until then you can recall it.",
     "你转给{name} {amount} 元,{arrives} 到账,之前可以撤回。"},
    {PAYMENT_TRANSFER, BILL_IN, PAYMENT_ARRIVING,
     "{name} sent you {amount}. It arrives at {arrives}; then you can accept it.",
     "{name}转给你 {amount} 元,{arrives} 到账,到账后可以收钱。"},
    {PAYMENT_TRANSFER, BILL_OUT, PAYMENT_RECALLED, "You recalled your {amount} to {name}.",
     "你撤回了转给{name}的 {amount} 元。"},
    {PAYMENT_TRANSFER, BILL_IN, PAYMENT_RECALLED, "{name} recalled the {amount} before it arrived.",
     "{name}在到账前撤回了 {amount} 元。"},
    {PAYMENT_TRANSFER, BILL_OUT, PAYMENT_DONE, "{name} accepted your {amount}.",
     "{name}收了你的 {amount} 元。"},
    {PAYMENT_TRANSFER, BILL_IN, PAYMENT_DONE, "{amount} from {name} is in your balance.",
     "{name}转来的 {amount} 元已到零钱。"},
    {PAYMENT_TRANSFER, BILL_OUT, PAYMENT_RETURNED, "Your {amount} to {name} came back: it was not accepted.",
     "你转给{name}的 {amount} 元已退回,对方没有收。"},
    {PAYMENT_TRANSFER, BILL_IN, PAYMENT_RETURNED, "{amount} went back to {name}.",
     "{name}转来的 {amount} 元已退回给对方。"},
};

/* {what} stops, {reason} why, {amount} of the order, {held} of it. */
static const struct {
    enum freeze_event event;
    enum freeze_scope scope; /* 0: any */
    enum freeze_state state; /* as it is now; 0: any */
    const char *en, *zh;
} freeze_words[] = {
    {FREEZE_BEGAN, FREEZE_AMOUNT, 0,
     "{amount} of your balance are frozen ({reason}). They stay yours; the page says how it ends.",
     "零钱里的 {amount} 元被冻结({reason})。钱仍然是你的,怎样解除见冻结页面。"},
    {FREEZE_BEGAN, 0, 0,
     "Frozen ({reason}): {what}. Your money stays yours; the page says what works and how it ends.",
     "已冻结({reason}):{what}。钱仍然是你的,还能用什么、怎样解除见冻结页面。"},
    {FREEZE_CHANGED, 0, 0, "Of the {amount} that are frozen, {held} are held now ({reason}).",
     "被冻结的 {amount} 元,现在留住了 {held} 元({reason})。"},
    {FREEZE_ENDED, FREEZE_AMOUNT, FREEZE_EXPIRED,
     "The freeze of {amount} ended by its time ({reason}). They can be used again.",
     "{amount} 元的冻结到期解除({reason}),可以用了。"},
    {FREEZE_ENDED, FREEZE_AMOUNT, 0, "The freeze of {amount} was lifted ({reason}). They can be used again.",
     "{amount} 元的冻结已解除({reason}),可以用了。"},
    {FREEZE_ENDED, 0, FREEZE_EXPIRED, "No longer frozen, its time is over ({reason}): {what}.",
     "到期解冻({reason}):{what}。"},
    {FREEZE_ENDED, 0, 0, "No longer frozen ({reason}): {what}.", "已解冻({reason}):{what}。"},
};

/* Who is on the other side; a bank in the reader's language. */
static const char *party(const struct bill *bill, enum err_language lang) {
    const struct bank_row *bank = bill->party == PARTY_BANK ? bank_by_no(bill->card.bank) : NULL;
    if (bill->party == PARTY_POCKET && lang == LANG_EN) return POCKET_NAME;
    if (bill->party == PARTY_AUTHORITY && lang == LANG_EN) return AUTHORITY_NAME;
    return bank && lang == LANG_EN ? bank->name : bill->party_name;
}

static void put_words(const char *template, const struct bill *bill, enum err_language lang, struct buf *out) {
    char amount[MONEY_TEXT_MAX], arrives[CIVIL_TEXT_MAX];
    money_words(bill->payment.amount, amount);
    for (const char *p = template; *p;) {
        if (strncmp(p, "{name}", 6) == 0) {
            buf_add_text(out, party(bill, lang));
            p += 6;
        } else if (strncmp(p, "{amount}", 8) == 0) {
            buf_add_text(out, amount);
            p += 8;
        } else if (strncmp(p, "{arrives}", 9) == 0) {
            civil_text(bill->payment.created_ms + bill->payment.delay_ms, arrives);
            buf_format(out, "%.5s %.5s", arrives + 5, arrives + 11); /* 11-23 15:04 */
            p += 9;
        } else {
            buf_add_char(out, *p++);
        }
    }
}

/* Of functions their names, of all else the words of the scope. */
static void put_what(const struct freeze *freeze, bool zh, struct buf *out) {
    size_t count, shown = 0;
    const struct function_row *rows = function_rows(&count);
    const struct freeze_scope_row *scope = freeze_scope_row(freeze->scope);
    for (size_t i = 0; i < count && freeze->scope == FREEZE_FUNCTION; i++) {
        if (!(freeze->functions & FUNCTION_BIT(rows[i].function))) continue;
        if (shown++) buf_add_text(out, zh ? "、" : ", ");
        buf_add_text(out, zh ? rows[i].label_zh : rows[i].label);
    }
    if (shown == 0) buf_add_text(out, zh ? scope->label_zh : scope->label);
}

static void put_freeze_words(const char *template, const struct notice *notice, bool zh, struct buf *out) {
    const struct freeze_reason_row *reason = freeze_reason_row(notice->freeze.reason);
    char amount[MONEY_TEXT_MAX], held[MONEY_TEXT_MAX];
    money_text(notice->freeze.amount, amount);
    money_text((struct money){notice->held_fen}, held);
    for (const char *p = template; *p;) {
        if (strncmp(p, "{what}", 6) == 0) put_what(&notice->freeze, zh, out), p += 6;
        else if (strncmp(p, "{reason}", 8) == 0)
            buf_add_text(out, zh ? reason->label_zh : reason->label), p += 8;
        else if (strncmp(p, "{amount}", 8) == 0) buf_add_text(out, amount), p += 8;
        else if (strncmp(p, "{held}", 6) == 0) buf_add_text(out, held), p += 6;
        else buf_add_char(out, *p++);
    }
}

static void freeze_text(const struct notice *notice, enum err_language lang, struct buf *out) {
    for (size_t i = 0; i < sizeof freeze_words / sizeof freeze_words[0]; i++) {
        if (freeze_words[i].event != notice->freeze_event ||
            (freeze_words[i].scope && freeze_words[i].scope != notice->freeze.scope) ||
            (freeze_words[i].state && freeze_words[i].state != notice->freeze.state))
            continue;
        bool zh = lang == LANG_ZH;
        put_freeze_words(zh ? freeze_words[i].zh : freeze_words[i].en, notice, zh, out);
        return;
    }
}

void notice_text(const struct notice *notice, enum err_language lang, struct buf *out) {
    const struct bill *bill = &notice->bill;
    if (notice->line.of_case) {
        case_line_text(&notice->line, notice->case_kind, lang, out);
        return;
    }
    if (notice->freeze_event != FREEZE_NO_EVENT) {
        freeze_text(notice, lang, out);
        return;
    }
    if (bill->refusal) {
        fault_text(&bill->reason, lang, out);
        return;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].kind == bill->payment.kind && words[i].side == bill->side &&
            words[i].state == notice->state) {
            put_words(lang == LANG_ZH ? words[i].zh : words[i].en, bill, lang, out);
            return;
        }
}

/* --- the list --- */

/* What the payment was once this entry stood in the books. */
static enum payment_state state_then(const struct entry *entry, const struct payment *payment) {
    if (entry->role == ROLE_OPENS) return payment_first_state(payment);
    bool stopped = payment->kind == PAYMENT_PURCHASE && payment->state == PAYMENT_RETURNED;
    if (!(entry->flags & ENTRY_VOID) && !stopped) return PAYMENT_DONE;
    return payment->state; /* what is voided has ended: returned, recalled or declined */
}

static bool is_notice(const struct entry *entry) {
    struct freeze_id freeze;
    if (freeze_event_of(entry, &freeze) != FREEZE_NO_EVENT) return true;
    return entry->payment != 0 && (entry->role == ROLE_OPENS || entry->role == ROLE_CHANGES);
}

enum { CHUNK = 32 };

static void put_told(struct view *view, const struct actor *actor, const struct refusal *refusal,
                     struct notice *out) {
    *out = (struct notice){.at_ms = refusal->at_ms,
                           .state = PAYMENT_REFUSED,
                           .read = refusal->id <= actor->told_read};
    bill_of_refusal(view->db, view->keys, refusal, &out->bill);
}

static void put_line(struct view *view, const struct actor *actor, const struct case_line *line,
                     struct notice *out) {
    struct case_file file;
    *out = (struct notice){.line = *line,
                           .bill = {.side = BILL_IN, .party = PARTY_NOBODY},
                           .at_ms = line->at_ms,
                           .read = line->id <= actor->told_read};
    if (case_find(view->db, line->of_case, &file)) out->case_kind = file.kind;
}

static bool put_freeze(struct view *view, const struct actor *actor, const struct entry *entry,
                       struct notice *out) {
    struct freeze_id id = {0};
    *out = (struct notice){.entry = {entry->no},
                           .bill = {.side = BILL_OUT, .party = PARTY_NOBODY},
                           .freeze_event = freeze_event_of(entry, &id),
                           .held_fen = (int64_t)entry->amount,
                           .at_ms = entry->time_ms,
                           .read = entry->no <= actor->notice_read};
    return freeze_find(view->db, id, &out->freeze);
}

/* False: the entry is none. */
static bool put_entry(struct view *view, const struct actor *actor, const struct entry *entry,
                      struct notice *out) {
    if (entry->code == MOVEMENT_FREEZE) return is_notice(entry) && put_freeze(view, actor, entry, out);
    *out =
        (struct notice){.entry = {entry->no}, .at_ms = entry->time_ms, .read = entry->no <= actor->notice_read};
    if (!is_notice(entry) ||
        !bill_of_payment(view->db, (struct payment_id){entry->payment}, actor->person, &out->bill))
        return false;
    out->state = state_then(entry, &out->bill.payment);
    return true;
}

/* What has no entry of its own, merged: the refusals and the lines of cases that were told. */
struct told {
    struct refusal refusals[NOTICES_MAX];
    struct case_line lines[NOTICES_MAX];
    size_t refusals_count, lines_count, refusals_used, lines_used;
    bool more; /* than one page of either */
};

static void told_read(struct view *view, const struct actor *actor, struct notice_position *position,
                      size_t max, struct told *told) {
    told->refusals_count = refusal_told(view->db, actor->person, position->refusal, told->refusals, max);
    told->lines_count = case_told(view->db, actor->person, position->line, told->lines, max);
    told->more = told->refusals_count == max || told->lines_count == max;
    if (position->refusal == 0) /* what comes later belongs above this page */
        position->refusal = told->refusals_count ? told->refusals[0].id + 1 : 1;
    if (position->line == 0) position->line = told->lines_count ? told->lines[0].id + 1 : 1;
}

/* The next of them that stands at or above this entry; false: none does. */
static bool told_take(struct view *view, const struct actor *actor, struct notice_position *position,
                      struct told *told, uint64_t entry, struct notice *out) {
    const struct refusal *refusal =
        told->refusals_used < told->refusals_count ? &told->refusals[told->refusals_used] : NULL;
    const struct case_line *line =
        told->lines_used < told->lines_count ? &told->lines[told->lines_used] : NULL;
    if (refusal && refusal->entry.n < entry) refusal = NULL;
    if (line && line->entry.n < entry) line = NULL;
    if (!refusal && !line) return false;
    if (refusal && (!line || refusal->id > line->id)) {
        position->refusal = refusal->id;
        put_told(view, actor, refusal, out);
        told->refusals_used++;
    } else {
        position->line = line->id;
        put_line(view, actor, line, out);
        told->lines_used++;
    }
    return true;
}

size_t notice_list(struct view *view, const struct actor *actor, struct notice_position *position,
                   struct notice *out, size_t max, bool *more) {
    struct entry entries[CHUNK];
    struct told *told = calloc(1, sizeof *told);
    size_t count = 0, got, at = 0;
    *more = false;
    if (!told) return 0;
    if (max > NOTICES_MAX) max = NOTICES_MAX;
    told_read(view, actor, position, max, told);
    do {
        got = ledger_recall(view->ledger, view->db, actor->account, (struct entry_no){position->entry},
                            entries, CHUNK);
        if (position->entry == 0 && got > 0) position->entry = entries[0].no + 1;
        for (at = 0; at < got && count < max;) {
            if (told_take(view, actor, position, told, entries[at].no, &out[count])) {
                count++;
                continue;
            }
            position->entry = entries[at].no;
            if (put_entry(view, actor, &entries[at++], &out[count])) count++;
        }
    } while (count < max && got == CHUNK);
    while (count < max && at == got && told_take(view, actor, position, told, 0, &out[count])) count++;
    *more = at < got || got == CHUNK || told->more || told->refusals_used < told->refusals_count ||
            told->lines_used < told->lines_count;
    free(told);
    return count;
}

int notice_unread(struct view *view, const struct actor *actor) {
    struct entry entries[CHUNK];
    uint64_t before = 0;
    int unread = refusal_told_after(view->db, actor->person, actor->told_read, NOTICES_UNREAD_MAX);
    unread += case_told_after(view->db, actor->person, actor->told_read, NOTICES_UNREAD_MAX - unread);
    for (size_t got = CHUNK; got == CHUNK;) {
        got = ledger_recall(view->ledger, view->db, actor->account, (struct entry_no){before}, entries, CHUNK);
        for (size_t i = 0; i < got; i++) {
            before = entries[i].no;
            if (before <= actor->notice_read || unread == NOTICES_UNREAD_MAX) return unread;
            if (is_notice(&entries[i])) unread++;
        }
    }
    return unread;
}

struct notice_mark notice_newest(struct view *view, const struct actor *actor) {
    struct entry entry = {0};
    struct refusal refusal = {0};
    struct case_line line = {0};
    ledger_recall(view->ledger, view->db, actor->account, (struct entry_no){0}, &entry, 1);
    refusal_told(view->db, actor->person, 0, &refusal, 1);
    case_told(view->db, actor->person, 0, &line, 1);
    return (struct notice_mark){entry.no, refusal.id > line.id ? refusal.id : line.id};
}

static uint64_t mark_up(uint64_t mark, uint64_t shown, uint64_t newest) {
    uint64_t most = shown < newest ? shown : newest;
    return most > mark ? most : mark;
}

void notice_read(struct tx *tx, struct actor *actor, const struct notice_mark *shown) {
    struct account account;
    if (!ledger_account_get(tx->ledger, actor->account, &account)) return;
    struct notice_mark newest = {account.newest,
                                 tx->sequence->next - 1}; /* all numbers that were given until now */
    if (!shown) shown = &newest;
    actor->notice_read = mark_up(actor->notice_read, shown->entry, newest.entry);
    actor->told_read = mark_up(actor->told_read, shown->told, newest.told);
    struct stmt *q = db_stmt(tx->db, &notice_sql[MARK]);
    db_bind_u64(q, actor->notice_read);
    db_bind_u64(q, actor->person.n);
    db_bind_u64(q, actor->told_read);
    db_queue(q);
}
