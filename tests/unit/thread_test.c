/* SPDX-License-Identifier: Apache-2.0 */
/* A thread of ours: its name, its signals, and waiting with a limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>

#include "base/clock.h"
#include "base/thread.h"

struct seen {
    sigset_t blocked;
};

static void *look_around(void *arg) {
    struct seen *seen = arg;
    pthread_sigmask(SIG_SETMASK, NULL, &seen->blocked);
    return NULL;
}

static void signals_stay_with_the_main_thread(void **state) {
    (void)state;
    struct seen seen;
    sigset_t before, after;
    pthread_t thread;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_true(thread_start("looks", look_around, &seen, &thread));
    pthread_join(thread, NULL);
    assert_true(sigismember(&seen.blocked, SIGTERM));
    assert_true(sigismember(&seen.blocked, SIGINT));
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
    assert_false(sigismember(&after, SIGTERM));
}

static struct {
    pthread_mutex_t lock;
    pthread_cond_t change;
    int turn;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Waits for its turn, and hands it back. */
static void *answer(void *arg) {
    (void)arg;
    pthread_mutex_lock(&table.lock);
    while (table.turn != 1) pthread_cond_wait(&table.change, &table.lock);
    table.turn = 2;
    pthread_cond_broadcast(&table.change);
    pthread_mutex_unlock(&table.lock);
    return NULL;
}

static void a_thread_goes_by_its_name(void **state) {
    (void)state;
    char name[16];
    pthread_t thread;
    table.turn = 0;
    thread_condition_init(&table.change);
    assert_true(thread_start("fifteen letters", answer, NULL, &thread));
    assert_int_equal(pthread_getname_np(thread, name, sizeof name), 0);
    assert_string_equal(name, "fifteen letters");
    pthread_mutex_lock(&table.lock);
    table.turn = 1;
    pthread_cond_broadcast(&table.change);
    while (table.turn != 2)
        assert_true(thread_wait_until(&table.change, &table.lock, clock_mono_ms() + 60000));
    pthread_mutex_unlock(&table.lock);
    pthread_join(thread, NULL);
    pthread_cond_destroy(&table.change);
}

static void a_wait_ends_in_time(void **state) {
    (void)state;
    thread_condition_init(&table.change);
    int64_t begun_ms = clock_mono_ms();
    pthread_mutex_lock(&table.lock);
    assert_false(thread_wait_until(&table.change, &table.lock, begun_ms - 5));
    while (thread_wait_until(&table.change, &table.lock, begun_ms + 20)) {}
    pthread_mutex_unlock(&table.lock);
    assert_in_range(clock_mono_ms() - begun_ms, 20, 60000);
    pthread_cond_destroy(&table.change);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_stay_with_the_main_thread),
        cmocka_unit_test(a_thread_goes_by_its_name),
        cmocka_unit_test(a_wait_ends_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
