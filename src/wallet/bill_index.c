/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/bill_index.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

enum {
    BLOCKS_AT_ONCE = 32, /* read by one statement of a merge */
    BLOCKS_FIRST = 4,    /* and of a question: few at first, since most end soon, */
    BLOCKS_MOST = 128,   /* then more, since a round trip costs PostgreSQL as much as ten blocks */
    SLICE_BLOCKS = 256,  /* written by one slice of a merge */
    CHECKPOINT_FRAMES = 1000,
};
static const int migrations[] = {125, 199};
enum run_state { RUN_LIVE = 0, RUN_IN_THE_MAKING = 1, RUN_GONE = 2 }; /* pinned: they are stored */

enum {
    CURSOR,
    CURSOR_PUT,
    CURSOR_DROP,
    RUNS,
    RUN_ADD,
    RUN_STATE,
    RUN_GROW,
    RUNS_DROP,
    RUN_DROP,
    RUNS_UNFINISHED,
    BLOCK_ADD,
    BLOCKS_DROP,
    BLOCKS_DROP_OF,
    NEWEST_RUN,
    NEWEST_BLOCK,
    FIGURES,
    BLOCKS_COUNT,
    HEADS,
    BLOCKS_BEFORE,
    BLOCKS_UNDER_WAY,
    BLOCKS_AFTER
};
static const struct sql bill_index_sql[] = {
    [CURSOR] = {"SELECT entry, refusal, move, rename, seen, hash, version FROM bill_cursor WHERE id = 0"},
    [CURSOR_PUT] = {"INSERT INTO bill_cursor (id, entry, refusal, move, rename, seen, hash, version) VALUES "
                    "(0, $1, $2, $3, $4, $5, $6, "
                    "$7) ON CONFLICT (id) DO UPDATE SET entry = $1, refusal = $2, move = $3, rename = $4, "
                    "seen = $5, hash = $6, "
                    "version = $7"},
    [CURSOR_DROP] = {"DELETE FROM bill_cursor"},
    [RUNS] = {"SELECT id, level, age FROM bill_run WHERE state = 0 ORDER BY age DESC LIMIT $1"},
    [RUN_ADD] = {"INSERT INTO bill_run (id, level, age, state, items) VALUES ($1, $2, $3, $4, $5)"},
    [RUN_STATE] = {"UPDATE bill_run SET state = $2 WHERE id = $1"},
    [RUN_GROW] = {"UPDATE bill_run SET items = $2 WHERE id = $1"},
    [RUNS_DROP] = {"DELETE FROM bill_run"},
    [RUN_DROP] = {"DELETE FROM bill_run WHERE id = $1"},
    [RUNS_UNFINISHED] = {"SELECT id FROM bill_run WHERE state > 0 ORDER BY id LIMIT $1"},
    [BLOCK_ADD] =
        {"INSERT INTO bill_block (id, run, account, item, body, ended_ms) VALUES ($1, $2, $3, $4, $5, $6)"},
    [BLOCKS_DROP] = {"DELETE FROM bill_block"},
    [BLOCKS_DROP_OF] = {"DELETE FROM bill_block WHERE run = $1"},
    [NEWEST_RUN] = {"SELECT id FROM bill_run ORDER BY id DESC LIMIT 1"},
    [NEWEST_BLOCK] = {"SELECT id FROM bill_block ORDER BY id DESC LIMIT 1"},
    [FIGURES] = {"SELECT count(*), CAST(coalesce(sum(items), 0) AS BIGINT) FROM bill_run WHERE state = 0"},
    [BLOCKS_COUNT] = {"SELECT count(*) FROM bill_block"},
    /* Of each run the block in which the account's items below a number end, if it has any. */
    [HEADS] = {"SELECT r.id, b.account, b.item, b.body FROM bill_run r JOIN bill_block b ON b.id = (SELECT "
               "c.id FROM bill_block c WHERE "
               "c.run = r.id AND (c.account, c.item) < ($1, $2) ORDER BY c.account DESC, c.item DESC LIMIT "
               "1) WHERE r.state = 0 ORDER "
               "BY r.age DESC LIMIT $3"},
    /* Downwards, to the last block that begins with another account's items: what lies before it is of others. */
    [BLOCKS_BEFORE] =
        {"SELECT account, item, body FROM bill_block WHERE run = $1 AND (account, item) < ($2, "
         "$3) AND account >= coalesce((SELECT max(c.account) FROM bill_block c WHERE c.run = $1 AND "
         "c.account < $2), 0) ORDER BY account DESC, item DESC LIMIT $4"},
    /* The same, but of the blocks that begin with the account's own items only those that something in was under way at the time. */
    [BLOCKS_UNDER_WAY] =
        {"SELECT account, item, body FROM bill_block WHERE run = $1 AND account = $2 AND item < "
         "$3 AND ended_ms > $5 ORDER BY item DESC LIMIT $4"},
    [BLOCKS_AFTER] = {"SELECT account, item, body FROM bill_block WHERE run = $1 AND (account, item) > ($2, "
                      "$3) ORDER BY account, item "
                      "LIMIT $4"},
};
DB_STATEMENTS(bill_index_sql)

/* --- where it is --- */

void bill_index_place(const struct db_config *store, struct bill_index_place *out) {
    *out = (struct bill_index_place){.config = *store};
    if (store->engine != DB_SQLITE) return;
    snprintf(out->path, sizeof out->path, "%s.bills", store->store);
}

static struct db_config config_of(const struct bill_index_place *place) {
    return place->path[0] ? (struct db_config){place->config.engine, place->path} : place->config;
}

static enum err open_once(const struct bill_index_place *place, struct db **out) {
    struct db_config config = config_of(place);
    enum err err = db_open(&config, DB_DERIVED, out);
    for (size_t i = 0; i < sizeof migrations / sizeof migrations[0] && err == ERR_OK && place->path[0]; i++)
        err = db_migrate_some(*out, migrations[i], migrations[i]);
    return err;
}

enum err bill_index_open(const struct bill_index_place *place, struct db **out) {
    static const char *const files[] = {"", "-wal", "-shm"};
    struct db *db = NULL;
    enum err err = open_once(place, &db);
    if (err != ERR_OK && place->path[0]) {
        char path[320];
        log_warn("bills: the index %s cannot be read and is made anew", place->path);
        db_close(db);
        db = NULL;
        for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
            snprintf(path, sizeof path, "%s%s", place->path, files[i]);
            unlink(path);
        }
        err = open_once(place, &db);
    }
    if (err == ERR_OK) *out = db;
    else db_close(db);
    return err;
}

struct db *bill_index_reader(const struct bill_index_place *place, struct db *books) {
    struct db_config config = config_of(place);
    struct db *db = NULL;
    if (!place->path[0]) return books;
    return db_open(&config, DB_READER, &db) == ERR_OK ? db : NULL;
}

bool bill_index_cursor(struct db *index, struct bill_cursor *out) {
    *out = (struct bill_cursor){0};
    struct stmt *q = db_stmt(index, &bill_index_sql[CURSOR]);
    bool found = db_row(q) && db_col_i64(q, 6) == BLOCK_VERSION && db_col_blob(q, 5).n == sizeof out->hash;
    if (found) {
        *out = (struct bill_cursor){.entry = db_col_u64(q, 0),
                                    .refusal = db_col_u64(q, 1),
                                    .move = db_col_u64(q, 2),
                                    .rename = db_col_u64(q, 3),
                                    .seen = db_col_u64(q, 4)};
        memcpy(out->hash, db_col_blob(q, 5).p, sizeof out->hash);
    }
    db_done(q);
    return found;
}

/* A first question is what takes the snapshot. */
struct db *bill_index_begin(struct db *index, struct db *books) {
    struct bill_cursor cursor;
    if (!index || index == books) return index;
    db_begin(index);
    bill_index_cursor(index, &cursor);
    if (!db_failed(index)) return index;
    log_error("bills: the index cannot be read: %s", db_fault(index));
    db_rollback(index);
    return NULL;
}

void bill_index_end(struct db *index, struct db *books) {
    if (index != books) db_rollback(index);
}

void bill_index_figures(struct db *index, struct bill_index_figures *out) {
    *out = (struct bill_index_figures){0};
    struct stmt *q = db_stmt(index, &bill_index_sql[FIGURES]);
    if (db_row(q)) out->runs = db_col_u64(q, 0), out->items = db_col_u64(q, 1);
    db_done(q);
    q = db_stmt(index, &bill_index_sql[BLOCKS_COUNT]);
    if (db_row(q)) out->blocks = db_col_u64(q, 0);
    db_done(q);
}

/* --- a batch --- */

static void *grown(void *old, size_t *room, size_t wanted, size_t size) {
    if (wanted <= *room) return old;
    size_t most = *room ? *room * 2 : 1024;
    while (most < wanted) most *= 2;
    void *bytes = reallocarray(old, most, size);
    if (!bytes) log_fatal("bills: no memory for %zu items", most);
    *room = most;
    return bytes;
}

void bill_batch_release(struct bill_batch *batch) {
    free(batch->items);
    free(batch->texts);
    *batch = (struct bill_batch){0};
}

/* Until the batch is written, a text's pointer is its place among the texts, which move as they grow. */
void bill_batch_add(struct bill_batch *batch, const struct bill_item *item) {
    batch->items = grown(batch->items, &batch->room, batch->count + 1, sizeof *batch->items);
    batch->texts =
        grown(batch->texts, &batch->texts_room, batch->texts_size + item->name.n + item->note.n + 1, 1);
    struct bill_item *kept = &batch->items[batch->count++];
    *kept = *item;
    struct text *texts[] = {&kept->name, &kept->note};
    for (int i = 0; i < 2; i++) {
        if (texts[i]->n) memcpy(batch->texts + batch->texts_size, texts[i]->p, texts[i]->n);
        texts[i]->p = (const char *)batch->texts_size; // NOLINT(performance-no-int-to-ptr): see above
        batch->texts_size += texts[i]->n;
    }
}

static int compare_items(const void *a, const void *b) {
    const struct bill_item *x = *(const struct bill_item *const *)a, *y = *(const struct bill_item *const *)b;
    if (x->account != y->account) return x->account < y->account ? -1 : 1;
    if (x->id != y->id) return x->id < y->id ? -1 : 1;
    return x < y ? -1 : 1; /* as they were added */
}

static bool same_bill(const struct bill_item *a, const struct bill_item *b) {
    return a->account == b->account && a->id == b->id;
}

/* --- a run that is written --- */

struct block {
    unsigned char bytes[BLOCK_SIZE];
    size_t size;
    uint64_t account, item; /* of the first */
    int64_t ended_ms;       /* when the last of them was over; INT64_MAX: one is not */
    struct bill_block_said said;
};

static void block_put(struct bill_writing *w, uint64_t run, struct block *block) {
    if (block->size == 0) return;
    struct stmt *q = db_stmt(w->db, &bill_index_sql[BLOCK_ADD]);
    db_bind_u64(q, w->next_block++);
    db_bind_u64(q, run);
    db_bind_u64(q, block->account);
    db_bind_u64(q, block->item);
    db_bind_blob(q, block->bytes, block->size);
    db_bind_i64(q, block->ended_ms);
    db_queue(q);
    block->size = 0;
}

/* True: a full block went out before it. */
static bool block_add(struct bill_writing *w, uint64_t run, struct block *block, const struct bill_item *item) {
    bool full = block->size > 0 && !bill_block_put(block->bytes, &block->size, &block->said, item);
    if (full) block_put(w, run, block);
    if (block->size == 0) {
        bill_block_begin(&block->said);
        bill_block_put(block->bytes, &block->size, &block->said, item);
        block->account = item->account, block->item = item->id, block->ended_ms = 0;
    }
    int64_t ended_ms = item->ended_ms ? item->ended_ms : INT64_MAX;
    if (ended_ms > block->ended_ms) block->ended_ms = ended_ms;
    return full;
}

static void run_add(struct bill_writing *w, uint64_t run, int level, uint64_t age, enum run_state state,
                    uint64_t items) {
    struct stmt *q = db_stmt(w->db, &bill_index_sql[RUN_ADD]);
    db_bind_u64(q, run);
    db_bind_i64(q, level);
    db_bind_u64(q, age);
    db_bind_i64(q, state);
    db_bind_u64(q, items);
    db_queue(q);
}

static void ask_of_run(struct bill_writing *w, int statement, uint64_t run) {
    struct stmt *q = db_stmt(w->db, &bill_index_sql[statement]);
    db_bind_u64(q, run);
    db_queue(q);
}

static void cursor_put(struct db *db, const struct bill_cursor *cursor) {
    struct stmt *q = db_stmt(db, &bill_index_sql[CURSOR_PUT]);
    db_bind_u64(q, cursor->entry);
    db_bind_u64(q, cursor->refusal);
    db_bind_u64(q, cursor->move);
    db_bind_u64(q, cursor->rename);
    db_bind_u64(q, cursor->seen);
    db_bind_blob(q, cursor->hash, sizeof cursor->hash);
    db_bind_i64(q, BLOCK_VERSION);
    db_queue(q);
}

static enum err commit(struct bill_writing *w, const char *what) {
    struct db_wal wal;
    if (db_commit(w->db) != DB_COMMIT_YES) {
        log_warn("bills: the index did not take %s: %s", what, db_fault(w->db));
        return ERR_STORE;
    }
    db_checkpoint(w->db, CHECKPOINT_FRAMES, &wal);
    w->log_above = wal.above;
    return ERR_OK;
}

static uint64_t newest(struct db *db, int statement) {
    struct stmt *q = db_stmt(db, &bill_index_sql[statement]);
    uint64_t id = db_row(q) ? db_col_u64(q, 0) : 0;
    db_done(q);
    return id;
}

static void merge_free(struct bill_merge *merge);

enum err bill_writing_init(struct bill_writing *w, struct db *index) {
    uint64_t unfinished[RUNS_MAX];
    size_t count = 0;
    *w = (struct bill_writing){.db = index};
    db_begin(index);
    w->next_run = newest(index, NEWEST_RUN) + 1;
    w->next_block = newest(index, NEWEST_BLOCK) + 1;
    struct stmt *q = db_stmt(index, &bill_index_sql[RUNS_UNFINISHED]);
    db_bind_i64(q, RUNS_MAX);
    while (count < RUNS_MAX && db_row(q)) unfinished[count++] = db_col_u64(q, 0);
    db_done(q);
    for (size_t i = 0; i < count; i++) {
        ask_of_run(w, BLOCKS_DROP_OF, unfinished[i]);
        ask_of_run(w, RUN_DROP, unfinished[i]);
    }
    struct bill_index_figures figures;
    bill_index_figures(index, &figures);
    w->runs = figures.runs;
    return commit(w, "its cleaning");
}

void bill_writing_release(struct bill_writing *w) {
    merge_free(w->merge);
    w->merge = NULL;
}

enum err bill_index_drop(struct bill_writing *w) {
    static const int drops[] = {CURSOR_DROP, RUNS_DROP, BLOCKS_DROP};
    bill_writing_release(w);
    db_begin(w->db);
    for (size_t i = 0; i < sizeof drops / sizeof drops[0]; i++)
        db_queue(db_stmt(w->db, &bill_index_sql[drops[i]]));
    w->runs = 0;
    return commit(w, "its dropping");
}

enum err bill_index_add(struct bill_writing *w, struct bill_batch *batch) {
    assert(w->runs < RUNS_MAX);
    struct block block = {.size = 0};
    const struct bill_item **sorted = calloc(batch->count + 1, sizeof *sorted);
    if (!sorted) log_fatal("bills: no memory for %zu items", batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        struct bill_item *item = &batch->items[i];
        item->name.p = batch->texts + (uintptr_t)item->name.p;
        item->note.p = batch->texts + (uintptr_t)item->note.p;
        sorted[i] = item;
    }
    qsort(sorted, batch->count, sizeof *sorted, compare_items);
    db_begin(w->db);
    uint64_t run = w->next_run++, items = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (i + 1 < batch->count && same_bill(sorted[i], sorted[i + 1])) continue;
        block_add(w, run, &block, sorted[i]);
        items++;
    }
    block_put(w, run, &block);
    if (items > 0) run_add(w, run, 0, run, RUN_LIVE, items);
    cursor_put(w->db, &batch->cursor);
    free(sorted);
    enum err err = commit(w, "a run");
    if (err == ERR_OK && items > 0) w->runs++;
    return err;
}

/* --- merging --- */

/* One of the runs, read upwards. */
struct source {
    uint64_t run, account, item; /* behind the block with this key */
    unsigned char *blocks;       /* BLOCKS_AT_ONCE of BLOCK_SIZE */
    size_t sizes[BLOCKS_AT_ONCE];
    size_t count, block, at;
    bool ended, has;
    struct bill_item next;
    struct bill_block_said said; /* of the block, up to next */
};

struct bill_merge {
    struct source sources[RUNS_MERGED]; /* the youngest first */
    int count, level;
    uint64_t run, age, items;
    struct block block;
};

static void merge_free(struct bill_merge *merge) {
    if (!merge) return;
    for (int i = 0; i < merge->count; i++) free(merge->sources[i].blocks);
    free(merge);
}

/* A body longer than a block is none of ours. */
static bool keep_body(struct stmt *q, int column, unsigned char *to, size_t *size) {
    struct text body = db_col_blob(q, column);
    if (body.n > BLOCK_SIZE) return false;
    memcpy(to, body.p, body.n);
    *size = body.n;
    return true;
}

static void source_read(struct db *db, struct source *s) {
    struct stmt *q = db_stmt(db, &bill_index_sql[BLOCKS_AFTER]);
    db_bind_u64(q, s->run);
    db_bind_u64(q, s->account);
    db_bind_u64(q, s->item);
    db_bind_i64(q, BLOCKS_AT_ONCE);
    s->count = s->block = s->at = 0;
    while (s->count < BLOCKS_AT_ONCE && db_row(q)) {
        s->account = db_col_u64(q, 0);
        s->item = db_col_u64(q, 1);
        if (!keep_body(q, 2, s->blocks + s->count * BLOCK_SIZE, &s->sizes[s->count])) break;
        s->count++;
    }
    db_done(q);
    s->ended = s->count < BLOCKS_AT_ONCE;
}

static void source_step(struct db *db, struct source *s) {
    s->has = false;
    for (;;) {
        for (; s->block < s->count; s->block++, s->at = 0) {
            const unsigned char *bytes = s->blocks + s->block * BLOCK_SIZE;
            if (s->at == 0) bill_block_begin(&s->said);
            s->has = bill_block_get(bytes, s->sizes[s->block], &s->at, &s->said, &s->next);
            if (s->has) return;
        }
        if (s->ended) return;
        source_read(db, s);
    }
}

/* The oldest RUNS_MERGED runs of the lowest level that has so many: they lie side by side. */
static bool merge_begin(struct bill_writing *w) {
    struct {
        uint64_t run, age;
        int level;
    } runs[RUNS_MAX];
    size_t count = 0, first = 0;
    struct stmt *q = db_stmt(w->db, &bill_index_sql[RUNS]);
    db_bind_i64(q, RUNS_MAX);
    for (; count < RUNS_MAX && db_row(q); count++) {
        runs[count].run = db_col_u64(q, 0);
        runs[count].level = (int)db_col_i64(q, 1);
        runs[count].age = db_col_u64(q, 2);
    }
    db_done(q);
    size_t last = 0;
    for (bool found = false; first < count && !found; first = found ? first : last) {
        for (last = first; last < count && runs[last].level == runs[first].level; last++) {}
        found = last - first >= RUNS_MERGED;
    }
    if (first >= count) return false;
    first = last - RUNS_MERGED;
    struct bill_merge *m = calloc(1, sizeof *m);
    if (!m) log_fatal("bills: no memory to merge");
    m->count = RUNS_MERGED;
    m->level = runs[first].level + 1;
    m->age = runs[first].age;
    m->run = w->next_run++;
    for (int i = 0; i < m->count; i++) {
        m->sources[i].run = runs[first + (size_t)i].run;
        m->sources[i].blocks = malloc((size_t)BLOCKS_AT_ONCE * BLOCK_SIZE);
        if (!m->sources[i].blocks) log_fatal("bills: no memory to merge");
        source_step(w->db, &m->sources[i]);
    }
    run_add(w, m->run, m->level, m->age, RUN_IN_THE_MAKING, 0);
    w->merge = m;
    return true;
}

static bool item_before(const struct bill_item *a, const struct bill_item *b) {
    return a->account != b->account ? a->account < b->account : a->id < b->id;
}

/* The lowest of all; of several of one bill the youngest, and the others are passed by. */
static struct source *merge_lowest(struct bill_writing *w) {
    struct bill_merge *m = w->merge;
    struct source *lowest = NULL;
    for (int i = 0; i < m->count; i++)
        if (m->sources[i].has && (!lowest || item_before(&m->sources[i].next, &lowest->next)))
            lowest = &m->sources[i];
    for (struct source *s = lowest ? lowest + 1 : NULL; s && s < m->sources + m->count; s++)
        if (s->has && same_bill(&s->next, &lowest->next)) source_step(w->db, s);
    return lowest;
}

static void merge_end(struct bill_writing *w) {
    struct bill_merge *m = w->merge;
    block_put(w, m->run, &m->block);
    struct stmt *q = db_stmt(w->db, &bill_index_sql[RUN_GROW]);
    db_bind_u64(q, m->run);
    db_bind_u64(q, m->items);
    db_queue(q);
    q = db_stmt(w->db, &bill_index_sql[RUN_STATE]);
    db_bind_u64(q, m->run);
    db_bind_i64(q, RUN_LIVE);
    db_queue(q);
    for (int i = 0; i < m->count; i++) {
        ask_of_run(w, BLOCKS_DROP_OF, m->sources[i].run);
        ask_of_run(w, RUN_DROP, m->sources[i].run);
    }
}

enum err bill_index_merge(struct bill_writing *w, bool *more) {
    *more = false;
    db_begin(w->db);
    if (!w->merge && !merge_begin(w)) {
        struct db_wal wal = {0};
        db_rollback(w->db);
        if (w->log_above) db_checkpoint(w->db, CHECKPOINT_FRAMES, &wal);
        w->log_above = wal.above;
        return db_failed(w->db) ? ERR_STORE : ERR_OK;
    }
    struct bill_merge *m = w->merge;
    struct source *lowest = NULL;
    for (int blocks = 0; blocks < SLICE_BLOCKS && (lowest = merge_lowest(w)) != NULL; m->items++) {
        blocks += block_add(w, m->run, &m->block, &lowest->next);
        source_step(w->db, lowest);
    }
    if (!lowest) merge_end(w);
    enum err err = commit(w, "a merge");
    if (!lowest && err == ERR_OK) w->runs -= RUNS_MERGED - 1;
    *more = err == ERR_OK;
    if (lowest && err == ERR_OK) return ERR_OK;
    bill_writing_release(w);
    return err;
}

/* --- one account's items, newest first --- */

enum { SHELVES_FIRST = 8 };

/* One run, read downwards: the blocks that were read, and of the one at hand the account's items. */
struct shelf {
    uint64_t run, account, item; /* before the block with this key */
    unsigned char *blocks;
    size_t sizes[BLOCKS_MOST], count, block;
    struct bill_item *items; /* BLOCK_ITEMS_MAX */
    size_t left;             /* of items; the last is the next */
    bool own_read; /* the blocks that begin with the account's items are all read; the one before them is left */
};

struct bill_runs {
    struct db *db;
    uint64_t account, before, given;
    int64_t under_way_ms; /* 0: all items; else see bill_runs_under_way */
    size_t at_once;       /* blocks that were read last, of any run: who has come far goes on */
    size_t count;
    struct shelf *shelves; /* the youngest run first */
    struct shelf *newest;  /* has given the last, and gives the next while that is above all others' */
    uint64_t others;
};

static const struct bill_item *shelf_next(const struct shelf *s) {
    return s->left > 0 ? &s->items[s->left - 1] : NULL;
}

/* Lays out the account's items of the block at hand. */
static void shelf_lay_out(const struct bill_runs *runs, struct shelf *s) {
    const unsigned char *bytes = s->blocks + s->block * BLOCK_SIZE;
    struct bill_block_said said;
    bill_block_begin(&said);
    s->left = 0;
    for (size_t at = 0; s->left < BLOCK_ITEMS_MAX;) {
        struct bill_item *item = &s->items[s->left];
        if (!bill_block_get(bytes, s->sizes[s->block], &at, &said, item)) break;
        if (item->account == runs->account && item->id < runs->before) s->left++;
    }
}

/* The next blocks downwards; how many were asked for. */
static size_t shelf_ask(struct bill_runs *runs, struct shelf *s) {
    bool some = runs->under_way_ms && s->account == runs->account && !s->own_read;
    size_t wanted = runs->under_way_ms && !some ? 1 : runs->at_once;
    struct stmt *q = db_stmt(runs->db, &bill_index_sql[some ? BLOCKS_UNDER_WAY : BLOCKS_BEFORE]);
    db_bind_u64(q, s->run);
    db_bind_u64(q, s->account);
    db_bind_u64(q, s->own_read ? 0 : s->item);
    db_bind_i64(q, (int64_t)wanted);
    if (some) db_bind_i64(q, runs->under_way_ms);
    s->count = s->block = 0;
    while (s->count < wanted && db_row(q)) {
        s->account = db_col_u64(q, 0);
        s->item = db_col_u64(q, 1);
        if (!keep_body(q, 2, s->blocks + s->count * BLOCK_SIZE, &s->sizes[s->count])) break;
        s->count++;
        if (s->account < runs->account) break; /* what lies before is of others */
    }
    db_done(q);
    if (some && s->count < wanted) s->own_read = true;
    return s->count;
}

static bool shelf_read(struct bill_runs *runs, struct shelf *s) {
    if (runs->at_once < BLOCKS_MOST) runs->at_once = runs->at_once ? runs->at_once * 2 : BLOCKS_FIRST;
    free(s->blocks); /* nothing of it is needed any more */
    s->blocks = malloc(runs->at_once * BLOCK_SIZE);
    if (!s->blocks) log_fatal("bills: no memory to read");
    return shelf_ask(runs, s) > 0 || (s->own_read && shelf_ask(runs, s) > 0);
}

static void shelf_step(struct bill_runs *runs, struct shelf *s) {
    if (s->left > 0) s->left--;
    while (s->left == 0) {
        if (++s->block >= s->count && (s->account < runs->account || !shelf_read(runs, s))) return;
        shelf_lay_out(runs, s);
    }
}

/* The shelf whose first block is the row's. False: it has none of the account's items. */
static bool shelf_begin(const struct bill_runs *runs, struct shelf *s, struct stmt *q) {
    *s = (struct shelf){.run = db_col_u64(q, 0),
                        .account = db_col_u64(q, 1),
                        .item = db_col_u64(q, 2),
                        .count = 1};
    s->blocks = malloc(BLOCK_SIZE);
    s->items = malloc(BLOCK_ITEMS_MAX * sizeof *s->items);
    if (!s->blocks || !s->items) log_fatal("bills: no memory to read");
    if (keep_body(q, 3, s->blocks, &s->sizes[0])) shelf_lay_out(runs, s);
    return s->left > 0;
}

static void shelf_end(struct shelf *s) {
    free(s->blocks);
    free(s->items);
}

struct bill_runs *bill_runs_begin(struct db *index, struct account_no account, uint64_t before) {
    struct bill_runs *runs = calloc(1, sizeof *runs);
    size_t room = 0; /* a shelf is some kilobytes, and most have few */
    if (!runs) log_fatal("bills: no memory to read");
    *runs = (struct bill_runs){.db = index,
                               .account = account.n,
                               .before = before ? before : INT64_MAX,
                               .given = UINT64_MAX};
    struct stmt *q = db_stmt(index, &bill_index_sql[HEADS]);
    db_bind_u64(q, runs->account);
    db_bind_u64(q, runs->before);
    db_bind_i64(q, RUNS_MAX);
    while (runs->count < RUNS_MAX && db_row(q)) {
        if (runs->count == room) {
            room = room ? room * 2 : SHELVES_FIRST;
            runs->shelves = reallocarray(runs->shelves, room, sizeof *runs->shelves);
            if (!runs->shelves) log_fatal("bills: no memory to read");
        }
        struct shelf *s = &runs->shelves[runs->count];
        if (shelf_begin(runs, s, q)) runs->count++;
        else shelf_end(s);
    }
    db_done(q);
    return runs;
}

/* Which one has the newest; of several the youngest run. */
static void runs_choose(struct bill_runs *runs) {
    const struct bill_item *newest = NULL;
    runs->newest = NULL;
    runs->others = 0;
    for (size_t i = 0; i < runs->count; i++) {
        struct shelf *s = &runs->shelves[i];
        const struct bill_item *next = shelf_next(s);
        if (next && next->id == runs->given) { /* given already, by a younger run */
            shelf_step(runs, s);
            next = shelf_next(s);
        }
        if (!next) continue;
        if (newest && next->id <= newest->id) {
            if (next->id > runs->others) runs->others = next->id;
            continue;
        }
        if (newest) runs->others = newest->id;
        newest = next;
        runs->newest = s;
    }
}

bool bill_runs_next(struct bill_runs *runs, struct bill_item *out) {
    const struct bill_item *next = NULL;
    if (runs->newest) {
        shelf_step(runs, runs->newest);
        next = shelf_next(runs->newest);
    }
    if (!next || next->id <= runs->others) {
        runs_choose(runs);
        if (!runs->newest) return false;
        next = shelf_next(runs->newest);
    }
    runs->given = next->id;
    *out = *next;
    return true;
}

void bill_runs_under_way(struct bill_runs *runs, int64_t at_ms) {
    runs->under_way_ms = at_ms;
}

void bill_runs_end(struct bill_runs *runs) {
    for (size_t i = 0; i < runs->count; i++) shelf_end(&runs->shelves[i]);
    free(runs->shelves);
    free(runs);
}
