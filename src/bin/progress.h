/* SPDX-License-Identifier: Apache-2.0 */
/* progress: how far long work is, as one line that moves, on a terminal only (stderr); elsewhere nothing is printed. */
#ifndef BIN_PROGRESS_H
#define BIN_PROGRESS_H

#include <stdint.h>

#include "base/text.h"

/* "entries: 42 %, 512 of 1200"; at most ten times a second, and when all is done. */
void progress_show(const char *what, uint64_t done, uint64_t all);
/* {"progress": {"what", "done", "all"}}, as the server sends it. */
void progress_line(struct text line);
/* Takes the line away; before anything else is printed. */
void progress_end(void);

#endif
