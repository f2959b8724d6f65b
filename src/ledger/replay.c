/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/replay.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/book.h"

bool replay_bad(struct replay *replay, uint64_t bad, const char *words) {
    replay->bad = bad;
    snprintf(replay->words, sizeof replay->words, "entry %" PRIu64 ": %s", bad, words);
    return false;
}

static bool is_known(const struct replay *replay, uint64_t account, uint64_t no) {
    return replay->known && replay->known[page_of(account)] >= no;
}

static bool replay_open(struct replay *replay, const struct entry *entry) {
    struct accounts *accounts = replay->accounts;
    uint64_t owner;
    uint16_t flags;
    entry_open_decode(entry, &owner, &flags);
    if (entry->debit == 0 || entry->debit > accounts->max)
        return replay_bad(replay, entry->no, "no such account");
    if (is_known(replay, entry->debit, entry->no)) return true;
    if (entry->debit == accounts->count + 1) accounts->count++;
    struct slot *slot = accounts_at(accounts, entry->debit);
    if (!slot || slot->sheet.code != 0) return replay_bad(replay, entry->no, "opens an account out of order");
    if (rules_check_account(entry->asset, entry->code, flags) != REASON_OK || entry->amount != 0 ||
        entry->credit != 0 || entry->debit_previous != 0 || entry->debit_after != 0)
        return replay_bad(replay, entry->no, "opens an account that may not be");
    *slot = (struct slot){
        .sheet = {.asset = entry->asset, .code = entry->code, .flags = flags},
        .newest = entry->no,
        .owner = owner,
        .opened_ms = entry->time_ms,
    };
    return true;
}

/* The pending entry that this one names; false when it should name one and does not. */
static bool replay_named(struct replay *replay, const struct entry *entry, struct pending *scratch,
                         const struct pending **out) {
    *out = NULL;
    if (rules_outcome(entry) == PENDING_PLAIN) return true;
    *out = pendings_find(replay->pendings, entry->pending);
    struct entry older;
    if (!*out && replay->older && row_reader_entry(replay->older, entry->pending, &older)) {
        rules_pending(&older, scratch);
        if (scratch->state == PENDING_OPEN) *out = scratch;
    }
    return *out && (*out)->debit == entry->debit && (*out)->credit == entry->credit;
}

/* Would the rules allow it, and make the same of it? */
static bool replay_allowed(const struct entry *entry, const struct facts *facts) {
    if (entry->flags & ENTRY_EXPIRED) {
        struct entry expected;
        const struct pending *pending = facts->pending;
        assert(pending);
        if (pending->expires_ms == 0 || pending->expires_ms > facts->now_ms) return false;
        rules_expire(pending, facts, &expected);
        return entry->flags == expected.flags && entry->amount == expected.amount &&
               entry->asset == expected.asset && entry->code == expected.code;
    }
    struct ledger_event event = {
        .debit = entry->debit,
        .credit = entry->credit,
        .amount = entry->amount,
        .pending = entry->pending,
        .timeout_s = entry->timeout_s,
        .asset = entry->asset,
        .code = entry->code,
        .flags = entry->flags,
    };
    struct entry made;
    return rules_check(&event, facts, &made) == REASON_OK && made.amount == entry->amount;
}

static bool replay_side(struct slot *slot, uint64_t no, uint64_t previous, int64_t after) {
    if (!slot) return true;
    if (slot->newest != previous || rules_balance(&slot->sheet) != after) return false;
    slot->newest = no;
    return true;
}

static bool replay_move(struct replay *replay, const struct entry *entry) {
    struct slot *debit = accounts_at(replay->accounts, entry->debit);
    struct slot *credit = accounts_at(replay->accounts, entry->credit);
    if (!debit || !credit) return replay_bad(replay, entry->no, "no such account");
    struct pending scratch;
    const struct pending *pending;
    if (!replay_named(replay, entry, &scratch, &pending))
        return replay_bad(replay, entry->no, "ends a pending entry that is not open");

    if (is_known(replay, entry->debit, entry->no)) debit = NULL;
    if (is_known(replay, entry->credit, entry->no)) credit = NULL;
    if ((debit && debit->sheet.code == 0) || (credit && credit->sheet.code == 0))
        return replay_bad(replay, entry->no, "an account that is not open yet");
    if (replay->strict) {
        struct facts facts = {entry->no, entry->time_ms, &debit->sheet, &credit->sheet, pending};
        if (!replay_allowed(entry, &facts)) return replay_bad(replay, entry->no, "the rules do not allow it");
    }

    rules_fold(entry, pending, debit ? &debit->sheet : NULL, credit ? &credit->sheet : NULL);
    if (!replay_side(debit, entry->no, entry->debit_previous, entry->debit_after))
        return replay_bad(replay, entry->no, "the debit account's chain or balance is wrong");
    if (!replay_side(credit, entry->no, entry->credit_previous, entry->credit_after))
        return replay_bad(replay, entry->no, "the credit account's chain or balance is wrong");
    if (entry->flags & ENTRY_PENDING) {
        struct pending opened;
        rules_pending(entry, &opened);
        pendings_add(replay->pendings, &opened);
    }
    if (pending) pendings_remove(replay->pendings, entry->pending);
    return true;
}

static bool replay_entry(struct replay *replay, const struct entry *entry) {
    if (entry->time_ms < replay->newest_ms)
        return replay_bad(replay, entry->no, "its time is before its predecessor's");
    replay->newest_ms = entry->time_ms;
    replay->next = entry->no + 1;
    if (entry->flags & ENTRY_OPEN) return replay_open(replay, entry);
    if (!(entry->flags & ENTRY_NOTE)) return replay_move(replay, entry);
    if (entry->debit != 0 || entry->credit != 0 || entry->amount != 0)
        return replay_bad(replay, entry->no, "a note that moves something");
    return true;
}

bool replay_row(struct replay *replay, uint64_t first, struct text body) {
    if (first != replay->next) return replay_bad(replay, replay->next, "its row is missing");
    if (!row_shape(body, first)) return replay_bad(replay, first, "its row is damaged");
    const unsigned char *row = (const unsigned char *)body.p;
    unsigned char hash[HASH_SIZE];
    for (size_t i = 0; i < row_count(row); i++) {
        uint64_t debit, credit;
        entry_sides(row_entry(row, i), &debit, &credit);
        accounts_prefetch(replay->accounts, debit);
        accounts_prefetch(replay->accounts, credit);
    }
    row_compute(replay->hash, replay->head, row, hash);
    for (size_t i = 0; i < row_count(row); i++) {
        struct entry entry;
        entry_decode(row_entry(row, i), &entry);
        if (!replay_entry(replay, &entry)) return false;
    }
    if (memcmp(hash, row_hash(row), HASH_SIZE) != 0)
        return replay_bad(replay, first, "the hash of its row is not that of its bytes and the row before");
    memcpy(replay->head, hash, HASH_SIZE);
    replay->rows++;
    if (replay->head_entry >= first && replay->head_entry < replay->next &&
        (replay->head_entry + 1 != replay->next || memcmp(hash, replay->head_hash, HASH_SIZE) != 0))
        return replay_bad(replay, first, "the chain is not the one whose head was sealed");
    return true;
}
