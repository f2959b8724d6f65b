/* SPDX-License-Identifier: Apache-2.0 */
/* Why a person's balance is what it is, for the operator: what the person is told, in English. */
#include "wallet/explain.h"
#include "base/civil.h"
#include "edge/control/command.h"
#include "wallet/person.h"

static const struct command_arg explain_args[] = {
    {"phone", "PHONE", ARG_TEXT, ARG_REQUIRED},
    {"at", "TIME", ARG_TEXT, ARG_OPTION},
    {0},
};

static void cause_value(struct errand *errand, const struct explain_cause *cause) {
    struct buf words;
    buf_init(&words, 1024);
    json_begin_object(errand->out);
    json_key_str(errand->out, "cause", cause_row(cause->cause)->name);
    json_key_i64(errand->out, "amount", cause->amount.fen);
    cause_text(cause, LANG_EN, true, &words);
    json_key_str(errand->out, "title", buf_text(&words));
    buf_clear(&words);
    cause_text(cause, LANG_EN, false, &words);
    json_key_str(errand->out, "text", buf_text(&words));
    json_end_object(errand->out);
    buf_release(&words);
}

static enum err told(struct errand *errand, struct view *view, const struct explain_question *question,
                     struct explain *out) {
    struct person person;
    if (!person_find_by_phone(view->db, view->keys, errand_text(errand, "phone"), &person))
        return fault_set(&errand->fault, ERR_NOT_FOUND);
    struct actor actor = {.person = person.id,
                          .account = person.account,
                          .tier = person.tier,
                          .name_until_ms = person.name_until_ms,
                          .created_ms = person.created_ms};
    return explain(view, &actor, question, &errand->fault, out);
}

static enum err run_explain(struct errand *errand) {
    struct explain_question question = {0};
    struct text at = errand_text(errand, "at");
    static struct explain e; /* one errand at a time */
    if (at.n && !civil_parse(at, &question.at_ms)) return fault_field(&errand->fault, ERR_BAD_FIELD, "/at");
    struct view view = errand_read_bills(errand);
    enum err err = told(errand, &view, &question, &e);
    errand_read_end(errand);
    if (err != ERR_OK) return err;
    json_key_i64(errand->out, "posted", e.posted);
    json_key_i64(errand->out, "held", e.held);
    json_key_i64(errand->out, "available", e.available);
    json_key_i64(errand->out, "coming", e.coming_fen);
    json_key_i64(errand->out, "pocket", e.pocket);
    json_key_bool(errand->out, "being_checked", e.withheld);
    json_key_time(errand->out, "at", e.at_ms);
    json_key(errand->out, "causes");
    json_begin_array(errand->out);
    for (size_t i = 0; i < e.causes_count; i++) cause_value(errand, &e.causes[i]);
    json_end_array(errand->out);
    return ERR_OK;
}

const struct command_row explain_commands[] = {
    {.words = "explain",
     .about = "why a person's balance is what it is, or was: the causes that the person is told",
     .args = explain_args,
     .run = run_explain},
};
const size_t explain_commands_count = COMMAND_COUNT(explain_commands);
