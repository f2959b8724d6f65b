/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/evidence.h"

#include "kit/json/json_out.h"
#include "ledger/ledger.h"
#include "wallet/bill.h"
#include "wallet/device.h"
#include "wallet/explain.h"
#include "wallet/freeze.h"
#include "wallet/limit.h"
#include "wallet/person.h"

/* What a section is written from. */
struct scene {
    struct tx *tx;
    struct view *view; /* the same connection, for what reads */
    const struct actor *actor;
    const struct case_open_cmd *cmd;
    struct json_out *out;
};

static void id_key(const struct scene *s, const char *key, enum id_kind kind, uint64_t number) {
    char shown[PUBLIC_ID_SIZE + 1];
    keys_id_show(s->tx->keys, kind, number, shown);
    json_key_str(s->out, key, number ? shown : NULL);
}

/* --- the sections --- */

static void write_about(const struct scene *s) {
    static const enum id_kind kinds[] = {[CASE_ABOUT_PAYMENT] = ID_PAYMENT,
                                         [CASE_ABOUT_REFUSAL] = ID_REFUSAL,
                                         [CASE_ABOUT_FREEZE] = ID_FREEZE,
                                         [CASE_ABOUT_CARD] = ID_CARD};
    enum case_about about = s->cmd->about_kind;
    json_key_str(s->out, "kind", case_kind_row(s->cmd->kind)->name);
    if (about != CASE_ABOUT_NOTHING) id_key(s, "about", kinds[about], s->cmd->about);
    json_key_str(s->out, "error", s->cmd->code ? err_name(s->cmd->code) : NULL);
    json_key_text(s->out, "request_id", s->cmd->request);
}

static void write_person(const struct scene *s) {
    struct person person;
    id_key(s, "id", ID_PERSON, s->actor->person.n);
    if (person_find(s->tx->db, s->tx->keys, s->actor->person, &person))
        json_key_str(s->out, "phone", person.phone_masked);
    json_key_str(s->out, "name", s->actor->name_masked);
    json_key_i64(s->out, "tier", s->actor->tier);
    json_key_time(s->out, "created_at", s->actor->created_ms);
    json_key_bool(s->out, "pin_set", s->actor->pin_set);
    json_key_i64(s->out, "pin_wrong", s->actor->pin_wrong);
    json_key_time(s->out, "pin_locked_until",
                  s->actor->pin_locked_ms > s->tx->now_ms ? s->actor->pin_locked_ms : 0);
}

static void write_account(const struct scene *s) {
    struct account a;
    if (!ledger_account_get(s->tx->ledger, s->actor->account, &a)) return;
    json_key_i64(s->out, "posted", (int64_t)(a.credits_posted - a.debits_posted));
    json_key_i64(s->out, "available", (int64_t)(a.credits_posted - a.debits_posted - a.debits_pending));
    json_key_i64(s->out, "held", (int64_t)a.debits_pending);
    json_key_i64(s->out, "incoming", (int64_t)a.credits_pending);
    json_key_i64(s->out, "flags", a.flags);
    id_key(s, "newest_entry", ID_ENTRY, a.newest);
}

static void bill_value(const struct scene *s, const struct bill *bill) {
    const struct payment *p = &bill->payment;
    json_begin_object(s->out);
    if (bill->refusal) id_key(s, "id", ID_REFUSAL, bill->refusal);
    else id_key(s, "id", ID_PAYMENT, p->id.n);
    json_key_str(s->out, "kind", payment_kind_name(p->kind));
    json_key_str(s->out, "state", payment_state_name(p->state));
    json_key_str(s->out, "direction", bill->side == BILL_OUT ? "out" : "in");
    json_key_i64(s->out, "amount", p->amount.fen);
    json_key_str(s->out, "with", bill->party_name);
    json_key_str(s->out, "card", bill->card.id.n ? bill->card.last4 : NULL);
    json_key_str(s->out, "reason", bill->reason.code ? err_name(bill->reason.code) : NULL);
    json_key_time(s->out, "at", p->created_ms);
    json_end_object(s->out);
}

/* Why the balance was what it was, as the person would have been told. */
static void write_explain(const struct scene *s) {
    static struct explain explained; /* one writer */
    struct fault fault;
    const struct explain_question now = {0};
    enum err err = explain(s->view, s->actor, &now, &fault, &explained);
    json_key_str(s->out, "error", err == ERR_OK ? NULL : err_name(err));
    json_key(s->out, "causes");
    json_begin_array(s->out);
    for (size_t i = 0; err == ERR_OK && i < explained.causes_count; i++) {
        const struct explain_cause *cause = &explained.causes[i];
        json_begin_object(s->out);
        json_key_str(s->out, "cause", cause_row(cause->cause)->name);
        json_key_i64(s->out, "amount", cause->amount.fen);
        json_key_str(s->out, "name", cause->name);
        id_key(s, "bill", ID_PAYMENT, cause->bill.n);
        json_key_time(s->out, "until", cause->until_ms);
        json_end_object(s->out);
    }
    json_end_array(s->out);
}

/* Where money stands between two accounts. */
static bool is_held(const struct bill *bill) {
    switch (bill->payment.state) {
    case PAYMENT_AT_BANK:
    case PAYMENT_IN_DOUBT:
    case PAYMENT_WAITING:
    case PAYMENT_ARRIVING: return true;
    default: return false;
    }
}

static void bills_key(const struct scene *s, const char *key, bool only_held) {
    static struct bill bills[EVIDENCE_BILLS]; /* one writer */
    struct bill_position position = {0};
    bool more;
    size_t count = bill_list(s->view, s->actor, &position, bills, EVIDENCE_BILLS, &more);
    json_key(s->out, key);
    json_begin_array(s->out);
    for (size_t i = 0; i < count; i++)
        if (!only_held || is_held(&bills[i])) bill_value(s, &bills[i]);
    json_end_array(s->out);
}

static void write_bills(const struct scene *s) {
    bills_key(s, "newest", false);
}

static void write_holds(const struct scene *s) {
    bills_key(s, "open", true);
}

static void write_limits(const struct scene *s) {
    struct limit_line lines[LIMITS];
    struct limit_count used;
    limit_read(s->tx->db, s->actor->person, &used);
    size_t count =
        s->actor->tier > 0 ? limit_lines(s->tx->rules, s->actor->tier, s->tx->now_ms, &used, NULL, lines) : 0;
    json_key(s->out, "lines");
    json_begin_array(s->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(s->out);
        json_key_str(s->out, "limit", err_name(lines[i].refusal));
        json_key_i64(s->out, "most", lines[i].most_fen);
        json_key_i64(s->out, "used", lines[i].used_fen);
        json_key_time(s->out, "until", lines[i].until_ms);
        json_end_object(s->out);
    }
    json_end_array(s->out);
}

static void write_freezes(const struct scene *s) {
    static struct freeze freezes[FREEZES_STANDING_MAX]; /* one writer */
    size_t count = freeze_list(s->tx->db, s->actor->person, false, freezes, FREEZES_STANDING_MAX);
    json_key(s->out, "standing");
    json_begin_array(s->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(s->out);
        id_key(s, "id", ID_FREEZE, freezes[i].id.n);
        json_key_str(s->out, "reason", freeze_reason_row(freezes[i].reason)->name);
        json_key_str(s->out, "scope", freeze_scope_row(freezes[i].scope)->name);
        json_key_i64(s->out, "amount", freezes[i].amount.fen);
        json_key_i64(s->out, "held", freezes[i].held.fen);
        json_key_time(s->out, "since", freezes[i].begun_ms);
        json_key_time(s->out, "until", freezes[i].expires_ms);
        json_end_object(s->out);
    }
    json_end_array(s->out);
}

enum { CARDS_SHOWN = 30, DEVICES_SHOWN = 10 };

static void write_cards(const struct scene *s) {
    struct card cards[CARDS_SHOWN];
    size_t count = card_list(s->tx->db, s->actor->person, cards, CARDS_SHOWN);
    json_key(s->out, "bound");
    json_begin_array(s->out);
    for (size_t i = 0; i < count; i++) {
        const struct bank_row *bank = bank_by_no(cards[i].bank);
        json_begin_object(s->out);
        id_key(s, "id", ID_CARD, cards[i].id.n);
        json_key_str(s->out, "bank", bank ? bank->code : "");
        json_key_str(s->out, "kind", cards[i].kind == CARD_DEBIT ? "debit" : "credit");
        json_key_str(s->out, "last4", cards[i].last4);
        json_key_time(s->out, "bound_at", cards[i].bound_ms);
        json_end_object(s->out);
    }
    json_end_array(s->out);
}

static void write_devices(const struct scene *s) {
    static struct session_item sessions[SESSIONS_LISTED_MAX]; /* one writer */
    size_t count = session_list(s->view, s->actor, sessions, SESSIONS_LISTED_MAX);
    json_key_text(s->out, "app", s->cmd->app);
    json_key(s->out, "signed_in");
    json_begin_array(s->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(s->out);
        id_key(s, "id", ID_SESSION, sessions[i].id.n);
        json_key_str(s->out, "device", sessions[i].device);
        json_key_bool(s->out, "this", sessions[i].current);
        json_key_time(s->out, "since", sessions[i].created_ms);
        json_key_time(s->out, "seen", sessions[i].seen_ms);
        json_end_object(s->out);
    }
    json_end_array(s->out);
}

/* Which browsers and phones, signed in or not; and whether this one is usually somebody else's. */
static void write_device(const struct scene *s) {
    static struct device_item items[DEVICES_SHOWN]; /* one writer */
    const unsigned char *this = s->cmd->device;
    struct device_other other;
    size_t count = device_list(s->view, s->actor->person, this, items, DEVICES_SHOWN);
    json_key_bool(s->out, "known", this != NULL);
    json_key_bool(s->out, "mostly_another_account",
                  this && device_other(s->view, this, s->actor->person, &other));
    json_key(s->out, "used");
    json_begin_array(s->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(s->out);
        id_key(s, "id", ID_DEVICE, items[i].id);
        json_key_str(s->out, "name", items[i].name);
        json_key_bool(s->out, "this", items[i].current);
        json_key_time(s->out, "first", items[i].first_ms);
        json_key_time(s->out, "last", items[i].last_ms);
        json_key_i64(s->out, "days", items[i].days);
        json_end_object(s->out);
    }
    json_end_array(s->out);
}

/* To add what another room knows: its row here and its words; the app lists the names. */
static const struct {
    struct evidence_row row;
    void (*write)(const struct scene *s);
} sections[] = {
    {{"about", "What it is about", "是哪一件事"}, write_about},
    {{"person", "The state of your wallet", "钱包的状态"}, write_person},
    {{"account", "Your balance at that moment", "当时的零钱"}, write_account},
    {{"explain", "Why the balance was what it was", "零钱为什么是这个数"}, write_explain},
    {{"bills", "Your newest bills", "最近的账单"}, write_bills},
    {{"holds", "What is under way", "还在路上的钱"}, write_holds},
    {{"freezes", "What is frozen", "冻结"}, write_freezes},
    {{"limits", "Your limits", "额度"}, write_limits},
    {{"cards", "Your cards, without their numbers", "银行卡(不含卡号)"}, write_cards},
    {{"devices", "Where you are signed in, and the app's version", "登录的设备和应用版本"}, write_devices},
    {{"device", "The devices that used this wallet", "用过这个钱包的设备"}, write_device},
};
enum { SECTIONS = sizeof sections / sizeof sections[0] };

const struct evidence_row *evidence_row(size_t at) {
    return at < SECTIONS ? &sections[at].row : NULL;
}

void evidence_gather(struct tx *tx, const struct actor *actor, const struct case_open_cmd *cmd,
                     struct buf *out) {
    struct json_out json = json_out_to(out);
    struct view view = {.db = tx->db,
                        .ledger = tx->ledger,
                        .rules = tx->rules,
                        .keys = tx->keys,
                        .now_ms = tx->now_ms,
                        .maintenance = tx->maintenance};
    const struct scene scene = {tx, &view, actor, cmd, &json};
    json_begin_object(&json);
    json_key_time(&json, "gathered_at", tx->now_ms);
    for (size_t i = 0; i < SECTIONS; i++) {
        json_key(&json, sections[i].row.name);
        json_begin_object(&json);
        sections[i].write(&scene);
        json_end_object(&json);
    }
    json_end_object(&json);
}
