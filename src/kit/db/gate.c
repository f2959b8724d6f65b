/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/db/gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "kit/db/db.h"

static struct gate *gates;
static pthread_mutex_t gates_lock = PTHREAD_MUTEX_INITIALIZER;

struct gate *gate_take(const char *store) {
    pthread_mutex_lock(&gates_lock);
    struct gate *gate = gates;
    while (gate && strcmp(gate->store, store) != 0) gate = gate->next;
    if (!gate) {
        gate = calloc(1, sizeof *gate);
        char *name = strdup(store);
        if (!gate || !name) log_fatal("db: no memory");
        gate->store = name;
        gate->next = gates;
        thread_condition_init(&gate->opened);
        thread_condition_init(&gate->arrived);
        gates = gate;
    }
    gate->users++;
    pthread_mutex_unlock(&gates_lock);
    return gate;
}

void gate_give(struct gate *gate) {
    pthread_mutex_lock(&gates_lock);
    if (--gate->users == 0) {
        struct gate **at = &gates;
        while (*at != gate) at = &(*at)->next;
        *at = gate->next;
        pthread_cond_destroy(&gate->opened);
        pthread_cond_destroy(&gate->arrived);
        free(gate->store);
        free(gate);
    }
    pthread_mutex_unlock(&gates_lock);
}

void gate_set(struct gate *gate, bool closed) {
    if (atomic_load(&gate->closed) == closed) return;
    pthread_mutex_lock(&gates_lock);
    atomic_store(&gate->closed, closed);
    pthread_cond_broadcast(&gate->opened);
    pthread_mutex_unlock(&gates_lock);
}

bool gate_pass(struct gate *gate) {
    if (!atomic_load_explicit(&gate->closed, memory_order_acquire)) return true;
    int64_t until_ms = clock_mono_ms() + DB_WAIT_MS;
    pthread_mutex_lock(&gates_lock);
    while (atomic_load(&gate->closed) && thread_wait_until(&gate->opened, &gates_lock, until_ms)) {}
    bool open = !atomic_load(&gate->closed);
    pthread_mutex_unlock(&gates_lock);
    return open;
}

void gate_begun(struct gate *gate) {
    atomic_fetch_add(&gate->begun, 1);
}

void gate_synced(struct gate *gate) {
    pthread_mutex_lock(&gates_lock);
    atomic_store(&gate->synced, atomic_load(&gate->begun));
    pthread_cond_broadcast(&gate->arrived);
    pthread_mutex_unlock(&gates_lock);
}

/* Without a limit: a disk that does not answer keeps everybody, as it keeps the writer. */
void gate_wait(struct gate *gate) {
    uint64_t begun = atomic_load(&gate->begun);
    if (atomic_load(&gate->synced) >= begun) return;
    pthread_mutex_lock(&gates_lock);
    while (atomic_load(&gate->synced) < begun) pthread_cond_wait(&gate->arrived, &gates_lock);
    pthread_mutex_unlock(&gates_lock);
}
