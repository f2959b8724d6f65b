/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/db/pages.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { PIECE_FIRST = 32, PIECE_FIRST_OF_LIST = 2, TABLE_FIRST = 64, LINE = 64, HUGE_PAGE = 2 << 20 };

struct page {
    sqlite3_pcache_page base; /* first: what SQLite is given */
    struct page *next_free;
    unsigned key, at; /* the page's number; where it stands in `all` */
    bool pinned, recent;
};

/* Pages, then what belongs to each: a struct page and SQLite's own bytes. */
struct piece {
    unsigned char *bytes;
    size_t size;
};

struct place {
    unsigned key, at; /* key 0: free. at: in `all` */
};

/* One connection's, used by one thread at a time. */
struct cache {
    size_t page_size, stride; /* stride: of what belongs to a page */
    bool purgeable;
    unsigned max;
    struct place *table; /* open addressing, never more than half full */
    unsigned table_size, bits;
    struct page **all; /* every page that has memory, in use or free */
    unsigned all_count, all_room, hand;
    struct page *free;
    unsigned count, pinned; /* of pages in use */
    unsigned highest,
        second; /* no page in use has a number above the first, and none but one above the second */
    struct piece *pieces;
    unsigned pieces_count;
};

static struct cache *of(sqlite3_pcache *cache) {
    return (struct cache *)(void *)cache;
}

/* --- the table --- */

static unsigned home(const struct cache *cache, unsigned key) {
    return (key * 0x9e3779b1u) >> (32 - cache->bits);
}

static unsigned next(const struct cache *cache, unsigned at) {
    return (at + 1) & (cache->table_size - 1);
}

static unsigned place_of(const struct cache *cache, unsigned key) {
    unsigned at = home(cache, key);
    while (cache->table[at].key != 0 && cache->table[at].key != key) at = next(cache, at);
    return at;
}

static struct page *find(const struct cache *cache, unsigned key) {
    const struct place *place = &cache->table[place_of(cache, key)];
    return place->key == key ? cache->all[place->at] : NULL;
}

static void note_key(struct cache *cache, unsigned key) {
    if (key > cache->highest) {
        cache->second = cache->highest;
        cache->highest = key;
    } else if (key != cache->highest && key > cache->second) {
        cache->second = key;
    }
}

static void table_add(struct cache *cache, struct page *page, unsigned key) {
    page->key = key;
    cache->table[place_of(cache, key)] = (struct place){key, page->at};
    note_key(cache, key);
}

/* Closes the gap: what was pushed past it by a collision moves back. */
static void table_remove(struct cache *cache, unsigned key) {
    unsigned gap = place_of(cache, key);
    for (unsigned at = next(cache, gap); cache->table[at].key != 0; at = next(cache, at)) {
        unsigned wanted = home(cache, cache->table[at].key);
        bool stays = gap <= at ? (gap < wanted && wanted <= at) : (gap < wanted || wanted <= at);
        if (stays) continue;
        cache->table[gap] = cache->table[at];
        gap = at;
    }
    cache->table[gap] = (struct place){0, 0};
    if (key == cache->highest) cache->highest = cache->second;
}

static bool table_grow(struct cache *cache) {
    struct place *old = cache->table, *table = calloc((size_t)cache->table_size * 2, sizeof *table);
    unsigned old_size = cache->table_size;
    if (!table) return false;
    cache->table = table;
    cache->table_size *= 2;
    cache->bits++;
    for (unsigned i = 0; i < old_size; i++)
        if (old[i].key != 0) cache->table[place_of(cache, old[i].key)] = old[i];
    free(old);
    return true;
}

/* --- memory --- */

/* Large pieces begin where a large page of the system's does. Small ones are common memory: SQLite makes a cache for each list and each sort of a
 * statement as well, and to map and unmap it cost more than what was done in it. */
static unsigned char *piece_take(size_t size) {
    if (size != HUGE_PAGE) return malloc(size);
    size_t asked = (size_t)2 * HUGE_PAGE;
    unsigned char *bytes = mmap(NULL, asked, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) return NULL;
    size_t before = (size_t)(-(uintptr_t)bytes & (HUGE_PAGE - 1));
    if (before > 0) munmap(bytes, before);
    munmap(bytes + before + HUGE_PAGE, asked - before - HUGE_PAGE);
    madvise(bytes + before, HUGE_PAGE, MADV_HUGEPAGE); /* a refusal costs only speed */
    return bytes + before;
}

static void piece_give(const struct piece *piece) {
    if (piece->size == HUGE_PAGE) munmap(piece->bytes, piece->size);
    else free(piece->bytes);
}

static bool more_pages(struct cache *cache) {
    size_t each = cache->page_size + cache->stride, most = HUGE_PAGE / each;
    size_t first = cache->purgeable ? PIECE_FIRST : PIECE_FIRST_OF_LIST;
    size_t count = cache->all_count < first ? first : cache->all_count;
    if (count > most / 2) count = most;
    size_t size = count == most ? HUGE_PAGE : count * each;
    struct piece *pieces = reallocarray(cache->pieces, cache->pieces_count + 1, sizeof *pieces);
    if (!pieces) return false;
    cache->pieces = pieces;
    if (cache->all_count + count > cache->all_room) {
        size_t room = 2 * (cache->all_count + count);
        struct page **all = reallocarray(cache->all, room, sizeof(struct page *));
        if (!all) return false;
        cache->all = all;
        cache->all_room = (unsigned)room;
    }
    unsigned char *bytes = piece_take(size);
    if (!bytes) return false;
    cache->pieces[cache->pieces_count++] = (struct piece){bytes, size};
    for (size_t i = count; i-- > 0;) {
        struct page *page = (struct page *)(void *)(bytes + count * cache->page_size + i * cache->stride);
        *page = (struct page){.base = {bytes + i * cache->page_size, page + 1},
                              .at = cache->all_count + (unsigned)i,
                              .next_free = cache->free};
        cache->all[page->at] = page;
        cache->free = page;
    }
    cache->all_count += (unsigned)count;
    return true;
}

static void drop(struct cache *cache, struct page *page) {
    table_remove(cache, page->key);
    if (page->pinned) cache->pinned--;
    cache->count--;
    page->key = 0;
    page->pinned = page->recent = false;
    page->next_free = cache->free;
    cache->free = page;
}

/* The hand goes round, takes the marks off and stops at a page without one. NULL: all are pinned. */
static struct page *least_recent(struct cache *cache) {
    for (unsigned looked = 0; looked < 2 * cache->all_count; looked++) {
        if (cache->hand >= cache->all_count) cache->hand = 0;
        struct page *page = cache->all[cache->hand++];
        if (page->key == 0 || page->pinned) continue;
        if (!page->recent) return page;
        page->recent = false;
    }
    return NULL;
}

static struct page *page_take(struct cache *cache) {
    if (cache->purgeable && cache->count >= cache->max) {
        struct page *page = least_recent(cache);
        if (page) drop(cache, page); /* and becomes the first of the free ones */
    }
    if (2 * (cache->count + 1) > cache->table_size && !table_grow(cache)) return NULL;
    if (!cache->free && !more_pages(cache)) {
        struct page *page = least_recent(cache);
        if (!page) return NULL;
        drop(cache, page);
    }
    struct page *page = cache->free;
    cache->free = page->next_free;
    return page;
}

/* --- what SQLite calls (https://sqlite.org/c3ref/pcache_methods2.html) --- */

static int pages_init(void *arg) {
    (void)arg;
    return SQLITE_OK;
}

static void pages_shutdown(void *arg) {
    (void)arg;
}

static void pages_destroy(sqlite3_pcache *given) {
    struct cache *cache = of(given);
    for (unsigned i = 0; i < cache->pieces_count; i++) piece_give(&cache->pieces[i]);
    free(cache->pieces);
    free(cache->all);
    free(cache->table);
    free(cache);
}

static sqlite3_pcache *pages_create(int page_size, int extra_size, int purgeable) {
    struct cache *cache = calloc(1, sizeof *cache);
    struct place *table = calloc(TABLE_FIRST, sizeof *table);
    if (!cache || !table) {
        free(cache);
        free(table);
        return NULL;
    }
    *cache = (struct cache){
        .page_size = (size_t)page_size,
        .stride = (sizeof(struct page) + (size_t)extra_size + LINE - 1) / LINE * LINE,
        .purgeable = purgeable != 0,
        .table = table,
        .table_size = TABLE_FIRST,
        .bits = (unsigned)__builtin_ctz(TABLE_FIRST),
    };
    return (sqlite3_pcache *)(void *)cache;
}

static void pages_cachesize(sqlite3_pcache *given, int max) {
    struct cache *cache = of(given);
    cache->max = max > 0 ? (unsigned)max : 0;
    while (cache->purgeable && cache->count > cache->max) {
        struct page *page = least_recent(cache);
        if (!page) return;
        drop(cache, page);
    }
}

static int pages_count(sqlite3_pcache *given) {
    return (int)of(given)->count;
}

/* create: 0 only what is there; 1 not when nearly all are pinned, because SQLite can write some out; 2 by all means. */
static sqlite3_pcache_page *pages_fetch(sqlite3_pcache *given, unsigned key, int create) {
    struct cache *cache = of(given);
    struct page *page = find(cache, key);
    if (page) {
        __builtin_prefetch(page->base.pBuf);
        if (!page->pinned) cache->pinned++;
        page->pinned = page->recent = true;
        return &page->base;
    }
    if (create == 0) return NULL;
    if (create == 1 && cache->purgeable && cache->pinned >= cache->max - cache->max / 10) return NULL;
    page = page_take(cache);
    if (!page) return NULL;
    *(void **)page->base.pExtra = NULL; /* by which SQLite knows a new one */
    table_add(cache, page, key);
    page->pinned = true; /* recent from the second time on: what is read once passes through */
    cache->pinned++;
    cache->count++;
    return &page->base;
}

static void pages_unpin(sqlite3_pcache *given, sqlite3_pcache_page *base, int discard) {
    struct cache *cache = of(given);
    struct page *page = (struct page *)(void *)base;
    page->pinned = false;
    cache->pinned--;
    if (discard || (cache->purgeable && cache->count > cache->max)) drop(cache, page);
}

/* A page that has the new number is not pinned, and goes. */
static void pages_rekey(sqlite3_pcache *given, sqlite3_pcache_page *base, unsigned old_key, unsigned new_key) {
    struct cache *cache = of(given);
    struct page *page = (struct page *)(void *)base, *other = find(cache, new_key);
    if (other && other != page) drop(cache, other);
    table_remove(cache, old_key);
    table_add(cache, page, new_key);
}

/* All from this number on go, pinned or not. */
static void pages_truncate(sqlite3_pcache *given, unsigned from) {
    struct cache *cache = of(given);
    if (from > cache->highest) return;
    for (unsigned i = 0; i < cache->all_count && from <= cache->highest; i++)
        if (cache->all[i]->key >= from && cache->all[i]->key != 0) drop(cache, cache->all[i]);
    if (from <= cache->highest) cache->highest = cache->second = from > 0 ? from - 1 : 0;
}

static void pages_shrink(sqlite3_pcache *given) {
    struct cache *cache = of(given);
    for (unsigned i = 0; i < cache->all_count; i++)
        if (cache->all[i]->key != 0 && !cache->all[i]->pinned) drop(cache, cache->all[i]);
}

const sqlite3_pcache_methods2 pages_methods = {
    .iVersion = 1,
    .xInit = pages_init,
    .xShutdown = pages_shutdown,
    .xCreate = pages_create,
    .xCachesize = pages_cachesize,
    .xPagecount = pages_count,
    .xFetch = pages_fetch,
    .xUnpin = pages_unpin,
    .xRekey = pages_rekey,
    .xTruncate = pages_truncate,
    .xDestroy = pages_destroy,
    .xShrink = pages_shrink,
};
