/* SPDX-License-Identifier: Apache-2.0 */
/* evidence: what we know when a person opens a case, as one JSON object: a section a room, each a row of the table in evidence.c.
 *
 * It is gathered in the transaction that opens the case, from what is committed, and kept as text: so it stays what it was, whatever
 * becomes of the rooms. No secret is in it, and no more of others than their masked names. */
#ifndef WALLET_EVIDENCE_H
#define WALLET_EVIDENCE_H

#include "base/buf.h"
#include "wallet/case.h"

enum { EVIDENCE_MAX = 96 * 1024, EVIDENCE_BILLS = 50 };

struct evidence_row {
    const char *name, *label, *label_zh;
};
/* The sections, in their order; NULL behind the last. */
const struct evidence_row *evidence_row(size_t at);

/* Into the buffer, which holds at most EVIDENCE_MAX. */
void evidence_gather(struct tx *tx, const struct actor *actor, const struct case_open_cmd *cmd,
                     struct buf *out);

#endif
