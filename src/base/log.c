/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/clock.h"

enum { LINE_MAX_BYTES = 2048 };

static _Atomic int least_level = LOG_INFO;
static _Thread_local char request[40];

void log_set_level(enum log_level least) {
    atomic_store(&least_level, (int)least);
}

bool log_wants(enum log_level level) {
    return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

void log_set_request(const char *request_id) {
    snprintf(request, sizeof request, "%s", request_id);
}

__attribute__((format(printf, 2, 0))) static void log_write(enum log_level level, const char *format,
                                                            va_list args) {
    static const char *const names[] = {"debug", "info", "warn", "error"};
    char words[LINE_MAX_BYTES], time[CIVIL_TEXT_MAX], line[4 * LINE_MAX_BYTES + 160];
    vsnprintf(words, sizeof words, format, args);
    civil_text(clock_real_now_ms(), time);
    int at = snprintf(line, sizeof line, "%s %-5s %s%s", time, names[level], request, request[0] ? " " : "");
    for (const unsigned char *c = (const unsigned char *)words; *c; c++) {
        bool control = *c < 0x20 || *c == 0x7f;
        at += snprintf(line + at, sizeof line - (size_t)at, control ? "\\x%02x" : "%c", *c);
    }
    line[at++] = '\n';
    ssize_t done = write(STDERR_FILENO, line, (size_t)at); /* one write a line: lines of threads do not mix */
    (void)done;
}

void log_line(enum log_level level, const char *format, ...) {
    if (!log_wants(level)) return;
    va_list args;
    va_start(args, format);
    log_write(level, format, args);
    va_end(args);
}

void log_fatal(const char *format, ...) {
    va_list args;
    va_start(args, format);
    log_write(LOG_ERROR, format, args);
    va_end(args);
    abort();
}
