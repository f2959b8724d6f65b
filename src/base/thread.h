/* SPDX-License-Identifier: Apache-2.0 */
/* thread: how threads begin here, and waiting that no change of the wall clock can stretch.
 *
 * Signals are the main thread's: every other one starts with all of them blocked. A condition that is waited for with a limit is made by
 * thread_condition_init; its limits are times of clock_mono_ms.
 *
 *     pthread_mutex_lock(&lock);
 *     while (!ready && thread_wait_until(&change, &lock, until_ms)) {}
 *     pthread_mutex_unlock(&lock); */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* name: at most 15 characters. False: there are no more threads to have, and *out is untouched. */
bool thread_start(const char *name, void *(*run)(void *arg), void *arg, pthread_t *out);

void thread_condition_init(pthread_cond_t *condition);
/* False: the time has come. True: somebody signalled, or nobody did: look again. */
bool thread_wait_until(pthread_cond_t *condition, pthread_mutex_t *held, int64_t mono_ms);

#endif
