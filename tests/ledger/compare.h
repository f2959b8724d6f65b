/* SPDX-License-Identifier: Apache-2.0 */
/* compare: the ledger and the model side by side; a difference fails the cmocka test that runs. */
#ifndef TESTS_LEDGER_COMPARE_H
#define TESTS_LEDGER_COMPARE_H

#include "model.h"
#include "world.h"

/* One event's outcome. */
void compare_event(const struct ledger_event *ledger, const struct ledger_event *model);
/* One account, as the writer sees it, and as others do once the group is committed. */
void compare_account(struct world *world, const struct model *model, uint64_t no, bool committed);
void compare_accounts(struct world *world, const struct model *model, bool committed);
/* The account's chain holds exactly the model's entries that name it, newest first. */
void compare_history(struct world *world, const struct model *model, uint64_t no);
void compare_audit(struct world *world, const struct model *model);

#endif
