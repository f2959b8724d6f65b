/* SPDX-License-Identifier: Apache-2.0 */
/* vfs: a thin layer under SQLite, over the system's own file layer.
 *
 * A sync that fails ends the process (exit status VFS_EXIT_SYNC): the kernel may have dropped the pages and marked them clean, so a
 * second sync would lie. Recovery at the next start tells what is on disk.
 *
 * In tests it is also the disk: a plan makes it fail, fill up, or lose in a power cut whatever was not synced. */
#ifndef KIT_DB_VFS_H
#define KIT_DB_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum { VFS_EXIT_SYNC = 74 }; /* EX_IOERR */

const char *vfs_name(void); /* registers itself on first use */

/* Tests only; all zero is a healthy disk. Set it before the store is opened. */
struct vfs_plan {
    bool remember_unsynced; /* needed for vfs_power_cut; slow */
    int64_t fail_sync;      /* the n-th sync from now fails; 0: none */
    int64_t space_left;     /* bytes that files may still grow by; 0: no limit (1 is as good as full) */
    int64_t fail_write;     /* the n-th write from now fails with an I/O error */
};
void vfs_set_plan(const struct vfs_plan *plan);

/* What was written and not synced is undone, newest first (torn: every second write stays, as a real cut may do). Then the process
 * must end at once. */
void vfs_power_cut(bool torn);

#endif
