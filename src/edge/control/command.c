/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/control/command.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/log.h"
#include "edge/bank/link.h"
#include "edge/bank/statements.h"
#include "edge/index/indexer.h"
#include "kit/json/json_in.h"
#include "kit/json/json_out.h"
#include "ledger/ledger.h"
#include "wallet/code.h"
#include "wallet/merchant.h"
#include "wallet/person.h"
#include "wallet/sandbox.h"
#include "wallet/settlement.h"
#include "wallet/waiter.h"

enum { INBOX_MAX = 50, DAYS_RECONCILED = 400 };

/* One command at work. A handler writes the keys of the result, or fills fault and returns its code. */
struct errand {
    struct command_room *room;
    const json_t *args;
    struct json_out *out;
    struct fault fault;
};

static struct text arg_text(const struct errand *errand, const char *name) {
    const json_t *value = json_object_get(errand->args, name);
    return json_is_string(value) ? (struct text){json_string_value(value), json_string_length(value)}
                                 : (struct text){0};
}

/* --- writing: through the writer, waiting for the commit --- */

struct write {
    struct command command;
    enum err (*run)(struct tx *tx, struct errand *errand, void *result);
    struct errand *errand;
    void *result;
    enum err err;
    enum command_outcome outcome;
    bool over;
    pthread_mutex_t lock;
    pthread_cond_t done;
};

static void write_run(struct command *command, struct group *group) {
    struct write *write = (struct write *)command;
    write->err = write->run(tx_of(group), write->errand, write->result);
}

static void write_done(struct command *command, enum command_outcome outcome) {
    struct write *write = (struct write *)command;
    pthread_mutex_lock(&write->lock);
    write->outcome = outcome;
    write->over = true;
    pthread_cond_signal(&write->done);
    pthread_mutex_unlock(&write->lock);
}

static enum err errand_write(struct errand *errand, enum err (*run)(struct tx *, struct errand *, void *),
                             void *result) {
    struct write write = {.command = {write_run, write_done, NULL},
                          .run = run,
                          .errand = errand,
                          .result = result,
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .done = PTHREAD_COND_INITIALIZER};
    writer_submit(errand->room->config->writer, &write.command);
    pthread_mutex_lock(&write.lock);
    while (!write.over) pthread_cond_wait(&write.done, &write.lock);
    pthread_mutex_unlock(&write.lock);
    switch (write.outcome) {
    case COMMAND_DONE: return write.err;
    case COMMAND_FAILED: return fault_set(&errand->fault, ERR_STORE);
    case COMMAND_REFUSED: return fault_set(&errand->fault, ERR_OVERLOADED);
    }
    return ERR_INTERNAL;
}

/* --- the commands --- */

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

static int64_t orders_in_doubt(struct command_room *room) {
    struct view view = {.db = room->db};
    db_begin(room->db);
    int64_t count = bank_messages_in_doubt_count(&view);
    db_rollback(room->db);
    return count;
}

static void bank_keys(struct json_out *out, struct command_room *room) {
    struct sender_figures figures = sender_figures(room->config->sender);
    json_key(out, "bank");
    json_begin_object(out);
    json_key_str(out, "url", room->config->bank->url);
    json_key_i64(out, "calls", (int64_t)figures.calls);
    json_key_i64(out, "approved", (int64_t)figures.approved);
    json_key_i64(out, "declined", (int64_t)figures.declined);
    json_key_i64(out, "unanswered", (int64_t)figures.unanswered);
    json_key_i64(out, "under_way", (int64_t)figures.under_way);
    json_key_i64(out, "in_doubt", orders_in_doubt(room));
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
    json_key_time(out, "time", clock_now_ms());
    json_key_i64(out, "clock_offset_s", clock_offset_ms() / 1000);
    json_key_i64(out, "newest_entry", (int64_t)newest.n);
    json_key_time(out, "newest_entry_at", newest_ms);
    writer_keys(out, config->writer);
    if (config->sender) bank_keys(out, errand->room);
    return ERR_OK;
}

void command_audit_keys(struct json_out *out, enum err end, const struct ledger_audit *audit, int64_t took_ms) {
    json_key_bool(out, "holds", end == ERR_OK);
    json_key_i64(out, "entries", (int64_t)audit->entries);
    json_key_i64(out, "rows", (int64_t)audit->rows);
    json_key_i64(out, "accounts", (int64_t)audit->accounts);
    json_key_i64(out, "pages", (int64_t)audit->pages);
    json_key_i64(out, "digests", (int64_t)audit->digests);
    json_key_i64(out, "differences", (int64_t)audit->differences);
    json_key_i64(out, "first_bad_entry", (int64_t)audit->first_bad_entry);
    json_key_i64(out, "debits_posted", audit->debits_posted);
    json_key_i64(out, "credits_posted", audit->credits_posted);
    json_key_bool(out, "memory_checked", audit->memory_checked);
    json_key_str(out, "words", audit->words);
    json_key_i64(out, "took_ms", took_ms);
}

static enum err run_audit(struct errand *errand) {
    struct ledger_audit audit;
    int64_t begun_ms = clock_mono_ms();
    db_begin(errand->room->db);
    enum err end = ledger_audit(errand->room->config->ledger, errand->room->db, &audit);
    db_rollback(errand->room->db);
    if (end != ERR_OK && end != ERR_CORRUPT) return fault_set(&errand->fault, end);
    command_audit_keys(errand->out, end, &audit, clock_mono_ms() - begun_ms);
    return ERR_OK;
}

static enum err run_clock_accept(struct errand *errand) {
    struct writer *writer = errand->room->config->writer;
    json_key_bool(errand->out, "had_jumped", writer_clock_jumped(writer));
    writer_accept_clock(writer);
    log_warn("control: the operator accepted the clock");
    return ERR_OK;
}

/* --- the index of the bills --- */

static enum err index_keys(struct errand *errand) {
    struct indexer *indexer = errand->room->config->indexer;
    struct json_out *out = errand->out;
    if (!indexer) return fault_set(&errand->fault, ERR_NOT_FOUND);
    struct indexer_figures figures = indexer_figures(indexer);
    json_key_bool(out, "building", figures.building);
    json_key_i64(out, "entry", (int64_t)figures.entry);
    json_key_i64(out, "newest_entry", (int64_t)figures.newest);
    json_key_i64(out, "passes", (int64_t)figures.passes);
    json_key_i64(out, "failures", (int64_t)figures.failures);
    json_key_i64(out, "pass_us_max", figures.pass_us_max);
    return ERR_OK;
}

static enum err run_index_status(struct errand *errand) {
    return index_keys(errand);
}

static enum err run_index_rebuild(struct errand *errand) {
    if (!errand->room->config->indexer) return fault_set(&errand->fault, ERR_NOT_FOUND);
    indexer_rebuild(errand->room->config->indexer);
    return index_keys(errand);
}

struct opened {
    struct person person;
    struct merchant merchant;
};

static enum err merchant_write(struct tx *tx, struct errand *errand, void *result) {
    struct opened *opened = result;
    struct text phone = arg_text(errand, "phone"), name = arg_text(errand, "name");
    if (!phone_valid(phone)) return fault_field(&errand->fault, ERR_BAD_PHONE, "/phone");
    if (!person_find_by_phone(tx->db, tx->keys, phone, &opened->person))
        return fault_field(&errand->fault, ERR_PAYEE_UNKNOWN, "/phone");
    struct actor owner = {.person = opened->person.id,
                          .account = opened->person.account,
                          .tier = opened->person.tier};
    return merchant_add(tx, &owner, name, &errand->fault, &opened->merchant);
}

static enum err run_merchant_add(struct errand *errand) {
    const struct keys *keys = errand->room->config->keys;
    struct opened opened;
    char id[PUBLIC_ID_SIZE + 1], code[PUBLIC_ID_SIZE + 16];
    enum err err = errand_write(errand, merchant_write, &opened);
    if (err != ERR_OK) return err;
    keys_id_show(keys, ID_MERCHANT, opened.merchant.id.n, id);
    snprintf(code, sizeof code, "qianbao:m:%s", id);
    json_key_str(errand->out, "id", id);
    json_key_str(errand->out, "name", opened.merchant.name);
    json_key_str(errand->out, "owner", opened.person.phone_masked);
    json_key_str(errand->out, "code", code);
    return ERR_OK;
}

enum { MERCHANTS_SHOWN_MAX = 500 };

static void merchant_keys(struct errand *errand, const struct merchant *merchant) {
    const struct keys *keys = errand->room->config->keys;
    struct person owner;
    char id[PUBLIC_ID_SIZE + 1];
    keys_id_show(keys, ID_MERCHANT, merchant->id.n, id);
    bool known = person_find(errand->room->db, keys, merchant->owner, &owner);
    json_key_str(errand->out, "id", id);
    json_key_str(errand->out, "name", merchant->name);
    json_key_str(errand->out, "owner", known ? owner.phone_masked : "");
    json_key_time(errand->out, "opened_at", merchant->created_ms);
}

static enum err run_merchant_list(struct errand *errand) {
    static struct merchant found[MERCHANTS_SHOWN_MAX]; /* one errand at a time */
    db_begin(errand->room->db);
    size_t count = merchant_list_all(errand->room->db, 0, found, MERCHANTS_SHOWN_MAX);
    json_key(errand->out, "items");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        merchant_keys(errand, &found[i]);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
    json_key_bool(errand->out, "more", count == MERCHANTS_SHOWN_MAX);
    db_rollback(errand->room->db);
    return ERR_OK;
}

static bool arg_merchant(struct errand *errand, struct merchant_id *out) {
    return keys_id_read(errand->room->config->keys, ID_MERCHANT, arg_text(errand, "id"), &out->n);
}

static void shop_keys(struct errand *errand, const struct merchant *merchant) {
    const struct control_config *config = errand->room->config;
    struct view view = {.db = errand->room->db,
                        .ledger = config->ledger,
                        .rules = &config->settings->rules,
                        .keys = config->keys};
    static struct waiter waiters[WAITERS_MAX]; /* one errand at a time */
    static struct till tills[TILLS_MAX];
    struct settlement_terms terms;
    struct figures figures = {0};
    settlement_terms(view.db, view.rules, merchant, &terms);
    ledger_figures(view.ledger, merchant->account, &figures);
    merchant_keys(errand, merchant);
    json_key_i64(errand->out, "balance",
                 (int64_t)(figures.account.credits_posted - figures.account.debits_posted));
    json_key_i64(errand->out, "ready", settlement_ready(view.ledger, merchant).fen);
    json_key_i64(errand->out, "rate", terms.rate);
    json_key_bool(errand->out, "own_rate", terms.own_rate);
    json_key_str(errand->out, "card", terms.card.id.n ? terms.card.last4 : "");
    json_key_time(errand->out, "settled_next_at", terms.card.id.n ? terms.due_ms : 0);
    json_key_i64(errand->out, "tills", (int64_t)till_list(view.db, merchant->id, tills));
    json_key_i64(errand->out, "waiters", (int64_t)waiter_list(&view, merchant->id, waiters));
}

static enum err run_merchant_show(struct errand *errand) {
    struct merchant_id id;
    struct merchant merchant;
    if (!arg_merchant(errand, &id)) return fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
    db_begin(errand->room->db);
    bool found = merchant_find(errand->room->db, id, &merchant);
    if (found) shop_keys(errand, &merchant);
    db_rollback(errand->room->db);
    return found ? ERR_OK : fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
}

static enum err rate_write(struct tx *tx, struct errand *errand, void *result) {
    const struct merchant_id *id = result;
    json_int_t rate = json_integer_value(json_object_get(errand->args, "rate"));
    bool in_range = rate >= SETTLEMENT_RATE_DEFAULT && rate <= SETTLEMENT_RATE_MAX;
    return in_range ? settlement_set_rate(tx, *id, (int)rate, &errand->fault)
                    : fault_field(&errand->fault, ERR_BAD_FIELD, "/rate");
}

static enum err run_merchant_fee(struct errand *errand) {
    struct merchant_id id;
    if (!arg_merchant(errand, &id)) return fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
    enum err err = errand_write(errand, rate_write, &id);
    return err == ERR_OK ? run_merchant_show(errand) : err;
}

/* --- the sandbox's --- */

/* Calls the sandbox bank and opens its answer; NULL: fault says that it is out of reach. */
static json_t *ask_bank(struct errand *errand, const char *path, const char *body) {
    json_t *answer = NULL;
    struct buf reply;
    if (!errand->room->config->bank) {
        bank_fault(0, ERR_BANK_OUT_OF_REACH, &errand->fault);
        return NULL;
    }
    buf_init(&reply, BANK_REPLY_MAX);
    bool answered = bank_sandbox_call(errand->room->config->bank, path, body, &reply) &&
                    json_read_object((struct text){buf_text(&reply), reply.size}, &answer) == ERR_OK;
    buf_release(&reply);
    if (!answered) bank_fault(0, ERR_BANK_OUT_OF_REACH, &errand->fault);
    return answer;
}

static const char *string_at(const json_t *object, const char *name) {
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static void bank_inbox(struct json_out *out, const json_t *answer) {
    size_t i;
    const json_t *sms;
    json_array_foreach(json_object_get(answer, "items"), i, sms) {
        json_begin_object(out);
        json_key_str(out, "from", "bank");
        json_key_str(out, "bank", string_at(sms, "bank"));
        json_key_str(out, "phone", string_at(sms, "phone"));
        json_key_str(out, "code", string_at(sms, "code"));
        json_key_str(out, "purpose", "card");
        json_key_time(out, "at", json_integer_value(json_object_get(sms, "at")));
        json_end_object(out);
    }
}

static void wallet_inbox(struct json_out *out, struct command_room *room) {
    struct sms sms[INBOX_MAX];
    db_begin(room->db);
    size_t count = sms_inbox(room->db, room->config->keys, sms, INBOX_MAX);
    db_rollback(room->db);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(out);
        json_key_str(out, "from", "wallet");
        json_key_str(out, "bank", "");
        json_key_str(out, "phone", sms[i].phone);
        json_key_str(out, "code", sms[i].code);
        json_key_str(out, "purpose", code_purpose_row(sms[i].purpose)->name);
        json_key_time(out, "at", sms[i].created_ms);
        json_end_object(out);
    }
    crypto_wipe(sms, sizeof sms);
}

static enum err run_inbox(struct errand *errand) {
    json_t *answer = errand->room->config->bank ? ask_bank(errand, "/sandbox/inbox", "{}") : NULL;
    json_key(errand->out, "items");
    json_begin_array(errand->out);
    wallet_inbox(errand->out, errand->room);
    if (answer) bank_inbox(errand->out, answer);
    json_end_array(errand->out);
    json_key_bool(errand->out, "bank_answered", answer != NULL);
    json_decref(answer);
    return ERR_OK;
}

static enum err run_bank(struct errand *errand) {
    static const char *const modes[] = {"normal", "decline", "delay", "lose", "outage"};
    struct text mode = arg_text(errand, "mode");
    const struct bank_row *bank = bank_by_code(arg_text(errand, "bank"));
    char body[100];
    size_t at = 0;
    if (mode.n > 0) {
        if (!bank) return fault_field(&errand->fault, ERR_BAD_FIELD, "/bank");
        while (at < sizeof modes / sizeof modes[0] && !text_is(mode, modes[at])) at++;
        if (at == sizeof modes / sizeof modes[0]) return fault_field(&errand->fault, ERR_BAD_FIELD, "/mode");
        snprintf(body, sizeof body, "{\"bank\":\"%s\",\"mode\":\"%s\"}", bank->code, modes[at]);
        json_t *set = ask_bank(errand, "/sandbox/modes", body);
        if (!set) return errand->fault.code;
        json_decref(set);
    }
    json_t *state = ask_bank(errand, "/sandbox/state", "{}");
    if (!state) return errand->fault.code;
    const char *name;
    json_t *value;
    json_key(errand->out, "modes");
    json_begin_object(errand->out);
    json_object_foreach(json_object_get(state, "modes"), name, value) {
        json_key_str(errand->out, name, json_string_value(value));
    }
    json_end_object(errand->out);
    json_key_bool(errand->out, "adds_up", json_is_true(json_object_get(state, "adds_up")));
    json_decref(state);
    return ERR_OK;
}

static enum err clock_write(struct tx *tx, struct errand *errand, void *result) {
    int64_t by_ms = json_integer_value(json_object_get(errand->args, "advance_ms"));
    return sandbox_clock_advance(tx, by_ms, &errand->fault, result);
}

static enum err run_clock(struct errand *errand) {
    int64_t offset_ms = clock_offset_ms();
    if (json_integer_value(json_object_get(errand->args, "advance_ms")) != 0) {
        enum err err = errand_write(errand, clock_write, &offset_ms);
        if (err != ERR_OK) return err;
    }
    json_key_i64(errand->out, "offset_ms", offset_ms);
    json_key_time(errand->out, "time", clock_now_ms());
    return ERR_OK;
}

/* --- the day's end --- */

enum { DIFFERENCES_SHOWN = 100, DOUBTS_SHOWN = 100 };

static void fen_key(struct json_out *out, const char *key, int64_t fen) {
    json_key_i64(out, key, fen);
}

static void difference_value(struct json_out *out, const struct difference *d) {
    const struct difference_row *row = difference_row(d->kind);
    char date[CIVIL_TEXT_MAX] = "";
    if (d->day) civil_text(civil_day_start_ms(d->day), date);
    json_begin_object(out);
    json_key_str(out, "difference", row->name);
    json_key_str(out, "bank", bank_by_no(d->bank)->code);
    json_key_text(out, "day", (struct text){date, d->day ? 10 : 0});
    json_key_str(out, "message_id", d->message);
    fen_key(out, "ours", d->ours_fen);
    fen_key(out, "theirs", d->theirs_fen);
    json_key_str(out, "what_to_do", row->words);
    json_key_str(out, "what_to_do_zh", row->words_zh);
    json_end_object(out);
}

static void doubts_key(struct errand *errand) {
    struct doubt doubts[DOUBTS_SHOWN];
    char shown[PUBLIC_ID_SIZE + 1];
    db_begin(errand->room->db);
    size_t count = reconcile_doubts(errand->room->db, doubts, DOUBTS_SHOWN);
    db_rollback(errand->room->db);
    json_key(errand->out, "in_doubt");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        keys_id_show(errand->room->config->keys, ID_BANK_MESSAGE, doubts[i].order, shown);
        json_key_str(errand->out, "message_id", shown);
        keys_id_show(errand->room->config->keys, ID_PAYMENT, doubts[i].payment.n, shown);
        json_key_str(errand->out, "payment", shown);
        json_key_str(errand->out, "bank", bank_by_no(doubts[i].bank)->code);
        json_key_str(errand->out, "kind", doubts[i].kind == BANK_DEBIT ? "debit" : "credit");
        fen_key(errand->out, "amount", doubts[i].amount.fen);
        json_key_i64(errand->out, "age_s", (clock_now_ms() - doubts[i].created_ms) / 1000);
        json_key_i64(errand->out, "tries", doubts[i].tries);
        json_key_time(errand->out, "next_probe", doubts[i].due_ms);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
}

struct tally {
    int64_t days, lines, legs, matched;
    struct difference found[DIFFERENCES_SHOWN];
    size_t count;
};

static void reconcile_bank(struct errand *errand, int bank, int64_t only_day, struct tally *tally) {
    struct db *db = errand->room->db;
    struct statement kept;
    db_begin(db);
    int64_t after = statement_next_day(db, bank), day = only_day ? only_day : after - DAYS_RECONCILED;
    for (; day < (only_day ? only_day + 1 : after) && tally->count < DIFFERENCES_SHOWN; day++) {
        struct reconciled sum;
        if (!statement_find(db, bank, day, &kept)) continue;
        tally->count +=
            reconcile_day(db, bank, day, tally->found + tally->count, DIFFERENCES_SHOWN - tally->count, &sum);
        tally->days++;
        tally->lines += sum.lines;
        tally->legs += sum.legs;
        tally->matched += sum.matched;
    }
    db_rollback(db);
    int64_t ledger_fen, orders_fen;
    bool agrees = statements_ledger_agrees(db, errand->room->config->ledger, bank, &ledger_fen, &orders_fen);
    if (!agrees && tally->count < DIFFERENCES_SHOWN)
        tally->found[tally->count++] = (struct difference){.kind = DIFFERENCE_LEDGER,
                                                           .bank = bank,
                                                           .ours_fen = ledger_fen,
                                                           .theirs_fen = orders_fen};
}

static enum err run_reconcile(struct errand *errand) {
    struct text day_text = arg_text(errand, "day"), code = arg_text(errand, "bank");
    const struct bank_row *only = code.n ? bank_by_code(code) : NULL;
    struct tally tally = {0};
    size_t banks_count;
    const struct bank_row *banks = bank_rows(&banks_count);
    int64_t day = 0;
    if (code.n && !only) return fault_field(&errand->fault, ERR_BAD_FIELD, "/bank");
    if (day_text.n && !civil_day_parse(day_text, &day))
        return fault_field(&errand->fault, ERR_BAD_FIELD, "/day");
    struct statements_brought brought = {0};
    if (errand->room->config->statements) brought = statements_bring(errand->room->config->statements);
    for (size_t i = 0; i < banks_count; i++)
        if (!only || only == &banks[i]) reconcile_bank(errand, banks[i].no, day, &tally);
    json_key_bool(errand->out, "agrees", tally.count == 0 && !brought.silent);
    json_key_bool(errand->out, "bank_silent", brought.silent);
    json_key_i64(errand->out, "days", tally.days);
    json_key_i64(errand->out, "lines", tally.lines);
    json_key_i64(errand->out, "legs", tally.legs);
    json_key_i64(errand->out, "matched", tally.matched);
    json_key(errand->out, "differences");
    json_begin_array(errand->out);
    for (size_t i = 0; i < tally.count; i++) difference_value(errand->out, &tally.found[i]);
    json_end_array(errand->out);
    doubts_key(errand);
    return ERR_OK;
}

/* --- the table --- */

static const struct {
    const char *name;
    bool sandbox_only;
    enum err (*run)(struct errand *errand);
} commands[] = {
    {"status", false, run_status},
    {"audit", false, run_audit},
    {"clock-accept", false, run_clock_accept},
    {"merchant-add", false, run_merchant_add},
    {"merchant-list", false, run_merchant_list},
    {"merchant-show", false, run_merchant_show},
    {"merchant-fee", false, run_merchant_fee},
    {"index-status", false, run_index_status},
    {"index-rebuild", false, run_index_rebuild},
    {"reconcile", false, run_reconcile},
    {"inbox", true, run_inbox},
    {"bank", true, run_bank},
    {"clock", true, run_clock},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static enum err errand_run(struct errand *errand) {
    struct text name = arg_text(errand, "command");
    size_t at = 0;
    while (at < COMMANDS && !text_is(name, commands[at].name)) at++;
    if (at == COMMANDS) return fault_set(&errand->fault, ERR_NO_ROUTE);
    if (commands[at].sandbox_only && !errand->room->config->settings->sandbox)
        return fault_set(&errand->fault, ERR_NO_ROUTE);
    return commands[at].run(errand);
}

static void write_error(struct json_out *out, const struct fault *fault) {
    struct buf words;
    buf_init(&words, 1024);
    fault_text(fault, LANG_EN, &words);
    json_key(out, "error");
    json_begin_object(out);
    json_key_str(out, "code", err_name(fault->code));
    json_key_str(out, "field", fault->field);
    json_key_str(out, "message", buf_text(&words));
    json_end_object(out);
    buf_release(&words);
}

void command_answer(struct command_room *room, struct text line, struct buf *answer) {
    json_t *args = NULL;
    struct buf result;
    buf_init(&result, CONTROL_ANSWER_MAX);
    struct json_out inner = json_out_to(&result), outer = json_out_to(answer);
    struct errand errand = {.room = room, .out = &inner};
    json_begin_object(&inner);
    enum err err = json_read_object(line, &args);
    if (err != ERR_OK) fault_set(&errand.fault, err);
    errand.args = args;
    if (err == ERR_OK) err = errand_run(&errand);
    json_end_object(&inner);

    json_begin_object(&outer);
    json_key_bool(&outer, "ok", err == ERR_OK);
    if (err == ERR_OK) {
        json_key(&outer, "result");
        json_raw(&outer, (struct text){buf_text(&result), result.size});
    } else {
        write_error(&outer, &errand.fault);
    }
    json_end_object(&outer);
    json_decref(args);
    buf_release(&result);
}
