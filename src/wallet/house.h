/* SPDX-License-Identifier: Apache-2.0 */
/* house: the wallet's own accounts in the ledger, one a kind of the chart: what it earns (CHART_FEES), what it cannot place
 * (CHART_SUSPENSE). Opened when first asked for, found by kind ever after. */
#ifndef WALLET_HOUSE_H
#define WALLET_HOUSE_H

#include "base/id.h"
#include "ledger/chart.h"
#include "wallet/tx.h"

struct account_no house_account(struct tx *tx, uint16_t code);

#endif
