/* SPDX-License-Identifier: Apache-2.0 */
/* The help centre: none missing, none unlinked, no link that leads nowhere; what is asked is found; and its Markdown can do no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "kit/markdown/markdown.h"
#include "wallet/explain.h"
#include "wallet/help.h"

/* --- the tables --- */

static void every_article_has_its_files(void **state) {
    (void)state;
    size_t count;
    const struct help_article *articles = help_articles(&count);
    assert_int_equal(count, help_pages_count);
    assert_true(count >= 14);
    for (size_t i = 0; i < count; i++) {
        size_t pages = 0;
        for (size_t p = 0; p < help_pages_count; p++)
            pages += strcmp(help_pages[p].name, articles[i].name) == 0;
        if (pages != 1) print_error("docs/help/*/%s.md\n", articles[i].name);
        assert_int_equal(pages, 1);
        for (int lang = LANG_EN; lang <= LANG_ZH; lang++) {
            size_t characters;
            assert_true(help_title(&articles[i], (enum err_language)lang).n > 0);
            assert_true(help_opening(&articles[i], (enum err_language)lang).n > 0);
            assert_true(help_body(&articles[i], (enum err_language)lang).n > 100);
            assert_true(text_utf8(help_body(&articles[i], (enum err_language)lang), &characters));
        }
    }
}

static void every_error_has_its_article(void **state) {
    (void)state;
    size_t count;
    const struct err_row *rows = err_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const char *name = help_for(rows[i].code);
        if (!help_find(text_of(name))) print_error("%s: %s\n", rows[i].name, name);
        assert_non_null(help_find(text_of(name)));
    }
}

/* Calls back with every "#/help/NAME" in the article's text; says how many lead nowhere. */
static int each_link(const struct help_article *article, enum err_language lang, bool *linked) {
    struct text body = help_body(article, lang);
    size_t count;
    const struct help_article *articles = help_articles(&count);
    int dead = 0;
    for (const char *at = body.p; (at = memmem(at, (size_t)(body.p + body.n - at), "(#/help/", 8)) != NULL;) {
        at += 8;
        struct text name = {at, (size_t)((const char *)memchr(at, ')', (size_t)(body.p + body.n - at)) - at)};
        const struct help_article *found = help_find(name);
        if (!found) print_error("%s links %.*s\n", article->name, (int)name.n, name.p);
        if (found) linked[found - articles] = true;
        dead += !found;
    }
    return dead;
}

static void every_article_is_reached(void **state) {
    (void)state;
    size_t count, errors, causes_count;
    const struct help_article *articles = help_articles(&count);
    const struct err_row *rows = err_rows(&errors);
    bool linked[HELP_ARTICLES_MAX] = {false};
    for (size_t i = 0; i < count; i++)
        for (int lang = LANG_EN; lang <= LANG_ZH; lang++)
            assert_int_equal(each_link(&articles[i], (enum err_language)lang, linked), 0);
    for (size_t i = 0; i < errors; i++) linked[help_find(text_of(help_for(rows[i].code))) - articles] = true;
    const struct cause_row *causes = cause_rows(&causes_count);
    for (size_t i = 0; i < causes_count; i++) {
        const struct help_article *article = help_find(text_of(causes[i].help));
        if (!article) print_error("%s: %s\n", causes[i].name, causes[i].help);
        assert_non_null(article);
        linked[article - articles] = true;
    }
    for (size_t i = 0; i < count; i++) {
        if (!linked[i]) print_error("%s: unlinked\n", articles[i].name);
        assert_true(linked[i]);
    }
}

/* --- searching --- */

static void what_is_asked_is_found(void **state) {
    (void)state;
    static const struct {
        const char *question, *first;
    } rows[] = {
        {"零钱为什么是0", "balance-zero"},
        {"银行卡加不上", "cards"},
        {"支付密码忘了", "pin"},
        {"提现不到账", "withdrawal"},
        {"收不到验证码", "sign-in"},
        {"冻结", "frozen"},
        {"骗子", "scams"},
        {"退款", "refund"},
        {"连不上", "network"},
        {"FORGOT PIN", "pin"},
        {"why is my balance zero", "balance-zero"},
        {"refund", "refund"},
        {"frozen court", "frozen"},
        {"add a card bank unknown", "cards"},
        {"fraud", "scams"},
        {"VPN", "network"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct help_article *found[3] = {0};
        size_t count = help_search(text_of(rows[i].question), found, 3);
        if (count == 0 || strcmp(found[0]->name, rows[i].first) != 0)
            print_error("%s: %s\n", rows[i].question, count ? found[0]->name : "nothing");
        assert_true(count > 0);
        assert_string_equal(found[0]->name, rows[i].first);
    }
}

static void what_is_not_there_is_not_found(void **state) {
    (void)state;
    static const char *const rows[] = {"",         "   ",      "?!…", "zzqq",
                                       "魑魅魍魉", "\xff\xfe", "%",   "'; DROP TABLE person; --"};
    const struct help_article *found[3];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(help_search(text_of(rows[i]), found, 3), 0);
    char longest[HELP_QUESTION_MAX * 4 + 1];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(help_search(text_of(longest), found, 3), 0);
    assert_int_equal(help_search(text_of("零钱"), found, 1), 1); /* no more than asked for */
}

/* --- Markdown --- */

static void is_html(const char *source, const char *expected) {
    struct buf out;
    buf_init(&out, 4096);
    markdown_html(text_of(source), &out);
    assert_string_equal(buf_text(&out), expected);
    buf_release(&out);
}

static void markdown_is_blocks(void **state) {
    (void)state;
    is_html("# T\n\nwords **strong** [bills](#/bills).",
            "<h2>T</h2><p>words <strong>strong</strong> <a rel=\"noopener noreferrer\" "
            "href=\"/#/bills\">bills</a>.</p>");
    is_html("## H\n- a\n- b\n1. c\n2. d\ne",
            "<h3>H</h3><ul><li>a</li><li>b</li></ul><ol><li>c</li><li>d</li></"
            "ol><p>e</p>");
    is_html("- last", "<ul><li>last</li></ul>");
    is_html("1.5 元\r\n\r\n#1", "<p>1.5 元</p><p>#1</p>");
    is_html("**open [words] (x) ** [a]( b", "<p><strong>open [words] (x) </strong> [a]( b</p>");
    is_html("****", "<p>****</p>");
    is_html("", "");
}

/* Row 28: what somebody wrote is text wherever it is shown. */
static void markdown_is_harmless(void **state) {
    (void)state;
    is_html("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>");
    is_html("**<img src=x onerror=alert(1)>**", "<p><strong>&lt;img src=x onerror=alert(1)&gt;</strong></p>");
    is_html("[<b>](#/bills)", "<p><a rel=\"noopener noreferrer\" href=\"/#/bills\">&lt;b&gt;</a></p>");
    is_html("& \" '", "<p>&amp; &quot; &#39;</p>");
    static const char *const bad[] = {"javascript:alert(1)",
                                      "JaVaScRiPt:alert(1)",
                                      "data:text/html,x",
                                      "//evil",
                                      "http://evil",
                                      "/\\evil",
                                      "/\t/evil",
                                      "https://a\"onclick=x",
                                      " #/bills",
                                      "vbscript:x",
                                      "#x",
                                      "",
                                      "https://evil/<script>",
                                      "blob:https://a/b"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char source[100];
        struct buf out;
        snprintf(source, sizeof source, "[w](%s)", bad[i]);
        assert_false(markdown_href(text_of(bad[i])));
        buf_init(&out, 4096);
        markdown_html(text_of(source), &out);
        assert_null(strstr(buf_text(&out), "href"));
        assert_int_equal(strncmp(buf_text(&out), "<p>w", 4), 0);
        buf_release(&out);
    }
    static const char *const good[] = {"#/bills", "/status", "/till", "https://example.org/a?b=1&c=%20"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) assert_true(markdown_href(text_of(good[i])));
}

static void markdown_has_a_most(void **state) {
    (void)state;
    struct buf source, out;
    buf_init(&source, 1 << 20);
    buf_init(&out, 1 << 20);
    for (int i = 0; i < MARKDOWN_BLOCKS_MAX + 50; i++) buf_add_text(&source, "- x\n");
    markdown_html((struct text){buf_text(&source), source.size}, &out);
    int items = 0;
    for (const char *at = buf_text(&out); (at = strstr(at, "<li>")) != NULL; at++) items++;
    assert_int_equal(items, MARKDOWN_BLOCKS_MAX);
    buf_release(&source);
    buf_release(&out);
}

static void markdown_is_json(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, 4096);
    struct json_out json = json_out_to(&out);
    markdown_json(text_of("- see [x](#/help/pin) <b>"), &json);
    assert_string_equal(buf_text(&out),
                        "[{\"kind\":\"item\",\"spans\":[{\"kind\":\"text\",\"text\":\"see \",\"href\":\"\"},"
                        "{\"kind\":\"link\",\"text\":\"x\",\"href\":\"#/help/"
                        "pin\"},{\"kind\":\"text\",\"text\":"
                        "\" \\u003cb\\u003e\",\"href\":\"\"}]}]");
    buf_release(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_article_has_its_files),
        cmocka_unit_test(every_error_has_its_article),
        cmocka_unit_test(every_article_is_reached),
        cmocka_unit_test(what_is_asked_is_found),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(markdown_is_blocks),
        cmocka_unit_test(markdown_is_harmless),
        cmocka_unit_test(markdown_has_a_most),
        cmocka_unit_test(markdown_is_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
