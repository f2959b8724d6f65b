/* SPDX-License-Identifier: Apache-2.0 */
/* pool: a fixed number of threads and a bounded queue of jobs, for what must not run on the HTTP loop (reads, Argon2id, RSA).
 *
 * A job is a struct that its owner embeds; the pool touches only `next`. When the queue is full the submit says so and the caller
 * answers BUSY. pool_stop runs what is queued, then joins the threads. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct pool;
struct job {
    void (*run)(struct job *job, void *thread); /* thread: what thread_begin gave for this thread */
    struct job *next;
};

struct pool_config {
    const char *name; /* at most 15 characters; the threads are named by it */
    int threads;      /* 1 .. 64 */
    size_t queue_max;
    void *arg;
    void *(*thread_begin)(void *arg);      /* may be NULL */
    void (*thread_end)(void *thread_data); /* may be NULL */
};

struct pool *pool_start(const struct pool_config *config); /* NULL: no thread could be made */
bool pool_submit(struct pool *pool, struct job *job); /* false: full or stopping; the job stays the caller's */
void pool_stop(struct pool *pool);                    /* frees the pool; NULL is fine */

#endif
