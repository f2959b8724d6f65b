/* SPDX-License-Identifier: Apache-2.0 */
/* What a shop is run with: its tills, and the people who may charge at them. */
#include "wallet/till.h"

#include "edge/api/merchant.h"
#include "wallet/waiter.h"

/* --- tills --- */

void till_value(struct api_call *call, const struct till *till) {
    json_begin_object(call->out);
    api_key_id(call, "id", ID_TILL, till->id.n);
    json_key_str(call->out, "name", till->name);
    payee_code_key(call, PAYEE_TILL, till->id.n);
    json_key_time(call->out, "created_at", till->created_ms);
    json_end_object(call->out);
}

static enum err till_answer(struct api_call *call, const struct till *till) {
    json_begin_object(call->out);
    json_key(call->out, "till");
    till_value(call, till);
    json_end_object(call->out);
    return ERR_OK;
}

struct till_body {
    struct merchant_id merchant;
    struct till_id till;
    struct text name;
};
#define FIELD_TILL_NAME \
    FIELD_TEXT(struct till_body, name, "name", REQUIRED, 1, TILL_NAME_MAX, "as the shop calls it")
static const struct api_field add_fields[] = {
    FIELD_SHOP(struct till_body, merchant),
    FIELD_TILL_NAME,
};
static const struct api_field rename_fields[] = {
    FIELD_SHOP(struct till_body, merchant),
    FIELD_ID(struct till_body, till.n, "till_id", ID_TILL, REQUIRED | IN_PATH, "one of its tills"),
    FIELD_TILL_NAME,
};

static enum err till_post(struct api_call *call, struct tx *tx) {
    const struct till_body *body = call->body;
    struct till till;
    enum err err = till_add(tx, &call->actor, body->merchant, body->name, &call->fault, &till);
    return err == ERR_OK ? till_answer(call, &till) : err;
}

static enum err till_put(struct api_call *call, struct tx *tx) {
    const struct till_body *body = call->body;
    struct till till;
    enum err err = till_rename(tx, &call->actor, body->merchant, body->till, body->name, &call->fault, &till);
    return err == ERR_OK ? till_answer(call, &till) : err;
}

static const struct api_field shop_fields[] = {
    FIELD_SHOP(struct shop_body, merchant),
};

static enum err tills_get(struct api_call *call, struct view *view) {
    const struct shop_body *body = call->body;
    struct merchant merchant;
    struct till tills[TILLS_MAX];
    enum err err = merchant_own(view->db, &call->actor, body->merchant, &call->fault, &merchant);
    if (err != ERR_OK) return err;
    size_t count = till_list(view->db, merchant.id, tills);
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) till_value(call, &tills[i]);
    json_end_array(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

/* --- waiters --- */

static void waiter_value(struct api_call *call, struct db *db, const struct waiter *waiter) {
    struct till till;
    json_begin_object(call->out);
    api_key_id(call, "person_id", ID_PERSON, waiter->person.n);
    json_key_str(call->out, "name", waiter->name);
    json_key_str(call->out, "phone", waiter->phone);
    json_key(call->out, "till");
    if (waiter->till.n && till_find(db, waiter->till, &till)) till_value(call, &till);
    else json_none(call->out);
    json_key_time(call->out, "since", waiter->since_ms);
    json_end_object(call->out);
}

struct waiter_body {
    struct merchant_id merchant;
    struct text phone;
    struct till_id till;
};
static const struct api_field waiter_fields[] = {
    FIELD_SHOP(struct waiter_body, merchant),
    FIELD_PHONE(struct waiter_body, phone, "of a person who has a wallet"),
    FIELD_ID(struct waiter_body, till.n, "till_id", ID_TILL, OPTIONAL, "the one till; any unless given"),
};

static enum err waiter_post(struct api_call *call, struct tx *tx) {
    const struct waiter_body *body = call->body;
    struct waiter waiter;
    enum err err =
        waiter_add(tx, &call->actor, body->merchant, body->phone, body->till, &call->fault, &waiter);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key(call->out, "waiter");
    waiter_value(call, tx->db, &waiter);
    json_end_object(call->out);
    return ERR_OK;
}

static enum err waiters_get(struct api_call *call, struct view *view) {
    const struct shop_body *body = call->body;
    struct merchant merchant;
    enum err err = merchant_own(view->db, &call->actor, body->merchant, &call->fault, &merchant);
    if (err != ERR_OK) return err;
    struct waiter *waiters = arena_alloc(&call->request->arena, WAITERS_MAX * sizeof *waiters);
    size_t count = waiter_list(view, merchant.id, waiters);
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) waiter_value(call, view->db, &waiters[i]);
    json_end_array(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

struct leave_body {
    struct merchant_id merchant;
    struct person_id person;
};
static const struct api_field leave_fields[] = {
    FIELD_SHOP(struct leave_body, merchant),
    FIELD_ID(struct leave_body, person.n, "person_id", ID_PERSON, REQUIRED | IN_PATH,
             "one of its waiters; a waiter: me"),
};

static enum err waiter_delete(struct api_call *call, struct tx *tx) {
    const struct leave_body *body = call->body;
    enum err err = waiter_remove(tx, &call->actor, body->merchant, body->person, &call->fault);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key_i64(call->out, "ended", 1);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route till_routes[] = {
    {HTTP_GET, "/v1/merchants/{id}/tills", WHO_PERSON, API_READ, API_FIELDS(shop_fields, struct shop_body),
     .run.read = tills_get, .about = "The tills of a shop of mine", .answer = "Tills"},
    {HTTP_POST, "/v1/merchants/{id}/tills", WHO_PERSON, API_WRITE, API_FIELDS(add_fields, struct till_body),
     .run.write = till_post, .status = 201, .about = "A further till, with a code of its own",
     .answer = "TillAnswer"},
    {HTTP_PUT, "/v1/merchants/{id}/tills/{till_id}", WHO_PERSON, API_WRITE,
     API_FIELDS(rename_fields, struct till_body), .run.write = till_put, .about = "Give a till another name",
     .answer = "TillAnswer"},
    {HTTP_GET, "/v1/merchants/{id}/waiters", WHO_PERSON, API_READ, API_FIELDS(shop_fields, struct shop_body),
     .run.read = waiters_get, .about = "Who may charge for a shop of mine", .answer = "Waiters"},
    {HTTP_POST, "/v1/merchants/{id}/waiters", WHO_PERSON, API_WRITE,
     API_FIELDS(waiter_fields, struct waiter_body), .run.write = waiter_post, .status = 201,
     .about = "Let a person charge for a shop of mine", .answer = "WaiterAnswer"},
    {HTTP_DELETE, "/v1/merchants/{id}/waiters/{person_id}", WHO_PERSON, API_WRITE,
     API_FIELDS(leave_fields, struct leave_body), .run.write = waiter_delete,
     .about = "Let a person no longer charge; a waiter: leave", .answer = "Ended"},
};
const size_t till_routes_count = API_COUNT(till_routes);
