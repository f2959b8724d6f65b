/* SPDX-License-Identifier: Apache-2.0 */
/* A forgotten password. */
#include "wallet/recovery.h"

#include "base/rand.h"
#include "edge/api/person.h"
#include "wallet/card.h"
#include "wallet/code.h"
#include "wallet/password.h"
#include "wallet/person.h"
#include "wallet/realname.h"

struct recovery_body {
    struct text phone, code, password, name, id_number, card_number;
};
static const struct api_field recovery_fields[] = {
    FIELD_PHONE(struct recovery_body, phone, "the wallet's phone"),
    FIELD_CODE(struct recovery_body, code, "a code for the purpose password"),
    {.name = "password",
     .type = F_SECRET,
     .flags = REQUIRED,
     .offset = offsetof(struct recovery_body, password),
     .min = PASSWORD_MIN,
     .max = PASSWORD_MAX,
     .wrong = ERR_WEAK_PASSWORD,
     .about = "the new password"},
    FIELD_SECRET(struct recovery_body, name, "name", OPTIONAL, 1, 40, "the verified name, whole"),
    FIELD_SECRET(struct recovery_body, id_number, "id_number", OPTIONAL, ID_NUMBER_PLACES, ID_NUMBER_PLACES,
                 "its ID number"),
    FIELD_SECRET(struct recovery_body, card_number, "card_number", OPTIONAL, 12, CARD_DIGITS_MAX,
                 "or instead of both: the whole number of a bound card"),
};

/* The slow hash, and before it everything that makes it needless. */
static enum err recovery_prepare(struct api_call *call) {
    const struct recovery_body *body = call->body;
    struct view view;
    if (!phone_valid(body->phone)) return fault_field(&call->fault, ERR_BAD_PHONE, "/phone");
    if (password_check(body->password, body->phone, TEXT(""), &call->fault)) return call->fault.code;
    enum err err = api_look_begin(call, &view);
    if (!err && !code_open(&view, body->phone, CODE_PASSWORD))
        err = fault_field(&call->fault, ERR_WRONG_CODE, "/code");
    api_look_end(call);
    if (err) return err;
    call->prepared = arena_alloc(&call->request->arena, PASSWORD_HASH_MAX);
    err = password_hash(body->password, call->prepared);
    return err ? fault_set(&call->fault, err) : ERR_OK;
}

static enum err recovery_post(struct api_call *call, struct tx *tx) {
    const struct recovery_body *body = call->body;
    unsigned char token[SESSION_TOKEN_SIZE];
    struct recovery_cmd cmd = {.phone = body->phone,
                               .code = body->code,
                               .password_hash = call->prepared,
                               .name = body->name,
                               .id_number = body->id_number,
                               .card_number = body->card_number,
                               .device = device_of(call->request)};
    rand_bytes(token, sizeof token);
    crypto_sha256(token, sizeof token, cmd.session);
    enum err err = recovery_set(tx, &cmd, &call->fault, &call->actor);
    if (!err) {
        person_answer(call, tx, &call->actor, token);
        api_end_streams(call);
    }
    crypto_wipe(token, sizeof token);
    return err;
}

const struct api_route recovery_routes[] = {
    {HTTP_POST, "/v1/password/reset", WHO_ANYONE, API_WRITE, API_FIELDS(recovery_fields, struct recovery_body),
     .prepare = recovery_prepare, .run.write = recovery_post, .status = 201, .flags = API_NO_KEY,
     .about = "Set a forgotten password anew; all other logins end", .answer = "PersonAnswer"},
};
const size_t recovery_routes_count = API_COUNT(recovery_routes);
