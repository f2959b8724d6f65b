/* SPDX-License-Identifier: Apache-2.0 */
#include "journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "ledger/accounts.h"

enum { BATCH_MAX = 8192 };
#define ROOM ((off_t)512 << 20)

struct journal {
    struct accounts accounts;
    uint64_t next;
    off_t at;
    int file;
    unsigned char batch[BATCH_MAX * ENTRY_SIZE];
};

void journal_rewind(struct journal *journal) {
    journal->at = 0;
    if (ftruncate(journal->file, 0) != 0 || posix_fallocate(journal->file, 0, ROOM) != 0 ||
        fsync(journal->file) != 0)
        log_fatal("journal: no room");
}

struct journal *journal_open(const char *path, uint64_t accounts, uint64_t balance) {
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal) log_fatal("journal: no memory");
    accounts_init(&journal->accounts, accounts);
    journal->accounts.count = accounts;
    for (uint64_t i = 0; i < accounts; i++)
        journal->accounts.slots[i].sheet = (struct sheet){
            .credits_posted = balance,
            .asset = 156,
            .code = 1,
            .flags = ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS,
        };
    journal->next = 1;
    journal->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (journal->file < 0) log_fatal("journal: cannot open %s", path);
    journal_rewind(journal);
    return journal;
}

void journal_close(struct journal *journal) {
    close(journal->file);
    accounts_release(&journal->accounts);
    free(journal);
}

void journal_apply(struct journal *journal, struct ledger_event *events, size_t count, int64_t now_ms) {
    struct accounts *accounts = &journal->accounts;
    unsigned char *at = journal->batch;
    for (size_t i = 0; i < count; i++) {
        struct ledger_event *event = &events[i];
        struct slot *debit = accounts_at(accounts, event->debit),
                    *credit = accounts_at(accounts, event->credit);
        struct facts facts = {journal->next, now_ms, debit ? &debit->sheet : NULL,
                              credit ? &credit->sheet : NULL, NULL};
        struct entry entry;
        event->reason = (int)rules_check(event, &facts, &entry);
        if (event->reason != REASON_OK) continue;
        rules_fold(&entry, NULL, &debit->sheet, &credit->sheet);
        event->entry = journal->next++;
        event->posted = entry.amount;
        entry_encode(&entry, at);
        at += ENTRY_SIZE;
    }
    size_t size = (size_t)(at - journal->batch);
    if (journal->at + (off_t)size > ROOM) journal->at = 0;
    if (pwrite(journal->file, journal->batch, size, journal->at) != (ssize_t)size ||
        fdatasync(journal->file) != 0)
        log_fatal("journal: cannot write");
    journal->at += (off_t)size;
}
