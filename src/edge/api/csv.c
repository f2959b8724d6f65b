/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/csv.h"

#include <string.h>

void csv_begin(struct buf *out) {
    buf_add_text(out, "\xEF\xBB\xBF");
}

/* A comma before every cell but a row's first. */
static void separate(struct buf *out) {
    bool first = out->size == 3 || (out->size > 0 && out->bytes[out->size - 1] == '\n');
    if (!first) buf_add_char(out, ',');
}

void csv_text(struct buf *out, const char *text) {
    separate(out);
    buf_add_char(out, '"');
    if (*text && strchr("=+-@\t\r", *text)) buf_add_char(out, '\'');
    for (; *text; text++) {
        if (*text == '"') buf_add_char(out, '"');
        buf_add_char(out, *text);
    }
    buf_add_char(out, '"');
}

void csv_money(struct buf *out, struct money amount) {
    char shown[MONEY_TEXT_MAX];
    separate(out);
    money_text(amount, shown);
    buf_add_text(out, shown);
}

void csv_nothing(struct buf *out) {
    separate(out);
    if (out->size == 3 || out->bytes[out->size - 1] == '\n') buf_add_text(out, "\"\"");
}

void csv_end_row(struct buf *out) {
    buf_add_text(out, "\r\n");
}
