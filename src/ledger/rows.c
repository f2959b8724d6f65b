/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ledger/bytes.h"

enum { ROW_INSERT, ROWS_AFTER, ROW_HOLDING, ROW_NEWEST, ROW_NEWEST_SIZE };
enum { ROWS_AT_ONCE = 256 };
static const struct sql ledger_row_sql[] = {
    [ROW_INSERT] = {"INSERT INTO ledger_row (first, body) VALUES ($1, $2)"},
    [ROWS_AFTER] = {"SELECT first, body FROM ledger_row WHERE first > $1 ORDER BY first LIMIT $2"},
    [ROW_HOLDING] = {"SELECT first, body FROM ledger_row WHERE first <= $1 ORDER BY first DESC LIMIT 1"},
    [ROW_NEWEST] = {"SELECT first, body FROM ledger_row ORDER BY first DESC LIMIT 1"},
    [ROW_NEWEST_SIZE] = {"SELECT first, length(body) FROM ledger_row ORDER BY first DESC LIMIT 1"},
};
DB_STATEMENTS(ledger_row_sql)

/* --- a row's bytes --- */

enum { AT_VERSION = 0, AT_COUNT = 2, AT_FLAGS = 4, AT_FIRST = 8 };

size_t row_count(const unsigned char *body) {
    return bytes_get16(body + AT_COUNT);
}

uint64_t row_first(const unsigned char *body) {
    return bytes_get64(body + AT_FIRST);
}

bool row_last(const unsigned char *body) {
    return bytes_get32(body + AT_FLAGS) == ROW_LAST;
}

const unsigned char *row_digest(const unsigned char *body) {
    return row_entry(body, row_count(body));
}

const unsigned char *row_hash(const unsigned char *body) {
    return row_digest(body) + HASH_SIZE;
}

bool row_shape(struct text body, uint64_t first) {
    const unsigned char *bytes = (const unsigned char *)body.p;
    if (body.n < row_size(1) || body.n > ROW_SIZE_MAX) return false;
    if (bytes_get16(bytes + AT_VERSION) != ROW_VERSION) return false;
    if (bytes_get32(bytes + AT_FLAGS) > ROW_LAST) return false;
    if (row_count(bytes) > ROW_ENTRIES_MAX || body.n != row_size(row_count(bytes))) return false;
    if (first == 0 || row_first(bytes) != first) return false;
    for (size_t i = 0; i < row_count(bytes); i++)
        if (bytes_get64(row_entry(bytes, i)) != first + i) return false;
    return true;
}

void row_compute(struct hash *hash, const unsigned char previous[HASH_SIZE], const unsigned char *body,
                 unsigned char out[HASH_SIZE]) {
    hash_begin(hash);
    hash_add(hash, previous, HASH_SIZE);
    hash_add(hash, body, row_size(row_count(body)) - HASH_SIZE);
    hash_end(hash, out);
}

/* --- the newest rows, in memory --- */

void rows_init(struct rows *rows, size_t room) {
    assert(room >= 2 && (room & (room - 1)) == 0);
    *rows = (struct rows){.room = room};
    rows->slots = calloc(room, sizeof *rows->slots);
    if (!rows->slots) log_fatal("ledger: no memory for rows");
}

void rows_release(struct rows *rows) {
    for (size_t i = 0; i < rows->room; i++) free(rows->slots[i]);
    free(rows->slots);
    *rows = (struct rows){0};
}

bool rows_full(const struct rows *rows) {
    bool needs_row =
        rows->begun == rows->published || row_count(rows_at(rows, rows->begun - 1)) == ROW_ENTRIES_MAX;
    return needs_row && rows->begun - rows->oldest == rows->room;
}

/* All slots hold rows of memory: row i moves from i mod room to i mod 2 room, which is the same place or one `room` further. */
static void rows_grow(struct rows *rows) {
    size_t before = rows->room, room = before * 2;
    unsigned char **slots = reallocarray(rows->slots, room, sizeof *slots);
    if (!slots) log_fatal("ledger: no memory for %zu rows of one group", room);
    memset(slots + before, 0, before * sizeof *slots);
    for (uint64_t row = rows->oldest; row < rows->begun; row++) {
        size_t from = row & (before - 1), to = row & (room - 1);
        if (to == from) continue;
        slots[to] = slots[from];
        slots[from] = NULL;
    }
    rows->slots = slots;
    rows->room = room;
}

static unsigned char *rows_begin(struct rows *rows, uint64_t first) {
    if (rows->begun - rows->oldest == rows->room) {
        if (rows->oldest < rows->published) rows->oldest++;
        else rows_grow(rows);
    }
    unsigned char **slot = &rows->slots[rows->begun & (rows->room - 1)];
    unsigned char *row = *slot ? *slot : malloc(ROW_SIZE_MAX);
    if (!row) log_fatal("ledger: no memory for a row");
    *slot = row;
    rows->begun++;
    bytes_put16(row + AT_VERSION, ROW_VERSION);
    bytes_put16(row + AT_COUNT, 0);
    bytes_put32(row + AT_FLAGS, 0);
    bytes_put64(row + AT_FIRST, first);
    return row;
}

unsigned char *rows_append(struct rows *rows, uint64_t no) {
    unsigned char *row = rows->begun > rows->published ? rows_at(rows, rows->begun - 1) : NULL;
    if (!row || row_count(row) == ROW_ENTRIES_MAX) row = rows_begin(rows, no);
    size_t count = row_count(row);
    bytes_put16(row + AT_COUNT, (uint16_t)(count + 1));
    return row + ROW_HEADER + count * ENTRY_SIZE;
}

const unsigned char *rows_newest_entry(const struct rows *rows) {
    if (rows->begun == rows->published) return NULL;
    const unsigned char *row = rows_at(rows, rows->begun - 1);
    return row_entry(row, row_count(row) - 1);
}

void rows_drop_entry(struct rows *rows) {
    unsigned char *row = rows_at(rows, rows->begun - 1);
    size_t count = row_count(row) - 1;
    bytes_put16(row + AT_COUNT, (uint16_t)count);
    if (count == 0) rows->begun--;
}

void rows_seal(struct rows *rows, struct hash *hash, const unsigned char digest[HASH_SIZE],
               unsigned char head[HASH_SIZE]) {
    for (uint64_t i = rows->published; i < rows->begun; i++) {
        unsigned char *row = rows_at(rows, i);
        bool last = i + 1 == rows->begun;
        size_t size = row_size(row_count(row));
        bytes_put32(row + AT_FLAGS, last ? ROW_LAST : 0);
        unsigned char *tail = row + size - 2 * HASH_SIZE;
        if (last) memcpy(tail, digest, HASH_SIZE);
        else memset(tail, 0, HASH_SIZE);
        row_compute(hash, head, row, tail + HASH_SIZE);
        memcpy(head, tail + HASH_SIZE, HASH_SIZE);
    }
}

const unsigned char *rows_find(const struct rows *rows, uint64_t no) {
    uint64_t low = rows->oldest, high = rows->published; /* the row is in [low, high) */
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        const unsigned char *row = rows_at(rows, middle);
        if (no < row_first(row)) high = middle;
        else if (no < row_first(row) + row_count(row)) return row;
        else low = middle + 1;
    }
    return NULL;
}

/* --- in the store --- */

void rows_store(const struct rows *rows, struct db *db) {
    for (uint64_t i = rows->published; i < rows->begun; i++) {
        const unsigned char *row = rows_at(rows, i);
        struct stmt *q = db_stmt(db, &ledger_row_sql[ROW_INSERT]);
        db_bind_u64(q, row_first(row));
        db_bind_blob(q, row, row_size(row_count(row)));
        db_queue(q);
    }
}

bool row_next(struct row_cursor *cursor, uint64_t *first, struct text *body) {
    for (;;) {
        if (!cursor->stmt) {
            cursor->stmt = db_stmt(cursor->db, &ledger_row_sql[ROWS_AFTER]);
            cursor->left = ROWS_AT_ONCE;
            db_bind_u64(cursor->stmt, cursor->after);
            db_bind_i64(cursor->stmt, ROWS_AT_ONCE);
        }
        if (cursor->left > 0 && db_row(cursor->stmt)) {
            cursor->left--;
            *first = cursor->after = col_number(cursor->stmt, 0);
            *body = db_col_blob(cursor->stmt, 1);
            return true;
        }
        bool all = cursor->left > 0;
        row_done(cursor);
        if (all) return false;
    }
}

void row_done(struct row_cursor *cursor) {
    if (cursor->stmt) db_done(cursor->stmt);
    cursor->stmt = NULL;
}

void row_reader_init(struct row_reader *reader, struct db *db) {
    reader->db = db;
    reader->first = 0;
    reader->count = 0;
}

bool row_reader_find(struct row_reader *reader, uint64_t no) {
    if (no - reader->first < reader->count) return true;
    if (no == 0 || no > (uint64_t)INT64_MAX) return false;
    struct stmt *q = db_stmt(reader->db, &ledger_row_sql[ROW_HOLDING]);
    db_bind_u64(q, no);
    if (db_row(q)) {
        struct text body = db_col_blob(q, 1);
        if (row_shape(body, col_number(q, 0))) {
            memcpy(reader->body, body.p, body.n);
            reader->first = row_first(reader->body);
            reader->count = row_count(reader->body);
        }
    }
    db_done(q);
    return no - reader->first < reader->count;
}

bool row_reader_entry(struct row_reader *reader, uint64_t no, struct entry *out) {
    if (!row_reader_find(reader, no)) return false;
    entry_decode(row_entry(reader->body, no - reader->first), out);
    return true;
}

uint64_t rows_newest(struct db *db, unsigned char hash[HASH_SIZE]) {
    uint64_t newest = 0;
    struct stmt *q = db_stmt(db, &ledger_row_sql[ROW_NEWEST]);
    if (db_row(q)) {
        struct text body = db_col_blob(q, 1);
        const unsigned char *row = (const unsigned char *)body.p;
        if (row_shape(body, col_number(q, 0))) {
            newest = row_first(row) + row_count(row) - 1;
            memcpy(hash, row_hash(row), HASH_SIZE);
        }
    }
    db_done(q);
    return newest;
}

uint64_t rows_newest_no(struct db *db) {
    uint64_t newest = 0;
    struct stmt *q = db_stmt(db, &ledger_row_sql[ROW_NEWEST_SIZE]);
    if (db_row(q)) newest = col_number(q, 0) + (col_number(q, 1) - row_size(0)) / ENTRY_SIZE - 1;
    db_done(q);
    return newest;
}
