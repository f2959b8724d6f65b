/* SPDX-License-Identifier: Apache-2.0 */
/* Limits: for life, of a year, of a day; what is given back, and that they hold in a crowd. */
#include "story.h"

#include "base/civil.h"
#include "wallet/limit.h"

// clang-format off

static void tier_one_has_a_thousand_for_life(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 200000),
         {SEND, ANN, 150000, .whom = CAT, .thing = 1},
         {ACCEPT, CAT, .with = 1, LEFT(150000)},
         {PAY, CAT, 99999, LEFT(50001)},
         {PAY, CAT, 2, ERR_TIER_LIFETIME_LIMIT, .rest = 1},
         {PAY, CAT, 1, LEFT(50000)},
         {PAY, CAT, 1, ERR_TIER_LIFETIME_LIMIT},
         {SEND, CAT, 1, ERR_TIER_LIFETIME_LIMIT, .whom = BOB},
         {PAY, CAT, 999999, ERR_TIER_LIFETIME_LIMIT}, /* the limit comes before the balance */
         {WAIT, .ms = 400 * DAY});
}

static void what_returns_is_given_back(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 200000),
         {SEND, ANN, 150000, .whom = CAT, .thing = 1},
         {ACCEPT, CAT, .with = 1},
         {SEND, CAT, 60000, .whom = BOB, .thing = 2},
         {PAY, CAT, 40001, ERR_TIER_LIFETIME_LIMIT, .rest = 40000},
         {RETURN, BOB, .with = 2},
         {PAY, CAT, 40001, LEFT(109999)},
         {LIMIT_USED, CAT, 40001, .ms = 0},
         {TIER, CAT, 2}, /* with a card: the year's, in which it already counted */
         {LIMIT_USED, CAT, 40001, .ms = 2026},
         {PAY, CAT, 109999, LEFT(0)},
         {LIMIT_USED, CAT, 150000, .ms = 2026},
         {LIMIT_USED, CAT, 150000, .ms = 0});
}

static void the_year_ends_at_midnight(void **state) {
    (void)state;
    if (!world.writer) skip();
    const int64_t most = 5000000, eve_ms = civil_year_start_ms(2027) - 1 - world.now_ms;
    TELL(FILLED(ANN, most),
         {PAY, ANN, most},
         FILLED(ANN, most),
         {SEND, ANN, most, .whom = BOB, .thing = 1},
         {TOPUP, ANN, most, .thing = 15},
         {APPROVE, ANN, .thing = 15}, /* attack row 19: the edge, */
         {PAY, ANN, 1, ERR_TIER_YEAR_LIMIT},
         {PAY_CARD, ANN, 100},
         {RETURN, BOB, .with = 1},
         {WAIT, .ms = eve_ms},
         {SEND, ANN, most - 1, .whom = BOB, .thing = 2},
         {PAY, ANN, 2, ERR_TIER_YEAR_LIMIT, .rest = 1},
         {WAIT, .ms = 1},
         {PAY, ANN, 2},
         {LIMIT_USED, ANN, 2, .ms = 2027}, /* the new year, */
         {RETURN, BOB, .with = 2},
         {LIMIT_USED, ANN, 2, .ms = 2027}); /* what returns goes to its own year, which is over */
}

static void a_year_earlier(struct stage *s, struct tx *tx, struct actor *actor) {
    const struct limit_use all = {{9999900}, STRENGTH_PIN, false}, one = {{1}, STRENGTH_PIN, false};
    int64_t stamp;
    tx->now_ms = civil_year_start_ms(2027) - 1;
    assert_int_equal(limit_take(tx, actor, &all, &s->fault, &stamp), ERR_OK); /* in the year that has begun, */
    assert_int_equal(limit_take(tx, actor, &one, &s->fault, &stamp), ERR_TIER_YEAR_LIMIT);
    assert_int_equal(s->fault.left, 0);
    assert_int_equal(s->fault.until_ms, civil_year_start_ms(2028)); /* until it ends */
}

static void a_clock_set_back_frees_nothing(void **state) {
    (void)state;
    if (!world.writer) skip();
    const int64_t most = 5000000;
    TELL(FILLED(ANN, most),
         {PAY, ANN, most},
         FILLED(ANN, most),
         {PAY, ANN, most},
         {WAIT, .ms = civil_year_start_ms(2027) - world.now_ms},
         {TOPUP, ANN, 100, .thing = 1},
         {APPROVE, ANN, .thing = 1},
         {PAY, ANN, 100, LEFT(0)});
    scene(ANN, a_year_earlier);
    prove();
}

/* Of a day: by static codes 30.00, with the PIN 100.00, without one 50.00. */
static void small_days(void) {
    world.settings.rules.day_static_fen = 3000;
    world.settings.rules.day_pin_fen = 10000;
    world.settings.rules.day_free_fen = 5000;
}

static void a_day_has_its_limits(void **state) {
    (void)state;
    if (!world.writer) skip();
    small_days();
    const int64_t to_midnight = civil_day_start_ms(civil_day_of(world.now_ms) + 1) - world.now_ms;
    TELL(FILLED(ANN, 100000),
         {PAY, ANN, 3001, ERR_DAY_LIMIT_STATIC, .rest = 3000}, /* the first of a person too */
         {PAY, ANN, 3000},
         {PAY, ANN, 1, ERR_DAY_LIMIT_STATIC, .rest = 0},
         {PAY_CARD, ANN, 9000}, /* a card uses none of it */
         {SEND, ANN, 7001, ERR_DAY_LIMIT_PIN, .whom = BOB, .rest = 7000},
         {SEND, ANN, 7000, .whom = BOB, .thing = 1},
         {SEND, ANN, 1, ERR_DAY_LIMIT_PIN, .whom = BOB},
         {RETURN, BOB, .with = 1},
         {SEND, ANN, 6000, .whom = BOB, .thing = 2},
         {WAIT, .ms = to_midnight - 1},
         {SEND, ANN, 1001, ERR_DAY_LIMIT_PIN, .whom = BOB, .rest = 1000},
         {WAIT, .ms = 1},
         {PAY, ANN, 3000},
         {SEND, ANN, 7000, .whom = BOB, .thing = 3},
         {RETURN, BOB, .with = 2}, /* to yesterday, */
         {SEND, ANN, 1, ERR_DAY_LIMIT_PIN, .whom = BOB, .rest = 0}, /* which frees nothing today */
         {RETURN, BOB, .with = 3},
         {SEND, ANN, 7000, .whom = BOB});
}

static void without_a_pin(struct stage *s, struct tx *tx, struct actor *actor) {
    const struct limit_use some = {{3000}, STRENGTH_FREE, true}, more = {{2001}, STRENGTH_FREE, false},
                           rest = {{2000}, STRENGTH_FREE, false}, pin = {{10000}, STRENGTH_PIN, false};
    int64_t stamp, second;
    assert_int_equal(limit_take(tx, actor, &some, &s->fault, &stamp), ERR_OK);
    assert_int_equal(limit_take(tx, actor, &more, &s->fault, &second), ERR_DAY_LIMIT_FREE);
    assert_int_equal(s->fault.left, 2000);
    assert_int_equal(s->fault.amount, 5000);
    assert_int_equal(limit_take(tx, actor, &rest, &s->fault, &second), ERR_OK);
    assert_int_equal(limit_take(tx, actor, &pin, &s->fault, &second), ERR_OK); /* counted apart */
    limit_give_back(tx, actor->person, stamp, tx->now_ms, (struct money){1000});
    struct limit_count count;
    limit_read(tx->db, actor->person, &count);
    assert_int_equal(count.day_free, 4000);
    assert_int_equal(count.day_static, 2000);
    assert_int_equal(count.day_pin, 10000);
    assert_int_equal(count.year, 14000);
}

static void a_day_without_a_pin(void **state) {
    (void)state;
    if (!world.writer) skip();
    small_days();
    scene(ANN, without_a_pin);
}

static void the_lines_say_what_is_left(void **state) {
    (void)state;
    if (!world.writer) skip();
    const struct wallet_rules *rules = &world.settings.rules;
    const struct limit_count count = {.life = 70, .year_no = 2026, .year = 60, .day_no = civil_day(2026, 12, 31), .day_pin = 50};
    struct limit_line lines[LIMITS];
    int64_t eve = civil_year_start_ms(2027) - 1;
    assert_int_equal(limit_lines(rules, 1, eve, &count, NULL, lines), 4);
    assert_int_equal(lines[0].name, LIMIT_LIFE);
    assert_int_equal(lines[0].used_fen, 70);
    assert_int_equal(lines[0].until_ms, 0);
    assert_int_equal(limit_lines(rules, 3, eve, &count, NULL, lines), 4);
    assert_int_equal(lines[0].name, LIMIT_YEAR);
    assert_int_equal(lines[0].most_fen, 20000000);
    assert_int_equal(lines[0].used_fen, 60);
    assert_int_equal(lines[2].used_fen, 50);
    assert_int_equal(lines[2].until_ms, eve + 1);
    assert_int_equal(limit_lines(rules, 2, eve + 1, &count, NULL, lines), 4);
    assert_int_equal(lines[0].used_fen + lines[1].used_fen + lines[2].used_fen + lines[3].used_fen, 0);
    assert_int_equal(lines[0].until_ms, civil_year_start_ms(2028));
}

static void the_limit_holds_in_a_crowd(void **state) {
    (void)state;
    if (!world.writer) skip();
    const int64_t most = 5000000;
    TELL(FILLED(ANN, most),
         {TOPUP, ANN, most, .thing = 1},
         {APPROVE, ANN, .thing = 1},
         {TOPUP, ANN, most, .thing = 1},
         {APPROVE, ANN, .thing = 1, LEFT(3 * most)});
    for (int i = 0; i < 15; i++)
        crowd[i] = (struct stage){.act = {i % 2 ? PAY : SEND, ANN, most / 5, .whom = i % 2 ? ANN : BOB}};
    crowd_play(15);
    assert_int_equal(crowd_answers(15, ERR_OK), 10);
    assert_int_equal(crowd_answers(15, ERR_TIER_YEAR_LIMIT), 5);
    assert_int_equal(available(ANN), most);
}

// clang-format on
const struct CMUnitTest limit_stories[] = {
    STORY(tier_one_has_a_thousand_for_life),
    STORY(what_returns_is_given_back),
    STORY(the_year_ends_at_midnight),
    STORY(a_clock_set_back_frees_nothing),
    STORY(a_day_has_its_limits),
    STORY(a_day_without_a_pin),
    STORY(the_lines_say_what_is_left),
    STORY(the_limit_holds_in_a_crowd),
};
const size_t limit_stories_count = STORIES_COUNT(limit_stories);
