/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a path or a query: escapes are decoded once or not at all, a path belongs to one route at most by its literal segments, and a
 * query's walk loses and invents nothing. */
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "edge/api/decode.h"

static void escapes_are_decoded_once(struct text input) {
    struct arena arena;
    struct text out = {"untouched", 9};
    arena_init(&arena, 1 << 20);
    if (http_decode(&arena, input, &out)) {
        size_t escapes = 0;
        for (size_t i = 0; i < input.n; i++) escapes += input.p[i] == '%';
        assert(out.n + 2 * escapes == input.n);
        assert(!input.n || memchr(input.p, '\0', input.n) || !memchr(out.p, '\0', out.n));
        assert(out.p[out.n] == '\0');
    } else {
        assert(text_is(out, "untouched"));
    }
    arena_release(&arena);
}

static void a_query_is_walked_whole(struct text input) {
    struct text rest = input, name, value;
    size_t seen = 0, at = 0;
    while (http_query_next(&rest, &name, &value)) {
        assert(name.p == input.p + at && !memchr(name.p, '&', name.n) && !memchr(name.p, '=', name.n));
        assert(value.n == 0 || !memchr(value.p, '&', value.n));
        at += name.n + value.n;
        if (at < input.n && input.p[name.p - input.p + (ptrdiff_t)name.n] == '=') at++;
        if (at < input.n) at++; /* & */
        assert(rest.n == input.n - at);
        seen++;
        assert(seen <= input.n);
    }
    assert(rest.n == 0);
}

static size_t literals(const char *pattern) {
    size_t count = 0;
    for (const char *c = pattern; *c; c++) count += c[0] == '/' && c[1] != '{';
    return count;
}

static void a_path_has_its_segments(struct text path) {
    size_t slashes = 0;
    struct decode_params params;
    for (size_t i = 0; i < path.n; i++) slashes += path.p[i] == '/';
    for (size_t i = 0; i < api_routes_count; i++)
        for (size_t j = 0; j < *api_routes[i].count; j++) {
            const char *pattern = api_routes[i].rows[j].path;
            if (!decode_path(pattern, path, &params)) continue;
            assert(params.count <= DECODE_PARAMS_MAX);
            assert(literals(pattern) + (size_t)params.count == slashes);
            for (int k = 0; k < params.count; k++) {
                assert(params.value[k].n > 0 && !memchr(params.value[k].p, '/', params.value[k].n));
                assert(params.value[k].p > path.p && params.value[k].p + params.value[k].n <= path.p + path.n);
            }
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct text input = {(const char *)bytes, size};
    if (size > 32768) return 0;
    escapes_are_decoded_once(input);
    a_query_is_walked_whole(input);
    a_path_has_its_segments(input);
    return 0;
}
