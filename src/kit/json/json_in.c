/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/json/json_in.h"

#include <stdbool.h>
#include <string.h>

/* Counts brackets, commas and colons outside of strings, and looks at every number's spelling: jansson would take 1.0 and -0. */
static enum err scan(struct text t, size_t values_max) {
    size_t depth = 0, values = 1;
    bool in_string = false;
    for (size_t i = 0; i < t.n; i++) {
        char c = t.p[i];
        if (in_string) {
            if (c == '\\') i++;
            else if (c == '"') in_string = false;
            continue;
        }
        if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_DEPTH_MAX) return ERR_BAD_JSON;
        } else if (c == '}' || c == ']') {
            if (depth-- == 0) return ERR_BAD_JSON;
        } else if (c == ',' || c == ':') {
            if (++values > values_max) return ERR_BAD_JSON;
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            size_t start = i;
            while (i < t.n && strchr("+-.0123456789eE", t.p[i]) && t.p[i]) i++;
            int64_t value;
            bool plain = text_to_i64((struct text){t.p + start, i - start}, &value);
            if (!plain || value > JSON_INTEGER_MAX || value < -JSON_INTEGER_MAX) return ERR_BAD_JSON;
            i--;
        }
    }
    return ERR_OK;
}

enum err json_read_object(struct text text, json_t **out) {
    return json_read_answer(text, JSON_VALUES_MAX, out);
}

enum err json_read_answer(struct text text, size_t values_max, json_t **out) {
    if (text.n > JSON_SIZE_MAX) return ERR_TOO_LARGE;
    enum err err = scan(text, values_max);
    if (err != ERR_OK) return err;
    json_t *value = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    if (!value) return ERR_BAD_JSON;
    if (!json_is_object(value)) {
        json_decref(value);
        return ERR_BAD_JSON;
    }
    *out = value;
    return ERR_OK;
}
