/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/refund.h"

#include <assert.h>

#include "ledger/bytes.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/bank.h"
#include "wallet/card.h"
#include "wallet/freeze.h"
#include "wallet/function.h"
#include "wallet/funding.h"
#include "wallet/limit.h"
#include "wallet/merchant.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/refusal.h"
#include "wallet/sequence.h"
#include "wallet/spend.h"
#include "wallet/till.h"

enum { ADD, PURCHASE, LIST, SUM, TAKE, DUE, DIGEST };
static const struct sql refund_sql[] = {
    [ADD] = {"INSERT INTO refund (id, purchase, grp) VALUES ($1, $2, $3)"},
    [PURCHASE] = {"SELECT purchase FROM refund WHERE id = $1"},
    [LIST] = {"SELECT id FROM refund WHERE purchase = $1 ORDER BY id LIMIT $2"},
    [SUM] = {"SELECT amount, parts FROM refunded WHERE purchase = $1"},
    [TAKE] = {"INSERT INTO refunded (purchase, amount, parts) VALUES ($1, $2, $3) ON CONFLICT (purchase) DO "
              "UPDATE SET amount = refunded.amount + $2, parts = refunded.parts + $3 WHERE "
              "refunded.amount + $2 <= $4 AND refunded.parts + $3 <= $5"},
    [DUE] =
        {"SELECT id FROM payment WHERE due_ms > 0 AND due_ms <= $1 AND kind = 5 ORDER BY due_ms LIMIT $2"},
    [DIGEST] = {"SELECT id, grp, purchase FROM refund WHERE id > $1 ORDER BY id LIMIT $2"},
};
DB_STATEMENTS(refund_sql)

enum { DUE_MAX = 64, DIGEST_BYTES = 8, LEGS_MAX = 2 * REFUND_SOURCES_MAX };

/* --- the rule --- */

static int64_t lesser(int64_t a, int64_t b) {
    return a < b ? a : b;
}

size_t refund_split(const struct refund_source *sources, size_t count, struct money refunded,
                    struct money amount, struct refund_source out[REFUND_SOURCES_MAX]) {
    size_t parts = 0;
    int64_t passed = refunded.fen, wanted = amount.fen;
    for (size_t i = count; i > 0 && wanted > 0; i--) {
        int64_t gone = lesser(passed, sources[i - 1].amount.fen);
        int64_t part = lesser(wanted, sources[i - 1].amount.fen - gone);
        passed -= gone;
        wanted -= part;
        if (part > 0) out[parts++] = (struct refund_source){sources[i - 1].card, {part}};
    }
    return wanted == 0 ? parts : 0;
}

/* --- how it stands --- */

struct standing {
    int64_t amount, parts;
};

static struct standing standing_of(struct db *db, struct payment_id purchase) {
    struct standing standing = {0};
    struct stmt *q = db_stmt(db, &refund_sql[SUM]);
    db_bind_u64(q, purchase.n);
    if (db_row(q)) standing = (struct standing){db_col_i64(q, 0), db_col_i64(q, 1)};
    db_done(q);
    return standing;
}

struct money refund_sum(struct db *db, struct payment_id purchase) {
    return (struct money){standing_of(db, purchase).amount};
}

struct payment_id refund_purchase(struct db *db, struct payment_id refund) {
    struct stmt *q = db_stmt(db, &refund_sql[PURCHASE]);
    db_bind_u64(q, refund.n);
    struct payment_id purchase = {db_row(q) ? db_col_u64(q, 0) : 0};
    db_done(q);
    return purchase;
}

size_t refund_list(struct db *db, struct payment_id purchase, struct payment_id *out, size_t max) {
    struct stmt *q = db_stmt(db, &refund_sql[LIST]);
    db_bind_u64(q, purchase.n);
    db_bind_i64(q, (int64_t)max);
    size_t count = 0;
    while (count < max && db_row(q)) out[count++] = (struct payment_id){db_col_u64(q, 0)};
    db_done(q);
    return count;
}

/* --- doing it --- */

/* All that the checks found out. */
struct plan {
    struct merchant shop;
    struct payment purchase;
    struct person payer; /* of the purchase: who gets the money */
    struct standing standing;
    struct money amount;
    struct refund_source sources[REFUND_SOURCES_MAX];
    size_t count;
    struct till_id till; /* where it was paid */
    bool to_balance;     /* what leaves the payer's account is frozen: nothing goes on to a card */
};

static size_t sources_of(struct db *db, const struct payment *purchase,
                         struct refund_source out[REFUND_SOURCES_MAX]) {
    struct funding_source paid[FUNDING_SOURCES_MAX];
    size_t count = funding_sources(db, purchase, paid);
    for (size_t i = 0; i < count; i++) out[i] = (struct refund_source){paid[i].card, paid[i].amount};
    return count;
}

static enum err find_purchase(struct tx *tx, const struct actor *actor, const struct refund_cmd *cmd,
                              struct fault *fault, struct plan *plan) {
    enum err err = merchant_own(tx->db, actor, cmd->merchant, fault, &plan->shop);
    if (err != ERR_OK) return err;
    bool here = payment_find(tx->db, cmd->purchase, &plan->purchase) &&
                plan->purchase.kind == PAYMENT_PURCHASE && plan->purchase.merchant.n == plan->shop.id.n;
    if (!here) return fault_set(fault, ERR_NOT_FOUND);
    return plan->purchase.state == PAYMENT_DONE ? ERR_OK : fault_set(fault, ERR_REFUND_NOT_PAID);
}

static enum err find_parts(struct tx *tx, const struct refund_cmd *cmd, struct fault *fault,
                           struct plan *plan) {
    struct refund_source sources[REFUND_SOURCES_MAX];
    size_t count = sources_of(tx->db, &plan->purchase, sources);
    plan->standing = standing_of(tx->db, plan->purchase.id);
    struct money refunded = {plan->standing.amount};
    struct money left = {plan->purchase.amount.fen - refunded.fen};
    plan->amount = cmd->amount.fen ? cmd->amount : left;
    bool late = tx->now_ms - plan->purchase.created_ms > tx->rules->refund_within_ms;
    if (left.fen > 0 && late) return fault_set(fault, ERR_REFUND_CLOSED);
    plan->count = refund_split(sources, count, refunded, plan->amount, plan->sources);
    if (plan->count > 0 && plan->standing.parts + (int64_t)plan->count > REFUND_PARTS_MAX)
        return fault_set(fault, ERR_REFUND_CLOSED);
    if (plan->count > 0) return ERR_OK;
    fault_set(fault, ERR_REFUND_EXCEEDS);
    fault->amount = left.fen;
    return ERR_REFUND_EXCEEDS;
}

/* Would the ledger take it? In the shop's words. */
static enum err foresee(struct tx *tx, const struct plan *plan, struct fault *fault) {
    struct ledger_event leg = {.debit = plan->shop.account.n, .credit = plan->payer.account.n};
    enum err err = spend_foresee(tx, plan->amount, &leg, fault);
    if (err != ERR_INSUFFICIENT_BALANCE) return err;
    int64_t lacking = fault->amount;
    fault_set(fault, ERR_REFUND_SHORT);
    fault->amount = lacking;
    return ERR_REFUND_SHORT;
}

static bool take(struct tx *tx, const struct plan *plan) {
    struct stmt *q = db_stmt(tx->db, &refund_sql[TAKE]);
    db_bind_u64(q, plan->purchase.id.n);
    db_bind_i64(q, plan->amount.fen);
    db_bind_i64(q, (int64_t)plan->count);
    db_bind_i64(q, plan->purchase.amount.fen);
    db_bind_i64(q, REFUND_PARTS_MAX);
    return db_run(q) == 1;
}

static void digest_bytes(struct payment_id purchase, unsigned char out[DIGEST_BYTES]) {
    bytes_put64(out, purchase.n);
}

static void row_add(struct tx *tx, struct payment_id id, struct payment_id purchase) {
    unsigned char bytes[DIGEST_BYTES];
    struct stmt *q = db_stmt(tx->db, &refund_sql[ADD]);
    db_bind_u64(q, id.n);
    db_bind_u64(q, purchase.n);
    db_bind_u64(q, ledger_group(tx->ledger).n);
    db_queue(q);
    digest_bytes(purchase, bytes);
    ledger_digest_row(tx->ledger, ROWS_REFUND, id.n, bytes, sizeof bytes);
}

/* The entries of one part, linked with those that follow; returns how many. */
static size_t legs_of(struct tx *tx, const struct plan *plan, const struct refund_source *source,
                      struct payment_id id, struct ledger_event *legs) {
    struct card card;
    legs[0] = (struct ledger_event){
        .debit = plan->shop.account.n,
        .credit = plan->payer.account.n,
        .amount = (uint64_t)source->amount.fen,
        .payment = id.n,
        .asset = ASSET_CNY,
        .code = MOVEMENT_REFUND,
        .flags = ENTRY_LINKED,
        .role = ROLE_OPENS,
    };
    till_mark(&legs[0], plan->till);
    if (source->card.n == 0 || plan->to_balance) return 1;
    bool found = card_find(tx->db, source->card, &card);
    assert(found || db_failed(tx->db)); /* a card's row stays when the card goes */
    if (!found) return 1;
    legs[1] = (struct ledger_event){
        .debit = plan->payer.account.n,
        .credit = bank_settlement(tx, card.bank).n,
        .amount = (uint64_t)source->amount.fen,
        .payment = id.n,
        .asset = ASSET_CNY,
        .code = MOVEMENT_REFUND_CARD_OUT,
        .flags = ENTRY_PENDING | ENTRY_LINKED,
        .role = ROLE_INNER,
    };
    return 2;
}

static void wait(struct tx *tx, struct payment *p, enum err reason) {
    payment_move_until(tx, p, EVENT_DEFERRED, reason, tx->now_ms + tx->rules->refund_wait_ms);
}

static void ask_bank(struct tx *tx, struct payment *p) {
    struct card card;
    if (!card_find(tx->db, p->card, &card)) return; /* the store failed: the group is undone */
    if (card.state != CARD_BOUND) {
        wait(tx, p, ERR_REFUND_CARD_GONE);
        return;
    }
    struct bank_order order = {
        .payment = p->id,
        .bank = card.bank,
        .kind = BANK_CREDIT,
        .amount = p->amount,
        .card = card.id,
        .sealed_token = {(const char *)card.sealed_token, card.sealed_size},
    };
    bank_send(tx, &order);
}

/* One part: its payment and, to a card, the order. */
static void part_open(struct tx *tx, const struct plan *plan, const struct refund_source *source,
                      struct payment *p) {
    payment_open(tx, p);
    row_add(tx, p->id, plan->purchase.id);
    if (p->card.n) ask_bank(tx, p);
    if (source->card.n == 0) /* what a card paid was not counted */
        limit_give_back(tx, plan->purchase.payer, plan->purchase.period, plan->purchase.created_ms, p->amount);
}

static void make(struct tx *tx, const struct plan *plan, struct text reason, struct refund_made *out) {
    struct ledger_event legs[LEGS_MAX];
    size_t first[REFUND_SOURCES_MAX], count = 0;
    *out = (struct refund_made){.count = plan->count};
    for (size_t i = 0; i < plan->count; i++) {
        struct card_id card = {0};
        if (!plan->to_balance) card = plan->sources[i].card;
        out->parts[i] = (struct payment){
            .id = {sequence_take(tx->sequence)},
            .kind = PAYMENT_REFUND,
            .payer = plan->shop.owner,
            .payee = plan->purchase.payer,
            .merchant = plan->shop.id,
            .card = card,
            .amount = plan->sources[i].amount,
            .state = card.n ? PAYMENT_AT_BANK : PAYMENT_DONE,
        };
        text_keep(reason, out->parts[i].note, sizeof out->parts[i].note);
        first[i] = count;
        count += legs_of(tx, plan, &plan->sources[i], out->parts[i].id, &legs[count]);
    }
    legs[count - 1].flags &= (uint16_t)~ENTRY_LINKED;
    enum ledger_reason applied = ledger_apply(tx->ledger, legs, count);
    assert(applied == REASON_OK || db_failed(tx->db));
    for (size_t i = 0; i < plan->count; i++) {
        out->parts[i].entry = (struct entry_no){legs[first[i]].entry};
        part_open(tx, plan, &plan->sources[i], &out->parts[i]);
    }
    out->left = (struct money){plan->purchase.amount.fen - plan->standing.amount - plan->amount.fen};
}

static enum err refund_try(struct tx *tx, const struct actor *actor, const struct refund_cmd *cmd,
                           struct fault *fault, struct plan *plan, struct refund_made *out) {
    enum err err = find_purchase(tx, actor, cmd, fault, plan);
    if (err == ERR_OK) err = find_parts(tx, cmd, fault, plan);
    if (err == ERR_OK) err = pin_check(tx, actor, cmd->pin, fault);
    if (err != ERR_OK) return err;
    if (!person_find(tx->db, tx->keys, plan->purchase.payer, &plan->payer))
        return fault_set(fault, ERR_PAYEE_CLOSED);
    err = foresee(tx, plan, fault);
    if (err != ERR_OK) return err;
    struct fault frozen;
    plan->to_balance = freeze_check_debit(tx, plan->payer.account, &frozen) != ERR_OK;
    struct entry paid;
    if (ledger_entry_read(tx->ledger, tx->db, plan->purchase.entry, &paid)) plan->till = till_of(&paid);
    /* from here it must succeed */
    bool taken = take(tx, plan);
    assert(taken || db_failed(tx->db)); /* the sum was read in this transaction */
    make(tx, plan, cmd->reason, out);
    return ERR_OK;
}

enum err refund_begin(struct tx *tx, const struct actor *actor, const struct refund_cmd *cmd,
                      struct fault *fault, struct refund_made *out) {
    struct plan plan = {0};
    enum err err = function_check(tx, actor, FUNCTION_REFUND, fault);
    if (err == ERR_OK) err = refund_try(tx, actor, cmd, fault, &plan, out);
    if (err_class(err) == CLASS_REFUSED) {
        struct refusal refusal = {.person = actor->person,
                                  .kind = PAYMENT_REFUND,
                                  .amount = plan.amount,
                                  .payee = plan.purchase.payer,
                                  .merchant = cmd->merchant,
                                  .fault = *fault};
        refusal_keep(tx, &refusal);
    }
    return err;
}

/* --- the bank's answer, and the end of waiting --- */

/* The entry person -> bank follows the one that brought the money. */
static void end_pending(struct tx *tx, const struct payment *p, enum entry_flag how) {
    struct ledger_event event = {.pending = p->entry.n + 1,
                                 .amount = how == ENTRY_POST ? AMOUNT_ALL : 0,
                                 .payment = p->id.n,
                                 .flags = (uint16_t)how | (how == ENTRY_POST ? ENTRY_OUTSIDE : 0),
                                 .role = ROLE_CHANGES};
    enum ledger_reason reason = ledger_apply(tx->ledger, &event, 1);
    assert(reason == REASON_OK || db_failed(tx->db));
}

void refund_bank_answer(struct tx *tx, struct payment *p, const struct bank_answer *answer) {
    switch (answer->verdict) {
    case BANK_APPROVED:
        if (payment_move(tx, p, EVENT_APPROVED, ledger_next_entry(tx->ledger), ERR_OK) == ERR_OK)
            end_pending(tx, p, ENTRY_POST);
        return;
    case BANK_DECLINED: wait(tx, p, ERR_REFUND_DECLINED); return;
    case BANK_UNANSWERED:
        payment_move(tx, p, EVENT_UNANSWERED, (struct entry_no){0}, ERR_PAYOUT_IN_DOUBT);
        return;
    }
}

int refund_end_due(struct tx *tx, int most) {
    struct payment_id due[DUE_MAX];
    int count = 0, ended = 0;
    struct stmt *q = db_stmt(tx->db, &refund_sql[DUE]);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, most < DUE_MAX ? most : DUE_MAX);
    while (count < DUE_MAX && db_row(q)) due[count++] = (struct payment_id){db_col_u64(q, 0)};
    db_done(q);
    for (int i = 0; i < count; i++) {
        struct payment p;
        if (!payment_find(tx->db, due[i], &p)) continue;
        if (payment_move(tx, &p, EVENT_EXPIRED, ledger_next_entry(tx->ledger), p.reason) != ERR_OK) continue;
        end_pending(tx, &p, ENTRY_VOID);
        ended++;
    }
    return ended;
}

/* --- the digest --- */

static void digest_rows(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
    struct stmt *q = db_stmt(db, &refund_sql[DIGEST]);
    db_bind_u64(q, after);
    db_bind_i64(q, limit);
    while (db_row(q)) {
        unsigned char bytes[DIGEST_BYTES];
        digest_bytes((struct payment_id){db_col_u64(q, 2)}, bytes);
        ledger_digest_feed(feed, db_col_u64(q, 0), db_col_u64(q, 1), bytes, sizeof bytes);
    }
    db_done(q);
}

void refund_register_digests(struct ledger *ledger) {
    ledger_digest_source(ledger, ROWS_REFUND, digest_rows);
}
