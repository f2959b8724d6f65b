/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/db/vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "kit/db/db.h"
#include "kit/db/gather.h"
#include "kit/db/pages.h"

enum { SECTOR = 512 };

struct shim {
    sqlite3_file base;
    sqlite3_file *real;     /* behind this struct, as large as the system's layer asks */
    struct gather gather;   /* over real */
    bool log;               /* SQLite's write-ahead log */
    bool begins;            /* its first bytes were written, and not synced yet */
    sqlite3_int64 kept_end; /* power cut: where the writes end that stay */
};

/* A change of a file that no sync has followed: what stood there before. */
struct unsynced {
    struct unsynced *next; /* older */
    struct shim *file;
    sqlite3_int64 offset, file_size;
    int size; /* of before: what the change covered of the file as it was */
    unsigned char before[];
};

static sqlite3_vfs *system_vfs;
static sqlite3_vfs our_vfs;

/* The disk of the tests. A healthy one costs a look at `planned`. */
static _Atomic bool planned;
static struct vfs_plan plan;
static struct unsynced *unsynced; /* newest first */
static pthread_mutex_t plan_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t plan_changed = PTHREAD_COND_INITIALIZER;

static _Thread_local bool checkpointing;
static _Thread_local enum vfs_log_sync log_syncs;
static _Thread_local bool log_sync_left;

static sqlite3_file *real(sqlite3_file *file) {
    return ((struct shim *)file)->real;
}

static struct gather *gathered(sqlite3_file *file) {
    return &((struct shim *)file)->gather;
}

void vfs_checkpointing(bool begun) {
    checkpointing = begun;
}

bool vfs_log_syncs(enum vfs_log_sync how) {
    bool left = log_sync_left;
    log_syncs = how;
    log_sync_left = false;
    return left;
}

void vfs_write_at_once(sqlite3_file *log) {
    ((struct shim *)log)->log = false;
}

void vfs_set_plan(const struct vfs_plan *next) {
    pthread_mutex_lock(&plan_lock);
    plan = *next;
    atomic_store(&planned, next->remember_unsynced || next->cut_sync || next->fail_sync || next->fail_write ||
                               next->space_left || next->hold_log);
    pthread_cond_broadcast(&plan_changed);
    pthread_mutex_unlock(&plan_lock);
}

static sqlite3_int64 size_of(struct shim *file) {
    sqlite3_int64 size = 0;
    file->real->pMethods->xFileSize(file->real, &size);
    return size;
}

/* Keeps what the file has from offset to end, before that changes. */
static void remember(struct shim *file, sqlite3_int64 offset, sqlite3_int64 end) {
    sqlite3_int64 file_size = size_of(file);
    if (end > file_size) end = file_size;
    int size = end > offset ? (int)(end - offset) : 0;
    struct unsynced *row = calloc(1, sizeof *row + (size_t)size);
    if (!row) log_fatal("vfs: no memory");
    *row =
        (struct unsynced){.next = unsynced, .file = file, .offset = offset, .file_size = file_size, .size = size};
    if (size > 0) file->real->pMethods->xRead(file->real, row->before, size, offset);
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

/* splitmix64 */
static uint64_t chance(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

enum fate { LOST, KEPT, TORN };

static void take_back(struct unsynced *row, enum fate fate, uint64_t *state) {
    struct shim *file = row->file;
    for (int at = 0; at < row->size; at += SECTOR) {
        int size = row->size - at < SECTOR ? row->size - at : SECTOR;
        bool lost = fate == LOST || (fate == TORN && chance(state) % 2 == 0);
        if (lost) file->real->pMethods->xWrite(file->real, row->before + at, size, row->offset + at);
    }
    sqlite3_int64 size = size_of(file);
    if (fate != LOST && size > file->kept_end)
        file->kept_end = fate == KEPT ? size : size - (size - row->file_size) / 2;
    sqlite3_int64 least = row->file_size > file->kept_end ? row->file_size : file->kept_end;
    if (size > least) file->real->pMethods->xTruncate(file->real, least);
}

/* The lock is held and never given back: nothing is written after the cut. */
static _Noreturn void power_cut(uint64_t seed) {
    uint64_t state = seed;
    for (struct unsynced *row = unsynced; row; row = row->next)
        take_back(row, seed == 0 ? LOST : (enum fate)(chance(&state) % 3), &state);
    _exit(0);
}

void vfs_power_cut(uint64_t seed) {
    pthread_mutex_lock(&plan_lock);
    power_cut(seed);
}

/* --- the file's methods: what neither writes nor depends on it goes straight on --- */

static int shim_close(sqlite3_file *file) {
    int rc = gather_flush(gathered(file));
    gather_release(gathered(file));
    pthread_mutex_lock(&plan_lock);
    forget((struct shim *)file);
    pthread_mutex_unlock(&plan_lock);
    int closed = real(file)->pMethods->xClose(real(file));
    return rc != SQLITE_OK ? rc : closed;
}

static int shim_read(sqlite3_file *file, void *out, int size, sqlite3_int64 offset) {
    bool ahead = checkpointing && ((struct shim *)file)->log;
    if (!ahead) gather_forget(gathered(file));
    return gather_read(gathered(file), out, size, offset, ahead);
}

/* What the plan says about a write, and what must be kept of the file before it. */
static int planned_write(struct shim *file, int size, sqlite3_int64 offset) {
    if (plan.fail_write && --plan.fail_write == 0) return SQLITE_IOERR_WRITE;
    sqlite3_int64 grows = offset + size - size_of(file);
    if (plan.space_left && grows >= plan.space_left) return SQLITE_FULL;
    if (plan.space_left && grows > 0) plan.space_left -= grows;
    if (plan.remember_unsynced) remember(file, offset, offset + size);
    return SQLITE_OK;
}

/* What was gathered, on its way to the disk. */
static int write_through(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset) {
    if (!atomic_load_explicit(&planned, memory_order_relaxed))
        return real(file)->pMethods->xWrite(real(file), bytes, size, offset);
    pthread_mutex_lock(&plan_lock);
    int rc = planned_write((struct shim *)file, size, offset);
    if (rc == SQLITE_OK) rc = real(file)->pMethods->xWrite(real(file), bytes, size, offset);
    pthread_mutex_unlock(&plan_lock);
    return rc;
}

/* Only the log is gathered. What a checkpoint writes to the database others may read before any sync: when it cannot copy all of the
 * log, SQLite says at once how far it came. */
static int shim_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset) {
    struct shim *shim = (struct shim *)file;
    if (!shim->log) return write_through(file, bytes, size, offset);
    if (offset == 0) shim->begins = true;
    return gather_write(gathered(file), bytes, size, offset);
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size) {
    gather_forget(gathered(file));
    int rc = gather_flush(gathered(file));
    if (rc != SQLITE_OK) return rc;
    pthread_mutex_lock(&plan_lock);
    if (plan.remember_unsynced) remember((struct shim *)file, size, INT64_MAX);
    pthread_mutex_unlock(&plan_lock);
    return real(file)->pMethods->xTruncate(real(file), size);
}

/* Whether the plan lets this sync through; what it covers cannot be taken back any more. */
static bool planned_sync(struct shim *file) {
    pthread_mutex_lock(&plan_lock);
    if (plan.cut_sync > 0 && --plan.cut_sync == 0) power_cut(plan.cut_seed);
    bool passes = plan.fail_sync == 0 || --plan.fail_sync > 0;
    if (passes) forget(file);
    pthread_mutex_unlock(&plan_lock);
    return passes;
}

static void sync_or_end(sqlite3_file *file, int flags) {
    bool passes = !atomic_load_explicit(&planned, memory_order_relaxed) || planned_sync((struct shim *)file);
    if (passes && real(file)->pMethods->xSync(real(file), flags) == SQLITE_OK) return;
    log_error("store: the disk failed to sync; nobody was answered whose commit it held; ending");
    _exit(DB_EXIT_DISK);
}

static int shim_sync(sqlite3_file *file, int flags) {
    struct shim *shim = (struct shim *)file;
    int rc = gather_flush(gathered(file));
    if (rc != SQLITE_OK) return rc; /* a write failed, as it may: nothing is committed */
    if (shim->log && log_syncs == VFS_DONE) return SQLITE_OK;
    if (shim->log && log_syncs == VFS_LATER && !shim->begins) {
        log_sync_left = true;
        return SQLITE_OK;
    }
    sync_or_end(file, flags);
    shim->begins = false;
    return SQLITE_OK;
}

void vfs_sync_log(sqlite3_file *log) {
    if (atomic_load_explicit(&planned, memory_order_relaxed)) {
        pthread_mutex_lock(&plan_lock);
        while (plan.hold_log) pthread_cond_wait(&plan_changed, &plan_lock);
        pthread_mutex_unlock(&plan_lock);
    }
    sync_or_end(log, SQLITE_SYNC_NORMAL);
}

void vfs_sync_behind(sqlite3_file *file) {
    if (atomic_load(&planned)) return; /* a disk of the tests counts the syncs that something rests on */
    if (real(file)->pMethods->xSync(real(file), SQLITE_SYNC_NORMAL) == SQLITE_OK) return;
    log_error("store: the disk failed to sync; nobody was answered whose commit it held; ending");
    _exit(DB_EXIT_DISK);
}

static int shim_file_size(sqlite3_file *file, sqlite3_int64 *out) {
    int rc = gather_flush(gathered(file));
    if (rc != SQLITE_OK) return rc;
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
    *shim = (struct shim){.real = (sqlite3_file *)(shim + 1)}; /* szOsFile has room for both */
    shim->gather = (struct gather){.file = shim->real, .above = file, .write = write_through};
    shim->log = flags & SQLITE_OPEN_WAL;
    int rc = system_vfs->xOpen(system_vfs, name, shim->real, flags, out_flags);
    shim->base.pMethods = shim->real->pMethods ? &methods : NULL;
    return rc;
}

static void vfs_register(void) {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* counting memory takes a lock at every allocation */
    sqlite3_config(SQLITE_CONFIG_PCACHE2, &pages_methods);
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
