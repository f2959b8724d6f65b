/* SPDX-License-Identifier: Apache-2.0 */
/* Maintenance windows, and the server's read-only mode. */
#include "wallet/maintenance.h"

#include "base/log.h"
#include "edge/control/staff.h"
#include "wallet/bank.h"

struct act {
    struct staff by;
    struct maintenance_cmd cmd;
    struct maintenance_change change;
    struct window window;
};

static void window_keys(struct errand *errand, const struct window *w, int64_t now_ms) {
    static const char *const states[] =
        {[WINDOW_PLANNED] = "planned", [WINDOW_UNDER_WAY] = "under way", [WINDOW_OVER] = "over"};
    char shown[PUBLIC_ID_SIZE + 1], what[200] = "";
    size_t count, used = 0;
    const struct function_row *functions = function_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (w->functions & FUNCTION_BIT(functions[i].function) && used < sizeof what)
            used +=
                (size_t)snprintf(what + used, sizeof what - used, "%s%s", used ? "," : "", functions[i].name);
    if (w->bank) snprintf(what, sizeof what, "bank:%s", bank_by_no(w->bank)->code);
    keys_id_show(errand->room->config->keys, ID_WINDOW, w->id, shown);
    json_key_str(errand->out, "id", shown);
    json_key_str(errand->out, "state", states[window_state(w, now_ms)]);
    json_key_str(errand->out, "what", w->everything ? "everything" : what);
    json_key_bool(errand->out, "emergency", w->emergency);
    json_key_time(errand->out, "starts_at", w->starts_ms);
    json_key_time(errand->out, "ends_at", w->ends_ms);
    json_key_str(errand->out, "words", w->words[LANG_EN]);
    json_key_str(errand->out, "words_zh", w->words[LANG_ZH]);
    json_key_str(errand->out, "progress", w->progress[LANG_EN]);
    json_key_str(errand->out, "progress_zh", w->progress[LANG_ZH]);
}

static enum err run_list(struct errand *errand) {
    static struct windows windows; /* one errand at a time */
    struct maintenance *maintenance = errand->room->config->maintenance;
    struct view view = errand_read(errand);
    errand_read_end(errand);
    maintenance_read(maintenance, &windows);
    json_key_bool(errand->out, "read_only", atomic_load(&maintenance->read_only));
    json_key(errand->out, "items");
    json_begin_array(errand->out);
    for (size_t i = 0; i < windows.count; i++) {
        json_begin_object(errand->out);
        window_keys(errand, &windows.rows[i], view.now_ms);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
    return ERR_OK;
}

/* "topup,transfer", "bank:CMB" or "everything". */
static bool read_what(struct text what, struct maintenance_cmd *cmd) {
    if (text_is(what, "everything")) {
        cmd->everything = true;
        return true;
    }
    if (text_starts(what, "bank:")) {
        const struct bank_row *bank = bank_by_code((struct text){what.p + 5, what.n - 5});
        if (bank) cmd->bank = bank->no;
        return bank != NULL;
    }
    while (what.n > 0) {
        enum function function = function_of_name(text_cut(&what, ','));
        if (function == FUNCTION_NONE) return false;
        cmd->functions |= FUNCTION_BIT(function);
    }
    return cmd->functions != 0;
}

static enum err add_write(struct tx *tx, struct errand *errand, void *result) {
    struct act *act = result;
    return maintenance_add(tx, &act->by, &act->cmd, &errand->fault, &act->window);
}

static enum err change_write(struct tx *tx, struct errand *errand, void *result) {
    struct act *act = result;
    return maintenance_change(tx, &act->by, &act->change, &errand->fault, &act->window);
}

static enum err act_run(struct errand *errand, struct act *act,
                        enum err (*write)(struct tx *, struct errand *, void *)) {
    enum err err = errand_write(errand, write, act);
    if (err != ERR_OK) return err;
    struct view view = errand_read(errand);
    errand_read_end(errand);
    window_keys(errand, &act->window, view.now_ms);
    return ERR_OK;
}

static enum err run_add(struct errand *errand) {
    struct act act = {0};
    enum err err = errand_staff(errand, &act.by);
    if (err != ERR_OK) return err;
    if (!read_what(errand_text(errand, "what"), &act.cmd))
        return fault_field(&errand->fault, ERR_BAD_FIELD, "/what");
    act.cmd.in_ms = errand_i64(errand, "in");
    act.cmd.for_ms = errand_i64(errand, "for");
    act.cmd.emergency = errand_switch(errand, "emergency");
    act.cmd.words = errand_text(errand, "words");
    act.cmd.words_zh = errand_text(errand, "words_zh");
    return act_run(errand, &act, add_write);
}

static enum err run_change(struct errand *errand, bool ends) {
    struct act act = {0};
    enum err err = errand_staff(errand, &act.by);
    if (err != ERR_OK) return err;
    if (!errand_id(errand, "id", ID_WINDOW, &act.change.id))
        return fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
    act.change.ends = ends;
    act.change.for_ms = errand_i64(errand, "for");
    act.change.progress = errand_text(errand, "progress");
    act.change.progress_zh = errand_text(errand, "progress_zh");
    return act_run(errand, &act, change_write);
}

static enum err run_tell(struct errand *errand) {
    return run_change(errand, false);
}

static enum err run_end(struct errand *errand) {
    return run_change(errand, true);
}

struct switching {
    struct staff by;
    bool on;
};

static enum err readonly_write(struct tx *tx, struct errand *errand, void *result) {
    struct switching *switching = result;
    return maintenance_readonly(tx, &switching->by, switching->on, &errand->fault);
}

static enum err run_readonly(struct errand *errand) {
    struct switching switching = {.on = text_is(errand_text(errand, "mode"), "on")};
    enum err err = errand_staff(errand, &switching.by);
    if (err == ERR_OK) err = errand_write(errand, readonly_write, &switching);
    if (err != ERR_OK) return err;
    log_warn("control: the server %s", switching.on ? "only reads from now on" : "writes again");
    json_key_bool(errand->out, "read_only", switching.on);
    return ERR_OK;
}

/* --- the table --- */

static const struct command_arg add_args[] = {STAFF_ARG,
                                              {"what", "topup,transfer", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"for", "2h", ARG_DURATION, ARG_OPTION | ARG_REQUIRED},
                                              {"in", "24h", ARG_DURATION, ARG_OPTION},
                                              {"words", "WORDS", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"words_zh", "WORDS", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"emergency", "", ARG_SWITCH, ARG_OPTION},
                                              {0}};
static const struct command_arg tell_args[] = {STAFF_ARG,
                                               {"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                               {"progress", "WORDS", ARG_TEXT, ARG_OPTION},
                                               {"progress_zh", "WORDS", ARG_TEXT, ARG_OPTION},
                                               {"for", "2h", ARG_DURATION, ARG_OPTION},
                                               {0}};
static const struct command_arg end_args[] = {STAFF_ARG, {"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED}, {0}};
static const struct command_arg readonly_args[] = {{"mode", "on|off", ARG_TEXT, ARG_REQUIRED}, STAFF_ARG, {0}};

const struct command_row maintenance_commands[] = {
    {.words = "maintenance list", .about = "what rests, will rest and did, newest first", .run = run_list},
    {.words = "maintenance add",
     .about = "let a function, a bank or everything but reading rest",
     .args = add_args,
     .run = run_add,
     .more = "--what is functions by name with commas between, bank:CODE, or everything. Without --in it "
             "begins now."},
    {.words = "maintenance tell",
     .about = "say how far it is, or how long from now it goes on",
     .args = tell_args,
     .run = run_tell},
    {.words = "maintenance end", .about = "it is over", .args = end_args, .run = run_end},
    {.words = "maintenance readonly",
     .about = "take nothing that people ask but reading",
     .args = readonly_args,
     .run = run_readonly,
     .more = "Counts until it is switched off or the server starts again (setting read_only). What banks "
             "answer is still written down."},
};
const size_t maintenance_commands_count = COMMAND_COUNT(maintenance_commands);
