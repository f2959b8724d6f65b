/* SPDX-License-Identifier: Apache-2.0 */
/* People: signing up, and who I am. */
#include "edge/api/person.h"

#include <string.h>

#include "base/rand.h"
#include "wallet/code.h"
#include "wallet/device.h"
#include "wallet/document.h"
#include "wallet/merchant.h"
#include "wallet/notice.h"
#include "wallet/password.h"
#include "wallet/person.h"
#include "wallet/realname.h"

/* --- a person, as JSON --- */

void realname_key(struct api_call *call, struct db *db, const struct actor *actor) {
    struct realname name = {0};
    struct document document;
    char number[ID_NUMBER_BYTES] = "";
    bool verified = realname_find(db, call->keys, actor->person, &name);
    if (verified) id_number_mask(name.id_number, number);
    json_key(call->out, "real_name");
    json_begin_object(call->out);
    json_key_str(call->out, "state", verified ? "verified" : "none");
    json_key_str(call->out, "name", verified ? actor->name_masked : "");
    json_key_str(call->out, "id_number", number);
    json_key_time(call->out, "valid_until", actor->name_until_ms);
    document_find(db, actor->person, &document);
    json_key_str(call->out, "document", document_state_name(document.state));
    json_end_object(call->out);
    crypto_wipe(&name, sizeof name);
}

static void person_value(struct api_call *call, struct view *view, const struct actor *actor) {
    struct db *db = view->db;
    char phone[PHONE_BYTES] = "", masked[PHONE_BYTES] = "";
    if (person_phone(db, call->keys, actor->person, phone)) phone_mask(text_of(phone), masked);
    crypto_wipe(phone, sizeof phone);
    json_begin_object(call->out);
    api_key_id(call, "id", ID_PERSON, actor->person.n);
    json_key_str(call->out, "phone", masked);
    json_key_str(call->out, "nickname", actor->nickname);
    json_key_i64(call->out, "tier", actor->tier);
    realname_key(call, db, actor);
    json_key(call->out, "pin");
    json_begin_object(call->out);
    json_key_bool(call->out, "set", actor->pin_set);
    json_key_time(call->out, "locked_until", actor->pin_locked_ms > view->now_ms ? actor->pin_locked_ms : 0);
    json_end_object(call->out);
    json_key_i64(call->out, "merchants", merchant_count(db, actor->person));
    json_key_i64(call->out, "unread", notice_unread(view, actor));
    json_key_bool(call->out, "frozen", actor->frozen != 0);
    json_key_time(call->out, "created_at", actor->created_ms);
    json_end_object(call->out);
}

void person_answer(struct api_call *call, struct tx *tx, const struct actor *actor,
                   const unsigned char token[SESSION_TOKEN_SIZE]) {
    struct view view = {.db = tx->db,
                        .ledger = tx->ledger,
                        .rules = tx->rules,
                        .keys = tx->keys,
                        .now_ms = tx->now_ms};
    api_set_session(call, token);
    if (call->has_device) device_note(tx, call->device_hash, actor->person, device_of(call->request));
    json_begin_object(call->out);
    json_key(call->out, "person");
    person_value(call, &view, actor);
    json_end_object(call->out);
}

/* --- the device, in words --- */

/* The first mark that is found names it, so the order matters: Edge says Chrome too, and Chrome says Safari. */
struct mark {
    const char *mark, *name;
};
static const struct mark browsers[] = {
    {"MicroMessenger/", "WeChat"}, {"Edg/", "Edge"},      {"OPR/", "Opera"}, {"Firefox/", "Firefox"},
    {"Chrome/", "Chrome"},         {"Safari/", "Safari"}, {"curl/", "curl"}, {"node", "Node.js"},
};
static const struct mark systems[] = {
    {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},
    {"Windows", "Windows"}, {"Mac OS X", "Mac"},  {"Linux", "Linux"},
};

static const char *mark_name(struct text agent, const struct mark *marks, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (memmem(agent.p, agent.n, marks[i].mark, strlen(marks[i].mark))) return marks[i].name;
    return "";
}

struct text device_of(struct http_request *request) {
    struct text agent = http_header(request, "User-Agent");
    if (agent.n == 0) return (struct text){"", 0};
    const char *browser = mark_name(agent, browsers, API_COUNT(browsers));
    const char *system = mark_name(agent, systems, API_COUNT(systems));
    return text_of(arena_format(&request->arena, "%s%s%s", browser, browser[0] && system[0] ? ", " : "",
                                system));
}

/* --- signing up --- */

struct register_body {
    struct text phone, code, password, nickname;
};
static const struct api_field register_fields[] = {
    FIELD_PHONE(struct register_body, phone, "the phone that the code was sent to"),
    FIELD_CODE(struct register_body, code, "the code"),
    {.name = "password",
     .type = F_SECRET,
     .flags = REQUIRED,
     .offset = offsetof(struct register_body, password),
     .min = PASSWORD_MIN,
     .max = PASSWORD_MAX,
     .wrong = ERR_WEAK_PASSWORD,
     .about = "for signing in; not the payment PIN"},
    FIELD_TEXT(struct register_body, nickname, "nickname", REQUIRED, 1, NICKNAME_MAX, "shown to others"),
};

/* The slow hash, and before it everything that makes it needless. */
static enum err register_prepare(struct api_call *call) {
    const struct register_body *body = call->body;
    struct view view;
    if (!phone_valid(body->phone)) return fault_field(&call->fault, ERR_BAD_PHONE, "/phone");
    if (!nickname_valid(body->nickname)) return fault_field(&call->fault, ERR_BAD_FIELD, "/nickname");
    if (password_check(body->password, body->phone, body->nickname, &call->fault)) return call->fault.code;
    enum err err = api_look_begin(call, &view);
    if (!err && !code_open(&view, body->phone, CODE_REGISTER))
        err = fault_field(&call->fault, ERR_WRONG_CODE, "/code");
    api_look_end(call);
    if (err) return err;
    call->prepared = arena_alloc(&call->request->arena, PASSWORD_HASH_MAX);
    err = password_hash(body->password, call->prepared);
    return err ? fault_set(&call->fault, err) : ERR_OK;
}

static enum err register_post(struct api_call *call, struct tx *tx) {
    const struct register_body *body = call->body;
    unsigned char token[SESSION_TOKEN_SIZE];
    struct actor actor;
    struct person_register_cmd cmd = {.phone = body->phone,
                                      .code = body->code,
                                      .nickname = body->nickname,
                                      .password_hash = call->prepared,
                                      .device = device_of(call->request)};
    rand_bytes(token, sizeof token);
    crypto_sha256(token, sizeof token, cmd.session);
    enum err err = person_register(tx, &cmd, &call->fault, &actor);
    if (!err) person_answer(call, tx, &actor, token);
    crypto_wipe(token, sizeof token);
    return err;
}

/* --- who I am --- */

static enum err me_get(struct api_call *call, struct view *view) {
    person_value(call, view, &call->actor);
    return ERR_OK;
}

/* --- another phone --- */

struct phone_body {
    struct person_phone_cmd cmd;
};
static const struct api_field phone_fields[] = {
    FIELD_PHONE(struct phone_body, cmd.phone, "the new phone"),
    FIELD_CODE(struct phone_body, cmd.code, "a code for the purpose phone, sent to the new one"),
    FIELD_PIN(struct phone_body, cmd.pin, "pin", REQUIRED, "the payment PIN"),
};

static enum err phone_put(struct api_call *call, struct tx *tx) {
    const struct phone_body *body = call->body;
    struct view view = {.db = tx->db,
                        .ledger = tx->ledger,
                        .rules = tx->rules,
                        .keys = tx->keys,
                        .now_ms = tx->now_ms};
    enum err err = person_change_phone(tx, &call->actor, &body->cmd, &call->fault);
    if (err) return err;
    json_begin_object(call->out);
    json_key(call->out, "person");
    person_value(call, &view, &call->actor);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route person_routes[] = {
    {HTTP_POST, "/v1/persons", WHO_ANYONE, API_WRITE, API_FIELDS(register_fields, struct register_body),
     .prepare = register_prepare, .run.write = register_post, .status = 201, .flags = API_NO_KEY,
     .about = "Open a wallet and sign in", .answer = "PersonAnswer"},
    {HTTP_PUT, "/v1/me/phone", WHO_PERSON, API_WRITE, API_FIELDS(phone_fields, struct phone_body),
     .run.write = phone_put, .about = "Change the wallet's phone; the old one is told",
     .answer = "PersonAnswer"},
    {HTTP_GET, "/v1/me", WHO_PERSON, API_READ, .run.read = me_get, .about = "Who I am", .answer = "Person"},
};
const size_t person_routes_count = API_COUNT(person_routes);
