/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/bill.h"

#include <stdio.h>
#include <string.h>

#include "ledger/ledger.h"
#include "wallet/funding.h"
#include "wallet/merchant.h"
#include "wallet/person.h"
#include "wallet/refund.h"
#include "wallet/settlement.h"
#include "wallet/withdrawal.h"

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

static bool name_person(struct db *db, const struct keys *keys, uint64_t id, struct bill *bill) {
    struct person person;
    if (id == 0 || !person_find(db, keys, (struct person_id){id}, &person)) return false;
    bill_person_name(person.nickname, person.name_masked, bill->party_name);
    return true;
}

/* As it was called then: a bill tells of its time. */
static bool name_merchant(struct db *db, uint64_t id, struct bill *bill) {
    struct merchant merchant;
    if (id == 0 || !merchant_find(db, (struct merchant_id){id}, &merchant)) return false;
    char name[MERCHANT_NAME_BYTES];
    merchant_name_at(db, &merchant, bill->payment.created_ms, name);
    snprintf(bill->party_name, sizeof bill->party_name, "%s", name);
    return true;
}

/* A top-up comes from the card's bank, a withdrawal goes to it. */
static bool name_bank(struct bill *bill) {
    const struct bank_row *bank = bank_by_no(bill->card.bank);
    if (bank) snprintf(bill->party_name, sizeof bill->party_name, "%s", bank->name_zh);
    return bank != NULL;
}

static void name_party(struct db *db, const struct keys *keys, struct bill *bill) {
    uint64_t id = 0;
    bool named = false;
    bill->party = bill_party_of(&bill->payment, bill->side, &id);
    switch (bill->party) {
    case PARTY_PERSON: named = name_person(db, keys, id, bill); break;
    case PARTY_MERCHANT: named = name_merchant(db, id, bill); break;
    case PARTY_BANK: named = name_bank(bill); break;
    case PARTY_POCKET:
        snprintf(bill->party_name, sizeof bill->party_name, "%s", POCKET_NAME_ZH);
        named = true;
        break;
    case PARTY_AUTHORITY:
        snprintf(bill->party_name, sizeof bill->party_name, "%s", AUTHORITY_NAME_ZH);
        named = true;
        break;
    case PARTY_NOBODY: break;
    }
    if (!named) bill->party = PARTY_NOBODY;
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

static void find_card(struct db *db, struct bill *bill) {
    bool found = is_card_holder(bill) && bill->payment.card.n != 0 &&
                 card_find(db, funding_asked(db, &bill->payment).card, &bill->card);
    if (!found) bill->card = (struct card){0};
}

static enum money_taken taken_of(const struct bill *bill) {
    if (bill->side == BILL_IN && bill->payment.kind != PAYMENT_TOPUP) return TAKEN_NO;
    return payment_taken(bill->payment.kind, bill->payment.state);
}

void bill_of_payment(struct db *db, const struct keys *keys, const struct payment *payment,
                     struct person_id person, struct bill *out) {
    *out = (struct bill){.payment = *payment};
    out->side = bill_side_of(payment, person);
    out->taken = taken_of(out);
    out->fee = withdrawal_fee_of(db, payment);
    find_card(db, out);
    name_party(db, keys, out);
    struct settlement settlement;
    if (payment->kind == PAYMENT_SETTLEMENT && settlement_find(db, payment->id, &settlement))
        out->fee = settlement.fee;
    if (payment->kind == PAYMENT_PURCHASE) out->refunded = refund_sum(db, payment->id);
    if (payment->kind == PAYMENT_REFUND) out->refund_of = refund_purchase(db, payment->id);
    if (payment->reason == ERR_OK || !is_card_holder(out)) return;
    bank_fault(out->card.bank, payment->reason, &out->reason);
    out->reason.taken = out->taken;
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
    *out = (struct bill){.refusal = refusal->id, .reason = refusal->fault, .taken = TAKEN_NO};
    bill_refused_payment(refusal, &out->payment);
    out->side = bill_side_of(&out->payment, refusal->person);
    find_card(db, out);
    if (out->card.person.n != refusal->person.n) out->card = (struct card){0}; /* asked for somebody else's */
    name_party(db, keys, out);
}

enum err bill_payment(struct view *view, const struct actor *actor, struct payment_id id, struct fault *fault,
                      struct bill *out) {
    struct payment payment;
    bool own = payment_find(view->db, id, &payment) &&
               (payment.payer.n == actor->person.n || payment.payee.n == actor->person.n);
    if (!own) return fault_set(fault, ERR_NOT_FOUND);
    bill_of_payment(view->db, view->keys, &payment, actor->person, out);
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
        o->count = ledger_history(o->view->ledger, o->view->db, o->account, (struct entry_no){o->behind},
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
        struct payment payment;
        if (payment_find(view->db, (struct payment_id){opening->payment}, &payment))
            bill_of_payment(view->db, view->keys, &payment, actor->person, &out[count++]);
        openings_take(&openings);
    }
    bool entries_left = !openings.ended || openings_peek(&openings) != NULL;
    *more = entries_left || used < refused || refused == max;
    /* A page of refusals only has not looked at the chain: hold its newest entry fast, so that the next page does not begin above. */
    if (openings.behind == 0 && openings.count > 0) openings.behind = openings.entries[0].no + 1;
    position->entry = openings.behind;
    /* A page without refusals: those to come belong above it, and ids rise over payments and refusals alike. */
    if (position->refusal == 0 && count > 0) position->refusal = out[0].payment.id.n;
    return count;
}
