/* SPDX-License-Identifier: Apache-2.0 */
/* The SMS hook: where it may be (attack row 30), what it is given, and what happens when it does not answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "edge/notify/sms_sender.h"
#include "edge/notify/target.h"
#include "world.h"

#define ROWS(rows) (sizeof rows / sizeof rows[0])

/* --- where --- */

static bool is_public(const char *text) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) return target_is_public((struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return target_is_public((struct sockaddr *)&v6);
}

static void inside_is_not_public(void **state) {
    (void)state;
    static const char *const inside[] = {
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "ff02::1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:0a00:0001::1",
        "2001:db8::1",
    };
    static const char *const outside[] = {"1.1.1.1",        "8.8.8.8",         "172.15.0.1",
                                          "172.32.0.1",     "100.63.0.1",      "100.128.0.1",
                                          "223.5.5.5",      "2400:3200::1",    "2606:4700::1111",
                                          "::ffff:8.8.8.8", "64:ff9b::808:808"};
    for (size_t i = 0; i < ROWS(inside); i++)
        if (is_public(inside[i])) fail_msg("%s", inside[i]);
    for (size_t i = 0; i < ROWS(outside); i++)
        if (!is_public(outside[i])) fail_msg("%s", outside[i]);
    assert_false(target_is_public(&(struct sockaddr){.sa_family = AF_UNIX}));
}

static void a_hook_is_a_plain_url(void **state) {
    (void)state;
    char words[TARGET_WORDS_MAX];
    static const char *const bad[] = {"",
                                      "file:///etc/passwd",
                                      "gopher://127.0.0.1:25/x",
                                      "ftp://example.com/",
                                      "https://user@example.com/",
                                      "https://user:word@example.com/",
                                      "https://example.com/#x",
                                      "https://",
                                      "example.com:x/"};
    static const char *const good[] = {"https://sms.example.com/send", "http://198.51.100.1:8080/a?b=c"};
    for (size_t i = 0; i < ROWS(bad); i++) {
        strcpy(words, "");
        if (target_url_check(bad[i], words) != ERR_CONFIG) fail_msg("%s", bad[i]);
        assert_true(strlen(words) > 0);
    }
    for (size_t i = 0; i < ROWS(good); i++) assert_int_equal(target_url_check(good[i], words), ERR_OK);
}

/* Whatever way the address is written: curl resolves it, the guard sees what comes out. */
static void a_call_inside_is_refused_when_it_connects(void **state) {
    (void)state;
    static const char *const urls[] = {"http://127.0.0.1:9/",
                                       "http://localhost:9/",
                                       "http://2130706433:9/",
                                       "http://0x7f.1:9/",
                                       "http://[::1]:9/",
                                       "http://0:9/",
                                       "http://[::ffff:127.0.0.1]:9/",
                                       "http://169.254.169.254/latest/"};
    for (size_t i = 0; i < ROWS(urls); i++) {
        CURL *curl = curl_easy_init();
        target_guard(curl, false);
        curl_easy_setopt(curl, CURLOPT_URL, urls[i]);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 60000L);
        CURLcode result = curl_easy_perform(curl);
        if (result != CURLE_COULDNT_CONNECT) fail_msg("%s: %s", urls[i], curl_easy_strerror(result));
        curl_easy_cleanup(curl);
    }
}

/* --- a hook of the test's own --- */

struct hook {
    int listener, port;
    pthread_t thread;
    _Atomic int statuses[8]; /* what the n-th call is answered; 0: end */
    _Atomic int calls;
    char request[8][4096];
    sem_t called;
};

static void *hook_live(void *arg) {
    struct hook *hook = arg;
    for (int n = 0; n < 8 && hook->statuses[n]; n++) {
        int peer = accept(hook->listener, NULL, NULL);
        if (peer < 0) return NULL;
        size_t size = 0, whole = sizeof hook->request[n] - 1;
        while (size < whole) {
            ssize_t got = recv(peer, hook->request[n] + size, sizeof hook->request[n] - 1 - size, 0);
            if (got <= 0) break;
            size += (size_t)got;
            hook->request[n][size] = '\0';
            const char *body = strstr(hook->request[n], "\r\n\r\n"),
                       *length = strcasestr(hook->request[n], "Content-Length: ");
            if (body && length)
                whole = (size_t)(body + 4 - hook->request[n]) + strtoul(length + 16, NULL, 10);
        }
        char answer[128];
        int n_answer =
            snprintf(answer, sizeof answer, "HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                     hook->statuses[n]);
        if (send(peer, answer, (size_t)n_answer, MSG_NOSIGNAL) != n_answer) return NULL;
        close(peer);
        atomic_fetch_add(&hook->calls, 1);
        sem_post(&hook->called);
    }
    return NULL;
}

static void hook_open(struct hook *hook) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    hook->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(hook->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(hook->listener, 8), 0);
    assert_int_equal(getsockname(hook->listener, (struct sockaddr *)&address, &size), 0);
    hook->port = ntohs(address.sin_port);
    sem_init(&hook->called, 0, 0);
    pthread_create(&hook->thread, NULL, hook_live, hook);
}

static void hook_close(struct hook *hook) {
    shutdown(hook->listener, SHUT_RDWR);
    pthread_join(hook->thread, NULL);
    close(hook->listener);
}

/* --- a world with one message in it --- */

static char secret_path[96], url[64];
static struct sms_sender *sender;

struct put {
    struct command command;
    const char *phone;
    enum err err;
    size_t left;
    sem_t done;
};

static void put_run(struct command *command, struct group *group) {
    struct put *put = (struct put *)command;
    struct code_sent sent;
    struct fault fault;
    struct code_send_cmd cmd = {text_of(put->phone), CODE_REGISTER, {0}, "271828"};
    put->err = code_send(tx_of(group), &cmd, &fault, &sent);
}

static void left_run(struct command *command, struct group *group) {
    struct put *put = (struct put *)command;
    struct sms sms[10];
    put->left = sms_inbox(group->db, tx_of(group)->keys, sms, 10);
}

static void put_done(struct command *command, enum command_outcome outcome) {
    struct put *put = (struct put *)command;
    if (outcome != COMMAND_DONE) put->err = ERR_STORE;
    sem_post(&put->done);
}

static struct put ask(void (*run)(struct command *, struct group *), const char *phone) {
    struct put put = {.command = {.run = run, .done = put_done}, .phone = phone};
    sem_init(&put.done, 0, 0);
    writer_submit(world.writer, &put.command);
    while (sem_wait(&put.done) != 0) {}
    return put;
}

static void begin(int port) {
    world_open(DB_SQLITE, TIME_PASSES);
    world_start();
    sender = NULL;
    snprintf(secret_path, sizeof secret_path, "%s/secret", world.dir);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/sms?from=us", port);
}

static void sender_open(bool inside) {
    char words[ENVELOPE_WORDS_MAX];
    struct sms_sender_config config = {.writer = world.writer,
                                       .store = world.store.config,
                                       .keys = world.keys,
                                       .url = url,
                                       .secret_path = secret_path,
                                       .code_life_ms = world.settings.rules.code_life_ms,
                                       .inside = inside};
    assert_int_equal(sms_sender_start(&config, &sender, words), ERR_OK);
}

static void end(void) {
    sms_sender_stop(sender);
    world_close();
    clock_set_offset_ms(0);
}

static void header_of(const char *request, const char *name, char *out, size_t size) {
    const char *at = strcasestr(request, name);
    assert_non_null(at);
    at += strlen(name) + 2;
    snprintf(out, size, "%.*s", (int)strcspn(at, "\r"), at);
}

static void wait_until_empty(void) {
    for (int i = 0; i < 3000 && ask(left_run, NULL).left > 0; i++) usleep(20000);
    assert_int_equal(ask(left_run, NULL).left, 0);
}

static void a_message_is_given_until_it_is_taken(void **state) {
    (void)state;
    static struct hook hook = {.statuses = {500, 204}};
    hook_open(&hook);
    begin(hook.port);
    assert_int_equal(ask(put_run, "13812342207").err, ERR_OK);
    sender_open(true);
    while (sem_wait(&hook.called) != 0) {} /* the 500 */
    while (sem_wait(&hook.called) != 0) {} /* two seconds later */
    wait_until_empty();
    assert_int_equal(hook.calls, 2);

    /* What it was given, signed under the shared secret. */
    const char *request = hook.request[1], *body = strstr(request, "\r\n\r\n") + 4;
    assert_int_equal(strncmp(request, "POST /sms?from=us HTTP/1.1\r\n", 28), 0);
    assert_non_null(strstr(body, "\"phone\":\"13812342207\""));
    assert_non_null(strstr(body, "\"code\":\"271828\""));
    assert_non_null(strstr(body, "\"purpose\":\"register\""));
    assert_non_null(strstr(body, "验证码 271828"));
    assert_string_equal(strstr(hook.request[0], "\r\n\r\n") + 4, body); /* the same id both times */
    struct envelope_key key;
    char words[ENVELOPE_WORDS_MAX], time[32], nonce[64], signature[128];
    assert_int_equal(envelope_key_open(secret_path, &key, words), ERR_OK);
    header_of(request, ENVELOPE_HEADER_TIME, time, sizeof time);
    header_of(request, ENVELOPE_HEADER_NONCE, nonce, sizeof nonce);
    header_of(request, ENVELOPE_HEADER_SIGNATURE, signature, sizeof signature);
    struct envelope_seen *seen = envelope_seen_new(clock_real_now_ms() - 60000);
    assert_int_equal(envelope_check_request(&key, seen, "POST", TEXT("/sms?from=us"), text_of(body),
                                            text_of(time), text_of(nonce), text_of(signature),
                                            clock_real_now_ms()),
                     ENVELOPE_GOOD);
    envelope_seen_free(seen);
    hook_close(&hook);
    end();
}

static void a_hook_inside_is_not_called_unasked(void **state) {
    (void)state;
    static struct hook hook = {.statuses = {200}};
    hook_open(&hook);
    begin(hook.port);
    assert_int_equal(ask(put_run, "13812342207").err, ERR_OK);
    sender_open(false);
    usleep(700000);
    assert_int_equal(hook.calls, 0);
    assert_int_equal(ask(left_run, NULL).left, 1); /* waits for its next try */
    hook_close(&hook);
    end();
}

static void a_code_that_is_over_is_not_sent(void **state) {
    (void)state;
    static struct hook hook = {.statuses = {200}};
    hook_open(&hook);
    begin(hook.port);
    assert_int_equal(ask(put_run, "13812342207").err, ERR_OK);
    clock_set_offset_ms(6 * 60000);
    sender_open(true);
    wait_until_empty();
    assert_int_equal(hook.calls, 0);
    hook_close(&hook);
    end();
}

static void a_hook_that_is_none_refuses_the_start(void **state) {
    (void)state;
    char words[ENVELOPE_WORDS_MAX];
    begin(1);
    struct sms_sender_config config = {.writer = world.writer,
                                       .store = world.store.config,
                                       .keys = world.keys,
                                       .url = "file:///etc/passwd",
                                       .secret_path = secret_path};
    assert_int_equal(sms_sender_start(&config, &sender, words), ERR_CONFIG);
    assert_non_null(strstr(words, "neither http nor https"));
    end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inside_is_not_public),
        cmocka_unit_test(a_hook_is_a_plain_url),
        cmocka_unit_test(a_call_inside_is_refused_when_it_connects),
        cmocka_unit_test(a_message_is_given_until_it_is_taken),
        cmocka_unit_test(a_hook_inside_is_not_called_unasked),
        cmocka_unit_test(a_code_that_is_over_is_not_sent),
        cmocka_unit_test(a_hook_that_is_none_refuses_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
