/* SPDX-License-Identifier: Apache-2.0 */
/* control: how the operator talks to the running server: a Unix socket in the data directory, 0600, for its owner and root only.
 *
 * One request a connection: a line of JSON, {"command": "status", …arguments}; one line comes back: {"ok": true, "result": {…}} or
 * {"ok": false, "error": {"code", "message"}}; long work sends lines of {"progress": …} before it. One thread serves them one after the other; reads have a reader of their own, writes
 * go through the writer like everybody's. The CLI (bin/qianbao.c) is its other end.
 * The commands and their arguments are the rows of command.h. */
#ifndef EDGE_CONTROL_CONTROL_H
#define EDGE_CONTROL_CONTROL_H

#include <stdbool.h>

#include "base/buf.h"
#include "edge/bank/sender.h"
#include "edge/config/config.h"
#include "kit/db/writer.h"

struct auditor;
struct bill_index_place;
struct control;
struct indexer;
struct ledger;
struct maintenance;
struct books;
struct statements;

enum { CONTROL_LINE_MAX = 4096, CONTROL_ANSWER_MAX = 9 << 20, CONTROL_PATH_MAX = 108 };

struct control_config {
    const struct settings *settings;
    struct writer *writer;
    struct db_config store;
    struct ledger *ledger;
    const struct keys *keys;
    const struct bank_line *bank;         /* NULL: none */
    struct sender *sender;                /* NULL: none */
    struct statements *statements;        /* NULL: no bank */
    struct indexer *indexer;              /* of the bills; NULL: none */
    const struct bill_index_place *index; /* what it makes; NULL: all is read from the books */
    struct maintenance *maintenance;
    struct books *books;
    struct auditor *auditor;
    const char *version;
};

/* DATA/control.sock; false: the path is longer than a socket's may be. */
bool control_path(const char *data, char out[CONTROL_PATH_MAX]);

/* After writer_start; the store's lock says that no other server has the socket. */
enum err control_start(const struct control_config *config, struct control **out);
void control_stop(struct control *control); /* before writer_stop; NULL is fine */

/* The other end: sends the line, gives the answer's line. False: no server listens there, or it did not answer. */
bool control_ask(const char *path, struct text line, struct buf *out);
/* The same; told gets each line of progress. */
bool control_ask_told(const char *path, struct text line, void (*told)(struct text progress), struct buf *out);

#endif
