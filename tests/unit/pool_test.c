/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of threads: every job runs once, the queue has a most, and stopping loses nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <unistd.h>

#include "base/pool.h"

struct counting {
    struct job job;
    atomic_int runs;
};

static void count_run(struct job *job, void *thread) {
    (void)thread;
    atomic_fetch_add(&((struct counting *)job)->runs, 1);
}

static void every_job_runs_once(void **state) {
    (void)state;
    enum { JOBS = 1000 };
    static struct counting jobs[JOBS];
    struct pool *pool = pool_start(&(struct pool_config){.name = "test", .threads = 4, .queue_max = JOBS});
    assert_non_null(pool);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (struct counting){.job.run = count_run};
        assert_true(pool_submit(pool, &jobs[i].job));
    }
    pool_stop(pool); /* runs what is queued */
    for (int i = 0; i < JOBS; i++) assert_int_equal(jobs[i].runs, 1);
}

static atomic_int gate;

static void wait_at_gate(struct job *job, void *thread) {
    while (atomic_load(&gate) == 0) usleep(1000);
    count_run(job, thread);
}

static void a_full_queue_says_so(void **state) {
    (void)state;
    static struct counting jobs[5];
    atomic_store(&gate, 0);
    struct pool *pool = pool_start(&(struct pool_config){.name = "test", .threads = 1, .queue_max = 3});
    assert_non_null(pool);
    int taken = 0;
    for (int i = 0; i < 5; i++) {
        jobs[i] = (struct counting){.job.run = wait_at_gate};
        taken += pool_submit(pool, &jobs[i].job);
    }
    /* Three wait; a fourth may already be with the thread. */
    assert_true(taken == 3 || taken == 4);
    atomic_store(&gate, 1);
    pool_stop(pool);
    int ran = 0;
    for (int i = 0; i < 5; i++) ran += jobs[i].runs;
    assert_int_equal(ran, taken);
}

static atomic_int begun, ended;

static void *thread_begin(void *arg) {
    atomic_fetch_add(&begun, 1);
    return arg;
}

static void thread_end(void *data) {
    atomic_fetch_add(&ended, *(int *)data);
}

static void threads_begin_and_end(void **state) {
    (void)state;
    int one = 1;
    struct pool *pool = pool_start(&(struct pool_config){.name = "test",
                                                         .threads = 3,
                                                         .queue_max = 1,
                                                         .arg = &one,
                                                         .thread_begin = thread_begin,
                                                         .thread_end = thread_end});
    assert_non_null(pool);
    pool_stop(pool);
    assert_int_equal(begun, 3);
    assert_int_equal(ended, 3);
    pool_stop(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_once),
        cmocka_unit_test(a_full_queue_says_so),
        cmocka_unit_test(threads_begin_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
