/* SPDX-License-Identifier: Apache-2.0 */
/* copy: a SQLite store into a file of its own while a server writes to it: the state of one moment, page by page. The snapshot is held from the
 * first page to the last, so nothing starts over when the server commits; its log cannot begin anew meanwhile and grows by what it writes. */
#ifndef KIT_DB_COPY_H
#define KIT_DB_COPY_H

#include "base/err.h"
#include "kit/db/db.h"

/* to: must not be there. told: pages done and in all, after each step; may be NULL. ERR_STORE: words in the log; the file is removed. */
enum err db_copy(const struct db_config *from, const char *to, void (*told)(int done, int all));

#endif
