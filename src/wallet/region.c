/* SPDX-License-Identifier: Apache-2.0 */
/* The table is read once, into a bit a code. */
#include "wallet/region.h"

#include <pthread.h>

#include "base/data.h"
#include "base/table.h"

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
    struct text table = table_of(data_region_tsv, data_region_tsv_size), row;
    while (table_row(&table, &row)) {
        if (row.n < CODE_DIGITS || !text_digits((struct text){row.p, CODE_DIGITS})) continue;
        int value = code_value(row.p);
        known[value / 8] |= (unsigned char)(1 << value % 8);
    }
}

bool region_known(struct text code) {
    if (code.n != CODE_DIGITS || !text_digits(code)) return false;
    pthread_once(&known_once, known_read);
    int value = code_value(code.p);
    return known[value / 8] >> value % 8 & 1;
}
