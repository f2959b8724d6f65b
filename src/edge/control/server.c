/* SPDX-License-Identifier: Apache-2.0 */
/* The server: what it is doing, and the clock that it believes. */
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "edge/auditor/auditor.h"
#include "edge/bank/sender.h"
#include "edge/bank/statements.h"
#include "edge/control/command.h"
#include "ledger/ledger.h"
#include "wallet/bank.h"
#include "wallet/books.h"

static void writer_keys(struct json_out *out, struct writer *writer) {
    struct writer_figures figures = writer_figures(writer);
    json_key(out, "writer");
    json_begin_object(out);
    json_key_i64(out, "groups", (int64_t)figures.groups);
    json_key_i64(out, "commands", (int64_t)figures.commands);
    json_key_i64(out, "retried_groups", (int64_t)figures.retried_groups);
    json_key_i64(out, "failed_commands", (int64_t)figures.failed_commands);
    json_key_i64(out, "refused_commands", (int64_t)figures.refused_commands);
    json_key_i64(out, "commit_us_max", (int64_t)figures.commit_us_max);
    json_key_bool(out, "clock_jumped", writer_clock_jumped(writer));
    json_end_object(out);
}

static int64_t orders_in_doubt(struct errand *errand) {
    struct view view = errand_read(errand);
    int64_t count = bank_messages_in_doubt_count(&view);
    errand_read_end(errand);
    return count;
}

static void bank_keys(struct errand *errand) {
    struct json_out *out = errand->out;
    const struct command_room *room = errand->room;
    struct sender_figures figures = sender_figures(room->config->sender);
    json_key(out, "bank");
    json_begin_object(out);
    json_key_str(out, "url", room->config->bank->url);
    json_key_i64(out, "calls", (int64_t)figures.calls);
    json_key_i64(out, "approved", (int64_t)figures.approved);
    json_key_i64(out, "declined", (int64_t)figures.declined);
    json_key_i64(out, "unanswered", (int64_t)figures.unanswered);
    json_key_i64(out, "under_way", (int64_t)figures.under_way);
    json_key_i64(out, "in_doubt", orders_in_doubt(errand));
    json_end_object(out);
}

/* By whom the books were proven last, the clock or a command, is all one. */
static void audit_keys(struct json_out *out, const struct control_config *config) {
    struct books_audit audit = books_audited(config->books);
    json_key(out, "books_audit");
    json_begin_object(out);
    json_key_time(out, "ended_at", audit.ended_ms);
    json_key_time(out, "held_at", audit.held_ms);
    json_key_bool(out, "holds", audit.holds);
    json_key_i64(out, "entries", audit.entries);
    json_key_i64(out, "took_ms", audit.took_ms);
    json_key_i64(out, "failed", books_audits_failed(config->books));
    json_key_i64(out, "every_s", config->settings->audit_every_ms / 1000);
    json_key_time(out, "next_at", auditor_due_ms(config->auditor, clock_now_ms()));
    json_end_object(out);
}

static enum err run_status(struct errand *errand) {
    const struct control_config *config = errand->room->config;
    struct json_out *out = errand->out;
    int64_t newest_ms = 0;
    struct entry_no newest = ledger_sequence(config->ledger, &newest_ms);
    json_key_str(out, "version", config->version);
    json_key_i64(out, "pid", getpid());
    json_key_i64(out, "uptime_s", (clock_real_now_ms() - errand->room->begun_ms) / 1000);
    json_key_str(out, "listen", config->settings->listen);
    json_key_str(out, "store", config->store.engine == DB_SQLITE ? "sqlite" : "postgres");
    json_key_bool(out, "sandbox", config->settings->sandbox);
    json_key_i64(out, "reconcile_differences", statements_differences(config->statements));
    json_key_i64(out, "books_findings", books_findings(config->books));
    json_key_bool(out, "everybody_withheld", books_everybody(config->books));
    audit_keys(out, config);
    json_key_time(out, "time", clock_now_ms());
    json_key_i64(out, "clock_offset_s", clock_offset_ms() / 1000);
    json_key_i64(out, "newest_entry", (int64_t)newest.n);
    json_key_time(out, "newest_entry_at", newest_ms);
    writer_keys(out, config->writer);
    if (config->sender) bank_keys(errand);
    return ERR_OK;
}

static enum err run_clock_accept(struct errand *errand) {
    struct writer *writer = errand->room->config->writer;
    json_key_bool(errand->out, "had_jumped", writer_clock_jumped(writer));
    writer_accept_clock(writer);
    log_warn("control: the operator accepted the clock");
    return ERR_OK;
}

const struct command_row server_commands[] = {
    {.words = "status", .about = "what the server is doing", .run = run_status},
    {.words = "clock accept",
     .about = "believe the machine's clock after it jumped; writing goes on",
     .run = run_clock_accept},
};
const size_t server_commands_count = COMMAND_COUNT(server_commands);
