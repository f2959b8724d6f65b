/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers: accepted, sent back, returned by their time, arriving later, recalled. */
#include "story.h"

// clang-format off

static void a_transfer_is_accepted(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 10000),
         {SEND, ANN, 2500, .whom = BOB, .thing = 1, LEFT(7500)},
         {STATE, ANN, .with = 1, .state = PAYMENT_WAITING},
         {STATE, BOB, .with = 1, .state = PAYMENT_WAITING, LEFT(0)},
         {ACCEPT, ANN, .with = 1, .expect = ERR_NOT_FOUND}, /* not by the payer, */
         {ACCEPT, CAT, .with = 1, .expect = ERR_NOT_FOUND}, /* nor a stranger */
         {RETURN, CAT, .with = 1, .expect = ERR_NOT_FOUND},
         {WAIT, .ms = 24 * HOUR - 1},
         {DUE, ANN, 0},
         {ACCEPT, BOB, .with = 1, LEFT(2500)},
         {ACCEPT, BOB, .with = 1, .expect = ERR_NOT_WAITING},
         {RETURN, BOB, .with = 1, .expect = ERR_NOT_WAITING, LEFT(2500)},
         {WAIT, .ms = DAY},
         {DUE, ANN, 0},
         {STATE, ANN, .with = 1, .state = PAYMENT_DONE, LEFT(7500)},
         {LIMIT_USED, ANN, 2500, .ms = 2026},
         {COUNT_BILLS, BOB, 1},
         {COUNT_BILLS, ANN, 2});
    assert_int_equal(held(ANN), 0);
}

static void a_transfer_is_sent_back(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 10000),
         {SEND, ANN, 2500, .whom = BOB, .thing = 1, LEFT(7500)},
         {LIMIT_USED, ANN, 2500, .ms = 2026},
         {RETURN, ANN, .with = 1, .expect = ERR_NOT_FOUND},
         {RETURN, BOB, .with = 1, LEFT(0)},
         {STATE, ANN, .with = 1, .state = PAYMENT_RETURNED, LEFT(10000)},
         {LIMIT_USED, ANN, 0, .ms = 2026},
         {RETURN, BOB, .with = 1, .expect = ERR_NOT_WAITING},
         {ACCEPT, BOB, .with = 1, .expect = ERR_NOT_WAITING},
         {LIMIT_USED, ANN, 0, .ms = 2026});
}

static void a_transfer_returns_by_itself(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 10000),
         {SEND, ANN, 2500, .whom = BOB, .thing = 1},
         {WAIT, .ms = HOUR},
         {SEND, ANN, 1000, .whom = BOB, .thing = 2, LEFT(6500)},
         {WAIT, .ms = 23 * HOUR},
         {ACCEPT, BOB, .with = 1, .expect = ERR_NOT_WAITING}, /* too late, though nothing has returned it yet */
         {RETURN, BOB, .with = 1, .expect = ERR_NOT_WAITING},
         {DUE, ANN, 1},
         {DUE, ANN, 0},
         {STATE, ANN, .with = 1, .state = PAYMENT_RETURNED, LEFT(9000)},
         {STATE, ANN, .with = 2, .state = PAYMENT_WAITING},
         {ACCEPT, BOB, .with = 2, LEFT(1000)},
         {LIMIT_USED, ANN, 1000, .ms = 2026});
}

static void a_transfer_arrives_later(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 10000),
         {SEND, ANN, 2500, .whom = BOB, .arrival = ARRIVAL_2H, .thing = 1, LEFT(7500)},
         {LIMIT_USED, ANN, 2500, .ms = 2026},
         {STATE, BOB, .with = 1, .state = PAYMENT_ARRIVING},
         {RECALL, BOB, .with = 1, .expect = ERR_NOT_FOUND}, /* not by the payee, */
         {RECALL, CAT, .with = 1, .expect = ERR_NOT_FOUND}, /* nor a stranger */
         {ACCEPT, BOB, .with = 1, .expect = ERR_TRANSFER_NOT_ARRIVED},
         {WAIT, .ms = 2 * HOUR - 1},
         {DUE, ANN, 0},
         {ACCEPT, BOB, .with = 1, .expect = ERR_TRANSFER_NOT_ARRIVED},
         {WAIT, .ms = 1},
         {RECALL, ANN, .with = 1, .expect = ERR_TRANSFER_ARRIVED}, /* though no chore came by */
         {STATE, ANN, .with = 1, .state = PAYMENT_WAITING},
         {DUE, ANN, 0},
         {WAIT, .ms = 24 * HOUR - 1},
         {ACCEPT, BOB, .with = 1, LEFT(2500)},
         {RECALL, ANN, .with = 1, .expect = ERR_NOT_WAITING, LEFT(7500)},
         {COUNT_BILLS, BOB, 1});
    assert_int_equal(held(ANN), 0);
}

static void a_transfer_is_recalled(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 10000),
         {SEND, ANN, 2500, .whom = BOB, .arrival = ARRIVAL_24H, .thing = 1, LEFT(7500)},
         {SEND, ANN, 1000, .whom = BOB, .arrival = ARRIVAL_24H, .thing = 2, LEFT(6500)},
         {WAIT, .ms = 24 * HOUR - 1},
         {RECALL, ANN, .with = 1, LEFT(9000)},
         {RETURN, BOB, .with = 2, LEFT(0)}, /* before it has arrived */
         {RECALL, ANN, .with = 1, .expect = ERR_NOT_WAITING},
         {RECALL, ANN, .with = 2, .expect = ERR_NOT_WAITING, LEFT(10000)},
         {RETURN, BOB, .with = 1, .expect = ERR_NOT_WAITING},
         {ACCEPT, BOB, .with = 1, .expect = ERR_NOT_WAITING},
         {STATE, BOB, .with = 1, .state = PAYMENT_RECALLED},
         {STATE, ANN, .with = 2, .state = PAYMENT_RETURNED},
         {LIMIT_USED, ANN, 0, .ms = 2026},
         {SEND, ANN, 300, .whom = BOB, .thing = 3}, /* at once: never recallable */
         {RECALL, ANN, .with = 3, .expect = ERR_TRANSFER_ARRIVED});
}

/* Nobody came by for two days: it arrived and was over at its own times. */
static void a_chore_comes_late(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 10000),
         {SEND, ANN, 2500, .whom = BOB, .arrival = ARRIVAL_2H, .thing = 1},
         {SEND, ANN, 1000, .whom = BOB, .arrival = ARRIVAL_24H, .thing = 2},
         {SEND, ANN, 500, .whom = BOB, .arrival = ARRIVAL_2H, .thing = 3},
         {WAIT, .ms = 27 * HOUR},
         {ACCEPT, BOB, .with = 3, .expect = ERR_NOT_WAITING}, /* which writes down that it had arrived */
         {DUE, ANN, 3},
         {DUE, ANN, 1},
         {DUE, ANN, 0},
         {STATE, ANN, .with = 1, .state = PAYMENT_RETURNED},
         {STATE, ANN, .with = 3, .state = PAYMENT_RETURNED},
         {STATE, ANN, .with = 2, .state = PAYMENT_WAITING, LEFT(9000)},
         {WAIT, .ms = 21 * HOUR - 1},
         {DUE, ANN, 0},
         {ACCEPT, BOB, .with = 2, LEFT(1000)});
}

// clang-format on
const struct CMUnitTest transfer_stories[] = {
    STORY(a_transfer_is_accepted),   STORY(a_transfer_is_sent_back), STORY(a_transfer_returns_by_itself),
    STORY(a_transfer_arrives_later), STORY(a_transfer_is_recalled),  STORY(a_chore_comes_late),
};
const size_t transfer_stories_count = STORIES_COUNT(transfer_stories);
