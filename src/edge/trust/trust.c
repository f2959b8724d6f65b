/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/trust/trust.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "kit/http/http.h"

enum {
    FINGERPRINT_TEXT = 3 * 32 + 1,
    PAGE_MAX = 16 * 1024,
    DRAIN_MS = 500,
    CONNECTIONS_MAX = 64,
    EACH_MAX = 16
};

struct trust {
    struct http *http;
    unsigned char *root; /* DER */
    int root_size;
    char fingerprint[FINGERPRINT_TEXT];
    struct buf page;
};

static const char look[] = ":root{color-scheme:light dark}body{font:18px/1.6 'PingFang SC','Noto Sans "
                           "SC',system-ui,sans-serif;max-width:30em;"
                           "margin:0 auto;padding:24px "
                           "20px;background:#f5f6f4;color:#15201a}h1{font-size:24px}section{background:#fff;"
                           "border-radius:16px;padding:4px 20px "
                           "20px;margin-bottom:16px}a{display:block;padding:9px 16px;"
                           "margin-top:12px;text-align:center;border-radius:14px;background:#0c8058;color:#"
                           "fff;text-decoration:none;font-weight:"
                           "700}code{overflow-wrap:anywhere}@media(prefers-color-scheme:dark){body{"
                           "background:#0f1412;color:#eaf1ed}section{"
                           "background:#18201c}a{background:#35b888;color:#06231a}}";

/* %s: fingerprint, wallet; both are ours, digits and letters. */
static const char words_zh[] =
    "<section "
    "lang=\"zh-CN\"><h1>先安装根证书,再打开钱包</"
    "h1><p>这台试用服务器自己签发证书。手机装上它的根证书以后,才能用摄像头扫码、"
    "把钱包装到桌面。只在试用的手机上安装,用完请删除。</p><p><b>安卓</b>:下载后打开设置 › 安全 › 加密与凭据 "
    "› 安装证书 › "
    "CA 证书,选择下载的文件。</p><p><b>iPhone</b>:允许下载描述文件,在设置 › 已下载描述文件里安装,再到设置 › "
    "通用 › 关于本机 › "
    "证书信任设置里打开它。</p><p>安装前请核对指纹,要和电脑终端里显示的一样:<br><code>%s</code></p><a "
    "href=\"/ca.crt\">下载根证书</a><a "
    "href=\"%s\">打开钱包</a></section>";
static const char words_en[] = "<section lang=\"en\"><h1>Install the root certificate, then open the "
                               "wallet</h1><p>This trial server signs its own "
                               "certificate. A phone that has its root may scan with the camera and keep the "
                               "wallet on its home screen. Install it on "
                               "a phone for trying only, and remove it afterwards.</p><p><b>Android</b>: "
                               "download it, then Settings › Security › "
                               "Encryption and credentials › Install a certificate › CA certificate, and "
                               "choose the file.</p><p><b>iPhone</b>: allow the "
                               "profile, install it under Settings › Profile Downloaded, then switch it on "
                               "under Settings › General › About › "
                               "Certificate Trust Settings.</p><p>Compare the fingerprint with the one in "
                               "the computer's terminal first:<br>"
                               "<code>%s</code></p><a href=\"/ca.crt\">Download the root certificate</a><a "
                               "href=\"%s\">Open the wallet</a></section>";

static void add_headers(struct http_reply *reply) {
    http_reply_header(reply, "X-Content-Type-Options", "nosniff");
    http_reply_header(reply, "Referrer-Policy", "no-referrer");
    http_reply_header(reply, "Cache-Control", "no-store");
    http_reply_header(reply, "Content-Security-Policy",
                      "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'");
}

static void answer(struct http_request *request, void *arg) {
    struct trust *trust = arg;
    const struct {
        const char *path, *type;
        const void *bytes;
        size_t size;
    } rows[] = {
        {"/", "text/html; charset=utf-8", buf_text(&trust->page), trust->page.size},
        {"/ca.crt", "application/x-x509-ca-cert", trust->root, (size_t)trust->root_size},
        {"/look.css", "text/css; charset=utf-8", look, sizeof look - 1},
    };
    struct http_reply reply = {.status = 404,
                               .type = "text/plain",
                               .still = (const unsigned char *)"404\n",
                               .still_size = 4};
    bool reads = request->method == HTTP_GET || request->method == HTTP_HEAD;
    for (size_t i = 0; reads && i < sizeof rows / sizeof rows[0]; i++)
        if (text_is(request->path, rows[i].path))
            reply = (struct http_reply){.status = 200,
                                        .type = rows[i].type,
                                        .still = rows[i].bytes,
                                        .still_size = rows[i].size};
    if (text_is(request->path, "/ca.crt"))
        http_reply_header(&reply, "Content-Disposition", "attachment; filename=\"qianbao-ca.crt\"");
    add_headers(&reply);
    http_answer(request, &reply);
}

static void fingerprint_show(const unsigned char *hash, unsigned size, char out[FINGERPRINT_TEXT]) {
    for (unsigned i = 0; i < size; i++) snprintf(out + 3 * i, 4, "%02X%s", hash[i], i + 1 < size ? ":" : "");
}

/* Reads the root; what is no authority is refused, since no phone would take it. */
static bool read_root(const char *path, struct trust *trust, char words[TRUST_WORDS_MAX]) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    FILE *file = fopen(path, "re");
    if (!file) {
        snprintf(words, TRUST_WORDS_MAX, "root_certificate: %s: %s", path, strerror(errno));
        return false;
    }
    X509 *root = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    bool fits =
        root && X509_check_ca(root) == 1 && X509_digest(root, EVP_sha256(), hash, &size) == 1 && size == 32;
    if (fits) trust->root_size = i2d_X509(root, &trust->root);
    X509_free(root);
    if (fits && trust->root_size > 0) {
        fingerprint_show(hash, size, trust->fingerprint);
        return true;
    }
    snprintf(words, TRUST_WORDS_MAX, "root_certificate: %s holds no certificate of an authority in PEM", path);
    return false;
}

static void write_page(struct trust *trust, const char *wallet) {
    buf_init(&trust->page, PAGE_MAX);
    buf_add_text(&trust->page,
                 "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                 "content=\"width=device-width,initial-scale=1\"><title>钱包 · Qianbao</title><link "
                 "rel=\"stylesheet\" "
                 "href=\"/look.css\"></head><body><main>");
    buf_format(&trust->page, words_zh, trust->fingerprint, wallet);
    buf_format(&trust->page, words_en, trust->fingerprint, wallet);
    buf_add_text(&trust->page, "</main></body></html>");
}

enum err trust_start(const struct trust_config *config, struct trust **out, char words[TRUST_WORDS_MAX]) {
    struct trust *trust = calloc(1, sizeof *trust);
    if (!trust) log_fatal("trust: no memory");
    if (!read_root(config->root, trust, words)) {
        trust_stop(trust);
        return ERR_CONFIG;
    }
    write_page(trust, config->wallet);
    struct http_config http = {.address = config->address,
                               .port = config->port,
                               .connections_max = CONNECTIONS_MAX,
                               .connections_per_address_max = EACH_MAX,
                               .handler = answer,
                               .arg = trust};
    enum err err = http_start(&http, &trust->http);
    if (err != ERR_OK) {
        snprintf(words, TRUST_WORDS_MAX, "root_listen: nothing can listen there");
        trust_stop(trust);
        return err;
    }
    *out = trust;
    return ERR_OK;
}

int trust_port(const struct trust *trust) {
    return http_port(trust->http);
}

void trust_stop(struct trust *trust) {
    if (!trust) return;
    http_stop(trust->http, DRAIN_MS);
    OPENSSL_free(trust->root);
    buf_release(&trust->page);
    free(trust);
}
