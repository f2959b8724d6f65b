/* SPDX-License-Identifier: Apache-2.0 */
/* The table is read once into rows sorted by prefix, shorter ones first among those that begin alike; a lookup tries the number's
 * first digits from the longest prefix down. */
#include "wallet/issuer.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/data.h"
#include "base/log.h"
#include "base/table.h"

enum { PREFIX_MAX = 10, ROWS_MAX = 16384, COLUMNS_MAX = 16 };

struct row {
    uint64_t prefix; /* the digits as a number, a 1 in front: 62 and 062 differ */
    int length;      /* of the whole number */
    struct issuer issuer;
};

static struct row *rows;
static size_t rows_count;
static pthread_once_t rows_once = PTHREAD_ONCE_INIT;

enum column { PREFIX, LENGTH, KIND, CODE, NAME, NAME_ZH, COLUMNS };
static const char *const column_names[COLUMNS] = {"prefix", "length", "kind", "code", "name", "name_zh"};
static const char *const kind_names[] =
    {[CARD_DEBIT] = "debit", [CARD_CREDIT] = "credit", [CARD_SEMI] = "semi", [CARD_PREPAID] = "prepaid"};

const char *card_kind_name(enum card_kind kind) {
    return kind_names[kind];
}

static uint64_t prefix_value(struct text digits) {
    uint64_t value = 1;
    for (size_t i = 0; i < digits.n; i++) value = value * 10 + (uint64_t)(digits.p[i] - '0');
    return value;
}

/* Fields that a row does not have are empty. */
static void row_split(struct text row, struct text fields[COLUMNS_MAX]) {
    for (int i = 0; i < COLUMNS_MAX; i++) fields[i] = text_cut(&row, '\t');
}

static int row_compare(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    if (x->prefix != y->prefix) return x->prefix < y->prefix ? -1 : 1;
    return x->length - y->length;
}

/* Where each of our columns stands, from the line that names them. */
static bool head_read(struct text row, int at[COLUMNS]) {
    struct text fields[COLUMNS_MAX];
    row_split(row, fields);
    for (int column = 0; column < COLUMNS; column++) {
        at[column] = -1;
        for (int i = 0; i < COLUMNS_MAX; i++)
            if (text_is(fields[i], column_names[column])) at[column] = i;
        if (at[column] < 0) return false;
    }
    return true;
}

static bool row_read(struct text row, const int at[COLUMNS], struct row *out) {
    struct text fields[COLUMNS_MAX];
    int64_t length;
    row_split(row, fields);
    for (int column = 0; column < COLUMNS; column++)
        if (fields[at[column]].n == 0) return false;
    struct text prefix = fields[at[PREFIX]];
    if (!text_digits(prefix) || prefix.n > PREFIX_MAX) return false;
    if (!text_to_i64(fields[at[LENGTH]], &length) || length < CARD_DIGITS_MIN || length > CARD_DIGITS_MAX)
        return false;
    *out = (struct row){prefix_value(prefix),
                        (int)length,
                        {fields[at[CODE]], fields[at[NAME]], fields[at[NAME_ZH]], 0}};
    for (enum card_kind kind = CARD_DEBIT; kind <= CARD_PREPAID; kind++)
        if (text_is(fields[at[KIND]], kind_names[kind])) out->issuer.kind = kind;
    return out->issuer.kind != 0;
}

static void rows_read(void) {
    struct text table = table_of(data_bin_tsv, data_bin_tsv_size), row;
    int columns[COLUMNS] = {0};
    bool head = false;
    rows = calloc(ROWS_MAX, sizeof *rows);
    if (!rows) log_fatal("issuer: no memory");
    while (table_row(&table, &row)) {
        if (!head) head = head_read(row, columns);
        else if (rows_count == ROWS_MAX || !row_read(row, columns, &rows[rows_count++]))
            log_fatal("issuer: tables/bin.tsv: %.*s", (int)row.n, row.p);
    }
    if (!head) log_fatal("issuer: tables/bin.tsv has no line of column names");
    qsort(rows, rows_count, sizeof *rows, row_compare);
}

bool issuer_find(struct text number, struct issuer *out) {
    if (!text_digits(number) || number.n < CARD_DIGITS_MIN || number.n > CARD_DIGITS_MAX) return false;
    pthread_once(&rows_once, rows_read);
    for (size_t n = PREFIX_MAX; n > 0; n--) {
        struct row key = {.prefix = prefix_value((struct text){number.p, n}), .length = (int)number.n};
        const struct row *found = bsearch(&key, rows, rows_count, sizeof *rows, row_compare);
        if (!found) continue;
        *out = found->issuer;
        return true;
    }
    return false;
}

unsigned issuer_prefixes(void) {
    pthread_once(&rows_once, rows_read);
    return (unsigned)rows_count;
}

bool luhn_valid(struct text digits) {
    int sum = 0;
    if (!text_digits(digits)) return false;
    for (size_t i = 0; i < digits.n; i++) {
        int digit = digits.p[digits.n - 1 - i] - '0';
        if (i % 2) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum % 10 == 0;
}
