/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as JSON: what is taken is within the caps, and comes back the same when it is written and read again; any bytes as a text are
 * written as JSON that every parser takes. */
#include "fuzz.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "kit/json/json_in.h"
#include "kit/json/json_out.h"

enum { BUF_MAX = 1 << 20 };

static void write_value(struct json_out *out, const json_t *value, int depth) {
    const char *key;
    const json_t *item;
    assert(depth <= JSON_DEPTH_MAX);
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        json_begin_object(out);
        json_object_foreach((json_t *)value, key, item) {
            struct buf name; /* keys of ours are literals: a foreign one goes out as a value, without its quotes */
            buf_init(&name, BUF_MAX);
            struct json_out shown = json_out_to(&name);
            json_text(&shown, text_of(key));
            name.bytes[name.size - 1] = '\0';
            json_key(out, name.bytes + 1);
            buf_release(&name);
            write_value(out, item, depth + 1);
        }
        json_end_object(out);
        break;
    case JSON_ARRAY:
        json_begin_array(out);
        for (size_t i = 0; i < json_array_size(value); i++)
            write_value(out, json_array_get(value, i), depth + 1);
        json_end_array(out);
        break;
    case JSON_STRING:
        assert(strlen(json_string_value(value)) == json_string_length(value));
        json_text(out, (struct text){json_string_value(value), json_string_length(value)});
        break;
    case JSON_INTEGER:
        assert(json_integer_value(value) <= JSON_INTEGER_MAX && json_integer_value(value) >= -JSON_INTEGER_MAX);
        json_i64(out, json_integer_value(value));
        break;
    case JSON_REAL: assert(false); break;
    case JSON_TRUE:
    case JSON_FALSE: json_bool(out, json_is_true(value)); break;
    case JSON_NULL: json_none(out); break;
    }
}

static void objects_come_back(struct text input) {
    json_t *value = NULL, *again = NULL;
    if (json_read_object(input, &value) != ERR_OK) {
        assert(!value);
        return;
    }
    struct buf buf;
    buf_init(&buf, BUF_MAX);
    struct json_out out = json_out_to(&buf);
    write_value(&out, value, 0);
    assert(!buf.failed);
    if (buf.size <= JSON_SIZE_MAX) { /* escapes may make it larger */
        assert(json_read_object((struct text){buf_text(&buf), buf.size}, &again) == ERR_OK);
        assert(json_equal(value, again));
    }
    json_decref(again);
    json_decref(value);
    buf_release(&buf);
}

static void any_text_is_written(struct text input) {
    struct buf buf;
    json_error_t error;
    size_t characters;
    buf_init(&buf, 8 * input.n + 16);
    struct json_out out = json_out_to(&buf);
    json_text(&out, input);
    assert(!buf.failed);
    assert(!memchr(buf.bytes, '<', buf.size) && !memchr(buf.bytes, '&', buf.size));
    json_t *value = json_loadb(buf.bytes, buf.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    assert(value && json_is_string(value));
    if (text_utf8(input, &characters)) {
        assert(json_string_length(value) == input.n);
        assert(input.n == 0 || memcmp(json_string_value(value), input.p, input.n) == 0);
    }
    json_decref(value);
    buf_release(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct text input = {(const char *)bytes, size};
    objects_come_back(input);
    any_text_is_written(input);
    return 0;
}
