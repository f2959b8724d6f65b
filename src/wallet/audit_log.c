/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/audit_log.h"

#include <string.h>

#include "ledger/bytes.h"
#include "ledger/ledger.h"
#include "wallet/sequence.h"

#define COLUMNS "id, act, by_kind, by_id, subject_kind, subject, reason, at_ms"

enum { ADD, LIST, LIST_OF, DIGEST };
static const struct sql audit_log_sql[] = {
    [ADD] = {"INSERT INTO audit_log (" COLUMNS ", grp) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"},
    [LIST] = {"SELECT " COLUMNS " FROM audit_log WHERE id < $1 ORDER BY id DESC LIMIT $2"},
    [LIST_OF] = {"SELECT " COLUMNS " FROM audit_log WHERE subject_kind = $3 AND subject = $4 AND id < $1 "
                 "ORDER BY id DESC LIMIT $2"},
    [DIGEST] = {"SELECT " COLUMNS ", grp FROM audit_log WHERE id > $1 ORDER BY id LIMIT $2"},
};
DB_STATEMENTS(audit_log_sql)

static const struct {
    enum audit_act act;
    const char *name;
} acts[] = {
    {AUDIT_STAFF_ADD, "staff-add"},
    {AUDIT_STAFF_END, "staff-end"},
    {AUDIT_STAFF_RESET, "staff-reset"},
    {AUDIT_DOCUMENT_LOOK, "document-look"},
    {AUDIT_DOCUMENT_APPROVE, "document-approve"},
    {AUDIT_DOCUMENT_REJECT, "document-reject"},
    {AUDIT_BOOKS_FOUND, "books-found"},
    {AUDIT_BOOKS_CLOSE, "books-close"},
    {AUDIT_CASE_TELL, "case-tell"},
    {AUDIT_CASE_DECIDE, "case-decide"},
    {AUDIT_MAINTENANCE_ADD, "maintenance-add"},
    {AUDIT_MAINTENANCE_CHANGE, "maintenance-change"},
    {AUDIT_MAINTENANCE_END, "maintenance-end"},
    {AUDIT_READONLY_ON, "readonly-on"},
    {AUDIT_READONLY_OFF, "readonly-off"},
    {AUDIT_ANNOUNCE_ADD, "announce-add"},
    {AUDIT_ANNOUNCE_END, "announce-end"},
    {AUDIT_FREEZE_ADD, "freeze-add"},
    {AUDIT_FREEZE_ASK, "freeze-release-asked"},
    {AUDIT_FREEZE_RELEASE, "freeze-release"},
    {AUDIT_FREEZE_EXPIRE, "freeze-expire"},
    {AUDIT_FREEZE_BEGIN, "freeze-begin"},
    {AUDIT_FREEZE_TAKE, "freeze-take"},
    {AUDIT_FREEZE_TAKE_ASK, "freeze-take-asked"},
};

const char *audit_act_name(enum audit_act act) {
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (acts[i].act == act) return acts[i].name;
    return "?";
}

const char *audit_by_name(enum audit_by_kind kind) {
    switch (kind) {
    case AUDIT_BY_OPERATOR: return "operator";
    case AUDIT_BY_STAFF: return "staff";
    case AUDIT_BY_PERSON: return "the person";
    case AUDIT_BY_RULE: return "a rule";
    case AUDIT_BY_TIME: return "its time";
    }
    return "?";
}

enum id_kind audit_subject_id(enum audit_subject kind) {
    switch (kind) {
    case AUDIT_OF_STAFF: break;
    case AUDIT_OF_PERSON: return ID_PERSON;
    case AUDIT_OF_CASE: return ID_CASE;
    case AUDIT_OF_WINDOW: return ID_WINDOW;
    case AUDIT_OF_ANNOUNCEMENT: return ID_ANNOUNCEMENT;
    case AUDIT_OF_FREEZE: return ID_FREEZE;
    case AUDIT_OF_FINDING: return ID_FINDING;
    }
    return 0;
}

bool audit_reason_valid(struct text reason) {
    size_t characters;
    return text_utf8(reason, &characters) && characters > 0 && characters <= AUDIT_REASON_MAX &&
           text_printable(reason);
}

enum { DIGEST_NUMBERS = 6, DIGEST_BYTES = DIGEST_NUMBERS * 8 + AUDIT_REASON_BYTES };

/* The reason as it is stored, so that nothing can hide behind where a reader of it would stop. */
static size_t digest_bytes(const struct audit_line *line, struct text reason, unsigned char out[DIGEST_BYTES]) {
    const uint64_t numbers[DIGEST_NUMBERS] = {line->act,          line->by.kind, line->by.id,
                                              line->subject_kind, line->subject, (uint64_t)line->at_ms};
    size_t size = reason.n < AUDIT_REASON_BYTES ? reason.n : AUDIT_REASON_BYTES;
    for (size_t i = 0; i < DIGEST_NUMBERS; i++) bytes_put64(out + i * 8, numbers[i]);
    memcpy(out + sizeof numbers, reason.p, size);
    return sizeof numbers + size;
}

void audit_log_add(struct tx *tx, const struct audit_line *asked) {
    struct audit_line line = *asked;
    unsigned char bytes[DIGEST_BYTES];
    line.id = sequence_take(tx->sequence);
    line.at_ms = tx->now_ms;
    struct stmt *q = db_stmt(tx->db, &audit_log_sql[ADD]);
    db_bind_u64(q, line.id);
    db_bind_i64(q, line.act);
    db_bind_i64(q, line.by.kind);
    db_bind_u64(q, line.by.id);
    db_bind_i64(q, line.subject_kind);
    db_bind_u64(q, line.subject);
    db_bind_str(q, line.reason);
    db_bind_i64(q, line.at_ms);
    db_bind_u64(q, ledger_group(tx->ledger).n);
    db_run(q);
    ledger_digest_row(tx->ledger, ROWS_AUDIT, line.id, bytes, digest_bytes(&line, text_of(line.reason), bytes));
}

static struct audit_line line_read(const struct stmt *q) {
    struct audit_line line = {
        .id = db_col_u64(q, 0),
        .act = (enum audit_act)db_col_i64(q, 1),
        .by = {(enum audit_by_kind)db_col_i64(q, 2), db_col_u64(q, 3)},
        .subject_kind = (enum audit_subject)db_col_i64(q, 4),
        .subject = db_col_u64(q, 5),
        .at_ms = db_col_i64(q, 7),
    };
    text_keep(db_col_text(q, 6), line.reason, sizeof line.reason);
    return line;
}

size_t audit_log_list(struct db *db, uint64_t before, enum audit_subject kind, uint64_t subject,
                      struct audit_line *out, size_t most) {
    struct stmt *q = db_stmt(db, &audit_log_sql[subject ? LIST_OF : LIST]);
    db_bind_i64(q, before ? (int64_t)before : INT64_MAX);
    db_bind_i64(q, (int64_t)most);
    if (subject) {
        db_bind_i64(q, kind);
        db_bind_u64(q, subject);
    }
    size_t count = 0;
    while (count < most && db_row(q)) out[count++] = line_read(q);
    db_done(q);
    return count;
}

static void digest_rows(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
    struct stmt *q = db_stmt(db, &audit_log_sql[DIGEST]);
    db_bind_u64(q, after);
    db_bind_i64(q, limit);
    while (db_row(q)) {
        unsigned char bytes[DIGEST_BYTES];
        struct audit_line line = line_read(q);
        ledger_digest_feed(feed, line.id, db_col_u64(q, 8), bytes,
                           digest_bytes(&line, db_col_text(q, 6), bytes));
    }
    db_done(q);
}

void audit_log_register_digests(struct ledger *ledger) {
    ledger_digest_source(ledger, ROWS_AUDIT, digest_rows);
}
