/* SPDX-License-Identifier: Apache-2.0 */
/* Withdrawals, their fee and what they use of the limits. */
#include "story.h"

#include "wallet/limit.h"

// clang-format off

static void a_withdrawal_and_its_fee(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 300000),
         {WITHDRAW, ANN, 100, .ms = 10, .expect = ERR_WITHDRAWAL_FEE}, /* it is free */
         {WITHDRAW, ANN, 60000, .thing = 1, LEFT(240000)},
         {WITHDRAW, ANN, 40001, .expect = ERR_WITHDRAWAL_FEE, .amount = 10},
         {DECLINE, ANN, .thing = 1, LEFT(300000)},
         {STATE, ANN, .with = 1, .state = PAYMENT_DECLINED, .expect = ERR_WITHDRAWAL_BANK_SHORT},
         {APPROVE, ANN, .thing = 1, LEFT(300000)}, /* what the bank says counts once */
         {WITHDRAW, ANN, 160500, .ms = 61, .thing = 2, LEFT(139439)},
         {SILENCE, ANN, .thing = 2},
         {STATE, ANN, .with = 2, .state = PAYMENT_IN_DOUBT, .expect = ERR_WITHDRAWAL_IN_DOUBT},
         {WITHDRAW, ANN, 139430, .ms = 139, .expect = ERR_WITHDRAWAL_SHORT, .amount = 130},
         {UNBIND, ANN, .expect = ERR_CARD_BUSY},
         {APPROVE, ANN, .thing = 2, LEFT(139439)},
         {STATE, ANN, .with = 2, .state = PAYMENT_DONE},
         {LIMIT_USED, ANN, 0, .ms = 2026}, /* to one's own account is no payment … */
         {COUNT_BILLS, ANN, 6});
    assert_int_equal(held(ANN), 0);
}

static void at_tier_one_a_withdrawal_counts(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 300000),
         {TIER, ANN, 1}, /* … but at tier I */
         {WITHDRAW, ANN, 70000, .thing = 1, LEFT(230000)},
         {LIMIT_USED, ANN, 70000, .ms = LIMIT_LIFE},
         {WITHDRAW, ANN, 30001, .ms = 10, .expect = ERR_TIER_LIFETIME_LIMIT, .rest = 30000},
         {DECLINE, ANN, .thing = 1},
         {LIMIT_USED, ANN, 0, .ms = LIMIT_LIFE},
         {WITHDRAW, ANN, 100000, .thing = 2, LEFT(200000)},
         {PAY, ANN, 1, ERR_TIER_LIFETIME_LIMIT},
         {APPROVE, ANN, .thing = 2},
         {TIER, ANN, 2},
         {WITHDRAW, ANN, 100000, .ms = 100, .thing = 3, LEFT(99900)});
}

// clang-format on
const struct CMUnitTest withdrawal_stories[] = {
    STORY(a_withdrawal_and_its_fee),
    STORY(at_tier_one_a_withdrawal_counts),
};
const size_t withdrawal_stories_count = STORIES_COUNT(withdrawal_stories);
