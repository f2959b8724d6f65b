/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/decode.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "kit/json/json_in.h"

static struct text segment(struct text *rest) {
    const char *slash = memchr(rest->p, '/', rest->n);
    struct text out = {rest->p, slash ? (size_t)(slash - rest->p) : rest->n};
    size_t skip = out.n + (slash ? 1 : 0);
    *rest = (struct text){rest->p + skip, rest->n - skip};
    return out;
}

bool decode_path(const char *pattern, struct text path, struct decode_params *params) {
    params->count = 0;
    if (path.n == 0 || path.p[0] != '/' || path.p[path.n - 1] == '/') return false;
    struct text wanted = text_of(pattern + 1), given = {path.p + 1, path.n - 1};
    while (wanted.n > 0 && given.n > 0) {
        struct text w = segment(&wanted), g = segment(&given);
        if (w.p[0] != '{') {
            if (!text_equal(w, g)) return false;
            continue;
        }
        assert(params->count < DECODE_PARAMS_MAX);
        params->name[params->count] = (struct text){w.p + 1, w.n - 2};
        params->value[params->count++] = g;
        if (g.n == 0) return false;
    }
    return wanted.n == 0 && given.n == 0;
}

/* The field as a JSON pointer (RFC 6901: ~ and / in a name are ~0 and ~1); a long name is cut. */
static enum err wrong(struct api_call *call, enum err code, struct text name) {
    struct fault *fault = &call->fault;
    struct buf pointer;
    buf_init(&pointer, 2 * sizeof fault->field);
    fault_set(fault, code);
    text_keep(name, fault->name, sizeof fault->name);
    buf_add_char(&pointer, '/');
    for (const char *c = fault->name; *c; c++) {
        if (*c == '~') buf_add_text(&pointer, "~0");
        else if (*c == '/') buf_add_text(&pointer, "~1");
        else buf_add_char(&pointer, *c);
    }
    text_keep((struct text){buf_text(&pointer), pointer.size}, fault->field, sizeof fault->field);
    buf_release(&pointer);
    return code;
}

static enum err invalid(struct api_call *call, const struct api_field *field) {
    enum err code = field->wrong ? field->wrong : field->type == F_MONEY ? ERR_BAD_AMOUNT : ERR_BAD_FIELD;
    return wrong(call, code, text_of(field->name));
}

static bool take_text(const struct api_field *field, struct text value, struct text *out) {
    size_t characters;
    if (!text_utf8(value, &characters) || (int64_t)characters < field->min || (int64_t)characters > field->max)
        return false;
    if (field->type == F_DIGITS ? !text_digits(value) : !text_printable(value)) return false;
    *out = value;
    return true;
}

static bool take_choice(const struct api_field *field, struct text value, int *out) {
    for (int i = 0; field->choices[i]; i++)
        if (text_is(value, field->choices[i])) {
            *out = i;
            return true;
        }
    return false;
}

/* A value that came as text: a path or query part, or a JSON string. */
static bool take_string(struct api_call *call, const struct api_field *field, struct text value) {
    char *to = (char *)call->body + field->offset;
    switch (field->type) {
    case F_TEXT:
    case F_SECRET:
    case F_DIGITS: return take_text(field, value, (struct text *)(void *)to);
    case F_ID: return keys_id_read(call->keys, field->kind, value, (uint64_t *)(void *)to);
    case F_CHOICE: return take_choice(field, value, (int *)(void *)to);
    case F_MONEY:
    case F_INT:
    case F_BOOL: return false;
    }
    return false;
}

static bool take_integer(struct api_call *call, const struct api_field *field, int64_t value) {
    char *to = (char *)call->body + field->offset;
    if (value < field->min || value > field->max) return false;
    if (field->type == F_INT) *(int64_t *)(void *)to = value;
    else if (field->type == F_MONEY) *(struct money *)(void *)to = (struct money){value};
    else return false;
    return true;
}

static bool take_json(struct api_call *call, const struct api_field *field, const json_t *value) {
    if (json_is_string(value)) {
        size_t size = json_string_length(value);
        const char *copy = arena_copy(&call->request->arena, json_string_value(value), size);
        return take_string(call, field, (struct text){copy, size});
    }
    if (json_is_integer(value)) return take_integer(call, field, json_integer_value(value));
    if (json_is_boolean(value) && field->type == F_BOOL) {
        *(bool *)((char *)call->body + field->offset) = json_is_true(value);
        return true;
    }
    return false;
}

static const struct api_field *find(const struct api_route *route, struct text name, unsigned place,
                                    size_t *at) {
    for (size_t i = 0; i < route->fields_count; i++)
        if ((route->fields[i].flags & (IN_PATH | IN_QUERY)) == place && text_is(name, route->fields[i].name)) {
            *at = i;
            return &route->fields[i];
        }
    return NULL;
}

/* A path that names nothing valid is a thing that does not exist. */
static enum err take_path(struct api_call *call, const struct decode_params *params, uint64_t *seen) {
    for (int i = 0; i < params->count; i++) {
        size_t at = 0;
        struct text value;
        const struct api_field *field = find(call->route, params->name[i], IN_PATH, &at);
        assert(field);
        if (!http_decode(&call->request->arena, params->value[i], &value) || !take_string(call, field, value))
            return fault_set(&call->fault, ERR_NOT_FOUND);
        *seen |= 1ull << at;
    }
    return ERR_OK;
}

static enum err take_query(struct api_call *call, uint64_t *seen) {
    struct text rest = call->request->query, name, coded, value;
    while (http_query_next(&rest, &name, &coded)) {
        size_t at = 0;
        if (name.n == 0 && coded.n == 0) continue;
        const struct api_field *field = find(call->route, name, IN_QUERY, &at);
        if (!field) return wrong(call, ERR_UNKNOWN_FIELD, name);
        int64_t number;
        bool fine = !(*seen >> at & 1) && http_decode(&call->request->arena, coded, &value);
        if (fine && field->type == F_INT)
            fine = text_to_i64(value, &number) && take_integer(call, field, number);
        else if (fine) fine = take_string(call, field, value);
        if (!fine) return invalid(call, field);
        *seen |= 1ull << at;
    }
    return ERR_OK;
}

bool decode_names_currency(const struct api_route *route) {
    for (size_t i = 0; i < route->fields_count; i++)
        if (route->fields[i].type == F_MONEY && !(route->fields[i].flags & (IN_PATH | IN_QUERY))) return true;
    return false;
}

/* Who sends an amount may say of which currency it is, as long as it is ours. */
static enum err take_currency(struct api_call *call, const json_t *value) {
    if (json_is_string(value) && strcmp(json_string_value(value), "CNY") == 0) return ERR_OK;
    return fault_field(&call->fault, ERR_CURRENCY_MISMATCH, "/currency");
}

static enum err take_body(struct api_call *call, uint64_t *seen) {
    json_t *body = NULL;
    enum err err = json_read_object(call->request->body, &body);
    if (err != ERR_OK) return fault_set(&call->fault, err);
    const char *key;
    json_t *value;
    json_object_foreach(body, key, value) {
        size_t at = 0;
        const struct api_field *field = find(call->route, text_of(key), 0, &at);
        if (!field && strcmp(key, "currency") == 0 && decode_names_currency(call->route)) {
            err = take_currency(call, value);
            if (err != ERR_OK) break;
            continue;
        }
        if (!field) err = wrong(call, ERR_UNKNOWN_FIELD, text_of(key));
        else if (!take_json(call, field, value)) err = invalid(call, field);
        if (err != ERR_OK) break;
        *seen |= 1ull << at;
    }
    json_decref(body);
    return err;
}

static enum err check_missing(struct api_call *call, uint64_t seen) {
    for (size_t i = 0; i < call->route->fields_count; i++) {
        const struct api_field *field = &call->route->fields[i];
        if (seen >> i & 1) continue;
        if (field->flags & REQUIRED) return wrong(call, ERR_MISSING_FIELD, text_of(field->name));
        if (field->type == F_CHOICE) *(int *)(void *)((char *)call->body + field->offset) = -1;
    }
    return ERR_OK;
}

/* Method, path and every field that is no secret, each with its name, so that two requests with one record ask for one thing. */
static void write_record(struct api_call *call, unsigned char record[32]) {
    struct buf all;
    buf_init(&all, 65536);
    buf_add_i64(&all, call->route->method);
    buf_add_char(&all, ' ');
    buf_add(&all, call->request->path.p, call->request->path.n);
    for (size_t i = 0; i < call->route->fields_count; i++) {
        const struct api_field *field = &call->route->fields[i];
        const char *at = (const char *)call->body + field->offset;
        if (field->type == F_SECRET || field->flags & IN_PATH) continue;
        buf_add_char(&all, '\n');
        buf_add_text(&all, field->name);
        buf_add_char(&all, ' ');
        if (field->type == F_TEXT || field->type == F_DIGITS) {
            const struct text *value = (const void *)at;
            buf_add_i64(&all, (long long)value->n);
            buf_add_char(&all, ' ');
            buf_add(&all, value->p, value->n);
        } else if (field->type == F_BOOL) {
            buf_add_i64(&all, *(const bool *)at);
        } else if (field->type == F_CHOICE) {
            buf_add_i64(&all, *(const int *)(const void *)at);
        } else {
            buf_add_i64(&all, *(const int64_t *)(const void *)at); /* F_INT, F_MONEY and F_ID are eight bytes */
        }
    }
    if (call->route->file) {
        unsigned char hash[32];
        crypto_sha256(call->request->body.p, call->request->body.n, hash);
        buf_add(&all, hash, sizeof hash);
    }
    keys_mac(call->keys, KEY_RECORD, buf_text(&all), all.size,
             record); /* keyed: it may hold an ID or card number */
    buf_release(&all);
}

bool decode_has_body(enum http_method method) {
    return method == HTTP_POST || method == HTTP_PUT || method == HTTP_PATCH;
}

enum err decode_request(struct api_call *call, const struct decode_params *params, unsigned char record[32]) {
    uint64_t seen = 0;
    assert(call->route->fields_count <= 64);
    call->body = arena_alloc(&call->request->arena, call->route->body_size ? call->route->body_size : 1);
    enum err err = take_path(call, params, &seen);
    if (err == ERR_OK) err = take_query(call, &seen);
    bool is_file = call->route->file != NULL; /* the handler's: call->request->body */
    if (err == ERR_OK && !is_file && decode_has_body(call->request->method)) err = take_body(call, &seen);
    else if (err == ERR_OK && !is_file && call->request->body.n > 0)
        err = fault_set(&call->fault, ERR_BAD_REQUEST);
    if (err == ERR_OK) err = check_missing(call, seen);
    if (err == ERR_OK && record) write_record(call, record);
    return err;
}
