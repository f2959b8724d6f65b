/* SPDX-License-Identifier: Apache-2.0 */
/* What rests and what does not, for anybody, from memory: it is there without a sign-in, and when the store only reads or not at all. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "edge/api/api.h"
#include "kit/http/assets.h"
#include "kit/markdown/markdown.h"
#include "wallet/bank.h"
#include "wallet/books.h"
#include "wallet/maintenance.h"

static const char *const state_names[] =
    {[WINDOW_PLANNED] = "planned", [WINDOW_UNDER_WAY] = "under_way", [WINDOW_OVER] = "over"};
static const char *const state_words[][2] = {[WINDOW_PLANNED] = {"planned", "计划中"},
                                             [WINDOW_UNDER_WAY] = {"under way", "进行中"},
                                             [WINDOW_OVER] = {"over", "已结束"}};

struct look {
    struct windows windows;
    bool read_only, books_checked;
    int64_t now_ms;
};

static struct look *look_begin(struct api_call *call) {
    struct maintenance *maintenance = api_config_of(call->api)->maintenance;
    struct look *look = calloc(1, sizeof *look);
    if (!look) return NULL;
    look->now_ms = clock_now_ms();
    if (maintenance) maintenance_read(maintenance, &look->windows);
    look->read_only = maintenance && atomic_load(&maintenance->read_only);
    look->books_checked = books_everybody(api_config_of(call->api)->books);
    return look;
}

/* No window, and yet no function works; the banks have nothing to do with it. */
static bool all_stands(const struct look *look) {
    return look->read_only || look->books_checked;
}

/* --- as JSON --- */

static void what_key(struct json_out *out, const struct window *w) {
    size_t count;
    const struct function_row *functions = function_rows(&count);
    const struct bank_row *bank = w->bank ? bank_by_no(w->bank) : NULL;
    json_key(out, "functions");
    json_begin_array(out);
    for (size_t i = 0; i < count; i++)
        if (w->everything || (w->functions & FUNCTION_BIT(functions[i].function)))
            json_str(out, functions[i].name);
    json_end_array(out);
    json_key_str(out, "bank", bank ? bank->code : NULL);
    json_key_bool(out, "everything", w->everything);
}

static void window_value(struct api_call *call, const struct window *w, int64_t now_ms) {
    json_begin_object(call->out);
    api_key_id(call, "id", ID_WINDOW, w->id);
    json_key_str(call->out, "state", state_names[window_state(w, now_ms)]);
    what_key(call->out, w);
    json_key_bool(call->out, "emergency", w->emergency);
    json_key_str(call->out, "words", w->words[LANG_EN]);
    json_key_str(call->out, "words_zh", w->words[LANG_ZH]);
    json_key_str(call->out, "progress", w->progress[LANG_EN]);
    json_key_str(call->out, "progress_zh", w->progress[LANG_ZH]);
    json_key_time(call->out, "starts_at", w->starts_ms);
    json_key_time(call->out, "ends_at", w->ends_ms);
    json_key_time(call->out, "changed_at", w->changed_ms);
    json_end_object(call->out);
}

static void part_value(struct json_out *out, const char *name, const char *label, const char *label_zh,
                       const struct window *closed, bool stands) {
    json_begin_object(out);
    json_key_str(out, "name", name);
    json_key_str(out, "label", label);
    json_key_str(out, "label_zh", label_zh);
    json_key_bool(out, "open", closed == NULL && !stands);
    json_key_time(out, "until", closed ? closed->ends_ms : 0);
    json_end_object(out);
}

static enum err status_get(struct api_call *call) {
    struct look *look = look_begin(call);
    size_t count;
    if (!look) return fault_set(&call->fault, ERR_OVERLOADED);
    json_begin_object(call->out);
    json_key_bool(call->out, "read_only", look->read_only);
    json_key_bool(call->out, "books_checked", look->books_checked);
    json_key_time(call->out, "time", look->now_ms);
    json_key(call->out, "windows");
    json_begin_array(call->out);
    for (size_t i = 0; i < look->windows.count; i++) window_value(call, &look->windows.rows[i], look->now_ms);
    json_end_array(call->out);
    const struct function_row *functions = function_rows(&count);
    json_key(call->out, "functions");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++)
        part_value(call->out, functions[i].name, functions[i].label, functions[i].label_zh,
                   windows_function(&look->windows, functions[i].function, look->now_ms), all_stands(look));
    json_end_array(call->out);
    const struct bank_row *banks = bank_rows(&count);
    json_key(call->out, "banks");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++)
        part_value(call->out, banks[i].code, banks[i].name, banks[i].name_zh,
                   windows_bank(&look->windows, banks[i].no, look->now_ms), false);
    json_end_array(call->out);
    json_end_object(call->out);
    free(look);
    return ERR_OK;
}

/* --- as a page --- */

static void escaped(struct buf *out, const char *words) {
    markdown_escape(text_of(words), out);
}

static void both(struct buf *out, const char *zh, const char *en) {
    escaped(out, zh);
    buf_add_text(out, " <span lang=\"en\">");
    escaped(out, en);
    buf_add_text(out, "</span>");
}

/* 11-26 14:20 */
static void moment(struct buf *out, int64_t time_ms) {
    char text[CIVIL_TEXT_MAX];
    civil_text(time_ms, text);
    buf_format(out, "%.5s %.5s", text + 5, text + 11);
}

static void window_names(struct buf *out, const struct window *w) {
    size_t count, shown = 0;
    const struct function_row *functions = function_rows(&count);
    const struct bank_row *bank = w->bank ? bank_by_no(w->bank) : NULL;
    if (w->everything) both(out, "除查看以外的所有功能", "everything but reading");
    if (bank) both(out, bank->name_zh, bank->name);
    for (size_t i = 0; i < count && !w->everything; i++) {
        if (!(w->functions & FUNCTION_BIT(functions[i].function))) continue;
        if (shown++) buf_add_text(out, " · ");
        both(out, functions[i].label_zh, functions[i].label);
    }
}

static void window_row(struct buf *out, const struct window *w, int64_t now_ms) {
    enum window_state state = window_state(w, now_ms);
    buf_format(out, "<li class=\"row\"><div class=\"grow\"><p><strong>%s</strong> ",
               w->emergency ? "紧急 " : "");
    window_names(out, w);
    buf_add_text(out, "</p><p>");
    both(out, w->words[LANG_ZH], w->words[LANG_EN]);
    buf_add_text(out, "</p>");
    if (w->progress[LANG_ZH][0] || w->progress[LANG_EN][0]) {
        buf_add_text(out, "<p>→ ");
        both(out, w->progress[LANG_ZH], w->progress[LANG_EN]);
        buf_add_text(out, "</p>");
    }
    buf_add_text(out, "<p class=\"sub\">");
    moment(out, w->starts_ms);
    buf_add_text(out, " – ");
    moment(out, w->ends_ms);
    buf_add_text(out, " · ");
    both(out, state_words[state][1], state_words[state][0]);
    buf_add_text(out, "</p></div></li>");
}

static int window_rows(struct buf *out, const struct look *look, enum window_state state) {
    int shown = 0;
    for (size_t i = 0; i < look->windows.count; i++) {
        const struct window *w = &look->windows.rows[i];
        if (window_state(w, look->now_ms) != state) continue;
        window_row(out, w, look->now_ms);
        shown++;
    }
    return shown;
}

/* What rests now stands before what will. */
static void windows_section(struct buf *out, const struct look *look, bool over, const char *zh,
                            const char *en) {
    buf_add_text(out, "<h2 class=\"section\">");
    both(out, zh, en);
    buf_add_text(out, "</h2><ul class=\"card list\">");
    int shown = window_rows(out, look, over ? WINDOW_OVER : WINDOW_UNDER_WAY);
    if (!over) shown += window_rows(out, look, WINDOW_PLANNED);
    if (!shown) {
        buf_add_text(out, "<li class=\"row\">");
        both(out, "没有", "None");
        buf_add_text(out, "</li>");
    }
    buf_add_text(out, "</ul>");
}

static void part_row(struct buf *out, const char *zh, const char *en, const struct window *closed,
                     bool stands) {
    buf_add_text(out, "<dt>");
    both(out, zh, en);
    buf_format(out, "</dt><dd class=\"%s\">", closed || stands ? "wrong" : "");
    if (closed) {
        both(out, "维护中", "rests");
        buf_add_text(out, " – ");
        moment(out, closed->ends_ms);
    } else if (stands) {
        both(out, "暂停", "stopped");
    } else {
        both(out, "正常", "open");
    }
    buf_add_text(out, "</dd>");
}

static const char *stylesheet(void) {
    for (size_t i = 0; i < assets_count; i++)
        if (strncmp(assets[i].path, "/style-", 7) == 0) return assets[i].path;
    return "/style.css";
}

static void page_banner(struct buf *out, const struct look *look) {
    bool closed = false;
    for (size_t i = 0; i < look->windows.count; i++)
        closed |= window_state(&look->windows.rows[i], look->now_ms) == WINDOW_UNDER_WAY;
    buf_format(out, "<p class=\"banner%s\">", closed || look->read_only || look->books_checked ? "" : " calm");
    if (look->books_checked)
        both(out, "我们正在核对全部账目,暂时不显示余额,也不能操作。是我们的问题,你的钱是安全的。",
             "We are checking all our books: no balance is shown and nothing moves. This is our fault; your "
             "money "
             "is safe.");
    else if (look->read_only) both(out, "现在只能查看,不能操作。", "Only reading is possible at the moment.");
    else if (closed)
        both(out, "有功能正在维护,钱不受影响。", "Something rests at the moment. Money is not affected.");
    else both(out, "一切正常。", "Everything is open.");
    buf_add_text(out, "</p>");
}

static enum err status_page(struct api_call *call) {
    struct look *look = look_begin(call);
    struct buf *out = call->out->buf;
    size_t count;
    if (!look) return fault_set(&call->fault, ERR_OVERLOADED);
    buf_format(out,
               "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
               "content=\"width=device-width, initial-scale=1\"><title>状态 · Status</title><link "
               "rel=\"stylesheet\" href=\"%s\"><link rel=\"icon\" href=\"/icon.svg\"></head><body><div "
               "id=\"app\"><header "
               "class=\"bar\"><span></span><h1>状态 <span "
               "lang=\"en\">Status</span></h1><span></span></header><main "
               "class=\"content\">",
               stylesheet());
    page_banner(out, look);
    windows_section(out, look, false, "现在和接下来", "Now and next");
    buf_add_text(out, "<h2 class=\"section\">");
    both(out, "功能", "Functions");
    buf_add_text(out, "</h2><dl class=\"card list facts\">");
    const struct function_row *functions = function_rows(&count);
    for (size_t i = 0; i < count; i++)
        part_row(out, functions[i].label_zh, functions[i].label,
                 windows_function(&look->windows, functions[i].function, look->now_ms), all_stands(look));
    buf_add_text(out, "</dl><h2 class=\"section\">");
    both(out, "银行", "Banks");
    buf_add_text(out, "</h2><dl class=\"card list facts\">");
    const struct bank_row *banks = bank_rows(&count);
    for (size_t i = 0; i < count; i++)
        part_row(out, banks[i].name_zh, banks[i].name,
                 windows_bank(&look->windows, banks[i].no, look->now_ms), false);
    buf_add_text(out, "</dl>");
    windows_section(out, look, true, "最近 30 天", "The last 30 days");
    buf_add_text(out, "<p class=\"sub\">");
    moment(out, look->now_ms);
    buf_add_text(out, "</p><a class=\"link\" href=\"/\">");
    both(out, "回到钱包", "To the wallet");
    buf_add_text(out, "</a></main></div></body></html>");
    free(look);
    return ERR_OK;
}

const struct api_route status_routes[] = {
    {HTTP_GET, "/status", WHO_ANYONE, API_PLAIN, .run.plain = status_page,
     .about = "What rests, as a page in both languages that runs no script",
     .type = "text/html; charset=utf-8"},
    {HTTP_GET, "/v1/status", WHO_ANYONE, API_PLAIN, .run.plain = status_get,
     .about = "What rests: windows, functions, banks", .answer = "Status"},
};
const size_t status_routes_count = API_COUNT(status_routes);
