/* SPDX-License-Identifier: Apache-2.0 */
#include "story.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/chart.h"
#include "wallet/code.h"
#include "wallet/limit.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/purchase.h"
#include "wallet/realname.h"
#include "wallet/topup.h"
#include "wallet/withdrawal.h"

const char *const names[PEOPLE] = {"小安", "小波", "小猫", "小丹", "老板"};
struct cast cast;
struct stage crowd[CROWD];

struct view view_of(struct tx *tx) {
    return (struct view){tx->db, tx->ledger, tx->rules, tx->keys, tx->now_ms};
}

/* --- acts --- */

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
                                 .credit = cast.merchant.account.n,
                                 .amount = (uint64_t)fen,
                                 .asset = ASSET_CNY,
                                 .code = MOVEMENT_FEE};
    assert_int_equal(ledger_apply(tx->ledger, &event, 1), REASON_OK);
}

/* period 0: for life. */
static int64_t limit_used(struct tx *tx, enum who who, int64_t period) {
    struct limit_count count;
    limit_read(tx->db, cast.actors[who].person, &count);
    return period == 0 ? count.life : period == count.year_no ? count.year : 0;
}

static void set_tier(struct tx *tx, enum who who, int64_t tier) {
    static const struct sql set = {"UPDATE person SET tier = $1 WHERE id = $2"};
    struct stmt *q = db_stmt(tx->db, &set);
    db_bind_i64(q, tier);
    db_bind_u64(q, cast.actors[who].person.n);
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
        .payee = {order ? PAYEE_ORDER : PAYEE_MERCHANT, order ? cast.things[a->with] : cast.merchant.id.n},
        .amount = {a->fen},
        .by_card = by_card,
        .card = by_card ? cast.cards[a->whom == ANN ? a->who : a->whom] : (struct card_id){0},
        .pin = text_of(a->pin ? a->pin : RIGHT_PIN),
        .note = TEXT("早餐"),
    };
    struct merchant shop;
    return purchase_pay(tx, actor, &cmd, &s->fault, out, &shop);
}

static enum err act_do(struct stage *s, struct tx *tx, const struct actor *actor) {
    const struct act *a = &s->act;
    struct text pin = text_of(a->pin ? a->pin : RIGHT_PIN);
    struct payment_id with = {cast.things[a->with]};
    struct view view = view_of(tx);
    struct payment payment = {0};
    struct order order = {0};
    struct card card;
    enum err err = ERR_OK;
    switch (a->verb) {
    case END_OF_STORY:
    case WAIT: break;
    case TOPUP: {
        /* whom: whose card it is, one's own unless said */
        struct card_id of = cast.cards[a->whom == ANN ? a->who : a->whom];
        err = topup_begin(tx, actor, &(struct topup_cmd){of, {a->fen}, pin}, &s->fault, &payment);
        break;
    }
    case WITHDRAW: {
        struct withdrawal_cmd cmd = {cast.cards[a->who], {a->fen}, {a->ms}, pin};
        err = withdrawal_begin(tx, actor, &cmd, &s->fault, &payment);
        break;
    }
    case APPROVE: bank_says(tx, cast.things[a->thing], BANK_APPROVED); return ERR_OK;
    case DECLINE: bank_says(tx, cast.things[a->thing], BANK_DECLINED); return ERR_OK;
    case SILENCE: bank_says(tx, cast.things[a->thing], BANK_UNANSWERED); return ERR_OK;
    case PAY: err = purchase(s, tx, actor, false, false, &payment); break;
    case PAY_CARD: err = purchase(s, tx, actor, false, true, &payment); break;
    case PAY_ORDER: err = purchase(s, tx, actor, true, false, &payment); break;
    case CARD_ORDER: err = purchase(s, tx, actor, true, true, &payment); break;
    case ORDER:
        err = order_open(tx, actor,
                         &(struct order_cmd){.merchant = cast.merchant.id,
                                             .amount = {a->fen},
                                             .note = TEXT("两碗面")},
                         &s->fault, &order);
        if (err == ERR_OK) cast.things[a->thing] = order.id.n;
        return err;
    case CLOSE: return order_close(tx, actor, cast.merchant.id, (struct order_id){with.n}, &s->fault, &order);
    case SEND: {
        struct person_id payee = {1}; /* nobody */
        if (a->whom != PEOPLE) payee = cast.actors[a->whom].person;
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
    case UNBIND: return card_unbind(tx, actor, cast.cards[a->who], pin, &s->fault, &card);
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
    if (err == ERR_OK && a->thing) cast.things[a->thing] = payment.id.n;
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

void stage_play(struct stage *s) {
    stage_submit(s);
    while (!s->done) writer_step(world.writer);
    assert_int_equal(s->outcome, COMMAND_DONE);
}

void scene(enum who who, play *play) {
    struct stage s = {.act = {.who = who}, .scene = play};
    stage_play(&s);
}

int64_t available(enum who who) {
    struct figures f;
    assert_true(ledger_figures(world.ledger, cast.actors[who].account, &f));
    return (int64_t)(f.account.credits_posted - f.account.debits_posted - f.account.debits_pending);
}

int64_t held(enum who who) {
    struct figures f;
    assert_true(ledger_figures(world.ledger, cast.actors[who].account, &f));
    return (int64_t)f.account.debits_pending;
}

int64_t takings(void) {
    struct figures f;
    assert_true(ledger_figures(world.ledger, cast.merchant.account, &f));
    return (int64_t)(f.account.credits_posted - f.account.debits_posted);
}

void prove(void) {
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

void perform(const struct act *acts) {
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

void tell(const struct act *acts) {
    perform(acts);
    prove();
}

/* --- many at once --- */

int crowd_answers(int count, enum err err) {
    int answers = 0;
    for (int i = 0; i < count; i++) answers += crowd[i].err == err;
    return answers;
}

void crowd_play(int count) {
    for (int i = 0; i < count; i++) stage_submit(&crowd[i]);
    for (int i = 0; i < count; i++)
        while (!crowd[i].done) writer_step(world.writer);
    for (int i = 0; i < count; i++) assert_int_equal(crowd[i].outcome, COMMAND_DONE);
    prove();
}

/* --- the world of a story: these people, their cards and the shop --- */

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
        assert_int_equal(person_register(tx, &cmd, &fault, &cast.actors[who]), ERR_OK);
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
        cast.cards[rows[i].who] = card.id;
    }
}

static void open_shop(struct stage *s, struct tx *tx, struct actor *actor) {
    struct merchant again;
    assert_int_equal(merchant_add(tx, actor, TEXT("南门早点铺"), &s->fault, &cast.merchant), ERR_OK);
    assert_int_equal(merchant_add(tx, actor, TEXT("南门早点铺"), &s->fault, &again), ERR_MERCHANT_TAKEN);
    assert_int_equal(merchant_add(tx, actor, TEXT("a\nb"), &s->fault, &again), ERR_BAD_FIELD);
    assert_string_equal(s->fault.field, "/name");
}

static void story_begin(enum db_engine engine) {
    world_open(engine, TIME_BY_HAND);
    world.settings.rules.session_life_ms = 1000 * DAY; /* stories last longer than sessions */
    world.settings.rules.day_pin_fen = world.settings.rules.day_static_fen =
        MONEY_MAX; /* those of a day set their own */
    scene(ANN, register_them);
    scene(ANN, bind_them);
    scene(SHOP, open_shop);
}

int on_sqlite(void **state) {
    (void)state;
    story_begin(DB_SQLITE);
    return 0;
}

int on_postgres(void **state) {
    (void)state;
    if (cluster()[0]) story_begin(DB_POSTGRES);
    return 0;
}

int story_end(void **state) {
    (void)state;
    world_close();
    memset(&cast, 0, sizeof cast);
    return 0;
}
