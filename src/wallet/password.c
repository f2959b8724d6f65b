/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/password.h"

#include <ctype.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zxcvbn.h>

#include "base/data.h"
#include "base/log.h"
#include "base/table.h"

enum { BYTES_MAX = PASSWORD_MAX * 4, BITS_MIN = 30, WEAK_MAX = 1 << 16, STEM_MIN = 3 };

/* --- the table of weak passwords: its lines, lower case, in a set --- */

struct weak {
    struct text *slots; /* open addressing; a power of two, at most half full */
    size_t mask, count;
};
static struct weak weak;
static pthread_once_t weak_once = PTHREAD_ONCE_INIT;

static uint64_t text_hash(struct text a) {
    uint64_t hash =
        UINT64_C(14695981039346656037); /* FNV-1a; the table is ours, nobody chooses its lines against it */
    for (size_t i = 0; i < a.n; i++) hash = (hash ^ (unsigned char)a.p[i]) * UINT64_C(1099511628211);
    return hash;
}

static struct text *weak_slot(struct text word) {
    size_t at = (size_t)text_hash(word) & weak.mask;
    while (weak.slots[at].n && !text_equal(weak.slots[at], word)) at = (at + 1) & weak.mask;
    return &weak.slots[at];
}

static void weak_read(void) {
    struct text table = table_of(data_weak_passwords_zh_txt, data_weak_passwords_zh_txt_size), line;
    weak.mask = 2 * WEAK_MAX - 1;
    weak.slots = calloc(weak.mask + 1, sizeof *weak.slots);
    if (!weak.slots) log_fatal("password: no memory");
    while (weak.count < WEAK_MAX && table_row(&table, &line)) {
        struct text *slot = weak_slot(line);
        if (!slot->n) weak.count++;
        *slot = line;
    }
}

static bool weak_has(struct text word) {
    return word.n >= STEM_MIN && weak_slot(word)->n > 0;
}

size_t password_weak_count(void) {
    pthread_once(&weak_once, weak_read);
    return weak.count;
}

/* The password in small letters, and what is left of it without the digits and signs around its letters: Woaini1314! is woaini. */
static bool password_known(const char *password) {
    char small[BYTES_MAX + 1];
    size_t size = strlen(password), from = 0;
    for (size_t i = 0; i <= size; i++) small[i] = (char)tolower((unsigned char)password[i]);
    pthread_once(&weak_once, weak_read);
    if (weak_has((struct text){small, size})) return true;
    while (from < size && !isalpha((unsigned char)small[from])) from++;
    while (size > from && !isalpha((unsigned char)small[size - 1])) size--;
    return weak_has((struct text){small + from, size - from});
}

/* --- the verdict --- */

/* Pinyin and brands that Chinese passwords are built on; zxcvbn's own dictionaries are English. */
static const char *const pinyin[] = {
    "woaini",   "aini",     "iloveyou", "baobao",   "baobei",  "laopo",    "laogong",  "qinaide", "zhongguo",
    "beijing",  "shanghai", "mima",     "zhifubao", "weixin",  "wechat",   "alipay",   "taobao",  "qianbao",
    "lingqian", "zhifu",    "tencent",  "huawei",   "xiaomi",  "zhangwei", "wangwei",  "liwei",   "zhang",
    "wang",     "xiao",     "woshi",    "nihao",    "shengri", "kuaile",   "yongyuan", "aiqing",  "tiantian",
    "mingtian", "caonima",  "wodemima", "facai",    "jinbao",  "yinhang",  "wangzhe",  "qwerty",  "qazwsx",
};
enum { PINYIN = sizeof pinyin / sizeof pinyin[0] };

static double password_bits(const char *password, const char *phone, const char *nickname) {
    const char *words[PINYIN + 3];
    memcpy(words, pinyin, sizeof pinyin);
    words[PINYIN] = phone;
    words[PINYIN + 1] = nickname[0] ? nickname : NULL;
    words[PINYIN + 2] = NULL;
    return ZxcvbnMatch(password, words, NULL);
}

enum err password_check(struct text password, struct text phone, struct text nickname, struct fault *fault) {
    size_t characters;
    char plain[BYTES_MAX + 1], digits[32], name[128];
    if (!text_utf8(password, &characters) || characters < PASSWORD_MIN || characters > PASSWORD_MAX ||
        memchr(password.p, 0, password.n))
        return fault_field(fault, ERR_WEAK_PASSWORD, "/password");
    text_keep(password, plain, sizeof plain);
    text_keep(phone, digits, sizeof digits);
    text_keep(nickname, name, sizeof name);
    bool weak_one = (digits[0] && strstr(plain, digits)) || password_known(plain) ||
                    password_bits(plain, digits, name) < BITS_MIN;
    explicit_bzero(plain, sizeof plain);
    return weak_one ? fault_field(fault, ERR_WEAK_PASSWORD, "/password") : ERR_OK;
}
