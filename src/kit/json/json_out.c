/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/json/json_out.h"

#include <string.h>

#include "base/civil.h"

struct json_out json_out_to(struct buf *buf) {
    return (struct json_out){.buf = buf};
}

static void before_value(struct json_out *out) {
    if (out->comma) buf_add_char(out->buf, ',');
    out->comma = true;
}

static void open(struct json_out *out, char bracket) {
    before_value(out);
    buf_add_char(out->buf, bracket);
    out->comma = false;
}

static void close(struct json_out *out, char bracket) {
    buf_add_char(out->buf, bracket);
    out->comma = true;
}

void json_begin_object(struct json_out *out) {
    open(out, '{');
}
void json_end_object(struct json_out *out) {
    close(out, '}');
}
void json_begin_array(struct json_out *out) {
    open(out, '[');
}
void json_end_array(struct json_out *out) {
    close(out, ']');
}

void json_key(struct json_out *out, const char *key) {
    before_value(out);
    buf_add_char(out->buf, '"');
    buf_add_text(out->buf, key);
    buf_add(out->buf, "\":", 2);
    out->comma = false;
}

/* How a byte leaves: 0 as it is, 'u' as \u00XX, 'm' begins a character of several bytes, else behind a backslash. */
static char escape_of(unsigned char c) {
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '<':
    case '>':
    case '&': return 'u';
    default: return c < 0x20 || c == 0x7f ? 'u' : c >= 0x80 ? 'm' : 0;
    }
}

enum { SEPARATOR_FIRST = 0xe2 }; /* U+2028 and U+2029 begin with it */

/* The size of the valid character at p, 0 when there is none. */
static size_t character(struct text rest) {
    for (size_t size = 2; size <= 4 && size <= rest.n; size++) {
        size_t count;
        if (text_utf8((struct text){rest.p, size}, &count) && count == 1) return size;
    }
    return 0;
}

static size_t add_character(struct buf *buf, struct text rest) {
    size_t size = character(rest);
    if (size == 0) {
        buf_add_text(buf, "\xef\xbf\xbd");
        return 1;
    }
    bool separator =
        size == 3 && memcmp(rest.p, "\xe2\x80", 2) == 0 && (rest.p[2] == '\xa8' || rest.p[2] == '\xa9');
    if (separator) buf_add_text(buf, rest.p[2] == '\xa8' ? "\\u2028" : "\\u2029");
    else buf_add(buf, rest.p, size);
    return size;
}

void json_text(struct json_out *out, struct text value) {
    before_value(out);
    struct buf *buf = out->buf;
    buf_add_char(buf, '"');
    size_t plain = 0; /* start of the run that needs nothing */
    bool judged = false, valid = false;
    for (size_t i = 0; i < value.n;) {
        unsigned char c = (unsigned char)value.p[i];
        char escape = escape_of(c);
        if (escape == 'm' && !judged) {
            size_t count;
            valid = text_utf8((struct text){value.p + i, value.n - i}, &count);
            judged = true;
        }
        if (escape == 0 || (escape == 'm' && valid && c != SEPARATOR_FIRST)) {
            i++;
            continue;
        }
        if (i > plain) buf_add(buf, value.p + plain, i - plain);
        if (escape == 'm') {
            i += add_character(buf, (struct text){value.p + i, value.n - i});
        } else {
            if (escape == 'u') buf_format(buf, "\\u%04x", c);
            else buf_add(buf, (char[]){'\\', escape}, 2);
            i++;
        }
        plain = i;
    }
    if (value.n > plain) buf_add(buf, value.p + plain, value.n - plain);
    buf_add_char(buf, '"');
}

void json_str(struct json_out *out, const char *nul_ended) {
    if (nul_ended) json_text(out, text_of(nul_ended));
    else json_none(out);
}

void json_i64(struct json_out *out, int64_t value) {
    before_value(out);
    buf_add_i64(out->buf, value);
}

void json_bool(struct json_out *out, bool value) {
    before_value(out);
    buf_add_text(out->buf, value ? "true" : "false");
}

void json_none(struct json_out *out) {
    before_value(out);
    buf_add_text(out->buf, "null");
}

void json_time(struct json_out *out, int64_t time_ms) {
    char text[CIVIL_TEXT_MAX];
    if (time_ms == 0) {
        json_none(out);
        return;
    }
    civil_text(time_ms, text);
    json_str(out, text);
}

void json_raw(struct json_out *out, struct text json) {
    before_value(out);
    buf_add(out->buf, json.p, json.n);
}

void json_key_text(struct json_out *out, const char *key, struct text value) {
    json_key(out, key);
    json_text(out, value);
}
void json_key_str(struct json_out *out, const char *key, const char *nul_ended) {
    json_key(out, key);
    json_str(out, nul_ended);
}
void json_key_i64(struct json_out *out, const char *key, int64_t value) {
    json_key(out, key);
    json_i64(out, value);
}
void json_key_bool(struct json_out *out, const char *key, bool value) {
    json_key(out, key);
    json_bool(out, value);
}
void json_key_null(struct json_out *out, const char *key) {
    json_key(out, key);
    json_none(out);
}
void json_key_time(struct json_out *out, const char *key, int64_t time_ms) {
    json_key(out, key);
    json_time(out, time_ms);
}
