/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/pendings.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"

enum { ROOM_MIN = 1024 };

struct due {
    int64_t expires_ms;
    uint64_t no;
};

static void *memory(void *at, size_t count, size_t size) {
    void *out = reallocarray(at, count, size);
    if (!out) log_fatal("ledger: no memory for %zu pending entries", count);
    return out;
}

void pendings_init(struct pendings *pendings) {
    *pendings = (struct pendings){.room = ROOM_MIN, .heap_room = ROOM_MIN};
    pendings->table = calloc(ROOM_MIN, sizeof *pendings->table);
    pendings->heap = calloc(ROOM_MIN, sizeof *pendings->heap);
    if (!pendings->table || !pendings->heap) log_fatal("ledger: no memory for pending entries");
}

void pendings_release(struct pendings *pendings) {
    free(pendings->table);
    free(pendings->heap);
    *pendings = (struct pendings){0};
}

/* --- the table --- */

/* Entry numbers are dense, so a multiplication spreads them well (Fibonacci hashing). */
static size_t home(const struct pendings *pendings, uint64_t no) {
    return (size_t)((no * 0x9e3779b97f4a7c15u) >> 32) & (pendings->room - 1);
}

static size_t next(const struct pendings *pendings, size_t at) {
    return (at + 1) & (pendings->room - 1);
}

static size_t place(const struct pendings *pendings, uint64_t no) {
    size_t at = home(pendings, no);
    while (pendings->table[at].no != 0 && pendings->table[at].no != no) at = next(pendings, at);
    return at;
}

struct pending *pendings_find(const struct pendings *pendings, uint64_t no) {
    if (no == 0) return NULL;
    struct pending *found = &pendings->table[place(pendings, no)];
    return found->no == no ? found : NULL;
}

static void grow(struct pendings *pendings) {
    struct pendings old = *pendings;
    pendings->room *= 2;
    pendings->table = calloc(pendings->room, sizeof *pendings->table);
    if (!pendings->table) log_fatal("ledger: no memory for %zu pending entries", pendings->room);
    for (size_t i = 0; i < old.room; i++)
        if (old.table[i].no != 0) pendings->table[place(pendings, old.table[i].no)] = old.table[i];
    free(old.table);
}

void pendings_add(struct pendings *pendings, const struct pending *pending) {
    assert(pending->no != 0 && pending->state == PENDING_OPEN);
    if (pendings->count * 2 >= pendings->room) grow(pendings);
    struct pending *at = &pendings->table[place(pendings, pending->no)];
    assert(at->no == 0);
    *at = *pending;
    pendings->count++;
    pendings_wait(pendings, pending);
}

/* Closes the gap: what was pushed past it by a collision moves back. */
void pendings_remove(struct pendings *pendings, uint64_t no) {
    size_t gap = place(pendings, no);
    if (no == 0 || pendings->table[gap].no != no) return;
    for (size_t at = next(pendings, gap); pendings->table[at].no != 0; at = next(pendings, at)) {
        size_t wanted = home(pendings, pendings->table[at].no);
        bool stays = gap <= at ? (gap < wanted && wanted <= at) : (gap < wanted || wanted <= at);
        if (stays) continue;
        pendings->table[gap] = pendings->table[at];
        gap = at;
    }
    pendings->table[gap] = (struct pending){0};
    pendings->count--;
}

struct pending *pendings_each(const struct pendings *pendings, size_t *at) {
    while (*at < pendings->room) {
        struct pending *pending = &pendings->table[(*at)++];
        if (pending->no != 0) return pending;
    }
    return NULL;
}

/* --- the heap --- */

static bool sooner(struct due a, struct due b) {
    return a.expires_ms != b.expires_ms ? a.expires_ms < b.expires_ms : a.no < b.no;
}

static void sink(struct pendings *pendings, size_t at) {
    struct due *heap = pendings->heap, row = heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= pendings->heap_count) break;
        if (child + 1 < pendings->heap_count && sooner(heap[child + 1], heap[child])) child++;
        if (!sooner(heap[child], row)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = row;
}

void pendings_wait(struct pendings *pendings, const struct pending *pending) {
    if (pending->expires_ms == 0) return;
    if (pendings->heap_count == pendings->heap_room) {
        pendings->heap_room *= 2;
        pendings->heap = memory(pendings->heap, pendings->heap_room, sizeof *pendings->heap);
    }
    struct due row = {pending->expires_ms, pending->no};
    size_t at = pendings->heap_count++;
    for (; at > 0 && sooner(row, pendings->heap[(at - 1) / 2]); at = (at - 1) / 2)
        pendings->heap[at] = pendings->heap[(at - 1) / 2];
    pendings->heap[at] = row;
}

struct pending *pendings_due(struct pendings *pendings, int64_t now_ms) {
    while (pendings->heap_count > 0 && pendings->heap[0].expires_ms <= now_ms) {
        struct due row = pendings->heap[0];
        pendings->heap[0] = pendings->heap[--pendings->heap_count];
        if (pendings->heap_count > 0) sink(pendings, 0);
        struct pending *pending = pendings_find(pendings, row.no);
        if (pending && pending->state == PENDING_OPEN && pending->expires_ms == row.expires_ms)
            return pending;
    }
    return NULL;
}

void pendings_tidy(struct pendings *pendings) {
    if (pendings->heap_count <= 2 * pendings->count + ROOM_MIN) return;
    pendings->heap_count = 0;
    struct pending *pending;
    for (size_t at = 0; (pending = pendings_each(pendings, &at));) pendings_wait(pendings, pending);
}
