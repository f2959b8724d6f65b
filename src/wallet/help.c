/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/help.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"

static const struct help_article articles[] = {
#define HELP_GROUP(name, label, label_zh)
#define HELP_ARTICLE(name, group) {name, HELP_GROUP_##group},
#define HELP_ERROR(error, article)
#include "wallet/help.def"
#undef HELP_GROUP
#undef HELP_ARTICLE
#undef HELP_ERROR
};
enum { ARTICLES = sizeof articles / sizeof articles[0] };
_Static_assert((int)ARTICLES <= (int)HELP_ARTICLES_MAX, "the most of articles");

static const struct help_group_row groups[] = {
#define HELP_GROUP(name, label, label_zh) {#name, label, label_zh},
#define HELP_ARTICLE(name, group)
#define HELP_ERROR(error, article)
#include "wallet/help.def"
#undef HELP_GROUP
#undef HELP_ARTICLE
#undef HELP_ERROR
};

const struct help_article *help_articles(size_t *count) {
    *count = ARTICLES;
    return articles;
}

const struct help_group_row *help_group_row(enum help_group group) {
    assert(group < HELP_GROUPS);
    return &groups[group];
}

const struct help_article *help_find(struct text name) {
    for (size_t i = 0; i < ARTICLES; i++)
        if (text_is(name, articles[i].name)) return &articles[i];
    return NULL;
}

const char *help_for(enum err code) {
    switch (code) { /* an error that the compiler misses here wants its HELP_ERROR line in help.def */
    case ERR_OK: return "balance-zero";
#define HELP_GROUP(name, label, label_zh)
#define HELP_ARTICLE(name, group)
#define HELP_ERROR(error, article) \
    case ERR_##error:              \
        return article;
#include "wallet/help.def"
#undef HELP_GROUP
#undef HELP_ARTICLE
#undef HELP_ERROR
    }
    return "our-fault";
}

/* --- an article's parts --- */

/* The build puts in what docs/help holds; a test holds it against the rows. */
static const struct help_page *page_of(const struct help_article *article) {
    for (size_t i = 0; i < help_pages_count; i++)
        if (strcmp(help_pages[i].name, article->name) == 0) return &help_pages[i];
    log_fatal("help: the article %s has no files", article->name);
}

static struct text text_in(const struct help_article *article, enum err_language lang) {
    const struct help_page *page = page_of(article);
    return (struct text){page->in[lang].text, page->in[lang].size};
}

struct text help_title(const struct help_article *article, enum err_language lang) {
    struct text rest = text_in(article, lang), title = text_cut(&rest, '\n');
    return text_starts(title, "# ") ? (struct text){title.p + 2, title.n - 2} : title;
}

struct text help_body(const struct help_article *article, enum err_language lang) {
    struct text rest = text_in(article, lang);
    text_cut(&rest, '\n');
    while (rest.n > 0 && *rest.p == '\n') rest.p++, rest.n--;
    return rest;
}

struct text help_opening(const struct help_article *article, enum err_language lang) {
    struct text rest = help_body(article, lang), line = {0};
    while (rest.n > 0 && (line.n == 0 || *line.p == '#')) line = text_cut(&rest, '\n');
    return line;
}

/* --- searching --- */

enum { NEEDLES_MAX = 24, NEEDLE_BYTES = 64, RARITY = 1200, TITLE_COUNTS = 8 };

/* What is looked for: a Latin word, a pair of Chinese characters, or a single one that stands alone. */
struct needle {
    char bytes[NEEDLE_BYTES];
    size_t size;
    int articles; /* that have it */
};

struct question {
    struct needle needles[NEEDLES_MAX];
    int count;
};

static bool is_han(int32_t c) {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF);
}

static bool is_latin(int32_t c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void needle_add(struct question *q, struct text word) {
    struct needle needle = {0};
    if (word.n == 0 || word.n >= NEEDLE_BYTES || q->count == NEEDLES_MAX) return;
    for (size_t i = 0; i < word.n; i++)
        needle.bytes[i] = (char)(word.p[i] >= 'A' && word.p[i] <= 'Z' ? word.p[i] - 'A' + 'a' : word.p[i]);
    needle.size = word.n;
    for (int i = 0; i < q->count; i++)
        if (q->needles[i].size == needle.size && memcmp(q->needles[i].bytes, needle.bytes, needle.size) == 0)
            return;
    q->needles[q->count++] = needle;
}

/* From `at`, the run of characters of one kind; says how it was cut. */
static size_t run_end(struct text words, size_t at, bool (*is)(int32_t)) {
    while (at < words.n) {
        size_t next = at;
        if (!is(text_next(words, &next))) break;
        at = next;
    }
    return at;
}

static void pairs_add(struct question *q, struct text run) {
    size_t before = 0, at = 0;
    text_next(run, &at);
    if (at == run.n) needle_add(q, run);
    while (at < run.n) {
        size_t end = at;
        text_next(run, &end);
        needle_add(q, (struct text){run.p + before, end - before});
        before = at;
        at = end;
    }
}

static void question_read(struct text words, struct question *q) {
    for (size_t at = 0; at < words.n;) {
        size_t next = at;
        int32_t c = text_next(words, &next);
        if (c < 0) return;
        if (is_han(c)) {
            next = run_end(words, at, is_han);
            pairs_add(q, (struct text){words.p + at, next - at});
        } else if (is_latin(c)) {
            next = run_end(words, at, is_latin);
            needle_add(q, (struct text){words.p + at, next - at});
        }
        at = next;
    }
}

static bool holds(const struct help_page *page, int lang, const struct needle *needle, size_t within) {
    size_t size = page->in[lang].words_size < within ? page->in[lang].words_size : within;
    return memmem(page->in[lang].words, size, needle->bytes, needle->size) != NULL;
}

/* Words of the title stand in the first line of an article's words. */
static size_t title_size(const struct help_page *page, int lang) {
    const char *end = memchr(page->in[lang].words, '\n', page->in[lang].words_size);
    return end ? (size_t)(end - page->in[lang].words) : page->in[lang].words_size;
}

static bool page_has(const struct help_page *page, const struct needle *needle) {
    return holds(page, LANG_ZH, needle, SIZE_MAX) || holds(page, LANG_EN, needle, SIZE_MAX);
}

/* 0: not found. */
static int score(const struct help_page *page, const struct question *q) {
    int found = 0, sum = 0;
    for (int i = 0; i < q->count; i++) {
        const struct needle *needle = &q->needles[i];
        if (!page_has(page, needle)) continue;
        bool titled = holds(page, LANG_ZH, needle, title_size(page, LANG_ZH)) ||
                      holds(page, LANG_EN, needle, title_size(page, LANG_EN));
        found++;
        sum += RARITY / needle->articles * (titled ? TITLE_COUNTS : 1);
    }
    return 2 * found >= q->count ? sum : 0;
}

size_t help_search(struct text words, const struct help_article **out, size_t most) {
    struct question q = {0};
    int scores[ARTICLES];
    size_t count = 0;
    question_read(words, &q);
    for (int i = 0; i < q.count; i++)
        for (size_t a = 0; a < ARTICLES; a++)
            q.needles[i].articles += page_has(page_of(&articles[a]), &q.needles[i]);
    for (size_t a = 0; a < ARTICLES; a++) scores[a] = score(page_of(&articles[a]), &q);
    for (; count < most; count++) {
        size_t best = ARTICLES;
        for (size_t a = 0; a < ARTICLES; a++)
            if (scores[a] > 0 && (best == ARTICLES || scores[a] > scores[best])) best = a;
        if (best == ARTICLES) break;
        out[count] = &articles[best];
        scores[best] = 0;
    }
    return count;
}
