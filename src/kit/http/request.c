/* SPDX-License-Identifier: Apache-2.0 */
/* What a handler reads of a request: headers, cookies, the query. */
#include "kit/http/http.h"

#include <microhttpd.h>
#include <string.h>

#include "kit/http/server.h"

struct text http_header(const struct http_request *request, const char *name) {
    const struct exchange *x = (const struct exchange *)(const void *)request;
    return text_of(MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name));
}

struct text http_cookie(const struct http_request *request, const char *name) {
    struct text header = http_header(request, "Cookie");
    size_t size = strlen(name);
    for (size_t at = 0; at < header.n;) {
        while (at < header.n && (header.p[at] == ' ' || header.p[at] == ';')) at++;
        size_t end = at;
        while (end < header.n && header.p[end] != ';') end++;
        if (end - at > size && memcmp(header.p + at, name, size) == 0 && header.p[at + size] == '=')
            return (struct text){header.p + at + size + 1, end - at - size - 1};
        at = end;
    }
    return (struct text){"", 0};
}

static int hex(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool http_decode(struct arena *arena, struct text coded, struct text *out) {
    char *to = arena_alloc(arena, coded.n + 1);
    size_t size = 0;
    for (size_t i = 0; i < coded.n; i++) {
        char c = coded.p[i];
        if (c == '%') {
            if (i + 2 >= coded.n || hex(coded.p[i + 1]) < 0 || hex(coded.p[i + 2]) < 0) return false;
            c = (char)(hex(coded.p[i + 1]) << 4 | hex(coded.p[i + 2]));
            i += 2;
            if (c == '\0') return false;
        }
        to[size++] = c;
    }
    *out = (struct text){to, size};
    return true;
}

/* The next name=value of a query; false at its end. */
bool http_query_next(struct text *rest, struct text *name, struct text *value) {
    if (rest->n == 0) return false;
    const char *end = memchr(rest->p, '&', rest->n);
    struct text pair = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
    const char *equals = memchr(pair.p, '=', pair.n);
    *name = (struct text){pair.p, equals ? (size_t)(equals - pair.p) : pair.n};
    *value = equals ? (struct text){equals + 1, pair.n - name->n - 1} : (struct text){"", 0};
    size_t skip = pair.n + (end ? 1 : 0);
    *rest = (struct text){rest->p + skip, rest->n - skip};
    return true;
}

struct text http_query(struct http_request *request, const char *wanted) {
    struct text rest = request->query, name, value, decoded;
    while (http_query_next(&rest, &name, &value))
        if (text_is(name, wanted))
            return http_decode(&request->arena, value, &decoded) ? decoded : (struct text){"", 0};
    return (struct text){"", 0};
}
