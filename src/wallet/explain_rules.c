/* SPDX-License-Identifier: Apache-2.0 */
/* Which causes are true of the facts, and in what order they are told. Pure. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/text.h"
#include "wallet/explain.h"

/* --- the table --- */

static const struct cause_row rows[] = {
#define CAUSE(name, number, rank, next, help, title, title_zh, en, zh) \
    {CAUSE_##name, RANK_##rank, next, #name, help, title, title_zh, en, zh},
#include "wallet/cause.def"
#undef CAUSE
};

const struct cause_row *cause_rows(size_t *count) {
    *count = sizeof rows / sizeof rows[0];
    return rows;
}

const struct cause_row *cause_row(enum cause cause) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].cause == cause) return &rows[i];
    return NULL;
}

/* --- the rules --- */

struct telling {
    struct explain_cause *causes;
    size_t count;
};

static struct explain_cause *tell(struct telling *telling, enum cause cause, int64_t fen) {
    assert(telling->count < EXPLAIN_CAUSES_MAX);
    struct explain_cause *told = &telling->causes[telling->count++];
    *told = (struct explain_cause){.cause = cause, .amount = {fen}};
    return told;
}

/* One cause a hold while there is room for the rest: what a long list cuts off stands among the holds. */
enum { OTHERS = 24, FREEZES_TOLD = 8 };
static void tell_holds(struct telling *telling, const struct explain_hold *holds, size_t count) {
    for (size_t i = 0; i < count && telling->count < EXPLAIN_CAUSES_MAX - OTHERS; i++) {
        struct explain_cause *told = tell(telling, holds[i].cause, holds[i].amount.fen);
        told->bill = holds[i].bill;
        told->until_ms = holds[i].until_ms;
        text_keep(text_of(holds[i].name), told->name, sizeof told->name);
        text_keep(text_of(holds[i].name_en), told->name_en, sizeof told->name_en);
    }
}

static void tell_moves(struct telling *telling, enum cause cause, const struct explain_moves *moves) {
    if (!moves || moves->count == 0) return;
    tell(telling, cause, moves->sum_fen)->count = moves->count;
}

static void tell_limits(struct telling *telling, const struct limit_line *lines, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (lines[i].used_fen < lines[i].most_fen) continue;
        enum cause cause = lines[i].name == LIMIT_LIFE ? CAUSE_LIFE_LIMIT : CAUSE_LIMIT_REACHED;
        struct explain_cause *told = tell(telling, cause, lines[i].most_fen);
        told->until_ms = lines[i].until_ms;
        text_keep(text_of(limit_words(lines[i].name)->label_zh), told->name, sizeof told->name);
        text_keep(text_of(limit_words(lines[i].name)->label), told->name_en, sizeof told->name_en);
    }
}

static void tell_rests(struct telling *telling, const struct explain_rest *rests, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct explain_cause *told = tell(telling, CAUSE_MAINTENANCE, 0);
        told->until_ms = rests[i].until_ms;
        text_keep(text_of(rests[i].name), told->name, sizeof told->name);
        text_keep(text_of(rests[i].name_en), told->name_en, sizeof told->name_en);
    }
}

static int in_order(const void *left, const void *right) {
    const struct explain_cause *a = left, *b = right;
    enum cause_rank rank_a = cause_row(a->cause)->rank, rank_b = cause_row(b->cause)->rank;
    if (rank_a != rank_b) return rank_a < rank_b ? -1 : 1;
    if (rank_a != RANK_STOP && a->amount.fen != b->amount.fen) return a->amount.fen > b->amount.fen ? -1 : 1;
    if (a->cause != b->cause) return a->cause < b->cause ? -1 : 1;
    if (a->bill.n == b->bill.n && a->until_ms != b->until_ms) return a->until_ms < b->until_ms ? -1 : 1;
    return a->bill.n < b->bill.n ? -1 : a->bill.n > b->bill.n;
}

size_t explain_rules(const struct explain_facts *f, struct explain_cause out[EXPLAIN_CAUSES_MAX]) {
    struct telling telling = {out, 0};
    if (f->withheld) tell(&telling, f->books_checked ? CAUSE_BOOKS_CHECKED : CAUSE_BEING_CHECKED, 0);
    for (size_t i = 0; i < f->freezes_count && i < FREEZES_TOLD; i++) tell_holds(&telling, &f->freezes[i], 1);
    tell_holds(&telling, f->holds, f->holds_count);
    tell_holds(&telling, f->coming, f->coming_count);
    tell_holds(&telling, f->back, f->back_count);
    if (f->pocket_fen > 0) tell(&telling, CAUSE_IN_POCKET, f->pocket_fen);
    tell_moves(&telling, CAUSE_SPENT, f->out);
    if (f->posted_fen > f->held_fen) tell_moves(&telling, CAUSE_RECEIVED, f->in);
    /* Money that is coming is the reason, and nobody is asked to top up beside it. */
    if (f->never && f->pocket_fen == 0 && f->coming_count == 0) tell(&telling, CAUSE_NEVER_FUNDED, 0);
    if (f->name != CAUSE_NONE) tell(&telling, f->name, 0)->until_ms = f->name_ms;
    tell_limits(&telling, f->limits, f->limits_count);
    tell_rests(&telling, f->rests, f->rests_count);
    if (f->reading_only) tell(&telling, CAUSE_READING_ONLY, 0);
    if (f->app) text_keep(text_of(f->app), tell(&telling, CAUSE_APP_OLD, 0)->name, PARTY_NAME_BYTES);
    if (f->other_phone) {
        struct explain_cause *told = tell(&telling, CAUSE_OTHER_ACCOUNT, 0);
        told->count = f->other_days;
        text_keep(text_of(f->other_phone), told->name, sizeof told->name);
    }
    if (telling.count == 0) tell(&telling, CAUSE_ALL_THERE, f->posted_fen - f->held_fen);
    qsort(out, telling.count, sizeof out[0], in_order);
    return telling.count;
}

/* --- words --- */

/* "frozen by you" at the beginning of a sentence is "Frozen by you". */
static void add_name(const char *name, struct buf *out) {
    bool begins = out->size == 0 && *name >= 'a' && *name <= 'z';
    if (begins) buf_add_char(out, (char)(*name - 'a' + 'A'));
    buf_add_text(out, name + begins);
}

static void add_value(const struct explain_cause *cause, enum err_language lang, const char *name,
                      size_t size, struct buf *out) {
    if (size == 6 && memcmp(name, "amount", 6) == 0) {
        char text[MONEY_TEXT_MAX];
        money_words(cause->amount, text);
        buf_add_text(out, text);
    } else if (size == 5 && memcmp(name, "count", 5) == 0) {
        buf_add_i64(out, cause->count);
    } else if (size == 5 && memcmp(name, "until", 5) == 0) {
        struct civil then = civil_of(cause->until_ms);
        buf_format(out, "%04d-%02d-%02d %02d:%02d", then.year, then.month, then.day, then.hour, then.minute);
    } else {
        add_name(lang == LANG_EN && cause->name_en[0] ? cause->name_en : cause->name, out);
    }
}

void cause_text(const struct explain_cause *cause, enum err_language lang, bool title, struct buf *out) {
    const struct cause_row *row = cause_row(cause->cause);
    const char *at = title             ? (lang == LANG_ZH ? row->title_zh : row->title)
                     : lang == LANG_ZH ? row->zh
                                       : row->en;
    for (const char *open; (open = strchr(at, '{')) != NULL;) {
        const char *close = strchr(open, '}');
        if (!close) break;
        buf_add(out, at, (size_t)(open - at));
        add_value(cause, lang, open + 1, (size_t)(close - open - 1), out);
        at = close + 1;
    }
    buf_add_text(out, at);
}
