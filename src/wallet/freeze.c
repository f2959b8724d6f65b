/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/freeze_order.h"

#include <stdio.h>

#include "base/log.h"
#include "wallet/books.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/sequence.h"

enum { STARTS, BEGIN, ASK, DUE, SHORT };
static const struct sql freeze_sql[] = {
    [STARTS] = {"SELECT " FREEZE_ORDER_COLUMNS
                " FROM freeze_order WHERE state = 4 AND begun_ms <= $1 ORDER BY begun_ms, id LIMIT $2"},
    [BEGIN] = {"UPDATE freeze_order SET state = 1, held = $1 WHERE id = $2 AND state = 4"},
    [ASK] = {"UPDATE freeze_order SET asked_by = $1, asked_ms = $2 WHERE id = $3 AND state IN (1, 4) AND "
             "asked_by = "
             "0"},
    [DUE] = {"SELECT " FREEZE_ORDER_COLUMNS
             " FROM freeze_order WHERE state = 1 AND expires_ms > 0 AND expires_ms <= $1 "
             "ORDER BY expires_ms LIMIT $2"},
    [SHORT] = {"SELECT " FREEZE_ORDER_COLUMNS
               " FROM freeze_order WHERE state = 1 AND held + taken < amount ORDER BY reason, id LIMIT $1"},
};
DB_STATEMENTS(freeze_sql)

enum { BATCH_MAX = 64, SHORT_MAX = 256 };
#define STARTS_WITHIN_MS (INT64_C(366) * 24 * 3600 * 1000)

/* --- laying one on --- */

/* It stands from now on: how much of its amount is there to be held? */
static void measure(struct tx *tx, struct freeze *f, struct account_no account) {
    int64_t there = freeze_order_available(tx, account);
    if (f->scope == FREEZE_AMOUNT) f->held.fen = there < f->amount.fen ? there : f->amount.fen;
    f->state = FREEZE_STANDING;
}

/* The order was judged; what may still refuse it is the wallet. */
static enum err begin(struct tx *tx, const struct freeze_cmd *cmd, struct audit_by by, struct fault *fault,
                      struct freeze *out) {
    struct account_no accounts[FREEZE_ACCOUNTS_MAX];
    struct freeze standing[FREEZES_STANDING_MAX];
    struct person person;
    if (!person_find(tx->db, tx->keys, cmd->person, &person) || person.state != PERSON_OPEN)
        return fault_set(fault, ERR_NOT_FOUND);
    size_t count = freeze_order_accounts(tx, &person, cmd->scope, accounts);
    if (freeze_order_full(tx, accounts, count) ||
        freeze_order_standing(tx->db, person.id, standing) +
                freeze_list_waiting(tx->db, person.id, standing, FREEZES_STANDING_MAX) >=
            FREEZES_STANDING_MAX)
        return fault_set(fault, ERR_FREEZES_FULL);

    /* from here it must succeed */
    *out = (struct freeze){
        .id = {sequence_take(tx->sequence)},
        .person = person.id,
        .reason = cmd->reason,
        .scope = cmd->scope,
        .functions = cmd->scope == FREEZE_FUNCTION ? cmd->functions : 0,
        .amount = cmd->scope == FREEZE_AMOUNT ? cmd->amount : (struct money){0},
        .begun_ms = cmd->starts_ms ? cmd->starts_ms : tx->now_ms,
        .expires_ms = cmd->expires_ms,
        .by = by,
        .state = FREEZE_WAITING,
    };
    text_keep(cmd->document, out->document, sizeof out->document);
    if (!cmd->starts_ms) measure(tx, out, person.account);
    freeze_order_add(tx, out);
    freeze_order_log(tx, out, AUDIT_FREEZE_ADD, by, cmd->note);
    if (cmd->starts_ms) return ERR_OK; /* nobody is told before it stands */
    freeze_order_lay(tx, out, accounts, count);
    freeze_order_spread(tx, person.id, TOLD_FROZEN);
    return ERR_OK;
}

static bool document_valid(struct text document) {
    size_t characters;
    return text_utf8(document, &characters) && characters <= FREEZE_DOCUMENT_MAX && text_printable(document);
}

static enum err judge(const struct tx *tx, const struct freeze_cmd *cmd, struct fault *fault) {
    const struct freeze_reason_row *row = freeze_reason_row(cmd->reason);
    bool needs_document = row->kind == FREEZE_COURT;
    if (!document_valid(cmd->document) || (needs_document && cmd->document.n == 0))
        return fault_field(fault, ERR_BAD_FIELD, "/document");
    if ((cmd->scope == FREEZE_FUNCTION) != (cmd->functions != 0))
        return fault_field(fault, ERR_BAD_FIELD, "/function");
    if ((cmd->scope == FREEZE_AMOUNT) != (cmd->amount.fen != 0) || cmd->amount.fen < 0 ||
        cmd->amount.fen > MONEY_MAX)
        return fault_field(fault, ERR_BAD_AMOUNT, "/amount");
    if (cmd->starts_ms != 0 && (cmd->starts_ms <= tx->now_ms || cmd->starts_ms > tx->now_ms + STARTS_WITHIN_MS))
        return fault_field(fault, ERR_BAD_FIELD, "/starts");
    int64_t from_ms = cmd->starts_ms ? cmd->starts_ms : tx->now_ms;
    if (cmd->expires_ms != 0 && cmd->expires_ms <= from_ms)
        return fault_field(fault, ERR_BAD_FIELD, "/expires");
    return audit_reason_valid(cmd->note) ? ERR_OK : fault_field(fault, ERR_BAD_FIELD, "/reason");
}

enum err freeze_add(struct tx *tx, const struct staff *by, const struct freeze_cmd *cmd, struct fault *fault,
                    struct freeze *out) {
    enum err err = staff_check(tx, by, fault);
    if (err == ERR_OK) err = judge(tx, cmd, fault);
    return err == ERR_OK ? begin(tx, cmd, staff_by(by), fault, out) : err;
}

static bool stands(struct db *db, struct person_id person, enum freeze_reason reason, struct freeze *out) {
    struct freeze standing[FREEZES_STANDING_MAX];
    size_t count = freeze_list(db, person, false, standing, FREEZES_STANDING_MAX);
    for (size_t i = 0; i < count; i++)
        if (standing[i].reason == reason) {
            *out = standing[i];
            return true;
        }
    return false;
}

enum err freeze_add_by_rule(struct tx *tx, const struct freeze_cmd *cmd, uint64_t rule, struct freeze *out) {
    struct fault fault;
    if (stands(tx->db, cmd->person, cmd->reason, out)) return ERR_OK;
    return begin(tx, cmd, (struct audit_by){AUDIT_BY_RULE, rule}, &fault, out);
}

enum err freeze_self(struct tx *tx, const struct actor *actor, struct fault *fault, struct freeze *out) {
    struct freeze_cmd cmd = {.person = actor->person, .reason = FREEZE_BY_PERSON, .scope = FREEZE_DEBITS};
    if (stands(tx->db, actor->person, FREEZE_BY_PERSON, out)) return ERR_OK;
    return begin(tx, &cmd, (struct audit_by){AUDIT_BY_PERSON, actor->person.n}, fault, out);
}

/* --- taking one off --- */

/* How a kind may end. */
static const struct way_out {
    enum freeze_kind kind;
    bool by_two, by_document;
} ways_out[] = {
    {FREEZE_COURT, false, true},
    {FREEZE_RISK, true, false},
};

static struct way_out way_out_of(enum freeze_kind kind) {
    for (size_t i = 0; i < sizeof ways_out / sizeof ways_out[0]; i++)
        if (ways_out[i].kind == kind) return ways_out[i];
    return (struct way_out){kind, false, false};
}

static void end(struct tx *tx, struct freeze *f, enum freeze_state state, enum audit_act act,
                struct audit_by by, struct text note) {
    bool stood = f->state == FREEZE_STANDING;
    freeze_order_row_end(tx, f, state, by);
    freeze_order_log(tx, f, act, by, note);
    if (!stood) return; /* it never began, and the person never heard of it */
    freeze_order_take_off(tx, f);
    if (f->reason == FREEZE_BY_BOOKS) books_settle(tx, f->person, by);
    freeze_order_spread(tx, f->person, TOLD_UNFROZEN);
}

enum err freeze_release(struct tx *tx, const struct staff *by, const struct freeze_release_cmd *cmd,
                        struct fault *fault, struct freeze *out) {
    enum err err = staff_check(tx, by, fault);
    if (err == ERR_OK) err = freeze_order_find_open(tx, cmd->id, fault, out);
    if (err != ERR_OK) return err;
    if (!audit_reason_valid(cmd->note)) return fault_field(fault, ERR_BAD_FIELD, "/reason");
    struct way_out way = way_out_of(freeze_order_kind(out));
    if (way.by_document && !text_is(cmd->document, out->document))
        return fault_field(fault, ERR_FREEZE_DOCUMENT, "/document");
    if (way.by_two && out->asked_by.n == by->id.n) return fault_set(fault, ERR_FREEZE_SECOND);

    /* from here it must succeed */
    if (!way.by_two || out->asked_by.n != 0) {
        end(tx, out, FREEZE_RELEASED, AUDIT_FREEZE_RELEASE, staff_by(by), cmd->note);
        return ERR_OK;
    }
    struct stmt *q = db_stmt(tx->db, &freeze_sql[ASK]);
    db_bind_u64(q, by->id.n);
    db_bind_i64(q, tx->now_ms);
    db_bind_u64(q, out->id.n);
    db_run(q);
    out->asked_by = by->id;
    out->asked_ms = tx->now_ms;
    freeze_order_log(tx, out, AUDIT_FREEZE_ASK, staff_by(by), cmd->note);
    return ERR_OK;
}

enum err freeze_send_code(struct tx *tx, const struct actor *actor, const char *code, struct text address,
                          struct fault *fault, struct code_sent *out) {
    char phone[PHONE_BYTES];
    struct code_send_cmd cmd = {.purpose = CODE_UNFREEZE, .address = address};
    if (!person_phone(tx->db, tx->keys, actor->person, phone)) return fault_set(fault, ERR_INTERNAL);
    cmd.phone = text_of(phone);
    snprintf(cmd.code, sizeof cmd.code, "%s", code);
    enum err err = code_send(tx, &cmd, fault, out);
    crypto_wipe(phone, sizeof phone);
    crypto_wipe(cmd.code, sizeof cmd.code);
    return err;
}

enum err freeze_lift(struct tx *tx, const struct actor *actor, struct freeze_id id, struct text pin,
                     struct text code, struct fault *fault, struct freeze *out) {
    char phone[PHONE_BYTES];
    if (!freeze_find(tx->db, id, out) || out->person.n != actor->person.n)
        return fault_set(fault, ERR_NOT_FOUND);
    if (out->state != FREEZE_STANDING) return fault_set(fault, ERR_FREEZE_OVER);
    if (freeze_order_kind(out) != FREEZE_SELF) return fault_set(fault, ERR_FREEZE_NOT_OWN);
    enum err err = pin_check(tx, actor, pin, fault);
    if (err != ERR_OK) return err;
    if (!person_phone(tx->db, tx->keys, actor->person, phone)) return fault_set(fault, ERR_INTERNAL);
    err = code_use(tx, text_of(phone), CODE_UNFREEZE, code, fault);
    crypto_wipe(phone, sizeof phone);
    if (err != ERR_OK) return err;

    /* from here it must succeed */
    end(tx, out, FREEZE_RELEASED, AUDIT_FREEZE_RELEASE, (struct audit_by){AUDIT_BY_PERSON, actor->person.n},
        (struct text){"", 0});
    return ERR_OK;
}

/* --- what time does --- */

static void begin_now(struct tx *tx, struct freeze *f) {
    struct account_no accounts[FREEZE_ACCOUNTS_MAX];
    struct person person;
    const struct audit_by time = {AUDIT_BY_TIME, 0};
    bool open = person_find(tx->db, tx->keys, f->person, &person) && person.state == PERSON_OPEN;
    if (!open) {
        end(tx, f, FREEZE_EXPIRED, AUDIT_FREEZE_EXPIRE, time, TEXT("the wallet is closed"));
        return;
    }
    size_t count = freeze_order_accounts(tx, &person, f->scope, accounts);
    if (freeze_order_full(tx, accounts, count)) {
        log_error("freeze: an order's time has come, and as many stand on the wallet as it can carry");
        return; /* asked again at the next turn */
    }
    measure(tx, f, person.account);
    struct stmt *q = db_stmt(tx->db, &freeze_sql[BEGIN]);
    db_bind_i64(q, f->held.fen);
    db_bind_u64(q, f->id.n);
    db_run(q);
    freeze_order_lay(tx, f, accounts, count);
    freeze_order_log(tx, f, AUDIT_FREEZE_BEGIN, time, (struct text){"", 0});
    freeze_order_spread(tx, f->person, TOLD_FROZEN);
}

/* Those whose moment, to begin or to end, has come. */
static size_t due_now(struct tx *tx, int statement, int most, struct freeze out[BATCH_MAX]) {
    struct stmt *q = db_stmt(tx->db, &freeze_sql[statement]);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, most < BATCH_MAX ? most : BATCH_MAX);
    return freeze_order_read(q, out, BATCH_MAX);
}

int freeze_begin_due(struct tx *tx, int most) {
    struct freeze due[BATCH_MAX];
    size_t count = due_now(tx, STARTS, most, due);
    for (size_t i = 0; i < count; i++) begin_now(tx, &due[i]);
    return (int)count;
}

int freeze_expire_due(struct tx *tx, int most) {
    struct freeze due[BATCH_MAX];
    size_t count = due_now(tx, DUE, most, due);
    for (size_t i = 0; i < count; i++)
        end(tx, &due[i], FREEZE_EXPIRED, AUDIT_FREEZE_EXPIRE, (struct audit_by){AUDIT_BY_TIME, 0},
            (struct text){"", 0});
    return (int)count;
}

int freeze_cover_due(struct tx *tx, int most) {
    struct freeze rows[SHORT_MAX];
    int covered = 0;
    struct stmt *q = db_stmt(tx->db, &freeze_sql[SHORT]);
    db_bind_i64(q, most < SHORT_MAX ? most : SHORT_MAX);
    size_t count = freeze_order_read(q, rows, SHORT_MAX);
    for (size_t i = 0; i < count; i++) covered += freeze_order_cover(tx, &rows[i]);
    return covered;
}
