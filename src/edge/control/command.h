/* SPDX-License-Identifier: Apache-2.0 */
/* command: what an operator may ask, as rows. A noun's file (control/merchant.c is the one to copy) holds its rows, what they do in the
 * server and how a person reads the answer, and nothing else knows them: the server's dispatch, the command line's parser, help, usage,
 * man page and completion are readings of the same rows. To add a noun: its file, one line in commands.c, one in meson.build.
 *
 *     static const struct command_arg id_arg[] = {{"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED}, {0}};
 *
 *     const struct command_row merchant_commands[] = {
 *         {.words = "merchant show", .about = "a shop: owner, balance, rate, card, tills, waiters", .args = id_arg, .run = run_show},
 *         {.words = "merchant list", .about = "the shops, newest first", .run = run_list, .show = show_list},
 *     };
 *     const size_t merchant_commands_count = COMMAND_COUNT(merchant_commands);
 *
 * `run` works in the server, on the socket's thread, one errand at a time. It reads its arguments (errand_text, errand_i64: as untrusted as
 * any input, the parser is at the other end), reads the store by errand_read .. errand_read_end, changes it by errand_write (a command of
 * the writer, back after the commit), writes the keys of its result to errand->out, and gives ERR_OK; or fills errand->fault and gives
 * its code. What takes long calls errand_tell on the way. `show` prints that result for a person (page.h helps); without it every key is a line. */
#ifndef EDGE_CONTROL_COMMAND_H
#define EDGE_CONTROL_COMMAND_H

#include <jansson.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/control/control.h"
#include "kit/crypto/keys.h"
#include "kit/db/db.h"
#include "kit/json/json_out.h"
#include "wallet/tx.h"

/* --- a row --- */

/* How qianbao ends; numbers for scripts, for ever. */
enum command_end {
    COMMAND_END_DONE = 0,
    COMMAND_END_REFUSED = 1,    /* the server said no, or something failed; the words say what */
    COMMAND_END_USAGE = 2,      /* the command line is wrong */
    COMMAND_END_NO_SERVER = 3,  /* no server answers in this data directory */
    COMMAND_END_DIFFERENCE = 4, /* audit, reconcile: the books do not hold, or do not agree */
};

enum arg_kind {
    ARG_TEXT,     /* any; a value with | is a closed list */
    ARG_WORD,     /* any */
    ARG_NUMBER,   /* 12 */
    ARG_DURATION, /* +24h, 30min: sent in ms */
    ARG_MONEY,    /* 50.00: sent in fen */
    ARG_RATE,     /* 0.38%, default: sent in hundredths of a percent, -1 */
    ARG_DAY,      /* 2026-11-22 */
    ARG_BANK,     /* CMB */
    ARG_FOLDER,
    ARG_SWITCH,     /* takes no value; sent as true */
    ARG_STAFF,      /* who it is by (staff.h): the passphrase is asked, and sent beside it */
    ARG_PASSPHRASE, /* a new one: never typed, asked twice */
};

enum {
    ARG_REQUIRED = 1,
    ARG_OPTION = 2, /* written --name VALUE, in any order; otherwise by its place */
    ARG_WITH = 4,   /* given exactly when the one before it is */
};

enum { COMMAND_ARGS_MAX = 12 };

struct command_arg {
    const char *name; /* its key in the request, and of an option the word behind -- */
    const char *value; /* how help calls it: "ID", "+24h"; a closed list as "on|off", which the parser then holds it to */
    enum arg_kind kind;
    unsigned flags;
};

struct errand;

struct command_row {
    const char *words;                      /* "merchant show": also what is said on the socket */
    const char *about;                      /* one line, no full stop */
    const struct command_arg *args;         /* ends with {0}; NULL: none */
    enum err (*run)(struct errand *errand); /* NULL: the command line does it alone */
    enum command_end (*show)(const json_t *result, FILE *out);
    bool sandbox_only;
    const char *more; /* a paragraph for the man page */
};

#define COMMAND_COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* The tables, one a noun (commands.c lists them). */
struct command_table {
    const struct command_row *rows;
    const size_t *count;
};
extern const struct command_table command_tables[];
extern const size_t command_tables_count;

const struct command_row *command_find(struct text words); /* NULL: there is none */

/* --- an errand: one command at work in the server --- */

/* What the commands work with; one thread. */
struct command_room {
    const struct control_config *config;
    struct db *db;    /* a reader */
    struct db *index; /* of the bills; on PostgreSQL the same connection; NULL: none */
    bool reads_index; /* its snapshot stands */
    int64_t begun_ms;
    void (*tell)(void *arg, struct text line); /* a line to who asked, before the answer's */
    void *tell_arg;
    int64_t told_ms;
};

struct errand {
    struct command_room *room;
    const json_t *args;
    struct json_out *out;
    struct fault fault;
};

struct text errand_text(const struct errand *errand, const char *name); /* empty: not given, or no string */
int64_t errand_i64(const struct errand *errand, const char *name);      /* 0: not given, or no number */
bool errand_switch(const struct errand *errand, const char *name);
/* A public id, "01K…"; false: not given, or none of this kind. */
bool errand_id(const struct errand *errand, const char *name, enum id_kind kind, uint64_t *out);

/* The person named by phone or by id, within a read; ERR_NOT_FOUND with the field. */
struct person;
enum err errand_person(struct errand *errand, const char *name, struct person *out);

/* An id as the value of a key; 0: null. */
void errand_key_id(struct errand *errand, const char *key, enum id_kind kind, uint64_t number);

/* The reader's snapshot, and what reads in it. */
struct view errand_read(struct errand *errand);
struct view errand_read_bills(struct errand *errand); /* the same with the index of the bills */
void errand_read_end(struct errand *errand);

/* Runs it in the writer's next group; back when that is on the disk. */
enum err errand_write(struct errand *errand,
                      enum err (*run)(struct tx *tx, struct errand *errand, void *result), void *result);

/* Tells who asked how far the work is: {"progress": {"what": "entries", "done": 512, "all": 9000}}, a few times a second at most and when all
 * is done. A terminal shows it as a line that moves. */
void errand_tell(struct errand *errand, const char *what, uint64_t done, uint64_t all);

/* --- for the socket --- */

/* Reads the line, runs the command, writes the answer's object. */
void command_answer(struct command_room *room, struct text line, struct buf *out);

#endif
