/* SPDX-License-Identifier: Apache-2.0 */
/* Fills a new store for the payments benchmark through the rooms' own verbs: people who are registered, verified, have a PIN, a card and money
 * from it, and shops of theirs. One password hash serves all; the bank's answers are given here, as its sender would bring them.
 *
 *     payments_seed DATA PEOPLE SHOPS STORE [PAYMENTS]    writes DATA/tokens and DATA/codes: a line a person, a line a shop
 *
 * With PAYMENTS they have done so many in the last two years, every tenth of them the first person's: purchases, and transfers of which some
 * were accepted, some came back and some wait, with notes. These are written as the verbs write them, without PIN and limits. */
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "edge/config/config.h"
#include "kit/db/writer.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/card.h"
#include "wallet/code.h"
#include "wallet/merchant.h"
#include "wallet/payee.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/realname.h"
#include "wallet/sandbox.h"
#include "wallet/sequence.h"
#include "wallet/topup.h"
#include "wallet/wake.h"

enum { AT_ONCE = 256, TOKEN_TEXT = 44, COUNT_MAX = 10 * 1000 * 1000 };
#define FUNDS INT64_C(5000000)

static struct text pin = {"408516", 6};
static char password[PASSWORD_HASH_MAX];

struct newcomer {
    struct command command;
    int number;
    bool shopkeeper;
    unsigned char token[SESSION_TOKEN_SIZE];
    char shop[PAYEE_TEXT_MAX];
    struct actor actor;
    struct merchant_id merchant;
    struct account_no shop_account;
};

static void must(enum err err, const struct fault *fault, const char *what) {
    if (err != ERR_OK) log_fatal("seed: %s: %s %s", what, err_name(err), fault->field);
}

static void id_number(int n, char out[ID_NUMBER_BYTES]) {
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0, day = n / 1000;
    char body[64];
    snprintf(body, sizeof body, "110105%04d%02d%02d%03d", 1950 + day / 336 % 50, 1 + day / 28 % 12,
             1 + day % 28, n % 1000);
    for (int i = 0; i < 17; i++) sum += (body[i] - '0') * weights[i];
    body[17] = "10X98765432"[sum % 11];
    body[18] = '\0';
    memcpy(out, body, ID_NUMBER_BYTES);
}

static void card_number(int n, char out[17]) {
    int sum = 0;
    snprintf(out, 17, "622588%09d", 500000000 + n);
    for (int i = 0; i < 15; i++) {
        int digit = (out[14 - i] - '0') * (i % 2 ? 1 : 2);
        sum += digit > 9 ? digit - 9 : digit;
    }
    out[15] = (char)('0' + (10 - sum % 10) % 10);
    out[16] = '\0';
}

static struct actor caller(struct tx *tx, const struct newcomer *n) {
    unsigned char hash[SESSION_HASH_SIZE];
    struct actor actor;
    crypto_sha256(n->token, sizeof n->token, hash);
    if (!session_find(tx->db, hash, tx->now_ms, &actor)) log_fatal("seed: no session: %s", db_fault(tx->db));
    return actor;
}

static void arrive(struct tx *tx, struct newcomer *n) {
    struct fault fault;
    struct actor actor;
    struct code_sent sent;
    char phone[PHONE_BYTES];
    snprintf(phone, sizeof phone, "13%09d", n->number);
    struct code_send_cmd code = {.phone = text_of(phone), .purpose = CODE_REGISTER, .code = "271828"};
    must(code_send(tx, &code, &fault, &sent), &fault, "code");
    struct person_register_cmd cmd = {.phone = text_of(phone),
                                      .code = TEXT("271828"),
                                      .nickname = TEXT("Bench"),
                                      .password_hash = password,
                                      .device = TEXT("bench")};
    crypto_sha256(n->token, sizeof n->token, cmd.session);
    must(person_register(tx, &cmd, &fault, &actor), &fault, "register");
}

static void prove(struct tx *tx, struct newcomer *n) {
    struct fault fault;
    char id[ID_NUMBER_BYTES];
    struct actor actor = caller(tx, n);
    must(pin_set(tx, &actor, &(struct pin_set_cmd){.pin = pin}, &fault), &fault, "pin");
    id_number(n->number, id);
    struct realname_cmd cmd = {.name = TEXT("王小强"), .id_number = text_of(id)};
    must(realname_set(tx, &actor, &cmd, ERR_OK, &fault), &fault, "name");
}

static void fund(struct tx *tx, struct newcomer *n) {
    struct fault fault;
    char number[17], phone[PHONE_BYTES];
    struct card_binding binding;
    struct card card;
    struct payment payment;
    struct payment_id paid;
    struct actor actor = caller(tx, n);
    card_number(n->number, number);
    snprintf(phone, sizeof phone, "13%09d", n->number);
    struct bank_check asked = {.reference = "bench", .expires_ms = tx->now_ms + 60000};
    struct bank_grant grant = {.token = "bench"};
    must(card_bind(tx, &actor, &(struct card_bind_cmd){text_of(number), text_of(phone)}, ERR_OK, &asked,
                   &fault, &binding),
         &fault, "bind");
    must(card_confirm(tx, &actor, binding.id, ERR_OK, &grant, &fault, &card), &fault, "confirm");
    actor = caller(tx, n);
    must(topup_begin(tx, &actor, &(struct topup_cmd){card.id, {FUNDS}, pin}, &fault, &payment), &fault,
         "top-up");
    struct bank_answer answer = {.order = tx->outbox->newest, .verdict = BANK_APPROVED, .at_ms = tx->now_ms};
    if (!bank_settle(tx, &answer, &paid)) log_fatal("seed: the answer was not taken");
    payment_bank_answer(tx, paid, &answer);
    bank_cursor_move(tx, answer.order);
}

static void newcomer_run(struct command *command, struct group *group) {
    struct newcomer *n = (struct newcomer *)command;
    struct tx *tx = tx_of(group);
    arrive(tx, n);
    prove(tx, n);
    if (!n->shopkeeper) {
        fund(tx, n);
        n->actor = caller(tx, n);
        return;
    }
    struct fault fault;
    struct merchant merchant;
    struct actor actor = caller(tx, n);
    must(merchant_add(tx, &actor, TEXT("南门早点铺"), &fault, &merchant), &fault, "shop");
    payee_show(tx->keys, (struct payee){PAYEE_MERCHANT, merchant.id.n}, n->shop);
    n->actor = actor;
    n->merchant = merchant.id;
    n->shop_account = merchant.account;
}

static void newcomer_done(struct command *command, enum command_outcome outcome) {
    (void)command;
    if (outcome != COMMAND_DONE) log_fatal("seed: a group was not taken");
}

static void nobody(void *arg, struct person_id person) {
    (void)arg;
    (void)person;
}

/* --- two years of payments --- */

enum { DAYS = 720, AT_A_TIME = 128 };
static int64_t past_ms; /* the clock while they are written */

static int64_t past_now(void) {
    return past_ms;
}

struct past {
    struct command command;
    const struct newcomer *all;
    int people, shops, first, count;
    uint64_t chance;
};

static uint64_t past_chance(struct past *past, uint64_t below) { /* xorshift: the same store each time */
    past->chance ^= past->chance << 13;
    past->chance ^= past->chance >> 7;
    past->chance ^= past->chance << 17;
    return past->chance % below;
}

static void past_apply(struct tx *tx, struct ledger_event *event) {
    if (ledger_apply(tx->ledger, event, 1) != REASON_OK) log_fatal("seed: the ledger refused");
}

static void past_purchase(struct tx *tx, struct past *past, const struct newcomer *payer, struct payment *p) {
    const struct newcomer *shop = &past->all[past->people + (int)past_chance(past, (uint64_t)past->shops)];
    p->kind = PAYMENT_PURCHASE;
    p->payee = shop->actor.person;
    p->merchant = shop->merchant;
    p->state = PAYMENT_DONE;
    struct ledger_event event = {.debit = payer->actor.account.n,
                                 .credit = shop->shop_account.n,
                                 .amount = (uint64_t)p->amount.fen,
                                 .payment = p->id.n,
                                 .asset = ASSET_CNY,
                                 .code = MOVEMENT_PURCHASE,
                                 .role = ROLE_OPENS};
    past_apply(tx, &event);
    p->entry = (struct entry_no){event.entry};
    payment_open(tx, p);
}

static void past_transfer(struct tx *tx, struct past *past, const struct newcomer *payer,
                          const struct newcomer *payee, struct payment *p) {
    static const char *const notes[] =
        {"", "", "周末聚餐", "房租 11月", "Lunch with friends", "给孩子的零花钱", "一起买的礼物"};
    p->kind = PAYMENT_TRANSFER;
    p->payee = payee->actor.person;
    p->state = PAYMENT_WAITING;
    p->due_ms = past_ms + INT64_C(86400000);
    snprintf(p->note, sizeof p->note, "%s", notes[past_chance(past, sizeof notes / sizeof notes[0])]);
    struct ledger_event event = {.debit = payer->actor.account.n,
                                 .credit = payee->actor.account.n,
                                 .amount = (uint64_t)p->amount.fen,
                                 .payment = p->id.n,
                                 .asset = ASSET_CNY,
                                 .code = MOVEMENT_TRANSFER,
                                 .flags = ENTRY_PENDING,
                                 .role = ROLE_OPENS};
    past_apply(tx, &event);
    p->entry = (struct entry_no){event.entry};
    payment_open(tx, p);
    uint64_t end = past_chance(past, 20);
    if (payment_move(tx, p, end ? EVENT_ACCEPTED : EVENT_RETURNED, ledger_next_entry(tx->ledger), ERR_OK) !=
        ERR_OK)
        log_fatal("seed: the transfer did not end");
    past_apply(tx, &(struct ledger_event){.pending = p->entry.n,
                                          .payment = p->id.n,
                                          .amount = end ? UINT64_MAX : 0,
                                          .flags = end ? ENTRY_POST : ENTRY_VOID,
                                          .role = ROLE_CHANGES});
}

static void past_run(struct command *command, struct group *group) {
    struct past *past = (struct past *)command;
    struct tx *tx = tx_of(group);
    for (int i = 0; i < past->count; i++) {
        bool first = (past->first + i) % 10 == 0;
        const struct newcomer *a =
            &past->all[first ? 0 : 1 + (int)past_chance(past, (uint64_t)past->people - 1)];
        const struct newcomer *b = &past->all[1 + (int)past_chance(past, (uint64_t)past->people - 1)];
        bool gets = first && past_chance(past, 3) == 0;
        struct payment p = {.id = {sequence_take(tx->sequence)},
                            .amount = {1 + (int64_t)past_chance(past, 20)}};
        p.payer = gets ? b->actor.person : a->actor.person;
        if (gets) past_transfer(tx, past, b, a, &p);
        else if (a != b && past_chance(past, 4) == 0) past_transfer(tx, past, a, b, &p);
        else past_purchase(tx, past, a, &p);
    }
}

static void past_fill(struct writer *writer, const struct newcomer *all, int people, int shops, int payments) {
    static struct past batch[AT_ONCE];
    uint64_t chance = 88172645463325252u;
    int64_t begun_ms = past_ms, span_ms = INT64_C(86400000) * (DAYS - 1);
    for (int first = 0; first < payments;) {
        int count = 0;
        for (; count < 8 && first < payments; count++, first += AT_A_TIME) {
            int size = payments - first < AT_A_TIME ? payments - first : AT_A_TIME;
            batch[count] = (struct past){.command = {past_run, newcomer_done, NULL},
                                         .all = all,
                                         .people = people,
                                         .shops = shops,
                                         .first = first,
                                         .count = size,
                                         .chance = chance + (uint64_t)first * 2654435761u};
            writer_submit(writer, &batch[count].command);
        }
        past_ms = begun_ms + span_ms / payments * (first < payments ? first : payments);
        while (writer_step(writer) > 0) {}
    }
}

/* The sessions of two years ago are over. */
static void return_run(struct command *command, struct group *group) {
    struct newcomer *n = (struct newcomer *)command;
    struct session_open_cmd cmd = {.person = n->actor.person, .device = TEXT("bench")};
    crypto_sha256(n->token, sizeof n->token, cmd.hash);
    session_open(tx_of(group), &cmd);
}

static int count_of(const char *words) {
    int64_t count;
    if (!text_to_i64(text_of(words), &count) || count < 1 || count > COUNT_MAX)
        log_fatal("seed: no count: %s", words);
    return (int)count;
}

int main(int argc, char *argv[]) {
    if (argc != 5 && argc != 6) return 2;
    int people = count_of(argv[2]), shops = count_of(argv[3]), payments = argc == 6 ? count_of(argv[5]) : 0;
    char path[512];
    static struct settings settings;
    static struct sequence sequence;
    static struct outbox outbox;
    static struct wakes wakes = {.listener = nobody};
    static struct sandbox sandbox;
    struct newcomer *all = calloc((size_t)people + (size_t)shops, sizeof *all);
    if (!all) return 1;
    struct writer *writer;
    struct ledger *ledger;
    struct keys *keys;
    struct writer_config config = {.group_commands_max = AT_ONCE, .group_ms_max = 1000};
    past_ms = clock_now_ms() - INT64_C(86400000) * DAYS;
    if (payments) config.wall_ms = config.steady_ms = past_now;
    config_defaults(&settings);
    mkdir(argv[1], 0700);
    snprintf(path, sizeof path, "%s/keys", argv[1]);
    must(keys_open(path, true, &keys), &(struct fault){0}, "keys");
    must(db_config_parse(argv[4], &config.store), &(struct fault){0}, "store");
    must(writer_open(&config, &writer), &(struct fault){0}, "writer");
    must(ledger_open(writer_db(writer), &(struct ledger_config){.mac_key = keys_bytes(keys, KEY_LEDGER_MAC)},
                     &ledger),
         &(struct fault){0}, "ledger");
    must(sequence_load(&sequence, writer_db(writer)), &(struct fault){0}, "sequence");
    must(sandbox_open(writer_db(writer), true, 0, &sandbox), &(struct fault){0}, "sandbox");
    must(password_hash(TEXT("xuanwu-hu 2317 liu"), password), &(struct fault){0}, "password");
    writer_add_part(writer, ledger_part(ledger));
    writer_add_part(writer, sequence_part(&sequence));
    writer_add_part(writer, bank_outbox_part(&outbox));
    writer_add_part(writer, wake_part(&wakes));
    struct tx floor = {.ledger = ledger,
                       .sequence = &sequence,
                       .rules = &settings.rules,
                       .keys = keys,
                       .outbox = &outbox,
                       .wakes = &wakes};
    writer_set_floor(writer, &floor);

    snprintf(path, sizeof path, "%s/tokens", argv[1]);
    FILE *tokens = fopen(path, "w");
    snprintf(path, sizeof path, "%s/codes", argv[1]);
    FILE *codes = fopen(path, "w");
    if (!tokens || !codes) log_fatal("seed: cannot write beside the store");
    for (int first = 0; first < people + shops; first += AT_ONCE) {
        int count = people + shops - first < AT_ONCE ? people + shops - first : AT_ONCE;
        for (int i = 0; i < count; i++) {
            all[first + i] = (struct newcomer){.command = {newcomer_run, newcomer_done, NULL},
                                               .number = first + i,
                                               .shopkeeper = first + i >= people};
            rand_bytes(all[first + i].token, SESSION_TOKEN_SIZE);
            writer_submit(writer, &all[first + i].command);
        }
        while (writer_step(writer) > 0) {}
    }
    if (payments) {
        past_fill(writer, all, people, shops, payments);
        past_ms = clock_now_ms();
        for (int i = 0; i < people + shops; i++) {
            rand_bytes(all[i].token, SESSION_TOKEN_SIZE);
            all[i].command = (struct command){return_run, newcomer_done, NULL};
            writer_submit(writer, &all[i].command);
            while (writer_step(writer) > 0) {}
        }
    }
    for (int i = 0; i < people + shops; i++) {
        char token[TOKEN_TEXT];
        sodium_bin2base64(token, sizeof token, all[i].token, SESSION_TOKEN_SIZE,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        if (all[i].shopkeeper) fprintf(codes, "%s\n", all[i].shop);
        else fprintf(tokens, "%s\n", token);
    }
    fclose(tokens);
    fclose(codes);
    writer_stop(writer);
    ledger_close(ledger);
    keys_free(keys);
    free(all);
    return 0;
}
