/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/settlement.h"

#include <assert.h>

#include "base/civil.h"
#include "base/log.h"
#include "ledger/bytes.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/bank.h"
#include "wallet/freeze.h"
#include "wallet/function.h"
#include "wallet/house.h"
#include "wallet/maintenance.h"
#include "wallet/pin.h"
#include "wallet/sequence.h"
#include "wallet/takings.h"

enum { TERMS, CHOOSE, RATE, DUE, DUE_MOVE, ADD, FIND, LIST, DIGEST };
static const struct sql settlement_sql[] = {
    [TERMS] = {"SELECT card, rate, due_ms FROM settlement_terms WHERE merchant = $1"},
    [CHOOSE] =
        {"INSERT INTO settlement_terms (merchant, card, rate, due_ms) VALUES ($1, $2, -1, $3) ON CONFLICT "
         "(merchant) DO UPDATE SET card = $2, due_ms = $3"},
    [RATE] = {"INSERT INTO settlement_terms (merchant, card, rate, due_ms) VALUES ($1, 0, $2, 0) ON CONFLICT "
              "(merchant) DO UPDATE SET rate = $2"},
    [DUE] =
        {"SELECT merchant, due_ms FROM settlement_terms WHERE due_ms > 0 AND due_ms <= $1 ORDER BY due_ms, "
         "merchant LIMIT $2"},
    [DUE_MOVE] = {"UPDATE settlement_terms SET due_ms = $1 WHERE merchant = $2 AND due_ms = $3"},
    [ADD] = {"INSERT INTO settlement (id, merchant, day, fee, rate, grp) VALUES ($1, $2, $3, $4, $5, $6)"},
    [FIND] = {"SELECT id, day, fee, rate FROM settlement WHERE id = $1"},
    [LIST] = {"SELECT id, day, fee, rate FROM settlement WHERE merchant = $1 AND id < $2 ORDER BY id DESC "
              "LIMIT $3"},
    [DIGEST] =
        {"SELECT id, grp, merchant, day, fee, rate FROM settlement WHERE id > $1 ORDER BY id LIMIT $2"},
};
DB_STATEMENTS(settlement_sql)

enum { RATE_WHOLE = 10000, DUE_MAX = 64, DIGEST_NUMBERS = 4, DIGEST_BYTES = DIGEST_NUMBERS * 8 };

/* --- the rule --- */

struct money settlement_fee(int rate, struct money amount) {
    int64_t fen = amount.fen;
    if (fen <= 0 || rate <= 0) return (struct money){0};
    /* The whole ten thousands apart, so that no product overflows. */
    return (struct money){fen / RATE_WHOLE * rate + (fen % RATE_WHOLE * rate + RATE_WHOLE / 2) / RATE_WHOLE};
}

/* --- terms --- */

void settlement_terms(struct db *db, const struct wallet_rules *rules, const struct merchant *merchant,
                      struct settlement_terms *out) {
    struct card_id card = {0};
    int rate = SETTLEMENT_RATE_DEFAULT;
    *out = (struct settlement_terms){0};
    struct stmt *q = db_stmt(db, &settlement_sql[TERMS]);
    db_bind_u64(q, merchant->id.n);
    if (db_row(q)) {
        card.n = db_col_u64(q, 0);
        rate = (int)db_col_i64(q, 1);
        out->due_ms = db_col_i64(q, 2);
    }
    db_done(q);
    out->own_rate = rate != SETTLEMENT_RATE_DEFAULT;
    out->rate = out->own_rate ? rate : rules->merchant_rate;
    bool good = card.n != 0 && card_find(db, card, &out->card) && out->card.state == CARD_BOUND &&
                out->card.kind == CARD_DEBIT && out->card.person.n == merchant->owner.n;
    if (!good) out->card = (struct card){0};
}

static int64_t next_day_end_ms(int64_t now_ms) {
    return civil_day_start_ms(civil_day_of(now_ms) + 1);
}

enum err settlement_choose(struct tx *tx, const struct actor *actor, struct merchant_id id,
                           struct card_id card_id, struct text pin, struct fault *fault,
                           struct settlement_terms *out) {
    struct merchant merchant;
    struct card card;
    enum err err = merchant_own(tx->db, actor, id, fault, &merchant);
    if (err == ERR_OK) err = card_use(tx->db, actor, card_id, fault, &card);
    if (err != ERR_OK) return err;
    if (card.kind != CARD_DEBIT) return fault_set(fault, ERR_SETTLEMENT_CARD);
    err = pin_check(tx, actor, pin, fault);
    if (err != ERR_OK) return err;
    struct stmt *q = db_stmt(tx->db, &settlement_sql[CHOOSE]);
    db_bind_u64(q, id.n);
    db_bind_u64(q, card_id.n);
    db_bind_i64(q, next_day_end_ms(tx->now_ms));
    db_run(q);
    settlement_terms(tx->db, tx->rules, &merchant, out);
    return ERR_OK;
}

enum err settlement_set_rate(struct tx *tx, struct merchant_id id, int rate, struct fault *fault) {
    struct merchant merchant;
    bool in_range = rate == SETTLEMENT_RATE_DEFAULT || (rate >= 0 && rate <= SETTLEMENT_RATE_MAX);
    if (!in_range) return fault_field(fault, ERR_BAD_FIELD, "/rate");
    if (!merchant_find(tx->db, id, &merchant)) return fault_field(fault, ERR_NOT_FOUND, "/id");
    struct stmt *q = db_stmt(tx->db, &settlement_sql[RATE]);
    db_bind_u64(q, id.n);
    db_bind_i64(q, rate);
    db_run(q);
    return ERR_OK;
}

/* --- doing it --- */

static int64_t available(const struct account *account) {
    return (int64_t)(account->credits_posted - account->debits_posted - account->debits_pending);
}

struct money settlement_ready(struct ledger *ledger, const struct merchant *merchant) {
    struct figures f;
    return (struct money){ledger_figures(ledger, merchant->account, &f) ? available(&f.account) : 0};
}

static void digest_bytes(const int64_t numbers[DIGEST_NUMBERS], unsigned char out[DIGEST_BYTES]) {
    for (int i = 0; i < DIGEST_NUMBERS; i++) bytes_put64(out + (size_t)i * 8, (uint64_t)numbers[i]);
}

static void row_add(struct tx *tx, const struct payment *p, int64_t day, int64_t fee, int rate) {
    unsigned char bytes[DIGEST_BYTES];
    struct stmt *q = db_stmt(tx->db, &settlement_sql[ADD]);
    db_bind_u64(q, p->id.n);
    db_bind_u64(q, p->merchant.n);
    db_bind_i64(q, day);
    db_bind_i64(q, fee);
    db_bind_i64(q, rate);
    db_bind_u64(q, ledger_group(tx->ledger).n);
    db_queue(q);
    digest_bytes((const int64_t[]){(int64_t)p->merchant.n, day, fee, rate}, bytes);
    ledger_digest_row(tx->ledger, ROWS_SETTLEMENT, p->id.n, bytes, sizeof bytes);
}

/* Everything was checked: there is so much in the shop, and the card is good. */
static void settle(struct tx *tx, const struct merchant *merchant, const struct settlement_terms *terms,
                   int64_t day, struct money sum, struct payment *out) {
    int64_t fee = settlement_fee(terms->rate, sum).fen;
    *out = (struct payment){
        .id = {sequence_take(tx->sequence)},
        .kind = PAYMENT_SETTLEMENT,
        .payer = merchant->owner,
        .merchant = merchant->id,
        .card = terms->card.id,
        .amount = {sum.fen - fee},
        .state = PAYMENT_AT_BANK,
    };
    struct ledger_event legs[2] = {
        {.debit = merchant->account.n,
         .credit = bank_settlement(tx, terms->card.bank).n,
         .amount = (uint64_t)out->amount.fen,
         .payment = out->id.n,
         .asset = ASSET_CNY,
         .code = MOVEMENT_SETTLEMENT,
         .flags = ENTRY_PENDING | (fee ? ENTRY_LINKED : 0),
         .role = ROLE_OPENS},
        {.debit = merchant->account.n,
         .credit = fee ? house_account(tx, CHART_FEES).n : 0,
         .amount = (uint64_t)fee,
         .payment = out->id.n,
         .asset = ASSET_CNY,
         .code = MOVEMENT_FEE,
         .flags = ENTRY_PENDING,
         .role = ROLE_INNER},
    };
    enum ledger_reason reason = ledger_apply(tx->ledger, legs, fee ? 2 : 1);
    assert(reason == REASON_OK || db_failed(tx->db));
    out->entry = (struct entry_no){legs[0].entry};
    payment_open(tx, out);
    row_add(tx, out, day, fee, terms->rate);
    struct bank_order order = {
        .payment = out->id,
        .bank = terms->card.bank,
        .kind = BANK_CREDIT,
        .amount = out->amount,
        .card = terms->card.id,
        .sealed_token = {(const char *)terms->card.sealed_token, terms->card.sealed_size},
    };
    bank_send(tx, &order);
}

enum err settlement_ask(struct tx *tx, const struct actor *actor, struct merchant_id id, struct fault *fault,
                        struct payment *out) {
    struct merchant merchant;
    struct settlement_terms terms;
    struct account account;
    enum err err = merchant_own(tx->db, actor, id, fault, &merchant);
    if (err != ERR_OK) return err;
    if (function_check(tx, actor, FUNCTION_SETTLEMENT, fault)) return fault->code;
    if (freeze_check_debit(tx, merchant.account, fault)) return fault->code;
    settlement_terms(tx->db, tx->rules, &merchant, &terms);
    if (terms.card.id.n == 0) return fault_set(fault, ERR_SETTLEMENT_CARD);
    bool there = ledger_account_get(tx->ledger, merchant.account, &account) &&
                 !(account.flags & ACCOUNT_CLOSED) && available(&account) > 0;
    if (!there) return fault_set(fault, ERR_NOTHING_TO_SETTLE);
    settle(tx, &merchant, &terms, civil_day_of(tx->now_ms), (struct money){available(&account)}, out);
    return ERR_OK;
}

/* Settles the day that ended at end_ms, when there is something; false: nothing has happened at the shop since, so no later day needs a look. */
static bool settle_day(struct tx *tx, struct merchant_id id, int64_t end_ms) {
    struct merchant merchant;
    struct settlement_terms terms;
    struct account account;
    struct money since;
    struct payment payment;
    if (!merchant_find(tx->db, id, &merchant)) return false;
    settlement_terms(tx->db, tx->rules, &merchant, &terms);
    if (terms.card.id.n == 0) return false; /* the till says so; it goes on when a card is chosen */
    if (!ledger_account_get(tx->ledger, merchant.account, &account) ||
        account.flags & (ACCOUNT_CLOSED | ACCOUNT_DEBITS_FROZEN))
        return false; /* what is frozen is settled with the first day after it is free */
    if (freeze_has_function(tx->db, merchant.owner, FUNCTION_SETTLEMENT)) return false;
    if (available(&account) <= 0) return false;
    if (!takings_since(tx, merchant.account, end_ms, &since))
        return true; /* too busy since: with a later day */
    /* The walk sees what was published; what this group did besides can only have taken some away. */
    int64_t published = settlement_ready(tx->ledger, &merchant).fen;
    struct money sum = {(published < available(&account) ? published : available(&account)) - since.fen};
    if (sum.fen > 0) settle(tx, &merchant, &terms, civil_day_of(end_ms) - 1, sum, &payment);
    return since.fen > 0;
}

int settlement_run_due(struct tx *tx, int most) {
    struct {
        struct merchant_id merchant;
        int64_t due_ms;
    } due[DUE_MAX];
    int count = 0;
    struct stmt *q = db_stmt(tx->db, &settlement_sql[DUE]);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, most < DUE_MAX ? most : DUE_MAX);
    for (; count < DUE_MAX && db_row(q); count++) {
        due[count].merchant.n = db_col_u64(q, 0);
        due[count].due_ms = db_col_i64(q, 1);
    }
    db_done(q);
    struct fault rests;
    if (maintenance_check(tx, FUNCTION_SETTLEMENT, &rests)) return 0; /* they stay due */
    for (int i = 0; i < count; i++) {
        bool later = settle_day(tx, due[i].merchant, due[i].due_ms);
        q = db_stmt(tx->db, &settlement_sql[DUE_MOVE]);
        db_bind_i64(q, next_day_end_ms(later ? due[i].due_ms : tx->now_ms));
        db_bind_u64(q, due[i].merchant.n);
        db_bind_i64(q, due[i].due_ms);
        db_run(q);
    }
    return count;
}

/* --- the bank's answer --- */

/* A bank's no that means something else when the money goes the other way. */
static enum err refusal_of(enum err refusal) {
    return refusal == ERR_BANK_FUNDS ? ERR_BANK_DECLINED : refusal;
}

void settlement_bank_answer(struct tx *tx, struct payment *p, const struct bank_answer *answer) {
    struct settlement row;
    if (!settlement_find(tx->db, p->id, &row)) {
        if (!db_failed(tx->db))
            log_error("payment %llu: a settlement without its row", (unsigned long long)p->id.n);
        return;
    }
    switch (answer->verdict) {
    case BANK_APPROVED:
        if (payment_move(tx, p, EVENT_APPROVED, ledger_next_entry(tx->ledger), ERR_OK) == ERR_OK)
            payment_end_pending(tx, p, row.fee.fen, ENTRY_POST);
        return;
    case BANK_DECLINED:
        if (payment_move(tx, p, EVENT_DECLINED, ledger_next_entry(tx->ledger), refusal_of(answer->refusal)) ==
            ERR_OK)
            payment_end_pending(tx, p, row.fee.fen, ENTRY_VOID);
        return;
    case BANK_UNANSWERED:
        payment_move(tx, p, EVENT_UNANSWERED, (struct entry_no){0}, ERR_PAYOUT_IN_DOUBT);
        return;
    }
}

/* --- how it stands --- */

static struct settlement settlement_read(const struct stmt *q) {
    return (struct settlement){{db_col_u64(q, 0)}, db_col_i64(q, 1), {db_col_i64(q, 2)}, (int)db_col_i64(q, 3)};
}

bool settlement_find(struct db *db, struct payment_id id, struct settlement *out) {
    struct stmt *q = db_stmt(db, &settlement_sql[FIND]);
    db_bind_u64(q, id.n);
    bool found = db_row(q);
    if (found) *out = settlement_read(q);
    db_done(q);
    return found;
}

size_t settlement_list(struct db *db, struct merchant_id merchant, uint64_t before, struct settlement *out,
                       size_t max) {
    struct stmt *q = db_stmt(db, &settlement_sql[LIST]);
    db_bind_u64(q, merchant.n);
    db_bind_i64(q, before ? (int64_t)before : INT64_MAX);
    db_bind_i64(q, (int64_t)max);
    size_t count = 0;
    while (count < max && db_row(q)) out[count++] = settlement_read(q);
    db_done(q);
    return count;
}

/* --- the digest --- */

static void digest_rows(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
    struct stmt *q = db_stmt(db, &settlement_sql[DIGEST]);
    db_bind_u64(q, after);
    db_bind_i64(q, limit);
    while (db_row(q)) {
        unsigned char bytes[DIGEST_BYTES];
        int64_t numbers[DIGEST_NUMBERS];
        for (int i = 0; i < DIGEST_NUMBERS; i++) numbers[i] = db_col_i64(q, i + 2);
        digest_bytes(numbers, bytes);
        ledger_digest_feed(feed, db_col_u64(q, 0), db_col_u64(q, 1), bytes, sizeof bytes);
    }
    db_done(q);
}

void settlement_register_digests(struct ledger *ledger) {
    ledger_digest_source(ledger, ROWS_SETTLEMENT, digest_rows);
}
