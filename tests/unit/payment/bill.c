/* SPDX-License-Identifier: Apache-2.0 */
/* Bills as people see them: in pages of any size, with who and what, refusals among them. */
#include "story.h"

#include <stdlib.h>

#include "wallet/refusal.h"

// clang-format off

/* However small the pages, together they are the list. */
static void pages_agree(struct stage *s, struct tx *tx, struct actor *actor) {
    struct view view = view_of(tx);
    struct bill *all = calloc(BILLS_MAX, sizeof *all), *page = calloc(BILLS_MAX, sizeof *page);
    struct bill_position position = {0};
    bool more;
    size_t count = bill_list(&view, actor, &position, all, BILLS_MAX, &more);
    (void)s;
    assert_false(more);
    for (size_t i = 1; i < count; i++)
        assert_true(all[i].payment.created_ms <= all[i - 1].payment.created_ms);
    for (size_t size = 1; size <= 4; size++) {
        size_t at = 0;
        position = (struct bill_position){0};
        do {
            size_t got = bill_list(&view, actor, &position, page, size, &more);
            for (size_t i = 0; i < got; i++, at++) {
                assert_true(at < count);
                assert_true(page[i].payment.id.n == all[at].payment.id.n && page[i].refusal == all[at].refusal);
            }
        } while (more);
        assert_int_equal(at, count);
    }
    cast.things[14] = count;
    free(all);
    free(page);
}

static void bills_in_any_page(void **state) {
    (void)state;
    if (!world.writer) skip();
    scene(DAN, pages_agree); /* none yet */
    assert_int_equal(cast.things[14], 0);
    TELL({PAY, ANN, 100, ERR_INSUFFICIENT_BALANCE}, {PAY, ANN, 200, ERR_INSUFFICIENT_BALANCE});
    scene(ANN, pages_agree); /* refusals only */
    for (int i = 0; i < 12; i++) {
        PERFORM({TOPUP, ANN, 1000, .thing = 3},
            {APPROVE, ANN, .thing = 3},
            {WAIT, .ms = SECOND},
            {PAY, ANN, 100},
            {PAY, ANN, 99999, ERR_INSUFFICIENT_BALANCE},
            {WAIT, .ms = SECOND},
            {PAY, ANN, 99998, ERR_INSUFFICIENT_BALANCE},
            {SEND, ANN, 50, .whom = BOB, .thing = 1},
            {ACCEPT, BOB, .with = 1},
            {PAY_CARD, ANN, 20, .thing = 2},
            {APPROVE, ANN, .thing = 2},
            {WAIT, .ms = SECOND});
    }
    scene(ANN, pages_agree);
    assert_int_equal(cast.things[14], 2 + 12 * 6);
    scene(BOB, pages_agree);
    assert_int_equal(cast.things[14], 12);
}

/* What is refused between two pages belongs above the first: the second does not show it. */
static void pages_go_down(struct stage *s, struct tx *tx, struct actor *actor) {
    struct view view = view_of(tx);
    struct bill bills[3];
    struct bill_position position = {0};
    bool more;
    size_t got = bill_list(&view, actor, &position, bills, 2, &more);
    assert_int_equal(got, 2);
    assert_true(more);
    for (int i = 0; i < 4; i++) {
        struct refusal refusal = {.person = actor->person, .kind = PAYMENT_PURCHASE, .amount = {77}};
        fault_set(&refusal.fault, ERR_INSUFFICIENT_BALANCE);
        refusal_keep(tx, &refusal);
    }
    int seen = 0;
    while (more) {
        got = bill_list(&view, actor, &position, bills, 3, &more);
        for (size_t i = 0; i < got; i++, seen++) assert_int_not_equal(bills[i].payment.amount.fen, 77);
    }
    assert_int_equal(seen, s->act.fen);
}

static void a_refusal_between_two_pages(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL({PAY, ANN, 100, ERR_INSUFFICIENT_BALANCE}, FILLED(ANN, 1000), {PAY, ANN, 1}, {PAY, ANN, 2});
    struct stage s = {.act = {.who = ANN, .fen = 2}, .scene = pages_go_down};
    stage_play(&s);
    TELL({COUNT_BILLS, ANN, 8});
}

static void one_bill(struct stage *s, struct tx *tx, struct actor *actor) {
    struct view view = view_of(tx);
    struct bill bills[4];
    struct bill_position position = {0};
    bool more;
    assert_int_equal(bill_list(&view, actor, &position, bills, 4, &more), 4);
    const struct bill *refused = &bills[0], *sent = &bills[1], *bought = &bills[2], *filled = &bills[3];
    assert_int_equal(refused->reason.code, ERR_INSUFFICIENT_BALANCE);
    assert_int_equal(refused->reason.amount, 90000 - 9550);
    assert_int_equal(refused->payment.state, PAYMENT_REFUSED);
    assert_int_equal(refused->taken, TAKEN_NO);
    assert_string_equal(refused->party_name, "南门早点铺");
    assert_int_equal(sent->side, BILL_OUT);
    assert_string_equal(sent->party_name, "小波(王*明)");
    assert_string_equal(sent->payment.note, "饭钱");
    assert_int_equal(sent->taken, TAKEN_YES); /* while it waits too */
    assert_int_equal(bought->party, PARTY_MERCHANT);
    assert_int_equal(bought->card.id.n, 0);
    assert_int_equal(filled->side, BILL_IN);
    assert_string_equal(filled->party_name, "招商银行");
    assert_string_equal(filled->card.last4, "8001");
    struct bill other;
    assert_int_equal(bill_refusal(&view, actor, refused->refusal, &s->fault, &other), ERR_OK);
    assert_int_equal(other.payment.amount.fen, 90000);
    struct actor stranger = cast.actors[BOB];
    assert_int_equal(bill_refusal(&view, &stranger, refused->refusal, &s->fault, &other), ERR_NOT_FOUND);
    assert_int_equal(bill_payment(&view, &stranger, sent->payment.id, &s->fault, &other), ERR_OK);
    assert_int_equal(other.side, BILL_IN);
    assert_int_equal(other.taken, TAKEN_NO); /* the payee's money is not touched */
    assert_string_equal(other.party_name, "小安(王*明)");
    assert_int_equal(bill_payment(&view, &stranger, filled->payment.id, &s->fault, &other), ERR_NOT_FOUND);
}

static void a_bill_says_who_and_what(void **state) {
    (void)state;
    if (!world.writer) skip();
    TELL(FILLED(ANN, 10000),
         {PAY, ANN, 400},
         {SEND, ANN, 50, .whom = BOB},
         {PAY, ANN, 90000, ERR_INSUFFICIENT_BALANCE});
    scene(ANN, one_bill);
}

static void refusals_are_kept_so_many_an_hour(void **state) {
    (void)state;
    if (!world.writer) skip();
    for (int i = 0; i < 70; i++) PERFORM({PAY, ANN, 100, ERR_INSUFFICIENT_BALANCE, .amount = 100});
    TELL({COUNT_BILLS, ANN, 60},
         {WAIT, .ms = HOUR},
         {PAY, ANN, 100, ERR_INSUFFICIENT_BALANCE},
         {COUNT_BILLS, ANN, 61});
}

// clang-format on
const struct CMUnitTest bill_stories[] = {
    STORY(bills_in_any_page),
    STORY(a_refusal_between_two_pages),
    STORY(a_bill_says_who_and_what),
    STORY(refusals_are_kept_so_many_an_hour),
};
const size_t bill_stories_count = STORIES_COUNT(bill_stories);
