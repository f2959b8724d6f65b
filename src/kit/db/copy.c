/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/db/copy.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/log.h"

enum { PAGES_A_STEP = 2000, BUSY_PAUSE_MS = 20, BUSY_MAX = 500 };

static bool copied(sqlite3 *from, sqlite3 *to, void (*told)(int done, int all)) {
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    int rc = backup ? SQLITE_OK : SQLITE_ERROR, busy = 0;
    while (rc == SQLITE_OK || ((rc == SQLITE_BUSY || rc == SQLITE_LOCKED) && busy++ < BUSY_MAX)) {
        if (rc != SQLITE_OK) sqlite3_sleep(BUSY_PAUSE_MS);
        rc = sqlite3_backup_step(backup, PAGES_A_STEP);
        int all = sqlite3_backup_pagecount(backup);
        if (told) told(all - sqlite3_backup_remaining(backup), all);
    }
    return sqlite3_backup_finish(backup) == SQLITE_OK && rc == SQLITE_DONE;
}

static bool synced(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool done = file >= 0 && fsync(file) == 0;
    if (file >= 0) close(file);
    return done;
}

enum err db_copy(const struct db_config *config, const char *to, void (*told)(int done, int all)) {
    sqlite3 *source = NULL, *copy = NULL;
    bool done = sqlite3_open_v2(config->store, &source, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
                sqlite3_busy_timeout(source, 5000) == SQLITE_OK &&
                sqlite3_exec(source, "PRAGMA query_only = 1; BEGIN; SELECT count(*) FROM migration;", NULL,
                             NULL, NULL) == SQLITE_OK;
    if (!done) log_error("copy: %s: %s", config->store, source ? sqlite3_errmsg(source) : "no memory");
    if (done) {
        done = sqlite3_open_v2(to, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK &&
               copied(source, copy, told) &&
               sqlite3_exec(copy, "PRAGMA journal_mode = WAL;", NULL, NULL, NULL) == SQLITE_OK;
        if (!done) log_error("copy: %s: %s", to, copy ? sqlite3_errmsg(copy) : "no memory");
    }
    sqlite3_close(copy);
    sqlite3_close(source);
    if (done && synced(to)) return ERR_OK;
    if (copy) unlink(to);
    return ERR_STORE;
}
