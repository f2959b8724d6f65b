/* SPDX-License-Identifier: Apache-2.0 */
/* staff: which of the operator's people a command is by. A command that acts on people takes it as its first argument:
 *
 *     static const struct command_arg release_args[] = {STAFF_ARG, {"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED}, {0}};
 *
 * The command line then asks for the passphrase of that name (QIANBAO_PASSPHRASE, else the terminal, else a line of the input), and the
 * command begins with errand_staff. */
#ifndef EDGE_CONTROL_STAFF_H
#define EDGE_CONTROL_STAFF_H

#include "edge/control/command.h"
#include "wallet/staff.h"

#define STAFF_ARG \
    { "by", "NAME", ARG_STAFF, ARG_OPTION | ARG_REQUIRED }

/* Who proved a passphrase; Argon2id, before any transaction. ERR_STAFF_UNKNOWN (none was named), ERR_WRONG_PASSPHRASE, ERR_TOO_MANY_TRIES. The verb asks
 * staff_check again, in its own. The answer tells them which passphrases were reset since they last did something (staff_resets). */
enum err errand_staff(struct errand *errand, struct staff *out);

#endif
