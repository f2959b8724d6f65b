/* SPDX-License-Identifier: Apache-2.0 */
/* gather: between the layer under SQLite and the system's, for its log: many small writes become a few large ones, and a checkpoint's many
 * small reads too. SQLite writes a page of its log in two calls and reads it again with one; at a thousand pages a group the calls
 * cost more than the bytes.
 *
 * Writes that follow one another are kept until the file is synced, read, asked for its size, cut or closed, or until one comes that
 * does not follow. Nobody else misses them: with synchronous=FULL other connections learn of a page in the log only after its sync. A kept
 * write that fails is told by the call that hands it on.
 *
 * Reading ahead is only right while nobody writes the file: during a checkpoint; and only worth it when the pages are read in the order
 * they lie in. A checkpoint reads in the order of the database: 124 KiB read for each page of it that was changed at random cost more
 * than all else in it. */
#ifndef KIT_DB_GATHER_H
#define KIT_DB_GATHER_H

#include <sqlite3.h>
#include <stdbool.h>

enum {
    GATHER_MAX = 124 * 1024, /* SQLite's layer for Unix takes no more than 128 KiB - 1 at once */
    GATHER_GAP = 24,         /* between two pages of the log: a frame's header */
};

typedef int gather_write_fn(sqlite3_file *above, const void *bytes, int size, sqlite3_int64 offset);

struct gather {
    sqlite3_file *file;     /* the system's: to read */
    sqlite3_file *above;    /* whose it is */
    gather_write_fn *write; /* hands its bytes on */
    unsigned char *kept, *ahead;
    sqlite3_int64 kept_at, ahead_at, read_end;
    int kept_size, ahead_size;
};

int gather_write(struct gather *gather, const void *bytes, int size, sqlite3_int64 offset);
int gather_flush(struct gather *gather); /* hands on what is kept; a code of SQLite */
int gather_read(struct gather *gather, void *out, int size, sqlite3_int64 offset, bool ahead);
void gather_forget(struct gather *gather); /* what was read ahead may be old now */
void gather_release(struct gather *gather);

#endif
