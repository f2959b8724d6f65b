/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/selfcheck.h"

#include <stdlib.h>

#include "base/log.h"
#include "wallet/card.h"

static const struct selfcheck_row rows[SELFCHECKS] = {
#define CHECK(name, label, label_zh, ok, ok_zh) [SELFCHECK_##name] = {#name, label, label_zh, ok, ok_zh},
#include "wallet/selfcheck.def"
#undef CHECK
};

const struct selfcheck_row *selfcheck_row(enum selfcheck check) {
    return &rows[check];
}

/* Beside the causes of rank MONEY, which are the balance's. */
static const struct {
    enum cause cause;
    enum selfcheck check;
} topics[] = {
    {CAUSE_BEING_CHECKED, SELFCHECK_ACCOUNT},    {CAUSE_BOOKS_CHECKED, SELFCHECK_ACCOUNT},
    {CAUSE_FROZEN_ALL, SELFCHECK_ACCOUNT},       {CAUSE_FROZEN_PART, SELFCHECK_ACCOUNT},
    {CAUSE_NAME_MISSING, SELFCHECK_IDENTITY},    {CAUSE_NAME_REJECTED, SELFCHECK_IDENTITY},
    {CAUSE_NAME_EXPIRED, SELFCHECK_IDENTITY},    {CAUSE_LIMIT_REACHED, SELFCHECK_LIMITS},
    {CAUSE_LIFE_LIMIT, SELFCHECK_LIMITS},        {CAUSE_MAINTENANCE, SELFCHECK_MAINTENANCE},
    {CAUSE_READING_ONLY, SELFCHECK_MAINTENANCE}, {CAUSE_APP_OLD, SELFCHECK_VERSION},
    {CAUSE_OTHER_ACCOUNT, SELFCHECK_DEVICE},     {CAUSE_OUT_OF_REACH, SELFCHECK_NETWORK},
};

enum selfcheck selfcheck_of(enum cause cause) {
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        if (topics[i].cause == cause) return topics[i].check;
    const struct cause_row *row = cause_row(cause);
    return row && row->rank == RANK_MONEY ? SELFCHECK_BALANCE : SELFCHECKS;
}

static void of_causes(const struct explain *e, struct selfcheck_result out[SELFCHECKS]) {
    for (size_t i = 0; i < e->causes_count; i++) {
        const struct explain_cause *cause = &e->causes[i];
        enum selfcheck check = selfcheck_of(cause->cause);
        if (check == SELFCHECKS || out[check].state != SELFCHECK_WELL) continue;
        if (check == SELFCHECK_BALANCE && e->available > 0) continue; /* there is some */
        bool looks = check == SELFCHECK_DEVICE || check == SELFCHECK_LIMITS || check == SELFCHECK_BALANCE;
        out[check].state = looks ? SELFCHECK_LOOK : SELFCHECK_STOPS;
        out[check].cause = *cause;
    }
}

/* There is some, but not so much. */
static void of_wanted(const struct explain *e, struct money wanted, struct selfcheck_result *out) {
    if (out->state != SELFCHECK_WELL || wanted.fen <= e->available) return;
    out->state = SELFCHECK_LOOK;
    fault_set(&out->fault, ERR_INSUFFICIENT_BALANCE);
    out->fault.amount = wanted.fen - e->available;
}

static void of_cards(struct view *view, const struct actor *actor, struct selfcheck_result *out) {
    struct card card;
    if (card_list(view->db, actor->person, &card, 1) > 0) return;
    out->state = SELFCHECK_LOOK;
    fault_set(&out->fault, ERR_CARD_NONE);
}

static void of_pin(const struct actor *actor, int64_t now_ms, struct selfcheck_result *out) {
    if (actor->pin_set && actor->pin_locked_ms <= now_ms) return;
    out->state = SELFCHECK_STOPS;
    fault_set(&out->fault, actor->pin_set ? ERR_PIN_LOCKED : ERR_PIN_NOT_SET);
    out->fault.until_ms = actor->pin_set ? actor->pin_locked_ms : 0;
}

enum err selfcheck(struct view *view, const struct actor *actor, const struct explain_question *question,
                   struct money wanted, struct fault *fault, struct selfcheck_result out[SELFCHECKS]) {
    struct explain *e = calloc(1, sizeof *e);
    if (!e) log_fatal("selfcheck: no memory");
    enum err err = explain(view, actor, question, fault, e);
    for (enum selfcheck check = 0; check < SELFCHECKS; check++)
        out[check] = (struct selfcheck_result){.check = check};
    if (err == ERR_OK) {
        of_causes(e, out);
        of_wanted(e, wanted, &out[SELFCHECK_BALANCE]);
        of_cards(view, actor, &out[SELFCHECK_CARDS]);
        of_pin(actor, view->now_ms, &out[SELFCHECK_PIN]);
    }
    free(e);
    return err;
}
