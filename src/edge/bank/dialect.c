/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bank/dialect.h"

#include "base/log.h"

static const struct {
    int bank; /* of wallet/bank.c */
    const struct bank_dialect *dialect;
} speaks[] = {
    {1, &bank_dialect_sandbox},
    {2, &bank_dialect_sandbox},
    {3, &bank_dialect_sandbox},
};

const struct bank_dialect *bank_dialect(int bank) {
    for (size_t i = 0; i < sizeof speaks / sizeof speaks[0]; i++)
        if (speaks[i].bank == bank) return speaks[i].dialect;
    log_fatal("bank %d of wallet/bank.c has no dialect", bank);
}
