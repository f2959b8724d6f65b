/* SPDX-License-Identifier: Apache-2.0 */
/* rows: entries as they lie in the store, packed in rows of at most 30 so that a row fits one 4 KiB page, and the newest rows in memory.
 *
 *     header 16                                 entries             digest 32                 hash 32
 *     version 2 | count 2 | flags 4 | first 8   count × 128         of the group, or zeros    SHA-256(previous row's hash ‖ all before)
 *
 * A group's rows follow one another; the last has ROW_LAST and the group's digest. The hash of the very first row stands on 32 zeros.
 * The table's key is the first entry's number, so the numbers in a row are first, first + 1, … */
#ifndef LEDGER_ROWS_H
#define LEDGER_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "kit/db/db.h"
#include "ledger/entry.h"
#include "ledger/hash.h"

enum {
    ROW_VERSION = 1,
    ROW_ENTRIES_MAX = 30,
    ROW_HEADER = 16,
    ROW_SIZE_MAX = ROW_HEADER + ROW_ENTRIES_MAX * ENTRY_SIZE + 2 * HASH_SIZE,
};
enum row_flag { ROW_LAST = 1 };

/* A row's bytes. */
static inline size_t row_size(size_t count) {
    return ROW_HEADER + count * ENTRY_SIZE + 2 * HASH_SIZE;
}
bool row_shape(struct text body, uint64_t first); /* the size fits the count, the numbers rise from first */
size_t row_count(const unsigned char *body);
uint64_t row_first(const unsigned char *body);
bool row_last(const unsigned char *body);
static inline const unsigned char *row_entry(const unsigned char *body, size_t i) {
    return body + ROW_HEADER + i * ENTRY_SIZE;
}
const unsigned char *row_digest(const unsigned char *body);
const unsigned char *row_hash(const unsigned char *body);
void row_compute(struct hash *hash, const unsigned char previous[HASH_SIZE], const unsigned char *body,
                 unsigned char out[HASH_SIZE]);

/* --- the newest rows, in memory --- */

/* The open group writes behind the published rows; older ones are given up as room is needed. The writer changes it; other threads
 * read published rows, under the ledger's lock. */
struct rows {
    unsigned char **slots;             /* row i lies in slots[i & (room - 1)] */
    size_t room;                       /* a power of two; grows only for a group that needs it */
    uint64_t oldest, published, begun; /* oldest <= published <= begun: numbers of rows */
};

void rows_init(struct rows *rows, size_t room);
void rows_release(struct rows *rows);
static inline unsigned char *rows_at(const struct rows *rows, uint64_t i) {
    return rows->slots[i & (rows->room - 1)];
}
/* Where entry `no` goes: 128 bytes in the open row, or in a new one. `full` tells beforehand that a published row would have to go. */
bool rows_full(const struct rows *rows);
unsigned char *rows_append(struct rows *rows, uint64_t no);
const unsigned char *rows_newest_entry(const struct rows *rows); /* of the open group; NULL when it has none */
void rows_drop_entry(struct rows *rows);
/* Fills in digest and hashes of the open group's rows. `head` is the hash of the newest row before and becomes that of the last. */
void rows_seal(struct rows *rows, struct hash *hash, const unsigned char digest[HASH_SIZE],
               unsigned char head[HASH_SIZE]);
/* The published row that holds the entry, NULL when it is gone or not there yet. */
const unsigned char *rows_find(const struct rows *rows, uint64_t no);

/* --- in the store --- */

/* A number that we stored; one that cannot be ours (somebody wrote to the store) reads as the highest, which names nothing. */
static inline uint64_t col_number(const struct stmt *q, int column) {
    int64_t value = db_col_i64(q, column);
    return value < 0 ? UINT64_MAX : (uint64_t)value;
}

void rows_store(const struct rows *rows, struct db *db); /* the open group's */

/* Reads rows in order from the one after `after`, a few hundred at a time. */
struct row_cursor {
    struct db *db;
    struct stmt *stmt;
    uint64_t after;
    int left;
};
bool row_next(struct row_cursor *cursor, uint64_t *first, struct text *body); /* body: until the next call */
void row_done(struct row_cursor *cursor);

/* Keeps the row read last: neighbouring entries of an account often share one. */
struct row_reader {
    struct db *db;
    uint64_t first;
    size_t count;
    unsigned char body[ROW_SIZE_MAX];
};
void row_reader_init(struct row_reader *reader, struct db *db);
bool row_reader_find(struct row_reader *reader,
                     uint64_t no); /* false: not in the store, or not yet in this snapshot */
static inline uint64_t row_reader_last(const struct row_reader *reader) {
    return reader->first + reader->count - 1;
}
bool row_reader_entry(struct row_reader *reader, uint64_t no, struct entry *out);

/* The newest row: its last entry's number (0: none) and its hash. */
uint64_t rows_newest(struct db *db, unsigned char hash[HASH_SIZE]);
/* Only the number, without reading the row. */
uint64_t rows_newest_no(struct db *db);

#endif
