/* SPDX-License-Identifier: Apache-2.0 */
/* freeze_take: an authority takes what is held for it (扣划), of an amount that is frozen by its order (freeze.h).
 *
 * Two of the staff, each with the number of its document. The money goes to what we owe authorities (CHART_AUTHORITY), from where the
 * operator's bank pays it to the account that the order names; the person has a bill and a notice. It is one chain of entries, or nothing: what is
 * held is void, whatever else stops what leaves steps aside, the money moves, and all of it stands again. */
#ifndef WALLET_FREEZE_TAKE_H
#define WALLET_FREEZE_TAKE_H

#include "wallet/freeze.h"

struct freeze_take_cmd {
    struct freeze_id id;
    struct money amount;  /* 0: what the first asked for; of the first all that is held */
    struct text document; /* its number */
    struct text note;     /* for the audit log: the account that the order names */
};
/* Of an amount that is frozen for a court or an authority. ERR_OK with out->take_asked: another one of the staff must do the same. Whatever else
 * stands on the wallet goes on standing, and does not stop it; what is taken in full is over. ERR_WRONG_PASSPHRASE, ERR_NOT_FOUND, ERR_FREEZE_OVER,
 * ERR_FREEZE_NO_TAKING, ERR_FREEZE_DOCUMENT, ERR_FREEZE_NOTHING_HELD, ERR_BAD_AMOUNT (more than is held), ERR_FREEZE_SECOND, ERR_BAD_FIELD (note). */
enum err freeze_take(struct tx *tx, const struct staff *by, const struct freeze_take_cmd *cmd,
                     struct fault *fault, struct freeze *out);

#endif
