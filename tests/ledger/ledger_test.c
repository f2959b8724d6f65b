/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger promises its callers, told as short stories on a real writer and store. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/chart.h"
#include "ledger/rows.h"
#include "world.h"

enum { BANK = 1, LI = 2, WANG = 3, SHOP = 4 };

static void open_accounts(struct ledger *ledger) {
    static const uint16_t codes[] = {CHART_BANK_SETTLEMENT, CHART_PERSON, CHART_PERSON, CHART_MERCHANT};
    for (uint64_t i = 0; i < 4; i++) {
        struct account_no no;
        enum ledger_reason reason =
            ledger_account_open(ledger, ASSET_CNY, codes[i], chart_row(codes[i])->flags, 100 + i, &no);
        assert_int_equal(reason, REASON_OK);
        assert_int_equal(no.n, i + 1);
    }
}

static void open_another(struct ledger *ledger) {
    struct account_no no;
    enum ledger_reason reason = ledger_account_open(ledger, ASSET_CNY, CHART_PERSON, 0, 0, &no);
    assert_int_equal(reason, REASON_OK);
}

static enum ledger_reason world_apply(struct world *world, struct ledger_event *events, size_t count) {
    world->now_ms++;
    world_begin(world);
    enum ledger_reason reason = ledger_apply(world->ledger, events, count);
    world_commit(world);
    return reason;
}

static struct ledger_event move(uint64_t debit, uint64_t credit, uint64_t amount, int flags) {
    return (struct ledger_event){.debit = debit,
                                 .credit = credit,
                                 .amount = amount,
                                 .asset = ASSET_CNY,
                                 .code = MOVEMENT_TRANSFER,
                                 .role = ROLE_OPENS,
                                 .flags = (uint16_t)flags};
}

static int64_t balance(struct world *world, uint64_t account) {
    struct figures figures;
    assert_true(ledger_figures(world->ledger, (struct account_no){account}, &figures));
    return (int64_t)figures.account.credits_posted - (int64_t)figures.account.debits_posted;
}

static void assert_audited(struct world *world) {
    struct ledger_audit audit;
    enum err err = world_audit(world, &audit);
    if (err != ERR_OK) print_error("%s\n", audit.words);
    assert_int_equal(err, ERR_OK);
    assert_true(audit.memory_checked);
}

static int begin(void **state, enum db_engine engine) {
    static struct world world;
    world_init(&world, engine);
    assert_int_equal(world_start(&world), ERR_OK);
    world_begin(&world);
    open_accounts(world.ledger);
    world_commit(&world);
    *state = &world;
    return 0;
}

static int on_sqlite(void **state) {
    return begin(state, DB_SQLITE);
}

static int on_postgres(void **state) {
    return begin(state, DB_POSTGRES);
}

static int end(void **state) {
    world_release(*state);
    return 0;
}

static void money_moves_and_is_there_after_a_restart(void **state) {
    struct world *world = *state;
    struct ledger_event topup = move(BANK, LI, 10000, 0);
    assert_int_equal(world_apply(world, &topup, 1), REASON_OK);
    struct ledger_event pay = move(LI, SHOP, 2550, 0);
    assert_int_equal(world_apply(world, &pay, 1), REASON_OK);
    struct ledger_event too_much = move(LI, WANG, 7451, 0);
    assert_int_equal(world_apply(world, &too_much, 1), REASON_EXCEEDS_CREDITS);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(balance(world, LI), 7450);
        assert_int_equal(balance(world, SHOP), 2550);
        assert_int_equal(balance(world, BANK), -10000);
        assert_audited(world);
        world_restart(world);
    }
}

static void a_chain_stands_or_falls_together(void **state) {
    struct world *world = *state;
    struct ledger_event card[] = {move(BANK, LI, 500, ENTRY_LINKED), move(LI, SHOP, 500, 0)};
    assert_int_equal(world_apply(world, card, 2), REASON_OK);
    struct ledger_event broken[] = {move(BANK, LI, 500, ENTRY_LINKED), move(LI, SHOP, 501, ENTRY_LINKED),
                                    move(BANK, SHOP, 1, 0)};
    assert_int_equal(world_apply(world, broken, 3), REASON_EXCEEDS_CREDITS);
    assert_int_equal(broken[0].reason, REASON_LINKED_EVENT_FAILED);
    assert_int_equal(broken[1].reason, REASON_EXCEEDS_CREDITS);
    assert_int_equal(broken[2].reason, REASON_LINKED_EVENT_FAILED);
    assert_int_equal(broken[0].entry, 0);
    assert_int_equal(balance(world, LI), 0);
    assert_int_equal(balance(world, SHOP), 500);
    assert_audited(world);
}

static void pending_money_is_posted_voided_and_remembered(void **state) {
    struct world *world = *state;
    struct ledger_event topup = move(BANK, LI, 1000, 0);
    world_apply(world, &topup, 1);
    struct ledger_event hold[] = {move(LI, WANG, 300, ENTRY_PENDING), move(LI, WANG, 400, ENTRY_PENDING),
                                  move(LI, WANG, 301, ENTRY_PENDING)};
    assert_int_equal(world_apply(world, hold, 3), REASON_EXCEEDS_CREDITS);
    assert_int_equal(hold[2].reason, REASON_EXCEEDS_CREDITS);
    world_restart(world);
    struct ledger_event post = {.pending = hold[0].entry, .amount = 200, .flags = ENTRY_POST};
    assert_int_equal(world_apply(world, &post, 1), REASON_OK);
    struct ledger_event void_it = {.pending = hold[1].entry, .flags = ENTRY_VOID};
    assert_int_equal(world_apply(world, &void_it, 1), REASON_OK);
    world_restart(world);
    assert_int_equal(world_apply(world, &post, 1), REASON_PENDING_ALREADY_POSTED);
    assert_int_equal(world_apply(world, &void_it, 1), REASON_PENDING_ALREADY_VOIDED);
    struct ledger_event plain = {.pending = topup.entry, .flags = ENTRY_VOID};
    assert_int_equal(world_apply(world, &plain, 1), REASON_PENDING_NOT_PENDING);
    plain.pending = 999;
    assert_int_equal(world_apply(world, &plain, 1), REASON_PENDING_NOT_FOUND);
    assert_int_equal(balance(world, LI), 800);
    assert_int_equal(balance(world, WANG), 200);
    assert_audited(world);
}

static void an_undone_group_never_was(void **state) {
    struct world *world = *state;
    struct ledger_event topup = move(BANK, LI, 1000, 0);
    world_apply(world, &topup, 1);
    struct ledger_event hold = move(LI, WANG, 400, ENTRY_PENDING);
    world_apply(world, &hold, 1);
    struct figures before, after;
    ledger_figures(world->ledger, (struct account_no){LI}, &before);
    struct ledger_event events[] = {move(LI, WANG, 100, 0),
                                    {.pending = hold.entry, .amount = AMOUNT_ALL, .flags = ENTRY_POST},
                                    move(LI, WANG, 10, ENTRY_PENDING)};
    for (int late = 0; late < 2; late++) {
        world_begin(world);
        open_another(world->ledger);
        ledger_apply(world->ledger, events, 3);
        if (late) world_undo_late(world);
        else world_undo(world);
    }
    ledger_figures(world->ledger, (struct account_no){LI}, &after);
    assert_memory_equal(&before, &after, sizeof before);
    struct account account;
    assert_false(ledger_account_get(world->ledger, (struct account_no){5}, &account));
    assert_true(ledger_account_get(world->ledger, (struct account_no){LI}, &account));
    assert_memory_equal(&before.account, &account, sizeof account);
    struct ledger_event post = {.pending = hold.entry, .amount = AMOUNT_ALL, .flags = ENTRY_POST};
    assert_int_equal(world_apply(world, &post, 1), REASON_OK);
    assert_int_equal(post.posted, 400);
    assert_audited(world);
}

static void history_is_the_chain_newest_first(void **state) {
    struct world *world = *state;
    struct ledger_event events[100];
    for (int i = 0; i < 100; i++) events[i] = i % 2 ? move(BANK, WANG, 5, 0) : move(BANK, LI, (uint64_t)i, 0);
    world_apply(world, events, 100);
    struct db *db = world_reader(world);
    db_begin(db);
    struct entry page[20];
    size_t seen = 0;
    struct entry_no before = {0};
    for (size_t count;
         (count = ledger_history(world->ledger, db, (struct account_no){LI}, before, page, 20)) > 0;) {
        for (size_t i = 0; i < count; i++, seen++)
            if (seen < 50) assert_int_equal(page[i].amount, 98 - 2 * seen);
        before.n = page[count - 1].no;
    }
    assert_int_equal(seen, 51);
    assert_int_equal(page[10].flags, ENTRY_OPEN);
    /* a mark that is no entry of the account is found by walking */
    before.n = events[11].entry;
    assert_int_equal(ledger_history(world->ledger, db, (struct account_no){LI}, before, page, 20), 7);
    assert_int_equal(page[0].no, events[10].entry);
    assert_int_equal(ledger_history(world->ledger, db, (struct account_no){77}, before, page, 20), 0);
    struct entry entry;
    assert_true(ledger_entry_read(world->ledger, db, (struct entry_no){events[3].entry}, &entry));
    assert_int_equal(entry.credit, WANG);
    assert_int_equal(entry.credit_after, 10);
    assert_false(ledger_entry_read(world->ledger, db, (struct entry_no){events[99].entry + 1}, &entry));
    db_rollback(db);
    db_close(db);
}

/* A refusal moves nothing, but its group has a number and a digest. A group of neither writes nothing on SQLite; on PostgreSQL it is
 * noted too, so that it can be found again after a COMMIT of unknown outcome. */
static void a_group_without_money_is_noted(void **state) {
    struct world *world = *state;
    uint64_t next = ledger_next_entry(world->ledger).n;
    world_begin(world);
    world_commit(world);
    if (db_engine_of(world->db) == DB_POSTGRES) next++;
    assert_int_equal(ledger_next_entry(world->ledger).n, next);
    world_begin(world);
    assert_int_equal(ledger_group(world->ledger).n, next);
    ledger_digest_row(world->ledger, ROWS_REFUSAL, 5, "no money", 8);
    world_undo_late(world);
    assert_int_equal(ledger_next_entry(world->ledger).n, next);
    world_begin(world);
    ledger_digest_row(world->ledger, ROWS_REFUSAL, 5, "no money", 8);
    world_commit(world);
    assert_int_equal(ledger_next_entry(world->ledger).n, next + 1);
    int64_t time_ms;
    assert_int_equal(ledger_sequence(world->ledger, &time_ms).n, next);
    assert_int_equal(time_ms, world->now_ms);
    struct entry entry;
    assert_true(ledger_entry_read(world->ledger, world->db, (struct entry_no){next}, &entry));
    assert_int_equal(entry.flags, ENTRY_NOTE);
    assert_audited(world);
}

/* Nobody needs to ask: an empty group is enough. */
static void time_ends_what_is_pending(void **state) {
    struct world *world = *state;
    struct ledger_event events[] = {move(BANK, LI, 900, 0), move(LI, WANG, 900, ENTRY_PENDING)};
    events[1].timeout_s = 60;
    world_apply(world, events, 2);
    struct entry_no held = {events[1].entry};
    uint64_t amount;
    world_restart(world);
    world->now_ms += 59999;
    world_begin(world);
    assert_int_equal(ledger_pending_state(world->ledger, held, &amount), REASON_OK);
    assert_int_equal(amount, 900);
    world_commit(world);
    world->now_ms += 1;
    for (int late = 0; late < 2; late++) {
        world_begin(world);
        assert_int_equal(ledger_pending_state(world->ledger, held, &amount), REASON_PENDING_EXPIRED);
        if (late) world_undo_late(world);
        else world_undo(world);
        assert_int_equal(ledger_pending_state(world->ledger, held, &amount), REASON_OK);
    }
    world_begin(world);
    world_commit(world);
    assert_int_equal(ledger_pending_state(world->ledger, held, &amount), REASON_PENDING_EXPIRED);
    assert_int_equal(ledger_pending_state(world->ledger, (struct entry_no){events[0].entry}, &amount),
                     REASON_PENDING_NOT_PENDING);
    assert_int_equal(ledger_pending_state(world->ledger, (struct entry_no){0}, &amount),
                     REASON_PENDING_NOT_FOUND);
    struct account account;
    ledger_account_get(world->ledger, (struct account_no){LI}, &account);
    assert_int_equal(account.debits_pending, 0);
    assert_audited(world);
}

/* The clock of a group may be behind; the entries' never is. */
static void time_does_not_fall(void **state) {
    struct world *world = *state;
    struct ledger_event topup = move(BANK, LI, 1, 0);
    world_apply(world, &topup, 1);
    struct figures before, after;
    ledger_figures(world->ledger, (struct account_no){LI}, &before);
    world->now_ms -= 5000;
    world_apply(world, &topup, 1);
    ledger_figures(world->ledger, (struct account_no){LI}, &after);
    assert_int_equal(after.time_ms, before.time_ms);
    assert_audited(world);
}

/* More in one group than memory keeps rows for. */
static void a_large_group_is_one_group(void **state) {
    struct world *world = *state;
    static struct ledger_event events[LEDGER_EVENTS_MAX];
    for (size_t i = 0; i < LEDGER_EVENTS_MAX; i++) events[i] = move(BANK, i % 2 ? LI : WANG, i, 0);
    for (int late = 0; late < 2; late++) {
        world_begin(world);
        assert_int_equal(ledger_apply(world->ledger, events, LEDGER_EVENTS_MAX), REASON_OK);
        if (late) world_undo_late(world);
        else world_undo(world);
        assert_int_equal(balance(world, BANK), 0);
    }
    world_begin(world);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ledger_apply(world->ledger, events, LEDGER_EVENTS_MAX), REASON_OK);
    world_commit(world);
    assert_audited(world);
    world_restart(world);
    assert_int_equal(balance(world, BANK), -3 * (LEDGER_EVENTS_MAX - 1) * LEDGER_EVENTS_MAX / 2);
}

static void accounts_have_an_end(void **state) {
    struct world *world = *state;
    world_stop(world);
    world->config.accounts_max = 5;
    assert_int_equal(world_start(world), ERR_OK);
    struct account_no no;
    world_begin(world);
    assert_int_equal(ledger_account_open(world->ledger, ASSET_CNY, CHART_FEES, 0, 0, &no), REASON_OK);
    assert_int_equal(ledger_account_open(world->ledger, ASSET_CNY, CHART_FEES, 0, 0, &no),
                     REASON_ACCOUNTS_FULL);
    world_commit(world);
    assert_audited(world);
    world_stop(world);
    world->config.accounts_max = 4;
    assert_int_equal(world_start(world), ERR_CORRUPT);
}

/* --- many threads read while one writes --- */

struct watch {
    struct world *world;
    pthread_t thread;
    _Atomic bool *stop;
    uint64_t looks;
    const char *wrong;
};

/* Li and Wang pass money to and fro; at any one S they have 1,000 together. */
static void *watch_figures(void *arg) {
    struct watch *watch = arg;
    uint64_t newest = 0;
    while (!atomic_load(watch->stop)) {
        const struct account_no nos[] = {{LI}, {WANG}};
        struct figures figures[2];
        if (!ledger_figures_many(watch->world->ledger, nos, 2, figures)) watch->wrong = "no account";
        int64_t sum = 0;
        for (int i = 0; i < 2; i++)
            sum += (int64_t)(figures[i].account.credits_posted - figures[i].account.debits_posted);
        if (sum != 1000) watch->wrong = "not of one moment";
        if (figures[0].sequence.n < newest) watch->wrong = "back in time";
        newest = figures[0].sequence.n;
        watch->looks++;
    }
    return NULL;
}

/* A snapshot that grows older while the writer goes on: the list never holds more than the snapshot does, nor less than before. */
static void *watch_history(void *arg) {
    struct watch *watch = arg;
    struct db *db = world_reader(watch->world);
    while (!atomic_load(watch->stop)) {
        uint64_t newest = 0;
        db_begin(db);
        uint64_t held = rows_newest_no(db);
        for (int i = 0; i < 20; i++) {
            struct entry list[8];
            struct account_no li = {LI};
            size_t count = i % 2 ? ledger_recall(watch->world->ledger, db, li, (struct entry_no){0}, list, 8)
                                 : ledger_history(watch->world->ledger, db, li, (struct entry_no){0}, list, 8);
            if (count == 0 || list[0].no < newest) watch->wrong = "a list lost something";
            if (list[0].no > held) watch->wrong = "a list out of its snapshot";
            for (size_t j = 0; j + 1 < count; j++)
                if (list[j].no <= list[j + 1].no) watch->wrong = "a list out of order";
            newest = list[0].no;
        }
        db_rollback(db);
        watch->looks++;
    }
    db_close(db);
    return NULL;
}

static void readers_see_one_moment(void **state) {
    struct world *world = *state;
    struct ledger_event topup = move(BANK, LI, 1000, 0);
    world_apply(world, &topup, 1);
    _Atomic bool stop = false;
    struct watch watches[3] = {{.world = world, .stop = &stop},
                               {.world = world, .stop = &stop},
                               {.world = world, .stop = &stop}};
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&watches[i].thread, NULL, i < 2 ? watch_figures : watch_history,
                                        &watches[i]),
                         0);
    for (int i = 0; i < 300; i++) {
        struct ledger_event events[50];
        for (int j = 0; j < 50; j++)
            events[j] = j % 2 ? move(LI, WANG, 7, 0) : move(WANG, LI, 7, ENTRY_BALANCING_DEBIT);
        world_apply(world, events, 50);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 3; i++) {
        pthread_join(watches[i].thread, NULL);
        if (watches[i].wrong) fail_msg("%s", watches[i].wrong);
        assert_true(watches[i].looks > 0);
    }
    assert_audited(world);
}

struct following {
    struct world *world;
    atomic_bool seen, followed;
    int64_t balance; /* Li's */
    bool behind;
};

static void *read_what_is_committed(void *arg) {
    struct following *following = arg;
    struct ledger *ledger = following->world->ledger;
    struct db *db = world_reader(following->world);
    struct figures figures;
    db_begin(db);
    uint64_t newest = rows_newest_no(db);
    atomic_store(&following->seen, true);
    ledger_follow(ledger, db);
    atomic_store(&following->followed, true);
    following->behind =
        !ledger_figures(ledger, (struct account_no){LI}, &figures) || figures.sequence.n < newest;
    following->balance = (int64_t)figures.account.credits_posted;
    db_rollback(db);
    db_close(db);
    return NULL;
}

/* Who has seen a payment committed does not read the balance before it. */
static void figures_follow_what_is_committed(void **state) {
    struct world *world = *state;
    struct following following = {.world = world};
    struct ledger_event topup = move(BANK, LI, 10000, 0);
    pthread_t thread;
    world_begin(world);
    assert_int_equal(ledger_apply(world->ledger, &topup, 1), REASON_OK);
    world_store(world);
    assert_int_equal(pthread_create(&thread, NULL, read_what_is_committed, &following), 0);
    for (int i = 0; i < 30000 && !atomic_load(&following.seen); i++) usleep(1000);
    usleep(20000);
    assert_true(atomic_load(&following.seen));
    assert_false(atomic_load(&following.followed));
    assert_int_equal(balance(world, LI), 0);
    world_publish(world);
    pthread_join(thread, NULL);
    assert_false(following.behind);
    assert_int_equal(following.balance, 10000);

    world_begin(world); /* what was undone keeps nobody */
    assert_int_equal(ledger_apply(world->ledger, &topup, 1), REASON_OK);
    world_undo_late(world);
    read_what_is_committed(&following);
    assert_int_equal(following.balance, 10000);
}

#define STORY(name)                                        \
    {#name " on sqlite", name, on_sqlite, end, NULL}, {    \
#name " on postgres", name, on_postgres, end, NULL \
    }

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(money_moves_and_is_there_after_a_restart),
        STORY(a_chain_stands_or_falls_together),
        STORY(pending_money_is_posted_voided_and_remembered),
        STORY(an_undone_group_never_was),
        STORY(history_is_the_chain_newest_first),
        STORY(a_group_without_money_is_noted),
        STORY(time_ends_what_is_pending),
        STORY(time_does_not_fall),
        STORY(a_large_group_is_one_group),
        STORY(accounts_have_an_end),
        STORY(readers_see_one_moment),
        STORY(figures_follow_what_is_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
