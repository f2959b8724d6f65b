/* SPDX-License-Identifier: Apache-2.0 */
/* syncer: the thread that brings the log of a commit to the disk while the writer runs the next group.
 *
 * A commit of SQLite ends with a sync of the log, and the writer stood still meanwhile: half of its time under load. So that sync is put off
 * (vfs.h) and done here. At most one is under way: the next commit waits for it before it writes to the log. Until it is done nobody is
 * answered (writer.h), and readers stay (gate.h). If it fails, the process ends there. */
#ifndef KIT_DB_SYNCER_H
#define KIT_DB_SYNCER_H

#include <sqlite3.h>

#include "kit/db/gate.h"

struct syncer;

/* NULL when there is no thread to have. `arrived` is called on the thread after each sync. */
struct syncer *syncer_open(sqlite3_file *log, struct gate *gate, void (*arrived)(void *arg), void *arg);
void syncer_close(struct syncer *syncer); /* ends what is under way; NULL is fine */
void syncer_sync(struct syncer *syncer);  /* the commit that has begun */

#endif
