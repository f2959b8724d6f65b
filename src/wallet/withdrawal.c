/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/withdrawal.h"

#include <assert.h>

#include "base/log.h"
#include "ledger/bytes.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/bank.h"
#include "wallet/card.h"
#include "wallet/function.h"
#include "wallet/house.h"
#include "wallet/limit.h"
#include "wallet/maintenance.h"
#include "wallet/pin.h"
#include "wallet/realname.h"
#include "wallet/recount.h"
#include "wallet/refusal.h"
#include "wallet/sequence.h"
#include "wallet/spend.h"

enum { ADD, FIND, FREE_USED, FREE_TAKE, FREE_GIVE_BACK, DIGEST };
static const struct sql withdrawal_sql[] = {
    [ADD] = {"INSERT INTO withdrawal (id, fee, free, counted, grp) VALUES ($1, $2, $3, $4, $5)"},
    [FIND] = {"SELECT fee, free, counted FROM withdrawal WHERE id = $1"},
    [FREE_USED] = {"SELECT used FROM withdrawal_free WHERE person = $1"},
    [FREE_TAKE] =
        {"INSERT INTO withdrawal_free (person, used) VALUES ($1, $2) ON CONFLICT (person) DO UPDATE SET "
         "used = withdrawal_free.used + $2 WHERE withdrawal_free.used + $2 <= $3"},
    [FREE_GIVE_BACK] = {"UPDATE withdrawal_free SET used = used - $1 WHERE person = $2 AND used >= $1"},
    [DIGEST] = {"SELECT id, grp, fee, free, counted FROM withdrawal WHERE id > $1 ORDER BY id LIMIT $2"},
};
DB_STATEMENTS(withdrawal_sql)

enum { RATE_WHOLE = 10000, DIGEST_NUMBERS = 3, DIGEST_BYTES = DIGEST_NUMBERS * 8 };

/* What the row keeps. */
struct terms {
    int64_t fee, free;
    bool counted;
};

/* --- the rule --- */

struct money withdrawal_fee(const struct wallet_rules *rules, struct money free_left, struct money amount) {
    int64_t excess = amount.fen - free_left.fen, rate = rules->withdrawal_rate;
    if (excess <= 0) return (struct money){0};
    /* The whole ten thousands apart, so that no product overflows. */
    int64_t fee = excess / RATE_WHOLE * rate + (excess % RATE_WHOLE * rate + RATE_WHOLE / 2) / RATE_WHOLE;
    return (struct money){fee > rules->withdrawal_fee_min_fen ? fee : rules->withdrawal_fee_min_fen};
}

/* amount + fee rises with the amount, so the largest that fits is found by halving. */
struct money withdrawal_most(const struct wallet_rules *rules, struct money free_left, struct money balance) {
    int64_t fits = 0, above = balance.fen < rules->payment_max_fen ? balance.fen : rules->payment_max_fen;
    for (above = above > 0 ? above + 1 : 1; above - fits > 1;) {
        int64_t middle = fits + (above - fits) / 2;
        int64_t fee = withdrawal_fee(rules, free_left, (struct money){middle}).fen;
        if (fee <= balance.fen - middle) fits = middle;
        else above = middle;
    }
    return (struct money){fits};
}

/* --- the free allowance --- */

static int64_t free_left(struct db *db, const struct wallet_rules *rules, struct person_id person) {
    struct stmt *q = db_stmt(db, &withdrawal_sql[FREE_USED]);
    db_bind_u64(q, person.n);
    int64_t used = db_row(q) ? db_col_i64(q, 0) : 0;
    db_done(q);
    return used < rules->withdrawal_free_fen ? rules->withdrawal_free_fen - used : 0;
}

/* False: it would pass the most, and nothing was taken. */
static bool free_take(struct tx *tx, struct person_id person, int64_t fen) {
    struct stmt *q = db_stmt(tx->db, &withdrawal_sql[FREE_TAKE]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, fen);
    db_bind_i64(q, tx->rules->withdrawal_free_fen);
    return db_run(q) == 1;
}

static void free_give_back(struct tx *tx, struct person_id person, int64_t fen) {
    struct stmt *q = db_stmt(tx->db, &withdrawal_sql[FREE_GIVE_BACK]);
    db_bind_i64(q, fen);
    db_bind_u64(q, person.n);
    db_queue(q);
}

/* --- before --- */

enum err withdrawal_preview(struct view *view, const struct actor *actor, struct money amount,
                            struct fault *fault, struct withdrawal_terms *out) {
    struct figures f;
    if (actor->tier < 1) return fault_set(fault, ERR_REALNAME_NEEDED);
    if (amount.fen > view->rules->payment_max_fen) return fault_set(fault, ERR_AMOUNT_TOO_LARGE);
    if (recount_withholds(view, actor)) return fault_set(fault, ERR_BOOKS_CHECKED);
    if (!ledger_figures(view->ledger, actor->account, &f)) return fault_set(fault, ERR_INTERNAL);
    int64_t left = (int64_t)(f.account.credits_posted - f.account.debits_posted - f.account.debits_pending);
    struct withdrawal_terms t = {
        .available = {left},
        .free = {view->rules->withdrawal_free_fen},
        .free_left = {free_left(view->db, view->rules, actor->person)},
    };
    t.most = withdrawal_most(view->rules, t.free_left, t.available);
    t.most_fee = withdrawal_fee(view->rules, t.free_left, t.most);
    t.amount = amount.fen ? amount : t.most;
    t.fee = withdrawal_fee(view->rules, t.free_left, t.amount);
    *out = t;
    return ERR_OK;
}

/* --- doing it --- */

static void digest_bytes(const struct terms *terms, unsigned char out[DIGEST_BYTES]) {
    bytes_put64(out, (uint64_t)terms->fee);
    bytes_put64(out + 8, (uint64_t)terms->free);
    bytes_put64(out + 16, terms->counted);
}

static void row_add(struct tx *tx, struct payment_id id, const struct terms *terms) {
    unsigned char bytes[DIGEST_BYTES];
    struct stmt *q = db_stmt(tx->db, &withdrawal_sql[ADD]);
    db_bind_u64(q, id.n);
    db_bind_i64(q, terms->fee);
    db_bind_i64(q, terms->free);
    db_bind_i64(q, terms->counted);
    db_bind_u64(q, ledger_group(tx->ledger).n);
    db_queue(q);
    digest_bytes(terms, bytes);
    ledger_digest_row(tx->ledger, ROWS_WITHDRAWAL, id.n, bytes, sizeof bytes);
}

/* What it would be refused for; the terms as they are now. */
static enum err withdrawal_check(struct tx *tx, const struct actor *actor, const struct withdrawal_cmd *cmd,
                                 struct fault *fault, struct card *card, struct terms *terms) {
    enum err err = card_use(tx->db, actor, cmd->card, fault, card);
    if (err != ERR_OK) return err;
    if (card->kind != CARD_DEBIT) return fault_set(fault, ERR_WITHDRAWAL_CARD);
    if (maintenance_check_bank(tx, card->bank, fault)) return fault->code;
    if (cmd->amount.fen > tx->rules->payment_max_fen) return fault_set(fault, ERR_AMOUNT_TOO_LARGE);
    err = pin_check(tx, actor, cmd->pin, fault);
    if (err != ERR_OK) return err;
    err = realname_stands(actor, tx->now_ms, fault);
    if (err != ERR_OK) return err;
    int64_t left = free_left(tx->db, tx->rules, actor->person);
    terms->fee = withdrawal_fee(tx->rules, (struct money){left}, cmd->amount).fen;
    terms->free = cmd->amount.fen < left ? cmd->amount.fen : left;
    terms->counted = actor->tier == 1;
    if (terms->fee != cmd->fee.fen) {
        fault_set(fault, ERR_WITHDRAWAL_FEE);
        fault->amount = terms->fee;
        return ERR_WITHDRAWAL_FEE;
    }
    const struct limit_use use = {cmd->amount, STRENGTH_NONE, false};
    return terms->counted ? limit_check(tx, actor, &use, fault) : ERR_OK;
}

/* ERR_WITHDRAWAL_SHORT says by how much amount and fee pass the balance. */
static enum err foresee(struct tx *tx, struct money sum, const struct ledger_event *leg, struct fault *fault) {
    enum err err = spend_foresee(tx, sum, leg, fault);
    if (err != ERR_INSUFFICIENT_BALANCE) return err;
    int64_t lacking = fault->amount;
    fault_set(fault, ERR_WITHDRAWAL_SHORT);
    fault->amount = lacking;
    return ERR_WITHDRAWAL_SHORT;
}

static void take(struct tx *tx, const struct actor *actor, const struct terms *terms, struct payment *p) {
    struct fault none;
    bool taken = terms->free == 0 || free_take(tx, actor->person, terms->free);
    const struct limit_use use = {p->amount, STRENGTH_NONE, false};
    if (terms->counted) taken = taken && limit_take(tx, actor, &use, &none, &p->period) == ERR_OK;
    assert(taken || db_failed(tx->db)); /* both were asked in this transaction */
}

static enum err withdrawal_try(struct tx *tx, const struct actor *actor, const struct withdrawal_cmd *cmd,
                               struct fault *fault, struct payment *out) {
    struct card card;
    struct terms terms = {0};
    enum err err = withdrawal_check(tx, actor, cmd, fault, &card, &terms);
    if (err != ERR_OK) return err;
    *out = (struct payment){
        .id = {sequence_take(tx->sequence)},
        .kind = PAYMENT_WITHDRAWAL,
        .payer = actor->person,
        .amount = cmd->amount,
        .card = card.id,
        .state = PAYMENT_AT_BANK,
    };
    struct ledger_event legs[2] = {
        {.debit = actor->account.n,
         .credit = bank_settlement(tx, card.bank).n,
         .amount = (uint64_t)cmd->amount.fen,
         .payment = out->id.n,
         .asset = ASSET_CNY,
         .code = MOVEMENT_WITHDRAWAL,
         .flags = ENTRY_PENDING | (terms.fee ? ENTRY_LINKED : 0),
         .role = ROLE_OPENS},
        {.debit = actor->account.n,
         .amount = (uint64_t)terms.fee,
         .payment = out->id.n,
         .asset = ASSET_CNY,
         .code = MOVEMENT_FEE,
         .flags = ENTRY_PENDING,
         .role = ROLE_INNER},
    };
    err = foresee(tx, (struct money){cmd->amount.fen + terms.fee}, legs, fault);
    if (err != ERR_OK) return err;

    /* from here it must succeed */
    take(tx, actor, &terms, out);
    if (terms.fee) legs[1].credit = house_account(tx, CHART_FEES).n;
    enum ledger_reason reason = ledger_apply(tx->ledger, legs, terms.fee ? 2 : 1);
    assert(reason == REASON_OK || db_failed(tx->db));
    out->entry = (struct entry_no){legs[0].entry};
    payment_open(tx, out);
    row_add(tx, out->id, &terms);
    struct bank_order order = {
        .payment = out->id,
        .bank = card.bank,
        .kind = BANK_CREDIT,
        .amount = out->amount,
        .card = card.id,
        .sealed_token = {(const char *)card.sealed_token, card.sealed_size},
    };
    bank_send(tx, &order);
    return ERR_OK;
}

enum err withdrawal_begin(struct tx *tx, const struct actor *actor, const struct withdrawal_cmd *cmd,
                          struct fault *fault, struct payment *out) {
    enum err err = function_check(tx, actor, FUNCTION_WITHDRAWAL, fault);
    if (err == ERR_OK) err = withdrawal_try(tx, actor, cmd, fault, out);
    if (err_class(err) == CLASS_REFUSED) {
        struct refusal refusal = {.person = actor->person,
                                  .kind = PAYMENT_WITHDRAWAL,
                                  .amount = cmd->amount,
                                  .card = cmd->card,
                                  .fault = *fault};
        refusal_keep(tx, &refusal);
    }
    return err;
}

/* --- the bank's answer --- */

static struct terms terms_read(const struct stmt *q, int at) {
    return (struct terms){db_col_i64(q, at), db_col_i64(q, at + 1), db_col_i64(q, at + 2) != 0};
}

static bool terms_find(struct db *db, struct payment_id id, struct terms *out) {
    struct stmt *q = db_stmt(db, &withdrawal_sql[FIND]);
    db_bind_u64(q, id.n);
    bool found = db_row(q);
    if (found) *out = terms_read(q, 0);
    db_done(q);
    return found;
}

/* A bank's no that means something else when the money goes the other way. */
static enum err refusal_of(enum err refusal) {
    return refusal == ERR_BANK_FUNDS ? ERR_WITHDRAWAL_BANK_SHORT : refusal;
}

void withdrawal_bank_answer(struct tx *tx, struct payment *p, const struct bank_answer *answer) {
    struct terms terms = {0};
    if (!terms_find(tx->db, p->id, &terms)) {
        if (!db_failed(tx->db))
            log_error("payment %llu: a withdrawal without its terms", (unsigned long long)p->id.n);
        return;
    }
    switch (answer->verdict) {
    case BANK_APPROVED:
        if (payment_move(tx, p, EVENT_APPROVED, ledger_next_entry(tx->ledger), ERR_OK) != ERR_OK) return;
        payment_end_pending(tx, p, terms.fee, ENTRY_POST);
        return;
    case BANK_DECLINED:
        if (payment_move(tx, p, EVENT_DECLINED, ledger_next_entry(tx->ledger), refusal_of(answer->refusal)) !=
            ERR_OK)
            return;
        payment_end_pending(tx, p, terms.fee, ENTRY_VOID);
        if (terms.free) free_give_back(tx, p->payer, terms.free);
        if (terms.counted) limit_give_back(tx, p->payer, p->period, p->created_ms, p->amount);
        return;
    case BANK_UNANSWERED:
        payment_move(tx, p, EVENT_UNANSWERED, (struct entry_no){0}, ERR_WITHDRAWAL_IN_DOUBT);
        return;
    }
}

struct money withdrawal_fee_of(struct db *db, const struct payment *payment) {
    struct terms terms = {0};
    if (payment->kind == PAYMENT_WITHDRAWAL) terms_find(db, payment->id, &terms);
    return (struct money){terms.fee};
}

/* --- the digest --- */

static void digest_rows(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
    struct stmt *q = db_stmt(db, &withdrawal_sql[DIGEST]);
    db_bind_u64(q, after);
    db_bind_i64(q, limit);
    while (db_row(q)) {
        unsigned char bytes[DIGEST_BYTES];
        struct terms terms = terms_read(q, 2);
        digest_bytes(&terms, bytes);
        ledger_digest_feed(feed, db_col_u64(q, 0), db_col_u64(q, 1), bytes, sizeof bytes);
    }
    db_done(q);
}

void withdrawal_register_digests(struct ledger *ledger) {
    ledger_digest_source(ledger, ROWS_WITHDRAWAL, digest_rows);
}
