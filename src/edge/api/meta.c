/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says of itself: health, figures, settings that the app needs, its words, and codes as pictures. */
#include <inttypes.h>

#include "base/clock.h"
#include "edge/api/answer.h"
#include "edge/api/api.h"
#include "edge/api/qr.h"
#include "edge/bank/sender.h"
#include "kit/db/writer.h"
#include "ledger/ledger.h"
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

/* Prometheus text format 0.0.4. */
static enum err metrics(struct api_call *call) {
    struct writer_figures w = writer_figures(api_config_of(call->api)->writer);
    struct http_figures h = api_http_figures(call->api);
    struct sender *sender = api_config_of(call->api)->sender;
    struct sender_figures b = sender ? sender_figures(sender) : (struct sender_figures){0};
    int64_t time_ms;
    const struct {
        const char *name, *type, *help;
        uint64_t value;
    } rows[] = {
        {"qianbao_http_requests_total", "counter", "Requests that reached the API.", h.requests},
        {"qianbao_http_rejected_total", "counter", "Requests that the guard refused.", h.rejected},
        {"qianbao_http_timed_out_total", "counter", "Requests that did not arrive in time.", h.timed_out},
        {"qianbao_http_connections", "gauge", "Open connections.", h.connections},
        {"qianbao_http_streams", "gauge", "Open live streams.", h.streams},
        {"qianbao_tls_certificate_expires_seconds", "gauge",
         "End of the certificate's life, seconds since the epoch; 0: no TLS here.", (uint64_t)h.tls_expires_s},
        {"qianbao_tls_renewed_total", "counter", "Times that a changed certificate was taken.", h.tls_renewed},
        {"qianbao_tls_not_renewed_total", "counter", "Times that a changed certificate did not fit.",
         h.tls_not_renewed},
        {"qianbao_writer_groups_total", "counter", "Committed groups.", w.groups},
        {"qianbao_writer_commands_total", "counter", "Commands in them.", w.commands},
        {"qianbao_writer_retried_groups_total", "counter", "Groups that were rolled back and run one by one.",
         w.retried_groups},
        {"qianbao_writer_failed_commands_total", "counter", "Commands that the store did not take.",
         w.failed_commands},
        {"qianbao_writer_refused_commands_total", "counter", "Commands refused by a full queue.",
         w.refused_commands},
        {"qianbao_writer_commit_microseconds_total", "counter", "Time in COMMIT.", w.commit_us_total},
        {"qianbao_writer_commit_microseconds_max", "gauge", "Longest COMMIT.", w.commit_us_max},
        {"qianbao_writer_checkpoint_microseconds_max", "gauge", "Longest checkpoint.", w.checkpoint_us_max},
        {"qianbao_writer_wal_frames", "gauge", "Frames in the write-ahead log.", w.wal_frames},
        {"qianbao_bank_calls_total", "counter", "Calls about orders to banks.", b.calls},
        {"qianbao_bank_approved_total", "counter", "Orders that a bank approved.", b.approved},
        {"qianbao_bank_declined_total", "counter", "Orders that a bank declined or never took.", b.declined},
        {"qianbao_bank_unanswered_total", "counter", "Calls that no bank answered.", b.unanswered},
        {"qianbao_bank_under_way", "gauge", "Orders at a bank now.", b.under_way},
        {"qianbao_ledger_sequence", "counter", "Number of the newest committed entry.",
         ledger_sequence(api_config_of(call->api)->ledger, &time_ms).n},
        {"qianbao_clock_jumped", "gauge", "1 while writing waits for the clock to be accepted.",
         writer_clock_jumped(api_config_of(call->api)->writer)},
    };
    struct buf *out = call->out->buf;
    for (size_t i = 0; i < API_COUNT(rows); i++)
        buf_format(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", rows[i].name, rows[i].help,
                   rows[i].name, rows[i].type, rows[i].name, rows[i].value);
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

/* The words of every error and step, for a page that shows them before the server says them. */
static enum err texts(struct api_call *call) {
    struct json_out *out = call->out;
    size_t count;
    const struct err_row *rows = err_rows(&count);
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
    {HTTP_GET, "/metrics", WHO_ANYONE, API_PLAIN, .run.plain = metrics, .about = "Figures for Prometheus",
     .type = "text/plain; version=0.0.4"},
    {HTTP_GET, "/v1/config", WHO_ANYONE, API_PLAIN, .run.plain = config,
     .about = "What the app must know of this installation", .answer = "Config"},
    {HTTP_GET, "/v1/texts", WHO_ANYONE, API_PLAIN, .run.plain = texts,
     .about = "Every error, kind and state in both languages", .answer = "Texts"},
    {HTTP_GET, "/v1/events", WHO_PERSON, API_READ, .flags = API_STREAM,
     .about = "Server-sent events: \"changed\" when something of the person's was committed",
     .type = "text/event-stream"},
    {HTTP_GET, "/v1/qr.svg", WHO_ANYONE, API_READ, API_FIELDS(qr_fields, struct qr_body), .run.read = qr,
     .about = "A text as a QR code", .type = "image/svg+xml"},
};
const size_t meta_routes_count = API_COUNT(meta_routes);
