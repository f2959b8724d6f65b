/* SPDX-License-Identifier: Apache-2.0 */
/* buf: a growing byte buffer with a most.
 *
 * Writing never fails at the call: a buffer that would pass its most, or finds no memory, becomes `failed` and takes nothing more,
 * and the one who uses the bytes looks once, at the end. The bytes always end in a NUL that is not counted. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *bytes; /* owned; "" while nothing was added is guaranteed by buf_text() */
    size_t size, room, most;
    bool failed;
};

void buf_init(struct buf *buf, size_t most);
void buf_clear(struct buf *buf); /* empty again, keeps its room */
void buf_release(struct buf *buf);

void buf_add(struct buf *buf, const void *bytes, size_t size);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_i64(struct buf *buf, long long value);
void buf_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *buf_text(const struct buf *buf);

#endif
