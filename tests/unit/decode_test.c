/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding: which path is whose, and what of a request becomes a field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "edge/api/decode.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static struct keys *keys;
static char folder[] = "/tmp/qianbao-decode-XXXXXX", path[64];

static int open_keys(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/keys", folder);
    return keys_open(path, true, &keys) == ERR_OK ? 0 : -1;
}

static int close_keys(void **state) {
    (void)state;
    keys_free(keys);
    unlink(path);
    return rmdir(folder);
}

/* --- paths --- */

static void paths_match_segment_by_segment(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *path, *first, *second; /* NULL first: no match */
    } rows[] = {
        {"/v1/me", "/v1/me", "", ""},
        {"/v1/me", "/v1/ME", NULL, NULL},
        {"/v1/me", "/v1/me/", NULL, NULL},
        {"/v1/me", "/v1/mee", NULL, NULL},
        {"/v1/me", "/v1/m", NULL, NULL},
        {"/v1/me", "/v1", NULL, NULL},
        {"/v1/me", "/v1/me/x", NULL, NULL},
        {"/v1/me", "//v1/me", NULL, NULL},
        {"/v1/me", "/v1//me", NULL, NULL},
        {"/v1/me", "v1/me", NULL, NULL},
        {"/v1/me", "/v1%2fme", NULL, NULL},
        {"/v1/me", "", NULL, NULL},
        {"/v1/me", "/", NULL, NULL},
        {"/v1/x/{id}", "/v1/x/7", "7", ""},
        {"/v1/x/{id}", "/v1/x/%2e%2e", "%2e%2e", ""},
        {"/v1/x/{id}", "/v1/x/", NULL, NULL},
        {"/v1/x/{id}", "/v1/x//", NULL, NULL},
        {"/v1/x/{id}/y/{b}", "/v1/x/7/y/8", "7", "8"},
        {"/v1/x/{id}/y/{b}", "/v1/x//y/8", NULL, NULL},
        {"/v1/x/{id}/close", "/v1/x/7/close", "7", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct decode_params params = {0};
        bool found = decode_path(rows[i].pattern, text_of(rows[i].path), &params);
        if (found != (rows[i].first != NULL)) fail_msg("%s and %s", rows[i].pattern, rows[i].path);
        if (!found) continue;
        int count = (rows[i].first[0] != '\0') + (rows[i].second[0] != '\0');
        assert_int_equal(params.count, count);
        if (count > 0) assert_true(text_is(params.value[0], rows[i].first));
        if (count > 1) assert_true(text_is(params.value[1], rows[i].second));
    }
}

/* --- fields --- */

struct all {
    uint64_t id;
    struct text text, secret, digits;
    struct money amount;
    int64_t count;
    bool yes;
    int choice;
    uint64_t card;
    struct api_page page;
};
static const char *const choices[] = {"red", "blue", NULL};
static const struct api_field fields[] = {
    FIELD_ID(struct all, id, "id", ID_ORDER, REQUIRED | IN_PATH, ""),
    FIELD_TEXT(struct all, text, "text", REQUIRED, 1, 5, ""),
    FIELD_SECRET(struct all, secret, "secret", OPTIONAL, 1, 8, ""),
    FIELD_DIGITS(struct all, digits, "digits", OPTIONAL, 2, 4, ""),
    FIELD_MONEY(struct all, amount, "amount", OPTIONAL, ""),
    FIELD_INT(struct all, count, "count", OPTIONAL, -5, 5, ""),
    FIELD_BOOL(struct all, yes, "yes", OPTIONAL, ""),
    FIELD_CHOICE(struct all, choice, "choice", choices, OPTIONAL, ""),
    FIELD_ID(struct all, card, "card", ID_CARD, OPTIONAL, ""),
    FIELDS_PAGE(struct all, page),
};
static const struct api_route route = {HTTP_POST, "/v1/x/{id}", WHO_PERSON, API_WRITE,
                                       API_FIELDS(fields, struct all)};

/* One request, decoded. */
struct asked {
    struct http_request request;
    struct api_call call;
    struct all *all;
    unsigned char record[32];
    enum err err;
};

static struct asked *ask_all(const char *at, const char *query, const char *body) {
    struct asked *asked = calloc(1, sizeof *asked);
    struct decode_params params;
    assert_non_null(asked);
    arena_init(&asked->request.arena, 1 << 20);
    asked->request.method = HTTP_POST;
    asked->request.path = text_of(at);
    asked->request.query = text_of(query);
    asked->request.body = text_of(body);
    asked->call = (struct api_call){.request = &asked->request, .route = &route, .keys = keys};
    assert_true(decode_path(route.path, asked->request.path, &params));
    asked->err = decode_request(&asked->call, &params, asked->record);
    asked->all = asked->call.body;
    return asked;
}

static void forget(struct asked *asked) {
    arena_release(&asked->request.arena);
    free(asked);
}

static const char *shown(enum id_kind kind, uint64_t number) {
    static char out[4][PUBLIC_ID_SIZE + 1];
    static int at;
    char *text = out[at++ % 4];
    keys_id_show(keys, kind, number, text);
    return text;
}

static const char *at_order(void) {
    static char at[64];
    snprintf(at, sizeof at, "/v1/x/%s", shown(ID_ORDER, 77));
    return at;
}

static void every_type_is_taken(void **state) {
    (void)state;
    char body[512];
    snprintf(body, sizeof body,
             "{\"text\":\"钱包\",\"secret\":\"s3\\u0063ret\",\"digits\":\"0123\",\"amount\":9007199254740991,"
             "\"count\":-5,\"yes\":true,\"choice\":\"blue\",\"card\":\"%s\"}",
             shown(ID_CARD, 5));
    struct asked *asked = ask_all(at_order(), "limit=7&cursor=a%62c", body);
    assert_int_equal(asked->err, ERR_OK);
    const struct all *all = asked->all;
    assert_int_equal(all->id, 77);
    assert_true(text_is(all->text, "钱包"));
    assert_true(text_is(all->secret, "s3cret"));
    assert_true(text_is(all->digits, "0123"));
    assert_int_equal(all->amount.fen, 9007199254740991);
    assert_int_equal(all->count, -5);
    assert_true(all->yes);
    assert_int_equal(all->choice, 1);
    assert_int_equal(all->card, 5);
    assert_int_equal(all->page.limit, 7);
    assert_true(text_is(all->page.cursor, "abc"));
    forget(asked);

    asked = ask_all(at_order(), "", "{\"text\":\"a\"}");
    assert_int_equal(asked->err, ERR_OK);
    assert_int_equal(asked->all->amount.fen, 0);
    assert_int_equal(asked->all->choice, -1);
    assert_int_equal(asked->all->page.limit, 0);
    assert_int_equal(asked->all->secret.n, 0);
    forget(asked);
}

static void what_is_wrong_is_named(void **state) {
    (void)state;
    static const struct {
        const char *query, *body;
        enum err err;
        const char *field;
    } rows[] = {
        {"", "{}", ERR_MISSING_FIELD, "/text"},
        {"", "", ERR_BAD_JSON, ""},
        {"", "[]", ERR_BAD_JSON, ""},
        {"", "{\"text\":\"a\",\"balance\":1}", ERR_UNKNOWN_FIELD, "/balance"},
        {"", "{\"text\":\"a\",\"id\":\"x\"}", ERR_UNKNOWN_FIELD, "/id"},
        {"", "{\"text\":\"a\",\"limit\":1}", ERR_UNKNOWN_FIELD, "/limit"},
        {"", "{\"text\":\"a\",\"Text\":\"a\"}", ERR_UNKNOWN_FIELD, "/Text"},
        {"", "{\"text\":\"a\",\"a/b~c\":1}", ERR_UNKNOWN_FIELD, "/a~1b~0c"},
        {"", "{\"text\":\"a\",\"\":1}", ERR_UNKNOWN_FIELD, "/"},
        {"text=a", "{}", ERR_UNKNOWN_FIELD, "/text"},
        {"session=x", "{\"text\":\"a\"}", ERR_UNKNOWN_FIELD, "/session"},
        {"", "{\"text\":\"\"}", ERR_BAD_FIELD, "/text"},
        {"", "{\"text\":\"六个字太多了\"}", ERR_BAD_FIELD, "/text"},
        {"", "{\"text\":\"a\\nb\"}", ERR_BAD_FIELD, "/text"},
        {"", "{\"text\":\"a\\u202eb\"}", ERR_BAD_FIELD, "/text"},
        {"", "{\"text\":null}", ERR_BAD_FIELD, "/text"},
        {"", "{\"text\":1}", ERR_BAD_FIELD, "/text"},
        {"", "{\"text\":[\"a\"]}", ERR_BAD_FIELD, "/text"},
        {"", "{\"text\":{\"$ne\":1}}", ERR_BAD_FIELD, "/text"},
        {"", "{\"digits\":\"1\"}", ERR_BAD_FIELD, "/digits"},
        {"", "{\"digits\":\"12345\"}", ERR_BAD_FIELD, "/digits"},
        {"", "{\"digits\":\"1 2\"}", ERR_BAD_FIELD, "/digits"},
        {"", "{\"digits\":\"１２\"}", ERR_BAD_FIELD, "/digits"},
        {"", "{\"digits\":\"١٢\"}", ERR_BAD_FIELD, "/digits"},
        {"", "{\"digits\":12}", ERR_BAD_FIELD, "/digits"},
        {"", "{\"amount\":0}", ERR_BAD_AMOUNT, "/amount"},
        {"", "{\"amount\":-1}", ERR_BAD_AMOUNT, "/amount"},
        {"", "{\"amount\":\"1\"}", ERR_BAD_AMOUNT, "/amount"},
        {"", "{\"amount\":true}", ERR_BAD_AMOUNT, "/amount"},
        {"", "{\"amount\":null}", ERR_BAD_AMOUNT, "/amount"},
        {"", "{\"amount\":1.00}", ERR_BAD_JSON, ""},
        {"", "{\"amount\":1e2}", ERR_BAD_JSON, ""},
        {"", "{\"amount\":9007199254740992}", ERR_BAD_JSON, ""},
        {"", "{\"amount\":1,\"amount\":1}", ERR_BAD_JSON, ""},
        {"", "{\"count\":6}", ERR_BAD_FIELD, "/count"},
        {"", "{\"count\":-6}", ERR_BAD_FIELD, "/count"},
        {"", "{\"count\":\"5\"}", ERR_BAD_FIELD, "/count"},
        {"", "{\"yes\":1}", ERR_BAD_FIELD, "/yes"},
        {"", "{\"yes\":\"true\"}", ERR_BAD_FIELD, "/yes"},
        {"", "{\"choice\":\"green\"}", ERR_BAD_FIELD, "/choice"},
        {"", "{\"choice\":\"Red\"}", ERR_BAD_FIELD, "/choice"},
        {"", "{\"choice\":0}", ERR_BAD_FIELD, "/choice"},
        {"", "{\"card\":\"\"}", ERR_BAD_FIELD, "/card"},
        {"", "{\"card\":\"5\"}", ERR_BAD_FIELD, "/card"},
        {"", "{\"card\":5}", ERR_BAD_FIELD, "/card"},
        {"", "{\"card\":\"00000000000000000000000000\"}", ERR_BAD_FIELD, "/card"},
        {"limit=0", "{\"text\":\"a\"}", ERR_BAD_FIELD, "/limit"},
        {"limit=101", "{\"text\":\"a\"}", ERR_BAD_FIELD, "/limit"},
        {"limit=1&limit=1", "{\"text\":\"a\"}", ERR_BAD_FIELD, "/limit"},
        {"limit=1e1", "{\"text\":\"a\"}", ERR_BAD_FIELD, "/limit"},
        {"limit=+1", "{\"text\":\"a\"}", ERR_BAD_FIELD, "/limit"},
        {"limit=%2b1", "{\"text\":\"a\"}", ERR_BAD_FIELD, "/limit"},
        {"limit=", "{\"text\":\"a\"}", ERR_BAD_FIELD, "/limit"},
        {"limit", "{\"text\":\"a\"}", ERR_BAD_FIELD, "/limit"},
        {"cursor=%00", "{\"text\":\"a\"}", ERR_BAD_FIELD, "/cursor"},
        {"cursor=%4", "{\"text\":\"a\"}", ERR_BAD_FIELD, "/cursor"},
        {"cursor=%zz", "{\"text\":\"a\"}", ERR_BAD_FIELD, "/cursor"},
        {"=x", "{\"text\":\"a\"}", ERR_UNKNOWN_FIELD, "/"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct asked *asked = ask_all(at_order(), rows[i].query, rows[i].body);
        if (asked->err != rows[i].err || asked->call.fault.code != rows[i].err)
            fail_msg("%s %s: %s", rows[i].query, rows[i].body, err_name(asked->err));
        if (strcmp(asked->call.fault.field, rows[i].field) != 0)
            fail_msg("%s %s: field %s", rows[i].query, rows[i].body, asked->call.fault.field);
        forget(asked);
    }
}

static void a_number_that_is_none_is_found_nowhere(void **state) {
    (void)state;
    char of_a_card[64], bent[64];
    snprintf(of_a_card, sizeof of_a_card, "/v1/x/%s", shown(ID_CARD, 77));
    snprintf(bent, sizeof bent, "%s", at_order());
    bent[20] = bent[20] == '0' ? '1' : '0';
    const char *const paths[] = {"/v1/x/77", "/v1/x/..", "/v1/x/%2e%2e", "/v1/x/%", "/v1/x/%00",
                                 of_a_card,  bent};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct asked *asked = ask_all(paths[i], "", "{\"text\":\"a\"}");
        if (asked->err != ERR_NOT_FOUND) fail_msg("%s: %s", paths[i], err_name(asked->err));
        forget(asked);
    }
}

static void long_names_are_cut(void **state) {
    (void)state;
    char body[1000];
    for (size_t size = 55; size < 70; size++) {
        for (int wide = 0; wide < 2; wide++) {
            int at = snprintf(body, sizeof body, "{\"");
            for (size_t i = 0; i < size; i++) at += snprintf(body + at, 8, "%s", wide ? "钱" : "/");
            snprintf(body + at, 8, "\":1}");
            struct asked *asked = ask_all(at_order(), "", body);
            assert_int_equal(asked->err, ERR_UNKNOWN_FIELD);
            size_t characters;
            assert_true(text_utf8(text_of(asked->call.fault.field), &characters));
            assert_true(text_utf8(text_of(asked->call.fault.name), &characters));
            forget(asked);
        }
    }
}

/* --- the record of a request --- */

static bool same_record(const char *query_a, const char *a, const char *query_b, const char *b) {
    struct asked *one = ask_all(at_order(), query_a, a), *other = ask_all(at_order(), query_b, b);
    assert_int_equal(one->err, ERR_OK);
    assert_int_equal(other->err, ERR_OK);
    bool same = memcmp(one->record, other->record, 32) == 0;
    forget(one);
    forget(other);
    return same;
}

static void a_record_tells_requests_apart_and_knows_no_secret(void **state) {
    (void)state;
    assert_true(same_record("", "{\"text\":\"a\",\"count\":1}", "", "{ \"count\": 1, \"text\": \"\\u0061\" }"));
    assert_true(same_record("", "{\"text\":\"a\",\"secret\":\"1\"}", "", "{\"text\":\"a\",\"secret\":\"2\"}"));
    assert_true(same_record("", "{\"text\":\"a\",\"secret\":\"1\"}", "", "{\"text\":\"a\"}"));
    static const char *const bodies[] = {
        "{\"text\":\"a\"}",
        "{\"text\":\"b\"}",
        "{\"text\":\"a\",\"amount\":1}",
        "{\"text\":\"a\",\"amount\":2}",
        "{\"text\":\"a\",\"count\":1}",
        "{\"text\":\"a\",\"yes\":true}",
        "{\"text\":\"a\",\"choice\":\"red\"}",
        "{\"text\":\"a\",\"choice\":\"blue\"}",
        "{\"text\":\"a\",\"digits\":\"11\"}",
        "{\"text\":\"a\",\"digits\":\"111\"}",
    };
    for (size_t i = 0; i < COUNT(bodies); i++)
        for (size_t j = 0; j < COUNT(bodies); j++)
            if (same_record("", bodies[i], "", bodies[j]) != (i == j))
                fail_msg("%s and %s", bodies[i], bodies[j]);
    assert_false(same_record("limit=1", bodies[0], "", bodies[0]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_match_segment_by_segment),
        cmocka_unit_test(every_type_is_taken),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(a_number_that_is_none_is_found_nowhere),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(a_record_tells_requests_apart_and_knows_no_secret),
    };
    return cmocka_run_group_tests_name("decode", tests, open_keys, close_keys);
}
