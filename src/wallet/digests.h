/* SPDX-License-Identifier: Apache-2.0 */
/* digests: every room whose rows the chain of entries covers (ledger.h, "the digest"). Who opens the books to write or to audit them calls it
 * once; a room that is missing here would make each audit find rows that nothing accounts for. */
#ifndef WALLET_DIGESTS_H
#define WALLET_DIGESTS_H

struct ledger;
void digests_register(struct ledger *ledger);

#endif
