/* SPDX-License-Identifier: Apache-2.0 */
/* 100,000 random events on the ledger and on the model: groups that are committed or undone, clocks that move, restarts that replay, and
 * readers whose snapshot is older than what is published; a tenth of that on PostgreSQL. QIANBAO_SEED=N repeats a run, QIANBAO_EVENTS=N makes it longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compare.h"

enum {
    ACCOUNTS = 4200, /* more than one page */
    ACTIVE = 24,     /* those that move */
    GROUP_MAX = 40,
    RECENT = 64, /* pending entries that a post or void picks from */
};

struct play {
    struct world world;
    struct model model;
    uint64_t seed, active[ACTIVE], recent[RECENT], events;
    struct db *reader;
    uint64_t reader_entries; /* as many does its snapshot hold */
};

static uint64_t chance(struct play *play, uint64_t below) {
    play->seed ^= play->seed << 13;
    play->seed ^= play->seed >> 7;
    play->seed ^= play->seed << 17;
    return (play->seed >> 11) % below;
}

static bool one_in(struct play *play, uint64_t count) {
    return chance(play, count) == 0;
}

/* --- what happens --- */

static uint64_t some_account(struct play *play) {
    if (one_in(play, 200)) return chance(play, ACCOUNTS + 3);
    return play->active[chance(play, ACTIVE)];
}

static uint64_t some_amount(struct play *play) {
    if (one_in(play, 300)) return (uint64_t)INT64_MAX - chance(play, 3);
    if (one_in(play, 100)) return UINT64_MAX;
    return chance(play, 2000);
}

static struct ledger_event some_start(struct play *play) {
    struct ledger_event event = {
        .debit = some_account(play),
        .credit = some_account(play),
        .amount = some_amount(play),
        .asset = one_in(play, 100) ? 840 : 156,
        .code = (uint16_t)(one_in(play, 200) ? 0 : 1 + chance(play, 3)),
        .payment = chance(play, 1000),
    };
    if (one_in(play, 4)) {
        event.flags |= ENTRY_PENDING;
        if (one_in(play, 2)) event.timeout_s = (uint32_t)chance(play, 60);
        if (one_in(play, 30)) event.flags |= ENTRY_CLOSING_DEBIT;
        if (one_in(play, 30)) event.flags |= ENTRY_CLOSING_CREDIT;
        if (event.flags & (ENTRY_CLOSING_DEBIT | ENTRY_CLOSING_CREDIT)) event.timeout_s = 20;
        if (one_in(play, 25)) {
            event.flags |=
                (uint16_t)(chance(play, 8) * ENTRY_FREEZES_DEBITS); /* one, two or three of them, or none */
            event.timeout_s = (uint32_t)chance(play, 20) + 1;
        }
    }
    if (one_in(play, 20)) event.flags |= ENTRY_BALANCING_DEBIT;
    if (one_in(play, 20)) event.flags |= ENTRY_BALANCING_CREDIT;
    return event;
}

static struct ledger_event some_end(struct play *play) {
    uint64_t pending =
        one_in(play, 20) ? chance(play, play->model.entries_count + 3) : play->recent[chance(play, RECENT)];
    struct ledger_event event = {.pending = pending, .flags = one_in(play, 3) ? ENTRY_VOID : ENTRY_POST};
    if (event.flags & ENTRY_POST && one_in(play, 4)) event.flags |= ENTRY_OUTSIDE;
    if (event.flags & ENTRY_POST) event.amount = one_in(play, 2) ? UINT64_MAX : chance(play, 1500);
    if (one_in(play, 50)) event.debit = some_account(play);
    if (one_in(play, 50)) event.credit = some_account(play);
    if (one_in(play, 50)) event.asset = 156;
    if (one_in(play, 50)) event.code = 1;
    return event;
}

static struct ledger_event some_event(struct play *play) {
    struct ledger_event event = chance(play, 10) < 7 ? some_start(play) : some_end(play);
    if (one_in(play, 100)) event.flags ^= (uint16_t)(1u << chance(play, 16));
    return event;
}

static size_t some_events(struct play *play, struct ledger_event *out) {
    size_t count = 1 + chance(play, GROUP_MAX);
    bool chains = one_in(play, 8);
    for (size_t i = 0; i < count; i++) {
        out[i] = some_event(play);
        if (chains && one_in(play, 3)) out[i].flags |= ENTRY_LINKED;
    }
    return count;
}

/* --- groups --- */

static void open_one(struct play *play) {
    uint16_t flags = 0;
    if (one_in(play, 3)) flags = ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS;
    else if (one_in(play, 5)) flags = ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS;
    uint32_t asset = one_in(play, 50) ? 840 : 156;
    struct account_no no;
    assert_int_equal(ledger_account_open(play->world.ledger, asset, 1, flags, 0, &no), REASON_OK);
    assert_int_equal(model_open(&play->model, asset, 1, flags), REASON_OK);
    assert_int_equal(no.n, play->model.accounts_count);
}

static void compare_active(struct play *play, bool committed) {
    for (int i = 0; i < ACTIVE; i++) compare_account(&play->world, &play->model, play->active[i], committed);
}

static void group_undone(struct play *play) {
    struct ledger_event events[GROUP_MAX];
    size_t count = some_events(play, events);
    world_begin(&play->world);
    if (one_in(play, 5)) {
        struct account_no no;
        ledger_account_open(play->world.ledger, 156, 1, 0, 0, &no);
    }
    ledger_apply(play->world.ledger, events, count);
    if (one_in(play, 2)) world_undo_late(&play->world);
    else world_undo(&play->world);
}

static void group_done(struct play *play) {
    struct ledger_event events[GROUP_MAX], modelled[GROUP_MAX];
    size_t count = some_events(play, events);
    memcpy(modelled, events, sizeof modelled);
    world_begin(&play->world);
    model_expire(&play->model, play->world.now_ms);
    if (one_in(play, 50)) open_one(play);
    ledger_apply(play->world.ledger, events, count);
    model_apply(&play->model, modelled, count, play->world.now_ms);
    for (size_t i = 0; i < count; i++) {
        compare_event(&events[i], &modelled[i]);
        if (events[i].entry && events[i].flags & ENTRY_PENDING)
            play->recent[chance(play, RECENT)] = events[i].entry;
    }
    compare_active(play, false);
    bool empty = ledger_next_entry(play->world.ledger).n == ledger_group(play->world.ledger).n;
    world_commit(&play->world);
    if (empty && db_engine_of(play->world.db) == DB_POSTGRES) model_note(&play->model);
    play->events += count;
}

/* --- a reader that looks at the past --- */

static void reader_begin(struct play *play) {
    struct entry entry;
    play->reader = world_reader(&play->world);
    db_begin(play->reader);
    ledger_entry_read(play->world.ledger, play->reader, (struct entry_no){1},
                      &entry); /* the snapshot is taken */
    play->reader_entries = play->model.entries_count;
}

static void reader_end(struct play *play) {
    for (int i = 0; i < 3; i++) {
        uint64_t no = play->active[chance(play, ACTIVE)], at = play->reader_entries;
        struct entry page[6];
        size_t count = ledger_history(play->world.ledger, play->reader, (struct account_no){no},
                                      (struct entry_no){0}, page, 6);
        struct entry again[6];
        assert_int_equal(count, ledger_recall(play->world.ledger, play->reader, (struct account_no){no},
                                              (struct entry_no){0}, again, 6));
        assert_memory_equal(again, page, count * sizeof *page);
        for (size_t j = 0; j < count; j++, at--) {
            while (play->model.entries[at].debit != no && play->model.entries[at].credit != no) at--;
            assert_int_equal(page[j].no, at);
        }
        assert_true(count > 0);
    }
    db_rollback(play->reader);
    db_close(play->reader);
    play->reader = NULL;
}

static void restart(struct play *play) {
    if (play->reader) reader_end(play);
    world_restart(&play->world);
    compare_accounts(&play->world, &play->model, true);
}

/* --- the whole --- */

static void begin(struct play *play, enum db_engine engine) {
    world_init(&play->world, engine);
    play->world.config.accounts_max = ACCOUNTS + 4000;
    assert_int_equal(world_start(&play->world), ERR_OK);
    model_init(&play->model, ACCOUNTS + 4000, 400000 + 4 * play->events);
    world_begin(&play->world);
    for (int i = 0; i < ACCOUNTS; i++) open_one(play);
    world_commit(&play->world);
    for (uint64_t i = 0; i < ACTIVE; i++) play->active[i] = i % 2 ? 1 + i : 4097 + i;
    for (int i = 0; i < RECENT; i++) play->recent[i] = 1;
}

static void the_ledger_and_the_model_agree(enum db_engine engine, uint64_t share) {
    static struct play play;
    play = (struct play){0};
    const char *seed = getenv("QIANBAO_SEED"), *events = getenv("QIANBAO_EVENTS");
    uint64_t end = events ? strtoull(events, NULL, 10) : 100000;
    end /= share;
    play.seed = seed ? strtoull(seed, NULL, 10) : 20261123;
    play.events = end;
    print_message("# QIANBAO_SEED=%llu\n", (unsigned long long)play.seed);
    begin(&play, engine);
    for (play.events = 0; play.events < end;) {
        play.world.now_ms += (int64_t)chance(&play, 3000);
        if (!play.reader && one_in(&play, 20)) reader_begin(&play);
        if (one_in(&play, 7)) group_undone(&play);
        else group_done(&play);
        compare_active(&play, true);
        if (play.reader && one_in(&play, 30)) reader_end(&play);
        if (one_in(&play, 400)) restart(&play);
    }
    compare_audit(&play.world, &play.model);
    restart(&play);
    compare_audit(&play.world, &play.model);
    for (int i = 0; i < ACTIVE; i += 5) compare_history(&play.world, &play.model, play.active[i]);
    model_release(&play.model);
    world_release(&play.world);
}

static void they_agree_on_sqlite(void **state) {
    (void)state;
    the_ledger_and_the_model_agree(DB_SQLITE, 1);
}

static void they_agree_on_postgres(void **state) {
    (void)state;
    the_ledger_and_the_model_agree(DB_POSTGRES, 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_agree_on_sqlite),
        cmocka_unit_test(they_agree_on_postgres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
