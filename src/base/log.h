/* SPDX-License-Identifier: Apache-2.0 */
/* log: one line an event on stderr: time, level, request id, words. For programs and background work; libraries return errors.
 *
 * Control characters and ANSI sequences in arguments come out as \xNN, so that no input can forge a line. Never log a PIN, a
 * password, a code, a token, a full card or ID number. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level least);
bool log_wants(enum log_level level); /* whether a line of this level is written: before work that is only for it */
void log_set_request(const char *request_id); /* of this thread; "" for none; copied */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void log_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

#endif
