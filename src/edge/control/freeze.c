/* SPDX-License-Identifier: Apache-2.0 */
/* Freezes, by the staff. */
#include "wallet/freeze.h"

#include "base/civil.h"
#include "edge/control/page.h"
#include "edge/control/staff.h"
#include "wallet/freeze_take.h"
#include "wallet/person.h"

enum { SHOWN_MAX = 200 };

/* --- what is said of one --- */

static void by_key(struct errand *errand, struct view *view, const char *key, const struct audit_by *by) {
    char name[STAFF_NAME_BYTES] = "";
    if (by->kind == AUDIT_BY_STAFF) staff_name_of(view->db, (struct staff_id){by->id}, name);
    json_key_str(errand->out, key, name[0] ? name : by->kind ? audit_by_name(by->kind) : "");
}

static void functions_key(struct errand *errand, int64_t functions) {
    size_t count;
    const struct function_row *rows = function_rows(&count);
    struct buf names;
    buf_init(&names, 256);
    for (size_t i = 0; i < count; i++)
        if (functions & FUNCTION_BIT(rows[i].function))
            buf_format(&names, "%s%s", names.size ? " " : "", rows[i].name);
    json_key_str(errand->out, "functions", buf_text(&names));
    buf_release(&names);
}

static void freeze_keys(struct errand *errand, struct view *view, const struct freeze *freeze) {
    const struct freeze_reason_row *reason = freeze_reason_row(freeze->reason);
    struct person person;
    char id[PUBLIC_ID_SIZE + 1], first[STAFF_NAME_BYTES] = "";
    keys_id_show(view->keys, ID_FREEZE, freeze->id.n, id);
    bool known = person_find(view->db, view->keys, freeze->person, &person);
    json_key_str(errand->out, "id", id);
    json_key_str(errand->out, "person", known ? person.phone_masked : "");
    json_key_str(errand->out, "kind", freeze_kind_row(reason->kind)->name);
    json_key_str(errand->out, "reason", reason->name);
    json_key_str(errand->out, "scope", freeze_scope_row(freeze->scope)->name);
    functions_key(errand, freeze->functions);
    json_key_i64(errand->out, "amount", freeze->amount.fen);
    json_key_i64(errand->out, "held", freeze->held.fen);
    json_key_i64(errand->out, "taken", freeze->taken.fen);
    json_key_i64(errand->out, "take_asked", freeze->take_asked.fen);
    json_key_str(errand->out, "document", freeze->document);
    json_key_time(errand->out, "since", freeze->begun_ms);
    json_key_time(errand->out, "until", freeze->expires_ms);
    by_key(errand, view, "by", &freeze->by);
    if (freeze->asked_by.n) staff_name_of(view->db, freeze->asked_by, first);
    json_key_str(errand->out, freeze->take_asked.fen ? "take_asked_by" : "released_first_by", first);
    json_key_time(errand->out, "ended_at", freeze->ended_ms);
    by_key(errand, view, "ended_by", &freeze->ended_by);
    json_key_bool(errand->out, "standing", freeze->state == FREEZE_STANDING);
    json_key_bool(errand->out, "waiting", freeze->state == FREEZE_WAITING);
}

static void freeze_show(struct errand *errand, const struct freeze *freeze) {
    struct view view = errand_read(errand);
    freeze_keys(errand, &view, freeze);
    errand_read_end(errand);
}

/* --- add --- */

static const struct {
    const char *name;
    enum freeze_reason reason;
} kinds[] = {
    /* the reason that staff give to an order of the kind */
    {"court", FREEZE_BY_COURT},   {"deceased", FREEZE_BY_DEATH}, {"compliance", FREEZE_BY_IDENTITY},
    {"security", FREEZE_BY_LOSS}, {"risk", FREEZE_BY_STAFF},
};

/* "transfer", "transfer,paycode" */
static bool functions_read(struct text names, int64_t *out) {
    *out = 0;
    while (names.n > 0) {
        enum function function = function_of_name(text_cut(&names, ','));
        if (function == FUNCTION_NONE) return false;
        *out |= FUNCTION_BIT(function);
    }
    return true;
}

static enum err cmd_read(struct errand *errand, struct freeze_cmd *cmd) {
    struct text kind = errand_text(errand, "kind"), scope = errand_text(errand, "scope");
    size_t at = 0, count;
    const struct freeze_scope_row *scopes = freeze_scope_rows(&count);
    while (at < sizeof kinds / sizeof kinds[0] && !text_is(kind, kinds[at].name)) at++;
    if (at == sizeof kinds / sizeof kinds[0]) return fault_field(&errand->fault, ERR_BAD_FIELD, "/kind");
    cmd->reason = kinds[at].reason;
    for (at = 0; at < count && !text_is(scope, scopes[at].name);) at++;
    if (at == count) return fault_field(&errand->fault, ERR_BAD_FIELD, "/scope");
    cmd->scope = scopes[at].scope;
    if (!functions_read(errand_text(errand, "function"), &cmd->functions))
        return fault_field(&errand->fault, ERR_BAD_FIELD, "/function");
    cmd->amount.fen = errand_i64(errand, "amount");
    cmd->document = errand_text(errand, "document");
    cmd->note = errand_text(errand, "reason");
    return ERR_OK;
}

struct adding {
    const struct staff *by;
    struct freeze_cmd cmd;
    struct freeze made;
};

static enum err add_write(struct tx *tx, struct errand *errand, void *result) {
    struct adding *adding = result;
    struct person person;
    struct text phone = errand_text(errand, "phone");
    struct text starts = errand_text(errand, "starts");
    int64_t for_ms = errand_i64(errand, "for");
    if (!phone_valid(phone)) return fault_field(&errand->fault, ERR_BAD_PHONE, "/phone");
    if (!person_find_by_phone(tx->db, tx->keys, phone, &person))
        return fault_field(&errand->fault, ERR_NOT_FOUND, "/phone");
    if (for_ms < 0 || for_ms > INT64_MAX / 2) return fault_field(&errand->fault, ERR_BAD_FIELD, "/for");
    if (starts.n && !civil_parse(starts, &adding->cmd.starts_ms))
        return fault_field(&errand->fault, ERR_BAD_FIELD, "/starts");
    int64_t from_ms = adding->cmd.starts_ms ? adding->cmd.starts_ms : tx->now_ms;
    adding->cmd.person = person.id;
    adding->cmd.expires_ms = for_ms ? from_ms + for_ms : 0;
    return freeze_add(tx, adding->by, &adding->cmd, &errand->fault, &adding->made);
}

static enum err run_add(struct errand *errand) {
    struct staff by;
    struct adding adding = {.by = &by};
    enum err err = errand_staff(errand, &by);
    if (err == ERR_OK) err = cmd_read(errand, &adding.cmd);
    if (err == ERR_OK) err = errand_write(errand, add_write, &adding);
    if (err == ERR_OK) freeze_show(errand, &adding.made);
    return err;
}

/* --- release --- */

struct releasing {
    const struct staff *by;
    struct freeze_release_cmd cmd;
    struct freeze freeze;
};

static enum err release_write(struct tx *tx, struct errand *errand, void *result) {
    struct releasing *releasing = result;
    return freeze_release(tx, releasing->by, &releasing->cmd, &errand->fault, &releasing->freeze);
}

static enum err run_release(struct errand *errand) {
    struct staff by;
    struct releasing releasing = {.by = &by,
                                  .cmd = {.document = errand_text(errand, "document"),
                                          .note = errand_text(errand, "reason")}};
    enum err err = errand_staff(errand, &by);
    if (err != ERR_OK) return err;
    if (!errand_id(errand, "id", ID_FREEZE, &releasing.cmd.id.n))
        return fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
    err = errand_write(errand, release_write, &releasing);
    if (err == ERR_OK) freeze_show(errand, &releasing.freeze);
    return err;
}

static enum command_end show_release(const json_t *result, FILE *out) {
    page_all(result, out);
    if (page_is(result, "standing"))
        fprintf(out, "It still stands: another one of the staff must release it too.\n");
    return COMMAND_END_DONE;
}

/* --- take --- */

struct taking {
    const struct staff *by;
    struct freeze_take_cmd cmd;
    struct freeze freeze;
};

static enum err take_write(struct tx *tx, struct errand *errand, void *result) {
    struct taking *taking = result;
    return freeze_take(tx, taking->by, &taking->cmd, &errand->fault, &taking->freeze);
}

static enum err run_take(struct errand *errand) {
    struct staff by;
    struct taking taking = {.by = &by,
                            .cmd = {.amount = {errand_i64(errand, "amount")},
                                    .document = errand_text(errand, "document"),
                                    .note = errand_text(errand, "reason")}};
    enum err err = errand_staff(errand, &by);
    if (err != ERR_OK) return err;
    if (!errand_id(errand, "id", ID_FREEZE, &taking.cmd.id.n))
        return fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
    err = errand_write(errand, take_write, &taking);
    if (err == ERR_OK) freeze_show(errand, &taking.freeze);
    return err;
}

static enum command_end show_take(const json_t *result, FILE *out) {
    page_all(result, out);
    if (page_i64(result, "take_asked") > 0)
        fprintf(out, "Nothing is taken yet: another one of the staff must take the same amount.\n");
    return COMMAND_END_DONE;
}

/* --- list --- */

static enum err run_list(struct errand *errand) {
    struct freeze freezes[SHOWN_MAX];
    struct text phone = errand_text(errand, "phone");
    struct person person;
    size_t count = 0;
    if (phone.n > 0 && !phone_valid(phone)) return fault_field(&errand->fault, ERR_BAD_PHONE, "/phone");
    struct view view = errand_read(errand);
    bool found = phone.n == 0 || person_find_by_phone(view.db, view.keys, phone, &person);
    if (found && phone.n) {
        count = freeze_list_waiting(view.db, person.id, freezes, SHOWN_MAX);
        count += freeze_list(view.db, person.id, true, freezes + count, SHOWN_MAX - count);
    }
    if (found && !phone.n) count = freeze_list_all(view.db, 0, freezes, SHOWN_MAX);
    json_key(errand->out, "items");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        freeze_keys(errand, &view, &freezes[i]);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
    json_key_bool(errand->out, "more", count == SHOWN_MAX);
    errand_read_end(errand);
    return found ? ERR_OK : fault_field(&errand->fault, ERR_NOT_FOUND, "/phone");
}

/* --- the table --- */

static const struct command_arg add_args[] = {STAFF_ARG,
                                              {"phone", "PHONE", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"kind", "court|deceased|compliance|security|risk", ARG_TEXT,
                                               ARG_OPTION | ARG_REQUIRED},
                                              {"scope", "debits|credits|both|amount|function", ARG_TEXT,
                                               ARG_OPTION | ARG_REQUIRED},
                                              {"reason", "TEXT", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"amount", "1.00", ARG_MONEY, ARG_OPTION},
                                              {"function", "F,F", ARG_TEXT, ARG_OPTION},
                                              {"document", "NO", ARG_TEXT, ARG_OPTION},
                                              {"starts", "MOMENT", ARG_TEXT, ARG_OPTION},
                                              {"for", "7d", ARG_DURATION, ARG_OPTION},
                                              {0}};
static const struct command_arg list_args[] = {{"phone", "PHONE", ARG_TEXT, ARG_OPTION}, {0}};
static const struct command_arg take_args[] = {STAFF_ARG,
                                               {"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                               {"document", "NO", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                               {"reason", "TEXT", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                               {"amount", "1.00", ARG_MONEY, ARG_OPTION},
                                               {0}};
static const struct command_arg release_args[] = {STAFF_ARG,
                                                  {"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                                  {"reason", "TEXT", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                                  {"document", "NO", ARG_TEXT, ARG_OPTION},
                                                  {0}};

const struct command_row freeze_commands[] = {
    {.words = "freeze add",
     .about = "freeze a person's money or functions; the reason goes to the log, the person sees the kind",
     .args = add_args,
     .run = run_add,
     .more = "A court's order takes the number of its document, an amount takes --amount, functions take "
             "--function "
             "(topup, withdrawal, transfer, receive, paycode, purchase, refund, settlement, card). Without "
             "--for it "
             "stands until it is released. With --starts (2026-12-01T09:00:00+08:00) it begins by itself at "
             "that moment, and the person hears of it then."},
    {.words = "freeze list",
     .about = "the freezes that stand or will begin; of one person all, highest rank first",
     .args = list_args,
     .run = run_list},
    {.words = "freeze release",
     .about = "end a freeze; a risk freeze takes two of the staff, a court's its document number",
     .args = release_args,
     .run = run_release,
     .show = show_release},
    {.words = "freeze take",
     .about = "take what is held for a court or an authority: two of the staff, with its document's number",
     .args = take_args,
     .run = run_take,
     .show = show_take,
     .more = "The first one asks, the second takes; without --amount all that is held. The money leaves the "
             "person's balance for the account of what we owe authorities; pay it by your bank to the "
             "account that the order names, and say in --reason which that is. Other freezes stand on."},
};
const size_t freeze_commands_count = COMMAND_COUNT(freeze_commands);
