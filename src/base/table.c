/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

struct text table_of(const unsigned char *bytes, size_t size) {
    return (struct text){(const char *)bytes, size};
}

bool table_row(struct text *rest, struct text *out) {
    while (rest->n > 0) {
        struct text line = text_cut(rest, '\n');
        if (line.n == 0 || line.p[0] == '#') continue;
        *out = line;
        return true;
    }
    return false;
}
