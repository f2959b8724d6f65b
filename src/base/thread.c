/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <time.h>

enum { THREAD_NAME_MAX = 15 }; /* Linux keeps no more */

bool thread_start(const char *name, void *(*run)(void *arg), void *arg, pthread_t *out) {
    assert(strlen(name) <= THREAD_NAME_MAX);
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&thread, NULL, run, arg) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!started) return false;
    pthread_setname_np(thread, name);
    *out = thread;
    return true;
}

void thread_condition_init(pthread_cond_t *condition) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

bool thread_wait_until(pthread_cond_t *condition, pthread_mutex_t *held, int64_t mono_ms) {
    struct timespec until = {.tv_sec = (time_t)(mono_ms / 1000), .tv_nsec = (long)(mono_ms % 1000) * 1000000};
    return pthread_cond_timedwait(condition, held, &until) == 0;
}
