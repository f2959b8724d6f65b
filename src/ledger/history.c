/* SPDX-License-Identifier: Apache-2.0 */
/* history: an account's entries, newest first, by its chain.
 *
 * The head of the chain is the published account's. It may be newer than the reader's snapshot, which was taken earlier: then the walk
 * goes on in memory, where the newest rows are, until it meets an entry that the snapshot has. Should memory have given up those rows
 * already (a snapshot that is thousands of rows old), the snapshot's own rows are searched backwards. */
#include <string.h>

#include "ledger/book.h"

static uint64_t previous_of(const struct entry *entry, uint64_t account) {
    return entry->debit == account ? entry->debit_previous : entry->credit_previous;
}

static bool is_of(const struct entry *entry, uint64_t account) {
    return entry->debit == account || entry->credit == account;
}

/* From the account's published head to the newest of its entries that is not above `newest`; false: the rows are gone. */
static bool walk_memory(struct ledger *ledger, uint64_t account, uint64_t newest, uint64_t *at) {
    bool found = true;
    ledger_lock(ledger);
    const struct slot *slot = accounts_at(&ledger->published, account);
    *at = slot ? slot->newest : 0;
    while (*at > newest) {
        const unsigned char *row = rows_find(&ledger->rows, *at);
        if (!row) {
            found = false;
            break;
        }
        struct entry entry;
        entry_decode(row_entry(row, *at - row_first(row)), &entry);
        *at = previous_of(&entry, account);
    }
    ledger_unlock(ledger);
    return found;
}

static uint64_t search_rows(struct row_reader *reader, uint64_t account, uint64_t newest) {
    for (uint64_t at = newest; at > 0; at--) {
        struct entry entry;
        if (row_reader_entry(reader, at, &entry) && is_of(&entry, account)) return at;
    }
    return 0;
}

/* The newest of the account's entries in the snapshot. */
static uint64_t head_of(struct ledger *ledger, struct row_reader *reader, uint64_t account) {
    uint64_t newest = rows_newest_no(reader->db), at;
    return walk_memory(ledger, account, newest, &at) ? at : search_rows(reader, account, newest);
}

/* Where a page that ends before `before` begins: behind that entry when it is the account's own. */
static uint64_t start_of(struct ledger *ledger, struct row_reader *reader, uint64_t account, uint64_t before) {
    struct entry entry;
    if (before != 0 && row_reader_entry(reader, before, &entry) && is_of(&entry, account))
        return previous_of(&entry, account);
    return head_of(ledger, reader, account);
}

/* From memory: of the newest rows, or read before. What is not committed is in neither. */
static bool recall(struct ledger *ledger, uint64_t no, struct entry *out) {
    ledger_lock(ledger);
    const unsigned char *row = rows_find(&ledger->rows, no);
    if (row) entry_decode(row_entry(row, no - row_first(row)), out);
    else *out = ledger->recalled[no & (ENTRIES_RECALLED - 1)];
    ledger_unlock(ledger);
    return out->no == no;
}

static void remember(struct ledger *ledger, const struct entry *entry) {
    ledger_lock(ledger);
    if (entry->no <= ledger->sequence) ledger->recalled[entry->no & (ENTRIES_RECALLED - 1)] = *entry;
    ledger_unlock(ledger);
}

enum source { FROM_STORE, FROM_MEMORY_TOO };

static bool read_entry(struct ledger *ledger, struct row_reader *reader, enum source source, uint64_t no,
                       struct entry *out) {
    if (source == FROM_STORE) return row_reader_entry(reader, no, out);
    if (recall(ledger, no, out)) return true;
    if (!row_reader_entry(reader, no, out)) return false;
    remember(ledger, out);
    return true;
}

/* Where it begins is the store's to say: behind it nothing is newer than the snapshot. */
static size_t walk(struct ledger *ledger, struct db *db, enum source source, struct account_no no,
                   struct entry_no before, struct entry *out, size_t count) {
    if (no.n == 0) return 0;
    struct row_reader reader;
    row_reader_init(&reader, db);
    size_t found = 0;
    uint64_t at = start_of(ledger, &reader, no.n, before.n);
    while (at != 0 && found < count) {
        struct entry entry;
        if (!read_entry(ledger, &reader, source, at, &entry) || !is_of(&entry, no.n)) break;
        if (before.n == 0 || at < before.n) out[found++] = entry;
        uint64_t previous = previous_of(&entry, no.n);
        if (previous >= at) break; /* a damaged row; the audit names it */
        at = previous;
    }
    return found;
}

size_t ledger_history(struct ledger *ledger, struct db *db, struct account_no no, struct entry_no before,
                      struct entry *out, size_t count) {
    return walk(ledger, db, FROM_STORE, no, before, out, count);
}

size_t ledger_recall(struct ledger *ledger, struct db *db, struct account_no no, struct entry_no before,
                     struct entry *out, size_t count) {
    return walk(ledger, db, FROM_MEMORY_TOO, no, before, out, count);
}

bool ledger_entry_read(struct ledger *ledger, struct db *db, struct entry_no no, struct entry *out) {
    (void)ledger;
    struct row_reader reader;
    row_reader_init(&reader, db);
    return row_reader_entry(&reader, no.n, out);
}

size_t ledger_entries(struct db *db, struct entry_no after, struct entry_no upto, struct entry *out,
                      size_t most) {
    struct row_cursor cursor = {.db = db, .after = after.n};
    uint64_t first;
    struct text body;
    size_t count = 0;
    while (count + ROW_ENTRIES_MAX <= most && row_next(&cursor, &first, &body)) {
        const unsigned char *row = (const unsigned char *)body.p;
        if (!row_shape(body, first) || first + row_count(row) - 1 > upto.n)
            break; /* or damaged: the audit names it */
        for (size_t i = 0; i < row_count(row); i++) entry_decode(row_entry(row, i), &out[count++]);
    }
    row_done(&cursor);
    return count;
}

struct entry_no ledger_newest(struct db *db, unsigned char hash[32]) {
    return (struct entry_no){rows_newest(db, hash)};
}

bool ledger_row_hash(struct db *db, struct entry_no last, unsigned char out[32]) {
    struct row_reader reader;
    row_reader_init(&reader, db);
    if (!row_reader_find(&reader, last.n) || row_reader_last(&reader) != last.n) return false;
    memcpy(out, row_hash(reader.body), HASH_SIZE);
    return true;
}

bool ledger_row_read(struct db *db, struct entry_no no, struct ledger_row *out) {
    struct row_reader reader, before;
    unsigned char computed[HASH_SIZE];
    row_reader_init(&reader, db);
    row_reader_init(&before, db);
    if (!row_reader_find(&reader, no.n)) return false;
    *out = (struct ledger_row){.first = reader.first,
                               .last = row_reader_last(&reader),
                               .ends_group = row_last(reader.body)};
    bool linked = reader.first == 1 || row_reader_find(&before, reader.first - 1);
    if (reader.first > 1 && linked) memcpy(out->previous, row_hash(before.body), HASH_SIZE);
    memcpy(out->digest, row_digest(reader.body), HASH_SIZE);
    memcpy(out->hash, row_hash(reader.body), HASH_SIZE);
    struct hash hash;
    hash_init(&hash);
    row_compute(&hash, out->previous, reader.body, computed);
    hash_release(&hash);
    out->holds = linked && memcmp(computed, out->hash, HASH_SIZE) == 0;
    return true;
}
