/* SPDX-License-Identifier: Apache-2.0 */
/* Bank cards: what a number tells, binding in two steps, taking one out. The bank is asked on the worker pool, and only about what the
 * wallet itself would take; what it would not is refused by the verb, inside the transaction, so that a repeated request finds its
 * first answer. */
#include "edge/api/card.h"

#include <sodium.h>
#include <string.h>

#include "wallet/pin.h"

void card_value(struct api_call *call, const struct card *card) {
    const struct bank_row *bank = bank_by_no(card->bank);
    json_begin_object(call->out);
    api_key_id(call, "id", ID_CARD, card->id.n);
    json_key_str(call->out, "bank", bank ? bank->name_zh : "");
    json_key_str(call->out, "bank_en", bank ? bank->name : "");
    json_key_str(call->out, "bank_code", bank ? bank->code : "");
    json_key_str(call->out, "kind", card_kind_name(card->kind));
    json_key_str(call->out, "first6", card->first6);
    json_key_str(call->out, "last4", card->last4);
    json_key_str(call->out, "state", card->state == CARD_BOUND ? "bound" : "unbound");
    json_key_time(call->out, "bound_at", card->bound_ms);
    json_end_object(call->out);
}

#define FIELD_NUMBER(body_)                                                                               \
    {                                                                                                     \
        .name = "number", .type = F_DIGITS, .flags = REQUIRED, .offset = offsetof(body_, cmd.number),     \
        .min = CARD_DIGITS_MIN, .max = CARD_DIGITS_MAX, .wrong = ERR_BAD_CARD_NUMBER, .about = "the card" \
    }

/* --- looking --- */

struct lookup_body {
    struct card_bind_cmd cmd;
};
static const struct api_field lookup_fields[] = {
    FIELD_NUMBER(struct lookup_body),
};

static enum err lookup_post(struct api_call *call, struct view *view) {
    const struct lookup_body *body = call->body;
    struct card_facts facts;
    (void)view;
    if (card_lookup(body->cmd.number, &call->fault, &facts)) return call->fault.code;
    json_begin_object(call->out);
    json_key_text(call->out, "issuer", facts.issuer.name_zh);
    json_key_text(call->out, "issuer_en", facts.issuer.name);
    json_key_str(call->out, "kind", card_kind_name(facts.issuer.kind));
    json_key_bool(call->out, "supported", facts.supported);
    json_end_object(call->out);
    return ERR_OK;
}

enum { CARDS_LISTED_MAX = 100 };

static void cards_value(struct api_call *call, struct db *db) {
    struct card *cards = arena_alloc(&call->request->arena, CARDS_LISTED_MAX * sizeof *cards);
    size_t count = card_list(db, call->actor.person, cards, CARDS_LISTED_MAX);
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) card_value(call, &cards[i]);
    json_end_array(call->out);
    json_key_null(call->out, "next_cursor");
    json_end_object(call->out);
}

static enum err cards_get(struct api_call *call, struct view *view) {
    cards_value(call, view->db);
    return ERR_OK;
}

struct text card_message(struct api_call *call, const char *what) {
    unsigned char hash[32];
    char *hex = arena_alloc(&call->request->arena, 2 * sizeof hash + 1);
    struct text key = http_header(call->request, "Idempotency-Key");
    char *plain = arena_format(&call->request->arena, "%s %llu %.*s", what,
                               (unsigned long long)call->actor.person.n, (int)key.n, key.p);
    crypto_sha256(plain, strlen(plain), hash);
    sodium_bin2hex(hex, 2 * sizeof hash + 1, hash, sizeof hash);
    return text_of(hex);
}

/* --- first step: the four elements --- */

struct bind_body {
    struct card_bind_cmd cmd;
};
static const struct api_field bind_fields[] = {
    FIELD_NUMBER(struct bind_body),
    FIELD_PHONE(struct bind_body, cmd.phone, "the phone that the bank knows"),
};

struct bind_prepared {
    enum err verdict;
    struct bank_check check;
};

static enum err bind_prepare(struct api_call *call) {
    const struct bind_body *body = call->body;
    struct bind_prepared *prepared = arena_alloc(&call->request->arena, sizeof *prepared);
    struct realname holder = {0};
    struct view view;
    struct fault fault;
    int bank = 0;
    prepared->verdict = ERR_OVERLOADED;
    call->prepared = prepared;
    enum err err = api_look_begin(call, &view);
    bool worth_asking =
        !err && card_bind_begin(&view, &call->actor, &body->cmd, &fault, &holder, &bank) == ERR_OK;
    api_look_end(call);
    if (worth_asking) {
        struct bank_elements elements = {.message = card_message(call, "bind"),
                                         .bank = bank,
                                         .name = text_of(holder.name),
                                         .id_number = text_of(holder.id_number),
                                         .card_number = body->cmd.number,
                                         .phone = body->cmd.phone};
        prepared->verdict =
            bank_check_elements(api_config_of(call->api)->bank, &elements, &prepared->check, &fault);
    }
    crypto_wipe(&holder, sizeof holder);
    return err;
}

static enum err bind_post(struct api_call *call, struct tx *tx) {
    const struct bind_body *body = call->body;
    const struct bind_prepared *prepared = call->prepared;
    struct card_binding binding;
    enum err err =
        card_bind(tx, &call->actor, &body->cmd, prepared->verdict, &prepared->check, &call->fault, &binding);
    if (err) return err;
    json_begin_object(call->out);
    api_key_id(call, "binding_id", ID_BINDING, binding.id);
    json_key_str(call->out, "sent_to", binding.sent_to);
    json_key_time(call->out, "expires_at", binding.expires_ms);
    json_end_object(call->out);
    return ERR_OK;
}

/* --- second step: the bank's code --- */

struct confirm_body {
    uint64_t binding;
    struct text code;
};
static const struct api_field confirm_fields[] = {
    FIELD_ID(struct confirm_body, binding, "binding_id", ID_BINDING, REQUIRED | IN_PATH,
             "what the first step gave"),
    FIELD_CODE(struct confirm_body, code, "the bank's code"),
};

struct confirm_prepared {
    enum err verdict;
    struct bank_grant grant;
};

static enum err confirm_prepare(struct api_call *call) {
    const struct confirm_body *body = call->body;
    struct confirm_prepared *prepared = arena_alloc(&call->request->arena, sizeof *prepared);
    struct card_binding binding;
    struct view view;
    struct fault fault;
    prepared->verdict = ERR_OVERLOADED;
    call->prepared = prepared;
    enum err err = api_look_begin(call, &view);
    bool worth_asking =
        !err && card_confirm_begin(&view, &call->actor, body->binding, &fault, &binding) == ERR_OK;
    api_look_end(call);
    if (worth_asking)
        prepared->verdict = bank_confirm(api_config_of(call->api)->bank, binding.bank,
                                         text_of(binding.reference), body->code, &prepared->grant, &fault);
    return err;
}

static enum err confirm_post(struct api_call *call, struct tx *tx) {
    const struct confirm_body *body = call->body;
    const struct confirm_prepared *prepared = call->prepared;
    struct person person;
    struct card card;
    enum err err = card_confirm(tx, &call->actor, body->binding, prepared->verdict, &prepared->grant,
                                &call->fault, &card);
    if (err) return err;
    json_begin_object(call->out);
    json_key(call->out, "card");
    card_value(call, &card);
    json_key_i64(call->out, "tier",
                 person_find(tx->db, tx->keys, call->actor.person, &person) ? person.tier : 0);
    json_end_object(call->out);
    return ERR_OK;
}

/* --- taking out --- */

struct unbind_body {
    struct card_id id;
    struct text pin;
};
static const struct api_field unbind_fields[] = {
    FIELD_ID(struct unbind_body, id.n, "id", ID_CARD, REQUIRED | IN_PATH, "one of my cards"),
    FIELD_PIN(struct unbind_body, pin, "pin", REQUIRED, "the payment PIN"),
};

static enum err unbind_post(struct api_call *call, struct tx *tx) {
    const struct unbind_body *body = call->body;
    struct card card;
    enum err err = card_unbind(tx, &call->actor, body->id, body->pin, &call->fault, &card);
    if (err) return err;
    json_begin_object(call->out);
    json_key(call->out, "card");
    card_value(call, &card);
    json_end_object(call->out);
    return ERR_OK;
}

/* --- their order --- */

static const char *const moves[] =
    {[CARD_FIRST] = "first", [CARD_EARLIER] = "earlier", [CARD_LATER] = "later", NULL};

struct move_body {
    struct card_id id;
    int to;
};
static const struct api_field move_fields[] = {
    FIELD_ID(struct move_body, id.n, "id", ID_CARD, REQUIRED | IN_PATH, "one of my cards"),
    FIELD_CHOICE(struct move_body, to, "to", moves, REQUIRED, "where in the order"),
};

static enum err move_post(struct api_call *call, struct tx *tx) {
    const struct move_body *body = call->body;
    enum err err = card_reorder(tx, &call->actor, body->id, (enum card_move)body->to, &call->fault);
    if (err) return err;
    cards_value(call, tx->db);
    return ERR_OK;
}

const struct api_route card_routes[] = {
    {HTTP_POST, "/v1/cards/lookup", WHO_PERSON, API_READ, API_FIELDS(lookup_fields, struct lookup_body),
     .run.read = lookup_post, .about = "Which bank a card number belongs to", .answer = "CardFacts",
     .rate = RATE_LOOKUP},
    {HTTP_GET, "/v1/cards", WHO_PERSON, API_READ, .run.read = cards_get, .about = "My bank cards",
     .answer = "Cards"},
    {HTTP_POST, "/v1/cards", WHO_PERSON, API_WRITE, API_FIELDS(bind_fields, struct bind_body),
     .prepare = bind_prepare, .run.write = bind_post, .status = 201, .function = FUNCTION_CARD,
     .about = "Add a card: the bank checks it and sends a code", .answer = "Binding"},
    {HTTP_POST, "/v1/cards/{binding_id}/confirm", WHO_PERSON, API_WRITE,
     API_FIELDS(confirm_fields, struct confirm_body), .prepare = confirm_prepare, .run.write = confirm_post,
     .status = 201, .function = FUNCTION_CARD, .about = "Add a card: the bank's code", .answer = "CardBound"},
    {HTTP_POST, "/v1/cards/{id}/move", WHO_PERSON, API_WRITE, API_FIELDS(move_fields, struct move_body),
     .run.write = move_post, .about = "Move a card in the order in which my cards pay", .answer = "Cards"},
    {HTTP_POST, "/v1/cards/{id}/unbind", WHO_PERSON, API_WRITE, API_FIELDS(unbind_fields, struct unbind_body),
     .run.write = unbind_post, .about = "Take a card out of the wallet", .answer = "CardAnswer"},
};
const size_t card_routes_count = API_COUNT(card_routes);
