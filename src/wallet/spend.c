/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/spend.h"

#include <assert.h>

#include "ledger/ledger.h"
#include "wallet/freeze.h"
#include "wallet/limit.h"

/* There is too little, or enough but for what a freeze holds of it. */
static enum err lacking(struct tx *tx, struct account_no payer, struct money amount,
                        const struct account *account, struct fault *fault) {
    int64_t available = (int64_t)(account->credits_posted - account->debits_posted - account->debits_pending);
    int64_t lacking_fen = amount.fen - (available > 0 ? available : 0);
    enum err err = freeze_check_amount(tx, payer, lacking_fen, fault);
    if (err != ERR_OK) return err;
    fault_set(fault, ERR_INSUFFICIENT_BALANCE);
    fault->amount = lacking_fen;
    return ERR_INSUFFICIENT_BALANCE;
}

enum err spend_payee(struct tx *tx, struct account_no payee, struct money amount, struct fault *fault) {
    struct account account;
    if (!ledger_account_get(tx->ledger, payee, &account)) return fault_set(fault, ERR_PAYEE_UNKNOWN);
    if (account.flags & ACCOUNT_CLOSED) return fault_set(fault, ERR_PAYEE_CLOSED);
    if (account.flags & ACCOUNT_CREDITS_FROZEN) return freeze_check_credit(tx, payee, fault);
    uint64_t sum = account.credits_posted + account.credits_pending;
    bool full = sum > INT64_MAX || (uint64_t)amount.fen > INT64_MAX - sum;
    return full ? fault_set(fault, ERR_ACCOUNT_FULL) : ERR_OK;
}

enum err spend_foresee(struct tx *tx, struct money amount, const struct ledger_event *entry,
                       struct fault *fault) {
    struct account payer;
    if (!ledger_account_get(tx->ledger, (struct account_no){entry->debit}, &payer) ||
        payer.flags & ACCOUNT_CLOSED)
        return fault_set(fault, ERR_PAYER_CLOSED);
    if (payer.flags & ACCOUNT_DEBITS_FROZEN)
        return freeze_check_debit(tx, (struct account_no){entry->debit}, fault);
    enum err err = spend_payee(tx, (struct account_no){entry->credit}, amount, fault);
    if (err != ERR_OK) return err;
    uint64_t taken = payer.debits_posted + payer.debits_pending;
    if (payer.credits_posted < taken || payer.credits_posted - taken < (uint64_t)amount.fen)
        return lacking(tx, (struct account_no){entry->debit}, amount, &payer, fault);
    return ERR_OK;
}

enum err spend(struct tx *tx, const struct actor *actor, const struct limit_use *use,
               struct ledger_event *entry, struct fault *fault, int64_t *stamp) {
    enum err err = spend_foresee(tx, use->amount, entry, fault);
    if (err == ERR_PAYER_FROZEN) return err; /* nothing else helps while it stands */
    if (err != ERR_OK) {
        struct fault limit;
        enum err limited = limit_check(tx, actor, use, &limit);
        if (limited != ERR_OK) *fault = limit; /* the limit comes first: topping up would not help */
        return limited != ERR_OK ? limited : err;
    }
    err = limit_take(tx, actor, use, fault, stamp);
    if (err != ERR_OK) return err;
    enum ledger_reason reason = ledger_apply(tx->ledger, entry, 1);
    assert(reason == REASON_OK || db_failed(tx->db));
    return ERR_OK;
}
