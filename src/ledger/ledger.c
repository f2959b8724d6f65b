/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ledger/book.h"
#include "ledger/checkpoint.h"

enum {
    ACCOUNTS_MAX = 1 << 24,
    ROWS_KEPT = 256,
    PAGE_ENTRIES = 32768,
    EXPIRIES_A_GROUP_MAX = 8192,
    AHEAD = 8, /* events; their accounts are fetched before their turn */
};
#define NUMBER_END ((uint64_t)1 << 48) /* of stream 0 */

void ledger_lock(struct ledger *ledger) {
    int locked = pthread_mutex_lock(&ledger->lock);
    assert(locked == 0);
}

void ledger_unlock(struct ledger *ledger) {
    int unlocked = pthread_mutex_unlock(&ledger->lock);
    assert(unlocked == 0);
}

/* --- one entry, there and back --- */

/* From here it must succeed: the entry is allowed, and its accounts exist (a NOTE has none, an OPEN has one). */
static void entry_stand(struct ledger *ledger, struct entry *entry, struct pending *pending) {
    assert(entry->no == ledger->next && ledger->next < NUMBER_END);
    struct slot *debit = accounts_at(&ledger->accounts, entry->debit);
    struct slot *credit = accounts_at(&ledger->accounts, entry->credit);
    rules_fold(entry, pending, debit ? &debit->sheet : NULL, credit ? &credit->sheet : NULL);
    if (debit) {
        entry->debit_previous = debit->newest;
        entry->debit_after = rules_balance(&debit->sheet);
        debit->newest = entry->no;
    }
    if (credit) {
        entry->credit_previous = credit->newest;
        entry->credit_after = rules_balance(&credit->sheet);
        credit->newest = entry->no;
    }
    if (pending) pending->state = rules_outcome(entry);
    if (pending || entry->flags & ENTRY_PENDING) ledger->pendings_touched++;
    if (entry->flags & ENTRY_PENDING) {
        struct pending opened;
        rules_pending(entry, &opened);
        pendings_add(&ledger->pendings, &opened);
    }

    bool gives_up_a_published_row = rows_full(&ledger->rows);
    if (gives_up_a_published_row) ledger_lock(ledger);
    unsigned char *bytes = rows_append(&ledger->rows, entry->no);
    if (gives_up_a_published_row) ledger_unlock(ledger);
    entry_encode(entry, bytes);
    ledger->next++;
}

static void entry_take_back(struct ledger *ledger) {
    struct entry entry;
    entry_decode(rows_newest_entry(&ledger->rows), &entry);
    rows_drop_entry(&ledger->rows);
    ledger->next--;
    assert(entry.no == ledger->next);

    struct slot *debit = accounts_at(&ledger->accounts, entry.debit);
    struct slot *credit = accounts_at(&ledger->accounts, entry.credit);
    struct pending *pending =
        rules_outcome(&entry) == PENDING_PLAIN ? NULL : pendings_find(&ledger->pendings, entry.pending);
    rules_unfold(&entry, pending, debit ? &debit->sheet : NULL, credit ? &credit->sheet : NULL);
    if (debit) debit->newest = entry.debit_previous;
    if (credit) credit->newest = entry.credit_previous;
    if (pending || entry.flags & ENTRY_PENDING) ledger->pendings_touched--;
    if (pending) {
        pending->state = PENDING_OPEN;
        if (entry.flags & ENTRY_EXPIRED) pendings_wait(&ledger->pendings, pending);
    }
    if (entry.flags & ENTRY_PENDING) pendings_remove(&ledger->pendings, entry.no);
    if (entry.flags & ENTRY_OPEN) {
        assert(debit && entry.debit == ledger->accounts.count);
        *debit = (struct slot){0};
        ledger->accounts.count--;
    }
}

static void take_back_to(struct ledger *ledger, uint64_t next) {
    while (ledger->next > next) entry_take_back(ledger);
}

/* --- accounts --- */

enum ledger_reason ledger_account_open(struct ledger *ledger, uint32_t asset, uint16_t code, uint16_t flags,
                                       uint64_t owner, struct account_no *out) {
    struct accounts *accounts = &ledger->accounts;
    assert(ledger->open);
    enum ledger_reason reason = rules_check_account(asset, code, flags);
    if (reason != REASON_OK) return reason;
    if (accounts->count == accounts->max) return REASON_ACCOUNTS_FULL;

    /* From here it must succeed. */
    accounts->count++;
    *accounts_at(accounts, accounts->count) = (struct slot){
        .sheet = {.asset = asset, .code = code, .flags = flags},
        .owner = owner,
        .opened_ms = ledger->now_ms,
    };
    struct entry entry = {
        .no = ledger->next,
        .debit = accounts->count,
        .time_ms = ledger->now_ms,
        .asset = asset,
        .code = code,
        .flags = ENTRY_OPEN,
    };
    entry_open_encode(&entry, owner, flags);
    entry_stand(ledger, &entry, NULL);
    out->n = entry.debit;
    return REASON_OK;
}

bool ledger_account_get(const struct ledger *ledger, struct account_no no, struct account *out) {
    const struct slot *slot = accounts_at(&ledger->accounts, no.n);
    if (slot) account_of_slot(no.n, slot, out);
    return slot;
}

/* --- events --- */

/* An entry of the open group; its rows are full but for the last. */
static bool entry_of_group(const struct ledger *ledger, uint64_t no, struct entry *out) {
    if (no < ledger->mark.next || no >= ledger->next) return false;
    uint64_t at = no - ledger->mark.next;
    const unsigned char *row = rows_at(&ledger->rows, ledger->rows.published + at / ROW_ENTRIES_MAX);
    entry_decode(row_entry(row, at % ROW_ENTRIES_MAX), out);
    return true;
}

static bool entry_of_ledger(struct ledger *ledger, uint64_t no, struct entry *out) {
    if (no == 0 || no >= ledger->next) return false;
    return entry_of_group(ledger, no, out) || row_reader_entry(&ledger->reader, no, out);
}

/* The entry that a post or void names: a resident one, or one that was settled long ago or never was pending, in *scratch. */
static struct pending *pending_named(struct ledger *ledger, uint64_t no, struct pending *scratch) {
    struct pending *resident = pendings_find(&ledger->pendings, no);
    if (resident) return resident;
    struct entry entry, outcome;
    if (!entry_of_ledger(ledger, no, &entry)) return NULL;
    rules_pending(&entry, scratch);
    if (scratch->state == PENDING_PLAIN) return scratch;
    if (!entry_of_ledger(ledger, outcome_read(ledger->db, no).n, &outcome)) return NULL;
    scratch->state = rules_outcome(&outcome);
    return scratch;
}

enum ledger_reason ledger_pending_state(struct ledger *ledger, struct entry_no no, uint64_t *amount) {
    struct pending scratch;
    const struct pending *pending = pending_named(ledger, no.n, &scratch);
    if (!pending) return REASON_PENDING_NOT_FOUND;
    switch (pending->state) {
    case PENDING_PLAIN: return REASON_PENDING_NOT_PENDING;
    case PENDING_POSTED: return REASON_PENDING_ALREADY_POSTED;
    case PENDING_VOIDED: return REASON_PENDING_ALREADY_VOIDED;
    case PENDING_EXPIRED: return REASON_PENDING_EXPIRED;
    case PENDING_OPEN: break;
    }
    *amount = pending->amount;
    return REASON_OK;
}

static enum ledger_reason event_apply(struct ledger *ledger, struct ledger_event *event) {
    struct pending scratch, *pending = NULL;
    uint64_t debit = event->debit, credit = event->credit;
    if (event->flags & (ENTRY_POST | ENTRY_VOID)) {
        pending = pending_named(ledger, event->pending, &scratch);
        if (pending) {
            debit = pending->debit;
            credit = pending->credit;
        }
    }
    const struct slot *debit_slot = accounts_at(&ledger->accounts, debit);
    const struct slot *credit_slot = accounts_at(&ledger->accounts, credit);
    struct facts facts = {
        .number = ledger->next,
        .now_ms = ledger->now_ms,
        .debit = debit_slot ? &debit_slot->sheet : NULL,
        .credit = credit_slot ? &credit_slot->sheet : NULL,
        .pending = pending,
    };
    struct entry entry;
    enum ledger_reason reason = rules_check(event, &facts, &entry);
    event->entry = event->posted = 0;
    if (reason != REASON_OK) return reason;
    entry_stand(ledger, &entry, pending);
    event->entry = entry.no;
    event->posted = entry.amount;
    return REASON_OK;
}

/* All or none. The event that breaks the chain keeps its reason; the others failed because of it. A chain that the last event of the
 * array leaves open is broken at that event. */
static enum ledger_reason chain_apply(struct ledger *ledger, struct ledger_event *events, size_t count) {
    bool open = events[count - 1].flags & ENTRY_LINKED;
    uint64_t begin = ledger->next;
    for (size_t i = 0; i < count; i++) {
        enum ledger_reason reason =
            open && i + 1 == count ? REASON_LINKED_EVENT_CHAIN_OPEN : event_apply(ledger, &events[i]);
        events[i].reason = (int)reason;
        if (reason == REASON_OK) continue;

        take_back_to(ledger, begin);
        for (size_t j = 0; j < count; j++) {
            events[j].entry = events[j].posted = 0;
            if (j != i) events[j].reason = REASON_LINKED_EVENT_FAILED;
        }
        if (open) events[count - 1].reason = REASON_LINKED_EVENT_CHAIN_OPEN;
        return reason;
    }
    return REASON_OK;
}

enum ledger_reason ledger_apply(struct ledger *ledger, struct ledger_event *events, size_t count) {
    assert(ledger->open && count <= LEDGER_EVENTS_MAX);
    enum ledger_reason first = REASON_OK;
    for (size_t i = 0; i < count && i < AHEAD; i++) {
        accounts_prefetch(&ledger->accounts, events[i].debit);
        accounts_prefetch(&ledger->accounts, events[i].credit);
    }
    for (size_t i = 0, end; i < count; i = end) {
        if (i + AHEAD < count) {
            accounts_prefetch(&ledger->accounts, events[i + AHEAD].debit);
            accounts_prefetch(&ledger->accounts, events[i + AHEAD].credit);
        }
        end = i + 1;
        while (events[end - 1].flags & ENTRY_LINKED && end < count) end++;
        enum ledger_reason reason = chain_apply(ledger, &events[i], end - i);
        if (first == REASON_OK) first = reason;
    }
    return first;
}

/* --- digest --- */

void ledger_digest_row(struct ledger *ledger, uint32_t row_kind, uint64_t row_id, const void *bytes,
                       size_t size) {
    assert(ledger->open);
    unsigned char row_hash[HASH_SIZE];
    hash_begin(&ledger->hash);
    hash_add(&ledger->hash, bytes, size);
    hash_end(&ledger->hash, row_hash);
    digest_add(&ledger->digest, row_kind, row_id, row_hash);
}

struct entry_no ledger_group(const struct ledger *ledger) {
    return (struct entry_no){ledger->mark.next};
}

struct entry_no ledger_next_entry(const struct ledger *ledger) {
    return (struct entry_no){ledger->next};
}

void ledger_digest_source(struct ledger *ledger, uint32_t row_kind, ledger_rows_fn *rows) {
    assert(ledger->sources_count < DIGEST_SOURCES_MAX);
    ledger->sources[ledger->sources_count++] = (struct ledger_digest_source){row_kind, rows};
}

/* --- the writer's part --- */

/* What times out is expired before anything else sees the group's time. */
static void expire(struct ledger *ledger) {
    struct pending *pending;
    for (int i = 0; i < EXPIRIES_A_GROUP_MAX; i++) {
        pending = pendings_due(&ledger->pendings, ledger->now_ms);
        if (!pending) break;
        struct facts facts = {.number = ledger->next, .now_ms = ledger->now_ms};
        struct entry entry;
        rules_expire(pending, &facts, &entry);
        entry_stand(ledger, &entry, pending);
    }
}

static void ledger_mark(void *arg, int64_t now_ms) {
    struct ledger *ledger = arg;
    assert(!ledger->open && !ledger->config.audit_only);
    ledger->mark.next = ledger->next;
    ledger->mark.newest_ms = ledger->newest_ms;
    memcpy(ledger->mark.head, ledger->head, HASH_SIZE);
    ledger->now_ms = now_ms > ledger->newest_ms ? now_ms : ledger->newest_ms;
    ledger->open = true;
    digest_clear(&ledger->digest);
    row_reader_init(&ledger->reader, ledger->db);
    expire(ledger);
}

/* So that a digest has a row, and on PostgreSQL so that every group can be found again after a COMMIT of unknown outcome. */
static void note(struct ledger *ledger) {
    struct entry entry = {.no = ledger->next, .time_ms = ledger->now_ms, .flags = ENTRY_NOTE};
    entry_stand(ledger, &entry, NULL);
}

static void ledger_flush(void *arg, struct db *db) {
    struct ledger *ledger = arg;
    ledger->flushed = ledger->checkpoint;
    if (ledger->next == ledger->mark.next) {
        if (ledger->digest.count == 0 && db_engine_of(db) != DB_POSTGRES) return;
        note(ledger);
    }
    unsigned char digest[HASH_SIZE];
    digest_end(&ledger->digest, &ledger->hash, digest);
    rows_seal(&ledger->rows, &ledger->hash, digest, ledger->head);
    ledger->newest_ms = ledger->now_ms;
    rows_store(&ledger->rows, db);
    if (ledger->pendings_touched > 0) outcomes_store(ledger, db);
    checkpoint_store(ledger, db);
    atomic_store(&ledger->committing, true);
}

/* Copies the accounts that the group's entries touched. */
static void publish_rows(struct ledger *ledger) {
    const struct rows *rows = &ledger->rows;
    for (uint64_t i = rows->published; i < rows->begun; i++) {
        const unsigned char *row = rows_at(rows, i);
        size_t count = row_count(row);
        struct sides {
            uint64_t debit, credit;
        } sides[ROW_ENTRIES_MAX];
        for (size_t j = 0; j < count; j++) {
            entry_sides(row_entry(row, j), &sides[j].debit, &sides[j].credit);
            accounts_prefetch(&ledger->published, sides[j].debit);
            accounts_prefetch(&ledger->published, sides[j].credit);
        }
        for (size_t j = 0; j < count; j++) {
            if (sides[j].debit)
                ledger->published.slots[sides[j].debit - 1] = ledger->accounts.slots[sides[j].debit - 1];
            if (sides[j].credit)
                ledger->published.slots[sides[j].credit - 1] = ledger->accounts.slots[sides[j].credit - 1];
        }
    }
}

/* The group's settled pending entries need not stay. */
static void forget_settled(struct ledger *ledger) {
    struct rows *rows = &ledger->rows;
    if (ledger->pendings_touched == 0) return;
    ledger->pendings_touched = 0;
    for (uint64_t i = rows->published; i < rows->begun; i++) {
        const unsigned char *row = rows_at(rows, i);
        for (size_t j = 0; j < row_count(row); j++) {
            struct entry entry;
            entry_decode(row_entry(row, j), &entry);
            if (rules_outcome(&entry) != PENDING_PLAIN) pendings_remove(&ledger->pendings, entry.pending);
        }
    }
    pendings_tidy(&ledger->pendings);
}

static void ledger_publish(void *arg, int64_t now_ms) {
    struct ledger *ledger = arg;
    (void)now_ms;
    ledger->open = false;
    if (ledger->next == ledger->mark.next) return;
    forget_settled(ledger);
    ledger->checkpoint = ledger->flushed;

    ledger->mark.next = ledger->next;

    ledger_lock(ledger);
    publish_rows(ledger);
    ledger->rows.published = ledger->rows.begun;
    ledger->published.count = ledger->accounts.count;
    ledger->sequence = ledger->next - 1;
    ledger->published_ms = ledger->newest_ms;
    atomic_store(&ledger->committing, false);
    pthread_cond_broadcast(&ledger->moved_on);
    ledger_unlock(ledger);
}

static void ledger_undo(void *arg) {
    struct ledger *ledger = arg;
    take_back_to(ledger, ledger->mark.next);
    ledger->newest_ms = ledger->mark.newest_ms;
    memcpy(ledger->head, ledger->mark.head, HASH_SIZE);
    atomic_store(&ledger->committing, false);
    ledger->open = false;
}

/* After a COMMIT of unknown outcome: the newest row is ours when it is there. */
static bool ledger_stored(void *arg, struct db *db) {
    struct ledger *ledger = arg;
    unsigned char hash[HASH_SIZE];
    return rows_newest(db, hash) == ledger->next - 1 && memcmp(hash, ledger->head, HASH_SIZE) == 0;
}

struct writer_part ledger_part(struct ledger *ledger) {
    return (struct writer_part){ledger,         ledger_mark, ledger_flush,
                                ledger_publish, ledger_undo, ledger_stored};
}

/* --- from start to end --- */

static void publish_all(struct ledger *ledger) {
    ledger->published.count = ledger->accounts.count;
    memcpy(ledger->published.slots, ledger->accounts.slots, ledger->accounts.count * sizeof(struct slot));
    ledger->sequence = ledger->next - 1;
    ledger->published_ms = ledger->newest_ms;
}

enum err ledger_open(struct db *db, const struct ledger_config *config, struct ledger **out) {
    assert(config->mac_key);
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger) log_fatal("ledger: no memory");
    ledger->config = *config;
    if (ledger->config.accounts_max == 0) ledger->config.accounts_max = ACCOUNTS_MAX;
    if (ledger->config.rows_kept == 0) ledger->config.rows_kept = ROWS_KEPT;
    if (ledger->config.page_entries == 0) ledger->config.page_entries = PAGE_ENTRIES;
    memcpy(ledger->mac_key, config->mac_key, HASH_SIZE);
    ledger->config.mac_key = ledger->mac_key;
    ledger->db = db;
    ledger->next = 1;
    accounts_init(&ledger->accounts, ledger->config.accounts_max);
    accounts_init(&ledger->published, ledger->config.accounts_max);
    pendings_init(&ledger->pendings);
    rows_init(&ledger->rows, ledger->config.rows_kept);
    ledger->recalled = calloc(ENTRIES_RECALLED, sizeof *ledger->recalled);
    if (!ledger->recalled) log_fatal("ledger: no memory for entries");
    hash_init(&ledger->hash);
    pthread_mutex_init(&ledger->lock, NULL);
    pthread_cond_init(&ledger->moved_on, NULL);
    ledger->page_bytes = malloc(PAGE_ROOM);
    if (!ledger->page_bytes) log_fatal("ledger: no memory for a page");

    enum err err = ERR_OK;
    if (!config->audit_only) {
        db_begin(db);
        err = checkpoint_load(ledger, db);
        db_rollback(db);
    }
    if (err != ERR_OK) {
        ledger_close(ledger);
        return err;
    }
    ledger->mark.next = ledger->next;
    publish_all(ledger);
    *out = ledger;
    return ERR_OK;
}

void ledger_close(struct ledger *ledger) {
    if (!ledger) return;
    accounts_release(&ledger->accounts);
    accounts_release(&ledger->published);
    pendings_release(&ledger->pendings);
    rows_release(&ledger->rows);
    free(ledger->recalled);
    digest_release(&ledger->digest);
    hash_release(&ledger->hash);
    pthread_cond_destroy(&ledger->moved_on);
    pthread_mutex_destroy(&ledger->lock);
    explicit_bzero(ledger->mac_key, sizeof ledger->mac_key);
    free(ledger->page_bytes);
    free(ledger);
}

/* --- any thread --- */

/* Without a limit: what is committed is published next, or the process ends. */
void ledger_follow(struct ledger *ledger, struct db *db) {
    if (!atomic_load(&ledger->committing)) return;
    uint64_t newest = rows_newest_no(db);
    ledger_lock(ledger);
    while (ledger->sequence < newest) pthread_cond_wait(&ledger->moved_on, &ledger->lock);
    ledger_unlock(ledger);
}

bool ledger_figures_many(struct ledger *ledger, const struct account_no *nos, size_t count,
                         struct figures *out) {
    bool all = true;
    ledger_lock(ledger);
    for (size_t i = 0; i < count; i++) {
        const struct slot *slot = accounts_at(&ledger->published, nos[i].n);
        if (!slot) {
            all = false;
            continue;
        }
        account_of_slot(nos[i].n, slot, &out[i].account);
        out[i].sequence.n = ledger->sequence;
        out[i].time_ms = ledger->published_ms;
    }
    ledger_unlock(ledger);
    return all;
}

bool ledger_figures(struct ledger *ledger, struct account_no no, struct figures *out) {
    return ledger_figures_many(ledger, &no, 1, out);
}

struct entry_no ledger_sequence(struct ledger *ledger, int64_t *time_ms) {
    ledger_lock(ledger);
    struct entry_no sequence = {ledger->sequence};
    *time_ms = ledger->published_ms;
    ledger_unlock(ledger);
    return sequence;
}
