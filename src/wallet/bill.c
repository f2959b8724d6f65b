/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/bill.h"

#include <stdio.h>
#include <string.h>

#include "ledger/ledger.h"
#include "wallet/funding.h"
#include "wallet/merchant.h"
#include "wallet/person.h"

/* All that a bill shows but its card, in one statement: a question each would cost PostgreSQL a round trip each. Of a payment from the side of
 * $1: who is on the other side (of a purchase its payer sees the shop), the shop as it was called then (a bill tells of its time), what its kind keeps beside it, and of a purchase by
 * card the card that was asked last. The numbers are those of the enums: they are stored. */
#define BILL                                                                                                 \
    "SELECT " PAYMENT_COLUMNS ", o.nickname, o.name_masked, "                                                \
    "CASE WHEN m.renamed_ms > p.created_ms THEN coalesce((SELECT n.name FROM merchant_name n WHERE "         \
    "n.merchant = m.id AND n.until_ms > p.created_ms ORDER BY n.until_ms, n.id LIMIT 1), m.name) "           \
    "ELSE m.name END, "                                                                                      \
    "CASE p.kind WHEN 2 THEN (SELECT r.amount FROM refunded r WHERE r.purchase = p.id) "                     \
    "WHEN 4 THEN (SELECT w.fee FROM withdrawal w WHERE w.id = p.id) "                                        \
    "WHEN 5 THEN (SELECT f.purchase FROM refund f WHERE f.id = p.id) "                                       \
    "WHEN 6 THEN (SELECT s.fee FROM settlement s WHERE s.id = p.id) END, "                                   \
    "CASE WHEN p.kind = 2 AND p.card > 0 THEN (SELECT t.card FROM payment_try t WHERE t.payment = p.id AND " \
    "t.what = 2 ORDER BY t.id DESC LIMIT 1) END "                                                            \
    "FROM payment p LEFT JOIN merchant m ON m.id = p.merchant LEFT JOIN person o ON o.id = CASE WHEN "       \
    "p.payer <> $1 THEN "                                                                                    \
    "p.payer WHEN p.kind <> 2 THEN p.payee END "

_Static_assert(PAYMENT_PURCHASE == 2 && PAYMENT_WITHDRAWAL == 4 && PAYMENT_REFUND == 5 &&
                   PAYMENT_SETTLEMENT == 6 && FUNDING_ASKED == 2,
               "BILL says them as numbers");

enum { AT_NICKNAME = PAYMENT_COLUMNS_COUNT, AT_MASKED, AT_SHOP, AT_BESIDE, AT_ASKED };
enum { ONE, SOME };
enum { AT_ONCE = 25 }; /* of SOME */
static const struct sql bill_sql[] = {
    [ONE] = {BILL "WHERE p.id = $2"},
    [SOME] = {BILL "WHERE p.id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
                   "$18, $19, $20, $21, $22, $23, $24, $25, $26)"},
};
DB_STATEMENTS(bill_sql)

/* --- one bill --- */

void bill_person_name(const char *nickname, const char *name_masked, char out[PARTY_NAME_BYTES]) {
    if (name_masked[0]) snprintf(out, PARTY_NAME_BYTES, "%s(%s)", nickname, name_masked);
    else snprintf(out, PARTY_NAME_BYTES, "%s", nickname);
}

enum bill_side bill_side_of(const struct payment *payment, struct person_id person) {
    return payment->payer.n == person.n && payment->kind != PAYMENT_TOPUP ? BILL_OUT : BILL_IN;
}

enum bill_party bill_party_of(const struct payment *p, enum bill_side side, uint64_t *id) {
    uint64_t other = side == BILL_OUT ? p->payee.n : p->payer.n;
    *id = 0;
    switch (p->kind) {
    case PAYMENT_TOPUP:
    case PAYMENT_SETTLEMENT:
    case PAYMENT_WITHDRAWAL: return PARTY_BANK;
    case PAYMENT_POCKET: return PARTY_POCKET;
    case PAYMENT_TAKEN: return PARTY_AUTHORITY;
    case PAYMENT_PURCHASE:
        *id = side == BILL_OUT ? p->merchant.n : p->payer.n;
        return side == BILL_OUT ? PARTY_MERCHANT : PARTY_PERSON;
    case PAYMENT_REFUND:
        *id = side == BILL_IN ? p->merchant.n : p->payee.n;
        return side == BILL_IN ? PARTY_MERCHANT : PARTY_PERSON;
    case PAYMENT_TRANSFER: *id = other; return PARTY_PERSON;
    }
    return PARTY_NOBODY;
}

/* A top-up comes from the card's bank, a withdrawal goes to it. person, shop: what they are called, "" when there is none. */
static void name_party(struct bill *bill, const char *person, const char *shop) {
    const struct bank_row *bank = bank_by_no(bill->card.bank);
    const char *name = "";
    uint64_t id;
    bill->party = bill_party_of(&bill->payment, bill->side, &id);
    switch (bill->party) {
    case PARTY_PERSON: name = person; break;
    case PARTY_MERCHANT: name = shop; break;
    case PARTY_BANK: name = bank ? bank->name_zh : ""; break;
    case PARTY_POCKET: name = POCKET_NAME_ZH; break;
    case PARTY_AUTHORITY: name = AUTHORITY_NAME_ZH; break;
    case PARTY_NOBODY: break;
    }
    snprintf(bill->party_name, sizeof bill->party_name, "%s", name);
    if (!name[0]) bill->party = PARTY_NOBODY;
}

/* A shop learns nothing of a card, nor why a bank said no. */
static bool is_card_holder(const struct bill *bill) {
    switch (bill->payment.kind) {
    case PAYMENT_TOPUP: return true;
    case PAYMENT_REFUND: return bill->side == BILL_IN;
    case PAYMENT_PURCHASE:
    case PAYMENT_TRANSFER:
    case PAYMENT_SETTLEMENT:
    case PAYMENT_WITHDRAWAL: return bill->side == BILL_OUT;
    case PAYMENT_TAKEN:
    case PAYMENT_POCKET: return false;
    }
    return false;
}

static enum money_taken taken_of(const struct bill *bill) {
    if (bill->side == BILL_IN && bill->payment.kind != PAYMENT_TOPUP) return TAKEN_NO;
    return payment_taken(bill->payment.kind, bill->payment.state);
}

/* *card: the last that was read; who pays by card mostly has one. */
static void bill_read(struct db *db, const struct stmt *q, struct person_id person, struct card *card,
                      struct bill *out) {
    char nickname[NICKNAME_BYTES], masked[NAME_MASKED_BYTES], shop[MERCHANT_NAME_BYTES];
    char name[PARTY_NAME_BYTES];
    text_keep(db_col_text(q, AT_NICKNAME), nickname, sizeof nickname);
    text_keep(db_col_text(q, AT_MASKED), masked, sizeof masked);
    text_keep(db_col_text(q, AT_SHOP), shop, sizeof shop);
    bill_person_name(nickname, masked, name);
    *out = (struct bill){0};
    payment_read(q, &out->payment);
    const struct payment *p = &out->payment;
    struct card_id asked = {db_col_null(q, AT_ASKED) ? p->card.n : db_col_u64(q, AT_ASKED)};
    int64_t beside = db_col_i64(q, AT_BESIDE);
    out->side = bill_side_of(p, person);
    out->taken = taken_of(out);
    if (is_card_holder(out) && asked.n) {
        if (card->id.n != asked.n && !card_find(db, asked, card)) *card = (struct card){0};
        out->card = *card;
    }
    name_party(out, name, shop);
    if (p->kind == PAYMENT_PURCHASE) out->refunded.fen = beside;
    if (p->kind == PAYMENT_REFUND) out->refund_of.n = (uint64_t)beside;
    if (p->kind == PAYMENT_WITHDRAWAL || p->kind == PAYMENT_SETTLEMENT) out->fee.fen = beside;
    if (p->reason == ERR_OK || !is_card_holder(out)) return;
    bank_fault(out->card.bank, p->reason, &out->reason);
    out->reason.taken = out->taken;
}

/* At most AT_ONCE of them. */
static void read_some(struct db *db, struct person_id person, struct card *card, struct bill *bills,
                      size_t count) {
    struct stmt *q = db_stmt(db, &bill_sql[count == 1 ? ONE : SOME]);
    db_bind_u64(q, person.n);
    for (size_t i = 0; i < (count == 1 ? 1 : AT_ONCE); i++)
        db_bind_u64(q, i < count && !bills[i].refusal ? bills[i].payment.id.n : 0);
    while (db_row(q)) {
        uint64_t id = db_col_u64(q, 0);
        for (size_t i = 0; i < count; i++)
            if (!bills[i].refusal && bills[i].payment.id.n == id) bill_read(db, q, person, card, &bills[i]);
    }
    db_done(q);
}

size_t bill_of_payments(struct db *db, struct person_id person, struct bill *bills, size_t count) {
    struct card card = {0};
    size_t found = 0;
    for (size_t at = 0; at < count; at += AT_ONCE)
        read_some(db, person, &card, bills + at, count - at < AT_ONCE ? count - at : AT_ONCE);
    for (size_t i = 0; i < count; i++)
        if (bills[i].payment.kind && found++ != i) bills[found - 1] = bills[i];
    return found;
}

bool bill_of_payment(struct db *db, struct payment_id id, struct person_id person, struct bill *out) {
    *out = (struct bill){.payment.id = id};
    return bill_of_payments(db, person, out, 1) == 1;
}

void bill_of_purchase(const struct payment *payment, const char *shop, struct bill *out) {
    *out = (struct bill){.payment = *payment, .side = BILL_OUT, .party = PARTY_MERCHANT};
    out->taken = taken_of(out);
    snprintf(out->party_name, sizeof out->party_name, "%s", shop);
}

void bill_refused_payment(const struct refusal *refusal, struct payment *out) {
    *out = (struct payment){
        .kind = refusal->kind,
        .payer = refusal->person,
        .payee = refusal->payee,
        .merchant = refusal->merchant,
        .card = refusal->card,
        .amount = refusal->amount,
        .state = PAYMENT_REFUSED,
        .reason = refusal->fault.code,
        .created_ms = refusal->at_ms,
        .updated_ms = refusal->at_ms,
    };
}

void bill_of_refusal(struct db *db, const struct keys *keys, const struct refusal *refusal, struct bill *out) {
    char name[PARTY_NAME_BYTES] = "", shop[MERCHANT_NAME_BYTES] = "";
    struct person person;
    struct merchant merchant;
    uint64_t id;
    *out = (struct bill){.refusal = refusal->id, .reason = refusal->fault, .taken = TAKEN_NO};
    bill_refused_payment(refusal, &out->payment);
    out->side = bill_side_of(&out->payment, refusal->person);
    bool own = is_card_holder(out) && refusal->card.n && card_find(db, refusal->card, &out->card) &&
               out->card.person.n == refusal->person.n;
    if (!own) out->card = (struct card){0}; /* none, or somebody else's was asked for */
    enum bill_party party = bill_party_of(&out->payment, out->side, &id);
    if (party == PARTY_PERSON && id && person_find(db, keys, (struct person_id){id}, &person))
        bill_person_name(person.nickname, person.name_masked, name);
    if (party == PARTY_MERCHANT && id && merchant_find(db, (struct merchant_id){id}, &merchant))
        merchant_name_at(db, &merchant, refusal->at_ms, shop);
    name_party(out, name, shop);
}

enum err bill_payment(struct view *view, const struct actor *actor, struct payment_id id, struct fault *fault,
                      struct bill *out) {
    struct bill bill;
    bool own = bill_of_payment(view->db, id, actor->person, &bill) &&
               (bill.payment.payer.n == actor->person.n || bill.payment.payee.n == actor->person.n);
    if (!own) return fault_set(fault, ERR_NOT_FOUND);
    *out = bill;
    return ERR_OK;
}

enum err bill_refusal(struct view *view, const struct actor *actor, uint64_t id, struct fault *fault,
                      struct bill *out) {
    struct refusal refusal;
    if (!refusal_find(view->db, id, &refusal) || refusal.person.n != actor->person.n)
        return fault_set(fault, ERR_NOT_FOUND);
    bill_of_refusal(view->db, view->keys, &refusal, out);
    return ERR_OK;
}

/* --- the list --- */

/* The entries of an account that begin bills, newest first, a chunk of the chain at a time. */
enum { CHUNK = 32 };
struct openings {
    struct view *view;
    struct account_no account;
    struct entry entries[CHUNK];
    size_t at, count;
    uint64_t behind; /* the last entry that was looked at; 0: none yet */
    int left;        /* how many may still be looked at */
    bool ended;      /* the chain is at its end */
};

/* The next one, which stays until it is taken; NULL: none, or enough was looked at. */
static const struct entry *openings_peek(struct openings *o) {
    for (;;) {
        for (; o->at < o->count; o->at++) {
            if (o->entries[o->at].role == ROLE_OPENS) return &o->entries[o->at];
            o->behind = o->entries[o->at].no;
        }
        if (o->ended || o->left <= 0) return NULL;
        o->at = 0;
        o->count = ledger_recall(o->view->ledger, o->view->db, o->account, (struct entry_no){o->behind},
                                 o->entries, CHUNK);
        o->left -= CHUNK;
        o->ended = o->count < CHUNK;
    }
}

static void openings_take(struct openings *o) {
    o->behind = o->entries[o->at++].no;
}

static bool refusal_is_newer(const struct refusal *refusal, const struct entry *opening) {
    return !opening || refusal->entry.n >= opening->no;
}

size_t bill_list(struct view *view, const struct actor *actor, struct bill_position *position,
                 struct bill *out, size_t max, bool *more) {
    struct refusal refusals[BILLS_MAX];
    struct openings openings = {.view = view,
                                .account = actor->account,
                                .behind = position->entry,
                                .left = (int)(4 * max) + CHUNK};
    if (max > BILLS_MAX) max = BILLS_MAX;
    size_t refused = refusal_list(view->db, actor->person, position->refusal, refusals, max), used = 0;
    size_t count = 0;
    while (count < max) {
        const struct entry *opening = openings_peek(&openings);
        if (!opening && !openings.ended)
            break; /* what is older may still hold openings newer than a refusal */
        if (used < refused && refusal_is_newer(&refusals[used], opening)) {
            bill_of_refusal(view->db, view->keys, &refusals[used], &out[count++]);
            position->refusal = refusals[used++].id;
            continue;
        }
        if (!opening) break;
        if (opening->payment) out[count++] = (struct bill){.payment.id = {opening->payment}};
        openings_take(&openings);
    }
    bool entries_left = !openings.ended || openings_peek(&openings) != NULL;
    *more = entries_left || used < refused || refused == max;
    /* A page of refusals only has not looked at the chain: hold its newest entry fast, so that the next page does not begin above. */
    if (openings.behind == 0 && openings.count > 0) openings.behind = openings.entries[0].no + 1;
    position->entry = openings.behind;
    /* A page without refusals: those to come belong above it, and ids rise over payments and refusals alike. */
    if (position->refusal == 0 && count > 0) position->refusal = out[0].payment.id.n;
    return bill_of_payments(view->db, actor->person, out, count);
}
