/* SPDX-License-Identifier: Apache-2.0 */
/* audit: the whole book again, from nothing. One pass over the rows folds them into accounts of its own; on the way each group's digest is
 * compared with the rows of the other rooms, and each page of accounts with the fold where the page says it is true. At the end come
 * the pending entries, the sums and the accounts in memory.
 *
 * Beside a writer it goes from snapshot to snapshot (ledger.h). Rows never change; of the pages and the head, which are written anew, those of the
 * newer snapshot are of entries that are not passed yet, or of the one that stands now. The last stretch is of one snapshot, with all that is asked
 * at the end, and memory is copied as it begins. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ledger/book.h"
#include "ledger/checkpoint.h"
#include "ledger/replay.h"

enum { FEED_ROWS = 256, ASSETS_MAX = 16, PENDINGS_AT_ONCE = 256, ROWS_A_TELL = 512, ENTRIES_AT_LAST = 32768 };

/* A source's rows, some at a time, already hashed. */
struct ledger_feed {
    struct ledger_digest_source source;
    struct hash *hash;
    uint64_t after; /* id of the newest row fed */
    size_t at, count;
    bool end, disorder;
    struct fed {
        uint64_t id, group;
        unsigned char hash[HASH_SIZE];
    } rows[FEED_ROWS];
};

struct audit {
    struct ledger *ledger;
    struct db *db;
    struct accounts accounts;
    struct pendings pendings;
    struct hash hash;
    struct digest digest;
    struct replay replay;
    uint64_t group; /* number of the first entry of the group being read */
    struct ledger_feed *feeds;
    struct page *pages; /* by upto */
    size_t pages_count, pages_done;
    unsigned char *page_room;
    struct slot *memory; /* the published accounts, when they are as of the snapshot */
    uint64_t memory_count;
    uint64_t pendings_met;
    ledger_tell_fn *tell;
    void *tell_arg;
    uint64_t told_rows;
    bool given_up;
    uint64_t newest; /* of the snapshot */
    const char *head_wrong;
    bool at_last; /* no other snapshot any more */
    struct ledger_audit *out;
};

/* --- a difference that leaves the chain whole --- */

static void touch(struct audit *audit, uint64_t account, uint64_t entry) {
    struct ledger_audit *out = audit->out;
    if (account == 0) return;
    for (size_t i = 0; i < out->touched_count; i++)
        if (out->touched[i].account.n == account) return;
    if (out->touched_count == AUDIT_ACCOUNTS_MAX) {
        out->everybody = true;
        return;
    }
    out->touched[out->touched_count].account.n = account;
    out->touched[out->touched_count++].entry.n = entry;
}

static void differs(struct audit *audit, uint64_t entry, const char *words) {
    struct ledger_audit *out = audit->out;
    if (out->differences++ > 0) return;
    out->first_bad_entry = entry;
    snprintf(out->words, sizeof out->words, "%s", words);
}

/* Whom the entries of the group that was just read touch. A reader of its own: the pass is in the middle of the rows. */
static void touch_group(struct audit *audit) {
    struct row_reader reader;
    struct entry entry;
    row_reader_init(&reader, audit->db);
    for (uint64_t no = audit->group; no < audit->replay.next; no++) {
        if (!row_reader_entry(&reader, no, &entry)) {
            audit->out->everybody = true;
            return;
        }
        touch(audit, entry.debit, no);
        touch(audit, entry.credit, no);
    }
}

/* --- digests --- */

void ledger_digest_feed(struct ledger_feed *feed, uint64_t row_id, uint64_t group, const void *bytes,
                        size_t size) {
    if (feed->count == FEED_ROWS || row_id <= feed->after) {
        feed->disorder = true; /* more rows than were asked for, or not rising */
        return;
    }
    struct fed *row = &feed->rows[feed->count++];
    row->id = feed->after = row_id;
    row->group = group;
    hash_begin(feed->hash);
    hash_add(feed->hash, bytes, size);
    hash_end(feed->hash, row->hash);
}

static const struct fed *feed_peek(struct audit *audit, struct ledger_feed *feed) {
    if (feed->at == feed->count && !feed->end) {
        feed->at = feed->count = 0;
        feed->source.rows(audit->db, feed->after, FEED_ROWS, feed);
        feed->end = feed->count == 0;
    }
    return feed->at < feed->count ? &feed->rows[feed->at] : NULL;
}

static bool digest_holds(struct audit *audit, const unsigned char *row) {
    size_t sources = audit->ledger->sources_count;
    if (sources == 0) return true;
    digest_clear(&audit->digest);
    for (size_t i = 0; i < sources; i++) {
        struct ledger_feed *feed = &audit->feeds[i];
        const struct fed *fed;
        while ((fed = feed_peek(audit, feed)) && fed->group <= audit->group && !feed->disorder) {
            if (fed->group < audit->group)
                return replay_bad(&audit->replay, audit->group,
                                  "a row of another room names a group that is not");
            digest_add(&audit->digest, feed->source.kind, fed->id, fed->hash);
            feed->at++;
        }
        if (feed->disorder)
            return replay_bad(&audit->replay, audit->group,
                              "rows of another room are not in the order of their groups");
    }
    unsigned char digest[HASH_SIZE];
    digest_end(&audit->digest, &audit->hash, digest);
    if (memcmp(digest, row_digest(row), HASH_SIZE) != 0) {
        differs(audit, audit->group, "the digest of its group is not that of the other rooms' rows");
        touch_group(audit);
    }
    audit->out->digests++;
    return true;
}

static bool feeds_are_empty(struct audit *audit) {
    for (size_t i = 0; i < audit->ledger->sources_count; i++)
        if (feed_peek(audit, &audit->feeds[i]))
            return replay_bad(&audit->replay, audit->replay.next,
                              "a row of another room names a group that is not");
    return true;
}

/* --- pages --- */

static int page_order(const void *a, const void *b) {
    const struct page *x = a, *y = b;
    return (x->upto > y->upto) - (x->upto < y->upto);
}

static bool page_holds(struct audit *audit, uint64_t number) {
    uint64_t upto = audit->replay.next - 1, first = number * PAGE_ACCOUNTS;
    struct page page;
    const char *wrong = checkpoint_page(audit->ledger, audit->db, number, audit->page_room, &page);
    if (wrong) return replay_bad(&audit->replay, upto, wrong);
    uint64_t count = audit->accounts.count > first ? audit->accounts.count - first : 0;
    if (count > PAGE_ACCOUNTS) count = PAGE_ACCOUNTS;
    if (page.count != count)
        return replay_bad(&audit->replay, upto, "a page of accounts holds too many or too few");
    for (uint64_t i = 0; i < count; i++) {
        struct slot slot;
        slot_decode(page.slots + i * SLOT_SIZE, &slot);
        if (!slot_equal(&slot, &audit->accounts.slots[first + i]))
            return replay_bad(&audit->replay, slot.newest, "a page of accounts differs from the entries");
    }
    audit->out->pages++;
    return true;
}

static bool pages_hold(struct audit *audit) {
    for (; audit->pages_done < audit->pages_count; audit->pages_done++) {
        const struct page *page = &audit->pages[audit->pages_done];
        if (page->upto >= audit->replay.next) return true;
        if (page->upto + 1 != audit->replay.next)
            return replay_bad(&audit->replay, page->upto,
                              "a page of accounts names an entry that ends no group");
        if (!page_holds(audit, page->page)) return false;
    }
    return true;
}

/* --- pending entries --- */

static bool outcomes_hold(struct audit *audit, const unsigned char *row) {
    for (size_t i = 0; i < row_count(row); i++) {
        struct entry entry;
        entry_decode(row_entry(row, i), &entry);
        if (entry.flags & ENTRY_PENDING) audit->pendings_met++;
        if (rules_outcome(&entry) == PENDING_PLAIN) continue;
        if (outcome_read(audit->db, entry.pending).n != entry.no)
            return replay_bad(&audit->replay, entry.no,
                              "the store does not say that it settled its pending entry");
    }
    return true;
}

static bool pendings_hold(struct audit *audit) {
    uint64_t nos[PENDINGS_AT_ONCE], after = 0;
    size_t count, open = 0;
    while ((count = outcomes_open(audit->db, after, nos, PENDINGS_AT_ONCE)) > 0) {
        for (size_t i = 0; i < count; i++, open++)
            if (!pendings_find(&audit->pendings, nos[i]))
                return replay_bad(&audit->replay, nos[i], "is said to be pending and is not");
        after = nos[count - 1];
    }
    if (open == audit->pendings.count && outcomes_count(audit->db) == audit->pendings_met) return true;
    struct pending *pending;
    for (size_t at = 0; (pending = pendings_each(&audit->pendings, &at));)
        if (outcome_read(audit->db, pending->no).n != 0)
            return replay_bad(&audit->replay, pending->no, "is said to be settled and is not");
    return replay_bad(&audit->replay, audit->replay.next - 1,
                      "pending entries and their outcomes do not match");
}

/* --- sums and memory --- */

static bool sums_hold(struct audit *audit) {
    struct {
        uint32_t asset;
        struct sheet sum;
    } assets[ASSETS_MAX] = {0};
    for (uint64_t i = 0; i < audit->accounts.count; i++) {
        const struct sheet *sheet = &audit->accounts.slots[i].sheet;
        size_t at = 0;
        while (at < ASSETS_MAX && assets[at].asset != 0 && assets[at].asset != sheet->asset) at++;
        if (at == ASSETS_MAX)
            return replay_bad(&audit->replay, audit->replay.next - 1, "more assets than can be summed");
        assets[at].asset = sheet->asset;
        assets[at].sum.debits_pending += sheet->debits_pending;
        assets[at].sum.debits_posted += sheet->debits_posted;
        assets[at].sum.credits_pending += sheet->credits_pending;
        assets[at].sum.credits_posted += sheet->credits_posted;
        audit->out->debits_posted += (int64_t)sheet->debits_posted;
        audit->out->credits_posted += (int64_t)sheet->credits_posted;
    }
    for (size_t i = 0; i < ASSETS_MAX; i++)
        if (assets[i].sum.debits_pending != assets[i].sum.credits_pending ||
            assets[i].sum.debits_posted != assets[i].sum.credits_posted)
            return replay_bad(&audit->replay, audit->replay.next - 1, "debits and credits differ");
    return true;
}

static void memory_copy(struct audit *audit) {
    struct ledger *ledger = audit->ledger;
    if (ledger->config.audit_only) return;
    uint64_t newest = rows_newest_no(audit->db);
    ledger_lock(ledger);
    if (ledger->sequence == newest) {
        size_t size = ledger->published.count * sizeof *audit->memory;
        audit->memory_count = ledger->published.count;
        audit->memory = malloc(size + 1);
        if (!audit->memory) log_fatal("ledger: no memory for a copy of the accounts");
        memcpy(audit->memory, ledger->published.slots, size);
    }
    ledger_unlock(ledger);
}

static bool memory_holds(struct audit *audit) {
    if (!audit->memory) return true;
    if (audit->memory_count != audit->accounts.count)
        return replay_bad(&audit->replay, audit->replay.next - 1, "memory holds too many or too few accounts");
    for (uint64_t i = 0; i < audit->memory_count; i++) {
        if (slot_equal(&audit->memory[i], &audit->accounts.slots[i])) continue;
        differs(audit, audit->memory[i].newest, "an account in memory differs from the entries");
        touch(audit, i + 1, audit->memory[i].newest);
    }
    audit->out->memory_checked = true;
    return true;
}

/* --- all of it --- */

/* What is of the snapshot and not of the fold. */
static void look_round(struct audit *audit) {
    struct replay *replay = &audit->replay;
    size_t most = audit->ledger->config.accounts_max / PAGE_ACCOUNTS + 1, count, kept = 0;
    audit->newest = rows_newest_no(audit->db);
    count = checkpoint_uptos(audit->db, audit->pages, most);
    for (size_t i = 0; i < count; i++)
        if (audit->pages[i].upto >= replay->next - 1) audit->pages[kept++] = audit->pages[i];
    audit->pages_count = kept;
    audit->pages_done = 0;
    qsort(audit->pages, kept, sizeof *audit->pages, page_order);
    audit->head_wrong = checkpoint_head(audit->ledger, audit->db, &replay->head_entry, replay->head_hash);
    for (size_t i = 0; i < audit->ledger->sources_count; i++) audit->feeds[i].end = false;
    audit->at_last = audit->newest < replay->next + ENTRIES_AT_LAST;
    if (audit->at_last) memory_copy(audit);
}

/* What the new snapshot says of the entry that stands now. */
static bool joins(struct audit *audit) {
    struct replay *replay = &audit->replay;
    if (replay->head_entry + 1 == replay->next && memcmp(replay->head, replay->head_hash, HASH_SIZE) != 0)
        return replay_bad(replay, replay->head_entry, "the chain is not the one whose head was sealed");
    return pages_hold(audit);
}

/* Between two groups; the cursor rests. */
static bool tell(struct audit *audit) {
    audit->told_rows = audit->replay.rows;
    audit->given_up = !audit->tell(audit->tell_arg, audit->replay.next - 1, audit->newest);
    if (audit->given_up) return false;
    uint64_t newest = rows_newest_no(audit->db);
    if (audit->at_last || (newest == audit->newest && newest >= audit->replay.next + ENTRIES_AT_LAST))
        return true;
    look_round(audit);
    return joins(audit);
}

static bool rows_hold(struct audit *audit) {
    struct replay *replay = &audit->replay;
    struct row_cursor cursor = {.db = audit->db};
    uint64_t first;
    struct text body;
    bool holds = true, ended = true;
    while (holds && row_next(&cursor, &first, &body)) {
        const unsigned char *row = (const unsigned char *)body.p;
        holds = replay_row(replay, first, body) && outcomes_hold(audit, row);
        if (!holds) break;
        ended = row_last(row);
        if (!ended) continue;
        holds = digest_holds(audit, row) && pages_hold(audit);
        audit->group = replay->next;
        if (!holds || audit->at_last || replay->rows - audit->told_rows < ROWS_A_TELL) continue;
        row_done(&cursor);
        holds = tell(audit);
    }
    row_done(&cursor);
    if (!holds) return false;
    if (!ended) return replay_bad(replay, replay->next, "the end of its group is missing");
    if (replay->head_entry >= replay->next)
        return replay_bad(replay, replay->next, "rows that the sealed head names are missing");
    if (audit->pages_done < audit->pages_count)
        return replay_bad(replay, replay->next, "rows that a page of accounts names are missing");
    return true;
}

static bool audit_holds(struct audit *audit) {
    struct replay *replay = &audit->replay;
    look_round(audit);
    if (!rows_hold(audit)) return false;
    if (audit->head_wrong) return replay_bad(replay, replay->next - 1, audit->head_wrong);
    if (replay->next > 1 && replay->head_entry == 0)
        return replay_bad(replay, replay->next - 1, "the chain's head was never sealed");
    return feeds_are_empty(audit) && pendings_hold(audit) && sums_hold(audit) && memory_holds(audit) &&
           tell(audit);
}

static void *room(size_t count, size_t size) {
    void *out = calloc(count + 1, size);
    if (!out) log_fatal("ledger: no memory for an audit");
    return out;
}

static bool tell_nobody(void *arg, uint64_t done, uint64_t all) {
    (void)arg, (void)done, (void)all;
    return true;
}

enum err ledger_audit(struct ledger *ledger, struct db *db, struct ledger_audit *out) {
    return ledger_audit_told(ledger, db, tell_nobody, NULL, out);
}

enum err ledger_audit_told(struct ledger *ledger, struct db *db, ledger_tell_fn *tell, void *arg,
                           struct ledger_audit *out) {
    struct audit *audit = room(1, sizeof *audit);
    size_t pages_max = ledger->config.accounts_max / PAGE_ACCOUNTS + 1;
    *out = (struct ledger_audit){0};
    audit->ledger = ledger;
    audit->db = db;
    audit->out = out;
    audit->tell = tell;
    audit->tell_arg = arg;
    audit->group = 1;
    accounts_init(&audit->accounts, ledger->config.accounts_max);
    pendings_init(&audit->pendings);
    hash_init(&audit->hash);
    audit->feeds = room(ledger->sources_count, sizeof *audit->feeds);
    for (size_t i = 0; i < ledger->sources_count; i++) {
        audit->feeds[i].source = ledger->sources[i];
        audit->feeds[i].hash = &audit->hash;
    }
    audit->page_room = room(1, PAGE_ROOM);
    audit->pages = room(pages_max, sizeof *audit->pages);
    audit->replay = (struct replay){
        .accounts = &audit->accounts,
        .pendings = &audit->pendings,
        .hash = &audit->hash,
        .strict = true,
        .next = 1,
    };

    bool holds = audit_holds(audit);
    out->entries = audit->replay.next - 1;
    out->rows = audit->replay.rows;
    out->accounts = audit->accounts.count;
    if (!holds && !audit->given_up) {
        out->differences++;
        out->first_bad_entry = audit->replay.bad; /* the gravest one is told */
        snprintf(out->words, sizeof out->words, "%s", audit->replay.words);
        out->everybody = true;
    }
    holds = out->differences == 0;
    bool given_up = audit->given_up;
    accounts_release(&audit->accounts);
    pendings_release(&audit->pendings);
    digest_release(&audit->digest);
    hash_release(&audit->hash);
    free(audit->feeds);
    free(audit->page_room);
    free(audit->pages);
    free(audit->memory);
    free(audit);
    if (db_failed(db)) {
        snprintf(out->words, sizeof out->words, "the store could not be read: %s", db_fault(db));
        return ERR_STORE;
    }
    if (given_up) return ERR_STOPPING;
    return holds ? ERR_OK : ERR_CORRUPT;
}
