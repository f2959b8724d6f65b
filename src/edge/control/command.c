/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/control/command.h"

#include <string.h>

#include "kit/json/json_in.h"

const struct command_row *command_find(struct text words) {
    for (size_t i = 0; i < command_tables_count; i++)
        for (size_t at = 0; at < *command_tables[i].count; at++)
            if (text_is(words, command_tables[i].rows[at].words)) return &command_tables[i].rows[at];
    return NULL;
}

static enum err errand_run(struct errand *errand) {
    const struct command_row *row = command_find(errand_text(errand, "command"));
    bool here = row && row->run && (!row->sandbox_only || errand->room->config->settings->sandbox);
    return here ? row->run(errand) : fault_set(&errand->fault, ERR_NO_ROUTE);
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
