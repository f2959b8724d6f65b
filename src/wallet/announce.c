/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/announce.h"

#include "wallet/audit_log.h"
#include "wallet/sequence.h"
#include "wallet/staff.h"
#include "wallet/wake.h"

#define COLUMNS "id, audience, whom, title, title_zh, body, body_zh, pinned, from_ms, until_ms"
#define FOR_PERSON                                                                                      \
    "a.from_ms <= $2 AND a.until_ms > $2 AND (a.audience = 1 OR (a.audience = 2 AND a.whom = $3) OR "   \
    "(a.audience = 3 AND EXISTS (SELECT 1 FROM merchant m WHERE m.owner = $1)) OR (a.audience = 4 AND " \
    "a.whom = $1))"

enum { ADD, END, ALL, SHOWN, IS_FOR, SEEN };
static const struct sql announce_sql[] = {
    [ADD] = {"INSERT INTO announcement (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"},
    [END] = {"UPDATE announcement SET until_ms = $1 WHERE id = $2 AND until_ms > $1"},
    [ALL] = {"SELECT " COLUMNS ", 0 FROM announcement WHERE until_ms > $1 ORDER BY id DESC LIMIT $2"},
    [SHOWN] =
        {"SELECT a.id, a.audience, a.whom, a.title, a.title_zh, a.body, a.body_zh, a.pinned, a.from_ms, "
         "a.until_ms, COALESCE(s.at_ms, 0) FROM announcement a LEFT JOIN announcement_seen s ON "
         "s.announcement = a.id AND s.person = $1 WHERE " FOR_PERSON
         " ORDER BY a.pinned DESC, a.id DESC LIMIT $4"},
    [IS_FOR] = {"SELECT a.id FROM announcement a WHERE a.id = $4 AND " FOR_PERSON},
    [SEEN] = {"INSERT INTO announcement_seen (person, announcement, at_ms) VALUES ($1, $2, $3) ON CONFLICT "
              "(person, announcement) DO NOTHING"},
};
DB_STATEMENTS(announce_sql)

static struct announcement row_read(const struct stmt *q) {
    struct announcement a = {
        .id = db_col_u64(q, 0),
        .audience = (enum audience)db_col_i64(q, 1),
        .whom = db_col_u64(q, 2),
        .pinned = db_col_i64(q, 7) != 0,
        .from_ms = db_col_i64(q, 8),
        .until_ms = db_col_i64(q, 9),
        .read = db_col_i64(q, 10) != 0,
    };
    text_keep(db_col_text(q, 3), a.title[LANG_EN], sizeof a.title[0]);
    text_keep(db_col_text(q, 4), a.title[LANG_ZH], sizeof a.title[0]);
    text_keep(db_col_text(q, 5), a.body[LANG_EN], sizeof a.body[0]);
    text_keep(db_col_text(q, 6), a.body[LANG_ZH], sizeof a.body[0]);
    return a;
}

static size_t rows(struct stmt *q, struct announcement *out, size_t most) {
    size_t count = 0;
    while (count < most && db_row(q)) out[count++] = row_read(q);
    db_done(q);
    return count;
}

size_t announce_list(struct view *view, const struct actor *actor, struct announcement *out, size_t most) {
    struct stmt *q = db_stmt(view->db, &announce_sql[SHOWN]);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, view->now_ms);
    db_bind_i64(q, actor->tier);
    db_bind_i64(q, (int64_t)most);
    return rows(q, out, most);
}

size_t announce_all(struct db *db, int64_t now_ms, struct announcement *out, size_t most) {
    struct stmt *q = db_stmt(db, &announce_sql[ALL]);
    db_bind_i64(q, now_ms);
    db_bind_i64(q, (int64_t)most);
    return rows(q, out, most);
}

enum err announce_read(struct tx *tx, const struct actor *actor, uint64_t id, struct fault *fault) {
    struct stmt *q = db_stmt(tx->db, &announce_sql[IS_FOR]);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, actor->tier);
    db_bind_u64(q, id);
    bool is_for = db_row(q);
    db_done(q);
    if (!is_for) return fault_set(fault, ERR_NOT_FOUND);
    q = db_stmt(tx->db, &announce_sql[SEEN]);
    db_bind_u64(q, actor->person.n);
    db_bind_u64(q, id);
    db_bind_i64(q, tx->now_ms);
    db_run(q);
    return ERR_OK;
}

/* --- staff --- */

static bool title_valid(struct text title) {
    size_t characters;
    return text_utf8(title, &characters) && characters > 0 && characters <= ANNOUNCE_TITLE_MAX &&
           text_printable(title);
}

static bool body_valid(struct text body) {
    size_t characters;
    if (!text_utf8(body, &characters) || characters == 0 || characters > ANNOUNCE_BODY_MAX) return false;
    while (body.n > 0)
        if (!text_printable(text_cut(&body, '\n'))) return false;
    return true;
}

static enum err check(const struct announce_cmd *cmd, struct fault *fault) {
    if (!title_valid(cmd->title)) return fault_field(fault, ERR_BAD_FIELD, "/title");
    if (!title_valid(cmd->title_zh)) return fault_field(fault, ERR_BAD_FIELD, "/title_zh");
    if (!body_valid(cmd->body)) return fault_field(fault, ERR_BAD_FIELD, "/body");
    if (!body_valid(cmd->body_zh)) return fault_field(fault, ERR_BAD_FIELD, "/body_zh");
    if (cmd->in_ms < 0 || cmd->in_ms > ANNOUNCE_LONGEST_MS) return fault_field(fault, ERR_BAD_FIELD, "/in");
    if (cmd->for_ms <= 0 || cmd->for_ms > ANNOUNCE_LONGEST_MS)
        return fault_field(fault, ERR_BAD_FIELD, "/for");
    return ERR_OK;
}

static void log_act(struct tx *tx, const struct staff *by, enum audit_act act, uint64_t id,
                    const char *reason) {
    struct audit_line line = {.act = act,
                              .by = staff_by(by),
                              .subject_kind = AUDIT_OF_ANNOUNCEMENT,
                              .subject = id};
    text_keep(text_of(reason), line.reason, sizeof line.reason);
    audit_log_add(tx, &line);
}

enum err announce_add(struct tx *tx, const struct staff *by, const struct announce_cmd *cmd,
                      struct fault *fault, struct announcement *out) {
    enum err err = staff_check(tx, by, fault);
    if (err == ERR_OK) err = check(cmd, fault);
    if (err != ERR_OK) return err;
    struct announcement a = {
        .id = sequence_take(tx->sequence),
        .audience = cmd->audience,
        .whom = cmd->whom,
        .pinned = cmd->pinned,
        .from_ms = tx->now_ms + cmd->in_ms,
        .until_ms = tx->now_ms + cmd->in_ms + cmd->for_ms,
    };
    text_keep(cmd->title, a.title[LANG_EN], sizeof a.title[0]);
    text_keep(cmd->title_zh, a.title[LANG_ZH], sizeof a.title[0]);
    text_keep(cmd->body, a.body[LANG_EN], sizeof a.body[0]);
    text_keep(cmd->body_zh, a.body[LANG_ZH], sizeof a.body[0]);
    struct stmt *q = db_stmt(tx->db, &announce_sql[ADD]);
    db_bind_u64(q, a.id);
    db_bind_i64(q, a.audience);
    db_bind_u64(q, a.whom);
    db_bind_str(q, a.title[LANG_EN]);
    db_bind_str(q, a.title[LANG_ZH]);
    db_bind_str(q, a.body[LANG_EN]);
    db_bind_str(q, a.body[LANG_ZH]);
    db_bind_i64(q, a.pinned);
    db_bind_i64(q, a.from_ms);
    db_bind_i64(q, a.until_ms);
    db_run(q);
    log_act(tx, by, AUDIT_ANNOUNCE_ADD, a.id, a.title[LANG_EN]);
    if (a.audience == AUDIENCE_PERSON) wake_person(tx, (struct person_id){a.whom});
    *out = a;
    return ERR_OK;
}

enum err announce_end(struct tx *tx, const struct staff *by, uint64_t id, struct fault *fault) {
    enum err err = staff_check(tx, by, fault);
    if (err != ERR_OK) return err;
    struct stmt *q = db_stmt(tx->db, &announce_sql[END]);
    db_bind_i64(q, tx->now_ms);
    db_bind_u64(q, id);
    if (db_run(q) != 1) return fault_field(fault, ERR_NOT_FOUND, "/id");
    log_act(tx, by, AUDIT_ANNOUNCE_END, id, "");
    return ERR_OK;
}
