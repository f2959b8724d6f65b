/* SPDX-License-Identifier: Apache-2.0 */
/* Announcements. */
#include "wallet/announce.h"

#include "edge/control/staff.h"
#include "wallet/person.h"

static void keys_of(struct errand *errand, const struct announcement *a) {
    static const char *const audiences[] =
        {[AUDIENCE_ALL] = "all", [AUDIENCE_TIER] = "tier", [AUDIENCE_MERCHANTS] = "merchants", [AUDIENCE_PERSON] = "person"};
    char shown[PUBLIC_ID_SIZE + 1];
    keys_id_show(errand->room->config->keys, ID_ANNOUNCEMENT, a->id, shown);
    json_key_str(errand->out, "id", shown);
    json_key_str(errand->out, "to", audiences[a->audience]);
    json_key_bool(errand->out, "pinned", a->pinned);
    json_key_time(errand->out, "from_at", a->from_ms);
    json_key_time(errand->out, "until_at", a->until_ms);
    json_key_str(errand->out, "title", a->title[LANG_EN]);
    json_key_str(errand->out, "title_zh", a->title[LANG_ZH]);
}

static enum err run_list(struct errand *errand) {
    static struct announcement items[ANNOUNCEMENTS_LISTED_MAX]; /* one errand at a time */
    struct view view = errand_read(errand);
    size_t count = announce_all(view.db, view.now_ms, items, ANNOUNCEMENTS_LISTED_MAX);
    json_key(errand->out, "items");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        keys_of(errand, &items[i]);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
    errand_read_end(errand);
    return ERR_OK;
}

struct act {
    struct staff by;
    struct announce_cmd cmd;
    struct announcement made;
    uint64_t id;
};

/* all, tier1 to tier3, merchants, or a phone. */
static bool read_audience(struct tx *tx, struct text to, struct announce_cmd *cmd) {
    struct person person;
    cmd->audience = AUDIENCE_ALL;
    if (to.n == 0 || text_is(to, "all")) return true;
    cmd->audience = AUDIENCE_MERCHANTS;
    if (text_is(to, "merchants")) return true;
    cmd->audience = AUDIENCE_TIER;
    if (to.n == 5 && text_starts(to, "tier") && to.p[4] >= '1' && to.p[4] <= '3') {
        cmd->whom = (uint64_t)(to.p[4] - '0');
        return true;
    }
    cmd->audience = AUDIENCE_PERSON;
    if (!phone_valid(to) || !person_find_by_phone(tx->db, tx->keys, to, &person)) return false;
    cmd->whom = person.id.n;
    return true;
}

static enum err add_write(struct tx *tx, struct errand *errand, void *result) {
    struct act *act = result;
    if (!read_audience(tx, errand_text(errand, "to"), &act->cmd))
        return fault_field(&errand->fault, ERR_BAD_FIELD, "/to");
    return announce_add(tx, &act->by, &act->cmd, &errand->fault, &act->made);
}

static enum err run_add(struct errand *errand) {
    static struct act act; /* one errand at a time */
    enum err err = errand_staff(errand, &act.by);
    act.cmd = (struct announce_cmd){
        .title = errand_text(errand, "title"),
        .title_zh = errand_text(errand, "title_zh"),
        .body = errand_text(errand, "body"),
        .body_zh = errand_text(errand, "body_zh"),
        .pinned = errand_switch(errand, "pinned"),
        .in_ms = errand_i64(errand, "in"),
        .for_ms = errand_i64(errand, "for"),
    };
    if (err == ERR_OK) err = errand_write(errand, add_write, &act);
    if (err == ERR_OK) keys_of(errand, &act.made);
    return err;
}

static enum err end_write(struct tx *tx, struct errand *errand, void *result) {
    struct act *act = result;
    return announce_end(tx, &act->by, act->id, &errand->fault);
}

static enum err run_end(struct errand *errand) {
    static struct act act; /* one errand at a time */
    enum err err = errand_staff(errand, &act.by);
    if (err == ERR_OK && !errand_id(errand, "id", ID_ANNOUNCEMENT, &act.id))
        err = fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
    if (err == ERR_OK) err = errand_write(errand, end_write, &act);
    if (err != ERR_OK) return err;
    json_key_text(errand->out, "id", errand_text(errand, "id"));
    json_key_bool(errand->out, "ended", true);
    return ERR_OK;
}

/* --- the table --- */

static const struct command_arg add_args[] = {STAFF_ARG,
                                              {"title", "WORDS", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"title_zh", "WORDS", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"body", "WORDS", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"body_zh", "WORDS", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"for", "3d", ARG_DURATION, ARG_OPTION | ARG_REQUIRED},
                                              {"in", "2h", ARG_DURATION, ARG_OPTION},
                                              {"to", "all", ARG_TEXT, ARG_OPTION},
                                              {"pinned", "", ARG_SWITCH, ARG_OPTION},
                                              {0}};
static const struct command_arg end_args[] = {STAFF_ARG, {"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED}, {0}};

const struct command_row announce_commands[] = {
    {.words = "announce list", .about = "what is announced, or will be", .run = run_list},
    {.words = "announce add",
     .about = "tell people something, in both languages",
     .args = add_args,
     .run = run_add,
     .more = "--to is all, tier1, tier2, tier3, merchants, or the phone of one person. Bodies are lines: ## "
             "a heading, - an item, "
             "**strong**, [words](#/bills)."},
    {.words = "announce end", .about = "show it no longer", .args = end_args, .run = run_end},
};
const size_t announce_commands_count = COMMAND_COUNT(announce_commands);
