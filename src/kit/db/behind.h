/* SPDX-License-Identifier: Apache-2.0 */
/* behind: SQLite's log is copied into the file without waiting for the disk.
 *
 * A checkpoint that copies all of the log syncs the file before it returns, and the writer stands still meanwhile: a third of its time
 * under load. One that a reader holds back copies what the reader does not need and leaves the sync to a later one, because the log is
 * not begun anew before. So a reader of our own holds the checkpoint back by a group or so (the pin), and a thread syncs the
 * file behind the writer's back, so that the whole checkpoint that must come some day finds little left to do.
 *
 *     group | pin | group | copy up to the pin, unpin, wake the thread | group | …   COPIES times, then soon a whole checkpoint
 *
 * Copies are few and large, because a page that changed ten times since the last one is copied once; the whole one follows the last of them after a
 * third of the frames, since what it copies it waits for.
 *
 * Nothing rests on the thread's syncs but time: the log stays whole until a checkpoint of SQLite's own has synced the file. But a sync that
 * fails ends the process there too, since the kernel tells it once. */
#ifndef KIT_DB_BEHIND_H
#define KIT_DB_BEHIND_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum { BEHIND_COPIES = 2 };

struct behind;

struct behind *behind_open(const char *store,
                           sqlite3 *writer); /* NULL when it cannot: all checkpoints are whole then */
void behind_close(struct behind *behind);    /* before the writer's connection is closed; NULL is fine */
bool behind_pin(struct behind *behind);      /* the log as it is now */
void behind_unpin(struct behind *behind);    /* fine without a pin */
void behind_sync(struct behind *behind);     /* wakes the thread */

#endif
