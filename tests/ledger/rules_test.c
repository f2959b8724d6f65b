/* SPDX-License-Identifier: Apache-2.0 */
/* The rules, by rows of text: tests/ledger/cases/NAME.txt. Each file is a ledger of its own. Its rows:
 *
 *     account  asset code flags                                                    reason
 *     event    debit credit amount pending timeout asset code flags                reason
 *     clock    milliseconds            the time of the next group
 *     sums     account debits_pending debits_posted credits_pending credits_posted [closed]
 *
 * Event rows up to an empty line or another row are one call of ledger_apply, and a group. A name and a colon before a row (p:) names
 * its entry, for the column `pending`. 0, all (2^64 - 1), top (2^63 - 1) and next (the number to come) are numbers too.
 *
 * Every row runs on the model too, and every group is first applied and undone, in both of the ways in which a group is. At the end the
 * ledger is read again from the store and audited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compare.h"

enum { NAMES_MAX = 64, EVENTS_MAX = 64, WORDS_MAX = 12 };

struct story {
    struct world world;
    struct model model;
    const char *path;
    int line;
    struct {
        char name[16];
        uint64_t entry;
    } names[NAMES_MAX];
    int names_count;
    struct ledger_event events[EVENTS_MAX];
    int reasons[EVENTS_MAX], lines[EVENTS_MAX], named[EVENTS_MAX];
    size_t events_count;
};

struct word {
    const char *name;
    int value;
};

static const struct word event_flags[] = {
    {"-", 0},
    {"linked", ENTRY_LINKED},
    {"pending", ENTRY_PENDING},
    {"post", ENTRY_POST},
    {"void", ENTRY_VOID},
    {"balance-debit", ENTRY_BALANCING_DEBIT},
    {"balance-credit", ENTRY_BALANCING_CREDIT},
    {"close-debit", ENTRY_CLOSING_DEBIT},
    {"close-credit", ENTRY_CLOSING_CREDIT},
    {"imported", 1 << 8},
    {"freeze-debits", ENTRY_FREEZES_DEBITS},
    {"freeze-credits", ENTRY_FREEZES_CREDITS},
    {"freeze-amount", ENTRY_FREEZES_AMOUNT},
    {"outside", ENTRY_OUTSIDE},
    {"note", ENTRY_NOTE},
    {"open", ENTRY_OPEN},
    {"expired", ENTRY_EXPIRED},
    {NULL, 0},
};

static const struct word account_flags[] = {
    {"-", 0},
    {"limit-debits", ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS},
    {"limit-credits", ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS},
    {"closed", ACCOUNT_CLOSED},
    {"reserved", 1 << 9},
    {NULL, 0},
};

static const struct word reasons[] = {
#define LEDGER_REASON(name, number) {#name, number},
    LEDGER_REASONS(LEDGER_REASON)
#undef LEDGER_REASON
        {NULL, 0},
};

static _Noreturn void lost(const struct story *story, const char *what, const char *word) {
    print_error("%s:%d: %s: %s\n", story->path, story->line, what, word);
    fail();
    abort();
}

static int word_value(const struct story *story, const struct word *words, const char *name) {
    for (; words->name; words++)
        if (strcmp(words->name, name) == 0) return words->value;
    lost(story, "no such word", name);
}

static uint16_t flags_value(const struct story *story, const struct word *words, char *text) {
    int flags = 0;
    char *rest;
    for (char *name = strtok_r(text, "+", &rest); name; name = strtok_r(NULL, "+", &rest))
        flags |= word_value(story, words, name);
    return (uint16_t)flags;
}

static uint64_t number(const struct story *story, const char *text) {
    if (strcmp(text, "all") == 0) return UINT64_MAX;
    if (strcmp(text, "top") == 0) return INT64_MAX;
    if (strcmp(text, "next") == 0) return story->model.entries_count + story->events_count + 1;
    for (int i = 0; i < story->names_count; i++)
        if (strcmp(story->names[i].name, text) == 0) return story->names[i].entry;
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    if (*end) lost(story, "no such number", text);
    return value;
}

/* --- rows --- */

static void batch_apply(struct story *story, struct ledger_event *events) {
    memcpy(events, story->events, story->events_count * sizeof *events);
    ledger_apply(story->world.ledger, events, story->events_count);
}

static void batch_run(struct story *story) {
    if (story->events_count == 0) return;
    struct world *world = &story->world;
    struct ledger_event first[EVENTS_MAX], second[EVENTS_MAX], modelled[EVENTS_MAX];
    for (int late = 0; late < 2; late++) {
        world_begin(world);
        batch_apply(story, first);
        if (late) world_undo_late(world);
        else world_undo(world);
        compare_accounts(world, &story->model, true);
    }
    world_begin(world);
    model_expire(&story->model, world->now_ms);
    compare_accounts(world, &story->model, false);
    batch_apply(story, second);
    memcpy(modelled, story->events, sizeof modelled);
    model_apply(&story->model, modelled, story->events_count, world->now_ms);
    for (size_t i = 0; i < story->events_count; i++) {
        story->line = story->lines[i];
        if (second[i].reason != story->reasons[i])
            lost(story, "the ledger says", ledger_reason_name((enum ledger_reason)second[i].reason));
        if (modelled[i].reason != story->reasons[i])
            lost(story, "the model says", ledger_reason_name((enum ledger_reason)modelled[i].reason));
        compare_event(&second[i], &modelled[i]);
        compare_event(&second[i], &first[i]);
        if (story->named[i] >= 0) story->names[story->named[i]].entry = second[i].entry;
    }
    compare_accounts(world, &story->model, false);
    world_commit(world);
    compare_accounts(world, &story->model, true);
    story->events_count = 0;
}

static void row_account(struct story *story, char **words) {
    uint32_t asset = (uint32_t)number(story, words[1]);
    uint16_t code = (uint16_t)number(story, words[2]), flags = flags_value(story, account_flags, words[3]);
    int expected = word_value(story, reasons, words[4]);
    world_begin(&story->world);
    model_expire(&story->model, story->world.now_ms);
    struct account_no no;
    enum ledger_reason reason = ledger_account_open(story->world.ledger, asset, code, flags, 7, &no);
    if ((int)reason != expected) lost(story, "the ledger says", ledger_reason_name(reason));
    if (!(flags & (1 << 9))) reason = model_open(&story->model, asset, code, flags);
    if ((int)reason != expected) lost(story, "the model says", ledger_reason_name(reason));
    world_commit(&story->world);
    if (reason == REASON_OK) assert_int_equal(no.n, story->model.accounts_count);
}

static void row_event(struct story *story, char **words, int named) {
    size_t at = story->events_count;
    assert_true(at < EVENTS_MAX);
    story->events[at] = (struct ledger_event){
        .debit = number(story, words[1]),
        .credit = number(story, words[2]),
        .amount = number(story, words[3]),
        .pending = number(story, words[4]),
        .timeout_s = (uint32_t)number(story, words[5]),
        .asset = (uint32_t)number(story, words[6]),
        .code = (uint16_t)number(story, words[7]),
        .flags = flags_value(story, event_flags, words[8]),
        .payment = 9,
    };
    story->reasons[at] = word_value(story, reasons, words[9]);
    story->lines[at] = story->line;
    story->named[at] = named;
    story->events_count++;
}

static void row_sums(struct story *story, char **words, int count) {
    struct account account;
    assert_true(ledger_account_get(story->world.ledger, (struct account_no){number(story, words[1])},
                                   &account));
    const uint64_t sums[] = {account.debits_pending, account.debits_posted, account.credits_pending,
                             account.credits_posted};
    for (int i = 0; i < 4; i++)
        if (sums[i] != number(story, words[2 + i])) lost(story, "the sum is different", words[2 + i]);
    if ((account.flags & ACCOUNT_CLOSED) != (count > 6 ? ACCOUNT_CLOSED : 0)) lost(story, "closed", words[0]);
}

static void row(struct story *story, char *text) {
    char *words[WORDS_MAX] = {0}, *rest;
    int count = 0, named = -1;
    for (char *word = strtok_r(text, " \t\n", &rest); word && *word != '#';
         word = strtok_r(NULL, " \t\n", &rest)) {
        size_t size = strlen(word);
        if (count == 0 && word[size - 1] == ':') {
            word[size - 1] = '\0';
            named = story->names_count++;
            assert_true(named < NAMES_MAX && size <= sizeof story->names[0].name);
            memcpy(story->names[named].name, word, size);
        } else if (count < WORDS_MAX) {
            words[count++] = word;
        }
    }
    bool is_event = count > 0 && strcmp(words[0], "event") == 0;
    if (!is_event) {
        int line = story->line;
        batch_run(story);
        story->line = line;
    }
    if (count == 0) return;
    if (is_event && count == 10) row_event(story, words, named);
    else if (strcmp(words[0], "account") == 0 && count == 5) row_account(story, words);
    else if (strcmp(words[0], "clock") == 0 && count == 2)
        story->world.now_ms = (int64_t)number(story, words[1]);
    else if (strcmp(words[0], "sums") == 0 && (count == 6 || count == 7)) row_sums(story, words, count);
    else lost(story, "no such row", words[0]);
}

static void tell(void **state) {
    static struct story story;
    story = (struct story){.path = *state};
    FILE *file = fopen(story.path, "r");
    assert_non_null(file);
    world_init(&story.world, DB_SQLITE);
    assert_int_equal(world_start(&story.world), ERR_OK);
    model_init(&story.model, 64, 1024);
    char text[300];
    int rows = 0;
    while (fgets(text, sizeof text, file)) {
        story.line++;
        rows++;
        row(&story, text);
    }
    batch_run(&story);
    fclose(file);
    assert_true(rows > 10);
    for (int i = 0; i < 2; i++) {
        compare_audit(&story.world, &story.model);
        for (uint64_t no = 1; no <= story.model.accounts_count; no++)
            compare_history(&story.world, &story.model, no);
        compare_accounts(&story.world, &story.model, true);
        world_restart(&story.world);
    }
    model_release(&story.model);
    world_release(&story.world);
}

/* --- what no caller of the engine meets --- */

/* The engine expires before it lets anything else see the time; the rules do not count on it. */
static void a_post_in_time_and_too_late(void **state) {
    (void)state;
    struct sheet sheet = {.asset = 156, .code = 1, .debits_pending = 5, .credits_pending = 5};
    struct pending pending = {.no = 1,
                              .debit = 1,
                              .credit = 2,
                              .amount = 5,
                              .asset = 156,
                              .code = 1,
                              .expires_ms = 1000,
                              .state = PENDING_OPEN,
                              .flags = ENTRY_PENDING};
    struct ledger_event post = {.pending = 1, .amount = AMOUNT_ALL, .flags = ENTRY_POST};
    struct facts facts = {2, 999, &sheet, &sheet, &pending};
    struct entry entry;
    assert_int_equal(rules_check(&post, &facts, &entry), REASON_OK);
    facts.now_ms = 1000;
    assert_int_equal(rules_check(&post, &facts, &entry), REASON_PENDING_EXPIRED);
}

/* A post and a void inherit what they leave at zero. */
static void user_data_and_payment_are_inherited(void **state) {
    (void)state;
    struct sheet sheet = {.asset = 156, .code = 1};
    struct pending pending = {.no = 1,
                              .debit = 1,
                              .credit = 2,
                              .asset = 156,
                              .code = 1,
                              .payment = 77,
                              .user_data = {1, 2},
                              .state = PENDING_OPEN};
    struct ledger_event post = {.pending = 1, .flags = ENTRY_POST};
    struct facts facts = {2, 999, &sheet, &sheet, &pending};
    struct entry entry;
    assert_int_equal(rules_check(&post, &facts, &entry), REASON_OK);
    assert_int_equal(entry.payment, 77);
    assert_memory_equal(entry.user_data, pending.user_data, 16);
    post.payment = 78;
    post.user_data[15] = 3;
    assert_int_equal(rules_check(&post, &facts, &entry), REASON_OK);
    assert_int_equal(entry.payment, 78);
    assert_memory_equal(entry.user_data, post.user_data, 16);
}

static void one_side_is_folded_alone(void **state) {
    (void)state;
    struct sheet debit = {0}, credit = {0};
    struct entry entry = {.amount = 5, .flags = ENTRY_PENDING | ENTRY_CLOSING_CREDIT};
    rules_fold(&entry, NULL, &debit, NULL);
    assert_int_equal(debit.debits_pending, 5);
    assert_int_equal(debit.flags, 0);
    rules_fold(&entry, NULL, NULL, &credit);
    assert_int_equal(credit.credits_pending, 5);
    assert_int_equal(credit.flags, ACCOUNT_CLOSED);
    rules_unfold(&entry, NULL, &debit, NULL);
    rules_unfold(&entry, NULL, NULL, &credit);
    struct sheet nothing = {0};
    assert_memory_equal(&debit, &nothing, sizeof debit);
    assert_memory_equal(&credit, &nothing, sizeof credit);
}

static void every_reason_has_its_own_name_and_number(void **state) {
    (void)state;
    for (const struct word *a = reasons; a->name; a++) {
        assert_string_equal(ledger_reason_name((enum ledger_reason)a->value), a->name);
        for (const struct word *b = reasons; b < a; b++) assert_int_not_equal(a->value, b->value);
    }
    assert_string_equal(ledger_reason_name((enum ledger_reason)99999), "UNKNOWN");
}

#define STORY(name) \
    { #name, tell, NULL, NULL, (void *)"tests/ledger/cases/" #name ".txt" }

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(accounts),
        STORY(plain),
        STORY(limits),
        STORY(pending),
        STORY(expiry),
        STORY(balancing),
        STORY(closing),
        STORY(freezes),
        STORY(linked),
        STORY(overflow),
        cmocka_unit_test(a_post_in_time_and_too_late),
        cmocka_unit_test(user_data_and_payment_are_inherited),
        cmocka_unit_test(one_side_is_folded_alone),
        cmocka_unit_test(every_reason_has_its_own_name_and_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
