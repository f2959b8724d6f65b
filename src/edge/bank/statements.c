/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bank/statements.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "wallet/tx.h"

enum { LOOK_MS = 60 * 1000, DIFFERENCES_TOLD = 20, AGREE_TRIES = 5, DAYS_WATCHED = 7 };

struct statements {
    struct statements_config config;
    struct db *db;
    pthread_t thread;
    pthread_mutex_t lock, work; /* of `stopping`; of the connection and the fetching */
    pthread_cond_t change;
    bool stopping;
    _Atomic int64_t differences;
    struct bank_statement_page page;

    /* What the writer is to keep. */
    struct command command;
    struct statement day;
    struct statement_line *lines;
    bool told, kept;
};

/* --- fetching --- */

static bool fetch_page(struct statements *s, int bank, int64_t day, int64_t after) {
    const struct bank_dialect *dialect = bank_dialect(bank);
    struct bank_exchange exchange;
    struct bank_reply reply;
    exchange_init(&exchange, s->config.line);
    dialect->statement(bank, day, after, &exchange.call);
    exchange_begin(&exchange);
    bool heard = exchange_done(&exchange, curl_easy_perform(exchange.curl), &reply) == EXCHANGE_ANSWERED &&
                 dialect->statement_heard(&reply, &s->page);
    exchange_release(&exchange);
    return heard;
}

/* All pages of a day into s->day and s->lines. */
static bool fetch_day(struct statements *s, int bank, int64_t day) {
    size_t count = 0;
    do {
        if (!fetch_page(s, bank, day, (int64_t)count)) return false;
        if (s->page.count < 0 || s->page.count > STATEMENT_LINES_MAX) {
            log_error("statement: bank %d has %lld lines in a day, more than we take", bank,
                      (long long)s->page.count);
            return false;
        }
        if (count == 0) {
            free(s->lines);
            s->lines = calloc((size_t)s->page.count + 1, sizeof *s->lines);
            if (!s->lines) log_fatal("statement: no memory");
            s->day =
                (struct statement){bank, day, s->page.opening_fen, s->page.closing_fen, (size_t)s->page.count};
        }
        if (s->page.size > s->day.count - count)
            return false; /* the day has changed meanwhile: it is not over */
        for (size_t i = 0; i < s->page.size; i++) {
            struct statement_line *line = &s->lines[count++];
            *line = s->page.lines[i];
            if (!keys_id_read(s->config.keys, ID_BANK_MESSAGE, text_of(line->message), &line->order))
                line->order = 0;
        }
    } while (count < s->day.count && s->page.size > 0);
    return count == s->day.count;
}

/* --- keeping --- */

static void keep_run(struct command *command, struct group *group) {
    struct statements *s = (struct statements *)((char *)command - offsetof(struct statements, command));
    statement_keep(tx_of(group), &s->day, s->lines);
}

static void keep_done(struct command *command, enum command_outcome outcome) {
    struct statements *s = (struct statements *)((char *)command - offsetof(struct statements, command));
    pthread_mutex_lock(&s->lock);
    s->kept = outcome == COMMAND_DONE;
    s->told = true;
    pthread_cond_broadcast(&s->change);
    pthread_mutex_unlock(&s->lock);
}

static bool keep(struct statements *s) {
    s->told = false;
    s->command = (struct command){.run = keep_run, .done = keep_done};
    writer_submit(s->config.writer, &s->command);
    pthread_mutex_lock(&s->lock);
    while (!s->told) pthread_cond_wait(&s->change, &s->lock);
    pthread_mutex_unlock(&s->lock);
    return s->kept;
}

/* --- judging --- */

static void judge(struct statements *s, int bank, int64_t day) {
    struct difference found[DIFFERENCES_TOLD];
    struct reconciled sum;
    char date[CIVIL_TEXT_MAX];
    db_begin(s->db);
    size_t count = reconcile_day(s->db, bank, day, found, DIFFERENCES_TOLD, &sum);
    db_commit(s->db);
    civil_text(civil_day_start_ms(day), date);
    for (size_t i = 0; i < count; i++)
        log_error("reconcile: %.10s %s: %s: message %s, ours %lld, theirs %lld fen", date,
                  bank_by_no(bank)->code, difference_row(found[i].kind)->name, found[i].message,
                  (long long)found[i].ours_fen, (long long)found[i].theirs_fen);
}

static int64_t next_day(struct statements *s, int bank) {
    db_begin(s->db);
    int64_t day = statement_next_day(s->db, bank);
    db_commit(s->db);
    return day;
}

struct statements_brought statements_bring(struct statements *s,
                                           void (*tell)(void *arg, uint64_t done, uint64_t all), void *arg) {
    struct statements_brought out = {0};
    size_t banks_count;
    const struct bank_row *banks = bank_rows(&banks_count);
    pthread_mutex_lock(&s->work);
    for (size_t b = 0; b < banks_count; b++) {
        int64_t day = next_day(s, banks[b].no);
        bool answered = true;
        for (; day && answered && day < civil_day_of(clock_now_ms()); day++) {
            answered = fetch_day(s, banks[b].no, day) && keep(s);
            if (!answered) out.silent = true;
            else {
                out.days++;
                judge(s, banks[b].no, day);
                if (tell)
                    tell(arg, (uint64_t)out.days, (uint64_t)(out.days + civil_day_of(clock_now_ms()) - day));
            }
        }
    }
    pthread_mutex_unlock(&s->work);
    return out;
}

/* Of the last days, as they stand now: an answer that came late has put some right. */
static void count_differences(struct statements *s) {
    struct difference found[DIFFERENCES_TOLD];
    struct reconciled sum;
    size_t banks_count, count = 0;
    const struct bank_row *banks = bank_rows(&banks_count);
    int64_t today = civil_day_of(clock_now_ms());
    pthread_mutex_lock(&s->work);
    db_begin(s->db);
    for (size_t b = 0; b < banks_count; b++)
        for (int64_t day = today - DAYS_WATCHED; day < today; day++)
            count += reconcile_day(s->db, banks[b].no, day, found, DIFFERENCES_TOLD, &sum);
    db_commit(s->db);
    pthread_mutex_unlock(&s->work);
    atomic_store(&s->differences, (int64_t)count);
}

bool statements_ledger_agrees(struct db *db, struct ledger *ledger, int bank, int64_t *ledger_fen,
                              int64_t *orders_fen) {
    static const struct sql account_of = {"SELECT account FROM bank WHERE no = $1"};
    *ledger_fen = *orders_fen = 0;
    for (int tries = 0; tries < AGREE_TRIES; tries++) {
        struct figures before, after;
        db_begin(db);
        struct stmt *q = db_stmt(db, &account_of);
        db_bind_i64(q, bank);
        struct account_no account = {db_row(q) ? db_col_u64(q, 0) : 0};
        db_done(q);
        bool known = account.n && ledger_figures(ledger, account, &before);
        *orders_fen = reconcile_orders_sum(db, bank, INT64_MAX);
        db_commit(db);
        if (!known) return *orders_fen == 0;
        *ledger_fen = (int64_t)(before.account.debits_posted - before.account.credits_posted);
        if (*ledger_fen == *orders_fen) return true;
        if (ledger_figures(ledger, account, &after) && after.sequence.n == before.sequence.n && tries > 0)
            return false;
        usleep(50 * 1000); /* a commit came between the two */
    }
    return false;
}

int64_t statements_differences(const struct statements *s) {
    return s ? atomic_load(&s->differences) : 0;
}

/* --- its life --- */

static void *statements_thread(void *arg) {
    struct statements *s = arg;
    for (bool stopping = false; !stopping;) {
        statements_bring(s, NULL, NULL);
        count_differences(s);
        pthread_mutex_lock(&s->lock);
        if (!s->stopping) thread_wait_until(&s->change, &s->lock, clock_mono_ms() + LOOK_MS);
        stopping = s->stopping;
        pthread_mutex_unlock(&s->lock);
    }
    return NULL;
}

enum err statements_start(const struct statements_config *config, struct statements **out) {
    struct statements *s = calloc(1, sizeof *s);
    if (!s) log_fatal("statement: no memory");
    s->config = *config;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->work, NULL);
    thread_condition_init(&s->change);
    enum err err = db_open(&config->store, DB_READER, &s->db);
    if (err == ERR_OK && !thread_start("statements", statements_thread, s, &s->thread)) err = ERR_INTERNAL;
    if (err != ERR_OK) {
        db_close(s->db);
        free(s);
        return err;
    }
    *out = s;
    return ERR_OK;
}

void statements_stop(struct statements *s) {
    if (!s) return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->change);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    db_close(s->db);
    free(s->lines);
    pthread_cond_destroy(&s->change);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->work);
    free(s);
}
