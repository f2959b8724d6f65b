/* SPDX-License-Identifier: Apache-2.0 */
/* typed: what the operator typed, read by the rows of command.h.
 *
 *     qianbao [--data DIR] [--json] COMMAND [its arguments]
 *
 * --data and --json may stand anywhere. What is wrong is said with its usage, and with the nearest word that is known. */
#ifndef EDGE_CONTROL_TYPED_H
#define EDGE_CONTROL_TYPED_H

#include <stdbool.h>
#include <stdio.h>

#include "edge/control/command.h"
#include "kit/json/json_out.h"

#define TYPED_DATA_DEFAULT "/var/lib/qianbao" /* where the Debian package keeps everything */

enum { TYPED_WORDS_MAX = 600 };

struct typed {
    const char *data; /* of --data, else as it was */
    bool json;
    const struct command_row *row;
    const char *given[COMMAND_ARGS_MAX]; /* by the row's args; NULL: not given; a switch: "" */
    const char *passphrases[COMMAND_ARGS_MAX]; /* of ARG_STAFF and ARG_PASSPHRASE, once they were asked (bin/passphrase.h) */
};

enum typed_read {
    TYPED_READY,
    TYPED_HELP, /* help, of all or of one noun (topic) */
    TYPED_VERSION,
    TYPED_WRONG, /* words say why */
};
enum typed_read typed_read(int argc, char *const argv[], struct typed *out, const char **topic,
                           char words[TYPED_WORDS_MAX]);

const char *typed_value(const struct typed *typed, const char *name); /* NULL: not given */
/* The arguments as keys of the request. */
void typed_request(const struct typed *typed, struct json_out *out);

/* "merchant fee --id ID --rate 0.38%|default" */
void typed_usage(const struct command_row *row, char *out, size_t size);
/* The commands that begin with the topic; NULL: all, and what else there is to know. False: there is none. */
bool typed_help(const char *topic, FILE *out);
/* All of it as one line of JSON: what scripts/man and scripts/completion are made from. */
void typed_help_json(FILE *out);

#endif
