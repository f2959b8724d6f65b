/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/control/page.h"

#include <inttypes.h>
#include <string.h>

#include "base/money.h"
#include "base/text.h"

enum { KEY_COLUMN = 22, COLUMNS_MAX = 12, VALUE_BYTES = 400 };

/* Keys whose integers are fen. */
static const char *const amounts[] = {"amount",
                                      "available",
                                      "balance",
                                      "balance_after",
                                      "charged",
                                      "coming",
                                      "credits_posted",
                                      "debits_posted",
                                      "fee",
                                      "held",
                                      "left",
                                      "most",
                                      "ours",
                                      "payment_most",
                                      "pocket",
                                      "posted",
                                      "ready",
                                      "refunded",
                                      "theirs",
                                      "used",
                                      "withdrawal_free",
                                      "withdrawal_fee_min",
                                      "without_pin_most"};

const char *page_text(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

int64_t page_i64(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

bool page_is(const json_t *object, const char *key) {
    return json_is_true(json_object_get(object, key));
}

static bool is_amount(const char *key) {
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++)
        if (strcmp(key, amounts[i]) == 0) return true;
    return false;
}

static void value_text(const char *key, const json_t *value, char out[VALUE_BYTES]) {
    char yuan[MONEY_TEXT_MAX];
    if (json_is_integer(value) && is_amount(key)) {
        money_text((struct money){json_integer_value(value)}, yuan);
        snprintf(out, VALUE_BYTES, "%s", yuan);
    } else if (json_is_integer(value)) {
        snprintf(out, VALUE_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_boolean(value)) {
        snprintf(out, VALUE_BYTES, "%s", json_is_true(value) ? "yes" : "no");
    } else {
        text_keep(text_of(json_is_string(value) ? json_string_value(value) : "-"), out, VALUE_BYTES);
    }
}

/* Columns of a terminal: what lies at or beyond U+1100 is drawn two wide (Chinese, kana, full width). */
static int width_of(const char *value) {
    struct text text = text_of(value);
    size_t at = 0;
    int width = 0;
    while (at < text.n) {
        int32_t character = text_next(text, &at);
        if (character < 0) at++;
        width += character >= 0x1100 ? 2 : 1;
    }
    return width;
}

static void padded(const char *value, int width, FILE *out) {
    int missing = width - width_of(value);
    fprintf(out, "%s%*s", value, missing > 0 ? missing : 0, "");
}

void page_rows(const json_t *items, int indent, FILE *out) {
    const char *keys[COLUMNS_MAX], *key;
    int widths[COLUMNS_MAX] = {0}, columns = 0;
    char value[VALUE_BYTES];
    json_t *cell, *item;
    size_t i;
    json_object_foreach(json_array_get(items, 0), key, cell) if (columns < COLUMNS_MAX) {
        keys[columns] = key;
        widths[columns++] = width_of(key);
    }
    json_array_foreach(items, i, item) {
        for (int c = 0; c < columns; c++) {
            value_text(keys[c], json_object_get(item, keys[c]), value);
            if (width_of(value) > widths[c]) widths[c] = width_of(value);
        }
    }
    if (columns == 0) return;
    fprintf(out, "%*s", indent, "");
    for (int c = 0; c < columns; c++) padded(keys[c], c == columns - 1 ? 0 : widths[c] + 2, out);
    fprintf(out, "\n");
    json_array_foreach(items, i, item) {
        fprintf(out, "%*s", indent, "");
        for (int c = 0; c < columns; c++) {
            value_text(keys[c], json_object_get(item, keys[c]), value);
            padded(value, c == columns - 1 ? 0 : widths[c] + 2, out);
        }
        fprintf(out, "\n");
    }
}

static void strings_line(const json_t *items, FILE *out) {
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item) fprintf(out, "%s%s", i ? ", " : "", json_string_value(item));
    fprintf(out, "%s\n", json_array_size(items) ? "" : "-");
}

static void show_object(const json_t *object, int indent, FILE *out) {
    const char *key;
    json_t *value;
    char text[VALUE_BYTES];
    json_object_foreach((json_t *)object, key, value) {
        if (json_is_object(value)) {
            fprintf(out, "%*s%s\n", indent, "", key);
            show_object(value, indent + 2, out);
        } else if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
            fprintf(out, "%*s%s\n", indent, "", key);
            page_rows(value, indent + 2, out);
        } else {
            fprintf(out, "%*s%-*s ", indent, "", KEY_COLUMN - indent, key);
            if (json_is_array(value)) {
                strings_line(value, out);
            } else {
                value_text(key, value, text);
                fprintf(out, "%s\n", text);
            }
        }
    }
}

void page_all(const json_t *result, FILE *out) {
    show_object(result, 0, out);
}
