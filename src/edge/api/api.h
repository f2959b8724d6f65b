/* SPDX-License-Identifier: Apache-2.0 */
/* api: the people's JSON API: route tables, declared fields, and the one engine that runs them.
 *
 * A noun's file (api/card.c) holds its routes, its fields and its handlers, and nothing else knows them: the dispatcher, 404 and 405,
 * decoding, the OpenAPI page and the tests all read the same rows. A handler calls one verb and writes one JSON value.
 *
 *     static const struct api_field topup_fields[] = {
 *         FIELD_ID(struct topup_cmd, card, "card_id", ID_CARD, REQUIRED),
 *         FIELD_MONEY(struct topup_cmd, amount, "amount", REQUIRED),
 *         FIELD_PIN(struct topup_body, pin, "pin", REQUIRED),
 *     };
 *     const struct api_route topup_routes[] = {
 *         {HTTP_POST, "/v1/topups", WHO_PERSON, API_WRITE, topup_fields, N(topup_fields), sizeof(struct topup_body), NULL, api_topup, "…"},
 *     };
 *
 * Kinds: API_READ runs on a reader's snapshot. API_WRITE runs on the writer inside the group's transaction: session, idempotency,
 * verb, answer and the stored answer commit together. `prepare`, when given, runs before on the slow pool and does whatever must
 * not happen in the transaction: Argon2id, a provider, a bank. For WHO_PERSON the caller has been established on a reader by then (and
 * is again in the transaction); what it returns other than ERR_OK is the answer, from call->fault. It may run again for a replay, so
 * what it asks of others must bear repetition. API_PLAIN runs at once on the loop (config, health). */
#ifndef EDGE_API_API_H
#define EDGE_API_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/money.h"
#include "base/text.h"
#include "kit/crypto/keys.h"
#include "kit/http/http.h"
#include "kit/json/json_out.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum api_who {
    WHO_ANYONE,
    WHO_PERSON, /* a session; a write carries an Idempotency-Key */
};
enum api_kind { API_PLAIN, API_READ, API_WRITE };

enum field_type {
    F_TEXT,   /* struct text: UTF-8, printable, min..max characters */
    F_SECRET, /* struct text: like F_TEXT, but never hashed into the idempotency record, logged or echoed */
    F_DIGITS, /* struct text: ASCII digits, min..max of them */
    F_MONEY,  /* struct money: integer fen, min..max */
    F_INT,    /* int64_t, min..max */
    F_BOOL,   /* bool */
    F_ID,     /* uint64_t: a public id of .kind */
    F_CHOICE, /* int: index into .choices (NULL-ended) */
};
enum field_flag { REQUIRED = 1, OPTIONAL = 0, IN_PATH = 2, IN_QUERY = 4 };

struct api_field {
    const char *name;
    enum field_type type;
    unsigned flags;
    size_t offset; /* in the handler's body struct */
    int64_t min, max;
    enum id_kind kind;
    const char *const *choices;
    enum err wrong;    /* the error when it is not valid; 0: BAD_FIELD */
    const char *about; /* for the OpenAPI page */
};

/* Whom the handlers may ask outside the house; NULL: not configured. Wired in qianbaod. */
struct api_services {
    struct realname_provider *realname; /* wallet/realname.h */
    struct bank_link *bank;             /* wallet/bank.h */
};

/* One call, from the decoded request to the answer. */
struct api_call {
    struct http_request *request;
    const struct api_route *route;
    void *body;           /* the decoded struct, in the request's arena */
    struct actor actor;   /* who calls (wallet/session.h); zero for WHO_ANYONE without a session */
    struct json_out *out; /* the answer's body; for errors the engine writes it from fault */
    int status;           /* 200 unless the handler says otherwise */
    struct fault fault;
    struct http_reply *reply; /* for headers (Set-Cookie) */
    const struct keys *keys;
    struct api *api;
    const struct api_services *services;
    int64_t now_ms; /* the wall clock when the request was taken up; write has the group's in tx->now_ms */
    void *prepared; /* what prepare left for write, in the request's arena */
};

/* For prepare only: a snapshot on this thread's own reader. Take it, read, give it back, and do the slow work after. NULL: overloaded. */
struct view *api_view_take(struct api_call *call);
void api_view_give(struct api_call *call, struct view *view);

struct api_route {
    enum http_method method;
    const char *path; /* "/v1/cards/{id}/unbind": segments in braces are fields with IN_PATH */
    enum api_who who;
    enum api_kind kind;
    const struct api_field *fields;
    size_t fields_count;
    size_t body_size;
    enum err (*prepare)(struct api_call *call);
    union {
        enum err (*plain)(struct api_call *call);
        enum err (*read)(struct api_call *call, struct view *view);
        enum err (*write)(struct api_call *call, struct tx *tx);
    } run;
    const char *about;  /* one line for the OpenAPI page */
    const char *answer; /* name of the answer's schema in openapi (api/schema.c) */
    unsigned flags;     /* enum api_flag */
};
enum api_flag {
    API_NO_KEY = 1,  /* a write without an Idempotency-Key: register, code, login, logout; stores no answer */
    API_SANDBOX = 2, /* exists only with --sandbox */
};

#endif
