/* SPDX-License-Identifier: Apache-2.0 */
/* command: the operator's commands, as a table: what each takes, what it does, what it answers (control.h lists them). */
#ifndef EDGE_CONTROL_COMMAND_H
#define EDGE_CONTROL_COMMAND_H

#include "base/buf.h"
#include "base/text.h"
#include "edge/control/control.h"

/* What the commands work with; one thread. */
struct command_room {
    const struct control_config *config;
    struct db *db; /* a reader */
    int64_t begun_ms;
};

/* Reads the line, runs the command, writes the answer's object. */
void command_answer(struct command_room *room, struct text line, struct buf *out);

/* The result of an audit as the keys of an open object; for the CLI on a stopped store too. */
struct json_out;
struct ledger_audit;
void command_audit_keys(struct json_out *out, enum err end, const struct ledger_audit *audit, int64_t took_ms);

#endif
