/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/bill_query.h"

#include <stdio.h>

#include "base/civil.h"

const char *const bill_directions[] = {"out", "in", NULL}; /* as enum bill_side */

bool bill_day_read(struct text text, int64_t *day) {
    char time[CIVIL_TEXT_MAX];
    int64_t at_ms = 0;
    snprintf(time, sizeof time, "%.*sT00:00:00+08:00", (int)text.n, text.p);
    if (text.n != 10 || !civil_parse(text_of(time), &at_ms)) return false;
    *day = civil_day_of(at_ms);
    return true;
}

/* "2026-11": its first day, and the next month's. */
static bool month_read(struct text text, int64_t *from, int64_t *until) {
    char day[16];
    if (text.n != 7) return false;
    snprintf(day, sizeof day, "%.*s-01", 7, text.p);
    if (!bill_day_read(text_of(day), from)) return false;
    struct civil civil = civil_of(civil_day_start_ms(*from));
    bool december = civil.month == 12;
    *until = civil_day(civil.year + december, december ? 1 : civil.month + 1, 1);
    return true;
}

enum err bill_query_read(struct api_call *call, const struct bill_query *query, struct bill_filter *out) {
    int64_t from = 0, until = 0;
    *out = (struct bill_filter){.side = query->direction,
                                .amount_min = query->amount_min,
                                .amount_max = query->amount_max};
    if (query->kind >= 0) out->kind = payment_kind_of_choice(query->kind);
    if (query->state >= 0) out->state = payment_state_of_choice(query->state);
    if (query->month.n) {
        if (!month_read(query->month, &from, &until))
            return fault_field(&call->fault, ERR_BAD_FIELD, "/month");
        out->from_ms = civil_day_start_ms(from);
        out->until_ms = civil_day_start_ms(until);
    }
    if (out->amount_max && out->amount_max < out->amount_min)
        return fault_field(&call->fault, ERR_BAD_RANGE, "/amount_max");
    bill_filter_words(out, query->words);
    return ERR_OK;
}
