/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/thread.h"

enum { THREADS_MAX = 64 };

struct pool {
    struct pool_config config;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct job *first, **last;
    size_t queued;
    int started;
    bool stopping;
    pthread_t threads[THREADS_MAX];
};

static struct job *pool_take(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    while (!pool->first && !pool->stopping) pthread_cond_wait(&pool->more, &pool->lock);
    struct job *job = pool->first;
    if (job) {
        pool->first = job->next;
        if (!pool->first) pool->last = &pool->first;
        pool->queued--;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *pool_thread(void *arg) {
    struct pool *pool = arg;
    void *data = pool->config.thread_begin ? pool->config.thread_begin(pool->config.arg) : NULL;
    for (struct job *job; (job = pool_take(pool)) != NULL;) job->run(job, data);
    if (pool->config.thread_end) pool->config.thread_end(data);
    return NULL;
}

static bool pool_spawn(struct pool *pool) {
    while (pool->started < pool->config.threads &&
           thread_start(pool->config.name, pool_thread, pool, &pool->threads[pool->started]))
        pool->started++;
    return pool->started == pool->config.threads;
}

struct pool *pool_start(const struct pool_config *config) {
    assert(config->threads > 0 && config->threads <= THREADS_MAX);
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool) return NULL;
    pool->config = *config;
    pool->last = &pool->first;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->more, NULL);
    if (pool_spawn(pool)) return pool;
    pool_stop(pool);
    return NULL;
}

bool pool_submit(struct pool *pool, struct job *job) {
    pthread_mutex_lock(&pool->lock);
    bool taken = !pool->stopping && pool->queued < pool->config.queue_max;
    if (taken) {
        job->next = NULL;
        *pool->last = job;
        pool->last = &job->next;
        pool->queued++;
        pthread_cond_signal(&pool->more);
    }
    pthread_mutex_unlock(&pool->lock);
    return taken;
}

void pool_stop(struct pool *pool) {
    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->more);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->started; i++) pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->more);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
