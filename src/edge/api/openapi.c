/* SPDX-License-Identifier: Apache-2.0 */
/* openapi: /openapi.json (3.1), written from the route, field and schema tables: what is served is what is said. */
#include <stdio.h>
#include <string.h>

#include "edge/api/api.h"
#include "edge/api/decode.h"
#include "edge/api/example.h"
#include "edge/api/schema.h"

/* --- types of the rows of schema.c --- */

static void write_named_type(struct json_out *out, struct text type) {
    static const struct {
        const char *name, *type, *format;
    } simple[] = {{"string", "string", NULL},
                  {"integer", "integer", NULL},
                  {"boolean", "boolean", NULL},
                  {"time", "string", "date-time"},
                  {"id", "string", "id"}};
    json_begin_object(out);
    for (size_t i = 0; i < API_COUNT(simple); i++)
        if (text_is(type, simple[i].name)) {
            json_key_str(out, "type", simple[i].type);
            if (simple[i].format) json_key_str(out, "format", simple[i].format);
            json_end_object(out);
            return;
        }
    char ref[96];
    snprintf(ref, sizeof ref, "#/components/schemas/%.*s", (int)type.n, type.p);
    json_key_str(out, "$ref", ref);
    json_end_object(out);
}

static void write_type(struct json_out *out, struct text type) {
    bool nullable = type.n > 0 && type.p[type.n - 1] == '?';
    if (nullable) type.n--;
    bool array = type.n > 2 && type.p[type.n - 1] == ']';
    if (array) type.n -= 2;
    if (nullable) {
        json_begin_object(out);
        json_key(out, "anyOf");
        json_begin_array(out);
    }
    if (array) {
        json_begin_object(out);
        json_key_str(out, "type", "array");
        json_key(out, "items");
    }
    write_named_type(out, type);
    if (array) json_end_object(out);
    if (nullable) {
        json_begin_object(out);
        json_key_str(out, "type", "null");
        json_end_object(out);
        json_end_array(out);
        json_end_object(out);
    }
}

/* Splits "name:type" off a row. */
static bool next_property(const char **at, struct text *name, struct text *type) {
    while (**at == ' ') ++*at;
    if (!**at) return false;
    const char *colon = strchr(*at, ':');
    size_t end = strcspn(*at, " ");
    *name = (struct text){*at, (size_t)(colon - *at)};
    *type = (struct text){colon + 1, end - name->n - 1};
    *at += end;
    return true;
}

static void write_schema(struct json_out *out, const struct schema *schema) {
    struct text name, type;
    json_begin_object(out);
    json_key_str(out, "type", "object");
    json_key_bool(out, "additionalProperties", false);
    json_key(out, "required");
    json_begin_array(out);
    for (const char *at = schema->properties; next_property(&at, &name, &type);) json_text(out, name);
    json_end_array(out);
    json_key(out, "properties");
    json_begin_object(out);
    for (const char *at = schema->properties; next_property(&at, &name, &type);) {
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)name.n, name.p);
        json_key(out, key);
        write_type(out, type);
    }
    json_end_object(out);
    json_end_object(out);
}

/* --- fields --- */

static void write_field(struct json_out *out, const struct api_field *field) {
    json_begin_object(out);
    switch (field->type) {
    case F_TEXT:
    case F_SECRET:
    case F_DIGITS:
        json_key_str(out, "type", "string");
        json_key_i64(out, "minLength", field->min);
        json_key_i64(out, "maxLength", field->max);
        if (field->type == F_DIGITS) json_key_str(out, "pattern", "^[0-9]+$");
        if (field->type == F_SECRET) json_key_bool(out, "writeOnly", true);
        break;
    case F_MONEY:
    case F_INT:
        json_key_str(out, "type", "integer");
        json_key_i64(out, "minimum", field->min);
        json_key_i64(out, "maximum", field->max);
        break;
    case F_BOOL: json_key_str(out, "type", "boolean"); break;
    case F_ID:
        json_key_str(out, "type", "string");
        json_key_str(out, "pattern", "^[0-9A-HJKMNP-TV-Z]{26}$");
        break;
    case F_CHOICE:
        json_key_str(out, "type", "string");
        json_key(out, "enum");
        json_begin_array(out);
        for (int i = 0; field->choices[i]; i++) json_str(out, field->choices[i]);
        json_end_array(out);
        break;
    }
    if (field->about) json_key_str(out, "description", field->about);
    json_end_object(out);
}

static void write_parameters(struct json_out *out, const struct api_route *route, bool keyed) {
    json_key(out, "parameters");
    json_begin_array(out);
    for (size_t i = 0; i < route->fields_count; i++) {
        const struct api_field *field = &route->fields[i];
        if (!(field->flags & (IN_PATH | IN_QUERY))) continue;
        json_begin_object(out);
        json_key_str(out, "name", field->name);
        json_key_str(out, "in", field->flags & IN_PATH ? "path" : "query");
        json_key_bool(out, "required", field->flags & (REQUIRED | IN_PATH));
        json_key(out, "schema");
        write_field(out, field);
        json_end_object(out);
    }
    if (keyed) {
        json_begin_object(out);
        json_key_str(out, "name", "Idempotency-Key");
        json_key_str(out, "in", "header");
        json_key_bool(out, "required", true);
        json_key(out, "schema");
        json_raw(out, TEXT("{\"type\":\"string\",\"minLength\":16,\"maxLength\":64,\"pattern\":\"^[0-9A-Za-z_"
                           "-]+$\"}"));
        json_end_object(out);
    }
    json_end_array(out);
}

static void write_file_types(struct json_out *out, const struct api_file *file) {
    for (size_t i = 0; file->types[i]; i++) {
        json_key(out, file->types[i]);
        json_begin_object(out);
        json_key(out, "schema");
        json_begin_object(out);
        json_key_str(out, "type", "string");
        json_key_str(out, "format", "binary");
        json_key_i64(out, "maxLength", (int64_t)file->most);
        json_end_object(out);
        json_end_object(out);
    }
}

static void write_body(struct json_out *out, const struct api_route *route) {
    if (!decode_has_body(route->method)) return;
    json_key(out, "requestBody");
    json_begin_object(out);
    json_key_bool(out, "required", true);
    json_key(out, "content");
    json_begin_object(out);
    if (route->file) {
        write_file_types(out, route->file);
        json_end_object(out);
        json_end_object(out);
        return;
    }
    json_key(out, "application/json");
    json_begin_object(out);
    json_key(out, "schema");
    json_begin_object(out);
    json_key_str(out, "type", "object");
    json_key_bool(out, "additionalProperties", false);
    json_key(out, "required");
    json_begin_array(out);
    for (size_t i = 0; i < route->fields_count; i++)
        if (!(route->fields[i].flags & (IN_PATH | IN_QUERY)) && route->fields[i].flags & REQUIRED)
            json_str(out, route->fields[i].name);
    json_end_array(out);
    json_key(out, "properties");
    json_begin_object(out);
    for (size_t i = 0; i < route->fields_count; i++) {
        if (route->fields[i].flags & (IN_PATH | IN_QUERY)) continue;
        json_key(out, route->fields[i].name);
        write_field(out, &route->fields[i]);
    }
    if (decode_names_currency(route)) {
        json_key(out, "currency");
        json_raw(out, TEXT("{\"type\":\"string\",\"enum\":[\"CNY\"],\"description\":\"of the amount; CNY "
                           "also when it is left out\"}"));
    }
    json_end_object(out);
    json_end_object(out);
    json_end_object(out);
    json_end_object(out);
    json_end_object(out);
}

static void write_answer(struct json_out *out, const char *status, const char *about, const char *type,
                         const char *schema) {
    json_key(out, status);
    json_begin_object(out);
    json_key_str(out, "description", about);
    json_key(out, "content");
    json_begin_object(out);
    json_key(out, type ? type : "application/json");
    json_begin_object(out);
    if (schema) {
        json_key(out, "schema");
        write_named_type(out, text_of(schema));
    }
    json_end_object(out);
    json_end_object(out);
    json_end_object(out);
}

/* --- what the engine itself may answer; what a verb refuses stands in its own words, on the page of all errors --- */

enum { ERRORS_MAX = 32 };

static void add_error(enum err errors[ERRORS_MAX], size_t *count, bool applies, enum err code) {
    for (size_t i = 0; i < *count; i++)
        if (errors[i] == code) return;
    if (applies && *count < ERRORS_MAX) errors[(*count)++] = code;
}

static enum err wrong_value(const struct api_field *field) {
    if (field->wrong) return field->wrong;
    if (field->flags & IN_PATH) return ERR_NOT_FOUND;
    if (strcmp(field->name, "cursor") == 0) return ERR_BAD_CURSOR;
    return field->type == F_MONEY ? ERR_BAD_AMOUNT : ERR_BAD_FIELD;
}

static void write_errors(struct json_out *out, const struct api_route *route, bool keyed) {
    enum err errors[ERRORS_MAX] = {ERR_OK};
    size_t count = 0;
    bool body = decode_has_body(route->method), person = route->who == WHO_PERSON, required = false;
    bool changes = route->method != HTTP_GET;
    for (size_t i = 0; i < route->fields_count; i++)
        required |= (route->fields[i].flags & (REQUIRED | IN_PATH)) == REQUIRED;
    add_error(errors, &count, person, ERR_NOT_SIGNED_IN);
    add_error(errors, &count, changes, ERR_CROSS_SITE);
    add_error(errors, &count, body, route->file ? route->file->wrong : ERR_BAD_TYPE);
    add_error(errors, &count, body && !route->file, ERR_BAD_JSON);
    add_error(errors, &count, true, ERR_UNKNOWN_FIELD);
    add_error(errors, &count, required, ERR_MISSING_FIELD);
    for (size_t i = 0; i < route->fields_count; i++)
        add_error(errors, &count, true, wrong_value(&route->fields[i]));
    add_error(errors, &count, decode_names_currency(route), ERR_CURRENCY_MISMATCH);
    add_error(errors, &count, keyed, ERR_MISSING_KEY);
    add_error(errors, &count, keyed, ERR_IDEMPOTENCY_MISMATCH);
    add_error(errors, &count, person && (route->rate != RATE_NONE || strchr(route->path, '{')),
              ERR_TOO_MANY_TRIES);
    add_error(errors, &count, route->kind == API_WRITE, ERR_READ_ONLY);
    add_error(errors, &count, route->kind != API_PLAIN, ERR_OVERLOADED);
    json_key(out, "x-errors");
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) json_str(out, err_name(errors[i]));
    json_end_array(out);
}

static void write_example(struct json_out *out, const struct api_route *route) {
    struct buf example;
    buf_init(&example, 4096);
    example_write(route, &example);
    json_key(out, "x-codeSamples");
    json_begin_array(out);
    json_begin_object(out);
    json_key_str(out, "lang", "Shell");
    json_key_str(out, "label", "curl");
    json_key_str(out, "source", buf_text(&example));
    json_end_object(out);
    json_end_array(out);
    buf_release(&example);
}

static const char *noun_of(const struct api_route *route) {
    for (size_t i = 0; i < api_routes_count; i++)
        for (size_t j = 0; j < *api_routes[i].count; j++)
            if (&api_routes[i].rows[j] == route) return api_routes[i].noun;
    return "";
}

/* A noun whose routes are all the sandbox's is none of a production server. */
static bool noun_is_served(struct api *api, const struct api_routes *noun) {
    for (size_t i = 0; api_route(api, i); i++)
        if (strcmp(noun_of(api_route(api, i)), noun->noun) == 0) return true;
    return false;
}

static void write_nouns(struct json_out *out, struct api *api) {
    json_key(out, "tags");
    json_begin_array(out);
    for (size_t i = 0; i < api_routes_count; i++) {
        if (!noun_is_served(api, &api_routes[i])) continue;
        json_begin_object(out);
        json_key_str(out, "name", api_routes[i].noun);
        json_key_str(out, "description", api_routes[i].name);
        json_key_str(out, "x-description-zh", api_routes[i].name_zh);
        json_end_object(out);
    }
    json_end_array(out);
}

static void write_operation(struct json_out *out, const struct api_route *route) {
    static const char *const names[] =
        {[HTTP_GET] = "get", [HTTP_POST] = "post", [HTTP_PUT] = "put", [HTTP_DELETE] = "delete", [HTTP_PATCH] = "patch"};
    bool keyed = route->kind == API_WRITE && route->who == WHO_PERSON && !(route->flags & API_NO_KEY);
    char status[8];
    snprintf(status, sizeof status, "%d", route->status ? route->status : 200);
    json_key(out, names[route->method]);
    json_begin_object(out);
    json_key_str(out, "summary", route->about);
    json_key(out, "tags");
    json_begin_array(out);
    json_str(out, noun_of(route));
    json_end_array(out);
    if (route->who == WHO_PERSON) {
        json_key(out, "security");
        json_raw(out, TEXT("[{\"session\":[]}]"));
    }
    if (route->function) json_key_str(out, "x-function", function_row(route->function)->name);
    write_parameters(out, route, keyed);
    write_body(out, route);
    json_key(out, "responses");
    json_begin_object(out);
    write_answer(out, status, "Done", route->type, route->type ? NULL : route->answer);
    write_answer(out, "default",
                 "Not done; the words say what happened, whether money was taken, and what to do", NULL,
                 "Error");
    json_end_object(out);
    write_errors(out, route, keyed);
    write_example(out, route);
    json_end_object(out);
}

static bool seen_before(struct api *api, size_t at, const char *path) {
    for (size_t i = 0; i < at; i++)
        if (strcmp(api_route(api, i)->path, path) == 0) return true;
    return false;
}

static enum err openapi(struct api_call *call) {
    struct json_out *out = call->out;
    json_begin_object(out);
    json_key_str(out, "openapi", "3.1.0");
    json_key(out, "info");
    json_begin_object(out);
    json_key_str(out, "title", "Qianbao");
    json_key_str(out, "version", api_config_of(call->api)->version);
    json_end_object(out);
    write_nouns(out, call->api);
    json_key(out, "paths");
    json_begin_object(out);
    for (size_t i = 0; api_route(call->api, i); i++) {
        const char *path = api_route(call->api, i)->path;
        if (seen_before(call->api, i, path)) continue;
        json_key(out, path);
        json_begin_object(out);
        for (size_t j = i; api_route(call->api, j); j++)
            if (strcmp(api_route(call->api, j)->path, path) == 0)
                write_operation(out, api_route(call->api, j));
        json_end_object(out);
    }
    json_end_object(out);
    json_key(out, "components");
    json_begin_object(out);
    json_key(out, "securitySchemes");
    json_begin_object(out);
    json_key(out, "session");
    json_begin_object(out);
    json_key_str(out, "type", "apiKey");
    json_key_str(out, "in", "cookie");
    json_key_str(out, "name", api_config_of(call->api)->tls ? "__Host-qb_session" : "qb_session");
    json_end_object(out);
    json_end_object(out);
    json_key(out, "schemas");
    json_begin_object(out);
    for (size_t i = 0; i < schemas_count; i++) {
        json_key(out, schemas[i].name);
        write_schema(out, &schemas[i]);
    }
    json_end_object(out);
    json_end_object(out);
    json_end_object(out);
    return ERR_OK;
}

const struct api_route openapi_routes[] = {
    {HTTP_GET, "/openapi.json", WHO_ANYONE, API_PLAIN, .run.plain = openapi, .about = "This page",
     .type = "application/json"},
};
const size_t openapi_routes_count = API_COUNT(openapi_routes);
