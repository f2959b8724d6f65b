/* SPDX-License-Identifier: Apache-2.0 */
/* The staff: who they are, and what they did. */
#include "edge/control/staff.h"

#include "base/log.h"
#include "edge/control/page.h"
#include "wallet/password.h"
#include "wallet/throttle.h"

/* --- proving who one is --- */

static enum err wrong_write(struct tx *tx, struct errand *errand, void *result) {
    (void)result;
    return throttle_count(tx, THROTTLE_STAFF, errand_text(errand, "by"), &errand->fault);
}

static void tell_resets(struct errand *errand, struct staff_id to) {
    struct staff_was_reset resets[STAFF_RESETS_TOLD_MAX];
    struct view view = errand_read(errand);
    size_t count = staff_resets(view.db, to, resets);
    errand_read_end(errand);
    if (count == 0) return;
    json_key(errand->out, "staff_resets");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        json_key_str(errand->out, "name", resets[i].name);
        json_key_time(errand->out, "at", resets[i].at_ms);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
}

enum err errand_staff(struct errand *errand, struct staff *out) {
    struct text name = errand_text(errand, "by"), passphrase = errand_text(errand, "passphrase");
    struct staff staff;
    if (name.n == 0) return fault_set(&errand->fault, ERR_STAFF_UNKNOWN);
    struct view view = errand_read(errand);
    enum err err =
        throttle_ask(view.db, view.keys, view.rules, THROTTLE_STAFF, name, view.now_ms, &errand->fault);
    bool known = err == ERR_OK && staff_find(view.db, name, &staff) && staff.ended_ms == 0;
    errand_read_end(errand);
    if (err != ERR_OK) return err;
    if (!known) password_verify_dummy(passphrase);
    if (known && password_verify(staff.hash, passphrase)) {
        *out = staff;
        tell_resets(errand, staff.id);
        return ERR_OK;
    }
    err = errand_write(errand, wrong_write, NULL);
    return err == ERR_OK ? fault_set(&errand->fault, ERR_WRONG_PASSPHRASE) : err;
}

/* --- the commands --- */

struct adding {
    const struct staff *by; /* NULL: the operator, for the first one */
    char hash[PASSWORD_HASH_MAX];
    struct staff made;
};

static enum err add_write(struct tx *tx, struct errand *errand, void *result) {
    struct adding *adding = result;
    struct staff_add_cmd cmd = {errand_text(errand, "name"), adding->hash};
    return staff_add(tx, adding->by, &cmd, &errand->fault, &adding->made);
}

static enum err run_add(struct errand *errand) {
    struct text chosen = errand_text(errand, "new_passphrase"), name = errand_text(errand, "name");
    struct adding adding = {0};
    struct staff by;
    enum err err = ERR_OK;
    if (errand_text(errand, "by").n > 0) {
        err = errand_staff(errand, &by);
        adding.by = &by;
    }
    if (err == ERR_OK) err = password_check(chosen, (struct text){"", 0}, name, &errand->fault);
    if (err == ERR_OK && password_hash(chosen, adding.hash) != ERR_OK)
        err = fault_set(&errand->fault, ERR_INTERNAL);
    if (err == ERR_OK) err = errand_write(errand, add_write, &adding);
    if (err != ERR_OK) return err;
    json_key_str(errand->out, "name", adding.made.name);
    json_key_time(errand->out, "added_at", adding.made.added_ms);
    return ERR_OK;
}

static enum err reset_write(struct tx *tx, struct errand *errand, void *result) {
    struct staff_add_cmd cmd = {errand_text(errand, "name"), result};
    return staff_reset(tx, &cmd, errand_text(errand, "reason"), &errand->fault);
}

/* Nobody's passphrase is asked: who opens the socket owns the machine, and with it the keys. */
static enum err run_reset(struct errand *errand) {
    struct text chosen = errand_text(errand, "new_passphrase"), name = errand_text(errand, "name");
    char hash[PASSWORD_HASH_MAX];
    enum err err = password_check(chosen, (struct text){"", 0}, name, &errand->fault);
    if (err == ERR_OK && password_hash(chosen, hash) != ERR_OK) err = fault_set(&errand->fault, ERR_INTERNAL);
    if (err == ERR_OK) err = errand_write(errand, reset_write, hash);
    if (err != ERR_OK) return err;
    log_warn("control: the operator gave one of the staff another passphrase");
    json_key_text(errand->out, "name", name);
    json_key_bool(errand->out, "reset", true);
    return ERR_OK;
}

static enum err end_write(struct tx *tx, struct errand *errand, void *result) {
    return staff_end(tx, result, errand_text(errand, "name"), &errand->fault);
}

static enum err run_end(struct errand *errand) {
    struct staff by;
    enum err err = errand_staff(errand, &by);
    if (err == ERR_OK) err = errand_write(errand, end_write, &by);
    if (err != ERR_OK) return err;
    json_key_text(errand->out, "name", errand_text(errand, "name"));
    json_key_bool(errand->out, "ended", true);
    return ERR_OK;
}

static enum err run_list(struct errand *errand) {
    static struct staff staff[STAFF_MAX]; /* one errand at a time */
    struct view view = errand_read(errand);
    size_t count = staff_list(view.db, staff);
    json_key(errand->out, "items");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        json_key_str(errand->out, "name", staff[i].name);
        json_key_time(errand->out, "added_at", staff[i].added_ms);
        json_key_time(errand->out, "ended_at", staff[i].ended_ms);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
    errand_read_end(errand);
    return ERR_OK;
}

enum { LOG_SHOWN_MAX = 200 };

static void by_key(struct errand *errand, struct view *view, const struct audit_by *by) {
    char name[STAFF_NAME_BYTES] = "";
    if (by->kind == AUDIT_BY_STAFF) staff_name_of(view->db, (struct staff_id){by->id}, name);
    json_key_str(errand->out, "by", name[0] ? name : audit_by_name(by->kind));
}

static void subject_key(struct errand *errand, struct view *view, const struct audit_line *line) {
    char shown[STAFF_NAME_BYTES] = "";
    enum id_kind kind = audit_subject_id(line->subject_kind);
    if (line->subject_kind == AUDIT_OF_STAFF)
        staff_name_of(view->db, (struct staff_id){line->subject}, shown);
    else if (kind) keys_id_show(view->keys, kind, line->subject, shown);
    json_key_str(errand->out, "subject", shown);
}

static enum err run_log(struct errand *errand) {
    static struct audit_line lines[LOG_SHOWN_MAX]; /* one errand at a time */
    struct view view = errand_read(errand);
    size_t count = audit_log_list(view.db, 0, 0, 0, lines, LOG_SHOWN_MAX);
    json_key(errand->out, "items");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        json_key_time(errand->out, "at", lines[i].at_ms);
        by_key(errand, &view, &lines[i].by);
        json_key_str(errand->out, "act", audit_act_name(lines[i].act));
        subject_key(errand, &view, &lines[i]);
        json_key_str(errand->out, "reason", lines[i].reason);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
    json_key_bool(errand->out, "more", count == LOG_SHOWN_MAX);
    errand_read_end(errand);
    return ERR_OK;
}

/* --- the table --- */

static const struct command_arg add_args[] = {{"name", "NAME", ARG_TEXT, ARG_REQUIRED},
                                              {"by", "NAME", ARG_STAFF, ARG_OPTION},
                                              {"new_passphrase", "", ARG_PASSPHRASE, ARG_OPTION},
                                              {0}};
static const struct command_arg reset_args[] = {{"name", "NAME", ARG_TEXT, ARG_REQUIRED},
                                                {"reason", "TEXT", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                                {"new_passphrase", "", ARG_PASSPHRASE, ARG_OPTION},
                                                {0}};
static const struct command_arg end_args[] = {{"name", "NAME", ARG_TEXT, ARG_REQUIRED}, STAFF_ARG, {0}};

const struct command_row staff_commands[] = {
    {.words = "staff add",
     .about = "add one of the staff, with a passphrase of their own; --by one of them, but for the first",
     .args = add_args,
     .run = run_add,
     .more = "A passphrase is asked on the terminal, or is QIANBAO_PASSPHRASE (of --by) and "
             "QIANBAO_NEW_PASSPHRASE, or "
             "a line of the input each."},
    {.words = "staff end", .about = "from now on this name does nothing", .args = end_args, .run = run_end},
    {.words = "staff reset",
     .about = "give one of the staff who lost theirs another passphrase; only on the machine itself",
     .args = reset_args,
     .run = run_reset,
     .more = "Nobody has to prove anything: whoever may open the server's socket owns the machine. So it is "
             "written to the log as the operator's act, and everybody of the staff is told with the next "
             "thing that they do. The passphrase is asked as for staff add."},
    {.words = "staff list", .about = "the staff, and since when", .run = run_list},
    {.words = "staff log", .about = "what was done, by whom, to whom and why; newest first", .run = run_log},
};
const size_t staff_commands_count = COMMAND_COUNT(staff_commands);
