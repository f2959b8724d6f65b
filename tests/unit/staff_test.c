/* SPDX-License-Identifier: Apache-2.0 */
/* The staff and the log of what they do, on both engines; and that a log which was changed behind our back is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "wallet/staff.h"
#include "world.h"

/* --- one act in a group of its own --- */

struct act {
    struct command command;
    bool adds;
    const struct staff *by;
    const char *name;
    struct staff made;
    enum err err;
    struct fault fault;
};

static void act_run(struct command *command, struct group *group) {
    struct act *act = (struct act *)command;
    struct staff_add_cmd cmd = {text_of(act->name), "a hash"};
    struct tx *tx = tx_of(group);
    act->err = act->adds ? staff_add(tx, act->by, &cmd, &act->fault, &act->made)
                         : staff_end(tx, act->by, text_of(act->name), &act->fault);
}

static void act_done(struct command *command, enum command_outcome outcome) {
    (void)command;
    assert_int_equal(outcome, COMMAND_DONE);
}

static enum err act(bool adds, const struct staff *by, const char *name, struct staff *made) {
    struct act act = {.command = {act_run, act_done, NULL}, .adds = adds, .by = by, .name = name};
    writer_submit(world.writer, &act.command);
    assert_int_equal(writer_step(world.writer), 1);
    if (made) *made = act.made;
    return act.err;
}

static enum err audit(struct ledger_audit *out) {
    struct db *db = writer_db(world.writer);
    db_begin(db);
    enum err err = ledger_audit(world.ledger, db, out);
    db_rollback(db);
    return err;
}

/* --- the story --- */

static void add_and_end(void) {
    struct staff lin, wu;
    assert_int_equal(act(true, NULL, "", NULL), ERR_BAD_FIELD);
    assert_int_equal(act(true, NULL, "two words", NULL), ERR_BAD_FIELD);
    assert_int_equal(act(true, NULL, "林晓", &lin), ERR_OK);
    assert_int_equal(act(true, NULL, "wu", NULL), ERR_STAFF_UNKNOWN); /* the operator adds the first only */
    assert_int_equal(act(true, &lin, "林晓", NULL), ERR_STAFF_TAKEN);
    assert_int_equal(act(false, &lin, "林晓", NULL), ERR_STAFF_LAST);
    assert_int_equal(act(true, &lin, "wu", &wu), ERR_OK);
    struct staff forged = wu;
    strcpy(forged.hash, "another");
    assert_int_equal(act(false, &forged, "林晓", NULL), ERR_WRONG_PASSPHRASE);
    assert_int_equal(act(false, &lin, "nobody", NULL), ERR_NOT_FOUND);
    assert_int_equal(act(false, &lin, "wu", NULL), ERR_OK);
    assert_int_equal(act(false, &lin, "wu", NULL), ERR_NOT_FOUND);
    assert_int_equal(act(true, &wu, "zhao", NULL), ERR_WRONG_PASSPHRASE); /* no longer in service */
    assert_int_equal(act(true, &lin, "wu", NULL), ERR_STAFF_TAKEN);       /* a name names one for ever */
}

static void the_log_tells_it(void) {
    static const struct {
        enum audit_act act;
        enum audit_by_kind by;
        const char *whom;
    } expected[] = {
        {AUDIT_STAFF_END, AUDIT_BY_STAFF, "wu"},
        {AUDIT_STAFF_ADD, AUDIT_BY_STAFF, "wu"},
        {AUDIT_STAFF_ADD, AUDIT_BY_OPERATOR, "林晓"},
    };
    struct audit_line lines[8];
    struct db *db = writer_db(world.writer);
    db_begin(db);
    assert_int_equal(audit_log_list(db, 0, 0, 0, lines, 8), 3); /* what was refused has no line */
    for (size_t i = 0; i < 3; i++) {
        char name[STAFF_NAME_BYTES];
        staff_name_of(db, (struct staff_id){lines[i].subject}, name);
        assert_int_equal(lines[i].act, expected[i].act);
        assert_int_equal(lines[i].by.kind, expected[i].by);
        assert_string_equal(name, expected[i].whom);
    }
    assert_int_equal(audit_log_list(db, lines[0].id, AUDIT_OF_STAFF, lines[0].subject, lines, 8), 1);
    db_rollback(db);
}

static void a_changed_log_is_found(void) {
    static const struct sql changes[] = {
        {"UPDATE audit_log SET reason = 'because' WHERE act = 2"},
        {"UPDATE audit_log SET by_id = by_id + 1 WHERE act = 2"},
        {"UPDATE audit_log SET at_ms = at_ms - 1 WHERE act = 2"},
        {"DELETE FROM audit_log WHERE act = 2"},
        {"INSERT INTO audit_log (id, act, by_kind, by_id, subject_kind, subject, reason, at_ms, grp) "
         "SELECT id + 1, act, by_kind, by_id, subject_kind, subject, reason, at_ms, grp FROM audit_log WHERE "
         "act = 2"},
        {"UPDATE audit_log SET grp = grp + 1 WHERE act = 2"},
    };
    struct db *db = writer_db(world.writer);
    struct ledger_audit found;
    assert_int_equal(audit(&found), ERR_OK);
    assert_true(found.digests > 0);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        db_begin(db);
        assert_int_equal(db_run(db_stmt(db, &changes[i])), 1);
        enum err err = ledger_audit(world.ledger, db, &found);
        db_rollback(db);
        bool told = strstr(found.words, "the digest of its group") ||
                    strstr(found.words, "names a group that is not");
        if (err != ERR_CORRUPT || !told || found.first_bad_entry == 0)
            fail_msg("%s: %d %s", changes[i].text, err, found.words);
    }
    assert_int_equal(audit(&found), ERR_OK);
}

static void reasons(void) {
    char longest[AUDIT_REASON_MAX + 2];
    memset(longest, 'a', sizeof longest);
    assert_false(audit_reason_valid(TEXT("")));
    assert_false(audit_reason_valid(TEXT("two\nlines")));
    assert_true(audit_reason_valid((struct text){longest, AUDIT_REASON_MAX}));
    assert_false(audit_reason_valid((struct text){longest, AUDIT_REASON_MAX + 1}));
    assert_true(audit_reason_valid(TEXT("客户来电:身份证已更新")));
}

static void story(enum db_engine engine) {
    world_open(engine, TIME_PASSES);
    add_and_end();
    the_log_tells_it();
    a_changed_log_is_found();
    reasons();
    world_close();
}

static void on_sqlite(void **state) {
    (void)state;
    story(DB_SQLITE);
}

static void on_postgres(void **state) {
    (void)state;
    if (!cluster()[0]) skip();
    story(DB_POSTGRES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_sqlite),
        cmocka_unit_test(on_postgres),
    };
    return cmocka_run_group_tests_name("staff", tests, NULL, NULL);
}
