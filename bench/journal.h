/* SPDX-License-Identifier: Apache-2.0 */
/* journal: the yardstick of the ledger's benchmark. Accounts in memory, the ledger's own checks, 128-byte records, one pwrite and one
 * fdatasync a batch into a file whose blocks are already there. No SQL, no hash, no back-pointers, no pages, nothing published; a
 * plain loop, without the ledger's fetching of accounts before their turn. About the least that a durable ledger can be. */
#ifndef BENCH_JOURNAL_H
#define BENCH_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "ledger/rules.h"

struct journal;

struct journal *journal_open(const char *path, uint64_t accounts, uint64_t balance);
void journal_apply(struct journal *journal, struct ledger_event *events, size_t count,
                   int64_t now_ms);           /* durable when it returns */
void journal_rewind(struct journal *journal); /* begins the file again, its blocks allocated and empty */
void journal_close(struct journal *journal);

#endif
