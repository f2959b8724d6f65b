/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 1024 }; /* most answers fit */

void buf_init(struct buf *buf, size_t most) {
    *buf = (struct buf){.most = most};
}

void buf_clear(struct buf *buf) {
    buf->size = 0;
    buf->failed = false;
    if (buf->bytes) buf->bytes[0] = '\0';
}

void buf_release(struct buf *buf) {
    free(buf->bytes);
    *buf = (struct buf){.most = buf->most};
}

static bool buf_reserve(struct buf *buf, size_t more) {
    if (buf->failed || more > buf->most - buf->size) {
        buf->failed = true;
        return false;
    }
    size_t need = buf->size + more + 1;
    if (need <= buf->room) return true;
    size_t room = buf->room ? buf->room : ROOM_FIRST;
    while (room < need) room *= 2;
    char *bytes = realloc(buf->bytes, room);
    if (!bytes) {
        buf->failed = true;
        return false;
    }
    buf->bytes = bytes;
    buf->room = room;
    return true;
}

void buf_add(struct buf *buf, const void *bytes, size_t size) {
    if (!buf_reserve(buf, size)) return;
    if (size > 0) memcpy(buf->bytes + buf->size, bytes, size);
    buf->size += size;
    buf->bytes[buf->size] = '\0';
}

void buf_add_text(struct buf *buf, const char *text) {
    buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c) {
    buf_add(buf, &c, 1);
}

void buf_add_i64(struct buf *buf, long long value) {
    char digits[24];
    char *at = digits + sizeof digits;
    unsigned long long rest = value < 0 ? 0ull - (unsigned long long)value : (unsigned long long)value;
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) *--at = '-';
    buf_add(buf, at, (size_t)(digits + sizeof digits - at));
}

void buf_format(struct buf *buf, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size < 0) buf->failed = true;
    else if (buf_reserve(buf, (size_t)size)) {
        vsnprintf(buf->bytes + buf->size, (size_t)size + 1, format, again);
        buf->size += (size_t)size;
    }
    va_end(again);
}

const char *buf_text(const struct buf *buf) {
    return buf->bytes ? buf->bytes : "";
}
