/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a request: the first line is path?query, the rest the body. Whatever the route tables make of it, a request that is taken has
 * every field within its declared bounds, and one that is not names a code and a pointer. */
#include "fuzz.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/api/decode.h"

static struct keys *keys;

static void close_keys(void) {
    keys_free(keys);
}

static void open_keys(void) {
    char folder[] = "/tmp/qianbao-fuzz-XXXXXX", path[64];
    if (keys) return;
    if (!mkdtemp(folder)) abort();
    snprintf(path, sizeof path, "%s/keys", folder);
    if (keys_open(path, true, &keys) != ERR_OK || atexit(close_keys) != 0) abort();
    unlink(path);
    rmdir(folder);
}

static void text_is_within(const struct api_field *field, const struct text *value) {
    size_t characters = 0;
    if (!value->p) return; /* absent */
    assert(text_utf8(*value, &characters));
    assert((int64_t)characters >= field->min && (int64_t)characters <= field->max);
    if (field->type == F_DIGITS) assert(text_digits(*value));
    else assert(text_printable(*value));
}

static void field_is_within(const struct api_field *field, const void *at) {
    bool given = field->flags & REQUIRED;
    switch (field->type) {
    case F_TEXT:
    case F_SECRET:
    case F_DIGITS: text_is_within(field, at); break;
    case F_MONEY:
    case F_INT: {
        int64_t value = *(const int64_t *)at;
        assert((value == 0 && !given) || (value >= field->min && value <= field->max));
        break;
    }
    case F_BOOL: assert(*(const unsigned char *)at <= 1); break;
    case F_ID: break;
    case F_CHOICE: {
        int choice = *(const int *)at, count = 0;
        while (field->choices[count]) count++;
        assert(choice >= (given ? 0 : -1) && choice < count);
        break;
    }
    }
}

static void try_route(const struct api_route *route, struct http_request *request) {
    struct decode_params params;
    unsigned char record[32];
    struct api_call call = {.request = request, .route = route, .keys = keys};
    if (!decode_path(route->path, request->path, &params)) return;
    request->method = route->method;
    enum err err = decode_request(&call, &params, record);
    assert(err == call.fault.code);
    size_t characters;
    assert(text_utf8(text_of(call.fault.field), &characters) ||
           err == ERR_UNKNOWN_FIELD); /* a query's names are bytes */
    assert(call.fault.field[0] == '\0' || call.fault.field[0] == '/');
    if (err != ERR_OK) {
        assert(err_class(err) == CLASS_INVALID || err_class(err) == CLASS_MISSING ||
               err_class(err) == CLASS_DENIED);
        return;
    }
    for (size_t i = 0; i < route->fields_count; i++)
        field_is_within(&route->fields[i], (const char *)call.body + route->fields[i].offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const char *text = (const char *)bytes, *line = memchr(bytes, '\n', size);
    size_t target = line ? (size_t)(line - text) : size;
    const char *mark = memchr(bytes, '?', target);
    struct http_request request = {.path = {text, mark ? (size_t)(mark - text) : target}};
    if (mark) request.query = (struct text){mark + 1, target - request.path.n - 1};
    if (line) request.body = (struct text){line + 1, size - target - 1};
    open_keys();
    if (size > 32768) return 0; /* the library takes no larger head, and no larger body is configured */
    for (size_t i = 0; i < api_routes_count; i++)
        for (size_t j = 0; j < *api_routes[i].count; j++) {
            arena_init(&request.arena, 1 << 20);
            try_route(&api_routes[i].rows[j], &request);
            arena_release(&request.arena);
        }
    return 0;
}
