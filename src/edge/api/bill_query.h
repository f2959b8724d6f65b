/* SPDX-License-Identifier: Apache-2.0 */
/* bill_query: the fields that ask for some of the bills, in lists, totals and the export alike. */
#ifndef EDGE_API_BILL_QUERY_H
#define EDGE_API_BILL_QUERY_H

#include "edge/api/api.h"
#include "wallet/bill_find.h"

struct bill_query {
    int kind, state, direction;
    struct text month, words;
    int64_t amount_min, amount_max;
};
extern const char *const bill_directions[];
#define FIELDS_BILL_QUERY(body_, member)                                                                       \
    FIELD_CHOICE(body_, member.kind, "kind", payment_kind_choices, OPTIONAL | IN_QUERY, "of this kind"),       \
        FIELD_CHOICE(body_, member.direction, "direction", bill_directions, OPTIONAL | IN_QUERY, "in or out"), \
        FIELD_CHOICE(body_, member.state, "state", payment_state_choices, OPTIONAL | IN_QUERY,                 \
                     "as it stands now"),                                                                      \
        FIELD_TEXT(body_, member.month, "month", OPTIONAL | IN_QUERY, 7, 7, "2026-11, in +08:00"),             \
        FIELD_INT(body_, member.amount_min, "amount_min", OPTIONAL | IN_QUERY, 1, MONEY_MAX, "fen, at least"), \
        FIELD_INT(body_, member.amount_max, "amount_max", OPTIONAL | IN_QUERY, 1, MONEY_MAX, "fen, at most"),  \
        FIELD_TEXT(body_, member.words, "q", OPTIONAL | IN_QUERY, 1, BILL_WORDS_MAX,                           \
                   "in the other's name or the note")

/* ERR_BAD_FIELD (/month), ERR_BAD_RANGE (/amount_max). */
enum err bill_query_read(struct api_call *call, const struct bill_query *query, struct bill_filter *out);
/* "2026-11-23", in +08:00. */
bool bill_day_read(struct text text, int64_t *day);

struct bill_csv_body {
    struct text from, to;
    int language;
    struct bill_query query;
};
extern const struct api_field bill_csv_fields[10];
enum err bill_csv_get(struct api_call *call, struct view *view);

#endif
