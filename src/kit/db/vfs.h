/* SPDX-License-Identifier: Apache-2.0 */
/* vfs: a thin layer under SQLite, over the system's own file layer.
 *
 * A sync that fails ends the process (DB_EXIT_DISK, db.h): the kernel may have dropped the pages and marked them clean, so a second
 * sync would lie. Recovery at the next start tells what is on disk.
 *
 * In tests it is also the disk: a plan makes it fail or fill up, and a power cut takes back what was not synced. */
#ifndef KIT_DB_VFS_H
#define KIT_DB_VFS_H

#include <stdbool.h>
#include <stdint.h>

const char *vfs_name(void); /* registers itself on first use */

/* Small writes are gathered into large ones (gather.h). Between these two calls, on the thread that checkpoints, nobody writes the log, so
 * it is read in large pieces as well. */
void vfs_checkpointing(bool begun);

/* The log of a connection whose commits are not synced: others read them at once, so its writes are not gathered. */
struct sqlite3_file;
void vfs_write_at_once(struct sqlite3_file *log);

/* What this thread's syncs of the log do: sync it (the beginning), nothing because what they are about is synced (VFS_DONE), or leave it to
 * another thread (VFS_LATER), which calls vfs_sync_log. Answers whether a sync was left since the call before. The sync of a log that begins
 * anew is never left: SQLite needs its first bytes on the disk before those that follow. */
enum vfs_log_sync { VFS_NOW, VFS_LATER, VFS_DONE };
bool vfs_log_syncs(enum vfs_log_sync how);
void vfs_sync_log(struct sqlite3_file *log);

/* Syncs an open file of ours on another thread than the one that writes it (behind.h). */
void vfs_sync_behind(struct sqlite3_file *file);

/* Tests only; all zero is a healthy disk.
 *
 * A power cut takes back what was written or cut off and not synced, and ends the process with status 0. Seed 0: all of it. Any other:
 * of each write, by chance, all, nothing or some of its 512-byte sectors, as a disk without power may do. */
struct vfs_plan {
    bool remember_unsynced; /* needed for power cuts, from before the store is opened; slow */
    int64_t cut_sync;       /* the power is cut in place of the n-th sync from now; 0: never */
    uint64_t cut_seed;
    int64_t fail_sync;  /* the n-th sync from now fails */
    int64_t fail_write; /* the n-th write from now fails with an I/O error */
    int64_t space_left; /* bytes that files may still grow by; 0: no limit (1 is as good as full) */
    bool hold_log;      /* syncs of the log that were left to another thread wait for the next plan */
};
void vfs_set_plan(const struct vfs_plan *plan);
_Noreturn void vfs_power_cut(uint64_t seed);

#endif
