/* SPDX-License-Identifier: Apache-2.0 */
/* People: one of them as they stand. Phone, name and cards masked: the operator is a reader like any other. */
#include "wallet/person.h"

#include <stdio.h>

#include "edge/control/account.h"
#include "wallet/bill.h"
#include "wallet/card.h"
#include "wallet/limit.h"
#include "wallet/merchant.h"

enum { PAYMENTS_SHOWN = 10, CARDS_SHOWN_MAX = 100 };

static void cards_key(struct errand *errand, const struct view *view, const struct person *person) {
    struct card cards[CARDS_SHOWN_MAX];
    struct json_out *out = errand->out;
    size_t count = card_list(view->db, person->id, cards, CARDS_SHOWN_MAX);
    json_key(out, "cards");
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) {
        char number[32];
        snprintf(number, sizeof number, "%s******%s", cards[i].first6, cards[i].last4);
        json_begin_object(out);
        errand_key_id(errand, "id", ID_CARD, cards[i].id.n);
        json_key_str(out, "bank", bank_by_no(cards[i].bank) ? bank_by_no(cards[i].bank)->code : "?");
        json_key_str(out, "kind", card_kind_name(cards[i].kind));
        json_key_str(out, "number", number);
        json_key_time(out, "bound_at", cards[i].bound_ms);
        json_end_object(out);
    }
    json_end_array(out);
}

static void sessions_key(struct errand *errand, struct view *view, const struct actor *actor) {
    struct session_item sessions[SESSIONS_LISTED_MAX];
    struct json_out *out = errand->out;
    size_t count = session_list(view, actor, sessions, SESSIONS_LISTED_MAX);
    json_key(out, "sessions");
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(out);
        errand_key_id(errand, "id", ID_SESSION, sessions[i].id.n);
        json_key_str(out, "device", sessions[i].device);
        json_key_time(out, "opened_at", sessions[i].created_ms);
        json_key_time(out, "seen_at", sessions[i].seen_ms);
        json_end_object(out);
    }
    json_end_array(out);
}

static void limits_key(struct errand *errand, const struct view *view, const struct person *person) {
    struct limit_count used;
    struct limit_line lines[LIMITS];
    struct json_out *out = errand->out;
    limit_read(view->db, person->id, &used);
    size_t count =
        person->tier > 0 ? limit_lines(view->rules, person->tier, view->now_ms, &used, NULL, lines) : 0;
    json_key(out, "limits");
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) {
        int64_t left = lines[i].most_fen > lines[i].used_fen ? lines[i].most_fen - lines[i].used_fen : 0;
        json_begin_object(out);
        json_key_str(out, "limit", limit_name(lines[i].name));
        json_key_i64(out, "most", lines[i].most_fen);
        json_key_i64(out, "used", lines[i].used_fen);
        json_key_i64(out, "left", left);
        json_key_time(out, "resets_at", lines[i].until_ms);
        json_end_object(out);
    }
    json_end_array(out);
}

static void shops_key(struct errand *errand, const struct view *view, const struct person *person) {
    static struct merchant shops[MERCHANTS_LISTED_MAX]; /* one errand at a time */
    size_t count = merchant_list(view->db, person->id, shops, MERCHANTS_LISTED_MAX);
    json_key(errand->out, "shops");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        errand_key_id(errand, "id", ID_MERCHANT, shops[i].id.n);
        json_key_i64(errand->out, "account", (int64_t)shops[i].account.n);
        json_key_str(errand->out, "name", shops[i].name);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
}

/* What was refused is shown among them. */
static void payments_key(struct errand *errand, struct view *view, const struct actor *actor) {
    struct bill bills[PAYMENTS_SHOWN];
    struct bill_position position = {0};
    struct json_out *out = errand->out;
    bool more;
    size_t count = bill_list(view, actor, &position, bills, PAYMENTS_SHOWN, &more);
    json_key(out, "payments");
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) {
        const struct payment *p = &bills[i].payment;
        json_begin_object(out);
        errand_key_id(errand, "id", bills[i].refusal ? ID_REFUSAL : ID_PAYMENT,
                      bills[i].refusal ? bills[i].refusal : p->id.n);
        json_key_time(out, "at", p->created_ms);
        json_key_str(out, "kind", payment_kind_name(p->kind));
        json_key_str(out, "direction", bills[i].side == BILL_OUT ? "out" : "in");
        json_key_i64(out, "amount", p->amount.fen);
        json_key_str(out, "state", payment_state_name(p->state));
        json_key_str(out, "reason", bills[i].reason.code ? err_name(bills[i].reason.code) : NULL);
        json_key_str(out, "with", bills[i].party_name);
        json_end_object(out);
    }
    json_end_array(out);
}

static void person_keys(struct errand *errand, struct view *view, const struct person *person) {
    const struct actor actor = {.person = person->id, .account = person->account, .tier = person->tier};
    struct json_out *out = errand->out;
    errand_key_id(errand, "id", ID_PERSON, person->id.n);
    json_key_str(out, "nickname", person->nickname);
    json_key_str(out, "name", person->name_masked[0] ? person->name_masked : NULL);
    json_key_str(out, "phone", person->phone_masked);
    json_key_i64(out, "tier", person->tier);
    json_key_str(out, "state", person->state == PERSON_OPEN ? "open" : "closed");
    json_key_time(out, "opened_at", person->created_ms);
    json_key(out, "account");
    json_begin_object(out);
    account_keys(errand, view, person->account);
    json_end_object(out);
    account_holds_key(errand, view, person->account);
    cards_key(errand, view, person);
    sessions_key(errand, view, &actor);
    limits_key(errand, view, person);
    shops_key(errand, view, person);
    payments_key(errand, view, &actor);
}

static enum err run_show(struct errand *errand) {
    struct person person;
    struct view view = errand_read(errand);
    enum err err = errand_person(errand, "person", &person);
    if (err == ERR_OK) person_keys(errand, &view, &person);
    errand_read_end(errand);
    return err;
}

static const struct command_arg person_arg[] = {{"person", "PHONE|ID", ARG_WORD, ARG_REQUIRED}, {0}};

const struct command_row person_commands[] = {
    {.words = "person show",
     .about = "a person: tier, account, what is held, cards, sessions, limits, shops, last payments",
     .args = person_arg,
     .run = run_show,
     .more = "Name, phone and cards are masked, as everywhere."},
};
const size_t person_commands_count = COMMAND_COUNT(person_commands);
