/* SPDX-License-Identifier: Apache-2.0 */
/* A text as a code for a camera, such as the wallet's address for a phone; drawn by the command line alone. */
#include <unistd.h>

#include "edge/api/qr.h"
#include "edge/control/command.h"
#include "edge/control/page.h"

enum { BLOCKS_MAX = 1 << 16 };

static enum command_end show_qr(const json_t *result, FILE *out) {
    struct buf blocks;
    buf_init(&blocks, BLOCKS_MAX);
    bool drawn = qr_blocks(page_text(result, "text"), !isatty(fileno(out)), &blocks) && !blocks.failed;
    if (drawn) fputs(buf_text(&blocks), out);
    else fputs("qianbao: the text is too long for a code\n", stderr);
    buf_release(&blocks);
    return drawn ? COMMAND_END_DONE : COMMAND_END_REFUSED;
}

static const struct command_arg text_arg[] = {{"text", "TEXT", ARG_WORD, ARG_REQUIRED}, {0}};

const struct command_row qr_commands[] = {
    {.words = "qr", .about = "a text as a QR code in this terminal", .args = text_arg, .show = show_qr},
};
const size_t qr_commands_count = COMMAND_COUNT(qr_commands);
