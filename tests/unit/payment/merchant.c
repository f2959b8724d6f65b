/* SPDX-License-Identifier: Apache-2.0 */
/* Shops: their orders, the takings of a day, and how many a person may have. */
#include "story.h"

#include <stdio.h>

#include "base/civil.h"
#include "wallet/takings.h"

// clang-format off

static void an_order_is_paid_once(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 5000),
         FILLED(BOB, 5000),
         {ORDER, SHOP, 1200, .thing = 1},
         {PAY_ORDER, ANN, 1100, ERR_AMOUNT_FIXED, .with = 1, .amount = 1200},
         {PAY_ORDER, SHOP, 1200, ERR_PAYEE_IS_PAYER, .with = 1});
    crowd[0] = (struct stage){.act = {PAY_ORDER, ANN, 1200, .with = 1}};
    crowd[1] = (struct stage){.act = {PAY_ORDER, BOB, 1200, .with = 1}};
    crowd_play(2); /* attack row 15 */
    assert_int_equal(crowd_answers(2, ERR_OK), 1);
    assert_int_equal(crowd_answers(2, ERR_ORDER_PAID), 1);
    TELL({PAY_ORDER, ANN, 1200, ERR_ORDER_PAID, .with = 1},
         {CLOSE, SHOP, .with = 1, .expect = ERR_ORDER_PAID},
         {CLOSE, ANN, .with = 1, .expect = ERR_NOT_FOUND},
         {ORDER, SHOP, 300, .thing = 2},
         {CLOSE, SHOP, .with = 2},
         {CLOSE, SHOP, .with = 2},
         {PAY_ORDER, ANN, 300, ERR_ORDER_CLOSED, .with = 2},
         {ORDER, SHOP, 400, .thing = 3},
         {WAIT, .ms = 15 * MINUTE - 1},
         {PAY_ORDER, ANN, 400, .with = 3},
         {ORDER, SHOP, 400, .thing = 3},
         {WAIT, .ms = 15 * MINUTE},
         {PAY_ORDER, ANN, 400, ERR_ORDER_CLOSED, .with = 3},
         /* while the bank is asked it is nobody else's */
         {ORDER, SHOP, 500, .thing = 4},
         {CARD_ORDER, ANN, 500, .with = 4, .thing = 5},
         {PAY_ORDER, BOB, 500, ERR_ORDER_BUSY, .with = 4},
         {CLOSE, SHOP, .with = 4, .expect = ERR_ORDER_BUSY},
         {DECLINE, ANN, .thing = 5},
         {PAY_ORDER, BOB, 500, .with = 4},
         {PAY_ORDER, ANN, 500, ERR_ORDER_PAID, .with = 4},
         {ORDER, SHOP, 600, .thing = 6},
         {CARD_ORDER, BOB, 600, .with = 6, .thing = 7},
         {SILENCE, BOB, .thing = 7},
         {WAIT, .ms = HOUR},
         {PAY_ORDER, ANN, 600, ERR_ORDER_BUSY, .with = 6},
         {APPROVE, BOB, .thing = 7},
         {PAY_ORDER, ANN, 600, ERR_ORDER_PAID, .with = 6},
         {ORDER, ANN, 100, ERR_NOT_FOUND, .thing = 8}, /* not hers */
         /* declined after its time: nobody's, and closed */
         {ORDER, SHOP, 700, .thing = 9},
         {CARD_ORDER, BOB, 700, .with = 9, .thing = 10},
         {WAIT, .ms = 15 * MINUTE},
         {PAY_ORDER, ANN, 700, ERR_ORDER_BUSY, .with = 9},
         {DECLINE, BOB, .thing = 10},
         {DECLINE, BOB, .thing = 10},
         {PAY_ORDER, ANN, 700, ERR_ORDER_CLOSED, .with = 9},
         {APPROVE, BOB, .thing = 10}, /* too late: the bank said no */
         {STATE, BOB, .with = 10, .state = PAYMENT_DECLINED, .expect = ERR_BANK_FUNDS});
    assert_int_equal(takings(), 1200 + 400 + 500 + 600);
}

static void look_at_takings(struct stage *s, struct tx *tx, struct actor *actor) {
    struct view view = view_of(tx);
    static struct takings takings;
    int64_t today = civil_day_of(tx->now_ms);
    (void)s;
    (void)actor;
    takings_of_day(&view, &cast.merchant, (struct till_id){0}, today, &takings);
    assert_int_equal(takings.sums[LINE_TAKING].count, 2);
    assert_int_equal(takings.sums[LINE_TAKING].amount.fen, 700);
    assert_int_equal(takings.listed, 2);
    assert_int_equal(takings.items[0].amount.fen, 400);
    assert_true(takings.whole);
    takings_of_day(&view, &cast.merchant, (struct till_id){0}, today - 1, &takings);
    assert_int_equal(takings.sums[LINE_TAKING].count, 1);
    assert_int_equal(takings.sums[LINE_TAKING].amount.fen, 200);
    takings_of_day(&view, &cast.merchant, (struct till_id){0}, today - 2, &takings);
    assert_int_equal(takings.sums[LINE_TAKING].count, 0);
}

static void takings_of_a_day(void **state) {
    (void)state;
    if (!world.writer) skip();
    int64_t midnight_ms = civil_day_start_ms(civil_day_of(world.now_ms) + 1);
    TELL(FILLED(ANN, 10000),
         {WAIT, .ms = midnight_ms - world.now_ms - 1},
         {PAY, ANN, 200},
         {WAIT, .ms = 1},
         {PAY, ANN, 300},
         {PAY_CARD, ANN, 400, .thing = 1},
         {APPROVE, ANN, .thing = 1},
         {PAY_CARD, ANN, 900, .thing = 2},
         {DECLINE, ANN, .thing = 2});
    scene(SHOP, look_at_takings);
}

static void one_too_many(struct stage *s, struct tx *tx, struct actor *actor) {
    struct merchant merchant;
    char name[16];
    int max = world.settings.rules.merchants_max;
    for (int i = 1; i < max; i++) {
        snprintf(name, sizeof name, "shop %d", i);
        assert_int_equal(merchant_add(tx, actor, text_of(name), &s->fault, &merchant), ERR_OK);
    }
    assert_int_equal(merchant_add(tx, actor, TEXT("one more"), &s->fault, &merchant), ERR_MERCHANT_LIMIT);
    assert_int_equal(merchant_count(tx->db, actor->person), max);
    struct actor dan = cast.actors[DAN];
    assert_int_equal(merchant_add(tx, &dan, TEXT("no name"), &s->fault, &merchant), ERR_REALNAME_NEEDED);
    assert_int_equal(merchant_own(tx->db, &dan, cast.merchant.id, &s->fault, &merchant), ERR_NOT_FOUND);
}

static void so_many_shops_a_person(void **state) {
    (void)state;
    if (!world.writer) skip();
    scene(SHOP, one_too_many);
    prove();
}

// clang-format on
const struct CMUnitTest merchant_stories[] = {
    STORY(an_order_is_paid_once),
    STORY(takings_of_a_day),
    STORY(so_many_shops_a_person),
};
const size_t merchant_stories_count = STORIES_COUNT(merchant_stories);
