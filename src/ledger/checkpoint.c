/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint: pages of accounts, so that the start needs not replay everything, and the MAC of the chain's head.
 *
 * A page holds 4,096 accounts as they are after entry `upto`, the last of the group that wrote it:
 *     page 8 | upto 8 | accounts 8 | zero 8 | accounts × 64
 * Pages are written in turn, one for every page_entries entries (ledger.h), so that they cost a fixed share of the rows; a page that has no row
 * yet is written with the group that opened its first account. The start replays from the smallest upto. The head's MAC is renewed every
 * ENTRIES_A_HEAD entries or GROUPS_A_HEAD groups: the start verifies the chain from there on, what is older is the audit's to check. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ledger/book.h"
#include "ledger/bytes.h"
#include "ledger/checkpoint.h"
#include "ledger/replay.h"

enum {
    PAGES_A_GROUP_MAX = 4,
    ENTRIES_A_HEAD = 4096,
    GROUPS_A_HEAD = 16,
    PAGES_AT_ONCE = 16,
    PENDINGS_AT_ONCE = 256,
};

enum { PAGE_PUT, PAGES, PAGE_UPTOS, PAGE_ONE, HEAD_PUT, HEAD };
static const struct sql ledger_checkpoint_sql[] = {
    [PAGE_PUT] = {"INSERT INTO ledger_page (page, upto, body, mac) VALUES ($1, $2, $3, $4) "
                  "ON CONFLICT (page) DO UPDATE SET upto = excluded.upto, body = excluded.body, "
                  "mac = excluded.mac"},
    [PAGES] = {"SELECT page, upto, body, mac FROM ledger_page WHERE page >= $1 ORDER BY page LIMIT $2"},
    [PAGE_UPTOS] = {"SELECT page, upto FROM ledger_page ORDER BY page"},
    [PAGE_ONE] = {"SELECT page, upto, body, mac FROM ledger_page WHERE page = $1"},
    [HEAD_PUT] = {"INSERT INTO ledger_head (id, entry, hash, mac) VALUES (0, $1, $2, $3) "
                  "ON CONFLICT (id) DO UPDATE SET entry = excluded.entry, hash = excluded.hash, "
                  "mac = excluded.mac"},
    [HEAD] = {"SELECT entry, hash, mac FROM ledger_head WHERE id = 0"},
};
DB_STATEMENTS(ledger_checkpoint_sql)

/* What a MAC covers begins with eight bytes that say what it is. */
enum { LABEL = 8 };
static const char page_label[LABEL] = "page";
static const char head_label[LABEL] = "head";

/* --- writing --- */

static uint64_t pages_of(uint64_t accounts) {
    return (accounts + PAGE_ACCOUNTS - 1) / PAGE_ACCOUNTS;
}

static void page_store(struct ledger *ledger, struct db *db, uint64_t page, uint64_t upto) {
    unsigned char *body = ledger->page_bytes + LABEL;
    uint64_t first = page * PAGE_ACCOUNTS;
    uint64_t count = ledger->accounts.count - first;
    if (count > PAGE_ACCOUNTS) count = PAGE_ACCOUNTS;
    memcpy(ledger->page_bytes, page_label, LABEL);
    bytes_put64(body, page);
    bytes_put64(body + 8, upto);
    bytes_put64(body + 16, count);
    bytes_put64(body + 24, 0);
    for (uint64_t i = 0; i < count; i++)
        slot_encode(&ledger->accounts.slots[first + i], body + PAGE_HEADER + i * SLOT_SIZE);
    size_t size = PAGE_HEADER + count * SLOT_SIZE;
    unsigned char mac[HASH_SIZE];
    hash_mac(ledger->mac_key, ledger->page_bytes, LABEL + size, mac);

    struct stmt *q = db_stmt(db, &ledger_checkpoint_sql[PAGE_PUT]);
    db_bind_u64(q, page);
    db_bind_u64(q, upto);
    db_bind_blob(q, body, size);
    db_bind_blob(q, mac, sizeof mac);
    db_queue(q);
}

static void head_compute(const struct ledger *ledger, uint64_t entry, const unsigned char hash[HASH_SIZE],
                         unsigned char out[HASH_SIZE]) {
    unsigned char bytes[LABEL + 8 + HASH_SIZE];
    memcpy(bytes, head_label, LABEL);
    bytes_put64(bytes + LABEL, entry);
    memcpy(bytes + LABEL + 8, hash, HASH_SIZE);
    hash_mac(ledger->mac_key, bytes, sizeof bytes, out);
}

static void head_store(struct ledger *ledger, struct db *db, uint64_t entry) {
    unsigned char mac[HASH_SIZE];
    head_compute(ledger, entry, ledger->head, mac);
    struct stmt *q = db_stmt(db, &ledger_checkpoint_sql[HEAD_PUT]);
    db_bind_u64(q, entry);
    db_bind_blob(q, ledger->head, HASH_SIZE);
    db_bind_blob(q, mac, sizeof mac);
    db_queue(q);
}

void checkpoint_store(struct ledger *ledger, struct db *db) {
    struct checkpoint done = ledger->checkpoint;
    uint64_t upto = ledger->next - 1;
    uint64_t pages = pages_of(ledger->accounts.count);
    for (; done.pages_stored < pages; done.pages_stored++) page_store(ledger, db, done.pages_stored, upto);
    for (int i = 0; i < PAGES_A_GROUP_MAX && pages > 0 && upto - done.entry >= ledger->config.page_entries;
         i++) {
        if (done.page >= pages) done.page = 0;
        page_store(ledger, db, done.page++, upto);
        done.entry += ledger->config.page_entries;
    }
    done.head_groups++;
    if (done.head_entry == 0 || upto - done.head_entry >= ENTRIES_A_HEAD || done.head_groups >= GROUPS_A_HEAD) {
        head_store(ledger, db, upto);
        done.head_entry = upto;
        done.head_groups = 0;
    }
    ledger->flushed = done;
}

/* --- reading --- */

static bool text_same(struct text text, const unsigned char *bytes, size_t size) {
    return text.n == size && memcmp(text.p, bytes, size) == 0;
}

/* A page's row as it should be: NULL, or what is wrong with it. */
static const char *page_read(const struct ledger *ledger, const struct stmt *q, unsigned char room[PAGE_ROOM],
                             struct page *out) {
    struct text body = db_col_blob(q, 2);
    if (body.n < PAGE_HEADER || body.n > PAGE_SIZE_MAX) return "a page of accounts has an impossible size";
    memcpy(room, page_label, LABEL);
    memcpy(room + LABEL, body.p, body.n);
    unsigned char mac[HASH_SIZE];
    hash_mac(ledger->mac_key, room, LABEL + body.n, mac);
    if (!text_same(db_col_blob(q, 3), mac, sizeof mac)) return "the MAC of a page of accounts is wrong";
    const unsigned char *bytes = room + LABEL;
    *out = (struct page){bytes_get64(bytes), bytes_get64(bytes + 8), bytes_get64(bytes + 16),
                         bytes + PAGE_HEADER};
    if (out->page != col_number(q, 0) || out->upto != col_number(q, 1))
        return "a page of accounts is not the one its row says";
    if (out->count == 0 || body.n != PAGE_HEADER + out->count * SLOT_SIZE)
        return "a page of accounts does not hold what it says";
    return NULL;
}

const char *checkpoint_page(const struct ledger *ledger, struct db *db, uint64_t page,
                            unsigned char room[PAGE_ROOM], struct page *out) {
    struct stmt *q = db_stmt(db, &ledger_checkpoint_sql[PAGE_ONE]);
    db_bind_u64(q, page);
    const char *wrong = db_row(q) ? page_read(ledger, q, room, out) : "a page of accounts is missing";
    db_done(q);
    return wrong;
}

size_t checkpoint_uptos(struct db *db, struct page *out, size_t most) {
    size_t count = 0;
    struct stmt *q = db_stmt(db, &ledger_checkpoint_sql[PAGE_UPTOS]);
    while (db_row(q) && count < most)
        out[count++] = (struct page){.page = col_number(q, 0), .upto = col_number(q, 1)};
    db_done(q);
    return count;
}

const char *checkpoint_head(const struct ledger *ledger, struct db *db, uint64_t *entry,
                            unsigned char hash[HASH_SIZE]) {
    const char *wrong = NULL;
    unsigned char mac[HASH_SIZE];
    *entry = 0;
    struct stmt *q = db_stmt(db, &ledger_checkpoint_sql[HEAD]);
    if (db_row(q)) {
        *entry = col_number(q, 0);
        struct text head = db_col_blob(q, 1);
        if (head.n == HASH_SIZE) {
            memcpy(hash, head.p, HASH_SIZE);
            head_compute(ledger, *entry, hash, mac);
        }
        if (head.n != HASH_SIZE || !text_same(db_col_blob(q, 2), mac, sizeof mac))
            wrong = "the MAC of the chain's head is wrong";
    }
    db_done(q);
    return wrong;
}

/* Fills the accounts from the pages, and says for each page up to which entry it is right. */
static const char *pages_load(struct ledger *ledger, struct db *db, uint64_t *known) {
    struct accounts *accounts = &ledger->accounts;
    uint64_t page = 0;
    for (bool more = true; more;) {
        more = false;
        struct stmt *q = db_stmt(db, &ledger_checkpoint_sql[PAGES]);
        db_bind_u64(q, page);
        db_bind_i64(q, PAGES_AT_ONCE);
        while (db_row(q)) {
            struct page read;
            const char *wrong = page_read(ledger, q, ledger->page_bytes, &read);
            if (!wrong && read.page != page) wrong = "a page of accounts is missing";
            if (!wrong && page * PAGE_ACCOUNTS + read.count > accounts->max)
                wrong = "the store has more accounts than accounts_max";
            if (wrong) {
                db_done(q);
                return wrong;
            }
            for (uint64_t i = 0; i < read.count; i++)
                slot_decode(read.slots + i * SLOT_SIZE, &accounts->slots[page * PAGE_ACCOUNTS + i]);
            accounts->count = page * PAGE_ACCOUNTS + read.count;
            known[page++] = read.upto;
            more = true;
        }
        db_done(q);
    }
    ledger->checkpoint.pages_stored = page;
    return NULL;
}

/* The replay begins behind the oldest page, or behind the sealed head if that is older still. */
static const char *replay_from(struct ledger *ledger, struct replay *replay) {
    struct checkpoint *checkpoint = &ledger->checkpoint;
    uint64_t from = 0;
    for (uint64_t i = 0; i < checkpoint->pages_stored; i++) {
        if (replay->known[i] < replay->known[checkpoint->page]) checkpoint->page = i;
        if (replay->known[i] > checkpoint->entry) checkpoint->entry = replay->known[i];
    }
    if (checkpoint->pages_stored > 0) from = replay->known[checkpoint->page];
    if (replay->head_entry < from) from = replay->head_entry;
    replay->next = from + 1;
    if (from == 0) return NULL;
    if (!row_reader_find(replay->older, from) || row_reader_last(replay->older) != from)
        return "the row that a checkpoint stands on is missing";
    struct entry last;
    row_reader_entry(replay->older, from, &last);
    replay->newest_ms = last.time_ms;
    memcpy(replay->head, row_hash(replay->older->body), HASH_SIZE);
    if (from == replay->head_entry && memcmp(replay->head, replay->head_hash, HASH_SIZE) != 0)
        return "the chain is not the one whose head was sealed";
    return NULL;
}

static const char *rows_load(struct ledger *ledger, struct db *db, struct replay *replay) {
    const char *wrong = replay_from(ledger, replay);
    if (wrong) return wrong;
    struct row_cursor cursor = {.db = db, .after = replay->next - 1};
    uint64_t first;
    struct text body;
    bool holds = true;
    while (holds && row_next(&cursor, &first, &body)) holds = replay_row(replay, first, body);
    row_done(&cursor);
    if (!holds) return replay->words;
    if (replay->head_entry >= replay->next) return "rows that the sealed head names are missing";
    for (uint64_t i = 0; i < ledger->checkpoint.pages_stored; i++)
        if (replay->known[i] >= replay->next) return "rows that a page of accounts names are missing";
    return NULL;
}

/* The replay knows the pending entries that it met; older ones that are still open come by their rows. */
static const char *pendings_load(struct ledger *ledger, struct db *db, struct row_reader *reader) {
    uint64_t nos[PENDINGS_AT_ONCE], after = 0;
    size_t count, open = 0;
    while ((count = outcomes_open(db, after, nos, PENDINGS_AT_ONCE)) > 0) {
        for (size_t i = 0; i < count; i++) {
            open++;
            if (pendings_find(&ledger->pendings, nos[i])) continue;
            struct entry entry;
            struct pending pending;
            if (!row_reader_entry(reader, nos[i], &entry)) return "an open pending entry has no entry";
            rules_pending(&entry, &pending);
            if (pending.state != PENDING_OPEN) return "an entry is said to be pending that is not";
            pendings_add(&ledger->pendings, &pending);
        }
        after = nos[count - 1];
    }
    return open == ledger->pendings.count ? NULL : "a pending entry is said to be settled that is open";
}

/* Every debit has its credit, and what accounts have pending is what is pending. */
static const char *sums_hold(const struct ledger *ledger) {
    unsigned __int128 debits = 0, credits = 0, debits_pending = 0, credits_pending = 0, pending = 0;
    for (uint64_t i = 0; i < ledger->accounts.count; i++) {
        const struct slot *slot = &ledger->accounts.slots[i];
        if (slot->sheet.code == 0) return "an account is missing";
        debits += slot->sheet.debits_posted;
        credits += slot->sheet.credits_posted;
        debits_pending += slot->sheet.debits_pending;
        credits_pending += slot->sheet.credits_pending;
    }
    const struct pending *each;
    for (size_t at = 0; (each = pendings_each(&ledger->pendings, &at));) pending += each->amount;
    if (debits != credits) return "debits and credits differ";
    if (debits_pending != pending || credits_pending != pending)
        return "pending sums and pending entries differ";
    return NULL;
}

static const char *load(struct ledger *ledger, struct db *db, struct replay *replay, uint64_t *known) {
    const char *wrong = checkpoint_head(ledger, db, &replay->head_entry, replay->head_hash);
    if (!wrong) wrong = pages_load(ledger, db, known);
    if (!wrong) wrong = rows_load(ledger, db, replay);
    if (!wrong && replay->next > 1 && replay->head_entry == 0) wrong = "the chain's head was never sealed";
    if (!wrong) wrong = pendings_load(ledger, db, replay->older);
    if (!wrong) wrong = sums_hold(ledger);
    return wrong;
}

enum err checkpoint_load(struct ledger *ledger, struct db *db) {
    struct row_reader *older = &ledger->reader;
    row_reader_init(older, db);
    uint64_t *known = calloc(pages_of(ledger->accounts.max), sizeof *known);
    if (!known) log_fatal("ledger: no memory for the pages' numbers");
    struct replay replay = {
        .accounts = &ledger->accounts,
        .pendings = &ledger->pendings,
        .hash = &ledger->hash,
        .older = older,
        .known = known,
    };
    const char *wrong = load(ledger, db, &replay, known);
    if (db_failed(db)) wrong = db_fault(db);
    if (wrong) log_error("ledger: %s", wrong);
    free(known);
    if (wrong) return db_failed(db) ? ERR_STORE : ERR_CORRUPT;
    ledger->next = replay.next;
    ledger->newest_ms = replay.newest_ms;
    memcpy(ledger->head, replay.head, HASH_SIZE);
    ledger->checkpoint.head_entry = replay.head_entry;
    log_info("ledger: %" PRIu64 " accounts, %" PRIu64 " entries, %" PRIu64 " rows replayed",
             ledger->accounts.count, ledger->next - 1, replay.rows);
    return ERR_OK;
}
