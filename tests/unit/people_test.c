/* SPDX-License-Identifier: Apache-2.0 */
/* Stories of people on a real store: register, sign in, PIN, real name, cards; through the writer, as the server does it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include "wallet/card.h"
#include "wallet/code.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/realname.h"
#include "world.h"

/* The stories are told on both engines; each begins with one of these. */
static void on_sqlite(void **state) {
    (void)state;
    world_open(DB_SQLITE, TIME_PASSES);
    world_start();
}

static void on_postgres(void **state) {
    (void)state;
    world_close();
    if (!cluster()[0]) skip();
    world_open(DB_POSTGRES, TIME_PASSES);
    world_start();
}

static void the_end(void **state) {
    (void)state;
    world_close();
}

/* --- one act: a verb in a command of its own --- */

enum verb {
    SEND,       /* phone; purpose; code; address */
    REGISTER,   /* phone, code, nickname (text); session */
    BEGIN,      /* phone, address: what a login is judged by, kept in .login */
    LOGIN,      /* phone, address, .login, right; session */
    LOGIN_CODE, /* phone, code; session */
    FIND,       /* session -> actor */
    TOUCH,      /* session */
    SESSIONS,   /* session -> count */
    END,        /* session ends the one of .other */
    END_OTHERS, /* session -> count */
    PIN_SET,    /* session, text, other_text (old) */
    PIN_CHECK,  /* session, text */
    NAME,       /* session, text (name), other_text (number), verdict */
    NAME_BEGIN, /* the same on a reader */
    NAME_FIND,  /* session -> realname */
    BIND,       /* session, text (number), phone, verdict -> binding */
    CONFIRM,    /* session, id (binding), verdict -> card */
    UNBIND,     /* session, id (card), text (PIN) */
    CARDS,      /* session -> count, card (newest) */
    USE,        /* session, id (card) */
    ORDER,      /* session, id (card): money is under way -> id */
    ANSWER,     /* id: the bank has answered */
    INBOX,      /* -> sms (newest), count */
    ASK_OPEN,   /* phone, purpose -> count: 1 when a code is open */
};

struct act {
    enum verb verb;
    int session; /* who: sessions are numbered by the stories */
    const char *phone, *text, *other_text, *address;
    const char *code;
    enum code_purpose purpose;
    enum err verdict;
    bool right;
    uint64_t id;
    int other;
    struct person_login login;
    int64_t later_ms; /* the act happens so long after the world's time */
    /* --- */
    enum err err;
    struct fault fault;
    struct actor actor;
    struct card card;
    struct card_binding binding;
    struct code_sent sent;
    struct realname name;
    struct sms sms;
    size_t count;

    struct command command;
    enum command_outcome outcome;
    sem_t done;
};

static void session_hash(int number, unsigned char out[SESSION_HASH_SIZE]) {
    char token[32];
    int size = snprintf(token, sizeof token, "the token %d", number);
    crypto_sha256(token, (size_t)size, out);
}

static void act_run(struct command *command, struct group *group) {
    struct act *a = (struct act *)((char *)command - offsetof(struct act, command));
    struct tx *tx = tx_of(group);
    tx->now_ms = world.now_ms + a->later_ms;
    struct view view = {.db = tx->db,
                        .ledger = tx->ledger,
                        .rules = tx->rules,
                        .keys = tx->keys,
                        .now_ms = tx->now_ms};
    struct text phone = text_of(a->phone), text = text_of(a->text), code = text_of(a->code),
                address = text_of(a->address), device = TEXT("Mozilla/5.0 (测试)");
    unsigned char hash[SESSION_HASH_SIZE];
    struct actor actor = {0};
    struct session_item items[SESSIONS_LISTED_MAX];
    struct card cards[20];
    struct sms inbox[20];
    session_hash(a->session, hash);
    bool found = session_find(tx->db, hash, tx->now_ms, &actor);
    a->fault = (struct fault){0};
    a->err = ERR_OK;
    switch (a->verb) {
    case SEND: {
        struct code_send_cmd cmd = {phone, a->purpose, address, ""};
        snprintf(cmd.code, sizeof cmd.code, "%s", a->code);
        a->err = code_send(tx, &cmd, &a->fault, &a->sent);
        break;
    }
    case REGISTER: {
        struct person_register_cmd cmd = {phone, code, text, "$argon2id$of-the-test", {0}, device};
        memcpy(cmd.session, hash, sizeof hash);
        a->err = person_register(tx, &cmd, &a->fault, &a->actor);
        break;
    }
    case BEGIN: a->err = person_login_begin(&view, phone, address, &a->fault, &a->login); break;
    case LOGIN: {
        struct person_login_cmd cmd = {phone, address, &a->login, a->right, {0}, device};
        memcpy(cmd.session, hash, sizeof hash);
        a->err = person_login(tx, &cmd, &a->fault, &a->actor);
        break;
    }
    case LOGIN_CODE: {
        struct person_login_code_cmd cmd = {phone, code, {0}, device};
        memcpy(cmd.session, hash, sizeof hash);
        a->err = person_login_code(tx, &cmd, &a->fault, &a->actor);
        break;
    }
    case FIND:
        a->err = found ? ERR_OK : ERR_NOT_SIGNED_IN;
        a->actor = actor;
        break;
    case TOUCH: session_touch(tx, &actor); break;
    case SESSIONS: a->count = session_list(&view, &actor, items, SESSIONS_LISTED_MAX); break;
    case END: {
        struct actor other;
        session_hash(a->other, hash);
        a->err = session_find(tx->db, hash, tx->now_ms, &other)
                     ? session_end(tx, &actor, other.session, &a->fault)
                     : fault_set(&a->fault, ERR_NOT_FOUND);
        break;
    }
    case END_OTHERS: a->count = (size_t)session_end_others(tx, &actor); break;
    case PIN_SET:
        a->err = pin_set(tx, &actor, &(struct pin_set_cmd){text, text_of(a->other_text)}, &a->fault);
        break;
    case PIN_CHECK: a->err = pin_check(tx, &actor, text, &a->fault); break;
    case NAME: {
        struct realname_cmd cmd = {text, text_of(a->other_text)};
        a->err = realname_set(tx, &actor, &cmd, a->verdict, &a->fault);
        break;
    }
    case NAME_BEGIN: {
        struct realname_cmd cmd = {text, text_of(a->other_text)};
        a->err = realname_begin(&view, &actor, &cmd, &a->fault);
        break;
    }
    case NAME_FIND:
        a->err = realname_find(tx->db, tx->keys, actor.person, &a->name) ? ERR_OK : ERR_NOT_FOUND;
        break;
    case BIND: {
        struct card_bind_cmd cmd = {text, phone};
        struct bank_check asked = {"reference-1", tx->now_ms + 5 * MINUTE};
        a->err = card_bind(tx, &actor, &cmd, a->verdict, &asked, &a->fault, &a->binding);
        break;
    }
    case CONFIRM: {
        struct bank_grant grant = {"agreement-1"};
        a->err = card_confirm(tx, &actor, a->id, a->verdict, &grant, &a->fault, &a->card);
        break;
    }
    case UNBIND: a->err = card_unbind(tx, &actor, (struct card_id){a->id}, text, &a->fault, &a->card); break;
    case CARDS:
        a->count = card_list(tx->db, actor.person, cards, 20);
        if (a->count) a->card = cards[0];
        break;
    case USE: a->err = card_use(tx->db, &actor, (struct card_id){a->id}, &a->fault, &a->card); break;
    case ORDER: {
        struct card card;
        card_find(tx->db, (struct card_id){a->id}, &card);
        struct bank_order order = {{77},  card.bank, BANK_DEBIT,
                                   {100}, card.id,   {(char *)card.sealed_token, card.sealed_size}};
        a->id = bank_send(tx, &order);
        break;
    }
    case ANSWER: {
        struct payment_id payment;
        struct bank_answer answer = {.order = a->id, .verdict = BANK_APPROVED, .at_ms = tx->now_ms};
        a->count = bank_settle(tx, &answer, &payment);
        break;
    }
    case INBOX:
        a->count = sms_inbox(tx->db, tx->keys, inbox, 20);
        if (a->count) a->sms = inbox[0];
        break;
    case ASK_OPEN: a->count = code_open(&view, phone, a->purpose); break;
    }
}

static void act_done(struct command *command, enum command_outcome outcome) {
    struct act *a = (struct act *)((char *)command - offsetof(struct act, command));
    a->outcome = outcome;
    sem_post(&a->done);
}

static void act_submit(struct act *a) {
    sem_init(&a->done, 0, 0);
    a->command = (struct command){.run = act_run, .done = act_done};
    writer_submit(world.writer, &a->command);
}

static struct act acted(struct act a) {
    if (!world.writer) skip(); /* no PostgreSQL here */
    act_submit(&a);
    while (sem_wait(&a.done) != 0) {}
    assert_int_equal(a.outcome, COMMAND_DONE);
    return a;
}
#define ACT(...) acted((struct act){.verb = __VA_ARGS__})
#define EXPECT(error, ...) assert_string_equal(err_name(ACT(__VA_ARGS__).err), err_name(ERR_##error))

/* A phone of its own for each story, and its person, signed in with the session of that number. */
static const char *phone_of(int number) {
    static char phones[64][PHONE_BYTES];
    snprintf(phones[number], PHONE_BYTES, "138%08d", number);
    return phones[number];
}

static struct actor person_make(int number) {
    const char *phone = phone_of(number);
    EXPECT(OK, SEND, .phone = phone, .code = "314159", .purpose = CODE_REGISTER);
    struct act made = ACT(REGISTER, .phone = phone, .code = "314159", .text = "小明", .session = number);
    assert_int_equal(made.err, ERR_OK);
    return made.actor;
}

/* --- register --- */

static void a_code_and_a_name_make_a_wallet(void **state) {
    (void)state;
    const char *phone = phone_of(1);
    struct act sent = ACT(SEND, .phone = phone, .code = "271828", .purpose = CODE_REGISTER);
    assert_int_equal(sent.err, ERR_OK);
    assert_string_equal(sent.sent.sent_to, "138****0001");
    assert_true(sent.sent.expires_ms == world.now_ms + 5 * MINUTE);
    assert_true(sent.sent.resend_ms == world.now_ms + MINUTE);
    struct act inbox = ACT(INBOX);
    assert_string_equal(inbox.sms.phone, phone);
    assert_string_equal(inbox.sms.code, "271828");

    struct act made = ACT(REGISTER, .phone = phone, .code = "271828", .text = "阿强", .session = 1);
    assert_int_equal(made.err, ERR_OK);
    assert_string_equal(made.actor.nickname, "阿强");
    assert_int_equal(made.actor.tier, 0);
    assert_false(made.actor.pin_set);
    struct figures figures;
    assert_true(ledger_figures(world.ledger, made.actor.account, &figures));
    assert_true(figures.account.owner == made.actor.person.n);
    struct act found = ACT(FIND, .session = 1);
    assert_int_equal(found.err, ERR_OK);
    assert_true(found.actor.person.n == made.actor.person.n);

    /* The code was for one use; and the phone is taken, which only its owner learns. */
    EXPECT(WRONG_CODE, REGISTER, .phone = phone, .code = "271828", .text = "阿强", .session = 2);
    EXPECT(OK, SEND, .phone = phone, .code = "161803", .purpose = CODE_REGISTER, .later_ms = MINUTE);
    EXPECT(PHONE_TAKEN, REGISTER, .phone = phone, .code = "161803", .text = "阿强", .session = 2,
           .later_ms = MINUTE);
    EXPECT(NOT_SIGNED_IN, FIND, .session = 2);
}

static void what_is_malformed_is_named(void **state) {
    (void)state;
    static const char *const phones[] = {"",
                                         "1380013800",
                                         "138001380000",
                                         "12800138000",
                                         "1380013800a",
                                         "１３８00138000",
                                         "+8613800138000",
                                         "23800138000"};
    for (size_t i = 0; i < sizeof phones / sizeof phones[0]; i++) {
        struct act a = ACT(SEND, .phone = phones[i], .code = "000000", .purpose = CODE_LOGIN);
        assert_int_equal(a.err, ERR_BAD_PHONE);
        assert_string_equal(a.fault.field, "/phone");
    }
    static const char *const names[] = {"",
                                        " ",
                                        "二十个字以上的昵称是不被接受的一二三四五六",
                                        "a\nb",
                                        ("a\xe2\x80\xae"
                                         "b"),
                                        " a"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct act a = ACT(REGISTER, .phone = phone_of(2), .code = "000000", .text = names[i]);
        assert_int_equal(a.err, ERR_BAD_FIELD);
        assert_string_equal(a.fault.field, "/nickname");
    }
    assert_true(nickname_valid(TEXT("<script>alert(1)</script>")) == false); /* 25 characters */
    assert_true(nickname_valid(TEXT("<img src=x>"))); /* plain text, whatever it looks like */
}

/* Attack row 23: the answer is the same for a phone with a wallet and one without. */
static void a_stranger_learns_nothing(void **state) {
    (void)state;
    person_make(3);
    world.now_ms += DAY;
    struct act known = ACT(SEND, .phone = phone_of(3), .code = "123123", .purpose = CODE_REGISTER);
    struct act unknown = ACT(SEND, .phone = phone_of(4), .code = "123123", .purpose = CODE_REGISTER);
    assert_int_equal(known.err, ERR_OK);
    assert_int_equal(unknown.err, ERR_OK);
    assert_true(known.sent.expires_ms == unknown.sent.expires_ms &&
                known.sent.resend_ms == unknown.sent.resend_ms);

    struct act a = ACT(BEGIN, .phone = phone_of(3)), b = ACT(BEGIN, .phone = phone_of(4));
    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(b.err, ERR_OK);
    assert_string_equal(b.login.hash, ""); /* the edge then computes the dummy */
    EXPECT(WRONG_LOGIN, LOGIN, .phone = phone_of(3), .login = a.login, .right = false, .session = 5);
    EXPECT(WRONG_LOGIN, LOGIN, .phone = phone_of(4), .login = b.login, .right = true, .session = 5);
}

/* --- codes: attack row 24 --- */

static void a_code_is_bound_and_dies(void **state) {
    (void)state;
    const char *phone = phone_of(6), *other = phone_of(7);
    EXPECT(OK, SEND, .phone = phone, .code = "111222", .purpose = CODE_REGISTER);
    /* another purpose, another phone */
    EXPECT(WRONG_CODE, LOGIN_CODE, .phone = phone, .code = "111222");
    EXPECT(WRONG_CODE, REGISTER, .phone = other, .code = "111222", .text = "x");
    /* too soon for another; then the new one takes the old one's place */
    struct act soon =
        ACT(SEND, .phone = phone, .code = "333444", .purpose = CODE_REGISTER, .later_ms = 59 * SECOND);
    assert_int_equal(soon.err, ERR_CODE_SENT_RECENTLY);
    assert_true(soon.fault.until_ms == world.now_ms + MINUTE);
    EXPECT(OK, SEND, .phone = phone, .code = "333444", .purpose = CODE_REGISTER, .later_ms = MINUTE);
    EXPECT(WRONG_CODE, REGISTER, .phone = phone, .code = "111222", .text = "x", .later_ms = MINUTE);
    /* five minutes, not a moment more */
    assert_int_equal(ACT(ASK_OPEN, .phone = phone, .purpose = CODE_REGISTER, .later_ms = 6 * MINUTE - 1).count,
                     1);
    EXPECT(WRONG_CODE, REGISTER, .phone = phone, .code = "333444", .text = "x", .later_ms = 6 * MINUTE);
    assert_int_equal(ACT(ASK_OPEN, .phone = phone, .purpose = CODE_REGISTER, .later_ms = 6 * MINUTE).count, 0);
    /* forms that no code has */
    EXPECT(WRONG_CODE, REGISTER, .phone = phone, .code = "33344", .text = "x");
    EXPECT(WRONG_CODE, REGISTER, .phone = phone, .code = "33344４", .text = "x");
}

static void a_code_takes_five_tries(void **state) {
    (void)state;
    const char *phone = phone_of(8);
    EXPECT(OK, SEND, .phone = phone, .code = "975310", .purpose = CODE_REGISTER);
    for (int i = 0; i < 5; i++) EXPECT(WRONG_CODE, REGISTER, .phone = phone, .code = "000000", .text = "x");
    EXPECT(WRONG_CODE, REGISTER, .phone = phone, .code = "975310", .text = "x"); /* the right one, too late */
    EXPECT(OK, SEND, .phone = phone, .code = "975311", .purpose = CODE_REGISTER, .later_ms = MINUTE);
    for (int i = 0; i < 4; i++)
        EXPECT(WRONG_CODE, REGISTER, .phone = phone, .code = "000000", .text = "x", .later_ms = MINUTE);
    EXPECT(OK, REGISTER, .phone = phone, .code = "975311", .text = "x", .session = 8, .later_ms = MINUTE);
}

static void codes_are_rationed(void **state) {
    (void)state;
    const char *phone = phone_of(9);
    for (int i = 0; i < 5; i++)
        EXPECT(OK, SEND, .phone = phone, .code = "123456", .purpose = CODE_LOGIN, .later_ms = i * MINUTE);
    struct act sixth =
        ACT(SEND, .phone = phone, .code = "123456", .purpose = CODE_LOGIN, .later_ms = 5 * MINUTE);
    assert_int_equal(sixth.err, ERR_TOO_MANY_TRIES);
    assert_true(sixth.fault.until_ms == world.now_ms + HOUR);
    EXPECT(TOO_MANY_TRIES, SEND, .phone = phone, .code = "123456",
           .purpose = CODE_REGISTER); /* purposes share it */
    for (int i = 0; i < 5; i++)
        EXPECT(OK, SEND, .phone = phone, .code = "123456", .purpose = CODE_LOGIN,
               .later_ms = HOUR + i * MINUTE);
    EXPECT(TOO_MANY_TRIES, SEND, .phone = phone, .code = "123456", .purpose = CODE_LOGIN, .later_ms = 3 * HOUR);
    EXPECT(OK, SEND, .phone = phone, .code = "123456", .purpose = CODE_LOGIN, .later_ms = DAY);

    /* by address; the neighbour is not concerned, nor is a phone charged for what its address was refused */
    world.settings.rules.codes_per_address_max = 2;
    EXPECT(OK, SEND, .phone = phone_of(10), .code = "123456", .purpose = CODE_LOGIN, .address = "203.0.113.9");
    EXPECT(OK, SEND, .phone = phone_of(11), .code = "123456", .purpose = CODE_LOGIN, .address = "203.0.113.9");
    EXPECT(TOO_MANY_TRIES, SEND, .phone = phone_of(12), .code = "123456", .purpose = CODE_LOGIN,
           .address = "203.0.113.9");
    EXPECT(OK, SEND, .phone = phone_of(12), .code = "123456", .purpose = CODE_LOGIN, .address = "203.0.113.10");
    EXPECT(OK, SEND, .phone = phone_of(26), .code = "123456", .purpose = CODE_LOGIN,
           .address = "2400:3200:1:2::1");
    EXPECT(OK, SEND, .phone = phone_of(27), .code = "123456", .purpose = CODE_LOGIN,
           .address = "2400:3200:1:2:9:ffff:1:2");
    EXPECT(TOO_MANY_TRIES, SEND, .phone = phone_of(28), .code = "123456", .purpose = CODE_LOGIN,
           .address = "2400:3200:1:2::3");
    EXPECT(OK, SEND, .phone = phone_of(28), .code = "123456", .purpose = CODE_LOGIN,
           .address = "2400:3200:1:3::1");
    world.settings.rules.codes_per_address_max = 200;
}

/* --- signing in: attack rows 22, 26 --- */

static void a_password_or_a_code_signs_in(void **state) {
    (void)state;
    struct actor person = person_make(13);
    struct act begun = ACT(BEGIN, .phone = phone_of(13));
    assert_true(begun.login.person.n == person.person.n);
    assert_string_equal(begun.login.hash, "$argon2id$of-the-test");
    EXPECT(OK, LOGIN, .phone = phone_of(13), .login = begun.login, .right = true, .session = 113);
    struct act stale = begun;
    strcpy(stale.login.hash, "$argon2id$of-yesterday"); /* changed since the slow work began */
    EXPECT(WRONG_LOGIN, LOGIN, .phone = phone_of(13), .login = stale.login, .right = true, .session = 213);

    EXPECT(OK, SEND, .phone = phone_of(13), .code = "864209", .purpose = CODE_LOGIN);
    EXPECT(OK, LOGIN_CODE, .phone = phone_of(13), .code = "864209", .session = 313);
    EXPECT(OK, SEND, .phone = phone_of(14), .code = "864209", .purpose = CODE_LOGIN);
    EXPECT(NOT_FOUND, LOGIN_CODE, .phone = phone_of(14), .code = "864209", .session = 314); /* nobody's */

    assert_int_equal(ACT(SESSIONS, .session = 13).count, 3);
    EXPECT(OK, END, .session = 13, .other = 113);
    EXPECT(NOT_SIGNED_IN, FIND, .session = 113);
    assert_int_equal(ACT(END_OTHERS, .session = 13).count, 1);
    EXPECT(NOT_SIGNED_IN, FIND, .session = 313);
    EXPECT(OK, FIND, .session = 13);
    person_make(15);
    EXPECT(NOT_FOUND, END, .session = 15, .other = 13); /* not mine to end */
    EXPECT(OK, END, .session = 13, .other = 13);
    EXPECT(NOT_SIGNED_IN, FIND, .session = 13);
}

static void a_session_ends_by_itself(void **state) {
    (void)state;
    person_make(16);
    EXPECT(OK, FIND, .session = 16, .later_ms = 30LL * DAY - 1);
    EXPECT(NOT_SIGNED_IN, FIND, .session = 16, .later_ms = 30LL * DAY);
    int64_t seen = ACT(FIND, .session = 16).actor.seen_ms;
    ACT(TOUCH, .session = 16, .later_ms = HOUR - 1);
    assert_true(ACT(FIND, .session = 16).actor.seen_ms == seen);
    ACT(TOUCH, .session = 16, .later_ms = HOUR);
    assert_true(ACT(FIND, .session = 16).actor.seen_ms == seen + HOUR);

    struct act begun = ACT(BEGIN, .phone = phone_of(16)); /* at most fifty: the oldest goes */
    for (int i = 0; i < 50; i++)
        EXPECT(OK, LOGIN, .phone = phone_of(16), .login = begun.login, .right = true, .session = 1600 + i);
    EXPECT(NOT_SIGNED_IN, FIND, .session = 16);
    EXPECT(OK, FIND, .session = 1600);
    assert_int_equal(ACT(SESSIONS, .session = 1600).count, 50);
}

static void wrong_logins_are_throttled(void **state) {
    (void)state;
    person_make(17);
    struct act begun = ACT(BEGIN, .phone = phone_of(17));
    for (int i = 0; i < 9; i++)
        EXPECT(WRONG_LOGIN, LOGIN, .phone = phone_of(17), .login = begun.login, .session = 117);
    EXPECT(OK, LOGIN, .phone = phone_of(17), .login = begun.login, .right = true, .session = 117); /* forgives */
    for (int i = 0; i < 10; i++)
        EXPECT(WRONG_LOGIN, LOGIN, .phone = phone_of(17), .login = begun.login, .session = 217);
    EXPECT(TOO_MANY_TRIES, BEGIN, .phone = phone_of(17));
    EXPECT(TOO_MANY_TRIES, LOGIN, .phone = phone_of(17), .login = begun.login, .right = true, .session = 217);
    EXPECT(OK, LOGIN, .phone = phone_of(17), .login = begun.login, .right = true, .session = 217,
           .later_ms = 15 * MINUTE);

    /* a spray from one address over many phones stops; who comes from elsewhere is not locked out */
    world.settings.rules.logins_per_address_max = 5;
    struct person_login nobody = {0};
    for (int i = 0; i < 5; i++)
        EXPECT(WRONG_LOGIN, LOGIN, .phone = phone_of(20 + i), .login = nobody, .address = "203.0.113.66");
    EXPECT(TOO_MANY_TRIES, BEGIN, .phone = phone_of(25), .address = "203.0.113.66");
    EXPECT(OK, BEGIN, .phone = phone_of(20), .address = "203.0.113.67");
    world.settings.rules.logins_per_address_max = 100;
}

/* --- the PIN: attack row 21 --- */

static void a_pin_is_set_and_changed(void **state) {
    (void)state;
    person_make(30);
    EXPECT(PIN_NOT_SET, PIN_CHECK, .session = 30, .text = "258036");
    EXPECT(BAD_FIELD, PIN_SET, .session = 30, .text = "25803");
    EXPECT(BAD_FIELD, PIN_SET, .session = 30, .text = "25803a");
    EXPECT(WEAK_PIN, PIN_SET, .session = 30, .text = "123456");
    EXPECT(OK, PIN_SET, .session = 30, .text = "258036");
    EXPECT(OK, PIN_CHECK, .session = 30, .text = "258036");
    EXPECT(PIN_ALREADY_SET, PIN_SET, .session = 30, .text = "369147");
    struct act wrong = ACT(PIN_SET, .session = 30, .text = "369147", .other_text = "258037");
    assert_int_equal(wrong.err, ERR_WRONG_PIN);
    assert_string_equal(wrong.fault.field, "/old_pin");
    assert_int_equal(wrong.fault.left, 4);
    EXPECT(OK, PIN_SET, .session = 30, .text = "369147", .other_text = "258036");
    EXPECT(OK, PIN_CHECK, .session = 30, .text = "369147");
    EXPECT(WRONG_PIN, PIN_CHECK, .session = 30, .text = "258036");
}

static void five_wrong_tries_lock_it_for_a_day(void **state) {
    (void)state;
    person_make(31);
    EXPECT(OK, PIN_SET, .session = 31, .text = "258036");
    for (int i = 0; i < 4; i++) {
        struct act wrong = ACT(PIN_CHECK, .session = 31, .text = "147258");
        assert_int_equal(wrong.err, ERR_WRONG_PIN);
        assert_int_equal(wrong.fault.left, 4 - i);
    }
    EXPECT(OK, PIN_CHECK, .session = 31, .text = "258036"); /* a right one forgives */
    for (int i = 0; i < 4; i++) EXPECT(WRONG_PIN, PIN_CHECK, .session = 31, .text = "147258");
    struct act fifth = ACT(PIN_CHECK, .session = 31, .text = "147258");
    assert_int_equal(fifth.err, ERR_PIN_LOCKED);
    assert_true(fifth.fault.until_ms == world.now_ms + DAY);
    EXPECT(PIN_LOCKED, PIN_CHECK, .session = 31, .text = "258036");
    EXPECT(PIN_LOCKED, PIN_SET, .session = 31, .text = "369147", .other_text = "258036");
    EXPECT(PIN_LOCKED, PIN_CHECK, .session = 31, .text = "258036", .later_ms = DAY - 1);
    EXPECT(WRONG_PIN, PIN_CHECK, .session = 31, .text = "147258", .later_ms = DAY); /* counted anew */
    EXPECT(OK, PIN_CHECK, .session = 31, .text = "258036", .later_ms = DAY);
}

enum { THREADS = 10, TRIES = 100 };
static struct act pin_tries[THREADS][TRIES];

static void *guess(void *arg) {
    struct act *row = arg;
    for (int i = 0; i < TRIES; i++) {
        act_submit(&row[i]);
        if (i % 10 == 9) /* ten at once */
            for (int j = i - 9; j <= i; j++)
                while (sem_wait(&row[j].done) != 0) {}
    }
    return NULL;
}

static void of_a_thousand_guesses_at_once_five_are_read(void **state) {
    (void)state;
    person_make(32);
    EXPECT(OK, PIN_SET, .session = 32, .text = "258036");
    pthread_t threads[THREADS];
    static char pins[THREADS][TRIES][8];
    for (int t = 0; t < THREADS; t++)
        for (int i = 0; i < TRIES; i++) {
            /* the right one is the last guess of each thread */
            snprintf(pins[t][i], 8, "%06d", i == TRIES - 1 ? 258036 : 300000 + t * TRIES + i);
            pin_tries[t][i] = (struct act){.verb = PIN_CHECK, .session = 32, .text = pins[t][i]};
        }
    for (int t = 0; t < THREADS; t++) pthread_create(&threads[t], NULL, guess, pin_tries[t]);
    for (int t = 0; t < THREADS; t++) pthread_join(threads[t], NULL);
    int wrong = 0, locked = 0, other = 0;
    for (int t = 0; t < THREADS; t++)
        for (int i = 0; i < TRIES; i++) {
            enum err err = pin_tries[t][i].err;
            *(err == ERR_WRONG_PIN ? &wrong : err == ERR_PIN_LOCKED ? &locked : &other) += 1;
        }
    assert_int_equal(wrong, 4); /* the fifth locks it */
    assert_int_equal(locked, THREADS * TRIES - 4);
    assert_int_equal(other, 0);
    EXPECT(PIN_LOCKED, PIN_CHECK, .session = 32, .text = "258036");
}

/* --- real name: attack row 20 --- */

static void a_name_is_verified(void **state) {
    (void)state;
    person_make(40);
    EXPECT(NOT_FOUND, NAME_FIND, .session = 40);
    EXPECT(OK, NAME_BEGIN, .session = 40, .text = "王小强", .other_text = "11010519491231002x");
    EXPECT(OK, NAME, .session = 40, .text = "王小强", .other_text = "11010519491231002x");
    struct act found = ACT(FIND, .session = 40);
    assert_int_equal(found.actor.tier, 1);
    assert_string_equal(found.actor.name_masked, "王*强");
    struct act name = ACT(NAME_FIND, .session = 40);
    assert_string_equal(name.name.name, "王小强");
    assert_string_equal(name.name.id_number, "11010519491231002X");
    assert_int_equal(name.name.birth, 19491231);
    EXPECT(REALNAME_DONE, NAME, .session = 40, .text = "王小强", .other_text = "11010519491231002X");
    EXPECT(WEAK_PIN, PIN_SET, .session = 40, .text = "194912"); /* the birthday is known now */
    EXPECT(OK, PIN_SET, .session = 40, .text = "258036");
}

static void what_is_no_name_or_number_is_refused(void **state) {
    (void)state;
    person_make(41);
    EXPECT(BAD_NAME, NAME, .session = 41, .text = "王", .other_text = "440524188001010014");
    EXPECT(BAD_NAME, NAME, .session = 41, .text = "王 小强", .other_text = "440524188001010014");
    EXPECT(BAD_ID_NUMBER, NAME, .session = 41, .text = "王小强", .other_text = "110105194912310021");
    EXPECT(BAD_ID_NUMBER, NAME, .session = 41, .text = "王小强", .other_text = "11010519490230002X");
    EXPECT(AGE_LIMIT, NAME, .session = 41, .text = "王小强", .other_text = "110105200911240013");
    EXPECT(REALNAME_REJECTED, NAME, .session = 41, .text = "王小强", .other_text = "310101199003071230",
           .verdict = ERR_REALNAME_REJECTED);
    EXPECT(OVERLOADED, NAME, .session = 41, .text = "王小强", .other_text = "310101199003071230",
           .verdict = ERR_OVERLOADED);
    assert_int_equal(ACT(FIND, .session = 41).actor.tier, 0);
    for (int i = 0; i < 4; i++)
        EXPECT(REALNAME_REJECTED, NAME, .session = 41, .text = "王小强", .other_text = "310101199003071230",
               .verdict = ERR_REALNAME_REJECTED);
    EXPECT(TOO_MANY_TRIES, NAME_BEGIN, .session = 41, .text = "王小强", .other_text = "310101199003071230");
    EXPECT(TOO_MANY_TRIES, NAME, .session = 41, .verdict = ERR_OVERLOADED, .text = "王小强",
           .other_text = "310101199003071230");
    EXPECT(OK, NAME, .session = 41, .text = "王小强", .other_text = "310101199003071230", .later_ms = DAY);
}

static void one_number_is_one_wallet(void **state) {
    (void)state;
    enum { RIVALS = 8 };
    struct act rivals[RIVALS];
    for (int i = 0; i < RIVALS; i++) {
        person_make(42 + i);
        rivals[i] =
            (struct act){.verb = NAME, .session = 42 + i, .text = "欧阳锋", .other_text = "440305198808088882"};
    }
    for (int i = 0; i < RIVALS; i++) act_submit(&rivals[i]);
    int verified = 0, in_use = 0;
    for (int i = 0; i < RIVALS; i++) {
        while (sem_wait(&rivals[i].done) != 0) {}
        verified += rivals[i].err == ERR_OK;
        in_use += rivals[i].err == ERR_ID_IN_USE;
    }
    assert_int_equal(verified, 1);
    assert_int_equal(in_use, RIVALS - 1);
}

/* --- cards --- */

#define CMB_CARD "6225880000000019"
#define CMB_OTHER "6225880000000027"

static void a_card_is_bound_used_and_taken_out(void **state) {
    (void)state;
    struct actor person = person_make(50);
    const char *phone = phone_of(50);
    EXPECT(REALNAME_NEEDED, BIND, .session = 50, .text = CMB_CARD, .phone = phone);
    EXPECT(OK, NAME, .session = 50, .text = "李白", .other_text = "510104197001011012");
    EXPECT(BAD_CARD_NUMBER, BIND, .session = 50, .text = "6225880000000000", .phone = phone);
    EXPECT(CARD_UNKNOWN_BANK, BIND, .session = 50, .text = "9900000000000036", .phone = phone);
    EXPECT(CARD_NOT_SUPPORTED, BIND, .session = 50, .text = "6228480000000000000", .phone = phone);
    EXPECT(BAD_PHONE, BIND, .session = 50, .text = CMB_CARD, .phone = "12345");
    EXPECT(CARD_ELEMENTS, BIND, .session = 50, .text = CMB_CARD, .phone = phone, .verdict = ERR_CARD_ELEMENTS);
    EXPECT(BANK_OUT_OF_REACH, BIND, .session = 50, .text = CMB_CARD, .phone = phone,
           .verdict = ERR_BANK_OUT_OF_REACH);

    struct act bound = ACT(BIND, .session = 50, .text = CMB_CARD, .phone = phone);
    assert_int_equal(bound.err, ERR_OK);
    assert_string_equal(bound.binding.sent_to, "138****0050");
    EXPECT(WRONG_CODE, CONFIRM, .session = 50, .id = bound.binding.id, .verdict = ERR_WRONG_CODE);
    EXPECT(NOT_FOUND, CONFIRM, .session = 40, .id = bound.binding.id); /* somebody else's */
    assert_int_equal(ACT(FIND, .session = 50).actor.tier, 1);
    struct act card = ACT(CONFIRM, .session = 50, .id = bound.binding.id);
    assert_int_equal(card.err, ERR_OK);
    assert_string_equal(card.card.first6, "622588");
    assert_string_equal(card.card.last4, &CMB_CARD[12]);
    assert_int_equal(ACT(FIND, .session = 50).actor.tier, 2);
    EXPECT(CARD_ALREADY_BOUND, CONFIRM, .session = 50, .id = bound.binding.id);
    EXPECT(CARD_ALREADY_BOUND, BIND, .session = 50, .text = CMB_CARD, .phone = phone);
    char token[BANK_TOKEN_MAX];
    struct act listed = ACT(CARDS, .session = 50);
    assert_int_equal(listed.count, 1);
    assert_true(bank_token_unseal(world.keys, listed.card.id,
                                  (struct text){(char *)listed.card.sealed_token, listed.card.sealed_size},
                                  token));
    assert_string_equal(token, "agreement-1");
    EXPECT(OK, USE, .session = 50, .id = card.card.id.n);
    EXPECT(NOT_FOUND, USE, .session = 40, .id = card.card.id.n);
    assert_true(listed.card.person.n == person.person.n);

    /* Somebody else cannot have it while it is bound. */
    person_make(51);
    EXPECT(OK, NAME, .session = 51, .text = "杜甫", .other_text = "610113197107121025");
    EXPECT(CARD_NAME_DIFFERS, BIND, .session = 51, .text = CMB_CARD, .phone = phone);

    /* Out again: with the PIN, and not while money is under way. */
    EXPECT(PIN_NOT_SET, UNBIND, .session = 50, .id = card.card.id.n, .text = "258036");
    EXPECT(OK, PIN_SET, .session = 50, .text = "258036");
    EXPECT(WRONG_PIN, UNBIND, .session = 50, .id = card.card.id.n, .text = "147258");
    EXPECT(NOT_FOUND, UNBIND, .session = 40, .id = card.card.id.n, .text = "258036");
    struct act order = ACT(ORDER, .id = card.card.id.n);
    EXPECT(CARD_BUSY, UNBIND, .session = 50, .id = card.card.id.n, .text = "258036");
    assert_int_equal(ACT(ANSWER, .id = order.id).count, 1);
    EXPECT(OK, UNBIND, .session = 50, .id = card.card.id.n, .text = "258036");
    EXPECT(CARD_GONE, UNBIND, .session = 50, .id = card.card.id.n, .text = "258036");
    EXPECT(CARD_GONE, USE, .session = 50, .id = card.card.id.n);
    assert_int_equal(ACT(CARDS, .session = 50).count, 0);
    assert_int_equal(ACT(FIND, .session = 50).actor.tier, 2); /* what the bank said stays said */

    struct act next = ACT(BIND, .session = 51, .text = CMB_CARD, .phone = phone);
    EXPECT(OK, CONFIRM, .session = 51, .id = next.binding.id);
}

static void a_binding_waits_five_minutes(void **state) {
    (void)state;
    person_make(52);
    EXPECT(OK, NAME, .session = 52, .text = "白居易", .other_text = "330106197203281036");
    struct act bound = ACT(BIND, .session = 52, .text = CMB_OTHER, .phone = phone_of(52));
    EXPECT(WRONG_CODE, CONFIRM, .session = 52, .id = bound.binding.id, .verdict = ERR_OVERLOADED,
           .later_ms = 5 * MINUTE);
    EXPECT(OK, CONFIRM, .session = 52, .id = bound.binding.id,
           .later_ms = 5 * MINUTE); /* in time for the bank */

    world.settings.rules.cards_max = 1;
    EXPECT(TOO_MANY_CARDS, BIND, .session = 52, .text = "6227000000000000052", .phone = phone_of(52));
    world.settings.rules.cards_max = 15;
}

/* clang-format off */
#define STORIES \
    cmocka_unit_test(a_code_and_a_name_make_a_wallet), \
    cmocka_unit_test(what_is_malformed_is_named), \
    cmocka_unit_test(a_stranger_learns_nothing), \
    cmocka_unit_test(a_code_is_bound_and_dies), \
    cmocka_unit_test(a_code_takes_five_tries), \
    cmocka_unit_test(codes_are_rationed), \
    cmocka_unit_test(a_password_or_a_code_signs_in), \
    cmocka_unit_test(a_session_ends_by_itself), \
    cmocka_unit_test(wrong_logins_are_throttled), \
    cmocka_unit_test(a_pin_is_set_and_changed), \
    cmocka_unit_test(five_wrong_tries_lock_it_for_a_day), \
    cmocka_unit_test(of_a_thousand_guesses_at_once_five_are_read), \
    cmocka_unit_test(a_name_is_verified), \
    cmocka_unit_test(what_is_no_name_or_number_is_refused), \
    cmocka_unit_test(one_number_is_one_wallet), \
    cmocka_unit_test(a_card_is_bound_used_and_taken_out), \
    cmocka_unit_test(a_binding_waits_five_minutes)
/* clang-format on */

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_sqlite), STORIES, cmocka_unit_test(on_postgres), STORIES,
        cmocka_unit_test(the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
