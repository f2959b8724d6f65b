/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in by password or by code, and the devices that are signed in. */
#include "wallet/session.h"

#include "base/rand.h"
#include "edge/api/person.h"
#include "wallet/password.h"
#include "wallet/person.h"

/* --- by password --- */

struct login_body {
    struct text phone, password;
};
static const struct api_field login_fields[] = {
    FIELD_PHONE(struct login_body, phone, "the wallet's phone"),
    FIELD_SECRET(struct login_body, password, "password", REQUIRED, 1, PASSWORD_MAX, "its password"),
};

struct login_prepared {
    struct person_login login;
    bool right;
};

/* A phone without a wallet costs the same slow hash. */
static enum err login_prepare(struct api_call *call) {
    const struct login_body *body = call->body;
    struct login_prepared *prepared = arena_alloc(&call->request->arena, sizeof *prepared);
    struct view view;
    enum err err = api_look_begin(call, &view);
    if (!err)
        err = person_login_begin(&view, body->phone, call->request->peer, &call->fault, &prepared->login);
    api_look_end(call);
    if (err) return err;
    if (prepared->login.hash[0]) prepared->right = password_verify(prepared->login.hash, body->password);
    else password_verify_dummy(body->password);
    call->prepared = prepared;
    return ERR_OK;
}

static enum err login_post(struct api_call *call, struct tx *tx) {
    const struct login_body *body = call->body;
    const struct login_prepared *prepared = call->prepared;
    unsigned char token[SESSION_TOKEN_SIZE];
    struct actor actor;
    struct person_login_cmd cmd = {.phone = body->phone,
                                   .address = call->request->peer,
                                   .login = &prepared->login,
                                   .password_right = prepared->right,
                                   .device = device_of(call->request)};
    rand_bytes(token, sizeof token);
    crypto_sha256(token, sizeof token, cmd.session);
    enum err err = person_login(tx, &cmd, &call->fault, &actor);
    if (!err) person_answer(call, tx, &actor, token);
    crypto_wipe(token, sizeof token);
    return err;
}

/* --- by code --- */

struct login_code_body {
    struct text phone, code;
};
static const struct api_field login_code_fields[] = {
    FIELD_PHONE(struct login_code_body, phone, "the wallet's phone"),
    FIELD_CODE(struct login_code_body, code, "a code for the purpose login"),
};

static enum err login_code_post(struct api_call *call, struct tx *tx) {
    const struct login_code_body *body = call->body;
    unsigned char token[SESSION_TOKEN_SIZE];
    struct actor actor;
    struct person_login_code_cmd cmd = {.phone = body->phone,
                                        .code = body->code,
                                        .device = device_of(call->request)};
    rand_bytes(token, sizeof token);
    crypto_sha256(token, sizeof token, cmd.session);
    enum err err = person_login_code(tx, &cmd, &call->fault, &actor);
    if (!err) person_answer(call, tx, &actor, token);
    crypto_wipe(token, sizeof token);
    return err;
}

/* --- the devices --- */

static enum err sessions_get(struct api_call *call, struct view *view) {
    struct session_item *items = arena_alloc(&call->request->arena, SESSIONS_LISTED_MAX * sizeof *items);
    size_t count = session_list(view, &call->actor, items, SESSIONS_LISTED_MAX);
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(call->out);
        api_key_id(call, "id", ID_SESSION, items[i].id.n);
        json_key_str(call->out, "device", items[i].device);
        json_key_bool(call->out, "current", items[i].current);
        json_key_time(call->out, "created_at", items[i].created_ms);
        json_key_time(call->out, "last_seen_at", items[i].seen_ms);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    json_key_null(call->out, "next_cursor");
    json_end_object(call->out);
    return ERR_OK;
}

static void ended(struct api_call *call, int64_t count) {
    json_begin_object(call->out);
    json_key_i64(call->out, "ended", count);
    json_end_object(call->out);
}

static enum err session_sign_out(struct api_call *call, struct tx *tx) {
    enum err err = session_end(tx, &call->actor, call->actor.session, &call->fault);
    if (err) return err;
    api_end_session(call);
    api_end_streams(call);
    ended(call, 1);
    return ERR_OK;
}

struct session_body {
    struct session_id id;
};
static const struct api_field session_fields[] = {
    FIELD_ID(struct session_body, id.n, "id", ID_SESSION, REQUIRED | IN_PATH, "one of my sessions"),
};

static enum err session_delete(struct api_call *call, struct tx *tx) {
    const struct session_body *body = call->body;
    enum err err = session_end(tx, &call->actor, body->id, &call->fault);
    if (err) return err;
    if (body->id.n == call->actor.session.n) api_end_session(call);
    api_end_streams(call);
    ended(call, 1);
    return ERR_OK;
}

static enum err session_others(struct api_call *call, struct tx *tx) {
    api_end_streams(call);
    ended(call, session_end_others(tx, &call->actor));
    return ERR_OK;
}

const struct api_route session_routes[] = {
    {HTTP_POST, "/v1/sessions", WHO_ANYONE, API_WRITE, API_FIELDS(login_fields, struct login_body),
     .prepare = login_prepare, .run.write = login_post, .status = 201, .flags = API_NO_KEY | API_ANYTIME,
     .about = "Sign in by password", .answer = "PersonAnswer"},
    {HTTP_POST, "/v1/sessions/code", WHO_ANYONE, API_WRITE,
     API_FIELDS(login_code_fields, struct login_code_body), .run.write = login_code_post, .status = 201,
     .flags = API_NO_KEY | API_ANYTIME, .about = "Sign in by a one-time code", .answer = "PersonAnswer"},
    {HTTP_GET, "/v1/sessions", WHO_PERSON, API_READ, .run.read = sessions_get,
     .about = "The devices that are signed in", .answer = "Sessions"},
    {HTTP_DELETE, "/v1/sessions/current", WHO_PERSON, API_WRITE, .run.write = session_sign_out,
     .flags = API_NO_KEY | API_ANYTIME, .about = "Sign out", .answer = "Ended"},
    {HTTP_DELETE, "/v1/sessions/{id}", WHO_PERSON, API_WRITE, API_FIELDS(session_fields, struct session_body),
     .run.write = session_delete, .flags = API_ANYTIME, .about = "Sign a device out", .answer = "Ended"},
    {HTTP_POST, "/v1/sessions/end-others", WHO_PERSON, API_WRITE, .run.write = session_others,
     .flags = API_ANYTIME, .about = "Sign all other devices out", .answer = "Ended"},
};
const size_t session_routes_count = API_COUNT(session_routes);
