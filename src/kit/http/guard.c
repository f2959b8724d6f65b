/* SPDX-License-Identifier: Apache-2.0 */
/* The guard: what must hold of a head before anyone believes it. */
#include <microhttpd.h>
#include <string.h>
#include <strings.h>

#include "kit/http/server.h"

struct head {
    int hosts, lengths, encodings, headers;
    bool bad_name, bad_length;
    uint64_t length;
};

/* RFC 9110 §5.6.2: the characters of a token. */
static bool token(const char *text, size_t size) {
    static const char other[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    (c && strchr(other, c));
        if (!fine) return false;
    }
    return size > 0;
}

static enum MHD_Result head_look(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_size,
                                 const char *value, size_t value_size) {
    struct head *head = arg;
    (void)kind;
    head->headers++;
    if (!token(name, name_size)) head->bad_name = true;
    if (strcasecmp(name, "Host") == 0) head->hosts++;
    if (strcasecmp(name, "Transfer-Encoding") == 0) head->encodings++;
    if (strcasecmp(name, "Content-Length") == 0) {
        int64_t length = 0;
        head->lengths++;
        if (!value || !text_to_i64((struct text){value, value_size}, &length) || length < 0)
            head->bad_length = true;
        else head->length = (uint64_t)length;
    }
    return MHD_YES;
}

/* What is larger than most bodies is read only where a route wants it, and only a few at once, so that their memory has a bound. */
static int admit_large(struct exchange *x, uint64_t length) {
    struct http *http = x->http;
    size_t most = http->config.body_most ? http->config.body_most(&x->request, http->config.arg) : 0;
    if (length > most) return 413;
    if (http->large == HTTP_LARGE_MAX) return 503;
    http->large++;
    x->large = true;
    buf_release(&x->body);
    buf_init(&x->body, most);
    return 0;
}

/* The status to refuse with, 0 when the head may be believed. */
int http_guard(struct exchange *x, const char *version) {
    struct head head = {0};
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, head_look, &head);
    if (strcmp(version, MHD_HTTP_VERSION_1_1) != 0 && strcmp(version, MHD_HTTP_VERSION_1_0) != 0) return 505;
    if (head.bad_name || head.bad_length || head.hosts != 1 || head.lengths > 1) return 400;
    if (head.encodings > 0) return head.lengths > 0 ? 400 : 501;
    if (x->request.path.n == 0 || x->request.path.p[0] != '/') return 400;
    return head.length > x->http->config.body_max ? admit_large(x, head.length) : 0;
}
