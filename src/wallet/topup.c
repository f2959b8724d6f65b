/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/topup.h"

#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/bank.h"
#include "wallet/card.h"
#include "wallet/freeze.h"
#include "wallet/function.h"
#include "wallet/maintenance.h"
#include "wallet/pin.h"
#include "wallet/refusal.h"
#include "wallet/sequence.h"
#include "wallet/till.h"

enum err topup_ask_bank(struct tx *tx, const struct actor *actor, const struct card *card, uint16_t code,
                        struct fault *fault, struct payment *payment) {
    struct ledger_event in = {
        .debit = bank_settlement(tx, card->bank).n,
        .credit = actor->account.n,
        .amount = (uint64_t)payment->amount.fen,
        .payment = payment->id.n,
        .asset = ASSET_CNY,
        .code = code,
        .flags = ENTRY_PENDING,
        .role = ROLE_OPENS,
    };
    if (maintenance_check_bank(tx, card->bank, fault)) return fault->code;
    till_mark(&in, payment->till);
    switch (ledger_apply(tx->ledger, &in, 1)) {
    case REASON_OK: break;
    case REASON_CREDIT_ACCOUNT_CLOSED: return fault_set(fault, ERR_PAYER_CLOSED);
    case REASON_CREDIT_ACCOUNT_FROZEN: return freeze_check_own_credit(tx, actor, fault);
    default: return fault_set(fault, ERR_ACCOUNT_FULL);
    }
    payment->entry = (struct entry_no){in.entry};
    payment->state = PAYMENT_AT_BANK;
    payment->card = card->id;
    payment_open(tx, payment);
    struct bank_order order = {
        .payment = payment->id,
        .bank = card->bank,
        .kind = BANK_DEBIT,
        .amount = payment->amount,
        .card = card->id,
        .sealed_token = {(const char *)card->sealed_token, card->sealed_size},
    };
    bank_send(tx, &order);
    return ERR_OK;
}

static enum err topup_try(struct tx *tx, const struct actor *actor, const struct topup_cmd *cmd,
                          struct fault *fault, struct payment *out) {
    struct card card;
    enum err err = card_use(tx->db, actor, cmd->card, fault, &card);
    if (err != ERR_OK) return err;
    if (card.kind != CARD_DEBIT) return fault_set(fault, ERR_TOPUP_CARD);
    if (cmd->amount.fen > tx->rules->payment_max_fen) return fault_set(fault, ERR_AMOUNT_TOO_LARGE);
    err = pin_check(tx, actor, cmd->pin, fault);
    if (err != ERR_OK) return err;
    if (actor->tier < 1) return fault_set(fault, ERR_REALNAME_NEEDED);
    *out = (struct payment){
        .id = {sequence_take(tx->sequence)},
        .kind = PAYMENT_TOPUP,
        .payee = actor->person,
        .amount = cmd->amount,
    };
    return topup_ask_bank(tx, actor, &card, MOVEMENT_TOPUP, fault, out);
}

enum err topup_begin(struct tx *tx, const struct actor *actor, const struct topup_cmd *cmd,
                     struct fault *fault, struct payment *out) {
    enum err err = function_check(tx, actor, FUNCTION_TOPUP, fault);
    if (err == ERR_OK) err = topup_try(tx, actor, cmd, fault, out);
    if (err_class(err) == CLASS_REFUSED) {
        struct refusal refusal = {.person = actor->person,
                                  .kind = PAYMENT_TOPUP,
                                  .amount = cmd->amount,
                                  .card = cmd->card,
                                  .fault = *fault};
        refusal_keep(tx, &refusal);
    }
    return err;
}
