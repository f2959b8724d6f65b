/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as Markdown: of HTML come only the tags that we write ourselves, each list is closed, and every link points where it may. */
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "kit/markdown/markdown.h"

static const char *const tags[] = {"h2>", "/h2>", "h3>", "/h3>", "p>",      "/p>",      "ul>", "/ul>",
                                   "ol>", "/ol>", "li>", "/li>", "strong>", "/strong>", "/a>"};
static const char link[] = "a rel=\"noopener noreferrer\" href=\"";

static const char *link_end(const char *at) {
    const char *where = at + sizeof link - 1, *end = strchr(where, '"');
    assert(end && end[1] == '>');
    assert(strncmp(where, "/", 1) == 0 || strncmp(where, "https://", 8) == 0);
    assert(strncmp(where, "//", 2) != 0);
    return end + 2;
}

static void tags_are_ours(const char *html) {
    for (const char *at = html; (at = strchr(at, '<')) != NULL;) {
        at++;
        if (strncmp(at, link, sizeof link - 1) == 0) {
            at = link_end(at);
            continue;
        }
        size_t i = 0;
        while (i < sizeof tags / sizeof tags[0] && strncmp(at, tags[i], strlen(tags[i])) != 0) i++;
        assert(i < sizeof tags / sizeof tags[0]);
    }
}

static int count(const char *html, const char *words) {
    int found = 0;
    for (const char *at = html; (at = strstr(at, words)) != NULL; at++) found++;
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct text input = {(const char *)bytes, size};
    struct buf html, json;
    buf_init(&html, 1 << 20);
    buf_init(&json, 1 << 22);
    struct json_out out = json_out_to(&json);
    markdown_html(input, &html);
    markdown_json(input, &out);
    if (!html.failed && !memchr(bytes, 0, size)) { /* strchr ends at a NUL, which text_printable never lets in */
        tags_are_ours(buf_text(&html));
        assert(count(buf_text(&html), "<ul>") == count(buf_text(&html), "</ul>"));
        assert(count(buf_text(&html), "<ol>") == count(buf_text(&html), "</ol>"));
        assert(count(buf_text(&html), "<a ") == count(buf_text(&html), "</a>"));
    }
    buf_release(&html);
    buf_release(&json);
    return 0;
}
