/* SPDX-License-Identifier: Apache-2.0 */
/* Stories of money, each an array of acts: who does what with how much, what is answered, and what is left in the balance afterwards.
 * Told on SQLite and on PostgreSQL, through the writer as the server does it; after each story the books are proved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

/* Acts leave out what does not matter to them. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#include "base/civil.h"
#include "edge/config/config.h"
#include "kit/db/writer.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "store.h"
#include "wallet/bill.h"
#include "wallet/card.h"
#include "wallet/code.h"
#include "wallet/limit.h"
#include "wallet/merchant.h"
#include "wallet/notice.h"
#include "wallet/payee.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/purchase.h"
#include "wallet/realname.h"
#include "wallet/refund.h"
#include "wallet/refusal.h"
#include "wallet/sequence.h"
#include "wallet/settlement.h"
#include "wallet/takings.h"
#include "wallet/topup.h"
#include "wallet/transfer.h"
#include "wallet/withdrawal.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
#define DAY INT64_C(86400000)
#define RIGHT_PIN "719304"

/* ANN and BOB are of tier II, each with a card; CAT of tier I; DAN has verified nothing; SHOP is of tier II and owns the shop. */
enum who { ANN, BOB, CAT, DAN, SHOP, PEOPLE };
static const char *const names[PEOPLE] = {"小安", "小波", "小猫", "小丹", "老板"};
enum { THINGS = 16 };

static struct {
    struct store store;
    char dir[64];
    struct settings settings;
    struct keys *keys;
    struct writer *writer;
    struct ledger *ledger;
    struct sequence sequence;
    struct outbox outbox;
    struct tx floor;
    int64_t now_ms;

    struct actor actors[PEOPLE]; /* as registered; a command finds its own */
    struct card_id cards[PEOPLE];
    struct merchant merchant;
    uint64_t things[THINGS]; /* payments and orders of the story, by number */
} world;

static int64_t world_clock(void) {
    return world.now_ms;
}

/* --- acts --- */

enum verb {
    END_OF_STORY,
    TOPUP,       /* who, fen -> thing */
    APPROVE,     /* the bank about the payment `thing` */
    DECLINE,     /* for want of money */
    SILENCE,     /* no answer */
    PAY,         /* who, fen at the shop's code -> thing */
    PAY_CARD,    /* the same by card */
    ORDER,       /* the shop's code for fen -> thing */
    PAY_ORDER,   /* who, fen for the order `with` -> thing */
    CARD_ORDER,  /* the same by card */
    CLOSE,       /* the order `with` */
    SEND,        /* who, fen to whom -> thing; arrival: when */
    ACCEPT,      /* who, the transfer `with` */
    RETURN,      /* who, the transfer `with` */
    RECALL,      /* who, the transfer `with` */
    DUE,         /* those whose time has come arrive or return; fen: how many */
    WITHDRAW,    /* who, fen to the own card for the fee `ms` -> thing */
    WAIT,        /* time passes: ms */
    PIN,         /* who tries pin at nothing */
    TIER,        /* who becomes of tier fen */
    UNBIND,      /* who takes the card out */
    SHUT,        /* who's account is closed in the ledger */
    FEED,        /* the shop's account is credited fen from nowhere */
    STATE,       /* who sees the payment `with`: state, and fen when > 0 */
    LIMIT_USED,  /* fen: of the period `ms` of who */
    COUNT_BILLS, /* fen: how many who has */
};

struct act {
    enum verb verb;
    enum who who;
    int64_t fen;
    enum err expect;
    int thing, with; /* numbers in world.things; 0: none */
    enum who whom;
    const char *pin; /* NULL: the right one */
    enum payment_state state;
    enum arrival arrival;
    int64_t ms;
    bool check_left;      /* look at: */
    int64_t left;         /* who's available balance afterwards */
    int64_t amount, rest; /* of the refusal: fault.amount, fault.left; 0: do not look */
};
#define LEFT(fen_) .check_left = true, .left = (fen_)

/* An act on its way through the writer. */
struct stage {
    struct command command;
    struct act act;
    void (*scene)(struct stage *stage, struct tx *tx, struct actor *actor); /* instead of an act */
    enum err err;
    struct fault fault;
    enum command_outcome outcome;
    bool done;
};

static void hash_of(enum who who, unsigned char out[SESSION_HASH_SIZE]) {
    crypto_sha256(names[who], strlen(names[who]), out);
}

static void shut(struct tx *tx, const struct account_no account) {
    struct account_no other;
    assert_int_equal(ledger_account_open(tx->ledger, ASSET_CNY, CHART_SUSPENSE, 0, 0, &other), REASON_OK);
    struct ledger_event event = {.debit = account.n,
                                 .credit = other.n,
                                 .asset = ASSET_CNY,
                                 .code = MOVEMENT_FEE,
                                 .flags = ENTRY_PENDING | ENTRY_CLOSING_DEBIT};
    assert_int_equal(ledger_apply(tx->ledger, &event, 1), REASON_OK);
}

static void feed(struct tx *tx, int64_t fen) {
    struct ledger_event event = {.debit = bank_settlement(tx, 3).n,
                                 .credit = world.merchant.account.n,
                                 .amount = (uint64_t)fen,
                                 .asset = ASSET_CNY,
                                 .code = MOVEMENT_FEE};
    assert_int_equal(ledger_apply(tx->ledger, &event, 1), REASON_OK);
}

/* period 0: for life. */
static int64_t limit_used(struct tx *tx, enum who who, int64_t period) {
    struct limit_count count;
    limit_read(tx->db, world.actors[who].person, &count);
    return period == 0 ? count.life : period == count.year_no ? count.year : 0;
}

static void set_tier(struct tx *tx, enum who who, int64_t tier) {
    static const struct sql set = {"UPDATE person SET tier = $1 WHERE id = $2"};
    struct stmt *q = db_stmt(tx->db, &set);
    db_bind_i64(q, tier);
    db_bind_u64(q, world.actors[who].person.n);
    assert_int_equal(db_run(q), 1);
}

static void bank_says(struct tx *tx, uint64_t payment, enum bank_verdict verdict) {
    struct bank_answer answer = {.verdict = verdict,
                                 .refusal = verdict == BANK_DECLINED ? ERR_BANK_FUNDS : ERR_OK,
                                 .at_ms = tx->now_ms};
    payment_bank_answer(tx, (struct payment_id){payment}, &answer);
}

static enum err purchase(struct stage *s, struct tx *tx, const struct actor *actor, bool order, bool by_card,
                         struct payment *out) {
    const struct act *a = &s->act;
    struct purchase_cmd cmd = {
        .payee = {order ? PAYEE_ORDER : PAYEE_MERCHANT, order ? world.things[a->with] : world.merchant.id.n},
        .amount = {a->fen},
        .by_card = by_card,
        .card = by_card ? world.cards[a->whom == ANN ? a->who : a->whom] : (struct card_id){0},
        .pin = text_of(a->pin ? a->pin : RIGHT_PIN),
        .note = TEXT("早餐"),
    };
    struct merchant shop;
    return purchase_pay(tx, actor, &cmd, &s->fault, out, &shop);
}

static enum err act_do(struct stage *s, struct tx *tx, const struct actor *actor) {
    const struct act *a = &s->act;
    struct text pin = text_of(a->pin ? a->pin : RIGHT_PIN);
    struct payment_id with = {world.things[a->with]};
    struct view view = {.db = tx->db,
                        .ledger = tx->ledger,
                        .rules = tx->rules,
                        .keys = tx->keys,
                        .now_ms = tx->now_ms};
    struct payment payment = {0};
    struct order order = {0};
    struct card card;
    enum err err = ERR_OK;
    switch (a->verb) {
    case END_OF_STORY:
    case WAIT: break;
    case TOPUP: {
        /* whom: whose card it is, one's own unless said */
        struct card_id of = world.cards[a->whom == ANN ? a->who : a->whom];
        err = topup_begin(tx, actor, &(struct topup_cmd){of, {a->fen}, pin}, &s->fault, &payment);
        break;
    }
    case WITHDRAW: {
        struct withdrawal_cmd cmd = {world.cards[a->who], {a->fen}, {a->ms}, pin};
        err = withdrawal_begin(tx, actor, &cmd, &s->fault, &payment);
        break;
    }
    case APPROVE: bank_says(tx, world.things[a->thing], BANK_APPROVED); return ERR_OK;
    case DECLINE: bank_says(tx, world.things[a->thing], BANK_DECLINED); return ERR_OK;
    case SILENCE: bank_says(tx, world.things[a->thing], BANK_UNANSWERED); return ERR_OK;
    case PAY: err = purchase(s, tx, actor, false, false, &payment); break;
    case PAY_CARD: err = purchase(s, tx, actor, false, true, &payment); break;
    case PAY_ORDER: err = purchase(s, tx, actor, true, false, &payment); break;
    case CARD_ORDER: err = purchase(s, tx, actor, true, true, &payment); break;
    case ORDER:
        err = order_open(tx, actor,
                         &(struct order_cmd){.merchant = world.merchant.id,
                                             .amount = {a->fen},
                                             .note = TEXT("两碗面")},
                         &s->fault, &order);
        if (err == ERR_OK) world.things[a->thing] = order.id.n;
        return err;
    case CLOSE:
        return order_close(tx, actor, world.merchant.id, (struct order_id){with.n}, &s->fault, &order);
    case SEND: {
        struct person_id payee = {1}; /* nobody */
        if (a->whom != PEOPLE) payee = world.actors[a->whom].person;
        struct transfer_cmd cmd = {payee, {a->fen}, pin, TEXT("饭钱"), (int)a->arrival};
        err = transfer_send(tx, actor, &cmd, &s->fault, &payment);
        break;
    }
    case ACCEPT: return transfer_accept(tx, actor, with, &s->fault, &payment);
    case RECALL: return transfer_recall(tx, actor, with, &s->fault, &payment);
    case RETURN: return transfer_return(tx, actor, with, &s->fault, &payment);
    case DUE: assert_int_equal(transfer_due(tx, 10), a->fen); return ERR_OK;
    case PIN: return pin_check(tx, actor, pin, &s->fault);
    case TIER: set_tier(tx, a->who, a->fen); return ERR_OK;
    case UNBIND: return card_unbind(tx, actor, world.cards[a->who], pin, &s->fault, &card);
    case SHUT: shut(tx, actor->account); return ERR_OK;
    case FEED: feed(tx, a->fen); return ERR_OK;
    case STATE: {
        struct bill bill;
        err = bill_payment(&view, actor, with, &s->fault, &bill);
        if (err != ERR_OK) return err;
        assert_string_equal(payment_state_name(bill.payment.state), payment_state_name(a->state));
        if (a->fen > 0) assert_int_equal(bill.payment.amount.fen, a->fen);
        return bill.reason.code == ERR_BANK_IN_DOUBT ? ERR_BANK_IN_DOUBT : bill.reason.code;
    }
    case LIMIT_USED: assert_int_equal(limit_used(tx, a->who, a->ms), a->fen); return ERR_OK;
    case COUNT_BILLS: {
        struct bill *bills = calloc(BILLS_MAX, sizeof *bills);
        struct bill_position position = {0};
        bool more;
        size_t count = bill_list(&view, actor, &position, bills, BILLS_MAX, &more);
        free(bills);
        assert_int_equal(count, a->fen);
        assert_false(more);
        return ERR_OK;
    }
    }
    if (err == ERR_OK && a->thing) world.things[a->thing] = payment.id.n;
    return err;
}

static void stage_run(struct command *command, struct group *group) {
    struct stage *s = (struct stage *)command;
    struct tx *tx = tx_of(group);
    unsigned char hash[SESSION_HASH_SIZE];
    struct actor actor = {0};
    hash_of(s->act.who, hash);
    assert_true(session_find(tx->db, hash, tx->now_ms, &actor) || s->scene);
    s->fault = (struct fault){0};
    s->err = ERR_OK;
    if (s->scene) s->scene(s, tx, &actor);
    else s->err = act_do(s, tx, &actor);
}

static void stage_done(struct command *command, enum command_outcome outcome) {
    struct stage *s = (struct stage *)command;
    s->outcome = outcome;
    s->done = true;
}

static void stage_submit(struct stage *s) {
    s->command = (struct command){.run = stage_run, .done = stage_done};
    s->done = false;
    writer_submit(world.writer, &s->command);
}

static void stage_play(struct stage *s) {
    stage_submit(s);
    while (!s->done) writer_step(world.writer);
    assert_int_equal(s->outcome, COMMAND_DONE);
}

static void scene(enum who who, void (*play)(struct stage *stage, struct tx *tx, struct actor *actor)) {
    struct stage s = {.act = {.who = who}, .scene = play};
    stage_play(&s);
}

static int64_t available(enum who who) {
    struct figures f;
    assert_true(ledger_figures(world.ledger, world.actors[who].account, &f));
    return (int64_t)(f.account.credits_posted - f.account.debits_posted - f.account.debits_pending);
}

static int64_t held(enum who who) {
    struct figures f;
    assert_true(ledger_figures(world.ledger, world.actors[who].account, &f));
    return (int64_t)f.account.debits_pending;
}

static int64_t takings(void) {
    struct figures f;
    assert_true(ledger_figures(world.ledger, world.merchant.account, &f));
    return (int64_t)(f.account.credits_posted - f.account.debits_posted);
}

/* The books hold, and the rows of payments, moves and refusals are those that the chain knows. */
static void prove(void) {
    struct ledger_audit audit;
    struct db *db;
    assert_int_equal(db_open(&world.store.config, DB_READER, &db), ERR_OK);
    db_begin(db);
    enum err err = ledger_audit(world.ledger, db, &audit);
    db_commit(db);
    db_close(db);
    if (err != ERR_OK) fail_msg("the audit: %s", audit.words);
    assert_true(audit.debits_posted == audit.credits_posted);
}

static void perform(const struct act *acts) {
    for (int i = 0; acts[i].verb != END_OF_STORY; i++) {
        struct stage s = {.act = acts[i]};
        const struct act *a = &acts[i];
        if (a->verb == WAIT) {
            world.now_ms += a->ms;
            continue;
        }
        stage_play(&s);
        if (s.err != a->expect)
            fail_msg("act %d (%s): %s, expected %s", i, names[a->who], err_name(s.err), err_name(a->expect));
        if (a->check_left && available(a->who) != a->left)
            fail_msg("act %d (%s): %lld left, expected %lld", i, names[a->who], (long long)available(a->who),
                     (long long)a->left);
        if (a->amount && s.fault.amount != a->amount)
            fail_msg("act %d: the refusal says %lld, expected %lld", i, (long long)s.fault.amount,
                     (long long)a->amount);
        if (a->rest && s.fault.left != a->rest)
            fail_msg("act %d: the refusal says %lld left, expected %lld", i, (long long)s.fault.left,
                     (long long)a->rest);
        if (err_class(s.err) == CLASS_REFUSED) assert_int_equal(s.fault.taken, TAKEN_NO);
    }
}
#define PERFORM(...) perform((const struct act[]){__VA_ARGS__, {.verb = END_OF_STORY}})

static void tell(const struct act *acts) {
    perform(acts);
    prove();
}
#define TELL(...) tell((const struct act[]){__VA_ARGS__, {.verb = END_OF_STORY}})

/* --- the world: a new one for each story --- */

static void register_them(struct stage *s, struct tx *tx, struct actor *unused) {
    (void)s;
    (void)unused;
    static const struct {
        const char *phone, *id_number;
    } rows[PEOPLE] = {
        {"13800000001", "110101199003120218"}, {"13800000002", "110102198807250335"},
        {"13800000003", "110105197911040420"}, {"13800000004", NULL},
        {"13800000005", "110101198502190574"},
    };
    struct fault fault;
    for (int who = 0; who < PEOPLE; who++) {
        struct code_sent sent;
        struct code_send_cmd send = {text_of(rows[who].phone), CODE_REGISTER, TEXT(""), "314159"};
        assert_int_equal(code_send(tx, &send, &fault, &sent), ERR_OK);
        struct person_register_cmd cmd = {text_of(rows[who].phone),
                                          TEXT("314159"),
                                          text_of(names[who]),
                                          "$argon2id$of-the-test",
                                          {0},
                                          TEXT("a test")};
        hash_of((enum who)who, cmd.session);
        assert_int_equal(person_register(tx, &cmd, &fault, &world.actors[who]), ERR_OK);
        struct actor actor;
        assert_true(session_find(tx->db, cmd.session, tx->now_ms, &actor));
        struct pin_set_cmd pin = {TEXT(RIGHT_PIN), TEXT("")};
        assert_int_equal(pin_set(tx, &actor, &pin, &fault), ERR_OK);
        if (!rows[who].id_number) continue;
        struct realname_cmd name = {TEXT("王小明"), text_of(rows[who].id_number)};
        assert_int_equal(realname_set(tx, &actor, &name, ERR_OK, &fault), ERR_OK);
    }
}

static void bind_them(struct stage *s, struct tx *tx, struct actor *unused) {
    (void)s;
    (void)unused;
    static const struct {
        enum who who;
        const char *number;
    } rows[] = {{ANN, "6225881377068001"}, {BOB, "6227000001377068078"}, {SHOP, "6225881377068217"}};
    struct fault fault;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char hash[SESSION_HASH_SIZE];
        struct actor actor;
        struct card_binding binding;
        struct card card;
        struct card_bind_cmd cmd = {text_of(rows[i].number), TEXT("13800000001")};
        struct bank_check asked = {"reference-1", tx->now_ms + 5 * MINUTE};
        struct bank_grant grant = {"agreement-1"};
        hash_of(rows[i].who, hash);
        assert_true(session_find(tx->db, hash, tx->now_ms, &actor));
        assert_int_equal(card_bind(tx, &actor, &cmd, ERR_OK, &asked, &fault, &binding), ERR_OK);
        assert_int_equal(card_confirm(tx, &actor, binding.id, ERR_OK, &grant, &fault, &card), ERR_OK);
        world.cards[rows[i].who] = card.id;
    }
}

static void open_shop(struct stage *s, struct tx *tx, struct actor *actor) {
    struct merchant again;
    assert_int_equal(merchant_add(tx, actor, TEXT("南门早点铺"), &s->fault, &world.merchant), ERR_OK);
    assert_int_equal(merchant_add(tx, actor, TEXT("南门早点铺"), &s->fault, &again), ERR_MERCHANT_TAKEN);
    assert_int_equal(merchant_add(tx, actor, TEXT("a\nb"), &s->fault, &again), ERR_BAD_FIELD);
    assert_string_equal(s->fault.field, "/name");
}

static void world_open(enum db_engine engine) {
    char path[96];
    strcpy(world.dir, "/tmp/qianbao-payment-XXXXXX");
    assert_non_null(mkdtemp(world.dir));
    snprintf(path, sizeof path, "%s/keys", world.dir);
    store_make_whole(engine, &world.store);
    config_defaults(&world.settings);
    world.settings.rules.session_life_ms = 1000 * DAY; /* stories last longer than sessions */
    world.settings.rules.day_pin_fen = world.settings.rules.day_static_fen =
        MONEY_MAX; /* those of a day set their own */
    world.now_ms = civil_day_start_ms(civil_day(2026, 11, 23)) + 15 * HOUR;
    struct writer_config config = {.store = world.store.config,
                                   .queue_max = 4096,
                                   .wall_ms = world_clock,
                                   .steady_ms = world_clock};
    assert_int_equal(keys_open(path, true, &world.keys), ERR_OK);
    assert_int_equal(writer_open(&config, &world.writer), ERR_OK);
    struct ledger_config ledger = {.accounts_max = 10000, .mac_key = keys_bytes(world.keys, KEY_LEDGER_MAC)};
    assert_int_equal(ledger_open(writer_db(world.writer), &ledger, &world.ledger), ERR_OK);
    assert_int_equal(sequence_load(&world.sequence, writer_db(world.writer)), ERR_OK);
    payment_register_digests(world.ledger);
    refusal_register_digests(world.ledger);
    withdrawal_register_digests(world.ledger);
    refund_register_digests(world.ledger);
    settlement_register_digests(world.ledger);
    writer_add_part(world.writer, ledger_part(world.ledger));
    writer_add_part(world.writer, sequence_part(&world.sequence));
    writer_add_part(world.writer, bank_outbox_part(&world.outbox));
    world.floor = (struct tx){.ledger = world.ledger,
                              .sequence = &world.sequence,
                              .rules = &world.settings.rules,
                              .keys = world.keys,
                              .outbox = &world.outbox};
    writer_set_floor(world.writer, &world.floor);
    scene(ANN, register_them);
    scene(ANN, bind_them);
    scene(SHOP, open_shop);
}

static int world_close(void **state) {
    (void)state;
    if (!world.writer) return 0;
    writer_stop(world.writer);
    ledger_close(world.ledger);
    keys_free(world.keys);
    store_end(&world.store);
    char line[128];
    snprintf(line, sizeof line, "rm -r %s", world.dir);
    assert_true(store_shell(line));
    memset(&world, 0, sizeof world);
    return 0;
}

static int on_sqlite(void **state) {
    (void)state;
    world_open(DB_SQLITE);
    return 0;
}

static int on_postgres(void **state) {
    (void)state;
    if (cluster()[0]) world_open(DB_POSTGRES);
    return 0;
}

/* --- stories: an act a line --- */
// clang-format off

#define FILLED(who_, fen_) {TOPUP, who_, fen_, .thing = 15}, {APPROVE, who_, .thing = 15, LEFT(fen_)}

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
    const struct payee payees[] = {{PAYEE_PERSON, world.actors[BOB].person.n},
                                   {PAYEE_MERCHANT, world.actors[BOB].person.n},
                                   {PAYEE_ORDER, world.merchant.id.n},
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

/* --- many at once --- */

enum { CROWD = 100 };
static struct stage crowd[CROWD];

static int crowd_answers(int count, enum err err) {
    int answers = 0;
    for (int i = 0; i < count; i++) answers += crowd[i].err == err;
    return answers;
}

static void crowd_play(int count) {
    for (int i = 0; i < count; i++) stage_submit(&crowd[i]);
    for (int i = 0; i < count; i++)
        while (!crowd[i].done) writer_step(world.writer);
    for (int i = 0; i < count; i++) assert_int_equal(crowd[i].outcome, COMMAND_DONE);
    prove();
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

/* --- what people see --- */

static struct view view_of(struct tx *tx) {
    return (struct view){tx->db, tx->ledger, tx->rules, tx->keys, tx->now_ms};
}

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
    world.things[14] = count;
    free(all);
    free(page);
}

static void bills_in_any_page(void **state) {
    (void)state;
    if (!world.writer) skip();
    scene(DAN, pages_agree); /* none yet */
    assert_int_equal(world.things[14], 0);
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
    assert_int_equal(world.things[14], 2 + 12 * 6);
    scene(BOB, pages_agree);
    assert_int_equal(world.things[14], 12);
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
    struct actor stranger = world.actors[BOB];
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

static void read_them(struct stage *s, struct tx *tx, struct actor *actor) {
    (void)s;
    notice_read(tx, actor, NULL);
}

static void notices_of(enum who who, void (*look)(struct stage *, struct tx *, struct actor *),
                       int64_t unread) {
    world.things[13] = (uint64_t)unread;
    scene(who, look);
}

static void count_unread(struct stage *s, struct tx *tx, struct actor *actor) {
    struct view view = view_of(tx);
    (void)s;
    assert_int_equal(notice_unread(&view, actor), world.things[13]);
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

static void refusals_are_kept_so_many_an_hour(void **state) {
    (void)state;
    if (!world.writer) skip();
    for (int i = 0; i < 70; i++) PERFORM({PAY, ANN, 100, ERR_INSUFFICIENT_BALANCE, .amount = 100});
    TELL({COUNT_BILLS, ANN, 60},
         {WAIT, .ms = HOUR},
         {PAY, ANN, 100, ERR_INSUFFICIENT_BALANCE},
         {COUNT_BILLS, ANN, 61});
}

static void look_at_takings(struct stage *s, struct tx *tx, struct actor *actor) {
    struct view view = view_of(tx);
    static struct takings takings;
    int64_t today = civil_day_of(tx->now_ms);
    (void)s;
    (void)actor;
    takings_of_day(&view, &world.merchant, (struct till_id){0}, today, &takings);
    assert_int_equal(takings.sums[LINE_TAKING].count, 2);
    assert_int_equal(takings.sums[LINE_TAKING].amount.fen, 700);
    assert_int_equal(takings.listed, 2);
    assert_int_equal(takings.items[0].amount.fen, 400);
    assert_true(takings.whole);
    takings_of_day(&view, &world.merchant, (struct till_id){0}, today - 1, &takings);
    assert_int_equal(takings.sums[LINE_TAKING].count, 1);
    assert_int_equal(takings.sums[LINE_TAKING].amount.fen, 200);
    takings_of_day(&view, &world.merchant, (struct till_id){0}, today - 2, &takings);
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
    struct actor dan = world.actors[DAN];
    assert_int_equal(merchant_add(tx, &dan, TEXT("no name"), &s->fault, &merchant), ERR_REALNAME_NEEDED);
    assert_int_equal(merchant_own(tx->db, &dan, world.merchant.id, &s->fault, &merchant), ERR_NOT_FOUND);
}

static void so_many_shops_a_person(void **state) {
    (void)state;
    if (!world.writer) skip();
    scene(SHOP, one_too_many);
    prove();
}

/* --- random acts against a model: balances, the year's sums, and what waits --- */

static uint32_t dice_state;
static uint32_t dice(uint32_t sides) {
    dice_state ^= dice_state << 13; /* xorshift32 */
    dice_state ^= dice_state >> 17;
    dice_state ^= dice_state << 5;
    return dice_state % sides;
}

enum { WAITING_MAX = 8 };
struct model {
    int64_t available[PEOPLE], year[PEOPLE];
    int met; /* how often the limit was in the way */
    struct {
        enum who payer, payee;
        int64_t fen, due_ms; /* fen 0: none */
    } waiting[WAITING_MAX];
};

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
#define STORY(name)                                                  \
    cmocka_unit_test_setup_teardown(name, on_sqlite, world_close), { \
#name " (postgres)", name, on_postgres, world_close, NULL    \
    }

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(fill_and_pay),
        STORY(what_the_bank_says_counts_once),
        STORY(a_purchase_by_card_passes_by),
        STORY(a_transfer_is_accepted),
        STORY(a_transfer_is_sent_back),
        STORY(a_transfer_returns_by_itself),
        STORY(a_transfer_arrives_later),
        STORY(a_transfer_is_recalled),
        STORY(a_chore_comes_late),
        STORY(a_withdrawal_and_its_fee),
        STORY(at_tier_one_a_withdrawal_counts),
        STORY(the_wrong_payee),
        STORY(an_account_is_closed_meanwhile),
        STORY(no_pin_and_strange_codes),
        STORY(too_much_and_too_full),
        STORY(a_shop_fills_while_the_bank_is_asked),
        STORY(who_may_not),
        STORY(the_pin_comes_before_the_balance),
        STORY(tier_one_has_a_thousand_for_life),
        STORY(what_returns_is_given_back),
        STORY(the_year_ends_at_midnight),
        STORY(a_clock_set_back_frees_nothing),
        STORY(a_hundred_payments_and_money_for_one),
        STORY(a_day_has_its_limits),
        STORY(a_day_without_a_pin),
        STORY(the_lines_say_what_is_left),
        STORY(the_limit_holds_in_a_crowd),
        STORY(an_order_is_paid_once),
        STORY(bills_in_any_page),
        STORY(a_refusal_between_two_pages),
        STORY(a_bill_says_who_and_what),
        STORY(what_happened_is_noticed),
        cmocka_unit_test(every_notice_has_words),
        STORY(refusals_are_kept_so_many_an_hour),
        STORY(takings_of_a_day),
        STORY(so_many_shops_a_person),
        STORY(random_acts_agree_with_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
