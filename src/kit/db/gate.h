/* SPDX-License-Identifier: Apache-2.0 */
/* gate: what the connections of one SQLite store tell each other in this process.
 *
 * Whether the log is above its bound: then readers leave, and none comes.
 *
 * Which commits are on the disk. While the newest one is still on its way there, readers may already see it; they end their reading only when
 * it has arrived, so that nobody is told what a power cut could take back. */
#ifndef KIT_DB_GATE_H
#define KIT_DB_GATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct gate {
    struct gate *next;
    char *store;
    int users;
    _Atomic bool closed; /* readers look at it without the lock */
    pthread_cond_t opened;
    _Atomic uint64_t begun, synced; /* commits; of these, on the disk */
    pthread_cond_t arrived;
};

struct gate *gate_take(const char *store);
void gate_give(struct gate *gate);

void gate_set(struct gate *gate, bool closed);
bool gate_pass(struct gate *gate); /* waits for at most DB_WAIT_MS; false: still closed */

void gate_begun(struct gate *gate);  /* before a commit can be seen; one at a time */
void gate_synced(struct gate *gate); /* it is on the disk, or was none */
static inline bool gate_is_synced(const struct gate *gate) {
    return atomic_load(&gate->synced) == atomic_load(&gate->begun);
}
void gate_wait(struct gate *gate); /* for all that has begun by now */

#endif
