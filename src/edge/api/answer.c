/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/answer.h"

#include <stdio.h>
#include <string.h>

#include "edge/api/api.h"
#include "kit/http/assets.h"
#include "wallet/help.h"
#include "wallet/reason.h"

int answer_status(enum err code) {
    static const struct {
        enum err code;
        int status;
    } exact[] = {
        {ERR_NOT_SIGNED_IN, 401}, {ERR_WRONG_LOGIN, 401},
        {ERR_WRONG_CODE, 401},    {ERR_NO_METHOD, 405},
        {ERR_TIMEOUT, 408},       {ERR_TOO_LARGE, 413},
        {ERR_APP_OLD, 426},       {ERR_MAINTENANCE, 503},
        {ERR_BAD_TYPE, 415},      {ERR_IDEMPOTENCY_MISMATCH, 422},
        {ERR_PICTURE_KIND, 415},  {ERR_PICTURE_TOO_LARGE, 413},
    };
    static const int by_class[] = {
        [CLASS_OK] = 200,      [CLASS_INVALID] = 400,  [CLASS_DENIED] = 403,
        [CLASS_MISSING] = 404, [CLASS_CONFLICT] = 409, [CLASS_REFUSED] = 422,
        [CLASS_LIMITED] = 429, [CLASS_BUSY] = 503,     [CLASS_BROKEN] = 500,
    };
    for (size_t i = 0; i < API_COUNT(exact); i++)
        if (exact[i].code == code) return exact[i].status;
    return by_class[err_class(code)];
}

const char *answer_class(enum err_class class) {
    static const char *const names[] = {
        [CLASS_OK] = "OK",           [CLASS_INVALID] = "INVALID",   [CLASS_DENIED] = "DENIED",
        [CLASS_MISSING] = "MISSING", [CLASS_CONFLICT] = "CONFLICT", [CLASS_REFUSED] = "REFUSED",
        [CLASS_LIMITED] = "LIMITED", [CLASS_BUSY] = "BUSY",         [CLASS_BROKEN] = "BROKEN",
    };
    return names[class];
}

void answer_next(struct json_out *out, const char *article, unsigned next) {
    size_t count;
    char page[64];
    const struct next_row *rows = next_rows(&count);
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) {
        if (!(next & rows[i].bit)) continue;
        json_begin_object(out);
        json_key_str(out, "do", rows[i].name);
        json_key_str(out, "label", rows[i].label);
        json_key_str(out, "label_zh", rows[i].label_zh);
        bool help = rows[i].bit == NEXT_HELP && article;
        if (help) snprintf(page, sizeof page, "%s/%s", rows[i].href, article);
        json_key_str(out, "href", help ? page : rows[i].href);
        json_end_object(out);
    }
    json_end_array(out);
}

/* A refusal, taken apart; of anything else null. */
static void explain_key(struct json_out *out, const struct fault *fault) {
    struct reason_row row;
    int64_t short_fen = 0;
    size_t count;
    const struct reason_work_row *works = reason_works(&count);
    json_key(out, "explain");
    if (!reason_of(fault->code, &row)) {
        json_none(out);
        return;
    }
    json_begin_object(out);
    json_key_str(out, "rule", row.rule);
    json_key_str(out, "rule_text", row.en);
    json_key_str(out, "rule_text_zh", row.zh);
    if (reason_short_by(fault, fault->asked, &short_fen)) json_key_i64(out, "short_by", short_fen);
    else json_key_null(out, "short_by");
    json_key_time(out, "passes_at", fault->code == ERR_IDENTITY_EXPIRED ? 0 : fault->until_ms);
    json_key_str(out, "passes_when", row.when);
    json_key_str(out, "passes_when_zh", row.when_zh);
    json_key(out, "works");
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) {
        if (works[i].bit && !(row.works & works[i].bit)) continue;
        json_begin_object(out);
        json_key_str(out, "work", works[i].name);
        json_key_str(out, "label", works[i].label);
        json_key_str(out, "label_zh", works[i].label_zh);
        json_end_object(out);
    }
    json_end_array(out);
    json_end_object(out);
}

void api_reason_keys(struct json_out *out, const struct fault *fault) {
    struct buf words;
    buf_init(&words, 1024);
    json_key_str(out, "code", err_name(fault->code));
    fault_text(fault, LANG_EN, &words);
    json_key_str(out, "message", buf_text(&words));
    buf_clear(&words);
    fault_text(fault, LANG_ZH, &words);
    json_key_str(out, "message_zh", buf_text(&words));
    buf_release(&words);
    json_key_str(out, "help", help_for(fault->code));
    explain_key(out, fault);
    json_key(out, "next");
    answer_next(out, help_for(fault->code), err_row(fault->code)->next);
}

const char *answer_taken(enum money_taken taken) {
    static const char *const names[] = {[TAKEN_NO] = "no", [TAKEN_YES] = "yes", [TAKEN_CHECKING] = "checking"};
    return names[taken];
}

void answer_error(const struct fault *fault, const char *request_id, struct buf *body) {
    buf_clear(body);
    struct json_out out = json_out_to(body);
    json_begin_object(&out);
    json_key(&out, "error");
    json_begin_object(&out);
    api_reason_keys(&out, fault);
    json_key_str(&out, "class", answer_class(err_class(fault->code)));
    json_key_str(&out, "field", fault->field);
    json_key_str(&out, "money_taken", answer_taken(fault->taken));
    json_key_str(&out, "request_id", request_id);
    json_end_object(&out);
    json_end_object(&out);
}

void answer_headers(struct http_reply *reply, bool page, bool tls) {
    static const char csp[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: "
                              "blob:; connect-src 'self'; media-src 'self' blob:; "
                              "manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri "
                              "'none'; form-action 'self'; "
                              "require-trusted-types-for 'script'";
    http_reply_header(reply, "X-Content-Type-Options", "nosniff");
    http_reply_header(reply, "Referrer-Policy", "no-referrer");
    http_reply_header(reply, "Content-Security-Policy",
                      page ? csp : "default-src 'none'; frame-ancestors 'none'");
    if (page) http_reply_header(reply, "Cross-Origin-Opener-Policy", "same-origin");
    if (tls) http_reply_header(reply, "Strict-Transport-Security", "max-age=31536000");
}

/* --- stored files --- */

static const struct asset *find_asset(struct text path, bool sandbox) {
    static const struct {
        const char *path, *file;
        bool sandbox;
    } doors[] = {{"/", "/index.html", false},
                 {"/till", "/till.html", false},
                 {"/demo", "/demo.html", true},
                 {"/docs", "/docs.html", false},
                 {"/docs/errors", "/docs.html", false}};
    for (size_t i = 0; i < API_COUNT(doors); i++) {
        if (doors[i].sandbox && !sandbox && (text_is(path, doors[i].path) || text_is(path, doors[i].file)))
            return NULL;
        if (text_is(path, doors[i].path)) path = text_of(doors[i].file);
    }
    for (size_t i = 0; i < assets_count; i++)
        if (text_is(path, assets[i].path)) return &assets[i];
    return NULL;
}

static bool says(const struct http_request *request, const char *header, const char *word) {
    struct text value = http_header(request, header);
    return value.n > 0 && memmem(value.p, value.n, word, strlen(word)) != NULL;
}

bool answer_asset(struct http_request *request, struct http_reply *reply, bool sandbox, bool tls) {
    const struct asset *asset = find_asset(request->path, sandbox);
    if (!asset) return false;
    *reply = (struct http_reply){.status = 200, .type = asset->type};
    bool page = strncmp(asset->type, "text/html", 9) == 0;
    bool worker = text_is(request->path, "/sw.js"); /* its own policy says what it may fetch */
    answer_headers(reply, page || worker, tls);
    http_reply_header(reply, "ETag", asset->etag);
    http_reply_header(reply, "Cache-Control",
                      asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    http_reply_header(reply, "Vary", "Accept-Encoding");
    if (says(request, "If-None-Match", asset->etag)) {
        reply->status = 304;
        reply->type = NULL;
        return true;
    }
    bool packed = asset->gz && says(request, "Accept-Encoding", "gzip") &&
                  !says(request, "Accept-Encoding", "gzip;q=0");
    if (packed) http_reply_header(reply, "Content-Encoding", "gzip");
    reply->still = packed ? asset->gz : asset->body;
    reply->still_size = packed ? asset->gz_size : asset->size;
    return true;
}

bool answer_no_page(struct http_request *request, struct http_reply *reply, bool tls) {
    static const char page[] =
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>钱包 · 404</title><h1>没有这个页面</h1><p lang=\"en\">There "
        "is no "
        "such page.</p><p><a href=\"/\">回到钱包 · To the wallet</a></p></html>";
    if (!says(request, "Accept", "text/html")) return false;
    *reply = (struct http_reply){.status = 404,
                                 .type = "text/html; charset=utf-8",
                                 .still = (const unsigned char *)page,
                                 .still_size = sizeof page - 1};
    answer_headers(reply, true, tls);
    http_reply_header(reply, "Cache-Control", "no-store");
    return true;
}
