/* SPDX-License-Identifier: Apache-2.0 */
/* Cases, from our side: the queue, one with its evidence, answering, deciding. */
#include "wallet/case.h"

#include "edge/control/page.h"
#include "edge/control/staff.h"
#include "kit/json/json_in.h"
#include "wallet/evidence.h"
#include "wallet/person.h"

static void case_keys(struct errand *errand, const struct view *view, const struct case_file *file) {
    char shown[PUBLIC_ID_SIZE + 1];
    struct person person;
    const struct case_decision_row *decision = case_decision_row(file->kind, file->decision);
    keys_id_show(view->keys, ID_CASE, file->id, shown);
    json_key_str(errand->out, "id", shown);
    json_key_str(errand->out, "kind", case_kind_row(file->kind)->name);
    json_key_str(errand->out, "step", case_step_row(file->step)->name);
    json_key_time(errand->out, "due_at", file->due_ms);
    json_key_bool(errand->out, "late", file->due_ms > 0 && file->due_ms < view->now_ms);
    bool known = person_find(view->db, view->keys, file->person, &person);
    json_key_str(errand->out, "person", known ? person.phone_masked : "");
    json_key_time(errand->out, "opened_at", file->opened_ms);
    json_key_str(errand->out, "decision", decision ? decision->name : NULL);
}

static enum err run_list(struct errand *errand) {
    static struct case_file files[CASES_LISTED_MAX]; /* one errand at a time */
    struct view view = errand_read(errand);
    size_t count = case_queue(view.db, files, CASES_LISTED_MAX);
    json_key(errand->out, "items");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        case_keys(errand, &view, &files[i]);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
    json_key_bool(errand->out, "more", count == CASES_LISTED_MAX);
    errand_read_end(errand);
    return ERR_OK;
}

static void lines_key(struct errand *errand, const struct view *view, const struct case_file *file) {
    static struct case_line lines[CASE_LINES_MAX]; /* one errand at a time */
    size_t count = case_lines(view->db, file->id, 0, lines, CASE_LINES_MAX);
    json_key(errand->out, "lines");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        char name[STAFF_NAME_BYTES] = "";
        const struct case_decision_row *decision = case_decision_row(file->kind, lines[i].decision);
        if (lines[i].by.kind == AUDIT_BY_STAFF)
            staff_name_of(view->db, (struct staff_id){lines[i].by.id}, name);
        json_begin_object(errand->out);
        json_key_time(errand->out, "at", lines[i].at_ms);
        json_key_str(errand->out, "by", name[0] ? name : audit_by_name(lines[i].by.kind));
        json_key_str(errand->out, "what", case_what_name(lines[i].what));
        json_key_str(errand->out, "decision", decision ? decision->name : NULL);
        json_key_str(errand->out, "words", lines[i].words);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
}

static void decisions_key(struct errand *errand, enum case_kind kind) {
    size_t count;
    const struct case_decision_row *rows = case_decision_rows(&count);
    json_key(errand->out, "decisions");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++)
        if ((rows[i].kind == 0 || rows[i].kind == kind) && !rows[i].by_person)
            json_str(errand->out, rows[i].name);
    json_end_array(errand->out);
}

static enum err run_show(struct errand *errand) {
    struct case_file file;
    struct buf pack;
    uint64_t id;
    if (!errand_id(errand, "id", ID_CASE, &id)) return fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
    struct view view = errand_read(errand);
    bool found = case_find(view.db, id, &file);
    if (found) {
        buf_init(&pack, EVIDENCE_MAX);
        case_pack(view.db, id, &pack);
        case_keys(errand, &view, &file);
        decisions_key(errand, file.kind);
        lines_key(errand, &view, &file);
        json_key(errand->out, "evidence");
        json_raw(errand->out, (struct text){buf_text(&pack), pack.size});
        buf_release(&pack);
    }
    errand_read_end(errand);
    return found ? ERR_OK : fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
}

/* --- what staff do --- */

struct act {
    struct staff by;
    uint64_t id;
    struct case_file file;
};

/* The words as a verb takes them. */
static enum err words_of(struct errand *errand, bool needed, struct text *out) {
    *out = errand_text(errand, "words");
    bool good = case_words_valid(*out) && (out->n > 0 || !needed);
    return good ? ERR_OK : fault_field(&errand->fault, ERR_BAD_FIELD, "/words");
}

static enum err say_write(struct tx *tx, struct errand *errand, void *result) {
    struct act *act = result;
    return case_tell(tx, &act->by, act->id, errand_text(errand, "words"), errand_switch(errand, "ask"),
                     &errand->fault, &act->file);
}

static enum err decide_write(struct tx *tx, struct errand *errand, void *result) {
    struct act *act = result;
    return case_decide(tx, &act->by, act->id, errand_text(errand, "decision"), errand_text(errand, "words"),
                       &errand->fault, &act->file);
}

static enum err run_act(struct errand *errand, bool needs_words,
                        enum err (*write)(struct tx *, struct errand *, void *)) {
    struct act act;
    struct text words;
    enum err err = errand_staff(errand, &act.by);
    if (err == ERR_OK && !errand_id(errand, "id", ID_CASE, &act.id))
        err = fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
    if (err == ERR_OK) err = words_of(errand, needs_words, &words);
    if (err == ERR_OK) err = errand_write(errand, write, &act);
    if (err != ERR_OK) return err;
    struct view view = errand_read(errand);
    case_keys(errand, &view, &act.file);
    errand_read_end(errand);
    return ERR_OK;
}

static enum err run_say(struct errand *errand) {
    return run_act(errand, true, say_write);
}

static enum err run_decide(struct errand *errand) {
    return run_act(errand, false, decide_write);
}

/* --- the table --- */

static const struct command_arg show_args[] = {{"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED}, {0}};
static const struct command_arg say_args[] = {STAFF_ARG,
                                              {"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"words", "WORDS", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"ask", "", ARG_SWITCH, ARG_OPTION},
                                              {0}};
static const struct command_arg decide_args[] = {STAFF_ARG,
                                                 {"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                                 {"decision", "DECISION", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                                 {"words", "WORDS", ARG_TEXT, ARG_OPTION},
                                                 {0}};

const struct command_row case_commands[] = {
    {.words = "case list", .about = "the open cases, those that are due first on top", .run = run_list},
    {.words = "case show",
     .about = "a case: what was said, the decisions of its kind, the evidence",
     .args = show_args,
     .run = run_show},
    {.words = "case say",
     .about = "say something to the person, or ask",
     .args = say_args,
     .run = run_say,
     .more = "With --ask the case waits for the person's answer."},
    {.words = "case decide",
     .about = "close a case with one of the decisions of its kind",
     .args = decide_args,
     .run = run_decide},
};
const size_t case_commands_count = COMMAND_COUNT(case_commands);
