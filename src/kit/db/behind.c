/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/db/behind.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/thread.h"
#include "kit/db/vfs.h"

struct behind {
    sqlite3 *pin;
    sqlite3_file *file; /* the writer's */
    bool pinned;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool wanted, ends;
};

static void *behind_thread(void *arg) {
    struct behind *behind = arg;
    pthread_mutex_lock(&behind->lock);
    for (;;) {
        while (!behind->wanted && !behind->ends) pthread_cond_wait(&behind->wake, &behind->lock);
        if (behind->ends) break;
        behind->wanted = false;
        pthread_mutex_unlock(&behind->lock);
        vfs_sync_behind(behind->file);
        pthread_mutex_lock(&behind->lock);
    }
    pthread_mutex_unlock(&behind->lock);
    return NULL;
}

struct behind *behind_open(const char *store, sqlite3 *writer) {
    struct behind *behind = calloc(1, sizeof *behind);
    if (!behind) log_fatal("db: no memory");
    pthread_mutex_init(&behind->lock, NULL);
    pthread_cond_init(&behind->wake, NULL);
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    bool made = sqlite3_open_v2(store, &behind->pin, flags, vfs_name()) == SQLITE_OK &&
                sqlite3_db_config(behind->pin, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) == SQLITE_OK &&
                sqlite3_file_control(writer, "main", SQLITE_FCNTL_FILE_POINTER, &behind->file) == SQLITE_OK &&
                thread_start("behind", behind_thread, behind, &behind->thread);
    if (made) return behind;
    sqlite3_close(behind->pin);
    free(behind);
    return NULL;
}

void behind_close(struct behind *behind) {
    if (!behind) return;
    pthread_mutex_lock(&behind->lock);
    behind->ends = true;
    pthread_cond_signal(&behind->wake);
    pthread_mutex_unlock(&behind->lock);
    pthread_join(behind->thread, NULL);
    behind_unpin(behind);
    sqlite3_close(behind->pin);
    pthread_cond_destroy(&behind->wake);
    pthread_mutex_destroy(&behind->lock);
    free(behind);
}

bool behind_pin(struct behind *behind) {
    static const char text[] =
        "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1"; /* the first read takes the snapshot */
    behind->pinned = sqlite3_exec(behind->pin, text, NULL, NULL, NULL) == SQLITE_OK;
    return behind->pinned;
}

void behind_unpin(struct behind *behind) {
    if (!sqlite3_get_autocommit(behind->pin)) sqlite3_exec(behind->pin, "ROLLBACK", NULL, NULL, NULL);
    behind->pinned = false;
}

void behind_sync(struct behind *behind) {
    pthread_mutex_lock(&behind->lock);
    behind->wanted = true;
    pthread_cond_signal(&behind->wake);
    pthread_mutex_unlock(&behind->lock);
}
