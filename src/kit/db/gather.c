/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/db/gather.h"

#include <stdlib.h>
#include <string.h>

static int write_now(struct gather *gather, const void *bytes, int size, sqlite3_int64 offset) {
    return gather->write(gather->above, bytes, size, offset);
}

static int read_now(struct gather *gather, void *out, int size, sqlite3_int64 offset) {
    return gather->file->pMethods->xRead(gather->file, out, size, offset);
}

int gather_flush(struct gather *gather) {
    int size = gather->kept_size;
    gather->kept_size = 0;
    return size > 0 ? write_now(gather, gather->kept, size, gather->kept_at) : SQLITE_OK;
}

int gather_write(struct gather *gather, const void *bytes, int size, sqlite3_int64 offset) {
    gather_forget(gather);
    bool follows = offset == gather->kept_at + gather->kept_size && size <= GATHER_MAX - gather->kept_size;
    if (gather->kept_size > 0 && !follows) {
        int rc = gather_flush(gather);
        if (rc != SQLITE_OK) return rc;
    }
    if (!gather->kept) gather->kept = malloc(GATHER_MAX);
    if (!gather->kept || size > GATHER_MAX) return write_now(gather, bytes, size, offset);
    if (gather->kept_size == 0) gather->kept_at = offset;
    memcpy(gather->kept + gather->kept_size, bytes, (size_t)size);
    gather->kept_size += size;
    return SQLITE_OK;
}

void gather_forget(struct gather *gather) {
    gather->ahead_size = 0;
}

/* The bytes from offset on, as many as there are; what a file does not have reads short and is not kept. */
static void read_ahead(struct gather *gather, sqlite3_int64 offset) {
    sqlite3_int64 end = 0;
    gather->ahead_size = 0;
    if (!gather->ahead) gather->ahead = malloc(GATHER_MAX);
    if (!gather->ahead || gather->file->pMethods->xFileSize(gather->file, &end) != SQLITE_OK || offset >= end)
        return;
    int size = end - offset < GATHER_MAX ? (int)(end - offset) : GATHER_MAX;
    if (read_now(gather, gather->ahead, size, offset) != SQLITE_OK) return;
    gather->ahead_at = offset;
    gather->ahead_size = size;
}

static bool is_ahead(const struct gather *gather, int size, sqlite3_int64 offset) {
    return offset >= gather->ahead_at && offset + size <= gather->ahead_at + gather->ahead_size;
}

int gather_read(struct gather *gather, void *out, int size, sqlite3_int64 offset, bool ahead) {
    int rc = gather_flush(gather);
    if (rc != SQLITE_OK) return rc;
    sqlite3_int64 gap = offset - gather->read_end;
    gather->read_end = offset + size;
    if (!ahead) return read_now(gather, out, size, offset);
    if (!is_ahead(gather, size, offset) && gap >= 0 && gap <= GATHER_GAP) read_ahead(gather, offset);
    if (!is_ahead(gather, size, offset)) return read_now(gather, out, size, offset);
    memcpy(out, gather->ahead + (offset - gather->ahead_at), (size_t)size);
    return SQLITE_OK;
}

void gather_release(struct gather *gather) {
    free(gather->kept);
    free(gather->ahead);
    *gather = (struct gather){0};
}
