/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/books.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "ledger/chart.h"
#include "wallet/case.h"
#include "wallet/freeze.h"
#include "wallet/merchant.h"
#include "wallet/person.h"
#include "wallet/staff.h"
#include "wallet/wake.h"

#define COLUMNS "id, found_ms, found_by, reach, account, person, entry, words, acted, ended_ms, ended_by"

enum { NEXT, ADD, SAME, ACTED, TO_ACT, OPEN, ALL, FIND, END, SETTLE, COUNT, AUDITED, AUDIT };
static const struct sql books_sql[] = {
    [NEXT] = {"SELECT CAST(coalesce(max(id), 0) + 1 AS BIGINT) FROM books_finding"},
    [ADD] = {"INSERT INTO books_finding (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0)"},
    [SAME] =
        {"SELECT id FROM books_finding WHERE ended_ms = 0 AND reach = $1 AND account = $2 AND (account > 0 "
         "OR entry = $3) LIMIT 1"},
    [ACTED] = {"UPDATE books_finding SET acted = 1, person = $1 WHERE id = $2"},
    [TO_ACT] = {"SELECT " COLUMNS
                " FROM books_finding WHERE ended_ms = 0 AND acted = 0 ORDER BY id LIMIT $1"},
    [OPEN] = {"SELECT " COLUMNS " FROM books_finding WHERE ended_ms = 0 ORDER BY id DESC LIMIT $1"},
    [ALL] = {"SELECT " COLUMNS " FROM books_finding ORDER BY id DESC LIMIT $1"},
    [FIND] = {"SELECT " COLUMNS " FROM books_finding WHERE id = $1"},
    [END] = {"UPDATE books_finding SET ended_ms = $1, ended_by = $2 WHERE id = $3 AND ended_ms = 0"},
    [SETTLE] = {"UPDATE books_finding SET ended_ms = $1, ended_by = $2 WHERE person = $3 AND ended_ms = 0"},
    [COUNT] =
        {"SELECT CAST(count(*) AS BIGINT), CAST(coalesce(sum(CASE WHEN reach = 3 THEN 1 ELSE 0 END), 0) "
         "AS BIGINT), CAST(coalesce(sum(1 - acted), 0) AS BIGINT) FROM books_finding WHERE ended_ms = 0"},
    [AUDITED] = {"INSERT INTO books_audit (id, ended_ms, held_ms, entries, took_ms, holds) VALUES (1, $1, "
                 "$2, $3, $4, "
                 "$5) ON CONFLICT (id) DO UPDATE SET ended_ms = $1, held_ms = CASE WHEN $5 = 1 THEN $1 ELSE "
                 "books_audit.held_ms END, entries = $3, took_ms = $4, holds = $5"},
    [AUDIT] = {"SELECT ended_ms, held_ms, entries, took_ms, holds FROM books_audit WHERE id = 1"},
};
DB_STATEMENTS(books_sql)

enum { ACT_MAX = AUDIT_ACCOUNTS_MAX + 2 };

/* --- rows --- */

static struct finding row_read(const struct stmt *q) {
    struct finding f = {
        .id = db_col_u64(q, 0),
        .found_ms = db_col_i64(q, 1),
        .by = (enum books_by)db_col_i64(q, 2),
        .reach = (enum books_reach)db_col_i64(q, 3),
        .account = {db_col_u64(q, 4)},
        .person = {db_col_u64(q, 5)},
        .entry = db_col_u64(q, 6),
        .acted = db_col_i64(q, 8) != 0,
        .ended_ms = db_col_i64(q, 9),
        .ended_by = {db_col_u64(q, 10)},
    };
    text_keep(db_col_text(q, 7), f.words, sizeof f.words);
    return f;
}

static size_t rows_read(struct stmt *q, struct finding *out, size_t most) {
    size_t count = 0;
    while (count < most && db_row(q)) out[count++] = row_read(q);
    db_done(q);
    return count;
}

static bool is_open(struct db *db, const struct finding *f) {
    struct stmt *q = db_stmt(db, &books_sql[SAME]);
    db_bind_i64(q, f->reach);
    db_bind_u64(q, f->account.n);
    db_bind_u64(q, f->entry);
    bool same = db_row(q);
    db_done(q);
    return same;
}

/* False: the same is open already. */
static bool keep(struct db *db, struct finding *f) {
    if (is_open(db, f)) return false;
    struct stmt *q = db_stmt(db, &books_sql[NEXT]);
    f->id = db_row(q) ? db_col_u64(q, 0) : 0;
    db_done(q);
    q = db_stmt(db, &books_sql[ADD]);
    db_bind_u64(q, f->id);
    db_bind_i64(q, f->found_ms);
    db_bind_i64(q, f->by);
    db_bind_i64(q, f->reach);
    db_bind_u64(q, f->account.n);
    db_bind_u64(q, f->person.n);
    db_bind_u64(q, f->entry);
    db_bind_str(q, f->words);
    db_bind_i64(q, f->acted);
    db_run(q);
    return true;
}

size_t books_list(struct db *db, bool ended, struct finding *out, size_t most) {
    struct stmt *q = db_stmt(db, &books_sql[ended ? ALL : OPEN]);
    db_bind_i64(q, (int64_t)most);
    return rows_read(q, out, most);
}

bool books_find(struct db *db, uint64_t id, struct finding *out) {
    struct stmt *q = db_stmt(db, &books_sql[FIND]);
    db_bind_u64(q, id);
    return rows_read(q, out, 1) == 1;
}

/* --- what is open, in memory --- */

static void count(struct books *books, struct db *db) {
    struct stmt *q = db_stmt(db, &books_sql[COUNT]);
    if (db_row(q)) {
        books->open_counted = db_col_i64(q, 0);
        books->everybody_counted = db_col_i64(q, 1);
        books->to_act_counted = db_col_i64(q, 2);
    }
    db_done(q);
    q = db_stmt(db, &books_sql[AUDIT]);
    if (db_row(q))
        books->audit_counted = (struct books_audit){.ended_ms = db_col_i64(q, 0),
                                                    .held_ms = db_col_i64(q, 1),
                                                    .entries = db_col_i64(q, 2),
                                                    .took_ms = db_col_i64(q, 3),
                                                    .holds = db_col_i64(q, 4) != 0};
    db_done(q);
}

static void publish(struct books *books) {
    bool everybody = books->everybody_counted > 0 || books->to_act_counted > 0;
    atomic_store(&books->open, books->open_counted);
    if (atomic_exchange(&books->everybody, everybody) != everybody) wake_everybody(books->wakes);
    pthread_mutex_lock(&books->lock);
    books->audit = books->audit_counted;
    pthread_mutex_unlock(&books->lock);
}

enum err books_open(struct books *books, struct db *db) {
    *books = (struct books){.lock = PTHREAD_MUTEX_INITIALIZER};
    db_begin(db);
    count(books, db);
    bool read = !db_failed(db);
    db_rollback(db);
    publish(books);
    return read ? ERR_OK : ERR_STORE;
}

static void part_mark(void *arg, int64_t now_ms) {
    (void)arg;
    (void)now_ms;
}

static void part_flush(void *arg, struct db *db) {
    struct books *books = arg;
    if (books->changed) count(books, db);
}

static void part_publish(void *arg, int64_t now_ms) {
    struct books *books = arg;
    (void)now_ms;
    if (books->changed) publish(books);
    books->changed = false;
}

static void part_undo(void *arg) {
    struct books *books = arg;
    books->changed = false;
}

struct writer_part books_part(struct books *books) {
    return (struct writer_part){books, part_mark, part_flush, part_publish, part_undo, NULL};
}

static void note_change(struct tx *tx) {
    if (tx->books) tx->books->changed = true;
}

int64_t books_findings(struct books *books) {
    return books ? atomic_load(&books->open) : 0;
}

/* --- proven --- */

struct books_audit books_audited(struct books *books) {
    struct books_audit audit = {0};
    if (!books) return audit;
    pthread_mutex_lock(&books->lock);
    audit = books->audit;
    pthread_mutex_unlock(&books->lock);
    return audit;
}

void books_audit_failed(struct books *books) {
    atomic_fetch_add(&books->audits_failed, 1);
}

int64_t books_audits_failed(struct books *books) {
    return books ? atomic_load(&books->audits_failed) : 0;
}

/* --- found --- */

static void keep_audit(struct db *db, int64_t now_ms, const struct ledger_audit *audit, int64_t took_ms) {
    bool holds = audit->differences == 0;
    struct stmt *q = db_stmt(db, &books_sql[AUDITED]);
    db_bind_i64(q, now_ms);
    db_bind_i64(q, holds ? now_ms : 0);
    db_bind_u64(q, audit->entries);
    db_bind_i64(q, took_ms);
    db_bind_i64(q, holds);
    db_run(q);
}

void books_keep(struct db *db, int64_t now_ms, const struct ledger_audit *audit, int64_t took_ms) {
    keep_audit(db, now_ms, audit, took_ms);
    if (audit->differences == 0) return;
    struct finding f = {.found_ms = now_ms, .by = BOOKS_BY_AUDIT, .entry = audit->first_bad_entry};
    text_keep(text_of(audit->words), f.words, sizeof f.words);
    f.reach = audit->everybody ? BOOKS_EVERYBODY : audit->touched_count ? BOOKS_ACCOUNT : BOOKS_NOBODY;
    if (f.reach != BOOKS_ACCOUNT) {
        keep(db, &f);
        return;
    }
    for (size_t i = 0; i < audit->touched_count; i++) {
        f.account = audit->touched[i].account;
        f.entry = audit->touched[i].entry.n;
        keep(db, &f);
    }
}

static void log_act(struct tx *tx, const struct finding *f, enum audit_act act, struct audit_by by,
                    struct text note) {
    struct audit_line line = {.act = act, .by = by, .subject_kind = AUDIT_OF_FINDING, .subject = f->id};
    text_keep(note, line.reason, sizeof line.reason);
    audit_log_add(tx, &line);
}

/* Whose figure it is. A bank's or one of ours is nobody's: then the log says it, and reconciliation. */
static struct person_id owner_of(struct tx *tx, struct account_no no) {
    struct account account;
    struct merchant shop;
    if (!ledger_account_get(tx->ledger, no, &account)) return (struct person_id){0};
    if (account.code == CHART_PERSON || account.code == CHART_POCKET)
        return (struct person_id){account.owner};
    bool found =
        account.code == CHART_MERCHANT && merchant_find(tx->db, (struct merchant_id){account.owner}, &shop);
    return found ? shop.owner : (struct person_id){0};
}

static void stop_person(struct tx *tx, struct person_id id) {
    const struct freeze_cmd cmd = {.person = id,
                                   .reason = FREEZE_BY_BOOKS,
                                   .scope = FREEZE_BOTH,
                                   .note = TEXT("an audit of the books does not hold for this wallet")};
    const struct case_open_cmd about = {.kind = CASE_WRONG_BALANCE};
    struct person person;
    struct freeze freeze;
    struct case_file opened;
    struct fault fault;
    if (!person_find(tx->db, tx->keys, id, &person) || person.state != PERSON_OPEN) return;
    if (freeze_add_by_rule(tx, &cmd, FREEZE_BY_BOOKS, &freeze) != ERR_OK)
        log_error("books: the wallet of account %" PRIu64 " could not be stopped", person.account.n);
    const struct actor actor = {.person = id,
                                .account = person.account,
                                .tier = person.tier,
                                .created_ms = person.created_ms};
    case_open(tx, &actor, &about, &fault, &opened); /* as many are open as may be: staff see the log */
}

static void act(struct tx *tx, struct finding *f) {
    static const char *const reaches[] = {[BOOKS_NOBODY] = "no figure is in question",
                                          [BOOKS_ACCOUNT] = "this account is stopped",
                                          [BOOKS_EVERYBODY] =
                                              "everybody's figures are withheld, nothing moves"};
    log_error("books: they do not hold: %s (entry %" PRIu64 ", account %" PRIu64
              "): %s. See qianbao books list",
              f->words, f->entry, f->account.n, reaches[f->reach]);
    if (f->reach == BOOKS_ACCOUNT) f->person = owner_of(tx, f->account);
    if (f->person.n) stop_person(tx, f->person);
    struct stmt *q = db_stmt(tx->db, &books_sql[ACTED]);
    db_bind_u64(q, f->person.n);
    db_bind_u64(q, f->id);
    db_run(q);
    log_act(tx, f, AUDIT_BOOKS_FOUND, (struct audit_by){AUDIT_BY_RULE, f->by}, text_of(f->words));
}

static void act_all(struct tx *tx) {
    struct finding findings[ACT_MAX];
    struct stmt *q = db_stmt(tx->db, &books_sql[TO_ACT]);
    db_bind_i64(q, ACT_MAX);
    size_t count = rows_read(q, findings, ACT_MAX);
    for (size_t i = 0; i < count; i++) act(tx, &findings[i]);
    if (count > 0) note_change(tx);
}

void books_act(struct tx *tx) {
    if (tx->books && tx->books->to_act_counted > 0) act_all(tx);
}

void books_found(struct tx *tx, const struct ledger_audit *audit, int64_t took_ms) {
    books_keep(tx->db, tx->now_ms, audit, took_ms);
    note_change(tx);
    act_all(tx);
}

void books_found_account(struct tx *tx, struct account_no account, struct person_id person, uint64_t entry) {
    struct finding f = {.found_ms = tx->now_ms,
                        .by = BOOKS_BY_RECOUNT,
                        .reach = BOOKS_ACCOUNT,
                        .account = account,
                        .person = person,
                        .entry = entry,
                        .words = "an account that was added up again does not agree",
                        .acted = true};
    if (!keep(tx->db, &f)) return;
    note_change(tx);
    log_act(tx, &f, AUDIT_BOOKS_FOUND, (struct audit_by){AUDIT_BY_RULE, f.by}, text_of(f.words));
}

enum err books_check(struct tx *tx, struct fault *fault) {
    return books_everybody(tx->books) ? fault_set(fault, ERR_BOOKS_CHECKED) : ERR_OK;
}

/* --- closed --- */

void books_settle(struct tx *tx, struct person_id person, struct audit_by by) {
    struct stmt *q = db_stmt(tx->db, &books_sql[SETTLE]);
    db_bind_i64(q, tx->now_ms);
    db_bind_u64(q, by.kind == AUDIT_BY_STAFF ? by.id : 0);
    db_bind_u64(q, person.n);
    if (db_run(q) > 0) note_change(tx);
}

/* The freeze that stands on the person for the books; ends it, and with it what is open of theirs. */
static enum err release(struct tx *tx, const struct staff *by, struct person_id person, struct text note,
                        struct fault *fault) {
    struct freeze standing[FREEZES_STANDING_MAX], ended;
    size_t count = freeze_list(tx->db, person, false, standing, FREEZES_STANDING_MAX);
    for (size_t i = 0; i < count; i++) {
        if (standing[i].reason != FREEZE_BY_BOOKS) continue;
        const struct freeze_release_cmd cmd = {.id = standing[i].id, .note = note};
        return freeze_release(tx, by, &cmd, fault, &ended);
    }
    return ERR_OK;
}

enum err books_close(struct tx *tx, const struct staff *by, uint64_t id, struct text note,
                     struct fault *fault, struct finding *out) {
    enum err err = staff_check(tx, by, fault);
    if (err != ERR_OK) return err;
    if (!books_find(tx->db, id, out)) return fault_field(fault, ERR_NOT_FOUND, "/id");
    if (out->ended_ms) return fault_set(fault, ERR_FINDING_OVER);
    if (!audit_reason_valid(note)) return fault_field(fault, ERR_BAD_FIELD, "/reason");
    if (out->person.n) err = release(tx, by, out->person, note, fault);
    if (err != ERR_OK) return err;

    /* from here it must succeed */
    struct stmt *q = db_stmt(tx->db, &books_sql[END]);
    db_bind_i64(q, tx->now_ms);
    db_bind_u64(q, by->id.n);
    db_bind_u64(q, id);
    db_run(q); /* or it ended with the freeze */
    out->ended_ms = tx->now_ms;
    out->ended_by = by->id;
    note_change(tx);
    log_act(tx, out, AUDIT_BOOKS_CLOSE, staff_by(by), note);
    return ERR_OK;
}
