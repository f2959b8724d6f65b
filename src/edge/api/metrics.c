/* SPDX-License-Identifier: Apache-2.0 */
/* metrics: what this process knows of itself, as Prometheus reads it (text format 0.0.4); docs/metrics.md lists it, and a test compares.
 *
 * All of it stands in memory: the page is there also when the store is not, which is when it is looked at. */
#include <inttypes.h>

#include "base/clock.h"
#include "edge/api/answer.h"
#include "edge/api/api.h"
#include "edge/bank/sender.h"
#include "edge/bank/statements.h"
#include "edge/index/indexer.h"
#include "kit/db/writer.h"
#include "ledger/ledger.h"
#include "wallet/books.h"

static void write_head(struct buf *out, const char *name, const char *type, const char *help) {
    buf_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Bounds in seconds without a float: 2500 us is 0.0025. */
static void write_seconds(struct buf *out, uint64_t us) {
    buf_format(out, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

static void write_histogram(struct buf *out, const char *name, const char *help, struct histogram *histogram) {
    uint64_t sum = 0;
    write_head(out, name, "histogram", help);
    for (int i = 0; i <= HISTOGRAM_BOUNDS; i++) {
        sum += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
        buf_format(out, "%s_bucket{le=\"", name);
        if (i < HISTOGRAM_BOUNDS) write_seconds(out, (uint64_t)histogram_bounds_us[i]);
        else buf_add_text(out, "+Inf");
        buf_format(out, "\"} %" PRIu64 "\n", sum);
    }
    buf_format(out, "%s_sum ", name);
    write_seconds(out, atomic_load_explicit(&histogram->sum_us, memory_order_relaxed));
    buf_format(out, "\n%s_count %" PRIu64 "\n", name, sum);
}

static void write_answers(struct buf *out, struct tally *tally) {
    size_t count;
    const struct err_row *rows = err_rows(&count);
    write_head(out, "qianbao_http_answers_total", "counter", "Answers by the class of their status.");
    for (int i = 2; i < TALLY_CLASSES; i++)
        buf_format(out, "qianbao_http_answers_total{class=\"%dxx\"} %" PRIu64 "\n", i,
                   atomic_load_explicit(&tally->classes[i], memory_order_relaxed));
    write_histogram(out, "qianbao_http_answer_seconds", "From a request's first line to its answer.",
                    &tally->took);
    write_head(out, "qianbao_errors_total", "counter", "Answers that were an error, by its code and class.");
    for (size_t i = 0; i < count; i++) {
        uint64_t times = atomic_load_explicit(&tally->errors[i], memory_order_relaxed);
        if (times == 0) continue; /* those that never happened say nothing */
        buf_format(out, "qianbao_errors_total{code=\"%s\",class=\"%s\"} %" PRIu64 "\n", rows[i].name,
                   answer_class(rows[i].class), times);
    }
}

/* How long the oldest order in doubt has been so, by the clock that it was written with. */
static uint64_t doubt_age_s(const struct sender_figures *bank) {
    int64_t age_ms = bank->doubt_since_ms ? clock_now_ms() - bank->doubt_since_ms : 0;
    return age_ms > 0 ? (uint64_t)(age_ms / 1000) : 0;
}

static enum err metrics(struct api_call *call) {
    const struct api_config *config = api_config_of(call->api);
    struct writer_figures w = writer_figures(config->writer);
    struct http_figures h = api_http_figures(call->api);
    struct sender_figures b = config->sender ? sender_figures(config->sender) : (struct sender_figures){0};
    struct indexer_figures x =
        config->indexer ? indexer_figures(config->indexer) : (struct indexer_figures){0};
    int64_t time_ms, differences = statements_differences(api_statements(call->api));
    uint64_t newest = ledger_sequence(config->ledger, &time_ms).n;
    uint64_t behind = config->indexer && newest > x.entry ? newest - x.entry : 0;
    struct books_audit audit = books_audited(config->books);
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
        {"qianbao_writer_waiting", "gauge", "Commands that wait for the writer now.", w.waiting},
        {"qianbao_writer_retried_groups_total", "counter", "Groups that were rolled back and run one by one.",
         w.retried_groups},
        {"qianbao_writer_failed_commands_total", "counter", "Commands that the store did not take.",
         w.failed_commands},
        {"qianbao_writer_refused_commands_total", "counter", "Commands refused by a full queue.",
         w.refused_commands},
        {"qianbao_writer_commit_microseconds_max", "gauge", "Longest COMMIT since the start.", w.commit_us_max},
        {"qianbao_writer_checkpoint_microseconds_max", "gauge", "Longest checkpoint since the start.",
         w.checkpoint_us_max},
        {"qianbao_writer_wal_frames", "gauge", "Frames in the write-ahead log.", w.wal_frames},
        {"qianbao_bank_calls_total", "counter", "Calls about orders to banks.", b.calls},
        {"qianbao_bank_approved_total", "counter", "Orders that a bank approved.", b.approved},
        {"qianbao_bank_declined_total", "counter", "Orders that a bank declined or never took.", b.declined},
        {"qianbao_bank_unanswered_total", "counter", "Calls that no bank answered.", b.unanswered},
        {"qianbao_bank_under_way", "gauge", "Orders at a bank now.", b.under_way},
        {"qianbao_bank_in_doubt", "gauge", "Orders that no bank has answered, and that are asked about.",
         b.in_doubt},
        {"qianbao_bank_in_doubt_age_seconds", "gauge", "How long the oldest of them has been in doubt.",
         doubt_age_s(&b)},
        {"qianbao_reconcile_differences", "gauge",
         "Lines and orders of the last seven days that do not match a bank's statement.",
         (uint64_t)differences},
        {"qianbao_books_findings", "gauge",
         "What audits and recounts found that does not hold, until somebody has closed it.",
         (uint64_t)books_findings(config->books)},
        {"qianbao_books_everybody", "gauge", "1 while everybody's figures are withheld and nothing moves.",
         books_everybody(config->books)},
        {"qianbao_books_held_seconds", "gauge",
         "When an audit last found that the books hold, seconds since the epoch; 0: none yet.",
         (uint64_t)(audit.held_ms / 1000)},
        {"qianbao_books_audit_milliseconds", "gauge", "How long the last audit took that came to its end.",
         (uint64_t)audit.took_ms},
        {"qianbao_books_audits_failed_total", "counter", "Audits that could not be made or came to no end.",
         (uint64_t)books_audits_failed(config->books)},
        {"qianbao_index_behind_entries", "gauge", "Entries that the index of the bills has not reached.",
         behind},
        {"qianbao_index_failures_total", "counter", "Passes of the indexer that failed.", x.failures},
        {"qianbao_ledger_sequence", "counter", "Number of the newest committed entry.", newest},
        {"qianbao_clock_jumped", "gauge", "1 while writing waits for the clock to be accepted.",
         writer_clock_jumped(config->writer)},
    };
    struct buf *out = call->out->buf;
    for (size_t i = 0; i < API_COUNT(rows); i++) {
        write_head(out, rows[i].name, rows[i].type, rows[i].help);
        buf_format(out, "%s %" PRIu64 "\n", rows[i].name, rows[i].value);
    }
    write_histogram(out, "qianbao_writer_commit_seconds", "How long each COMMIT took.",
                    writer_commits(config->writer));
    write_answers(out, api_tally(call->api));
    return ERR_OK;
}

const struct api_route metrics_routes[] = {
    {HTTP_GET, "/metrics", WHO_ANYONE, API_PLAIN, .run.plain = metrics, .about = "Figures for Prometheus",
     .type = "text/plain; version=0.0.4"},
};
const size_t metrics_routes_count = API_COUNT(metrics_routes);
