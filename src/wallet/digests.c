/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/digests.h"

#include "wallet/audit_log.h"
#include "wallet/case.h"
#include "wallet/freeze.h"
#include "wallet/payment.h"
#include "wallet/refund.h"
#include "wallet/refusal.h"
#include "wallet/settlement.h"
#include "wallet/withdrawal.h"

void digests_register(struct ledger *ledger) {
    payment_register_digests(ledger);
    audit_log_register_digests(ledger);
    freeze_register_digests(ledger);
    refusal_register_digests(ledger);
    withdrawal_register_digests(ledger);
    refund_register_digests(ledger);
    settlement_register_digests(ledger);
    case_register_digests(ledger);
}
