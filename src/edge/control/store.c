/* SPDX-License-Identifier: Apache-2.0 */
/* The store as a whole: what the command line does by itself, whether a server runs or not (bin/backup.h). */
#include "edge/control/command.h"

static const struct command_arg folder_arg[] = {{"folder", "DIR", ARG_FOLDER, ARG_REQUIRED}, {0}};

const struct command_row store_commands[] = {
    {.words = "backup",
     .about = "copy the store as it is now, prove the copy, say which keys are not in it",
     .args = folder_arg},
    {.words = "restore", .about = "bring a backup back into an empty data directory", .args = folder_arg},
};
const size_t store_commands_count = COMMAND_COUNT(store_commands);
