/* SPDX-License-Identifier: Apache-2.0 */
/* help: the articles of the help centre, in the binary: which there are, what is found in them, and which one explains an error.
 *
 * An article is docs/help/zh/NAME.md and docs/help/en/NAME.md (kit/markdown says what they may hold; the first line is "# Title") and its
 * row in help.def, whose order is that of the page. help.def also names the article of every error; the compiler says which is missing.
 *
 * Searching is by the words of the question: Latin words as they are, Chinese by its pairs of characters, so that nothing needs to know
 * where a Chinese word ends. A word that few articles have counts more, one in a title counts for several; an article is found when it
 * has at least half of what was asked. Both languages are searched at once. */
#ifndef WALLET_HELP_H
#define WALLET_HELP_H

#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

enum { HELP_ARTICLES_MAX = 100, HELP_QUESTION_MAX = 60 }; /* characters of a question */

enum help_group {
#define HELP_GROUP(name, label, label_zh) HELP_GROUP_##name,
#define HELP_ARTICLE(name, group)
#define HELP_ERROR(error, article)
#include "wallet/help.def"
#undef HELP_GROUP
#undef HELP_ARTICLE
#undef HELP_ERROR
    HELP_GROUPS,
};

/* The files, as scripts/embed puts them into the binary; words: without marks, in lower case, for searching. */
struct help_page {
    const char *name;
    struct {
        const char *text;
        size_t size;
        const char *words;
        size_t words_size;
    } in[2]; /* by enum err_language */
};
extern const struct help_page help_pages[];
extern const size_t help_pages_count;

struct help_article {
    const char *name; /* "short": in links "#/help/short" */
    enum help_group group;
};
struct help_group_row {
    const char *name, *label, *label_zh;
};

const struct help_article *help_articles(size_t *count);
const struct help_group_row *help_group_row(enum help_group group);
const struct help_article *help_find(struct text name); /* NULL: none */

/* The first line without its mark; the first paragraph; all behind the title, as Markdown. */
struct text help_title(const struct help_article *article, enum err_language lang);
struct text help_opening(const struct help_article *article, enum err_language lang);
struct text help_body(const struct help_article *article, enum err_language lang);

/* The name of the article that explains an error. */
const char *help_for(enum err code);

/* The articles that answer the question, best first, at most `most`. */
size_t help_search(struct text question, const struct help_article **out, size_t most);

#endif
