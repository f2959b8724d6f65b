/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of pages against a plain list of what may be in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kit/db/pages.h"

enum { PAGE = 4096, EXTRA = 200, KEYS = 3000, MAX = 500, TURNS = 400000 };

/* What was done with each number: the page that is pinned, and what was last written to it (0: nothing, or it was dropped). */
static struct {
    sqlite3_pcache_page *pinned;
    uint32_t written;
} model[KEYS + 1];

static uint64_t state = 88172645463325252u;
static unsigned chance(unsigned below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % below);
}

static void write_page(sqlite3_pcache_page *page, unsigned key, uint32_t what) {
    memcpy(page->pBuf, &what, sizeof what);
    memcpy((char *)page->pBuf + PAGE - sizeof what, &what, sizeof what);
    memset(page->pExtra, (int)(1 + key % 200), EXTRA);
    model[key].written = what;
}

/* A page that is there is as it was left; one that is new says so. */
static void check_page(sqlite3_pcache_page *page, unsigned key) {
    uint32_t first, last;
    if (!*(void **)page->pExtra) { /* evicted meanwhile, or never there */
        write_page(page, key, 1 + chance(1u << 30));
        return;
    }
    memcpy(&first, page->pBuf, sizeof first);
    memcpy(&last, (char *)page->pBuf + PAGE - sizeof last, sizeof last);
    assert_int_equal(first, model[key].written);
    assert_int_equal(last, model[key].written);
    assert_int_equal(((unsigned char *)page->pExtra)[EXTRA - 1], 1 + key % 200);
}

static void unpin(sqlite3_pcache *cache, unsigned key, int discard) {
    pages_methods.xUnpin(cache, model[key].pinned, discard);
    model[key].pinned = NULL;
    if (discard) model[key].written = 0;
}

static void fetch(sqlite3_pcache *cache, unsigned key, int create) {
    sqlite3_pcache_page *page = pages_methods.xFetch(cache, key, create);
    if (model[key].pinned) assert_ptr_equal(page, model[key].pinned); /* never taken away */
    if (create == 2) assert_non_null(page);
    if (create == 0 && page) assert_int_not_equal(model[key].written, 0);
    if (!page) return;
    model[key].pinned = page;
    check_page(page, key);
}

static void rekey(sqlite3_pcache *cache, unsigned from, unsigned to) {
    if (!model[from].pinned || model[to].pinned || from == to) return;
    pages_methods.xRekey(cache, model[from].pinned, from, to);
    model[to].pinned = model[from].pinned;
    model[from].pinned = NULL;
    write_page(model[to].pinned, to, 1 + chance(1u << 30));
    model[from].written = 0;
    assert_null(pages_methods.xFetch(cache, from, 0));
    assert_ptr_equal(pages_methods.xFetch(cache, to, 0), model[to].pinned);
}

static void truncate_from(sqlite3_pcache *cache, unsigned from) {
    pages_methods.xTruncate(cache, from);
    for (unsigned key = from; key <= KEYS; key++) {
        model[key].pinned = NULL;
        model[key].written = 0;
        assert_null(pages_methods.xFetch(cache, key, 0));
    }
}

static void it_keeps_what_it_must(void **unused) {
    (void)unused;
    unsigned pinned_most = 0;
    sqlite3_pcache *cache = pages_methods.xCreate(PAGE, EXTRA, 1);
    pages_methods.xCachesize(cache, MAX);
    memset(model, 0, sizeof model);
    for (int turn = 0; turn < TURNS; turn++) {
        unsigned key = 1 + chance(KEYS), what = chance(100), pinned = 0;
        if (what < 50) fetch(cache, key, (int)chance(3));
        else if (what < 95 && model[key].pinned) unpin(cache, key, chance(10) == 0);
        else if (what < 99) rekey(cache, key, 1 + chance(KEYS));
        if (turn % 1000 == 0) {
            for (unsigned i = 1; i <= KEYS; i++) pinned += model[i].pinned != NULL;
            if (pinned > pinned_most) pinned_most = pinned;
            assert_in_range(pages_methods.xPagecount(cache), pinned, pinned > MAX ? pinned : MAX);
        }
        if (turn % 5000 == 4999) truncate_from(cache, 1 + chance(KEYS));
        if (turn % 20000 == 19999)
            for (unsigned i = 1; i <= KEYS; i++)
                if (model[i].pinned) unpin(cache, i, 0);
        if (turn % 50000 == 49999) pages_methods.xShrink(cache);
    }
    assert_true(pinned_most > MAX); /* more than it is meant to hold, when asked to by all means */
    pages_methods.xDestroy(cache);
}

/* When a tree puts its pages in order, SQLite gives one of them a number far behind the end for a moment. */
static void a_number_for_a_moment_is_forgotten(void **unused) {
    (void)unused;
    enum { FAR = 262145 };
    sqlite3_pcache *cache = pages_methods.xCreate(PAGE, EXTRA, 1);
    pages_methods.xCachesize(cache, MAX);
    memset(model, 0, sizeof model);
    for (unsigned key = 1; key <= 100; key++) fetch(cache, key, 2);
    sqlite3_pcache_page *page = model[7].pinned;
    pages_methods.xRekey(cache, page, 7, FAR);
    assert_null(pages_methods.xFetch(cache, 7, 0));
    assert_ptr_equal(pages_methods.xFetch(cache, FAR, 0), page);
    pages_methods.xRekey(cache, page, FAR, 7);
    assert_null(pages_methods.xFetch(cache, FAR, 0));
    pages_methods.xTruncate(cache, 101);
    for (unsigned key = 1; key <= 100; key++) fetch(cache, key, 0);
    for (unsigned key = 1; key <= 100; key++) assert_non_null(model[key].pinned);
    truncate_from(cache, 51);
    assert_int_equal(pages_methods.xPagecount(cache), 50);
    pages_methods.xDestroy(cache);
}

/* What is used again and again stays while much else passes through. */
static void the_recent_stays(void **unused) {
    (void)unused;
    int found = 0, asked = 0;
    sqlite3_pcache *cache = pages_methods.xCreate(PAGE, EXTRA, 1);
    pages_methods.xCachesize(cache, MAX);
    memset(model, 0, sizeof model);
    for (unsigned turn = 0; turn < 20000; turn++) {
        unsigned hot = 1 + turn % 100, cold = 101 + turn % (KEYS - 100);
        sqlite3_pcache_page *page = pages_methods.xFetch(cache, hot, 0);
        asked++;
        found += page != NULL;
        if (!page) page = pages_methods.xFetch(cache, hot, 2);
        pages_methods.xUnpin(cache, page, 0);
        pages_methods.xUnpin(cache, pages_methods.xFetch(cache, cold, 2), 0);
    }
    assert_true(asked - found <= 100); /* the first time of each */
    assert_int_equal(pages_methods.xPagecount(cache), MAX);
    pages_methods.xCachesize(cache, 10);
    assert_int_equal(pages_methods.xPagecount(cache), 10);
    pages_methods.xDestroy(cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_what_it_must),
        cmocka_unit_test(a_number_for_a_moment_is_forgotten),
        cmocka_unit_test(the_recent_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
