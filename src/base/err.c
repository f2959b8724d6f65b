/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/money.h"

static const struct err_row rows[] = {
#define ERR(name, number, class, next, en, zh) {ERR_##name, CLASS_##class, next, #name, en, zh},
#include "base/err.def"
#undef ERR
};

static const struct next_row nexts[] = {
#define NEXT(name, bit, label, label_zh, href) {NEXT_##name, #name, label, label_zh, href},
#include "base/next.def"
#undef NEXT
};

const struct err_row *err_rows(size_t *count) {
    *count = sizeof rows / sizeof rows[0];
    return rows;
}

const struct next_row *next_rows(size_t *count) {
    *count = sizeof nexts / sizeof nexts[0];
    return nexts;
}

const struct err_row *err_row(enum err code) {
    static const struct err_row ok = {ERR_OK, CLASS_OK, NEXT_NONE, "OK", "Done.", "已完成。"};
    if (code == ERR_OK) return &ok;
    const struct err_row *internal = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code == code) return &rows[i];
        if (rows[i].code == ERR_INTERNAL) internal = &rows[i];
    }
    assert(internal);
    return internal;
}

const char *err_name(enum err code) {
    return err_row(code)->name;
}

enum err_class err_class(enum err code) {
    return err_row(code)->class;
}

enum err fault_set(struct fault *fault, enum err code) {
    *fault = (struct fault){.code = code};
    return code;
}

enum err fault_field(struct fault *fault, enum err code, const char *pointer) {
    fault_set(fault, code);
    strncpy(fault->field, pointer, sizeof fault->field - 1);
    return code;
}

static void add_time(int64_t time_ms, struct buf *out) {
    struct civil then = civil_of(time_ms), now = civil_of(clock_now_ms());
    if (then.year != now.year) buf_format(out, "%04d-", then.year);
    if (then.year != now.year || then.month != now.month || then.day != now.day)
        buf_format(out, "%02d-%02d ", then.month, then.day);
    buf_format(out, "%02d:%02d", then.hour, then.minute);
}

/* {left} is money in the texts about limits and a count in the others. */
static bool left_is_money(enum err code) {
    static const enum err rows[] = {ERR_TIER_LIFETIME_LIMIT, ERR_TIER_YEAR_LIMIT,  ERR_DAY_LIMIT_FREE,
                                    ERR_DAY_LIMIT_PIN,       ERR_DAY_LIMIT_STATIC, ERR_AMOUNT_FROZEN};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i] == code) return true;
    return false;
}

static void add_value(const struct fault *fault, enum err_language lang, const char *name, size_t size,
                      struct buf *out) {
    char text[MONEY_TEXT_MAX];
    if (size == 6 && memcmp(name, "amount", 6) == 0) {
        money_words((struct money){fault->amount}, text);
        buf_add_text(out, text);
    } else if (size == 4 && memcmp(name, "left", 4) == 0) {
        money_words((struct money){fault->left}, text);
        if (left_is_money(fault->code)) buf_add_text(out, text);
        else buf_add_i64(out, fault->left);
    } else if (size == 5 && memcmp(name, "until", 5) == 0) {
        add_time(fault->until_ms, out);
    } else {
        buf_add_text(out, lang == LANG_EN && fault->name_en[0] ? fault->name_en : fault->name);
    }
}

void fault_text(const struct fault *fault, enum err_language lang, struct buf *out) {
    const struct err_row *row = err_row(fault->code);
    const char *at = lang == LANG_ZH ? row->zh : row->en;
    for (const char *open; (open = strchr(at, '{')) != NULL;) {
        const char *close = strchr(open, '}');
        if (!close) break;
        buf_add(out, at, (size_t)(open - at));
        add_value(fault, lang, open + 1, (size_t)(close - open - 1), out);
        at = close + 1;
    }
    buf_add_text(out, at);
}
