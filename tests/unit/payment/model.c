/* SPDX-License-Identifier: Apache-2.0 */
/* Random acts against a model: balances, the year's sums, and what waits. */
#include "story.h"

#include <string.h>

#include "base/civil.h"

static uint32_t dice_state;

enum { WAITING_MAX = 8 };
struct model {
    int64_t available[PEOPLE], year[PEOPLE];
    int met; /* how often the limit was in the way */
    struct {
        enum who payer, payee;
        int64_t fen, due_ms; /* fen 0: none */
    } waiting[WAITING_MAX];
};

// clang-format off

static uint32_t dice(uint32_t sides) {
    dice_state ^= dice_state << 13; /* xorshift32 */
    dice_state ^= dice_state >> 17;
    dice_state ^= dice_state << 5;
    return dice_state % sides;
}

static void model_return(struct model *m, int slot) {
    enum who payer = m->waiting[slot].payer;
    m->available[payer] += m->waiting[slot].fen;
    m->year[payer] -= m->waiting[slot].fen;
    m->waiting[slot].fen = 0;
}

static enum err model_spend(struct model *m, enum who who, int64_t fen) {
    if (m->year[who] + fen > world.settings.rules.tier2_year_fen) {
        m->met++;
        return ERR_TIER_YEAR_LIMIT;
    }
    if (fen > m->available[who]) return ERR_INSUFFICIENT_BALANCE;
    m->available[who] -= fen;
    m->year[who] += fen;
    return ERR_OK;
}

static void random_act(struct model *m) {
    enum who who = dice(2) ? ANN : BOB, whom = who == ANN ? BOB : ANN;
    int64_t fen = 1 + dice(2000);
    int slot = (int)dice(WAITING_MAX), due = 0;
    bool mine = m->waiting[slot].fen > 0 && m->waiting[slot].payee == who;
    bool in_time = m->waiting[slot].due_ms > world.now_ms;
    enum err decided = !mine ? ERR_NOT_FOUND : in_time ? ERR_OK : ERR_NOT_WAITING;
    switch (dice(7)) {
    case 0:
        fen *= 3;
        m->available[who] += fen;
        PERFORM({TOPUP, who, fen, .thing = 15}, {APPROVE, who, .thing = 15});
        break;
    case 1: PERFORM({TOPUP, who, fen, .thing = 15}, {DECLINE, who, .thing = 15}); break;
    case 2: PERFORM({PAY, who, fen, model_spend(m, who, fen)}); break;
    case 3: {
        if (m->waiting[slot].fen > 0) break;
        enum err err = model_spend(m, who, fen);
        PERFORM({SEND, who, fen, err, .whom = whom, .thing = slot + 1});
        if (err != ERR_OK) break;
        m->waiting[slot].payer = who;
        m->waiting[slot].payee = whom;
        m->waiting[slot].fen = fen;
        m->waiting[slot].due_ms = world.now_ms + world.settings.rules.transfer_wait_ms;
        break;
    }
    case 4:
        if (m->waiting[slot].fen == 0) break;
        PERFORM({ACCEPT, who, .with = slot + 1, .expect = decided});
        if (decided != ERR_OK) break;
        m->available[who] += m->waiting[slot].fen;
        m->waiting[slot].fen = 0;
        break;
    case 5:
        if (m->waiting[slot].fen == 0) break;
        PERFORM({RETURN, who, .with = slot + 1, .expect = decided});
        if (decided == ERR_OK) model_return(m, slot);
        break;
    case 6:
        PERFORM({WAIT, .ms = dice(12) * HOUR});
        for (int i = 0; i < WAITING_MAX; i++)
            if (m->waiting[i].fen > 0 && m->waiting[i].due_ms <= world.now_ms && dice(2) == 0) due = 1;
        if (!due) break;
        due = 0;
        for (int i = 0; i < WAITING_MAX; i++)
            if (m->waiting[i].fen > 0 && m->waiting[i].due_ms <= world.now_ms) {
                model_return(m, i);
                due++;
            }
        PERFORM({DUE, who, due});
        break;
    default: break;
    }
    for (enum who each = ANN; each <= BOB; each++)
        if (available(each) != m->available[each])
            fail_msg("%s has %lld, the model says %lld", names[each], (long long)available(each),
                     (long long)m->available[each]);
}

static void random_acts_agree_with_the_model(void **state) {
    (void)state;
    if (!world.writer) skip();
    static struct model model;
    memset(&model, 0, sizeof model);
    world.settings.rules.tier2_year_fen = 30000; /* so that it is met */
    world.settings.rules.refusals_per_hour_max = 3;
    world.now_ms = civil_year_start_ms(2027) + HOUR; /* all within one year */
    dice_state = 20261123;
    for (int i = 0; i < 400; i++) random_act(&model);
    assert_in_range(model.met, 10, 200);
    TELL({LIMIT_USED, ANN, model.year[ANN], .ms = 2027}, {LIMIT_USED, BOB, model.year[BOB], .ms = 2027});
}

// clang-format on
const struct CMUnitTest model_stories[] = {
    STORY(random_acts_agree_with_the_model),
};
const size_t model_stories_count = STORIES_COUNT(model_stories);
