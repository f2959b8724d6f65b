/* SPDX-License-Identifier: Apache-2.0 */
/* backup: a copy of the store that is whole, proven, and without the keys; and the way back.
 *
 *     DIR/qianbao.db     the store of one moment (SQLite), or DIR/store.dump (PostgreSQL, by pg_dump)
 *     DIR/backup.json    when, how large, SHA-256
 *
 * The server may write meanwhile: SQLite's copy goes page by page on one snapshot, pg_dump has one of its own. What a backup does not hold is
 * said each time, and what is lost without it: DATA/keys above all, without which names, numbers, phones and cards can be read by nobody,
 * and no server starts on the store. */
#ifndef BIN_BACKUP_H
#define BIN_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/config/config.h"
#include "kit/db/db.h"
#include "kit/json/json_out.h"

enum { BACKUP_PATH_BYTES = 512, BACKUP_HASH_HEX = 65, BACKUP_WORDS_MAX = 600 };

struct backup {
    const struct settings *settings;
    const char *folder;
    void (*told)(const char *what, uint64_t done, uint64_t all);
    /* what came of it */
    enum db_engine engine;
    char file[BACKUP_PATH_BYTES]; /* the copy, or the store that it became */
    char sha256[BACKUP_HASH_HEX];
    int64_t size, made_ms;
};

/* folder: made when it is not there, must be empty. False: words say why; nothing was left that looks like a backup. */
bool backup_make(struct backup *backup, char words[BACKUP_WORDS_MAX]);
/* DATA must hold no store. Checks all that it reads before it writes. SQLite only: a dump goes back by pg_restore, and words say how. */
bool backup_restore(struct backup *backup, char words[BACKUP_WORDS_MAX]);
bool backup_has_keys(const struct settings *settings);

/* The results' keys: the file, and what is not in it; or the store, and what is missing now ("complete": whether nothing is). */
void backup_keys(const struct backup *backup, struct json_out *out);
void backup_restored_keys(const struct backup *backup, struct json_out *out);

#endif
