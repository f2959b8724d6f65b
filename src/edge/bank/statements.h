/* SPDX-License-Identifier: Apache-2.0 */
/* statements: brings each bank's statement of each day that is over, keeps it (wallet/reconcile.h) and holds it against our orders.
 *
 * A thread looks once a minute and whenever it is asked; a bank that does not answer is asked again the next time. What does not match is
 * an error in the log and a figure, until it is put right. */
#ifndef EDGE_BANK_STATEMENTS_H
#define EDGE_BANK_STATEMENTS_H

#include "edge/bank/exchange.h"
#include "kit/db/writer.h"
#include "ledger/ledger.h"
#include "wallet/reconcile.h"

struct statements_config {
    struct writer *writer;
    struct db_config store;
    struct ledger *ledger;
    const struct keys *keys;
    const struct bank_line *line;
};
struct statements;
enum err statements_start(const struct statements_config *config, struct statements **out);
void statements_stop(struct statements *statements);

/* Brings what is due now; any thread, blocks. The days that were kept, and whether some bank did not answer. tell (NULL: nobody): days of a bank,
 * done and due. */
struct statements_brought {
    int days;
    bool silent;
};
struct statements_brought statements_bring(struct statements *statements,
                                           void (*tell)(void *arg, uint64_t done, uint64_t all), void *arg);

/* The ledger's settlement account of a bank against our orders, at one moment; NULL-safe. False: they differ. */
bool statements_ledger_agrees(struct db *db, struct ledger *ledger, int bank, int64_t *ledger_fen,
                              int64_t *orders_fen);

int64_t statements_differences(const struct statements *statements); /* of the last seven days; any thread; NULL: 0 */

#endif
