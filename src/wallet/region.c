/* SPDX-License-Identifier: Apache-2.0 */
/* The table is read once, into a bit a code. */
#include "wallet/region.h"

#include <pthread.h>
#include <string.h>

#include "base/data.h"

enum { CODES = 1000000, CODE_DIGITS = 6 };

static unsigned char known[CODES / 8];
static pthread_once_t known_once = PTHREAD_ONCE_INIT;

static int code_value(const char *digits) {
    int value = 0;
    for (int i = 0; i < CODE_DIGITS; i++) value = value * 10 + (digits[i] - '0');
    return value;
}

/* A line begins with its code; all else, such as remarks, is not for us. */
static void known_read(void) {
    const char *line = (const char *)data_region_tsv, *end = line + data_region_tsv_size;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        if (stop - line >= CODE_DIGITS && text_digits((struct text){line, CODE_DIGITS})) {
            int value = code_value(line);
            known[value / 8] |= (unsigned char)(1 << value % 8);
        }
        line = stop + 1;
    }
}

bool region_known(struct text code) {
    if (code.n != CODE_DIGITS || !text_digits(code)) return false;
    pthread_once(&known_once, known_read);
    int value = code_value(code.p);
    return known[value / 8] >> value % 8 & 1;
}
