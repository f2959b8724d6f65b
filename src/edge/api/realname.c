/* SPDX-License-Identifier: Apache-2.0 */
/* Verifying a real name. The provider is asked on the worker pool, and only about what the wallet itself would take; what it would not
 * is refused by the verb, inside the transaction, so that a repeated request finds its first answer. */
#include "wallet/realname.h"

#include "base/civil.h"
#include "edge/api/person.h"
#include "wallet/person.h"

struct realname_body {
    struct realname_cmd cmd;
};
static const struct api_field realname_fields[] = {
    {.name = "name",
     .type = F_TEXT,
     .flags = REQUIRED,
     .offset = offsetof(struct realname_body, cmd.name),
     .min = 2,
     .max = 40,
     .wrong = ERR_BAD_NAME,
     .about = "as on the ID card"},
    {.name = "id_number",
     .type = F_TEXT,
     .flags = REQUIRED,
     .offset = offsetof(struct realname_body, cmd.id_number),
     .min = ID_NUMBER_PLACES,
     .max = ID_NUMBER_PLACES,
     .wrong = ERR_BAD_ID_NUMBER,
     .about = "GB 11643-1999, 18 places"},
};

static enum err realname_ask(struct api_call *call, const struct realname_cmd *cmd) {
    struct realname_provider *provider = api_config_of(call->api)->realname;
    struct fault fault;
    return provider ? provider->check(provider, cmd->name, cmd->id_number, &fault) : ERR_REALNAME_OUT_OF_REACH;
}

static enum err realname_prepare(struct api_call *call) {
    const struct realname_body *body = call->body;
    enum err *verdict = arena_alloc(&call->request->arena, sizeof *verdict);
    struct view view;
    struct fault fault;
    enum err err = api_look_begin(call, &view);
    bool worth_asking = !err && realname_begin(&view, &call->actor, &body->cmd, &fault) == ERR_OK;
    api_look_end(call);
    if (err) return err;
    *verdict = worth_asking ? realname_ask(call, &body->cmd) : ERR_OVERLOADED;
    call->prepared = verdict;
    return ERR_OK;
}

static enum err realname_post(struct api_call *call, struct tx *tx) {
    const struct realname_body *body = call->body;
    const enum err *verdict = call->prepared;
    enum err err = realname_set(tx, &call->actor, &body->cmd, *verdict, &call->fault);
    if (err) return err;
    struct person person;
    struct actor actor = call->actor;
    actor.tier = person_find(tx->db, tx->keys, actor.person, &person) ? person.tier : 0;
    realname_mask(body->cmd.name, actor.name_masked);
    json_begin_object(call->out);
    realname_key(call, tx->db, &actor);
    json_key_i64(call->out, "tier", actor.tier);
    json_end_object(call->out);
    return ERR_OK;
}

struct validity_body {
    struct text valid_until, pin;
};
static const struct api_field validity_fields[] = {
    FIELD_TEXT(struct validity_body, valid_until, "valid_until", OPTIONAL, 10, 10,
               "the last day that the ID card is valid, as on its back; absent: it has no end"),
    FIELD_PIN(struct validity_body, pin, "pin", REQUIRED, "the payment PIN"),
};

static enum err validity_put(struct api_call *call, struct tx *tx) {
    const struct validity_body *body = call->body;
    int64_t day = 0, until_ms = 0;
    if (body->valid_until.n && !civil_day_parse(body->valid_until, &day))
        return fault_field(&call->fault, ERR_BAD_FIELD, "/valid_until");
    if (body->valid_until.n) until_ms = civil_day_start_ms(day + 1) - 1; /* to the end of that day */
    enum err err = realname_valid_until(tx, &call->actor, until_ms, body->pin, &call->fault);
    if (err) return err;
    struct actor actor = call->actor;
    actor.name_until_ms = until_ms;
    json_begin_object(call->out);
    realname_key(call, tx->db, &actor);
    json_key_i64(call->out, "tier", actor.tier);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route realname_routes[] = {
    {HTTP_PUT, "/v1/realname/validity", WHO_PERSON, API_WRITE,
     API_FIELDS(validity_fields, struct validity_body), .run.write = validity_put,
     .about = "Until when my ID card is valid; an expired one is brought up to date so",
     .answer = "RealNameAnswer"},
    {HTTP_POST, "/v1/realname", WHO_PERSON, API_WRITE, API_FIELDS(realname_fields, struct realname_body),
     .prepare = realname_prepare, .run.write = realname_post, .about = "Verify my real name",
     .answer = "RealNameAnswer"},
};
const size_t realname_routes_count = API_COUNT(realname_routes);
