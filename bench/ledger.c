/* SPDX-License-Identifier: Apache-2.0 */
/* How many entries a second the ledger makes durable, by the size of the command that carries them, beside the raw journal (journal.h).
 *
 *     ledger_bench [SECONDS [SIZE...]]
 *
 * The ledger runs as in the server: a writer's thread, SQLite with its log synced at every commit, rows, hashes, back-pointers, pages,
 * published figures and checkpoints of the log. A group is one command; the next commands wait in the queue. Both sides hold 1 M
 * accounts with money in them, pick pairs of them at random, and take turns of SECONDS each. The slowest group is the longest
 * time from one group's end to the next one's, so a checkpoint between groups counts. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "journal.h"
#include "kit/db/writer.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"

enum { ACCOUNTS = 1000000, BALANCE = 1000000, EVENTS = 1 << 20, IN_FLIGHT = 4 };

/* --- what is asked of both --- */

static uint64_t chance_state = 88172645463325252u;

static uint64_t chance(uint64_t below) { /* xorshift: the same in every run */
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (uint64_t)(((unsigned __int128)chance_state * below) >> 64);
}

static struct ledger_event *events_make(uint64_t first_account) {
    struct ledger_event *events = calloc(EVENTS, sizeof *events);
    if (!events) log_fatal("bench: no memory");
    for (size_t i = 0; i < EVENTS; i++) {
        uint64_t debit = chance(ACCOUNTS), credit = (debit + 1 + chance(ACCOUNTS - 1)) % ACCOUNTS;
        events[i] = (struct ledger_event){
            .debit = first_account + debit,
            .credit = first_account + credit,
            .amount = 1 + chance(1000),
            .payment = i + 1,
            .role = ROLE_OPENS,
            .asset = ASSET_CNY,
            .code = MOVEMENT_TRANSFER,
        };
    }
    return events;
}

struct result {
    double rate, slowest_ms, cpu_us; /* an entry's, of the thread that writes */
};

static int64_t thread_cpu_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- the ledger --- */

struct side {
    struct writer *writer;
    struct ledger *ledger;
    struct ledger_event *events;
    size_t at, size; /* of a command */
    pthread_mutex_t lock;
    pthread_cond_t finished;
    int64_t until_us, last_us, slowest_us, cpu_begun_us, cpu_us;
    uint64_t entries;
    int running;
};

struct job {
    struct command command;
    struct side *side;
    struct ledger_event *events;
};

static void job_run(struct command *command, struct group *group) {
    struct job *job = (struct job *)command;
    (void)group;
    ledger_apply(job->side->ledger, job->events, job->side->size);
}

static struct ledger_event *next_events(struct side *side) {
    if (side->at + side->size > EVENTS) side->at = 0;
    struct ledger_event *events = side->events + side->at;
    side->at += side->size;
    return events;
}

static void job_done(struct command *command, enum command_outcome outcome) {
    struct job *job = (struct job *)command;
    struct side *side = job->side;
    assert(outcome == COMMAND_DONE);
    int64_t now = clock_mono_us();
    if (now - side->last_us > side->slowest_us) side->slowest_us = now - side->last_us;
    side->last_us = now;
    if (side->entries == 0) side->cpu_begun_us = thread_cpu_us();
    side->cpu_us = thread_cpu_us() - side->cpu_begun_us;
    side->entries += side->size;
    if (now < side->until_us) {
        job->events = next_events(side);
        writer_submit(side->writer, command);
        return;
    }
    pthread_mutex_lock(&side->lock);
    if (--side->running == 0) pthread_cond_signal(&side->finished);
    pthread_mutex_unlock(&side->lock);
}

static struct result ledger_turn(struct side *side, size_t size, double seconds) {
    struct job jobs[IN_FLIGHT];
    int64_t begun = clock_mono_us();
    side->size = size;
    side->entries = 0;
    side->slowest_us = 0;
    side->last_us = begun;
    side->until_us = begun + (int64_t)(seconds * 1e6);
    side->running = IN_FLIGHT;
    for (int i = 0; i < IN_FLIGHT; i++) {
        jobs[i] = (struct job){{job_run, job_done, NULL}, side, next_events(side)};
        writer_submit(side->writer, &jobs[i].command);
    }
    pthread_mutex_lock(&side->lock);
    while (side->running > 0) pthread_cond_wait(&side->finished, &side->lock);
    pthread_mutex_unlock(&side->lock);
    return (struct result){(double)side->entries * 1e6 / (double)(side->last_us - begun),
                           (double)side->slowest_us / 1e3,
                           (double)side->cpu_us / (double)(side->entries - side->size)};
}

/* Account 1 is the bank's; 2 to ACCOUNTS + 1 get their balance from it. */
struct setup {
    struct command command;
    struct ledger *ledger;
    uint64_t from, count;
};

static void setup_run(struct command *command, struct group *group) {
    struct setup *setup = (struct setup *)command;
    (void)group;
    for (uint64_t i = 0; i < setup->count; i++) {
        bool bank = setup->from + i == 1;
        struct account_no no;
        ledger_account_open(setup->ledger, ASSET_CNY, bank ? CHART_BANK_SETTLEMENT : CHART_PERSON,
                            bank ? 0 : ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS, i, &no);
        struct ledger_event event = {.debit = 1,
                                     .credit = no.n,
                                     .amount = BALANCE,
                                     .asset = ASSET_CNY,
                                     .code = MOVEMENT_TOPUP};
        enum ledger_reason reason = bank ? REASON_OK : ledger_apply(setup->ledger, &event, 1);
        if (reason != REASON_OK) log_fatal("bench: %s", ledger_reason_name(reason));
    }
}

static void setup_done(struct command *command, enum command_outcome outcome) {
    (void)command;
    if (outcome != COMMAND_DONE) log_fatal("bench: the store did not take the accounts");
}

static void ledger_begin(struct side *side, const char *path) {
    static const unsigned char key[32] = {1};
    struct writer_config config = {.store = {DB_SQLITE, path}, .group_commands_max = 1};
    struct ledger_config ledger_config = {.accounts_max = ACCOUNTS + 1, .mac_key = key};
    if (writer_open(&config, &side->writer) != ERR_OK) log_fatal("bench: no store at %s", path);
    if (ledger_open(writer_db(side->writer), &ledger_config, &side->ledger) != ERR_OK)
        log_fatal("bench: no ledger");
    writer_add_part(side->writer, ledger_part(side->ledger));
    for (uint64_t no = 1; no <= ACCOUNTS + 1;) {
        uint64_t count = ACCOUNTS + 2 - no < 8192 ? ACCOUNTS + 2 - no : 8192;
        struct setup setup = {{setup_run, setup_done, NULL}, side->ledger, no, count};
        writer_submit(side->writer, &setup.command);
        while (writer_step(side->writer) > 0) {}
        no += count;
    }
    pthread_mutex_init(&side->lock, NULL);
    pthread_cond_init(&side->finished, NULL);
    side->events = events_make(2);
    if (writer_start(side->writer) != ERR_OK) log_fatal("bench: no thread");
}

/* --- the journal --- */

static struct result journal_turn(struct journal *journal, struct ledger_event *events, size_t size,
                                  double seconds) {
    int64_t slowest = 0, begun = clock_mono_us(), last = begun, until = begun + (int64_t)(seconds * 1e6);
    int64_t cpu_begun = thread_cpu_us();
    uint64_t entries = 0;
    for (size_t at = 0; last < until; at += size) {
        if (at + size > EVENTS) at = 0;
        journal_apply(journal, events + at, size, clock_now_ms());
        entries += size;
        int64_t now = clock_mono_us();
        if (now - last > slowest) slowest = now - last;
        last = now;
    }
    return (struct result){(double)entries * 1e6 / (double)(last - begun), (double)slowest / 1e3,
                           (double)(thread_cpu_us() - cpu_begun) / (double)entries};
}

static void show(const char *name, size_t size, struct result result) {
    printf("%s.%zu %.0f entries/s\n", name, size, result.rate);
    printf("%s.%zu.slowest %.1f ms\n", name, size, result.slowest_ms);
    printf("%s.%zu.cpu %.2f us/entry\n", name, size, result.cpu_us);
}

static void remove_all(const char *directory) {
    static const char *const names[] = {"store.db",      "store.db-wal", "store.db-shm",
                                        "store.db.lock", "journal",      ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        if (remove(path) != 0) log_warn("bench: %s stays", path);
    }
}

int main(int argc, char **argv) {
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
    size_t sizes[8] = {1, 64, 1024, 8192}, count = 4;
    if (argc > 2) count = 0;
    for (int i = 2; i < argc && count < 8; i++) sizes[count++] = strtoul(argv[i], NULL, 10);

    const char *tmp = getenv("TMPDIR");
    char directory[200], store[256], path[256];
    snprintf(directory, sizeof directory, "%s/ledger-bench.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(directory)) log_fatal("bench: no directory");
    snprintf(store, sizeof store, "%s/store.db", directory);
    snprintf(path, sizeof path, "%s/journal", directory);

    log_set_level(LOG_WARN);
    static struct side side;
    ledger_begin(&side, store);
    struct journal *journal = journal_open(path, ACCOUNTS, BALANCE);
    struct ledger_event *events = events_make(1);
    for (size_t i = 0; i < count; i++) {
        journal_rewind(journal);
        show("journal", sizes[i], journal_turn(journal, events, sizes[i], seconds));
        show("ledger.sqlite", sizes[i], ledger_turn(&side, sizes[i], seconds));
    }
    writer_stop(side.writer);
    ledger_close(side.ledger);
    free(side.events);
    free(events);
    journal_close(journal);
    remove_all(directory);
    return 0;
}
