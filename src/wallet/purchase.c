/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/purchase.h"

#include <assert.h>

#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/bank.h"
#include "wallet/card.h"
#include "wallet/freeze.h"
#include "wallet/function.h"
#include "wallet/funding.h"
#include "wallet/limit.h"
#include "wallet/maintenance.h"
#include "wallet/merchant.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/realname.h"
#include "wallet/refusal.h"
#include "wallet/risk.h"
#include "wallet/sequence.h"
#include "wallet/spend.h"
#include "wallet/till.h"
#include "wallet/topup.h"
#include "wallet/wake.h"

/* Whom the code names, and whether this amount may be paid to them. */
struct target {
    struct merchant merchant;
    struct order order; /* id 0: a static code, of the shop or of a till */
    struct till_id till;
};

static enum err find_target(struct tx *tx, const struct actor *actor, const struct purchase_cmd *cmd,
                            struct fault *fault, struct target *out) {
    *out = (struct target){0};
    struct merchant_id merchant = {cmd->payee.id};
    if (cmd->payee.kind == PAYEE_PERSON) return fault_set(fault, ERR_PAYEE_UNKNOWN);
    if (cmd->payee.kind == PAYEE_ORDER) {
        if (!order_find(tx->db, (struct order_id){cmd->payee.id}, tx->now_ms, &out->order))
            return fault_set(fault, ERR_PAYEE_UNKNOWN);
        merchant = out->order.merchant;
        out->till = out->order.till;
    }
    if (cmd->payee.kind == PAYEE_TILL) {
        struct till till;
        if (!till_find(tx->db, (struct till_id){cmd->payee.id}, &till))
            return fault_set(fault, ERR_PAYEE_UNKNOWN);
        merchant = till.merchant;
        out->till = till.id;
    }
    if (!merchant_find(tx->db, merchant, &out->merchant)) return fault_set(fault, ERR_PAYEE_UNKNOWN);
    if (out->order.id.n) {
        enum err err = order_payable(&out->order, cmd->amount, fault);
        if (err != ERR_OK) return err;
    }
    if (out->merchant.owner.n == actor->person.n) return fault_set(fault, ERR_PAYEE_IS_PAYER);
    if (cmd->amount.fen > tx->rules->payment_max_fen) return fault_set(fault, ERR_AMOUNT_TOO_LARGE);
    return ERR_OK;
}

/* How it was verified, for the limits. */
static struct limit_use limit_use_of(const struct purchase_cmd *cmd, const struct target *target) {
    return (struct limit_use){.amount = cmd->amount,
                              .strength = cmd->without_pin ? STRENGTH_FREE : STRENGTH_PIN,
                              .static_code = target->order.id.n == 0 && !cmd->by_paycode};
}

static enum err from_balance(struct tx *tx, const struct actor *actor, const struct target *target,
                             const struct limit_use *use, struct fault *fault, struct payment *payment) {
    struct ledger_event entry = {
        .debit = actor->account.n,
        .credit = target->merchant.account.n,
        .amount = (uint64_t)payment->amount.fen,
        .payment = payment->id.n,
        .asset = ASSET_CNY,
        .code = MOVEMENT_PURCHASE,
        .role = ROLE_OPENS,
    };
    till_mark(&entry, payment->till);
    enum err err = spend(tx, actor, use, &entry, fault, &payment->period);
    if (err != ERR_OK) return err;
    /* from here it must succeed */
    payment->entry = (struct entry_no){entry.entry};
    payment->state = PAYMENT_DONE;
    payment_open(tx, payment);
    bool claimed = target->order.id.n == 0 || order_claim(tx, target->order.id, payment->id, ORDER_PAID);
    assert(claimed || db_failed(tx->db));
    return ERR_OK;
}

static enum err by_card(struct tx *tx, const struct actor *actor, const struct target *target,
                        const struct card *card, struct fault *fault, struct payment *payment) {
    if (realname_stands(actor, tx->now_ms, fault) != ERR_OK) return fault->code;
    if (freeze_check_debit(tx, actor->account, fault))
        return fault->code; /* a card's money goes through the balance */
    if (freeze_check_own_credit(tx, actor, fault)) return fault->code;
    enum err err = spend_payee(tx, target->merchant.account, payment->amount, fault);
    if (err != ERR_OK) return err;
    err = topup_ask_bank(tx, actor, card, MOVEMENT_PURCHASE_CARD_IN, fault, payment);
    if (err != ERR_OK) return err;
    bool claimed = target->order.id.n == 0 || order_claim(tx, target->order.id, payment->id, ORDER_PAYING);
    assert(claimed || db_failed(tx->db));
    return ERR_OK;
}

/* The payer's cards whose bank does not rest, in their order. */
static size_t open_cards(struct tx *tx, struct person_id payer, struct card out[FUNDING_CARDS_MAX]) {
    struct fault none;
    size_t count = card_list(tx->db, payer, out, FUNDING_CARDS_MAX), open = 0;
    for (size_t i = 0; i < count; i++)
        if (maintenance_check_bank(tx, out[i].bank, &none) == ERR_OK) out[open++] = out[i];
    return open;
}

/* The balance, then the first card; the others when its bank declines (purchase_ask_next). What is told when no card is there is why the
 * balance did not do. */
static enum err from_any(struct tx *tx, const struct actor *actor, const struct target *target,
                         const struct purchase_cmd *cmd, struct fault *fault, struct payment *payment) {
    const struct limit_use use = limit_use_of(cmd, target);
    struct card cards[FUNDING_CARDS_MAX];
    enum err err = from_balance(tx, actor, target, &use, fault, payment);
    if (err == ERR_OK || !funding_falls_through(err)) return err;
    size_t count = open_cards(tx, actor->person, cards);
    const struct card *card = funding_next(cards, count, NULL, 0);
    if (!card) return err;

    struct fault card_fault;
    enum err short_of = err;
    err = by_card(tx, actor, target, card, &card_fault, payment);
    if (err != ERR_OK) {
        *fault = card_fault;
        return err;
    }
    funding_note(tx, payment->id, &(struct funding_row){.what = FUNDING_SHORT, .reason = short_of});
    funding_note(tx, payment->id,
                 &(struct funding_row){.card = card->id, .what = FUNDING_ASKED, .entry = payment->entry});
    return ERR_OK;
}

bool purchase_ask_next(struct tx *tx, struct payment *p, enum err refusal) {
    struct funding_row rows[FUNDING_ROWS_MAX];
    struct card cards[FUNDING_CARDS_MAX];
    struct person payer;
    struct account account;
    size_t rows_count = funding_rows(tx->db, p->id, rows);
    if (rows_count == 0) return false; /* the payer chose this card */
    size_t count = open_cards(tx, p->payer, cards);
    const struct card *card = funding_next(cards, count, rows, rows_count);
    if (!card || !person_find(tx->db, tx->keys, p->payer, &payer)) return false;
    if (!ledger_account_get(tx->ledger, payer.account, &account) ||
        account.flags & (ACCOUNT_CLOSED | ACCOUNT_DEBITS_FROZEN | ACCOUNT_CREDITS_FROZEN))
        return false;

    /* From here it must succeed. */
    struct funding_asked before = funding_asked(tx->db, p);
    struct ledger_event events[2] = {
        {.pending = before.entry.n, .payment = p->id.n, .flags = ENTRY_VOID | ENTRY_LINKED, .role = ROLE_INNER},
        {.debit = bank_settlement(tx, card->bank).n,
         .credit = payer.account.n,
         .amount = (uint64_t)p->amount.fen,
         .payment = p->id.n,
         .asset = ASSET_CNY,
         .code = MOVEMENT_PURCHASE_CARD_IN,
         .flags = ENTRY_PENDING,
         .role = ROLE_INNER},
    };
    enum ledger_reason reason = ledger_apply(tx->ledger, events, 2);
    assert(reason == REASON_OK || db_failed(tx->db));
    funding_note(tx, p->id,
                 &(struct funding_row){.card = before.card, .what = FUNDING_DECLINED, .reason = refusal});
    funding_note(tx, p->id,
                 &(struct funding_row){.card = card->id, .what = FUNDING_ASKED, .entry = {events[1].entry}});
    const struct bank_order order = {
        .payment = p->id,
        .bank = card->bank,
        .kind = BANK_DEBIT,
        .amount = p->amount,
        .card = card->id,
        .sealed_token = {(const char *)card->sealed_token, card->sealed_size},
    };
    bank_send(tx, &order);
    wake_person(tx, p->payer);
    return true;
}

static enum err purchase_try(struct tx *tx, const struct actor *actor, const struct purchase_cmd *cmd,
                             const struct target *target, struct fault *fault, struct payment *out) {
    struct card card;
    enum err err = cmd->by_card ? card_use(tx->db, actor, cmd->card, fault, &card) : ERR_OK;
    if (err == ERR_OK && !cmd->without_pin) err = pin_check(tx, actor, cmd->pin, fault);
    if (err != ERR_OK) return err;
    *out = (struct payment){
        .id = {sequence_take(tx->sequence)},
        .kind = PAYMENT_PURCHASE,
        .payer = actor->person,
        .payee = target->merchant.owner,
        .merchant = target->merchant.id,
        .order = target->order.id,
        .till = target->till,
        .amount = cmd->amount,
    };
    struct text note = cmd->note.n > 0 ? cmd->note : text_of(target->order.note);
    text_keep(note, out->note, sizeof out->note);
    const struct limit_use use = limit_use_of(cmd, target);
    if (cmd->any_source) return from_any(tx, actor, target, cmd, fault, out);
    return cmd->by_card ? by_card(tx, actor, target, &card, fault, out)
                        : from_balance(tx, actor, target, &use, fault, out);
}

enum err purchase_pay(struct tx *tx, const struct actor *actor, const struct purchase_cmd *cmd,
                      struct fault *fault, struct payment *out, struct merchant *shop) {
    struct target target;
    enum err err = find_target(tx, actor, cmd, fault, &target);
    if (err == ERR_OK)
        err = function_check(tx, actor, cmd->by_paycode ? FUNCTION_PAYCODE : FUNCTION_PURCHASE, fault);
    if (err == ERR_OK) err = purchase_try(tx, actor, cmd, &target, fault, out);
    if (err_class(err) == CLASS_REFUSED) {
        struct refusal refusal = {
            .person = actor->person,
            .kind = PAYMENT_PURCHASE,
            .amount = cmd->amount,
            .payee = target.merchant.owner,
            .merchant = target.merchant.id,
            .card = cmd->by_card ? cmd->card : (struct card_id){0},
            .fault = *fault,
        };
        refusal_keep(tx, &refusal);
    }
    if (err == ERR_OK) *shop = target.merchant;
    if (err == ERR_OK && out->card.n == 0) risk_left(tx, actor, cmd->amount);
    return err;
}
