/* SPDX-License-Identifier: Apache-2.0 */
/* The help centre, for anybody: it must be there for who cannot sign in, and while the store cannot be read. */
#include "wallet/help.h"

#include "edge/api/api.h"
#include "kit/markdown/markdown.h"

enum { FOUND_MAX = 10 };

static void item_keys(struct json_out *out, const struct help_article *article) {
    json_key_str(out, "name", article->name);
    json_key_str(out, "group", help_group_row(article->group)->name);
    json_key_text(out, "title", help_title(article, LANG_EN));
    json_key_text(out, "title_zh", help_title(article, LANG_ZH));
    json_key_text(out, "opening", help_opening(article, LANG_EN));
    json_key_text(out, "opening_zh", help_opening(article, LANG_ZH));
}

static void item_value(struct json_out *out, const struct help_article *article) {
    json_begin_object(out);
    item_keys(out, article);
    json_end_object(out);
}

static void groups_key(struct json_out *out) {
    json_key(out, "groups");
    json_begin_array(out);
    for (int i = 0; i < HELP_GROUPS; i++) {
        const struct help_group_row *row = help_group_row((enum help_group)i);
        json_begin_object(out);
        json_key_str(out, "name", row->name);
        json_key_str(out, "label", row->label);
        json_key_str(out, "label_zh", row->label_zh);
        json_end_object(out);
    }
    json_end_array(out);
}

struct list_body {
    struct text question;
};
static const struct api_field list_fields[] = {
    FIELD_TEXT(struct list_body, question, "q", OPTIONAL | IN_QUERY, 1, HELP_QUESTION_MAX,
               "what to look for, in Chinese or English; all articles unless given"),
};

static enum err help_list(struct api_call *call) {
    const struct list_body *body = call->body;
    const struct help_article *found[FOUND_MAX], *all;
    size_t count;
    json_begin_object(call->out);
    groups_key(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    if (body->question.n > 0) {
        count = help_search(body->question, found, FOUND_MAX);
        for (size_t i = 0; i < count; i++) item_value(call->out, found[i]);
    } else {
        all = help_articles(&count);
        for (size_t i = 0; i < count; i++) item_value(call->out, &all[i]);
    }
    json_end_array(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

struct article_body {
    struct text name;
};
static const struct api_field article_fields[] = {
    {.name = "name",
     .type = F_TEXT,
     .flags = REQUIRED | IN_PATH,
     .offset = offsetof(struct article_body, name),
     .min = 1,
     .max = 40,
     .wrong = ERR_NOT_FOUND,
     .about = "as the list and error.help say"},
};

static enum err help_article(struct api_call *call) {
    const struct article_body *body = call->body;
    const struct help_article *article = help_find(body->name);
    if (!article) return fault_set(&call->fault, ERR_NOT_FOUND);
    json_begin_object(call->out);
    item_keys(call->out, article);
    json_key(call->out, "blocks");
    markdown_json(help_body(article, LANG_EN), call->out);
    json_key(call->out, "blocks_zh");
    markdown_json(help_body(article, LANG_ZH), call->out);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route help_routes[] = {
    {HTTP_GET, "/v1/help", WHO_ANYONE, API_PLAIN, API_FIELDS(list_fields, struct list_body),
     .run.plain = help_list, .about = "The articles of the help centre, or those that answer a question",
     .answer = "Help"},
    {HTTP_GET, "/v1/help/{name}", WHO_ANYONE, API_PLAIN, API_FIELDS(article_fields, struct article_body),
     .run.plain = help_article, .about = "One article, in both languages", .answer = "HelpArticle"},
};
const size_t help_routes_count = API_COUNT(help_routes);
