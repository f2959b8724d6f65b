/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/db/syncer.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/thread.h"
#include "kit/db/vfs.h"

struct syncer {
    sqlite3_file *log;
    struct gate *gate;
    void (*arrived)(void *arg);
    void *arg;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool wanted, ends;
};

static void *syncer_thread(void *arg) {
    struct syncer *syncer = arg;
    pthread_mutex_lock(&syncer->lock);
    for (;;) {
        while (!syncer->wanted && !syncer->ends) pthread_cond_wait(&syncer->wake, &syncer->lock);
        if (!syncer->wanted) break;
        syncer->wanted = false;
        pthread_mutex_unlock(&syncer->lock);
        vfs_sync_log(syncer->log);
        gate_synced(syncer->gate);
        syncer->arrived(syncer->arg);
        pthread_mutex_lock(&syncer->lock);
    }
    pthread_mutex_unlock(&syncer->lock);
    return NULL;
}

struct syncer *syncer_open(sqlite3_file *log, struct gate *gate, void (*arrived)(void *arg), void *arg) {
    struct syncer *syncer = calloc(1, sizeof *syncer);
    if (!syncer) log_fatal("db: no memory");
    *syncer = (struct syncer){.log = log, .gate = gate, .arrived = arrived, .arg = arg};
    pthread_mutex_init(&syncer->lock, NULL);
    pthread_cond_init(&syncer->wake, NULL);
    if (thread_start("syncer", syncer_thread, syncer, &syncer->thread)) return syncer;
    pthread_cond_destroy(&syncer->wake);
    pthread_mutex_destroy(&syncer->lock);
    free(syncer);
    return NULL;
}

void syncer_close(struct syncer *syncer) {
    if (!syncer) return;
    pthread_mutex_lock(&syncer->lock);
    syncer->ends = true;
    pthread_cond_signal(&syncer->wake);
    pthread_mutex_unlock(&syncer->lock);
    pthread_join(syncer->thread, NULL);
    pthread_cond_destroy(&syncer->wake);
    pthread_mutex_destroy(&syncer->lock);
    free(syncer);
}

void syncer_sync(struct syncer *syncer) {
    pthread_mutex_lock(&syncer->lock);
    syncer->wanted = true;
    pthread_cond_signal(&syncer->wake);
    pthread_mutex_unlock(&syncer->lock);
}
