/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

struct text text_of(const char *nul_ended) {
    return (struct text){nul_ended, nul_ended ? strlen(nul_ended) : 0};
}

bool text_equal(struct text a, struct text b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool text_is(struct text a, const char *nul_ended) {
    return text_equal(a, text_of(nul_ended));
}

bool text_starts(struct text a, const char *prefix) {
    size_t n = strlen(prefix);
    return a.n >= n && memcmp(a.p, prefix, n) == 0;
}

struct text text_cut(struct text *from, char at) {
    const char *end = from->n ? memchr(from->p, at, from->n) : NULL;
    struct text part = {from->p, end ? (size_t)(end - from->p) : from->n};
    size_t used = part.n + (end != NULL);
    *from = (struct text){from->p + used, from->n - used};
    return part;
}

bool text_digits(struct text a) {
    for (size_t i = 0; i < a.n; i++)
        if (a.p[i] < '0' || a.p[i] > '9') return false;
    return a.n > 0;
}

bool text_to_i64(struct text a, int64_t *out) {
    bool negative = a.n > 0 && a.p[0] == '-';
    struct text digits = {a.p + negative, a.n - negative};
    if (!text_digits(digits) || (digits.p[0] == '0' && (digits.n > 1 || negative))) return false;
    int64_t value = 0;
    for (size_t i = 0; i < digits.n; i++) {
        int digit = digits.p[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value)) return false;
        if (negative ? __builtin_sub_overflow(value, digit, &value)
                     : __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *out = value;
    return true;
}

/* Reads one character at *at and moves on; -1 when it is not valid UTF-8 (RFC 3629, table of section 4). */
int32_t text_next(struct text a, size_t *at) {
    const unsigned char *p = (const unsigned char *)a.p + *at;
    size_t left = a.n - *at;
    if (p[0] < 0x80) {
        *at += 1;
        return p[0];
    }
    size_t size = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
                  : p[0] >= 0xe0 && p[0] <= 0xef ? 3
                  : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                                 : 0;
    if (size == 0 || left < size) return -1;
    int32_t value = p[0] & (0xff >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80) return -1;
        value = value << 6 | (p[i] & 0x3f);
    }
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return -1;
    *at += size;
    return value;
}

bool text_utf8(struct text a, size_t *characters) {
    size_t count = 0;
    for (size_t at = 0; at < a.n; count++)
        if (text_next(a, &at) < 0) return false;
    *characters = count;
    return true;
}

bool text_printable(struct text a) {
    for (size_t at = 0; at < a.n;) {
        int32_t c = text_next(a, &at);
        if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;
        if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f))
            return false;
        if (c == 0xfeff || c == 0xad || c == 0x061c) return false;
    }
    return true;
}

void text_keep(struct text a, char *out, size_t size) {
    size_t n = a.n < size ? a.n : size - 1;
    if (n < a.n)
        while (n > 0 && ((unsigned char)a.p[n] & 0xC0) == 0x80) n--;
    if (n) memcpy(out, a.p, n);
    out[n] = '\0';
}

int text_distance(const char *a, const char *b) {
    enum { WORD_MAX = 63 };
    int row[WORD_MAX + 1];
    int n = (int)strnlen(b, WORD_MAX);
    for (int j = 0; j <= n; j++) row[j] = j;
    for (int i = 1; i <= WORD_MAX && a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int change = diagonal + (a[i - 1] != b[j - 1]);
            int least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = change < least ? change : least;
        }
    }
    return row[n];
}
