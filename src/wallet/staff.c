/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/staff.h"

#include <string.h>

#include "wallet/sequence.h"

enum { ADD, FIND, NAME, LIST, COUNT, STANDS, END, RESET, LAST, RESETS };
static const struct sql staff_sql[] = {
    [ADD] = {"INSERT INTO staff (id, name, hash, added_ms, ended_ms) VALUES ($1, $2, $3, $4, 0)"},
    [FIND] = {"SELECT id, name, hash, added_ms, ended_ms FROM staff WHERE name = $1"},
    [NAME] = {"SELECT name FROM staff WHERE id = $1"},
    [LIST] = {"SELECT id, name, hash, added_ms, ended_ms FROM staff ORDER BY id LIMIT $1"},
    [COUNT] = {"SELECT CAST(count(*) AS BIGINT) FROM staff WHERE ended_ms = 0"},
    [STANDS] = {"SELECT id FROM staff WHERE id = $1 AND ended_ms = 0 AND hash = $2"},
    [END] = {"UPDATE staff SET ended_ms = $1 WHERE id = $2 AND ended_ms = 0"},
    [RESET] = {"UPDATE staff SET hash = $1 WHERE id = $2 AND ended_ms = 0"},
    [LAST] = {"SELECT CAST(coalesce(max(id), 0) AS BIGINT) FROM audit_log WHERE by_kind = 2 AND by_id = $1"},
    [RESETS] =
        {"SELECT staff.name, audit_log.at_ms FROM audit_log JOIN staff ON staff.id = audit_log.subject "
         "WHERE audit_log.act = 3 AND audit_log.id > $1 ORDER BY audit_log.id DESC LIMIT $2"},
};
DB_STATEMENTS(staff_sql)

bool staff_name_valid(struct text name) {
    size_t characters;
    return text_utf8(name, &characters) && characters > 0 && characters <= STAFF_NAME_MAX &&
           text_printable(name) && !memchr(name.p, ' ', name.n);
}

static struct staff row_read(const struct stmt *q) {
    struct staff staff = {.id = {db_col_u64(q, 0)}, .added_ms = db_col_i64(q, 3), .ended_ms = db_col_i64(q, 4)};
    text_keep(db_col_text(q, 1), staff.name, sizeof staff.name);
    text_keep(db_col_text(q, 2), staff.hash, sizeof staff.hash);
    return staff;
}

bool staff_find(struct db *db, struct text name, struct staff *out) {
    struct stmt *q = db_stmt(db, &staff_sql[FIND]);
    db_bind_text(q, name);
    bool found = db_row(q);
    if (found) *out = row_read(q);
    db_done(q);
    return found;
}

void staff_name_of(struct db *db, struct staff_id id, char out[STAFF_NAME_BYTES]) {
    struct stmt *q = db_stmt(db, &staff_sql[NAME]);
    db_bind_u64(q, id.n);
    text_keep(db_row(q) ? db_col_text(q, 0) : (struct text){"", 0}, out, STAFF_NAME_BYTES);
    db_done(q);
}

size_t staff_list(struct db *db, struct staff out[STAFF_MAX]) {
    struct stmt *q = db_stmt(db, &staff_sql[LIST]);
    db_bind_i64(q, STAFF_MAX);
    size_t count = 0;
    while (count < STAFF_MAX && db_row(q)) out[count++] = row_read(q);
    db_done(q);
    return count;
}

size_t staff_in_service(struct db *db) {
    struct stmt *q = db_stmt(db, &staff_sql[COUNT]);
    size_t count = db_row(q) ? (size_t)db_col_u64(q, 0) : 0;
    db_done(q);
    return count;
}

enum err staff_check(struct tx *tx, const struct staff *by, struct fault *fault) {
    struct stmt *q = db_stmt(tx->db, &staff_sql[STANDS]);
    db_bind_u64(q, by->id.n);
    db_bind_str(q, by->hash);
    bool stands = db_row(q);
    db_done(q);
    return stands ? ERR_OK : fault_set(fault, ERR_WRONG_PASSPHRASE);
}

static void log_act(struct tx *tx, const struct staff *by, enum audit_act act, struct staff_id subject,
                    struct text reason) {
    struct audit_line line = {
        .act = act,
        .by = by ? staff_by(by) : (struct audit_by){AUDIT_BY_OPERATOR, 0},
        .subject_kind = AUDIT_OF_STAFF,
        .subject = subject.n,
    };
    text_keep(reason, line.reason, sizeof line.reason);
    audit_log_add(tx, &line);
}

enum err staff_add(struct tx *tx, const struct staff *by, const struct staff_add_cmd *cmd,
                   struct fault *fault, struct staff *out) {
    struct staff other;
    if (!by && staff_in_service(tx->db) > 0) return fault_set(fault, ERR_STAFF_UNKNOWN);
    enum err err = by ? staff_check(tx, by, fault) : ERR_OK;
    if (err != ERR_OK) return err;
    if (!staff_name_valid(cmd->name)) return fault_field(fault, ERR_BAD_FIELD, "/name");
    if (staff_find(tx->db, cmd->name, &other)) return fault_field(fault, ERR_STAFF_TAKEN, "/name");

    /* from here it must succeed */
    *out = (struct staff){.id = {sequence_take(tx->sequence)}, .added_ms = tx->now_ms};
    text_keep(cmd->name, out->name, sizeof out->name);
    text_keep(text_of(cmd->hash), out->hash, sizeof out->hash);
    struct stmt *q = db_stmt(tx->db, &staff_sql[ADD]);
    db_bind_u64(q, out->id.n);
    db_bind_str(q, out->name);
    db_bind_str(q, out->hash);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
    log_act(tx, by, AUDIT_STAFF_ADD, out->id, TEXT(""));
    return ERR_OK;
}

enum err staff_end(struct tx *tx, const struct staff *by, struct text name, struct fault *fault) {
    struct staff ended;
    enum err err = staff_check(tx, by, fault);
    if (err != ERR_OK) return err;
    if (!staff_find(tx->db, name, &ended) || ended.ended_ms != 0)
        return fault_field(fault, ERR_NOT_FOUND, "/name");
    if (staff_in_service(tx->db) == 1) return fault_set(fault, ERR_STAFF_LAST);

    /* from here it must succeed */
    struct stmt *q = db_stmt(tx->db, &staff_sql[END]);
    db_bind_i64(q, tx->now_ms);
    db_bind_u64(q, ended.id.n);
    db_queue(q);
    log_act(tx, by, AUDIT_STAFF_END, ended.id, TEXT(""));
    return ERR_OK;
}

enum err staff_reset(struct tx *tx, const struct staff_add_cmd *cmd, struct text reason, struct fault *fault) {
    struct staff staff;
    if (!staff_find(tx->db, cmd->name, &staff) || staff.ended_ms != 0)
        return fault_field(fault, ERR_NOT_FOUND, "/name");
    if (!audit_reason_valid(reason)) return fault_field(fault, ERR_BAD_FIELD, "/reason");

    /* from here it must succeed */
    struct stmt *q = db_stmt(tx->db, &staff_sql[RESET]);
    db_bind_str(q, cmd->hash);
    db_bind_u64(q, staff.id.n);
    db_queue(q);
    log_act(tx, NULL, AUDIT_STAFF_RESET, staff.id, reason);
    return ERR_OK;
}

size_t staff_resets(struct db *db, struct staff_id to, struct staff_was_reset out[STAFF_RESETS_TOLD_MAX]) {
    struct stmt *q = db_stmt(db, &staff_sql[LAST]);
    db_bind_u64(q, to.n);
    uint64_t last = db_row(q) ? db_col_u64(q, 0) : 0;
    db_done(q);
    size_t count = 0;
    q = db_stmt(db, &staff_sql[RESETS]);
    db_bind_u64(q, last);
    db_bind_i64(q, STAFF_RESETS_TOLD_MAX);
    while (count < STAFF_RESETS_TOLD_MAX && db_row(q)) {
        text_keep(db_col_text(q, 0), out[count].name, sizeof out[count].name);
        out[count++].at_ms = db_col_i64(q, 1);
    }
    db_done(q);
    return count;
}
