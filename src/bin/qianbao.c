/* SPDX-License-Identifier: Apache-2.0 */
/* qianbao: the operator's command line. Reads what was typed by the rows of edge/control/command.h, asks the running server over
 * DATA/control.sock, prints its answer. A few commands do without a server: the table below. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bin/passphrase.h"
#include "bin/photos.h"
#include "bin/progress.h"
#include "bin/stopped.h"
#include "edge/control/control.h"
#include "edge/control/page.h"
#include "edge/control/typed.h"
#include "kit/json/json_in.h"

typedef enum err local_fn(const struct typed *typed, struct json_out *out, char words[STOPPED_WORDS_MAX]);

/* What is drawn is what was typed. */
static enum err say_text(const struct typed *typed, struct json_out *out, char words[STOPPED_WORDS_MAX]) {
    (void)words;
    json_key_str(out, "text", typed_value(typed, "text"));
    return ERR_OK;
}

static const struct local {
    const char *words;
    local_fn *always;  /* no server is asked, whether one runs or not */
    local_fn *without; /* when none answers */
    enum command_end (*after)(const struct typed *typed, const json_t *result); /* goes on with its answer */
} locals[] = {
    {"qr", say_text, NULL, NULL},
    {"audit", NULL, stopped_audit, NULL},
    {"backup", stopped_backup, NULL, NULL},
    {"restore", stopped_restore, NULL, NULL},
    {"realname review", NULL, NULL, photos_show},
    {"index rebuild", NULL, stopped_index_rebuild, stopped_index_wait},
};

static struct local local_of(const struct command_row *row) {
    for (size_t i = 0; i < sizeof locals / sizeof locals[0]; i++)
        if (strcmp(row->words, locals[i].words) == 0) return locals[i];
    return (struct local){0};
}

static enum command_end result_show(const struct typed *typed, const json_t *result, bool served) {
    struct local local = local_of(typed->row);
    if (served && local.after) return local.after(typed, result);
    if (typed->row->show) return typed->row->show(result, stdout);
    page_all(result, stdout);
    return COMMAND_END_DONE;
}

/* The same end as its page has. */
static enum command_end result_end(const json_t *result) {
    const json_t *audit = json_object_get(result, "audit");
    bool differs = json_is_false(json_object_get(result, "holds")) ||
                   json_is_false(json_object_get(audit, "holds")) ||
                   json_is_false(json_object_get(result, "agrees"));
    if (differs) return COMMAND_END_DIFFERENCE;
    return json_is_false(json_object_get(result, "complete")) ? COMMAND_END_REFUSED : COMMAND_END_DONE;
}

/* What everybody of the staff must hear, whatever they asked (edge/control/staff.h). */
static void resets_show(json_t *result) {
    const json_t *resets = json_object_get(result, "staff_resets"), *one;
    size_t i;
    json_array_foreach(resets, i, one) fprintf(stderr,
                                               "qianbao: since you last did something, the operator gave %s "
                                               "another passphrase (%s). If nobody "
                                               "asked for that, say so.\n",
                                               page_text(one, "name"), page_text(one, "at"));
    json_object_del(result, "staff_resets");
}

static enum command_end answer_show(const struct typed *typed, struct text line, bool served) {
    json_error_t error;
    json_t *answer = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &error);
    const json_t *result = json_object_get(answer, "result"), *wrong = json_object_get(answer, "error");
    bool done = page_is(answer, "ok");
    bool corrupt = strcmp(page_text(wrong, "code"), err_name(ERR_CORRUPT)) == 0;
    enum command_end end = corrupt ? COMMAND_END_DIFFERENCE : COMMAND_END_REFUSED;
    progress_end();
    if (typed->json) printf("%.*s\n", (int)line.n, line.p);
    else if (done) resets_show(json_object_get(answer, "result"));
    if (done) end = typed->json ? result_end(result) : result_show(typed, result, served);
    else if (!typed->json)
        fprintf(stderr, "qianbao: %s: %s %s\n", page_text(wrong, "code"), page_text(wrong, "message"),
                page_text(wrong, "field"));
    json_decref(answer);
    return end;
}

/* Without a server: the same line that one would answer. */
static enum command_end local_run(const struct typed *typed, local_fn *run) {
    char words[STOPPED_WORDS_MAX] = "";
    struct buf result, answer;
    buf_init(&result, CONTROL_ANSWER_MAX);
    buf_init(&answer, CONTROL_ANSWER_MAX);
    struct json_out inner = json_out_to(&result), out = json_out_to(&answer);
    json_begin_object(&inner);
    enum err err = run(typed, &inner, words);
    json_end_object(&inner);
    json_begin_object(&out);
    json_key_bool(&out, "ok", err == ERR_OK);
    if (err == ERR_OK) {
        json_key(&out, "result");
        json_raw(&out, (struct text){buf_text(&result), result.size});
    } else {
        json_key(&out, "error");
        json_begin_object(&out);
        json_key_str(&out, "code", err_name(err));
        json_key_str(&out, "field", "");
        json_key_str(&out, "message", words);
        json_end_object(&out);
    }
    json_end_object(&out);
    enum command_end end = answer_show(typed, (struct text){buf_text(&answer), answer.size}, false);
    buf_release(&result);
    buf_release(&answer);
    return end;
}

static enum command_end command_run(struct typed *typed) {
    struct local local = local_of(typed->row);
    if (local.always) return local_run(typed, local.always);
    static struct passphrases passphrases;
    if (!passphrases_ask(typed, &passphrases)) return COMMAND_END_USAGE;
    char path[CONTROL_PATH_MAX];
    struct buf line, answer;
    buf_init(&line, CONTROL_LINE_MAX);
    buf_init(&answer, CONTROL_ANSWER_MAX);
    struct json_out out = json_out_to(&line);
    json_begin_object(&out);
    json_key_str(&out, "command", typed->row->words);
    typed_request(typed, &out);
    json_end_object(&out);

    enum command_end end = COMMAND_END_NO_SERVER;
    if (line.failed) {
        fprintf(stderr, "qianbao: that is too long\n");
        end = COMMAND_END_USAGE;
    } else if (control_path(typed->data, path) &&
               control_ask_told(path, (struct text){buf_text(&line), line.size}, progress_line, &answer)) {
        end = answer_show(typed, (struct text){buf_text(&answer), answer.size}, true);
    } else if (local.without) {
        end = local_run(typed, local.without);
    } else {
        fprintf(stderr, "qianbao: no server answers at %s/control.sock; start one, or name its directory with --data\n",
                typed->data);
    }
    buf_release(&line);
    buf_release(&answer);
    return end;
}

/* Where a person started it, there is ./data; where the package runs it, /var/lib/qianbao. */
static const char *data_default(void) {
    const char *said = getenv("QIANBAO_DATA");
    if (said && *said) return said;
    return access("data", F_OK) != 0 && access(TYPED_DATA_DEFAULT, F_OK) == 0 ? TYPED_DATA_DEFAULT : "data";
}

int main(int argc, char *argv[]) {
    const char *topic;
    struct typed typed = {.data = data_default()};
    char words[TYPED_WORDS_MAX];
    switch (typed_read(argc, argv, &typed, &topic, words)) {
    case TYPED_READY: return (int)command_run(&typed);
    case TYPED_HELP:
        if (typed.json) {
            typed_help_json(stdout);
            return COMMAND_END_DONE;
        }
        if (typed_help(topic, stdout)) return COMMAND_END_DONE;
        fprintf(stderr, "qianbao: no command begins with \"%s\"\n", topic);
        return COMMAND_END_USAGE;
    case TYPED_VERSION: printf("qianbao %s\n", QIANBAO_VERSION); return COMMAND_END_DONE;
    case TYPED_WRONG: fprintf(stderr, "qianbao: %s\n", words); return COMMAND_END_USAGE;
    }
    return COMMAND_END_USAGE;
}
