/* SPDX-License-Identifier: Apache-2.0 */
/* Signed requests and answers: the good one, each way to spoil it, and the secret's file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/crypto/envelope.h"

static const struct envelope_key key = {{1, 2, 3}}, other_key = {{1, 2, 4}};
static const int64_t NOW = 1700000000000;

/* Python's hmac gives this signature for the same five lines. */
static void layout_is_pinned(void **state) {
    (void)state;
    struct envelope envelope;
    envelope_answer(&key, 200, TEXT("000102030405060708090a0b0c0d0e0f"), TEXT("{}"), NOW, &envelope);
    assert_string_equal(envelope.time, "1700000000000");
    assert_string_equal(envelope.signature,
                        "b64f7373d205540b885ddd6d3b3ac0341a7c1dad1e5dc3ff193951d938737bcf");
}

struct spoilt {
    const char *what;
    const struct envelope_key *key;
    const char *method, *target, *body;
    int64_t later_ms;
    enum envelope_end end;
};
static const struct spoilt spoilts[] = {
    {"nothing", &key, "POST", "/v1/payments?x=1", "{}", 5, ENVELOPE_GOOD},
    {"nothing, at the end of the window", &key, "POST", "/v1/payments?x=1", "{}", ENVELOPE_WINDOW_MS - 1,
     ENVELOPE_GOOD},
    {"key", &other_key, "POST", "/v1/payments?x=1", "{}", 5, ENVELOPE_FORGED},
    {"method", &key, "PUT", "/v1/payments?x=1", "{}", 5, ENVELOPE_FORGED},
    {"query", &key, "POST", "/v1/payments?x=2", "{}", 5, ENVELOPE_FORGED},
    {"body", &key, "POST", "/v1/payments?x=1", "{ }", 5, ENVELOPE_FORGED},
    {"line moved into the target", &key, "POST", "/v1/payments?x=1\n", "{}", 5, ENVELOPE_FORGED},
    {"too late", &key, "POST", "/v1/payments?x=1", "{}", ENVELOPE_WINDOW_MS, ENVELOPE_STALE},
    {"from the future", &key, "POST", "/v1/payments?x=1", "{}", -ENVELOPE_WINDOW_MS, ENVELOPE_STALE},
};

static void spoilt_requests_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof spoilts / sizeof spoilts[0]; i++) {
        const struct spoilt *s = &spoilts[i];
        struct envelope_seen *seen = envelope_seen_new(NOW - 10 * ENVELOPE_WINDOW_MS);
        struct envelope e;
        envelope_request(&key, "POST", TEXT("/v1/payments?x=1"), TEXT("{}"), NOW, &e);
        enum envelope_end end = envelope_check_request(s->key, seen, s->method, text_of(s->target),
                                                       text_of(s->body), text_of(e.time), text_of(e.nonce),
                                                       text_of(e.signature), NOW + s->later_ms);
        if (end != s->end) fail_msg("spoilt %s: %s", s->what, envelope_end_name(end));
        envelope_seen_free(seen);
    }
}

static enum envelope_end check(struct envelope_seen *seen, const struct envelope *e, int64_t now_ms) {
    return envelope_check_request(&key, seen, "GET", TEXT("/"), TEXT(""), text_of(e->time), text_of(e->nonce),
                                  text_of(e->signature), now_ms);
}

static void each_request_is_good_once(void **state) {
    (void)state;
    struct envelope_seen *seen = envelope_seen_new(NOW);
    struct envelope first, second, early;
    envelope_request(&key, "GET", TEXT("/"), TEXT(""), NOW + ENVELOPE_WINDOW_MS - 1, &first);
    envelope_request(&key, "GET", TEXT("/"), TEXT(""), NOW, &second);
    envelope_request(&key, "GET", TEXT("/"), TEXT(""), NOW - 1, &early);
    assert_int_equal(check(seen, &first, NOW), ENVELOPE_GOOD);
    assert_int_equal(check(seen, &second, NOW), ENVELOPE_GOOD);
    assert_int_equal(check(seen, &second, NOW), ENVELOPE_REPLAYED);
    assert_int_equal(check(seen, &early, NOW),
                     ENVELOPE_STALE); /* before we started: it may have been seen then */
    /* The first is good for two windows, and remembered so long although the generations changed. */
    for (int64_t at = 0; at < 2 * ENVELOPE_WINDOW_MS - 1; at += ENVELOPE_WINDOW_MS / 4) {
        struct envelope noise;
        envelope_request(&key, "GET", TEXT("/"), TEXT(""), NOW + at, &noise);
        assert_int_equal(check(seen, &noise, NOW + at), ENVELOPE_GOOD);
        assert_int_equal(check(seen, &first, NOW + at), ENVELOPE_REPLAYED);
    }
    assert_int_equal(check(seen, &first, NOW + 3 * ENVELOPE_WINDOW_MS), ENVELOPE_STALE);
    envelope_seen_free(seen);
}

static void missing_headers_are_forged(void **state) {
    (void)state;
    struct envelope_seen *seen = envelope_seen_new(NOW);
    struct envelope e;
    envelope_request(&key, "GET", TEXT("/"), TEXT(""), NOW, &e);
    struct envelope without = e;
    without.signature[0] = '\0';
    assert_int_equal(check(seen, &without, NOW), ENVELOPE_FORGED);
    without = e;
    without.nonce[0] = '\0';
    assert_int_equal(check(seen, &without, NOW), ENVELOPE_FORGED);
    without = e;
    without.time[0] = '\0';
    assert_int_equal(check(seen, &without, NOW), ENVELOPE_FORGED);
    without = e;
    without.signature[5] = 'z';
    assert_int_equal(check(seen, &without, NOW), ENVELOPE_FORGED);
    assert_int_equal(check(seen, &e, NOW), ENVELOPE_GOOD);
    envelope_seen_free(seen);
}

static void answers_belong_to_one_request(void **state) {
    (void)state;
    struct envelope asked, other, answer;
    envelope_request(&key, "GET", TEXT("/"), TEXT(""), NOW, &asked);
    envelope_request(&key, "GET", TEXT("/"), TEXT(""), NOW, &other);
    envelope_answer(&key, 200, text_of(asked.nonce), TEXT("yes"), NOW, &answer);
    struct text time = text_of(answer.time), mark = text_of(answer.signature), nonce = text_of(asked.nonce);
    assert_int_equal(envelope_check_answer(&key, 200, TEXT("yes"), time, nonce, mark, NOW), ENVELOPE_GOOD);
    assert_int_equal(envelope_check_answer(&key, 404, TEXT("yes"), time, nonce, mark, NOW), ENVELOPE_FORGED);
    assert_int_equal(envelope_check_answer(&key, 200, TEXT("no"), time, nonce, mark, NOW), ENVELOPE_FORGED);
    assert_int_equal(envelope_check_answer(&key, 200, TEXT("yes"), time, text_of(other.nonce), mark, NOW),
                     ENVELOPE_FORGED);
    assert_int_equal(envelope_check_answer(&other_key, 200, TEXT("yes"), time, nonce, mark, NOW),
                     ENVELOPE_FORGED);
    assert_int_equal(envelope_check_answer(&key, 200, TEXT("yes"), time, nonce, mark, NOW + ENVELOPE_WINDOW_MS),
                     ENVELOPE_STALE);
}

static void write_file(const char *path, const char *text, mode_t mode) {
    unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
}

static void secret_is_made_once(void **state) {
    (void)state;
    static const char digits[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    char dir[] = "/tmp/envelope_test.XXXXXX", path[64], words[ENVELOPE_WORDS_MAX];
    struct envelope_key one, two;
    struct stat about;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/secret", dir);

    assert_int_equal(envelope_key_open(path, &one, words), ERR_OK);
    assert_int_equal(envelope_key_open(path, &two, words), ERR_OK);
    assert_memory_equal(one.bytes, two.bytes, sizeof one.bytes);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_nlink, 1);

    write_file(path, digits, 0644);
    assert_int_equal(envelope_key_open(path, &two, words), ERR_CONFIG);
    assert_non_null(strstr(words, "read by others"));
    write_file(path, digits, 0600);
    assert_int_equal(envelope_key_open(path, &two, words), ERR_OK);
    assert_int_equal(two.bytes[31], 0x1f);
    write_file(path, digits + 1, 0600);
    assert_int_equal(envelope_key_open(path, &two, words), ERR_CONFIG);
    unlink(path);
    rmdir(dir);
    assert_int_equal(envelope_key_open(path, &two, words), ERR_OK); /* its directory is made too */
    unlink(path);
    rmdir(dir);
    snprintf(path, sizeof path, "%s/a/secret", dir);
    assert_int_equal(envelope_key_open(path, &two, words), ERR_CONFIG); /* but only that one */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_is_pinned),
        cmocka_unit_test(spoilt_requests_are_refused),
        cmocka_unit_test(each_request_is_good_once),
        cmocka_unit_test(missing_headers_are_forged),
        cmocka_unit_test(answers_belong_to_one_request),
        cmocka_unit_test(secret_is_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
