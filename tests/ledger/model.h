/* SPDX-License-Identifier: Apache-2.0 */
/* model: the ledger as one would write it who knows only TigerBeetle's manual: arrays, wide sums, no cleverness, nothing shared with
 * src/ledger but the names of flags and reasons. What the ledger does is compared with it. */
#ifndef TESTS_LEDGER_MODEL_H
#define TESTS_LEDGER_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "ledger/rules.h"

struct model_account {
    __int128 debits_pending, debits_posted, credits_pending, credits_posted;
    uint32_t asset;
    uint16_t flags;
    bool closed;
    int out_frozen, in_frozen; /* freezes that stand */
};

enum model_state { IS_POSTED, WAITS, WAS_POSTED, WAS_VOIDED, HAS_EXPIRED, IS_OPENING };
struct model_entry {
    uint64_t debit, credit, amount;
    int64_t ends_ms; /* 0: never */
    uint32_t asset;
    uint16_t code, flags;
    enum model_state state;
};

struct model {
    struct model_account *accounts; /* [1..accounts_count] */
    struct model_entry *entries;    /* [1..entries_count] */
    uint64_t accounts_count, accounts_max, entries_count, entries_max;
    uint64_t oldest;      /* no entry before this one waits with a time to end */
    struct model *before; /* as it was when a chain began */
};

void model_init(struct model *model, uint64_t accounts_max, uint64_t entries_max);
void model_release(struct model *model);
void model_copy(struct model *to, const struct model *from); /* of the same size */

enum ledger_reason model_open(struct model *model, uint32_t asset, uint16_t code, uint16_t flags);
void model_note(struct model *model);                   /* the number of a group without entries */
void model_expire(struct model *model, int64_t now_ms); /* a group begins */
void model_apply(struct model *model, struct ledger_event *events, size_t count, int64_t now_ms);

#endif
