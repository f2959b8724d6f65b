/* SPDX-License-Identifier: Apache-2.0 */
/* api: the people's JSON API: route tables, declared fields, and the one engine that runs them.
 *
 * A noun's file (api/card.c) holds its routes, its fields and its handlers, and nothing else knows them: the dispatcher, 404 and 405,
 * decoding, the OpenAPI page and the tests all read the same rows. A handler calls one verb and writes one JSON value.
 *
 *     struct topup_body { struct topup_cmd cmd; struct text pin; };
 *     static const struct api_field topup_fields[] = {
 *         FIELD_ID(struct topup_body, cmd.card.n, "card_id", ID_CARD, REQUIRED, "the card to take it from"),
 *         FIELD_MONEY(struct topup_body, cmd.amount, "amount", REQUIRED, "fen"),
 *         FIELD_SECRET(struct topup_body, pin, "pin", REQUIRED, 6, 6, "payment PIN"),
 *     };
 *     const struct api_route topup_routes[] = {
 *         {HTTP_POST, "/v1/topups", WHO_PERSON, API_WRITE, API_FIELDS(topup_fields, struct topup_body), .run.write = topup_begin_,
 *          .status = 201, .about = "Top up from a card", .answer = "PaymentAnswer"},
 *     };
 *     const size_t topup_routes_count = API_COUNT(topup_routes);
 *
 * Kinds: API_READ runs on a reader's snapshot. API_WRITE runs on the writer inside the group's transaction: session, idempotency,
 * verb, answer and the stored answer commit together; it may run twice (kit/db/writer.h), so a handler starts from call->body each time.
 * `prepare`, when given, runs before on the worker pool: Argon2id, bank calls, whatever must not happen in the transaction; it may
 * refuse (an error that is answered and not stored). API_PLAIN runs at once on the loop (config, health).
 *
 * A handler writes its answer to call->out and returns ERR_OK, or fills call->fault and returns its code; then the engine writes the error. */
#ifndef EDGE_API_API_H
#define EDGE_API_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/money.h"
#include "base/text.h"
#include "edge/api/rate.h"
#include "edge/api/tally.h"
#include "kit/crypto/keys.h"
#include "kit/http/http.h"
#include "kit/json/json_out.h"
#include "wallet/function.h"
#include "wallet/session.h"
#include "wallet/tx.h"

struct api;
struct bill_index_place;
struct indexer;
struct statements;
struct bank_line;
struct bank_link;
struct realname_provider;
struct sender;
struct writer;

enum api_who {
    WHO_ANYONE,
    WHO_PERSON, /* a session; a write carries an Idempotency-Key */
};
enum api_kind { API_PLAIN, API_READ, API_WRITE };

enum field_type {
    F_TEXT,   /* struct text: UTF-8, printable, min..max characters */
    F_SECRET, /* struct text: like F_TEXT, but never part of the idempotency record, logged or echoed */
    F_DIGITS, /* struct text: ASCII digits, min..max of them */
    F_MONEY,  /* struct money: integer fen, min..max */
    F_INT,    /* int64_t, min..max */
    F_BOOL,   /* bool */
    F_ID,     /* uint64_t: a public id of .kind */
    F_CHOICE, /* int: index into .choices (NULL-ended); -1 when optional and absent */
};
enum field_flag { OPTIONAL = 0, REQUIRED = 1, IN_PATH = 2, IN_QUERY = 4 };

struct api_field {
    const char *name;
    enum field_type type;
    unsigned flags;
    size_t offset; /* in the handler's body struct; absent optional fields stay zero */
    int64_t min, max;
    enum id_kind kind;
    const char *const *choices;
    enum err wrong;    /* the error when it is not valid; 0: BAD_FIELD (F_MONEY: BAD_AMOUNT) */
    const char *about; /* for the OpenAPI page */
};

#define FIELD_TEXT(body_, member, name_, flags_, min_, max_, about_)                                    \
    {                                                                                                   \
        .name = name_, .type = F_TEXT, .flags = flags_, .offset = offsetof(body_, member), .min = min_, \
        .max = max_, .about = about_                                                                    \
    }
#define FIELD_SECRET(body_, member, name_, flags_, min_, max_, about_)                                    \
    {                                                                                                     \
        .name = name_, .type = F_SECRET, .flags = flags_, .offset = offsetof(body_, member), .min = min_, \
        .max = max_, .about = about_                                                                      \
    }
#define FIELD_DIGITS(body_, member, name_, flags_, min_, max_, about_)                                    \
    {                                                                                                     \
        .name = name_, .type = F_DIGITS, .flags = flags_, .offset = offsetof(body_, member), .min = min_, \
        .max = max_, .about = about_                                                                      \
    }
#define FIELD_MONEY(body_, member, name_, flags_, about_)                                             \
    {                                                                                                 \
        .name = name_, .type = F_MONEY, .flags = flags_, .offset = offsetof(body_, member), .min = 1, \
        .max = MONEY_MAX, .about = about_                                                             \
    }
#define FIELD_INT(body_, member, name_, flags_, min_, max_, about_)                                    \
    {                                                                                                  \
        .name = name_, .type = F_INT, .flags = flags_, .offset = offsetof(body_, member), .min = min_, \
        .max = max_, .about = about_                                                                   \
    }
#define FIELD_BOOL(body_, member, name_, flags_, about_) \
    { .name = name_, .type = F_BOOL, .flags = flags_, .offset = offsetof(body_, member), .about = about_ }
#define FIELD_ID(body_, member, name_, kind_, flags_, about_)                                           \
    {                                                                                                   \
        .name = name_, .type = F_ID, .flags = flags_, .offset = offsetof(body_, member), .kind = kind_, \
        .about = about_                                                                                 \
    }
#define FIELD_CHOICE(body_, member, name_, choices_, flags_, about_)                         \
    {                                                                                        \
        .name = name_, .type = F_CHOICE, .flags = flags_, .offset = offsetof(body_, member), \
        .choices = choices_, .about = about_                                                 \
    }

/* The fields that many bodies have. */
#define FIELD_PHONE(body_, member, about_)                                                                  \
    {                                                                                                       \
        .name = "phone", .type = F_DIGITS, .flags = REQUIRED, .offset = offsetof(body_, member), .min = 11, \
        .max = 11, .wrong = ERR_BAD_PHONE, .about = about_                                                  \
    }
#define FIELD_CODE(body_, member, about_)                                                                 \
    {                                                                                                     \
        .name = "code", .type = F_SECRET, .flags = REQUIRED, .offset = offsetof(body_, member), .min = 6, \
        .max = 6, .wrong = ERR_WRONG_CODE, .about = about_                                                \
    }
#define FIELD_PIN(body_, member, name_, flags_, about_) \
    FIELD_SECRET(body_, member, name_, flags_, 6, 6, about_)

/* A list's ?cursor and ?limit; put it first in the body struct. */
struct api_page {
    struct text cursor;
    int64_t limit; /* 0 when absent: API_LIMIT_DEFAULT */
};
enum { API_LIMIT_DEFAULT = 20, API_LIMIT_MAX = 100 };
#define FIELDS_PAGE(body_, member)                                                                             \
    FIELD_TEXT(body_, member.cursor, "cursor", OPTIONAL | IN_QUERY, 1, 128, "next_cursor of the page before"), \
        FIELD_INT(body_, member.limit, "limit", OPTIONAL | IN_QUERY, 1, API_LIMIT_MAX,                         \
                  "items a page, 20 unless given")

/* One call, from the decoded request to the answer. */
struct api_call {
    struct http_request *request;
    const struct api_route *route;
    void *body;           /* the decoded struct, in the request's arena */
    struct actor actor;   /* who calls (wallet/session.h); zero for WHO_ANYONE without a session */
    struct json_out *out; /* the answer's body; for errors the engine writes it from fault */
    int status;           /* the route's; a handler may set another */
    struct fault fault;
    const struct keys *keys;
    const struct wallet_rules *rules;
    struct api *api;
    void *prepared; /* what prepare left for write, in the request's arena */
    struct buf prepared_bytes; /* the same, for what is too large for the arena; prepare inits it, the engine releases it */
    struct db *look; /* prepare's connection: api_look_begin */
    unsigned char set_token[SESSION_TOKEN_SIZE];
    bool sets_session, ends_session, ends_streams;
    unsigned char device_hash[SESSION_HASH_SIZE]; /* of the device's own cookie (wallet/device.h), when it has one */
    bool has_device;
    struct text app;  /* the version that the app says it is (App-Version); empty: it said none */
    bool app_old;     /* older than the setting app_min */
    const char *file; /* a name for the answer, for who keeps it as a file; NULL: none */
};

/* In prepare only: a snapshot on the worker's own connection, and who calls (ERR_NOT_SIGNED_IN when the route wants a person). End it
 * before anything slow; what it showed may have changed by the time of the write, which asks again. */
enum err api_look_begin(struct api_call *call, struct view *out);
void api_look_end(struct api_call *call);

/* The answer carries the session's cookie with this token (the handler stored its hash), or takes it away. */
void api_set_session(struct api_call *call, const unsigned char token[SESSION_TOKEN_SIZE]);
void api_end_session(struct api_call *call);
/* Some session of the caller's has ended: all live streams of the person end, and those that may come back do. */
void api_end_streams(struct api_call *call);

/* A mark in a list, opaque outside: up to CURSOR_BYTES bytes, MACed with whose list it is and which (`list`: the path of its route).
 * api_mark_read: ERR_BAD_CURSOR (sets the fault, which names `field`). */
enum { CURSOR_BYTES = 32 };
void api_mark_key(struct api_call *call, const char *key, const char *list, const void *mark, size_t size);
enum err api_mark_read(struct api_call *call, const char *field, const char *list, struct text shown,
                       void *mark, size_t size);
/* Where this route's own list goes on: "next_cursor", and what came back of it as "cursor". */
void api_cursor_key(struct api_call *call, const void *position,
                    size_t size); /* writes "next_cursor": NULL position writes null */
enum err api_cursor_read(struct api_call *call, struct text shown, void *position, size_t size);

/* "id": an enciphered number, for any key. */
void api_key_id(struct api_call *call, const char *key, enum id_kind kind, uint64_t number);
/* The body of an error or a stored reason: "code","message","message_zh","help","next" into an object that is open. */
void api_reason_keys(struct json_out *out, const struct fault *fault);

/* What a route takes instead of JSON. */
struct api_file {
    const char *const *types; /* of Content-Type, NULL-ended */
    size_t most;              /* bytes */
    enum err wrong;           /* for another type */
};

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
    int status;                  /* of success; 0: 200 */
    const char *about;           /* one line for the OpenAPI page */
    const char *answer;          /* name of the answer's schema (api/schema.c) */
    const char *type;            /* of the answer when it is not JSON */
    unsigned flags;              /* enum api_flag */
    const struct api_file *file; /* its body is no JSON but a file; NULL: JSON */
    enum rate rate;              /* RATE_LOOKUP: it tells whom or what something names */
    enum function function;      /* what it is a part of, whose gate its verb asks (wallet/function.h) */
};
#define API_COUNT(rows) (sizeof(rows) / sizeof(rows)[0])
#define API_FIELDS(rows, body_) .fields = rows, .fields_count = API_COUNT(rows), .body_size = sizeof(body_)

enum api_flag {
    API_NO_KEY = 1,  /* a write without an Idempotency-Key: register, code, login, logout; stores no answer */
    API_SANDBOX = 2, /* exists only with --sandbox */
    API_LONG = 8,    /* its answer may be as large as ANSWER_LONG_MAX: a file */
    API_INDEX = 16,  /* a read that also asks the index of the bills */
    API_ANYTIME =
        32, /* a write that goes on while everything but reading rests: signing in, help, what protects */
    API_STREAM = 4, /* a read whose answer stays open: the person's live stream */
};

/* The tables, one a noun (routes.c lists them). */
struct api_routes {
    const char *noun, *name, *name_zh;
    const struct api_route *rows;
    const size_t *count;
};
extern const struct api_routes api_routes[];
extern const size_t api_routes_count;

/* --- its life --- */

struct api_config {
    struct writer *writer;
    struct db_config store; /* for the readers */
    int readers;            /* reader threads, each with a connection: 2 */
    int workers;            /* threads for Argon2id and bank calls: 2 */
    struct ledger *ledger;
    struct wakes *wakes; /* its listener is set by api_start */
    const struct keys *keys;
    const struct wallet_rules *rules;
    struct bank_link *bank;               /* NULL: no bank, cards are refused (ERR_CARD_NOT_SUPPORTED) */
    struct realname_provider *realname;   /* who knows whether name and number belong together */
    const struct bill_index_place *index; /* of the bills; NULL: all is read from the books */
    struct maintenance *maintenance;      /* what rests, and whether the server only reads */
    struct books *books;                  /* what does not hold, and whether that reaches everybody */
    struct sender *sender;                /* for the figures; NULL: no bank */
    struct indexer *indexer;              /* the same; NULL: no index */
    const struct bank_line *sandbox_bank; /* for /demo; NULL: none */
    int lookups_max, misses_max;          /* a person's, a minute and in ten minutes; 0: unlimited */
    bool sandbox, tls;
    const char *name, *version; /* of the installation, of the program */
    const char *app_min;        /* the oldest app that may do more than read; "": any */
    struct {
        const char *name, *phone, *mail, *hours;
    } operator; /* whom people turn to; NULL or "": not said */
};
enum err api_start(const struct api_config *config, struct api **out);
void api_set_http(struct api *api, struct http *http); /* for the figures; after http_start */
void api_set_statements(struct api *api, struct statements *statements); /* the same; before it */
void api_handle(struct http_request *request, void *api);                /* http_config.handler */
/* http_config.body_most: a route's file, of somebody who at least looks signed in. */
size_t api_body_most(const struct http_request *request, void *api);
void api_reject_body(const struct http_request *request, int status, struct http_reply *reply,
                     void *api); /* http_config.reject_body */
void api_stop(struct api *api);  /* after http_stop */
const struct api_config *api_config_of(const struct api *api);

/* What follows is for api/meta.c and the like. */
struct http_figures api_http_figures(struct api *api);
struct statements *api_statements(struct api *api); /* NULL: none */
struct tally *api_tally(struct api *api);
bool api_ready(struct api *api);
const struct api_route *api_route(const struct api *api,
                                  size_t at); /* those that are served; NULL behind the last */

#endif
