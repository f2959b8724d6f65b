/* SPDX-License-Identifier: Apache-2.0 */
/* What scripts/embed put into the binary: that it is there, whole, and in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kit/db/migrations.h"
#include "kit/http/assets.h"

static void assets_hold_a_front_page(void **state) {
    (void)state;
    const struct asset *front = NULL;
    for (size_t i = 0; i < assets_count; i++) {
        if (strcmp(assets[i].path, "/index.html") == 0) {
            front = &assets[i];
        }
    }
    assert_non_null(front);
    assert_string_equal(front->type, "text/html; charset=utf-8");
    assert_non_null(strstr((const char *)front->body, "</html>"));
}

static void assets_are_sorted_and_whole(void **state) {
    (void)state;
    for (size_t i = 0; i < assets_count; i++) {
        const struct asset *asset = &assets[i];
        assert_int_equal(asset->path[0], '/');
        assert_int_equal(asset->body[asset->size], 0);
        assert_int_equal(strlen(asset->etag), 34);
        assert_int_equal(asset->etag[0], '"');
        if (i > 0) {
            assert_true(strcmp(assets[i - 1].path, asset->path) < 0);
        }
        if (asset->gz != NULL) {
            assert_true(asset->gz_size < asset->size);
            assert_int_equal(asset->gz[0], 0x1f);
            assert_int_equal(asset->gz[1], 0x8b);
        }
    }
}

static void migrations_rise(void **state) {
    (void)state;
    for (size_t i = 0; i < migrations_count; i++) {
        assert_true(migrations[i].number > (i == 0 ? 0 : migrations[i - 1].number));
        assert_true(strlen(migrations[i].name) > 0);
        assert_true(strlen(migrations[i].sql) > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assets_hold_a_front_page),
        cmocka_unit_test(assets_are_sorted_and_whole),
        cmocka_unit_test(migrations_rise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
