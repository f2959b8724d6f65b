/* SPDX-License-Identifier: Apache-2.0 */
/* arena: memory that lives as long as one request.
 *
 * Allocation never returns NULL: an arena that would grow over its cap, or a machine without memory, ends the process with a
 * message, so choose the cap from the largest input that the edge accepts. Everything is freed at once by arena_release. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *block; /* newest first */
    size_t used, cap;          /* bytes handed out; the most that may be */
};

void arena_init(struct arena *arena, size_t cap);
void arena_clear(struct arena *arena); /* empty again, ready for use; keeps the first block */
void arena_release(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);                  /* zeroed, aligned for any type */
char *arena_copy(struct arena *arena, const char *from, size_t size); /* a copy with a NUL behind it */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
