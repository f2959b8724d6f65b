/* SPDX-License-Identifier: Apache-2.0 */
/* The books: proven again from their rows. */
#include "edge/control/books.h"

#include <inttypes.h>

#include "base/money.h"
#include "edge/auditor/auditor.h"
#include "edge/control/command.h"
#include "edge/control/page.h"
#include "edge/control/staff.h"
#include "wallet/books.h"
#include "wallet/person.h"

void books_audit_keys(struct json_out *out, enum err end, const struct ledger_audit *audit, int64_t took_ms) {
    json_key_bool(out, "holds", end == ERR_OK);
    json_key_i64(out, "entries", (int64_t)audit->entries);
    json_key_i64(out, "rows", (int64_t)audit->rows);
    json_key_i64(out, "accounts", (int64_t)audit->accounts);
    json_key_i64(out, "pages", (int64_t)audit->pages);
    json_key_i64(out, "digests", (int64_t)audit->digests);
    json_key_i64(out, "differences", (int64_t)audit->differences);
    json_key_i64(out, "first_bad_entry", (int64_t)audit->first_bad_entry);
    json_key_bool(out, "everybody", audit->everybody);
    json_key_i64(out, "accounts_touched", (int64_t)audit->touched_count);
    json_key_i64(out, "debits_posted", audit->debits_posted);
    json_key_i64(out, "credits_posted", audit->credits_posted);
    json_key_bool(out, "memory_checked", audit->memory_checked);
    json_key_str(out, "words", audit->words);
    json_key_i64(out, "took_ms", took_ms);
}

static bool tell(void *arg, uint64_t done, uint64_t all) {
    errand_tell(arg, "entries", done, all);
    return true;
}

static enum err prove(struct errand *errand, struct ledger_audit *audit, int64_t *took_ms) {
    const struct command_room *room = errand->room;
    return auditor_prove(room->config->auditor, room->db, tell, errand, audit, took_ms);
}

static enum err run_audit(struct errand *errand) {
    struct ledger_audit audit;
    int64_t took_ms;
    enum err end = prove(errand, &audit, &took_ms);
    if (end != ERR_OK && end != ERR_CORRUPT) return fault_set(&errand->fault, end);
    books_audit_keys(errand->out, end, &audit, took_ms);
    return ERR_OK;
}

static const char *reach_words(const json_t *result) {
    if (page_is(result, "everybody"))
        return "everybody's; the server shows none, and nothing moves until it holds again";
    if (page_i64(result, "accounts_touched") > 0)
        return "those that qianbao books list names; they are stopped, and a case is open for each";
    return "nobody's; see qianbao books list";
}

enum command_end books_audit_show(const json_t *result, FILE *out) {
    bool holds = page_is(result, "holds");
    char debits[MONEY_TEXT_MAX], credits[MONEY_TEXT_MAX];
    money_text((struct money){page_i64(result, "debits_posted")}, debits);
    money_text((struct money){page_i64(result, "credits_posted")}, credits);
    fprintf(out,
            "%" PRId64 " entries in %" PRId64 " rows, %" PRId64 " accounts, %" PRId64 " pages, %" PRId64
            " digests; %" PRId64 " ms\n",
            page_i64(result, "entries"), page_i64(result, "rows"), page_i64(result, "accounts"),
            page_i64(result, "pages"), page_i64(result, "digests"), page_i64(result, "took_ms"));
    if (!holds) {
        fprintf(out,
                "The books do NOT hold: %s (entry %" PRId64 "; differences: %" PRId64 ").\n"
                "Figures in question: %s.\n"
                "Stop the server, keep a copy of the store, and do not pay out until it is explained.\n",
                page_text(result, "words"), page_i64(result, "first_bad_entry"),
                page_i64(result, "differences"), reach_words(result));
        return COMMAND_END_DIFFERENCE;
    }
    fprintf(out,
            "The books hold:\n"
            "  every entry is chained to the one before it, and no row was changed, added or taken out;\n"
            "  every balance follows from the entries%s;\n"
            "  what was paid and what was received are the same: %s = %s.\n",
            page_is(result, "memory_checked") ? ", and the server's memory says the same" : "", debits,
            credits);
    return COMMAND_END_DONE;
}

/* --- what was found --- */

static const char *const reaches[] =
    {[BOOKS_NOBODY] = "nobody", [BOOKS_ACCOUNT] = "account", [BOOKS_EVERYBODY] = "everybody"};

static void finding_keys(struct errand *errand, struct view *view, const struct finding *f) {
    struct person person;
    char closed_by[STAFF_NAME_BYTES] = "";
    bool known = f->person.n && person_find(view->db, view->keys, f->person, &person);
    errand_key_id(errand, "id", ID_FINDING, f->id);
    json_key_time(errand->out, "found_at", f->found_ms);
    json_key_str(errand->out, "by", f->by == BOOKS_BY_AUDIT ? "audit" : "recount");
    json_key_str(errand->out, "reach", reaches[f->reach]);
    json_key_i64(errand->out, "account", (int64_t)f->account.n);
    json_key_str(errand->out, "person", known ? person.phone_masked : "");
    json_key_i64(errand->out, "entry", (int64_t)f->entry);
    json_key_str(errand->out, "words", f->words);
    json_key_time(errand->out, "closed_at", f->ended_ms);
    if (f->ended_by.n) staff_name_of(view->db, f->ended_by, closed_by);
    json_key_str(errand->out, "closed_by", closed_by);
}

static enum err run_list(struct errand *errand) {
    static struct finding findings[BOOKS_LISTED_MAX]; /* one errand at a time */
    struct view view = errand_read(errand);
    size_t count = books_list(view.db, errand_switch(errand, "all"), findings, BOOKS_LISTED_MAX);
    json_key(errand->out, "items");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        finding_keys(errand, &view, &findings[i]);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
    json_key_bool(errand->out, "more", count == BOOKS_LISTED_MAX);
    errand_read_end(errand);
    return ERR_OK;
}

struct closing {
    struct staff by;
    uint64_t id;
    struct finding finding;
};

static enum err close_write(struct tx *tx, struct errand *errand, void *result) {
    struct closing *closing = result;
    return books_close(tx, &closing->by, closing->id, errand_text(errand, "reason"), &errand->fault,
                       &closing->finding);
}

/* Whoever says that it is explained shows it: the books must hold again. */
static enum err run_close(struct errand *errand) {
    struct closing closing;
    struct ledger_audit audit;
    int64_t took_ms;
    enum err err = errand_staff(errand, &closing.by);
    if (err != ERR_OK) return err;
    if (!errand_id(errand, "id", ID_FINDING, &closing.id))
        return fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
    err = prove(errand, &audit, &took_ms);
    if (err != ERR_OK) return fault_set(&errand->fault, err == ERR_CORRUPT ? ERR_BOOKS_DIFFER : err);
    err = errand_write(errand, close_write, &closing);
    if (err != ERR_OK) return err;
    struct view view = errand_read(errand);
    finding_keys(errand, &view, &closing.finding);
    errand_read_end(errand);
    return ERR_OK;
}

/* --- the table --- */

static const struct command_arg list_args[] = {{"all", "", ARG_SWITCH, ARG_OPTION}, {0}};
static const struct command_arg close_args[] = {STAFF_ARG,
                                                {"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                                {"reason", "TEXT", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                                {0}};

const struct command_row books_commands[] = {
    {.words = "audit",
     .about = "prove the books: every balance from its entries, every hash, both sides equal",
     .run = run_audit,
     .show = books_audit_show,
     .more = "What does not hold has consequences at once: the figures in question are withheld, their "
             "wallets are stopped and a case is opened for each; when the chain itself does not hold, "
             "nobody's figure is shown and nothing moves. Without a server the same is done at its next "
             "start."},
    {.words = "books list",
     .about = "what audits and recounts found that does not hold, and is not closed; --all: closed ones too",
     .args = list_args,
     .run = run_list},
    {.words = "books close",
     .about = "close a finding that is explained: proves the books first, then its wallet goes on",
     .args = close_args,
     .run = run_close},
};
const size_t books_commands_count = COMMAND_COUNT(books_commands);
