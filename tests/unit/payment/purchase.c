/* SPDX-License-Identifier: Apache-2.0 */
/* Purchases and top-ups: what is paid, by whom, and what the bank says of it. */
#include "story.h"

#include "wallet/purchase.h"

// clang-format off

static void fill_and_pay(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL({TOPUP, ANN, 10000, .thing = 1, LEFT(0)},
         {STATE, ANN, 10000, .with = 1, .state = PAYMENT_AT_BANK},
         {APPROVE, ANN, .thing = 1, LEFT(10000)},
         {STATE, ANN, .with = 1, .state = PAYMENT_DONE},
         {PAY, ANN, 3000, .thing = 2, LEFT(7000)},
         {STATE, ANN, 3000, .with = 2, .state = PAYMENT_DONE},
         {STATE, SHOP, 3000, .with = 2, .state = PAYMENT_DONE}, /* the shop's owner sees it too */
         {STATE, BOB, .with = 2, .expect = ERR_NOT_FOUND}, /* nobody else does: attack row 11 */
         {PAY, ANN, 8000, ERR_INSUFFICIENT_BALANCE, .amount = 1000, LEFT(7000)},
         {PAY, ANN, 7001, ERR_INSUFFICIENT_BALANCE, .amount = 1, LEFT(7000)},
         {PAY, ANN, 7000, LEFT(0)}, /* to the last fen */
         {PAY, ANN, 1, ERR_INSUFFICIENT_BALANCE, .amount = 1},
         {COUNT_BILLS, ANN, 6},
         {COUNT_BILLS, SHOP, 0});
    assert_int_equal(takings(), 10000);
}

static void what_the_bank_says_counts_once(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL({TOPUP, ANN, 500, .thing = 1},
         {DECLINE, ANN, .thing = 1, LEFT(0)},
         {STATE, ANN, .with = 1, .state = PAYMENT_DECLINED, .expect = ERR_BANK_FUNDS},
         {APPROVE, ANN, .thing = 1, LEFT(0)},
         {DECLINE, ANN, .thing = 1, LEFT(0)},
         {SILENCE, ANN, .thing = 1, LEFT(0)},
         {STATE, ANN, .with = 1, .state = PAYMENT_DECLINED, .expect = ERR_BANK_FUNDS},
         {TOPUP, ANN, 700, .thing = 2},
         {SILENCE, ANN, .thing = 2, LEFT(0)},
         {STATE, ANN, .with = 2, .state = PAYMENT_IN_DOUBT, .expect = ERR_BANK_IN_DOUBT},
         {SILENCE, ANN, .thing = 2, LEFT(0)},
         {APPROVE, ANN, .thing = 2, LEFT(700)},
         {APPROVE, ANN, .thing = 2, LEFT(700)},
         {DECLINE, ANN, .thing = 2, LEFT(700)},
         {STATE, ANN, .with = 2, .state = PAYMENT_DONE},
         {TOPUP, ANN, 900, .thing = 3},
         {SILENCE, ANN, .thing = 3},
         {DECLINE, ANN, .thing = 3, LEFT(700)},
         {APPROVE, ANN, .thing = 3, LEFT(700)},
         {STATE, ANN, .with = 3, .state = PAYMENT_DECLINED, .expect = ERR_BANK_FUNDS},
         {APPROVE, ANN, .thing = 14}); /* about nothing that we know */
}

static void a_purchase_by_card_passes_by(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL({PAY_CARD, ANN, 4500, .thing = 1, LEFT(0)},
         {APPROVE, ANN, .thing = 1, LEFT(0)},
         {STATE, ANN, 4500, .with = 1, .state = PAYMENT_DONE},
         {PAY_CARD, ANN, 600, .thing = 2},
         {DECLINE, ANN, .thing = 2, LEFT(0)},
         {STATE, ANN, .with = 2, .state = PAYMENT_DECLINED, .expect = ERR_BANK_FUNDS},
         {STATE, SHOP, .with = 2, .state = PAYMENT_DECLINED}, /* why is nobody's business but hers */
         {LIMIT_USED, ANN, 0, .ms = 2026}, /* cards do not use the limits of the balance */
         {COUNT_BILLS, ANN, 2});
    assert_int_equal(takings(), 4500);
}

static void the_wrong_payee(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 10000),
         {SEND, ANN, 100, ERR_PAYEE_IS_PAYER, .whom = ANN},
         {SEND, ANN, 100, ERR_PAYEE_UNKNOWN, .whom = PEOPLE}, /* no such person: the number of something else */
         {SEND, ANN, 100, ERR_PAYEE_NOT_VERIFIED, .whom = DAN},
         {PAY, SHOP, 100, ERR_PAYEE_IS_PAYER},
         {SHUT, BOB},
         {SEND, ANN, 100, ERR_PAYEE_CLOSED, .whom = BOB, LEFT(10000)},
         {LIMIT_USED, ANN, 0, .ms = 2026},
         {SHUT, ANN},
         {PAY, ANN, 100, ERR_PAYER_CLOSED, LEFT(10000)},
         {PAY_CARD, ANN, 100, ERR_PAYER_CLOSED},
         {TOPUP, ANN, 100, ERR_PAYER_CLOSED},
         {COUNT_BILLS, ANN, 8});
}

static void an_account_is_closed_meanwhile(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 1000),
         {SEND, ANN, 300, .whom = BOB, .thing = 1},
         {SEND, ANN, 200, .whom = CAT, .thing = 2},
         {TOPUP, BOB, 500, .thing = 3},
         {PAY_CARD, BOB, 600, .thing = 4},
         {SHUT, BOB},
         {ACCEPT, BOB, .with = 1, .expect = ERR_PAYEE_CLOSED},
         {RETURN, BOB, .with = 1},
         {STATE, ANN, .with = 1, .state = PAYMENT_RETURNED, LEFT(800)},
         /* the bank has taken it, and nobody can have it: not lost, not guessed */
         {APPROVE, BOB, .thing = 3, LEFT(0)},
         {STATE, BOB, .with = 3, .state = PAYMENT_IN_DOUBT, .expect = ERR_BANK_IN_DOUBT},
         {DECLINE, BOB, .thing = 4},
         {STATE, BOB, .with = 4, .state = PAYMENT_DECLINED, .expect = ERR_BANK_FUNDS},
         {SHUT, ANN},
         {ACCEPT, CAT, .with = 2, .expect = ERR_PAYER_CLOSED},
         {WAIT, .ms = DAY},
         {DUE, ANN, 1, LEFT(1000)});
}

static void forget_pin(struct stage *s, struct tx *tx, struct actor *actor) {
    static const struct sql forget = {"DELETE FROM pin WHERE person = $1"};
    struct stmt *q = db_stmt(tx->db, &forget);
    (void)s;
    db_bind_u64(q, actor->person.n);
    assert_int_equal(db_run(q), 1);
}

/* A code of another payee: a person's, and numbers that are nothing or something else. */
static void strange_codes(struct stage *s, struct tx *tx, struct actor *actor) {
    const struct payee payees[] = {{PAYEE_PERSON, cast.actors[BOB].person.n},
                                   {PAYEE_MERCHANT, cast.actors[BOB].person.n},
                                   {PAYEE_ORDER, cast.merchant.id.n},
                                   {PAYEE_MERCHANT, 1}};
    for (size_t i = 0; i < sizeof payees / sizeof payees[0]; i++) {
        struct purchase_cmd cmd = {.payee = payees[i], .amount = {100}, .pin = TEXT(RIGHT_PIN)};
        struct payment payment;
        struct merchant shop;
        assert_int_equal(purchase_pay(tx, actor, &cmd, &s->fault, &payment, &shop), ERR_PAYEE_UNKNOWN);
    }
}

static void no_pin_and_strange_codes(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 1000));
    scene(ANN, strange_codes);
    scene(ANN, forget_pin);
    TELL({PAY, ANN, 100, ERR_PIN_NOT_SET, LEFT(1000)}, {COUNT_BILLS, ANN, 6});
}

static void too_much_and_too_full(void **state) {
    (void)state;
    if (!world.writer) skip();
    int64_t most = world.settings.rules.payment_max_fen;
    TELL({TOPUP, ANN, most + 1, ERR_AMOUNT_TOO_LARGE},
         {PAY, ANN, most + 1, ERR_AMOUNT_TOO_LARGE},
         {PAY_CARD, ANN, MONEY_MAX, ERR_AMOUNT_TOO_LARGE},
         {SEND, ANN, MONEY_MAX, ERR_AMOUNT_TOO_LARGE, .whom = BOB},
         {ORDER, SHOP, most + 1, ERR_AMOUNT_TOO_LARGE},
         FILLED(ANN, most),
         {FEED, SHOP, INT64_MAX - 4999},
         {PAY, ANN, 5000, ERR_ACCOUNT_FULL, LEFT(most)},
         {PAY, ANN, 4999, LEFT(most - 4999)}, /* attack row 6 */
         {PAY, ANN, 1, ERR_ACCOUNT_FULL},
         {LIMIT_USED, ANN, 4999, .ms = 2026});
}

static void a_shop_fills_while_the_bank_is_asked(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL({FEED, SHOP, INT64_MAX - 9999},
         {PAY_CARD, ANN, 10000, ERR_ACCOUNT_FULL},
         {PAY_CARD, ANN, 5000, .thing = 1},
         {PAY_CARD, BOB, 5000, .thing = 2}, /* each would fit alone */
         {APPROVE, ANN, .thing = 1},
         {STATE, ANN, .with = 1, .state = PAYMENT_DONE},
         {APPROVE, BOB, .thing = 2, LEFT(0)},
         {STATE, BOB, .with = 2, .state = PAYMENT_IN_DOUBT, .expect = ERR_BANK_IN_DOUBT},
         {APPROVE, BOB, .thing = 2},
         {DECLINE, BOB, .thing = 2},
         {STATE, BOB, .with = 2, .state = PAYMENT_DECLINED, .expect = ERR_BANK_FUNDS});
}

static void who_may_not(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL({PAY, DAN, 100, ERR_REALNAME_NEEDED},
         {SEND, DAN, 100, ERR_REALNAME_NEEDED, .whom = BOB},
         FILLED(ANN, 1000),
         {SEND, ANN, 100, .whom = CAT, .thing = 1},
         {TIER, CAT, 0},
         {ACCEPT, CAT, .with = 1, .expect = ERR_REALNAME_NEEDED},
         {TIER, CAT, 1},
         {ACCEPT, CAT, .with = 1, LEFT(100)},
         {TOPUP, BOB, 100, ERR_NOT_FOUND, .whom = SHOP},
         {TOPUP, CAT, 100, ERR_NOT_FOUND}, /* has no card */
         {UNBIND, BOB},
         {TOPUP, BOB, 100, ERR_CARD_GONE},
         {PAY_CARD, BOB, 100, ERR_CARD_GONE},
         {PAY_CARD, CAT, 100, ERR_NOT_FOUND});
}

static void the_pin_comes_before_the_balance(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 1000),
         {PAY, ANN, 99999, ERR_WRONG_PIN, .pin = "000001", .rest = 4}, /* not: insufficient */
         {SEND, ANN, 99999, ERR_WRONG_PIN, .whom = BOB, .pin = "000001", .rest = 3},
         {TOPUP, ANN, 100, ERR_WRONG_PIN, .pin = "000001", .rest = 2},
         {PAY, ANN, 100, ERR_BAD_FIELD, .pin = "1"}, /* no PIN at all: not a try */
         {PAY, ANN, 100, LEFT(900)}, /* forgiven */
         {PAY, ANN, 100, ERR_WRONG_PIN, .pin = "000002", .rest = 4},
         {PAY, ANN, 100, ERR_WRONG_PIN, .pin = "000003"},
         {PAY, ANN, 100, ERR_WRONG_PIN, .pin = "000004"},
         {PAY, ANN, 100, ERR_WRONG_PIN, .pin = "000005", .rest = 1},
         {PAY, ANN, 100, ERR_PIN_LOCKED, .pin = "000006"},
         {PAY, ANN, 100, ERR_PIN_LOCKED, LEFT(900)}, /* the right one */
         {SEND, ANN, 100, ERR_PIN_LOCKED, .whom = BOB},
         {TOPUP, ANN, 100, ERR_PIN_LOCKED},
         {WAIT, .ms = 24 * HOUR + 1},
         {PAY, ANN, 100, LEFT(800)},
         {COUNT_BILLS, ANN, 3}); /* none of it is a bill */
}

static void a_hundred_payments_and_money_for_one(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 1000)); /* attack row 1 */
    for (int i = 0; i < CROWD; i++) crowd[i] = (struct stage){.act = {PAY, ANN, 1000, .thing = 1}};
    crowd_play(CROWD);
    assert_int_equal(crowd_answers(CROWD, ERR_OK), 1);
    assert_int_equal(crowd_answers(CROWD, ERR_INSUFFICIENT_BALANCE), CROWD - 1);
    assert_int_equal(available(ANN), 0);
    assert_int_equal(takings(), 1000);
}

// clang-format on
const struct CMUnitTest purchase_stories[] = {
    STORY(fill_and_pay),
    STORY(what_the_bank_says_counts_once),
    STORY(a_purchase_by_card_passes_by),
    STORY(the_wrong_payee),
    STORY(an_account_is_closed_meanwhile),
    STORY(no_pin_and_strange_codes),
    STORY(too_much_and_too_full),
    STORY(a_shop_fills_while_the_bank_is_asked),
    STORY(who_may_not),
    STORY(the_pin_comes_before_the_balance),
    STORY(a_hundred_payments_and_money_for_one),
};
const size_t purchase_stories_count = STORIES_COUNT(purchase_stories);
