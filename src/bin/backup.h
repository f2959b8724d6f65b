/* SPDX-License-Identifier: Apache-2.0 */
/* backup: a copy of the store that is whole, proven, and without the keys; and the way back.
 *
 *     DIR/qianbao.db     the store of one moment (SQLite), or DIR/store.dump (PostgreSQL, by pg_dump)
 *     DIR/backup.json    when, how large, SHA-256
 *
 * What it does not hold is said each time: DATA/keys above all, without which names, numbers, phones and cards in it can be read by nobody, and
 * no server starts on it. */
#ifndef BIN_BACKUP_H
#define BIN_BACKUP_H

#include <stddef.h>

#include "edge/config/config.h"

/* 0: done; 1: refused or failed, and said why on stderr. dir: made when it is not there, must be empty. */
int backup_make(const struct settings *settings, const char *dir);
/* DATA must hold no store. Checks what it reads before it writes; SQLite only: a dump goes back by pg_restore, which is said. */
int backup_restore(const struct settings *settings, const char *dir);
/* The path of the copied store in DIR. */
void backup_store_path(const char *dir, char *out, size_t size);

#endif
