/* SPDX-License-Identifier: Apache-2.0 */
/*
 * migrations: the files of migrations/, inside the binary.
 *
 * scripts/embed writes the table at build time from NNNN_name.sql, in rising order. A number used twice
 * fails the build; gaps are fine. The text is as it stands in the file; its tokens are db's to read.
 */
#ifndef KIT_DB_MIGRATIONS_H
#define KIT_DB_MIGRATIONS_H

#include <stddef.h>

struct migration {
    int number;       /* rising from 1 */
    const char *name; /* what stands between the number and ".sql" */
    const char *sql;
};

extern const struct migration migrations[];
extern const size_t migrations_count;

#endif
