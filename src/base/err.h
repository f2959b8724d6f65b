/* SPDX-License-Identifier: Apache-2.0 */
/* err: every way an operation can end, in one table (err.def).
 *
 * A function that can fail returns enum err and says why once. ERR_OK is 0. The number of an error is its name for ever (it may be
 * stored); its class says what kind of thing happened and decides the HTTP status. A refusal carries its facts in a struct fault,
 * whose text the person reads: the words stand in err.def in Chinese and in English, with {amount}, {left}, {until} and {name}
 * filled in from the fault. Nothing outside this table words a refusal. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum err_class {
    CLASS_OK,
    CLASS_INVALID,  /* the request is malformed: a field is named */
    CLASS_DENIED,   /* not signed in, or not yours to do */
    CLASS_MISSING,  /* no such thing, or not visible to you */
    CLASS_CONFLICT, /* it no longer is in the state that this needs */
    CLASS_REFUSED,  /* a rule of the wallet says no: stored, replayed, explained */
    CLASS_LIMITED,  /* too many tries: wait */
    CLASS_BUSY,     /* we are overloaded or stopping: the same call may go through later */
    CLASS_BROKEN,   /* our own fault */
};

enum err {
    ERR_OK = 0,
#define ERR(name, number, class, next, en, zh) ERR_##name = number,
#include "base/err.def"
#undef ERR
};

/* What a person can do next, as bits; the table of labels and pages is next.def. */
enum next_step {
    NEXT_NONE = 0,
#define NEXT(name, bit, label, label_zh, href) NEXT_##name = 1 << (bit),
#include "base/next.def"
#undef NEXT
};

enum money_taken { TAKEN_NO, TAKEN_YES, TAKEN_CHECKING };

/* The facts of one failure. Zero it, then set what applies; field is a JSON pointer ("/amount") or "". */
struct fault {
    enum err code;
    enum money_taken taken;
    char field[64];
    char name[64];    /* {name}: a bank, a person, a setting */
    char name_en[64]; /* {name} in the English text, where it differs; "" where it does not */
    int64_t amount;   /* {amount}: fen, e.g. by how much it falls short */
    int64_t left;     /* {left}: tries or fen left, as the text says */
    int64_t asked;    /* of a limit: the fen that were asked for */
    int64_t until_ms; /* {until}: when it would pass, 0 if time does not help */
};

struct err_row {
    enum err code;
    enum err_class class;
    unsigned next; /* bits of enum next_step */
    const char *name, *en, *zh;
};

struct next_row {
    unsigned bit;
    const char *name, *label, *label_zh, *href;
};

enum err_language { LANG_EN, LANG_ZH };

const struct err_row *err_row(enum err code); /* never NULL: an unknown number gives the row of ERR_INTERNAL */
const struct err_row *err_rows(size_t *count);
const struct next_row *next_rows(size_t *count);
const char *err_name(enum err code);
enum err_class err_class(enum err code);

/* Fills *fault (zeroed first, taken = no) and returns code, so that `return fault_set(f, ERR_X)` reads well. */
enum err fault_set(struct fault *fault, enum err code);
enum err fault_field(struct fault *fault, enum err code, const char *pointer);

/* Appends the person's text of the fault, placeholders filled: amounts as 12.30, times as 14:20 or 11-24 14:20 in +08:00. */
void fault_text(const struct fault *fault, enum err_language lang, struct buf *out);

#endif
