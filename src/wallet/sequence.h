/* SPDX-License-Identifier: Apache-2.0 */
/* sequence: the rising numbers of everything the wallet makes (persons, cards, payments, refusals, …): one sequence for all, so a
 * number names one thing for ever. A writer's part: undone with its group, loaded from the newest rows at the start. */
#ifndef WALLET_SEQUENCE_H
#define WALLET_SEQUENCE_H

#include <stdint.h>

#include "kit/db/writer.h"

struct sequence {
    uint64_t next, mark, stored;
};

/* Loads the row of table `sequence` (migration 0002). */
enum err sequence_load(struct sequence *sequence, struct db *db);
uint64_t sequence_take(struct sequence *sequence);
struct writer_part sequence_part(struct sequence *sequence);

#endif
