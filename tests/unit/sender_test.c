/* SPDX-License-Identifier: Apache-2.0 */
/* The way to the bank and back, with the real qianbao-bank in a process of its own and the real writer on a store: approved, declined,
 * late, lost, out of reach, left behind. What the payment is told is recorded, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bank/testcard.h"
#include "base/clock.h"
#include "edge/bank/link.h"
#include "edge/bank/sender.h"
#include "kit/json/json_in.h"
#include "ledger/ledger.h"
#include "place.h"
#include "wallet/sequence.h"

enum { TOLD_MAX = 64, WAIT_MS = 90000 };

/* --- the world of a story --- */

struct told {
    uint64_t payment;
    struct bank_answer answer;
};

static struct {
    char dir[PLACE_MAX], bank_dir[80], secret[100], store[100];
    pid_t bank;
    int port;
    struct bank_line line;
    struct bank_http_link link;
    struct writer *writer;
    struct db_config db;
    struct ledger *ledger;
    struct sequence sequence;
    struct outbox outbox;
    struct keys *keys;
    struct tx tx;
    struct sender *sender;

    pthread_mutex_t lock;
    pthread_cond_t more;
    struct told told[TOLD_MAX];
    size_t told_count;
} world = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

static void bank_begin(void) {
    char port[16];
    snprintf(port, sizeof port, "%d", world.port); /* the first time a free one, then the same */
    world.bank = place_start((const char *[]){"qianbao-bank", "--data", world.bank_dir, "--port", port, NULL},
                             &world.port);
    assert_true(world.port > 0);
}

static void bank_end(void) {
    place_stop(&world.bank);
}

static void world_told(struct tx *tx, struct payment_id payment, const struct bank_answer *answer) {
    (void)tx;
    pthread_mutex_lock(&world.lock);
    assert_true(world.told_count < TOLD_MAX);
    world.told[world.told_count++] = (struct told){payment.n, *answer};
    pthread_cond_broadcast(&world.more);
    pthread_mutex_unlock(&world.lock);
}

static void sender_begin(const struct bank_line *line) {
    struct sender_config config = {.writer = world.writer,
                                   .store = world.db,
                                   .keys = world.keys,
                                   .line = line,
                                   .calls_max = 6, /* two a bank */
                                   .answered = world_told};
    assert_int_equal(sender_start(&config, &world.sender), ERR_OK);
    world.outbox.arg = world.sender;
    world.outbox.wake = sender_wake;
}

/* Nothing is committed meanwhile, so the writer will not wake what is gone. */
static void sender_end(void) {
    sender_stop(world.sender);
    world.outbox.wake = NULL;
    sender_free(world.sender);
    world.sender = NULL;
}

static void store_begin(void) {
    struct writer_config config = {.store = world.db, .floor = &world.tx};
    struct ledger_config ledger = {.accounts_max = 1000, .mac_key = keys_bytes(world.keys, KEY_LEDGER_MAC)};
    assert_int_equal(writer_open(&config, &world.writer), ERR_OK);
    assert_int_equal(sequence_load(&world.sequence, writer_db(world.writer)), ERR_OK);
    assert_int_equal(ledger_open(writer_db(world.writer), &ledger, &world.ledger), ERR_OK);
    writer_add_part(world.writer, ledger_part(world.ledger));
    writer_add_part(world.writer, sequence_part(&world.sequence));
    writer_add_part(world.writer, bank_outbox_part(&world.outbox));
    world.tx = (struct tx){.ledger = world.ledger,
                           .sequence = &world.sequence,
                           .keys = world.keys,
                           .outbox = &world.outbox};
    sender_begin(&world.line);
    assert_int_equal(writer_start(world.writer), ERR_OK);
}

static void store_end(void) {
    sender_stop(world.sender);
    writer_stop(world.writer);
    sender_free(world.sender);
    world.sender = NULL;
    ledger_close(world.ledger);
    world.outbox = (struct outbox){0};
}

static int world_begin(void **state) {
    char url[64], words[ENVELOPE_WORDS_MAX], path[100];
    (void)state;
    if (!place_make(world.dir, "sender_test")) return -1;
    snprintf(world.bank_dir, sizeof world.bank_dir, "%s/bank", world.dir);
    snprintf(world.secret, sizeof world.secret, "%s/secret", world.bank_dir);
    snprintf(world.store, sizeof world.store, "%s/qianbao.db", world.dir);
    snprintf(path, sizeof path, "%s/keys", world.dir);
    world.db = (struct db_config){DB_SQLITE, world.store};
    bank_begin();
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", world.port);
    assert_int_equal(bank_line_open(url, world.secret, 8000, &world.line, words), ERR_OK);
    bank_http_link_init(&world.link, &world.line);
    assert_int_equal(keys_open(path, true, &world.keys), ERR_OK);
    store_begin();
    return 0;
}

static int world_end(void **state) {
    (void)state;
    store_end();
    bank_end();
    bank_line_close(&world.line);
    keys_free(world.keys);
    return place_remove(world.dir);
}

static int story_begin(void **state) {
    (void)state;
    world.told_count = 0;
    return 0;
}

/* --- what stories are made of --- */

static bool bank_says(const char *path, const char *body) {
    struct buf out;
    buf_init(&out, BANK_REPLY_MAX);
    bool said = bank_sandbox_call(&world.line, path, body, &out);
    buf_release(&out);
    return said;
}

static void newest_code(char out[8]) {
    struct buf body;
    json_t *inbox;
    buf_init(&body, BANK_REPLY_MAX);
    assert_true(bank_sandbox_call(&world.line, "/sandbox/inbox", "{}", &body));
    assert_int_equal(json_read_object((struct text){buf_text(&body), body.size}, &inbox), ERR_OK);
    const json_t *sms = json_array_get(json_object_get(inbox, "items"), 0);
    snprintf(out, 8, "%s", json_string_value(json_object_get(sms, "code")));
    json_decref(inbox);
    buf_release(&body);
}

static enum err check_card(int bank, int kind, const char *message, struct bank_check *out) {
    size_t count;
    char number[TESTCARD_NUMBER_MAX];
    struct fault fault;
    testcard_number(&testcard_banks(&count)[bank - 1], &testcard_kinds(&count)[kind], number);
    struct bank_elements elements = {.message = text_of(message),
                                     .bank = bank,
                                     .name = TEXT("王小明"),
                                     .id_number = TEXT("11010519491231002X"),
                                     .card_number = text_of(number),
                                     .phone = TEXT("13800002207")};
    return bank_check_elements(&world.link.link, &elements, out, &fault);
}

static void bind_card(int bank, int kind, char out[BANK_TOKEN_MAX]) {
    char code[8], message[32];
    struct bank_check check;
    struct bank_grant grant;
    struct fault fault;
    snprintf(message, sizeof message, "bind-%d-%d", bank, kind);
    assert_int_equal(check_card(bank, kind, message, &check), ERR_OK);
    newest_code(code);
    assert_int_equal(bank_confirm(&world.link.link, bank, text_of(check.reference), text_of(code), &grant,
                                  &fault),
                     ERR_OK);
    snprintf(out, BANK_TOKEN_MAX, "%s", grant.token);
}

struct send {
    struct command command;
    struct bank_order order;
    uint64_t id;
    struct account_no settlement;
    bool done;
};

static void send_run(struct command *command, struct group *group) {
    struct send *send = (struct send *)command;
    struct tx *tx = tx_of(group);
    send->settlement = bank_settlement(tx, 1);
    send->id = bank_send(tx, &send->order);
}

static void send_done(struct command *command, enum command_outcome outcome) {
    assert_int_equal(outcome, COMMAND_DONE);
    pthread_mutex_lock(&world.lock);
    ((struct send *)command)->done = true;
    pthread_cond_broadcast(&world.more);
    pthread_mutex_unlock(&world.lock);
}

/* An order of the payment, committed; the number of its message. */
static uint64_t order_at(int bank, uint64_t payment, int kind, int64_t amount_fen) {
    static char tokens[4][16][BANK_TOKEN_MAX];
    unsigned char sealed[BANK_SEALED_MAX];
    if (!tokens[bank][kind][0]) bind_card(bank, kind, tokens[bank][kind]);
    size_t size = bank_token_seal(world.keys, (struct card_id){7}, tokens[bank][kind], sealed);
    struct send send = {.command = {send_run, send_done, NULL},
                        .order = {.payment = {payment},
                                  .bank = bank,
                                  .kind = BANK_DEBIT,
                                  .amount = {amount_fen},
                                  .card = {7},
                                  .sealed_token = {(const char *)sealed, size}}};
    writer_submit(world.writer, &send.command);
    pthread_mutex_lock(&world.lock);
    while (!send.done) pthread_cond_wait(&world.more, &world.lock);
    pthread_mutex_unlock(&world.lock);
    return send.id;
}

static uint64_t order(uint64_t payment, int kind, int64_t amount_fen) {
    return order_at(1, payment, kind, amount_fen);
}

/* The n-th thing that the payment is told (0: the first). */
static struct bank_answer told(uint64_t payment, size_t n) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_MS / 1000;
    pthread_mutex_lock(&world.lock);
    for (;;) {
        size_t seen = 0;
        for (size_t i = 0; i < world.told_count; i++) {
            if (world.told[i].payment != payment || seen++ != n) continue;
            struct bank_answer answer = world.told[i].answer;
            pthread_mutex_unlock(&world.lock);
            return answer;
        }
        if (pthread_cond_timedwait(&world.more, &world.lock, &until) != 0) {
            pthread_mutex_unlock(&world.lock);
            fail_msg("payment %d was not told a thing %d", (int)payment, (int)n);
        }
    }
}

/* The end of it, however often it had no answer before: a slow machine asks once more while the bank is away. */
static struct bank_answer told_end(uint64_t payment) {
    for (size_t n = 0;; n++) {
        struct bank_answer answer = told(payment, n);
        if (answer.verdict != BANK_UNANSWERED) return answer;
    }
}

/* Whether the one was told something before the other was. */
static bool told_before(uint64_t one, uint64_t other) {
    bool first = false;
    pthread_mutex_lock(&world.lock);
    for (size_t i = 0; i < world.told_count; i++) {
        if (world.told[i].payment != one && world.told[i].payment != other) continue;
        first = world.told[i].payment == one;
        break;
    }
    pthread_mutex_unlock(&world.lock);
    return first;
}

static size_t told_times(uint64_t payment) {
    size_t count = 0;
    pthread_mutex_lock(&world.lock);
    for (size_t i = 0; i < world.told_count; i++) count += world.told[i].payment == payment;
    pthread_mutex_unlock(&world.lock);
    return count;
}

/* --- the stories --- */

static void approved_at_once(void **state) {
    (void)state;
    order(100, 1, 1); /* binds */
    told(100, 0);
    uint64_t payment = 100, id;
    struct bank_answer answer;
    int64_t took_ms;
    do { /* what a busy machine takes passes; the wait for a clock would be there each time */
        int64_t begun = clock_mono_us();
        id = order(++payment, 1, 12345);
        answer = told(payment, 0);
        took_ms = (clock_mono_us() - begun) / 1000;
    } while (took_ms >= 1000 && payment < 105);
    assert_int_equal(answer.verdict, BANK_APPROVED);
    assert_int_equal(answer.order, id);
    assert_int_equal(answer.refusal, ERR_OK);
    assert_memory_equal(answer.reference, "CMB2", 4);
    assert_true(answer.at_ms > 1700000000000);
    assert_true(took_ms < 1000);
    print_message("# order to answer: %d ms\n", (int)took_ms);
}

static void each_decline_has_its_reason(void **state) {
    (void)state;
    static const struct {
        int kind;
        const char *reason;
        enum err refusal;
    } rows[] = {{2, "AM04", ERR_BANK_FUNDS},
                {3, "AC06", ERR_BANK_CARD_LOST},
                {4, "AM14", ERR_BANK_LIMIT},
                {5, "MS03", ERR_BANK_DECLINED}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        order(200 + i, rows[i].kind, 100);
        struct bank_answer answer = told(200 + i, 0);
        assert_int_equal(answer.verdict, BANK_DECLINED);
        assert_string_equal(answer.reason, rows[i].reason);
        assert_int_equal(answer.refusal, rows[i].refusal);
        assert_string_equal(answer.reference, "");
    }
}

static void some_cards_cannot_be_added(void **state) {
    (void)state;
    struct bank_check check, again;
    struct bank_grant grant;
    struct fault fault;
    char code[8];
    assert_int_equal(check_card(1, 6, "no-6", &check), ERR_CARD_ELEMENTS);
    assert_int_equal(check_card(1, 9, "no-9", &check), ERR_CARD_ELEMENTS);
    assert_int_equal(check_card(1, 10, "no-10", &check), ERR_OK);
    assert_int_equal(check_card(1, 10, "no-10", &again),
                     ERR_OK); /* a repeat: the same reference, no second SMS */
    assert_string_equal(check.reference, again.reference);
    newest_code(code);
    assert_int_equal(bank_confirm(&world.link.link, 1, text_of(check.reference), text_of(code), &grant, &fault),
                     ERR_WRONG_CODE);
    assert_int_equal(bank_confirm(&world.link.link, 99, TEXT("x"), TEXT("1"), &grant, &fault),
                     ERR_CARD_NOT_SUPPORTED);
    assert_int_equal(bank_confirm(NULL, 1, TEXT("x"), TEXT("1"), &grant, &fault), ERR_BANK_OUT_OF_REACH);
    assert_string_equal(fault.name, "招商银行");
}

static void a_late_answer_keeps_nobody_waiting(void **state) {
    (void)state;
    int64_t begun = clock_mono_ms();
    order(300, 7, 100); /* 5 s */
    order(301, 1, 100);
    assert_int_equal(told(301, 0).verdict, BANK_APPROVED);
    assert_int_equal(told(300, 0).verdict, BANK_APPROVED);
    assert_true(told_before(301, 300));
    assert_true(clock_mono_ms() - begun >= 5000);
}

/* A bank whose calls all wait has filled its own share only. */
static void a_silent_bank_keeps_no_other_waiting(void **state) {
    (void)state;
    order_at(2, 350, 1, 100);
    assert_int_equal(told(350, 0).verdict, BANK_APPROVED);
    assert_true(bank_says("/sandbox/modes", "{\"bank\":\"CMB\",\"mode\":\"delay\"}"));
    for (uint64_t i = 0; i < 4; i++) order(351 + i, 1, 100);
    order_at(2, 360, 1, 100);
    assert_int_equal(told(360, 0).verdict, BANK_APPROVED);
    assert_true(bank_says("/sandbox/modes", "{\"bank\":\"CMB\",\"mode\":\"normal\"}"));
    for (uint64_t i = 0; i < 4; i++) assert_int_equal(told(351 + i, 0).verdict, BANK_APPROVED);
    for (uint64_t i = 0; i < 4; i++) assert_true(told_before(360, 351 + i));
}

static void a_lost_answer_is_found(void **state) {
    (void)state;
    order(400, 8, 100);
    struct bank_answer first = told(400, 0);
    assert_int_equal(first.verdict, BANK_UNANSWERED);
    assert_int_equal(first.refusal, ERR_OK);
    struct bank_answer then = told(400, 1); /* asked after 2 s */
    assert_int_equal(then.verdict, BANK_APPROVED);
    assert_int_equal(told_times(400), 2);
}

static void an_outage_passes(void **state) {
    (void)state;
    order(500, 1, 100);
    assert_int_equal(told(500, 0).verdict, BANK_APPROVED);
    assert_true(bank_says("/sandbox/modes", "{\"bank\":\"CMB\",\"mode\":\"outage\"}"));
    order(501, 1, 100);
    assert_int_equal(told(501, 0).verdict, BANK_UNANSWERED);
    struct bank_check check;
    assert_int_equal(check_card(1, 1, "in-outage", &check), ERR_BANK_OUT_OF_REACH);
    assert_true(bank_says("/sandbox/modes", "{\"bank\":\"CMB\",\"mode\":\"normal\"}"));
    assert_int_equal(told_end(501).verdict, BANK_APPROVED); /* never seen, young: sent again */
    assert_int_equal(sender_figures(world.sender).resent, 1);
}

/* A doubt that is older than BANK_RESEND_MS ends in a cancellation, which the bank keeps to. */
static void an_old_doubt_is_cancelled(void **state) {
    (void)state;
    assert_true(bank_says("/sandbox/modes", "{\"bank\":\"CMB\",\"mode\":\"outage\"}"));
    order(600, 1, 100);
    assert_int_equal(told(600, 0).verdict, BANK_UNANSWERED);
    clock_set_offset_ms(clock_offset_ms() +
                        BANK_RESEND_MS); /* before it is there again: else the order may be young, and sent again */
    assert_true(bank_says("/sandbox/modes", "{\"bank\":\"CMB\",\"mode\":\"normal\"}"));
    clock_set_offset_ms(clock_offset_ms() + BANK_RESEND_MS);
    sender_wake(world.sender);
    struct bank_answer end = told_end(600);
    assert_int_equal(end.verdict, BANK_DECLINED);
    assert_int_equal(end.refusal, ERR_BANK_OUT_OF_REACH);
    assert_string_equal(end.reason, "DS24");
    assert_int_equal(sender_figures(world.sender).cancelled, 1);
}

static void a_bank_that_is_not_there_took_nothing(void **state) {
    (void)state;
    order(700, 1, 100);
    assert_int_equal(told(700, 0).verdict, BANK_APPROVED);
    bank_end();
    order(701, 1, 100);
    struct bank_answer answer = told(701, 0);
    assert_int_equal(answer.verdict, BANK_DECLINED);
    assert_int_equal(answer.refusal, ERR_BANK_OUT_OF_REACH);
    bank_begin();
    order(702, 1, 100);
    assert_int_equal(told(702, 0).verdict, BANK_APPROVED);
}

/* The server ends while an order is in doubt and another was never sent; the next one settles both. */
static void what_was_left_behind_is_settled(void **state) {
    (void)state;
    order(800, 8, 101);
    assert_int_equal(told(800, 0).verdict, BANK_UNANSWERED);
    sender_end();
    order(801, 1, 102);
    store_end();
    store_begin();
    assert_int_equal(told(801, 0).verdict, BANK_APPROVED);
    assert_int_equal(told(800, 1).verdict, BANK_APPROVED);
    assert_int_equal(told_times(800), 2);
    assert_int_equal(told_times(801), 1);
}

/* Whoever has not the secret is not the bank: what it says is no answer, so nothing is declined. */
static void a_stranger_is_not_believed(void **state) {
    (void)state;
    struct bank_line strange = world.line;
    strange.key.bytes[0] ^= 1;
    order(900, 1, 1);
    assert_int_equal(told(900, 0).verdict, BANK_APPROVED);
    sender_end();
    sender_begin(&strange);
    order(901, 1, 100);
    assert_int_equal(told(901, 0).verdict, BANK_UNANSWERED);
    sender_end();
    sender_begin(&world.line);
    assert_int_equal(told_end(901).verdict, BANK_APPROVED);
}

static void many_orders_each_once(void **state) {
    (void)state;
    for (uint64_t i = 0; i < 40; i++) order(1000 + i, 1, 100 + (int64_t)i);
    for (uint64_t i = 0; i < 40; i++) assert_int_equal(told(1000 + i, 0).verdict, BANK_APPROVED);
    for (uint64_t i = 0; i < 40; i++) assert_int_equal(told_times(1000 + i), 1);
}

#define STORY(name) cmocka_unit_test_setup(name, story_begin)

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(approved_at_once),
        STORY(each_decline_has_its_reason),
        STORY(some_cards_cannot_be_added),
        STORY(a_late_answer_keeps_nobody_waiting),
        STORY(a_silent_bank_keeps_no_other_waiting),
        STORY(a_lost_answer_is_found),
        STORY(an_outage_passes),
        STORY(an_old_doubt_is_cancelled),
        STORY(a_bank_that_is_not_there_took_nothing),
        STORY(what_was_left_behind_is_settled),
        STORY(a_stranger_is_not_believed),
        STORY(many_orders_each_once),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
