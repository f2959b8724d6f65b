/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/markdown/markdown.h"

#include <string.h>

enum block { BLOCK_TITLE, BLOCK_HEADING, BLOCK_PARAGRAPH, BLOCK_ITEM, BLOCK_STEP };
enum span { SPAN_TEXT, SPAN_STRONG, SPAN_LINK };

/* What is made of it: two implementations, JSON and HTML. */
struct sink {
    void (*begin)(struct sink *sink, enum block block);
    void (*span)(struct sink *sink, enum span span, struct text words, struct text href);
    void (*end)(struct sink *sink, enum block block);
    struct json_out *json;
    struct buf *html;
    enum block before; /* HTML: the list that is open; BLOCK_PARAGRAPH: none */
};

/* --- reading --- */

static struct text slice(struct text from, size_t at, size_t end) {
    return (struct text){from.p + at, end - at};
}

/* What kind of line it is; takes its mark off. */
static enum block line_kind(struct text *line) {
    static const struct {
        const char *mark;
        enum block block;
    } marks[] = {{"## ", BLOCK_HEADING}, {"# ", BLOCK_TITLE}, {"- ", BLOCK_ITEM}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (!text_starts(*line, marks[i].mark)) continue;
        *line = slice(*line, strlen(marks[i].mark), line->n);
        return marks[i].block;
    }
    size_t digits = 0;
    while (digits < line->n && digits < 3 && line->p[digits] >= '0' && line->p[digits] <= '9') digits++;
    if (digits > 0 && digits + 1 < line->n && line->p[digits] == '.' && line->p[digits + 1] == ' ') {
        *line = slice(*line, digits + 2, line->n);
        return BLOCK_STEP;
    }
    return BLOCK_PARAGRAPH;
}

bool markdown_href(struct text where) {
    bool ours = text_starts(where, "#/") || (text_starts(where, "/") && !text_starts(where, "//"));
    if (where.n > MARKDOWN_HREF_MAX || (!ours && !text_starts(where, "https://"))) return false;
    for (size_t i = 0; i < where.n; i++) {
        char c = where.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && !strchr("-._~/#?=&%:+,", c)) return false;
    }
    return !memchr(where.p, '\0', where.n);
}

/* Where the words begin in the line from `at`; its size when they do not. */
static size_t find(struct text line, size_t at, const char *words) {
    size_t size = strlen(words);
    const char *found = at < line.n ? memmem(line.p + at, line.n - at, words, size) : NULL;
    return found ? (size_t)(found - line.p) : line.n;
}

/* A piece that begins at `at` with a mark of its own: gives where it ends, or `at` when it is only text. */
static size_t marked_at(struct text line, size_t at, enum span *span, struct text *words, struct text *href) {
    *href = (struct text){"", 0};
    if (text_starts(slice(line, at, line.n), "**")) {
        size_t end = find(line, at + 2, "**");
        if (end == line.n || end == at + 2) return at;
        *span = SPAN_STRONG;
        *words = slice(line, at + 2, end);
        return end + 2;
    }
    if (line.p[at] != '[') return at;
    size_t middle = find(line, at, "]("), end = find(line, middle, ")");
    if (middle >= line.n || end == line.n || middle == at + 1) return at;
    *words = slice(line, at + 1, middle);
    *href = slice(line, middle + 2, end);
    *span = markdown_href(*href) ? SPAN_LINK : SPAN_TEXT;
    if (*span == SPAN_TEXT) *href = (struct text){"", 0};
    return end + 1;
}

static void read_line(struct text line, struct sink *sink) {
    size_t plain = 0, at = 0;
    enum block block = line_kind(&line);
    sink->begin(sink, block);
    for (int spans = 0; at < line.n && spans < MARKDOWN_SPANS_MAX;) {
        enum span span = SPAN_TEXT;
        struct text words, href;
        bool mark = line.p[at] == '*' || line.p[at] == '[';
        size_t end = mark ? marked_at(line, at, &span, &words, &href) : at;
        if (end == at) {
            at++;
            continue;
        }
        if (at > plain) sink->span(sink, SPAN_TEXT, slice(line, plain, at), (struct text){"", 0});
        sink->span(sink, span, words, href);
        plain = at = end;
        spans++;
    }
    if (line.n > plain) sink->span(sink, SPAN_TEXT, slice(line, plain, line.n), (struct text){"", 0});
    sink->end(sink, block);
}

static void read(struct text source, struct sink *sink) {
    for (int blocks = 0; source.n > 0 && blocks < MARKDOWN_BLOCKS_MAX;) {
        struct text line = text_cut(&source, '\n');
        while (line.n > 0 && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\r')) line.n--;
        if (line.n == 0) continue;
        read_line(line, sink);
        blocks++;
    }
}

/* --- as JSON --- */

static void json_begin(struct sink *sink, enum block block) {
    static const char *const names[] = {
        [BLOCK_TITLE] = "title", [BLOCK_HEADING] = "heading", [BLOCK_PARAGRAPH] = "paragraph",
        [BLOCK_ITEM] = "item",   [BLOCK_STEP] = "step",
    };
    json_begin_object(sink->json);
    json_key_str(sink->json, "kind", names[block]);
    json_key(sink->json, "spans");
    json_begin_array(sink->json);
}

static void json_span(struct sink *sink, enum span span, struct text words, struct text href) {
    static const char *const names[] = {[SPAN_TEXT] = "text", [SPAN_STRONG] = "strong", [SPAN_LINK] = "link"};
    json_begin_object(sink->json);
    json_key_str(sink->json, "kind", names[span]);
    json_key_text(sink->json, "text", words);
    json_key_text(sink->json, "href", href);
    json_end_object(sink->json);
}

static void json_end(struct sink *sink, enum block block) {
    (void)block;
    json_end_array(sink->json);
    json_end_object(sink->json);
}

void markdown_json(struct text source, struct json_out *out) {
    struct sink sink = {.begin = json_begin, .span = json_span, .end = json_end, .json = out};
    json_begin_array(out);
    read(source, &sink);
    json_end_array(out);
}

/* --- as HTML --- */

void markdown_escape(struct text source, struct buf *out) {
    for (size_t i = 0; i < source.n; i++) {
        switch (source.p[i]) {
        case '<': buf_add_text(out, "&lt;"); break;
        case '>': buf_add_text(out, "&gt;"); break;
        case '&': buf_add_text(out, "&amp;"); break;
        case '"': buf_add_text(out, "&quot;"); break;
        case '\'': buf_add_text(out, "&#39;"); break;
        default: buf_add_char(out, source.p[i]);
        }
    }
}

static const struct {
    const char *list, *open, *close; /* list: what stands around lines of its kind */
} tags[] = {
    [BLOCK_TITLE] = {NULL, "<h2>", "</h2>"},   [BLOCK_HEADING] = {NULL, "<h3>", "</h3>"},
    [BLOCK_PARAGRAPH] = {NULL, "<p>", "</p>"}, [BLOCK_ITEM] = {"ul", "<li>", "</li>"},
    [BLOCK_STEP] = {"ol", "<li>", "</li>"},
};

static void html_list(struct sink *sink, enum block block) {
    if (sink->before == block) return;
    if (tags[sink->before].list) buf_format(sink->html, "</%s>", tags[sink->before].list);
    if (tags[block].list) buf_format(sink->html, "<%s>", tags[block].list);
    sink->before = block;
}

static void html_begin(struct sink *sink, enum block block) {
    html_list(sink, block);
    buf_add_text(sink->html, tags[block].open);
}

static void html_span(struct sink *sink, enum span span, struct text words, struct text href) {
    if (span == SPAN_STRONG) buf_add_text(sink->html, "<strong>");
    if (span == SPAN_LINK) {
        buf_add_text(sink->html, "<a rel=\"noopener noreferrer\" href=\"");
        if (text_starts(href, "#")) buf_add_char(sink->html, '/'); /* a page of the app, from anywhere */
        markdown_escape(href, sink->html);
        buf_add_text(sink->html, "\">");
    }
    markdown_escape(words, sink->html);
    if (span == SPAN_STRONG) buf_add_text(sink->html, "</strong>");
    if (span == SPAN_LINK) buf_add_text(sink->html, "</a>");
}

static void html_end(struct sink *sink, enum block block) {
    buf_add_text(sink->html, tags[block].close);
}

void markdown_html(struct text source, struct buf *out) {
    struct sink sink = {.begin = html_begin,
                        .span = html_span,
                        .end = html_end,
                        .html = out,
                        .before = BLOCK_PARAGRAPH};
    read(source, &sink);
    html_list(&sink, BLOCK_PARAGRAPH);
}
