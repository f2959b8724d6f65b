/* SPDX-License-Identifier: Apache-2.0 */
/* The two ways to hold bytes: an arena for a request, a buffer that grows up to its most. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"

static void an_arena_gives_zeroed_aligned_memory(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t size = 0; size < 300; size += 7) {
        unsigned char *bytes = arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(bytes[i], 0);
        memset(bytes, 0xee, size);
    }
    unsigned char *large = arena_alloc(&arena, 100000);
    memset(large, 0xee, 100000);
    arena_clear(&arena);
    unsigned char *again = arena_alloc(&arena, 4000);
    for (size_t i = 0; i < 4000; i++) assert_int_equal(again[i], 0);
    arena_release(&arena);
}

static void an_arena_copies_and_formats(void **state) {
    (void)state;
    struct arena arena;
    arena_init(&arena, 1000);
    assert_string_equal(arena_copy(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    assert_string_equal(arena_format(&arena, "%d-%s", 7, "x"), "7-x");
    arena_release(&arena);
}

static void a_buffer_grows_up_to_its_most(void **state) {
    (void)state;
    struct buf buf;
    buf_init(&buf, 1000);
    assert_string_equal(buf_text(&buf), "");
    for (int i = 0; i < 100; i++) buf_add_text(&buf, "0123456789");
    assert_false(buf.failed);
    assert_int_equal(buf.size, 1000);
    buf_add_char(&buf, 'x');
    assert_true(buf.failed);
    assert_int_equal(buf.size, 1000);
    buf_clear(&buf);
    assert_false(buf.failed);
    buf_add_i64(&buf, INT64_MIN);
    buf_add_char(&buf, ' ');
    buf_add_i64(&buf, 0);
    buf_format(&buf, " %s", "end");
    assert_string_equal(buf_text(&buf), "-9223372036854775808 0 end");
    buf_release(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory),
        cmocka_unit_test(an_arena_copies_and_formats),
        cmocka_unit_test(a_buffer_grows_up_to_its_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
