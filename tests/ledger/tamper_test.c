/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody changes the store behind the ledger's back: the audit names the first bad entry, and the start refuses what it reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/log.h"
#include "ledger/book.h"
#include "world.h"

/* --- the book: six accounts, groups of every size, pending entries, and another room's rows under the digests --- */

enum { ACCOUNTS = 6, PAPER = 77, LARGE = 300, GROUPS_A_SEAL = 16 /* after the first */ };

static const struct sql paper_sql[] = {
    {"CREATE TABLE paper (id INTEGER PRIMARY KEY, grp BIGINT NOT NULL, words TEXT NOT NULL)"},
    {"INSERT INTO paper (id, grp, words) VALUES ($1, $2, $3)"},
    {"SELECT id, grp, words FROM paper WHERE id > $1 ORDER BY id LIMIT $2"},
};

static void paper_write(struct world *world, uint64_t id) {
    char words[32];
    int size = snprintf(words, sizeof words, "paper number %d", (int)id);
    struct stmt *q = db_stmt(world->db, &paper_sql[1]);
    db_bind_u64(q, id);
    db_bind_u64(q, ledger_group(world->ledger).n);
    db_bind_str(q, words);
    db_run(q);
    ledger_digest_row(world->ledger, PAPER, id, words, (size_t)size);
}

static void paper_rows(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
    struct stmt *q = db_stmt(db, &paper_sql[2]);
    db_bind_u64(q, after);
    db_bind_i64(q, limit);
    while (db_row(q)) {
        struct text words = db_col_text(q, 2);
        ledger_digest_feed(feed, db_col_u64(q, 0), db_col_u64(q, 1), words.p, words.n);
    }
    db_done(q);
}

struct book {
    struct world world;
    char pristine[200];
    uint64_t entries, paper;
    uint64_t held, posted,
        plain;     /* entries: one still pending, one that was posted, one that never was pending */
    uint64_t note; /* the only entry of its group */
};

static uint64_t group(struct book *book, struct ledger_event *events, size_t count, int papers) {
    struct world *world = &book->world;
    world->now_ms += 1000;
    world_begin(world);
    for (int i = 0; i < papers; i++) paper_write(world, ++book->paper);
    enum ledger_reason reason = ledger_apply(world->ledger, events, count);
    assert_int_equal(reason, REASON_OK);
    world_commit(world);
    return ledger_next_entry(world->ledger).n - 1;
}

static void group_plain(struct book *book, size_t count, int papers) {
    static struct ledger_event events[LARGE];
    for (size_t i = 0; i < count; i++)
        events[i] = (struct ledger_event){.debit = 1 + i % 5,
                                          .credit = 2 + i % 5,
                                          .amount = 100 + i,
                                          .asset = 156,
                                          .code = 1,
                                          .payment = i};
    group(book, events, count, papers);
}

static void copy(const char *from, const char *to) {
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_true(in && out);
    char bytes[65536];
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, in)) > 0;)
        assert_int_equal(fwrite(bytes, 1, size, out), size);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

static int book_write(void **state) {
    static struct book book;
    book = (struct book){0};
    struct world *world = &book.world;
    log_set_level(LOG_ERROR + 1);
    world_init(world, DB_SQLITE);
    snprintf(book.pristine, sizeof book.pristine, "%s.pristine", world->path);
    assert_int_equal(world_start(world), ERR_OK);
    db_begin(world->db);
    db_run(db_stmt(world->db, &paper_sql[0]));
    assert_int_equal(db_commit(world->db), DB_COMMIT_YES);
    world_begin(world);
    struct account_no no;
    for (int i = 0; i < ACCOUNTS; i++) ledger_account_open(world->ledger, 156, 1, 0, 0, &no);
    world_commit(world);

    group_plain(&book, 70, 1);
    group_plain(&book, 3, 0);
    struct ledger_event holds[] = {
        {.debit = 1, .credit = 2, .amount = 50, .asset = 156, .code = 1, .flags = ENTRY_PENDING},
        {.debit = 2, .credit = 3, .amount = 60, .asset = 156, .code = 1, .flags = ENTRY_PENDING, .timeout_s = 99999},
        {.debit = 3, .credit = 4, .amount = 70, .asset = 156, .code = 1},
    };
    group(&book, holds, 3, 2);
    book.held = holds[0].entry;
    book.posted = holds[1].entry;
    book.plain = holds[2].entry;
    struct ledger_event post = {.pending = book.posted, .amount = 10, .flags = ENTRY_POST};
    group(&book, &post, 1, 1);
    book.note = group(&book, NULL, 0, 1);
    group_plain(&book, 2, 0);
    for (int i = 7; i < GROUPS_A_SEAL; i++) group_plain(&book, 1, 0);
    group_plain(&book, LARGE, 1); /* the one that seals the head again */
    book.entries = ledger_next_entry(world->ledger).n - 1;
    ledger_digest_source(world->ledger, PAPER, paper_rows);
    struct ledger_audit audit;
    if (world_audit(world, &audit) != ERR_OK) fail_msg("%s", audit.words);
    assert_true(audit.memory_checked);
    assert_int_equal(audit.digests, 1 + GROUPS_A_SEAL);
    world_stop(world);
    copy(world->path, book.pristine);
    *state = &book;
    return 0;
}

static int fresh(void **state) {
    struct book *book = *state;
    copy(book->pristine, book->world.path);
    return 0;
}

static int stop(void **state) {
    struct book *book = *state;
    world_stop(&book->world); /* a test that failed may not have */
    return 0;
}

static int book_remove(void **state) {
    struct book *book = *state;
    remove(book->pristine);
    world_release(&book->world);
    return 0;
}

/* --- what is found --- */

enum start { STARTS, REFUSED, EITHER };

static void found(struct book *book, enum start start, uint64_t low, uint64_t high, const char *what) {
    struct world *world = &book->world;
    enum err err = world_start(world);
    if (start != EITHER && err != (start == REFUSED ? ERR_CORRUPT : ERR_OK))
        fail_msg("%s: the start says %s", what, err_name(err));
    if (err != ERR_OK) {
        world->config.audit_only = true;
        assert_int_equal(world_start(world), ERR_OK);
        world->config.audit_only = false;
    }
    ledger_digest_source(world->ledger, PAPER, paper_rows);
    struct ledger_audit audit;
    if (world_audit(world, &audit) != ERR_CORRUPT) fail_msg("%s: the audit sees nothing", what);
    if (audit.first_bad_entry < low || audit.first_bad_entry > high)
        fail_msg("%s: expected an entry in %d..%d: %s", what, (int)low, (int)high, audit.words);
    assert_true(audit.differences >= 1);
    assert_true(audit.everybody || !strstr(audit.words, "hash"));
    world_stop(world);
}

static void flip(struct book *book, const char *table, const char *column, int64_t row, int at) {
    sqlite3 *store;
    sqlite3_blob *blob;
    unsigned char byte;
    assert_int_equal(sqlite3_open(book->world.path, &store), SQLITE_OK);
    assert_int_equal(sqlite3_blob_open(store, "main", table, column, row, 1, &blob), SQLITE_OK);
    assert_int_equal(sqlite3_blob_read(blob, &byte, 1, at), SQLITE_OK);
    byte ^= (unsigned char)(1 << at % 8);
    assert_int_equal(sqlite3_blob_write(blob, &byte, 1, at), SQLITE_OK);
    sqlite3_blob_close(blob);
    sqlite3_close(store);
}

static int size_of(struct book *book, const char *table, const char *column, const char *key, int64_t row) {
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT length(%s) FROM %s WHERE %s = %d", column, table, key, (int)row);
    return (int)world_exec(&book->world, sql);
}

static uint64_t row_of(struct book *book, uint64_t entry) {
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT max(first) FROM ledger_row WHERE first <= %d", (int)entry);
    return (uint64_t)world_exec(&book->world, sql);
}

/* --- rows --- */

static void flip_row(struct book *book, uint64_t first, int at) {
    int size = size_of(book, "ledger_row", "body", "first", (int64_t)first);
    uint64_t last = first + ((uint64_t)size - row_size(0)) / ENTRY_SIZE - 1;
    char what[64];
    snprintf(what, sizeof what, "byte %d of the row of entry %d", at, (int)first);
    flip(book, "ledger_row", "body", (int64_t)first, at);
    /* the first row stands behind the first page: the start need not fold it */
    found(book, first > ACCOUNTS ? REFUSED : EITHER, first, last, what);
    flip(book, "ledger_row", "body", (int64_t)first, at);
}

static void any_byte_of_a_row(void **state) {
    struct book *book = *state;
    uint64_t small = row_of(book, book->note + 1);
    assert_int_equal(small, book->note + 1);
    for (int at = 0; at < (int)row_size(2); at++) flip_row(book, small, at);
    for (uint64_t first = 1; first <= book->entries;) {
        int size = size_of(book, "ledger_row", "body", "first", (int64_t)first);
        for (int at = (int)first % 97; at < size; at += 397) flip_row(book, first, at);
        first += ((uint64_t)size - row_size(0)) / ENTRY_SIZE;
    }
}

/* Of a change that alone makes no sense the entry itself is named, though only the hash of its row can be wrong. */
static void the_entry_whose_amount_was_changed_is_named(void **state) {
    struct book *book = *state;
    uint64_t first = row_of(book, 40);
    for (int i = 0; i < 30; i += 7) {
        int at = ROW_HEADER + i * ENTRY_SIZE + 32;
        flip(book, "ledger_row", "body", (int64_t)first, at);
        found(book, REFUSED, first + (uint64_t)i, first + (uint64_t)i, "an amount");
        flip(book, "ledger_row", "body", (int64_t)first, at);
    }
}

/* A forger who knows the format, but not the key, changes a payment's number and hashes all rows anew. */
static void a_chain_hashed_anew_is_not_the_sealed_one(void **state) {
    struct book *book = *state;
    sqlite3 *store;
    sqlite3_stmt *read, *write;
    struct hash hash;
    unsigned char head[HASH_SIZE] = {0};
    hash_init(&hash);
    assert_int_equal(sqlite3_open(book->world.path, &store), SQLITE_OK);
    sqlite3_prepare_v2(store, "SELECT first, body FROM ledger_row ORDER BY first", -1, &read, NULL);
    sqlite3_prepare_v2(store, "UPDATE ledger_row SET body = ?2 WHERE first = ?1", -1, &write, NULL);
    unsigned char bodies[64][ROW_SIZE_MAX];
    int count = 0;
    while (sqlite3_step(read) == SQLITE_ROW)
        memcpy(bodies[count++], sqlite3_column_blob(read, 1), (size_t)sqlite3_column_bytes(read, 1));
    sqlite3_finalize(read);
    for (int i = 0; i < count; i++) {
        size_t size = row_size(row_count(bodies[i]));
        if (i == 3) bodies[i][ROW_HEADER + 72] ^= 1;
        row_compute(&hash, head, bodies[i], head);
        memcpy(bodies[i] + size - HASH_SIZE, head, HASH_SIZE);
        sqlite3_bind_int64(write, 1, (int64_t)row_first(bodies[i]));
        sqlite3_bind_blob(write, 2, bodies[i], (int)size, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(write), SQLITE_DONE);
        sqlite3_reset(write);
    }
    sqlite3_finalize(write);
    sqlite3_close(store);
    hash_release(&hash);
    found(book, REFUSED, book->entries - 30, book->entries, "a chain hashed anew");
}

/* --- pages, head, outcomes, other rooms --- */

static void any_byte_of_a_page_or_the_head(void **state) {
    struct book *book = *state;
    static const struct {
        const char *table, *column, *key;
        int step;
    } blobs[] = {
        {"ledger_page", "body", "page", 13},
        {"ledger_page", "mac", "page", 5},
        {"ledger_head", "hash", "id", 5},
        {"ledger_head", "mac", "id", 5},
    };
    for (size_t i = 0; i < sizeof blobs / sizeof blobs[0]; i++) {
        int size = size_of(book, blobs[i].table, blobs[i].column, blobs[i].key, 0);
        assert_true(size >= HASH_SIZE);
        for (int at = 0; at < size; at += blobs[i].step) {
            flip(book, blobs[i].table, blobs[i].column, 0, at);
            found(book, REFUSED, 1, book->entries, blobs[i].table);
            flip(book, blobs[i].table, blobs[i].column, 0, at);
        }
    }
}

enum { HELD = 1 << 20, POSTED, PLAIN, NOTE, SEALED, ANY };

static uint64_t place(const struct book *book, int at) {
    switch (at) {
    case HELD: return book->held;
    case POSTED: return book->posted;
    case PLAIN: return book->plain;
    case NOTE: return book->note;
    case SEALED: return book->entries + 1;
    default: return (uint64_t)at;
    }
}

/* $H, $P, $O and $N: entries that are held, posted, plain, a note. */
static const struct {
    const char *what, *sql;
    enum start start;
    int bad; /* entry that the audit names; ANY: the words matter, not the number */
} changes[] = {
    {"a row is gone", "DELETE FROM ledger_row WHERE first = 37", REFUSED, 37},
    {"the first row is gone", "DELETE FROM ledger_row WHERE first = 1", REFUSED, 1},
    {"the newest row is gone", "DELETE FROM ledger_row WHERE first = (SELECT max(first) FROM ledger_row)",
     REFUSED, ANY},
    {"the newest group is gone", "DELETE FROM ledger_row WHERE first > $N + 2", REFUSED, ANY},
    {"two rows changed places",
     "UPDATE ledger_row SET body = (SELECT body FROM ledger_row r WHERE r.first = 44 - ledger_row.first) "
     "WHERE first IN (7, 37)",
     REFUSED, 7},
    {"two rows changed their numbers",
     "UPDATE ledger_row SET first = 1000000 WHERE first = 7; UPDATE ledger_row SET first = 7 WHERE first = "
     "37; "
     "UPDATE ledger_row SET first = 37 WHERE first = 1000000",
     REFUSED, 7},
    {"a row twice", "INSERT INTO ledger_row SELECT 1000000, body FROM ledger_row WHERE first = 7", REFUSED,
     SEALED},
    {"a row has a number below zero", "UPDATE ledger_row SET first = -37 WHERE first = 37", REFUSED, 37},
    {"all rows have", "UPDATE ledger_row SET first = -first", REFUSED, ANY},
    {"the page has numbers below zero", "UPDATE ledger_page SET upto = -1", REFUSED, ANY},
    {"the head has", "UPDATE ledger_head SET entry = -1", REFUSED, ANY},
    {"an outcome has", "UPDATE ledger_pending SET outcome = -1 WHERE entry = $P", STARTS, ANY},
    {"a row is empty", "UPDATE ledger_row SET body = x'' WHERE first = 37", REFUSED, 37},
    {"a row is another's",
     "UPDATE ledger_row SET body = (SELECT body FROM ledger_row WHERE first = 7) WHERE first = 37", REFUSED,
     37},
    {"the page is true up to another entry", "UPDATE ledger_page SET upto = upto + 70", REFUSED, ANY},
    {"the page is another's", "UPDATE ledger_page SET page = 1", REFUSED, ANY},
    {"the page is empty", "UPDATE ledger_page SET body = x''", REFUSED, ANY},
    {"the head is gone", "DELETE FROM ledger_head", REFUSED, ANY},
    {"the head is of another entry", "UPDATE ledger_head SET entry = entry - 1", REFUSED, ANY},
    {"the head is empty", "UPDATE ledger_head SET hash = x''", REFUSED, ANY},
    {"money held is said to be free", "UPDATE ledger_pending SET outcome = $P WHERE entry = $H", REFUSED, HELD},
    {"money held is forgotten", "DELETE FROM ledger_pending WHERE entry = $H", REFUSED, ANY},
    {"money posted is said to be held", "UPDATE ledger_pending SET outcome = 0 WHERE entry = $P", REFUSED, ANY},
    {"money posted was posted by another", "UPDATE ledger_pending SET outcome = 7 WHERE entry = $P", STARTS,
     ANY},
    {"money posted is forgotten", "DELETE FROM ledger_pending WHERE entry = $P", STARTS, ANY},
    {"a plain entry is said to be held", "INSERT INTO ledger_pending VALUES ($O, 0)", REFUSED, PLAIN},
    {"a plain entry is said to be posted", "INSERT INTO ledger_pending VALUES ($O, 7)", STARTS, ANY},
    {"an entry that is not is said to be held", "INSERT INTO ledger_pending VALUES (99999, 0)", REFUSED, 99999},
    {"a paper says something else", "UPDATE paper SET words = 'paper number 9' WHERE id = 1", STARTS, 7},
    {"a paper of a group without money", "UPDATE paper SET words = 'nothing' WHERE grp = $N", STARTS, NOTE},
    {"a paper is gone", "DELETE FROM paper WHERE id = 1", STARTS, 7},
    {"a paper too many", "INSERT INTO paper SELECT 1000, max(grp), 'new' FROM paper", STARTS, ANY},
    {"a paper after the end", "INSERT INTO paper VALUES (1000, 99999, 'new')", STARTS, SEALED},
    {"a paper of a group that is not", "UPDATE paper SET grp = 8 WHERE id = 1", STARTS, ANY},
    {"two papers changed places", "UPDATE paper SET grp = (SELECT max(grp) FROM paper) WHERE id = 1", STARTS,
     ANY},
};

static void filled(const struct book *book, const char *sql, char out[600]) {
    size_t size = 0;
    for (; *sql; sql++) {
        uint64_t entry = 0;
        if (*sql == '$') {
            sql++;
            entry = *sql == 'H'   ? book->held
                    : *sql == 'P' ? book->posted
                    : *sql == 'O' ? book->plain
                                  : book->note;
            size += (size_t)snprintf(out + size, 600 - size, "%d", (int)entry);
        } else {
            out[size++] = *sql;
        }
        assert_true(size < 580);
    }
    out[size] = '\0';
}

static void any_other_change(void **state) {
    struct book *book = *state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char sql[600];
        filled(book, changes[i].sql, sql);
        copy(book->pristine, book->world.path);
        world_exec(&book->world, sql);
        uint64_t bad = place(book, changes[i].bad);
        if (changes[i].bad == ANY) found(book, changes[i].start, 1, book->entries + 1, changes[i].what);
        else found(book, changes[i].start, bad, bad, changes[i].what);
    }
}

/* Pages are a saving, not a source: without them the start replays everything. */
static void pages_may_be_lost(void **state) {
    struct book *book = *state;
    world_exec(&book->world, "DELETE FROM ledger_page");
    assert_int_equal(world_start(&book->world), ERR_OK);
    struct ledger_audit audit;
    assert_int_equal(world_audit(&book->world, &audit), ERR_OK);
    world_stop(&book->world);
}

static void another_key_opens_nothing(void **state) {
    struct book *book = *state;
    static const unsigned char other[32] = {1};
    const unsigned char *key = book->world.config.mac_key;
    book->world.config.mac_key = other;
    found(book, REFUSED, 1, book->entries, "another key");
    book->world.config.mac_key = key;
}

/* An account in memory that differs from the entries: as if a stray write had hit it. */
static void memory_is_audited_too(void **state) {
    struct book *book = *state;
    assert_int_equal(world_start(&book->world), ERR_OK);
    struct ledger_audit audit;
    assert_int_equal(world_audit(&book->world, &audit), ERR_OK);
    book->world.ledger->published.slots[2].owner ^= 1;
    assert_int_equal(world_audit(&book->world, &audit), ERR_CORRUPT);
    assert_non_null(strstr(audit.words, "in memory"));
    world_stop(&book->world);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, fresh, stop)

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(any_byte_of_a_row),
        STORY(the_entry_whose_amount_was_changed_is_named),
        STORY(a_chain_hashed_anew_is_not_the_sealed_one),
        STORY(any_byte_of_a_page_or_the_head),
        STORY(any_other_change),
        STORY(pages_may_be_lost),
        STORY(another_key_opens_nothing),
        STORY(memory_is_audited_too),
    };
    return cmocka_run_group_tests(tests, book_write, book_remove);
}
