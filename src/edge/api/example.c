/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/example.h"

#include <stdio.h>
#include <string.h>

#include "edge/api/decode.h"

enum { VALUE_MAX = 96 };

/* What a field holds where its type alone would say too little; the first row that fits wins. A value that begins with $ is a variable.
 * An optional field is shown only by a row that names its route. */
static const struct {
    const char *path, *field, *value; /* path NULL: any */
} values[] = {
    {"/v1/transfers/preview", "phone", "$phone"},
    {"/v1/transfers", "note", "早饭"},
    {"/v1/purchases", "note", "两碗面"},
    {"/v1/merchants/{id}/orders", "note", "两碗面"},
    {"/v1/merchants/{id}/charges", "note", "两碗面"},
    {"/v1/merchants/{id}/payments/{payment_id}/refunds", "amount", "30"},
    {"/v1/merchants/{id}/payments/{payment_id}/refunds", "reason", "面少了"},
    {"/v1/merchants/{id}/tills", "name", "一号台"},
    {"/v1/merchants/{id}/tills/{till_id}", "name", "二号台"},
    {"/v1/merchants/{id}", "name", "南门早点铺"},
    {"/v1/merchants", "name", "南门早点铺"},
    {"/v1/merchants/{id}/waiters", "till_id", "$till_id"},
    {"/v1/pin/reset/{id}/confirm", "pin", "390572"},
    {"/v1/withdrawals/preview", "amount", "1000"},
    {"/v1/withdrawals", "fee", "0"},
    {"/v1/bills", "kind", "transfer"},
    {"/v1/bills", "limit", "5"},
    {"/v1/bills/months", "count", "3"},
    {"/v1/paycode/free", "free", "false"},
    {"/v1/qr.svg", "text", "qianbao"},
    {"/v1/help", "q", "refund"},
    {"/v1/cases", "about", "other"},
    {"/v1/cases/{id}/lines", "words", "谢谢"},
    {"/demo/clock", "advance_s", "1"},
    {NULL, "pin", "408516"},
    {NULL, "password", "xuanwu-hu 2317 liu"},
    {NULL, "nickname", "小明"},
};

/* Whose answer carries the session's cookie. */
static const char *const signs_in[] = {"/v1/persons", "/v1/sessions", "/v1/sessions/code",
                                       "/v1/password/reset"};

static bool gives_cookie(const struct api_route *route) {
    for (size_t i = 0; i < API_COUNT(signs_in); i++)
        if (route->kind == API_WRITE && strcmp(signs_in[i], route->path) == 0) return true;
    return false;
}

static const char *value_of(const struct api_route *route, const char *field, bool *of_route) {
    for (size_t i = 0; i < API_COUNT(values); i++) {
        if (strcmp(values[i].field, field) != 0) continue;
        *of_route = values[i].path && strcmp(values[i].path, route->path) == 0;
        if (*of_route || !values[i].path) return values[i].value;
    }
    *of_route = false;
    return NULL;
}

/* A number in a path is called after what it counts: /v1/cards/{id}/unbind has $card_id. */
static void path_variable(const char *path, const char *brace, char out[VALUE_MAX]) {
    const char *end = strchr(brace, '}'), *from = brace - 1;
    if (strncmp(brace, "{id}", 4) != 0) {
        snprintf(out, VALUE_MAX, "%.*s", (int)(end - brace - 1), brace + 1);
        return;
    }
    while (from > path && from[-1] != '/') from--;
    int size = (int)(brace - 1 - from);
    if (size > 1 && from[size - 1] == 's') size--;
    snprintf(out, VALUE_MAX, "%.*s_id", size, from);
}

static void write_path(const char *path, struct buf *out) {
    for (const char *at = path; *at;) {
        char name[VALUE_MAX];
        if (*at != '{') {
            buf_add_char(out, *at++);
            continue;
        }
        path_variable(path, at, name);
        buf_format(out, "$%s", name);
        at = strchr(at, '}') + 1;
    }
}

/* The field's value as a word of the shell; false: it is not shown. */
static bool field_value(const struct api_route *route, const struct api_field *field, char out[VALUE_MAX]) {
    bool of_route;
    const char *value = value_of(route, field->name, &of_route);
    if (!(field->flags & REQUIRED) && !of_route) return false;
    if (value) {
        snprintf(out, VALUE_MAX, "%s", value);
        return true;
    }
    switch (field->type) {
    case F_MONEY: snprintf(out, VALUE_MAX, "%lld", (long long)(field->min > 1000 ? field->min : 1000)); break;
    case F_INT: snprintf(out, VALUE_MAX, "%lld", (long long)field->min); break;
    case F_BOOL: snprintf(out, VALUE_MAX, "true"); break;
    case F_CHOICE: snprintf(out, VALUE_MAX, "%s", field->choices[0]); break;
    case F_TEXT:
    case F_SECRET:
    case F_DIGITS:
    case F_ID: snprintf(out, VALUE_MAX, "$%s", field->name); break;
    }
    return true;
}

static void write_query(const struct api_route *route, struct buf *out) {
    char value[VALUE_MAX], mark = '?';
    for (size_t i = 0; i < route->fields_count; i++) {
        const struct api_field *field = &route->fields[i];
        if (!(field->flags & IN_QUERY) || !field_value(route, field, value)) continue;
        buf_format(out, "%c%s=%s", mark, field->name, value);
        mark = '&';
    }
}

static void write_json(const struct api_route *route, struct buf *out) {
    char value[VALUE_MAX];
    const char *comma = "";
    for (size_t i = 0; i < route->fields_count; i++) {
        const struct api_field *field = &route->fields[i];
        if (field->flags & (IN_PATH | IN_QUERY) || !field_value(route, field, value)) continue;
        bool bare = field->type == F_MONEY || field->type == F_INT || field->type == F_BOOL;
        buf_format(out, "%s\"%s\":", comma, field->name);
        if (value[0] == '$') buf_format(out, bare ? "'\"%s\"'" : "\"'\"%s\"'\"", value);
        else buf_format(out, bare ? "%s" : "\"%s\"", value);
        comma = ",";
    }
}

void example_write(const struct api_route *route, struct buf *out) {
    bool keyed = route->kind == API_WRITE && route->who == WHO_PERSON && !(route->flags & API_NO_KEY);
    buf_add_text(out, route->flags & API_STREAM ? "curl -sSN --max-time 2" : "curl -sS");
    if (route->method != HTTP_GET && route->method != HTTP_POST)
        buf_format(out, " -X %s", http_method_name(route->method));
    buf_add_text(out, " \"$QB");
    write_path(route->path, out);
    write_query(route, out);
    buf_add_char(out, '"');
    if (route->who == WHO_PERSON) buf_add_text(out, " -b \"$jar\"");
    if (gives_cookie(route)) buf_add_text(out, " -c \"$jar\"");
    if (keyed) buf_add_text(out, " -H \"Idempotency-Key: $key\"");
    if (!decode_has_body(route->method)) return;
    if (route->file) {
        buf_format(out, " -H \"Content-Type: %s\" --data-binary @\"$photo\"", route->file->types[0]);
        return;
    }
    buf_add_text(out, " --json '{");
    write_json(route, out);
    buf_add_text(out, "}'");
}
