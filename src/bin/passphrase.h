/* SPDX-License-Identifier: Apache-2.0 */
/* passphrase: asks for those that a command needs, and never from its arguments, which everybody on the machine can read.
 *
 * The one of --by is QIANBAO_PASSPHRASE, a new one QIANBAO_NEW_PASSPHRASE; without these they are asked on the terminal, without an
 * echo, a new one twice; where there is no terminal each is a line of the input. */
#ifndef BIN_PASSPHRASE_H
#define BIN_PASSPHRASE_H

#include <stdbool.h>

#include "edge/control/typed.h"

enum { PASSPHRASE_BYTES = 300 };

struct passphrases {
    char text[COMMAND_ARGS_MAX][PASSPHRASE_BYTES];
};

/* Sets typed->passphrases; false: none came, or the two were different; it has said so. */
bool passphrases_ask(struct typed *typed, struct passphrases *out);

#endif
