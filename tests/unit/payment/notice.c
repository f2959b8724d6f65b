/* SPDX-License-Identifier: Apache-2.0 */
/* Notices: what is new, until it was read, and its words. */
#include "story.h"

#include <string.h>

#include "wallet/notice.h"

// clang-format off

static void read_them(struct stage *s, struct tx *tx, struct actor *actor) {
    (void)s;
    notice_read(tx, actor, NULL);
}

static void notices_of(enum who who, void (*look)(struct stage *, struct tx *, struct actor *),
                       int64_t unread) {
    cast.things[13] = (uint64_t)unread;
    scene(who, look);
}

static void count_unread(struct stage *s, struct tx *tx, struct actor *actor) {
    struct view view = view_of(tx);
    (void)s;
    assert_int_equal(notice_unread(&view, actor), cast.things[13]);
}

static void read_words(struct stage *s, struct tx *tx, struct actor *actor) {
    struct view view = view_of(tx);
    static const char *const words[][2] = {
        {"小安(王*明)转来的 5.00 元已到零钱。", "5.00 from 小安(王*明) is in your balance."},
        {"小安(王*明)转给你 5.00 元,请收钱,过期会自动退回。",
         "小安(王*明) sent you 5.00. Accept it, or it goes back by itself."},
    };
    struct notice notices[4];
    struct notice_position before = {0};
    bool more;
    (void)s;
    assert_int_equal(notice_list(&view, actor, &before, notices, 4, &more), 2);
    assert_false(more);
    for (int i = 0; i < 2; i++) {
        struct buf text;
        buf_init(&text, 400);
        notice_text(&notices[i], LANG_ZH, &text);
        assert_string_equal(buf_text(&text), words[i][0]);
        buf_clear(&text);
        notice_text(&notices[i], LANG_EN, &text);
        assert_string_equal(buf_text(&text), words[i][1]);
        buf_release(&text);
        assert_false(notices[i].read);
    }
    before = (struct notice_position){0};
    assert_int_equal(notice_list(&view, actor, &before, notices, 1, &more), 1);
    assert_true(more);
    assert_int_equal(notice_list(&view, actor, &before, notices + 1, 1, &more), 1);
    assert_int_equal(notices[1].state, PAYMENT_WAITING);
}

static void what_happened_is_noticed(void **state) {
    (void)state;
    if (!world.writer) skip();
    notices_of(BOB, count_unread, 0);
    TELL(FILLED(ANN, 10000), {SEND, ANN, 500, .whom = BOB, .thing = 1}, {ACCEPT, BOB, .with = 1});
    notices_of(ANN, count_unread, 4);
    notices_of(BOB, count_unread, 2);
    scene(BOB, read_words);
    scene(BOB, read_them);
    notices_of(BOB, count_unread, 0);
    for (int i = 0; i < 101; i++) PERFORM({PAY, ANN, 1});
    notices_of(ANN, count_unread, NOTICES_UNREAD_MAX);
    TELL({PAY_CARD, ANN, 300, .thing = 2},
         {APPROVE, ANN, .thing = 2}); /* asked, and done: the money passing by is none */
    scene(ANN, read_them);
    notices_of(ANN, count_unread, 0);
    TELL({PAY_CARD, ANN, 300, .thing = 2}, {DECLINE, ANN, .thing = 2});
    notices_of(ANN, count_unread, 2);
}

static void every_notice_has_words(void **state) {
    (void)state;
    static const struct {
        enum payment_kind kind;
        enum bill_side side;
        enum payment_state states[4];
    } rows[] = {
        {PAYMENT_TOPUP, BILL_IN, {PAYMENT_AT_BANK, PAYMENT_DONE, PAYMENT_DECLINED, 0}},
        {PAYMENT_PURCHASE, BILL_OUT, {PAYMENT_AT_BANK, PAYMENT_DONE, PAYMENT_DECLINED, 0}},
        {PAYMENT_TRANSFER, BILL_OUT, {PAYMENT_WAITING, PAYMENT_DONE, PAYMENT_RETURNED, 0}},
        {PAYMENT_TRANSFER, BILL_IN, {PAYMENT_WAITING, PAYMENT_DONE, PAYMENT_RETURNED, 0}},
        {PAYMENT_TRANSFER, BILL_OUT, {PAYMENT_ARRIVING, PAYMENT_RECALLED, 0}},
        {PAYMENT_TRANSFER, BILL_IN, {PAYMENT_ARRIVING, PAYMENT_RECALLED, 0}},
        {PAYMENT_WITHDRAWAL, BILL_OUT, {PAYMENT_AT_BANK, PAYMENT_DONE, PAYMENT_DECLINED, 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int j = 0; rows[i].states[j]; j++)
            for (int lang = LANG_EN; lang <= LANG_ZH; lang++) {
                struct notice notice = {.state = rows[i].states[j],
                                        .bill = {.payment = {.kind = rows[i].kind, .amount = {1234}},
                                                 .side = rows[i].side,
                                                 .party_name = "南门"}};
                struct buf text;
                buf_init(&text, 400);
                notice_text(&notice, (enum err_language)lang, &text);
                assert_non_null(strstr(buf_text(&text), "12.34"));
                assert_non_null(strstr(buf_text(&text), "南门"));
                assert_null(strchr(buf_text(&text), '{'));
                buf_release(&text);
            }
}

// clang-format on
const struct CMUnitTest notice_stories[] = {
    STORY(what_happened_is_noticed),
    cmocka_unit_test(every_notice_has_words),
};
const size_t notice_stories_count = STORIES_COUNT(notice_stories);
