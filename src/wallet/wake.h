/* SPDX-License-Identifier: Apache-2.0 */
/* wake: who is to be told, once the group is committed, that something of theirs changed.
 *
 * A verb says wake_person(tx, person); whether the group commits, and when, is the writer's: as its part, the list is handed to the
 * listener (the live streams) after COMMIT and emptied by an undo. A full list drops the rest: who is not woken asks anyway.
 *
 * What concerns all (nobody is shown a figure, the server only reads) is said by the part that publishes it: wake_everybody. So this part is added
 * last: who is woken finds what the others have published. */
#ifndef WALLET_WAKE_H
#define WALLET_WAKE_H

#include "base/id.h"
#include "kit/db/writer.h"
#include "wallet/tx.h"

enum { WAKES_MAX = 4096 };

struct wakes {
    void (*listener)(void *arg, struct person_id person); /* on the writer's thread; short */
    void (*listener_all)(void *arg);                      /* the same */
    void *arg;
    bool everybody;
    int count;
    struct person_id persons[WAKES_MAX];
};

void wake_person(struct tx *tx, struct person_id person);
void wake_everybody(struct wakes *wakes); /* on the writer's thread; NULL is fine */
struct writer_part wake_part(struct wakes *wakes);

#endif
