/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/db/vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* A write that no sync has followed: what stood there before. */
struct unsynced {
    struct unsynced *next;
    struct shim *file;
    sqlite3_int64 offset, size_before;
    int size;
    unsigned char before[];
};

struct shim {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct, as large as the system's layer asks */
};

static sqlite3_vfs *system_vfs;
static sqlite3_vfs our_vfs;
static struct vfs_plan plan;
static struct unsynced *unsynced;
static pthread_mutex_t plan_lock = PTHREAD_MUTEX_INITIALIZER;

static sqlite3_file *real(sqlite3_file *file) {
    return ((struct shim *)file)->real;
}

void vfs_set_plan(const struct vfs_plan *next) {
    pthread_mutex_lock(&plan_lock);
    plan = *next;
    pthread_mutex_unlock(&plan_lock);
}

/* Keeps what stands where the write will go; false: no memory. */
static void remember(struct shim *file, int size, sqlite3_int64 offset) {
    struct unsynced *row = calloc(1, sizeof *row + (size_t)size);
    if (!row) log_fatal("vfs: no memory");
    row->file = file;
    row->offset = offset;
    row->size = size;
    file->real->pMethods->xFileSize(file->real, &row->size_before);
    file->real->pMethods->xRead(file->real, row->before, size,
                                offset); /* a short read leaves zeros: cut off below */
    row->next = unsynced;
    unsynced = row;
}

static void forget(struct shim *file) {
    for (struct unsynced **at = &unsynced; *at;) {
        struct unsynced *row = *at;
        if (row->file != file) {
            at = &row->next;
            continue;
        }
        *at = row->next;
        free(row);
    }
}

void vfs_power_cut(bool torn) {
    pthread_mutex_lock(&plan_lock);
    int number = 0;
    for (struct unsynced *row = unsynced; row; row = row->next) {
        if (torn && number++ % 2 == 0) continue;
        const sqlite3_io_methods *methods = row->file->real->pMethods;
        methods->xWrite(row->file->real, row->before, row->size, row->offset);
        sqlite3_int64 now = 0;
        methods->xFileSize(row->file->real, &now);
        if (!torn && now > row->size_before) methods->xTruncate(row->file->real, row->size_before);
    }
    pthread_mutex_unlock(&plan_lock);
}

/* --- the file's methods: all but write, sync, truncate and close go straight on --- */

static int shim_close(sqlite3_file *file) {
    pthread_mutex_lock(&plan_lock);
    forget((struct shim *)file);
    pthread_mutex_unlock(&plan_lock);
    return real(file)->pMethods->xClose(real(file));
}
static int shim_read(sqlite3_file *file, void *out, int size, sqlite3_int64 offset) {
    return real(file)->pMethods->xRead(real(file), out, size, offset);
}

static int shim_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset) {
    if (!plan.remember_unsynced && !plan.space_left && !plan.fail_write)
        return real(file)->pMethods->xWrite(real(file), bytes, size, offset);
    pthread_mutex_lock(&plan_lock);
    int rc = SQLITE_OK;
    sqlite3_int64 now = 0;
    if (plan.fail_write && --plan.fail_write == 0) rc = SQLITE_IOERR_WRITE;
    if (plan.space_left) {
        real(file)->pMethods->xFileSize(real(file), &now);
        int64_t growth = offset + size > now ? offset + size - now : 0;
        if (growth >= plan.space_left) rc = SQLITE_FULL;
        else plan.space_left -= growth;
    }
    if (rc == SQLITE_OK && plan.remember_unsynced) remember((struct shim *)file, size, offset);
    if (rc == SQLITE_OK) rc = real(file)->pMethods->xWrite(real(file), bytes, size, offset);
    pthread_mutex_unlock(&plan_lock);
    return rc;
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size) {
    return real(file)->pMethods->xTruncate(real(file), size);
}

static int shim_sync(sqlite3_file *file, int flags) {
    pthread_mutex_lock(&plan_lock);
    bool refuse = plan.fail_sync > 0 && --plan.fail_sync == 0;
    if (plan.remember_unsynced && !refuse) forget((struct shim *)file);
    pthread_mutex_unlock(&plan_lock);
    int rc = refuse ? SQLITE_IOERR_FSYNC : real(file)->pMethods->xSync(real(file), flags);
    if (rc == SQLITE_OK) return SQLITE_OK;
    log_error("store: the disk failed to sync; nothing unsynced was answered; ending");
    _exit(VFS_EXIT_SYNC);
}

static int shim_file_size(sqlite3_file *file, sqlite3_int64 *out) {
    return real(file)->pMethods->xFileSize(real(file), out);
}
static int shim_lock(sqlite3_file *file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
}
static int shim_unlock(sqlite3_file *file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
static int shim_check_reserved(sqlite3_file *file, int *out) {
    return real(file)->pMethods->xCheckReservedLock(real(file), out);
}
static int shim_control(sqlite3_file *file, int what, void *arg) {
    return real(file)->pMethods->xFileControl(real(file), what, arg);
}
static int shim_sector_size(sqlite3_file *file) {
    return real(file)->pMethods->xSectorSize(real(file));
}
static int shim_traits(sqlite3_file *file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}
static int shim_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
static void shim_shm_barrier(sqlite3_file *file) {
    real(file)->pMethods->xShmBarrier(real(file));
}
static int shim_shm_unmap(sqlite3_file *file, int remove) {
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* no memory-mapped pages: they would pass the write above by */
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_file_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_check_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector_size,
    .xDeviceCharacteristics = shim_traits,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
    (void)vfs;
    struct shim *shim = (struct shim *)file;
    *shim = (struct shim){.real = (sqlite3_file *)(shim + 1)};
    int rc = system_vfs->xOpen(system_vfs, name, shim->real, flags, out_flags);
    shim->base.pMethods = shim->real->pMethods ? &methods : NULL;
    return rc;
}

static void vfs_register(void) {
    system_vfs = sqlite3_vfs_find(NULL);
    our_vfs = *system_vfs;
    our_vfs.pNext = NULL;
    our_vfs.zName = "qianbao";
    our_vfs.szOsFile = (int)sizeof(struct shim) + system_vfs->szOsFile;
    our_vfs.xOpen = shim_open;
    if (sqlite3_vfs_register(&our_vfs, 0) != SQLITE_OK) log_fatal("vfs: cannot register");
}

const char *vfs_name(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, vfs_register);
    return our_vfs.zName;
}
