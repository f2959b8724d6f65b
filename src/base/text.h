/* SPDX-License-Identifier: Apache-2.0 */
/* text: a view of bytes that somebody else owns (usually a request's arena), and what we ask of such views. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    const char *p;
    size_t n;
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})

struct text text_of(const char *nul_ended); /* NULL gives the empty text */
bool text_equal(struct text a, struct text b);
bool text_is(struct text a, const char *nul_ended);
bool text_starts(struct text a, const char *prefix);
/* Takes off *from what stands before the first `at`, and that too; all of it when there is none. */
struct text text_cut(struct text *from, char at);
bool text_digits(struct text a); /* ASCII 0-9 only, at least one */

/* Strict decimal: ASCII digits, an optional leading '-', no leading zeros, no spaces; false when it is not or does not fit. */
bool text_to_i64(struct text a, int64_t *out);

/* Valid UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF); counts its characters. */
bool text_utf8(struct text a, size_t *characters);
/* No control characters (C0, DEL, C1), no bidirectional overrides, no zero-width characters, no line separators. */
bool text_printable(struct text a);

/* The character at *at, which moves behind it; -1, and *at stays, where the bytes are not valid UTF-8. *at must be below a.n. */
int32_t text_next(struct text a, size_t *at);

/* Levenshtein's distance of two words (beyond 63 bytes they are cut): how many letters to add, drop or change. For "did you mean". */
int text_distance(const char *a, const char *b);

/* A NUL-ended copy, cut to size - 1 bytes but never within a character. */
void text_keep(struct text a, char *out, size_t size);

#endif
