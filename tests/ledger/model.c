/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void model_init(struct model *model, uint64_t accounts_max, uint64_t entries_max) {
    *model = (struct model){
        .accounts = calloc(accounts_max + 1, sizeof *model->accounts),
        .entries = calloc(entries_max + 1, sizeof *model->entries),
        .accounts_max = accounts_max,
        .entries_max = entries_max,
        .oldest = 1,
    };
    assert(model->accounts && model->entries);
}

void model_release(struct model *model) {
    free(model->accounts);
    free(model->entries);
    if (model->before) model_release(model->before);
    free(model->before);
}

void model_copy(struct model *to, const struct model *from) {
    memcpy(to->accounts, from->accounts, (from->accounts_count + 1) * sizeof *to->accounts);
    memcpy(to->entries, from->entries, (from->entries_count + 1) * sizeof *to->entries);
    to->accounts_count = from->accounts_count;
    to->entries_count = from->entries_count;
    to->oldest = from->oldest;
}

enum ledger_reason model_open(struct model *model, uint32_t asset, uint16_t code, uint16_t flags) {
    if ((flags & 2) && (flags & 4)) return REASON_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    if (asset == 0) return REASON_LEDGER_MUST_NOT_BE_ZERO;
    if (code == 0) return REASON_CODE_MUST_NOT_BE_ZERO;
    assert(model->accounts_count < model->accounts_max && model->entries_count < model->entries_max);
    model->accounts[++model->accounts_count] =
        (struct model_account){.asset = asset, .flags = flags, .closed = flags & 32};
    model->entries[++model->entries_count] =
        (struct model_entry){.debit = model->accounts_count, .state = IS_OPENING};
    return REASON_OK;
}

static uint64_t add(struct model *model, struct model_entry entry) {
    assert(model->entries_count < model->entries_max);
    model->entries[++model->entries_count] = entry;
    return model->entries_count;
}

void model_note(struct model *model) {
    add(model, (struct model_entry){.state = IS_OPENING});
}

static void let_go(struct model *model, struct model_entry *waiting, enum model_state how) {
    struct model_account *debit = &model->accounts[waiting->debit],
                         *credit = &model->accounts[waiting->credit];
    debit->debits_pending -= waiting->amount;
    credit->credits_pending -= waiting->amount;
    if (waiting->flags & 64 && how != WAS_POSTED) debit->closed = false;
    if (waiting->flags & 128 && how != WAS_POSTED) credit->closed = false;
    if (waiting->flags & 4096) debit->out_frozen--;
    if (waiting->flags & 8192) debit->in_frozen--;
    waiting->state = how;
}

static bool can_end(const struct model_entry *entry) {
    return entry->state == WAITS && entry->ends_ms != 0;
}

void model_expire(struct model *model, int64_t now_ms) {
    while (model->oldest <= model->entries_count && !can_end(&model->entries[model->oldest])) model->oldest++;
    for (;;) { /* the one that ends first, and of those the oldest */
        struct model_entry *first = NULL;
        for (uint64_t i = model->oldest; i <= model->entries_count; i++) {
            struct model_entry *e = &model->entries[i];
            if (can_end(e) && e->ends_ms <= now_ms && (!first || e->ends_ms < first->ends_ms)) first = e;
        }
        if (!first) return;
        let_go(model, first, HAS_EXPIRED);
        add(model, (struct model_entry){first->debit, first->credit, first->amount, 0, first->asset,
                                        first->code, 0, IS_POSTED});
    }
}

enum { FREEZE = 4096 | 8192 | 16384, OUTSIDE = 32768 };

#define IF(condition, reason) \
    if (condition) return REASON_##reason

static enum ledger_reason finish(struct model *model, const struct ledger_event *e, uint64_t *amount) {
    uint16_t others = 2 | 16 | 32 | 64 | 128 | FREEZE;
    IF((e->flags & 4) && (e->flags & 8), FLAGS_ARE_MUTUALLY_EXCLUSIVE);
    IF(e->flags & others, FLAGS_ARE_MUTUALLY_EXCLUSIVE);
    IF((e->flags & OUTSIDE) && (e->flags & 8), FLAGS_ARE_MUTUALLY_EXCLUSIVE);
    IF(e->pending == 0, PENDING_ID_MUST_NOT_BE_ZERO);
    IF(e->pending == UINT64_MAX, PENDING_ID_MUST_NOT_BE_INT_MAX);
    IF(e->pending == model->entries_count + 1, PENDING_ID_MUST_BE_DIFFERENT);
    IF(e->timeout_s > 0, TIMEOUT_RESERVED_FOR_PENDING);
    IF(e->pending > model->entries_count, PENDING_NOT_FOUND);
    struct model_entry *p = &model->entries[e->pending];
    IF(p->state == IS_POSTED || p->state == IS_OPENING, PENDING_NOT_PENDING);
    IF(e->debit && e->debit != p->debit, PENDING_HAS_DIFFERENT_DEBIT_ACCOUNT);
    IF(e->credit && e->credit != p->credit, PENDING_HAS_DIFFERENT_CREDIT_ACCOUNT);
    IF(e->asset && e->asset != p->asset, PENDING_HAS_DIFFERENT_LEDGER);
    IF(e->code && e->code != p->code, PENDING_HAS_DIFFERENT_CODE);
    if (e->flags & 8) {
        IF(e->amount > p->amount, EXCEEDS_PENDING_AMOUNT);
        IF(e->amount != 0 && e->amount < p->amount, PENDING_HAS_DIFFERENT_AMOUNT);
        *amount = p->amount;
    } else {
        *amount = e->amount == UINT64_MAX ? p->amount : e->amount;
        IF(*amount > p->amount, EXCEEDS_PENDING_AMOUNT);
    }
    IF(p->state == WAS_POSTED, PENDING_ALREADY_POSTED);
    IF(p->state == WAS_VOIDED, PENDING_ALREADY_VOIDED);
    IF(p->state == HAS_EXPIRED, PENDING_EXPIRED);
    IF((e->flags & 4) && (p->flags & FREEZE), FREEZE_MUST_BE_VOIDED);
    IF((e->flags & 4) && model->accounts[p->debit].closed, DEBIT_ACCOUNT_CLOSED);
    IF((e->flags & 4) && model->accounts[p->credit].closed, CREDIT_ACCOUNT_CLOSED);
    bool stoppable = (e->flags & 4) && !(e->flags & OUTSIDE);
    IF(stoppable && model->accounts[p->debit].out_frozen > 0, DEBIT_ACCOUNT_FROZEN);
    IF(stoppable && model->accounts[p->credit].in_frozen > 0, CREDIT_ACCOUNT_FROZEN);
    let_go(model, p, e->flags & 4 ? WAS_POSTED : WAS_VOIDED);
    if (e->flags & 4) {
        model->accounts[p->debit].debits_posted += *amount;
        model->accounts[p->credit].credits_posted += *amount;
    }
    add(model, (struct model_entry){p->debit, p->credit, *amount, 0, p->asset, p->code, e->flags, IS_POSTED});
    return REASON_OK;
}

static enum ledger_reason begin(struct model *model, const struct ledger_event *e, int64_t now_ms,
                                uint64_t *amount) {
    const __int128 top = INT64_MAX;
    IF(e->flags & OUTSIDE, FLAGS_ARE_MUTUALLY_EXCLUSIVE);
    IF(e->debit == 0, DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO);
    IF(e->debit == UINT64_MAX, DEBIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX);
    IF(e->credit == 0, CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO);
    IF(e->credit == UINT64_MAX, CREDIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX);
    IF(e->debit == e->credit, ACCOUNTS_MUST_BE_DIFFERENT);
    IF(e->pending, PENDING_ID_MUST_BE_ZERO);
    bool waits = e->flags & 2;
    IF(!waits && e->timeout_s, TIMEOUT_RESERVED_FOR_PENDING);
    IF(!waits && (e->flags & (64 | 128)), CLOSING_MUST_BE_PENDING);
    IF(!waits && (e->flags & FREEZE), FREEZE_MUST_BE_PENDING);
    IF(e->asset == 0, LEDGER_MUST_NOT_BE_ZERO);
    IF(e->code == 0, CODE_MUST_NOT_BE_ZERO);
    IF(e->debit > model->accounts_count, DEBIT_ACCOUNT_NOT_FOUND);
    IF(e->credit > model->accounts_count, CREDIT_ACCOUNT_NOT_FOUND);
    struct model_account *d = &model->accounts[e->debit], *c = &model->accounts[e->credit];
    IF(d->asset != c->asset, ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER);
    IF(d->asset != e->asset, MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS);
    IF(d->closed, DEBIT_ACCOUNT_CLOSED);
    IF(c->closed, CREDIT_ACCOUNT_CLOSED);
    IF(d->out_frozen > 0 && !(e->flags & FREEZE), DEBIT_ACCOUNT_FROZEN);
    IF(c->in_frozen > 0, CREDIT_ACCOUNT_FROZEN);
    IF((e->flags & 4096) && d->out_frozen == 15, FREEZES_FULL);
    IF((e->flags & 8192) && d->in_frozen == 15, FREEZES_FULL);

    __int128 a = e->amount;
    if (e->flags & 16) {
        __int128 over = d->credits_posted - d->debits_posted - d->debits_pending;
        if (over < 0) over = 0;
        if (a > over) a = over;
    }
    if (e->flags & 32) {
        __int128 over = c->debits_posted - c->credits_posted - c->credits_pending;
        if (over < 0) over = 0;
        if (a > over) a = over;
    }
    IF(waits && a + d->debits_pending > top, OVERFLOWS_DEBITS_PENDING);
    IF(waits && a + c->credits_pending > top, OVERFLOWS_CREDITS_PENDING);
    IF(a + d->debits_posted > top, OVERFLOWS_DEBITS_POSTED);
    IF(a + c->credits_posted > top, OVERFLOWS_CREDITS_POSTED);
    IF(a + d->debits_pending + d->debits_posted > top, OVERFLOWS_DEBITS);
    IF(a + c->credits_pending + c->credits_posted > top, OVERFLOWS_CREDITS);
    IF((__int128)now_ms + (__int128)e->timeout_s * 1000 > top, OVERFLOWS_TIMEOUT);
    IF((d->flags & 2) && d->debits_pending + d->debits_posted + a > d->credits_posted, EXCEEDS_CREDITS);
    IF((c->flags & 4) && c->credits_pending + c->credits_posted + a > c->debits_posted, EXCEEDS_DEBITS);

    *amount = (uint64_t)a;
    if (waits) {
        d->debits_pending += a;
        c->credits_pending += a;
        if (e->flags & 64) d->closed = true;
        if (e->flags & 128) c->closed = true;
        if (e->flags & 4096) d->out_frozen++;
        if (e->flags & 8192) d->in_frozen++;
    } else {
        d->debits_posted += a;
        c->credits_posted += a;
    }
    int64_t ends = e->timeout_s ? now_ms + (int64_t)e->timeout_s * 1000 : 0;
    add(model, (struct model_entry){e->debit, e->credit, *amount, ends, e->asset, e->code, e->flags,
                                    waits ? WAITS : IS_POSTED});
    return REASON_OK;
}

static enum ledger_reason one(struct model *model, struct ledger_event *e, int64_t now_ms) {
    uint64_t amount = 0;
    e->entry = e->posted = 0;
    IF(e->flags & ~(1 | 2 | 4 | 8 | 16 | 32 | 64 | 128 | FREEZE | OUTSIDE), RESERVED_FLAG);
    enum ledger_reason reason =
        e->flags & (4 | 8) ? finish(model, e, &amount) : begin(model, e, now_ms, &amount);
    if (reason != REASON_OK) return reason;
    e->entry = model->entries_count;
    e->posted = amount;
    return REASON_OK;
}

void model_apply(struct model *model, struct ledger_event *events, size_t count, int64_t now_ms) {
    if (!model->before) {
        model->before = malloc(sizeof *model->before);
        assert(model->before);
        model_init(model->before, model->accounts_max, model->entries_max);
    }
    size_t chain = 0;
    bool in_chain = false, broken = false;
    for (size_t i = 0; i < count; i++) {
        struct ledger_event *e = &events[i];
        bool linked = e->flags & 1, open = linked && i + 1 == count;
        if (linked && !in_chain) {
            in_chain = true;
            broken = false;
            chain = i;
            model_copy(model->before, model);
        }
        if (open) e->reason = REASON_LINKED_EVENT_CHAIN_OPEN;
        else if (in_chain && broken) e->reason = REASON_LINKED_EVENT_FAILED;
        else e->reason = (int)one(model, e, now_ms);
        if (e->reason != REASON_OK) e->entry = e->posted = 0;
        if (e->reason != REASON_OK && in_chain && !broken) {
            broken = true;
            model_copy(model, model->before);
            for (size_t j = chain; j < i; j++) {
                events[j].reason = REASON_LINKED_EVENT_FAILED;
                events[j].entry = events[j].posted = 0;
            }
        }
        if (!linked) in_chain = false;
    }
}
