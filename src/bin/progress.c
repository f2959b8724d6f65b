/* SPDX-License-Identifier: Apache-2.0 */
#include "bin/progress.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { EVERY_MS = 100 };

static bool shown;
static int64_t shown_ms;

void progress_show(const char *what, uint64_t done, uint64_t all) {
    int64_t now_ms = clock_mono_ms();
    if (!isatty(STDERR_FILENO) || (shown && done < all && now_ms - shown_ms < EVERY_MS)) return;
    shown = true;
    shown_ms = now_ms;
    unsigned percent = all > 0 ? (unsigned)((long double)done / (long double)all * 100) : 100;
    fprintf(stderr, "\r\033[K  %s: %u %%, %" PRIu64 " of %" PRIu64, what, percent, done, all);
    fflush(stderr);
}

void progress_line(struct text line) {
    json_error_t error;
    const char *what;
    json_int_t done, all;
    json_t *read = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &error);
    if (json_unpack(read, "{s:{s:s, s:I, s:I}}", "progress", "what", &what, "done", &done, "all", &all) == 0)
        progress_show(what, (uint64_t)done, (uint64_t)all);
    json_decref(read);
}

void progress_end(void) {
    if (shown) fputs("\r\033[K", stderr);
    fflush(stderr);
    shown = false;
}
