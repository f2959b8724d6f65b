/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says of itself: health, settings that the app needs, its words, and codes as pictures. */
#include "base/clock.h"
#include "edge/api/answer.h"
#include "edge/api/api.h"
#include "edge/api/qr.h"
#include "wallet/help.h"
#include "wallet/payment.h"

static enum err health(struct api_call *call) {
    json_begin_object(call->out);
    json_key_str(call->out, "state", "alive");
    json_end_object(call->out);
    return ERR_OK;
}

static enum err ready(struct api_call *call) {
    if (!api_ready(call->api)) return fault_set(&call->fault, ERR_READ_ONLY);
    json_begin_object(call->out);
    json_key_str(call->out, "state", "ready");
    json_end_object(call->out);
    return ERR_OK;
}

static enum err config(struct api_call *call) {
    const struct api_config *c = api_config_of(call->api);
    json_begin_object(call->out);
    json_key_str(call->out, "name", c->name);
    json_key_str(call->out, "version", c->version);
    json_key_str(call->out, "app_min", c->app_min ? c->app_min : "");
    json_key_bool(call->out, "sandbox", c->sandbox);
    json_key_str(call->out, "currency", "CNY");
    json_key_time(call->out, "time", clock_now_ms());
    json_key_i64(call->out, "payment_max", c->rules->payment_max_fen);
    json_key_i64(call->out, "tier1_lifetime", c->rules->tier1_lifetime_fen);
    json_key_i64(call->out, "tier2_year", c->rules->tier2_year_fen);
    json_key_i64(call->out, "tier3_year", c->rules->tier3_year_fen);
    json_key(call->out, "operator");
    json_begin_object(call->out);
    json_key_str(call->out, "name", c->operator.name ? c->operator.name : "");
    json_key_str(call->out, "phone", c->operator.phone ? c->operator.phone : "");
    json_key_str(call->out, "mail", c->operator.mail ? c->operator.mail : "");
    json_key_str(call->out, "hours", c->operator.hours ? c->operator.hours : "");
    json_end_object(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

/* What kinds of payment and their states are called; the most exact row wins (kind and direction, kind, neither). */
static void text_rows(struct json_out *out) {
    size_t count;
    const struct payment_kind_row *kinds = payment_kind_rows(&count);
    json_key(out, "kinds");
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(out);
        json_key_str(out, "kind", kinds[i].name);
        json_key_str(out, "label", kinds[i].label);
        json_key_str(out, "label_zh", kinds[i].label_zh);
        json_end_object(out);
    }
    json_end_array(out);
    const struct payment_state_row *states = payment_state_rows(&count);
    json_key(out, "states");
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(out);
        json_key_str(out, "kind", states[i].kind ? payment_kind_name(states[i].kind) : NULL);
        json_key_str(out, "direction", states[i].direction);
        json_key_str(out, "state", states[i].name);
        json_key_str(out, "label", states[i].label);
        json_key_str(out, "label_zh", states[i].label_zh);
        json_end_object(out);
    }
    json_end_array(out);
}

static const char *const texts_parts[] = {"labels", NULL};
struct texts_body {
    int of;
};
static const struct api_field texts_fields[] = {
    FIELD_CHOICE(struct texts_body, of, "of", texts_parts, OPTIONAL | IN_QUERY,
                 "labels: kinds and states alone, without the many errors"),
};

/* The words of every error and step, for a page that shows them before the server says them. An app needs the kinds and states at each start, and
 * has the words of an error from the refusal itself. */
static enum err texts(struct api_call *call) {
    const struct texts_body *body = call->body;
    struct json_out *out = call->out;
    size_t count;
    const struct err_row *rows = err_rows(&count);
    if (body->of >= 0) count = 0;
    json_begin_object(out);
    json_key(out, "errors");
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) {
        struct fault fault;
        fault_set(&fault, rows[i].code);
        json_begin_object(out);
        json_key_str(out, "code", rows[i].name);
        json_key_i64(out, "number", rows[i].code);
        json_key_str(out, "class", answer_class(rows[i].class));
        json_key_i64(out, "status", answer_status(rows[i].code));
        json_key_str(out, "money_taken", answer_taken(fault.taken));
        json_key_str(out, "message", rows[i].en);
        json_key_str(out, "message_zh", rows[i].zh);
        json_key_str(out, "help", help_for(rows[i].code));
        json_key(out, "next");
        answer_next(out, help_for(rows[i].code), rows[i].next);
        json_end_object(out);
    }
    json_end_array(out);
    text_rows(out);
    json_end_object(out);
    return ERR_OK;
}

struct qr_body {
    struct text text;
};
static const struct api_field qr_fields[] = {
    FIELD_TEXT(struct qr_body, text, "text", REQUIRED | IN_QUERY, 1, 512, "what the code says"),
};

/* A large code takes milliseconds, which the loop does not have: a reader makes it. */
static enum err qr(struct api_call *call, struct view *view) {
    const struct qr_body *body = call->body;
    struct buf path;
    int side = 0;
    (void)view;
    const char *text = arena_copy(&call->request->arena, body->text.p, body->text.n);
    buf_init(&path, 1 << 18);
    bool drawn = qr_draw(text, QR_TEXT, &path, &side);
    if (drawn)
        buf_format(call->out->buf,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                   "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path "
                   "d=\"%s\"/></svg>",
                   side, side, side, side, buf_text(&path));
    buf_release(&path);
    return drawn ? ERR_OK : fault_field(&call->fault, ERR_BAD_FIELD, "/text");
}

const struct api_route meta_routes[] = {
    {HTTP_GET, "/healthz", WHO_ANYONE, API_PLAIN, .run.plain = health, .about = "The process is alive",
     .answer = "State"},
    {HTTP_GET, "/readyz", WHO_ANYONE, API_PLAIN, .run.plain = ready,
     .about = "The store, the writer and the readers are ready", .answer = "State"},
    {HTTP_GET, "/v1/config", WHO_ANYONE, API_PLAIN, .run.plain = config,
     .about = "What the app must know of this installation", .answer = "Config"},
    {HTTP_GET, "/v1/texts", WHO_ANYONE, API_PLAIN, API_FIELDS(texts_fields, struct texts_body),
     .run.plain = texts, .about = "Every error, kind and state in both languages", .answer = "Texts"},
    {HTTP_GET, "/v1/events", WHO_PERSON, API_READ, .flags = API_STREAM,
     .about =
         "Server-sent events: \"changed\" when something of the person's was committed, or what concerns "
         "all changed: then its data say within how many milliseconds to read, at a moment of chance",
     .type = "text/event-stream"},
    {HTTP_GET, "/v1/qr.svg", WHO_ANYONE, API_READ, API_FIELDS(qr_fields, struct qr_body), .run.read = qr,
     .about = "A text as a QR code", .type = "image/svg+xml"},
};
const size_t meta_routes_count = API_COUNT(meta_routes);
