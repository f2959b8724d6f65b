/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { BLOCK_MIN = 8192, ALIGN = 16 };

struct arena_block {
    struct arena_block *next;
    size_t size, used;
    _Alignas(ALIGN) unsigned char bytes[];
};

void arena_init(struct arena *arena, size_t cap) {
    *arena = (struct arena){.cap = cap};
}

void arena_clear(struct arena *arena) {
    struct arena_block *keep = arena->block;
    while (keep && keep->next) {
        struct arena_block *next = keep->next;
        free(keep);
        keep = next;
    }
    if (keep) keep->used = 0;
    arena->block = keep;
    arena->used = 0;
}

void arena_release(struct arena *arena) {
    arena_clear(arena);
    free(arena->block);
    arena->block = NULL;
}

void *arena_alloc(struct arena *arena, size_t size) {
    if (size > arena->cap - arena->used)
        log_fatal("arena: %zu bytes more than the cap of %zu", size, arena->cap);
    size_t padded = (size + ALIGN - 1) / ALIGN * ALIGN;
    struct arena_block *block = arena->block;
    if (!block || block->size - block->used < padded) {
        size_t room = padded > BLOCK_MIN ? padded : BLOCK_MIN;
        block = malloc(sizeof *block + room);
        if (!block) log_fatal("arena: no memory for %zu bytes", room);
        *block = (struct arena_block){.next = arena->block, .size = room};
        arena->block = block;
    }
    void *out = block->bytes + block->used;
    block->used += padded;
    arena->used += size;
    return memset(out, 0, padded);
}

char *arena_copy(struct arena *arena, const char *from, size_t size) {
    char *out = arena_alloc(arena, size + 1);
    if (size > 0) memcpy(out, from, size);
    return out;
}

char *arena_format(struct arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *out = arena_alloc(arena, size < 0 ? 1 : (size_t)size + 1);
    if (size > 0) vsnprintf(out, (size_t)size + 1, format, again);
    va_end(again);
    return out;
}
