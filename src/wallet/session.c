/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/session.h"

#include <string.h>

#include "wallet/sequence.h"

enum { SEEN_EVERY_MS = 3600 * 1000, SESSIONS_MAX = 50 };

enum { FIND, FIND_OF, TOUCH, OPEN, CROWD, LIST, END, END_OTHERS, END_ALL };
#define ACTOR                                                                                                \
    "SELECT s.id, s.seen_ms, p.id, p.account, p.tier, p.created_ms, p.notice_read, p.nickname, "             \
    "p.name_masked, n.key, n.mac, n.wrong, n.locked_ms, p.arrival, p.told_read, p.name_until_ms, p.frozen, " \
    "s.created_ms "                                                                                          \
    "FROM session s JOIN person p ON p.id = s.person LEFT JOIN pin n ON n.person = p.id "
static const struct sql session_sql[] = {
    [FIND] = {ACTOR "WHERE s.hash = $1 AND s.expires_ms > $2 AND p.state = 1"},
    [FIND_OF] = {ACTOR "WHERE s.person = $1 AND s.id = $2 AND s.expires_ms > $3 AND p.state = 1"},
    [TOUCH] = {"UPDATE session SET seen_ms = $1 WHERE person = $2 AND id = $3 AND seen_ms < $1"},
    [OPEN] = {"INSERT INTO session (hash, id, person, device, created_ms, seen_ms, expires_ms) "
              "VALUES ($1, $2, $3, $4, $5, $5, $6)"},
    /* what has expired, and the oldest beyond the most */
    [CROWD] = {"DELETE FROM session WHERE person = $1 AND (expires_ms <= $2 OR id <= coalesce("
               "(SELECT id FROM session WHERE person = $1 ORDER BY id DESC LIMIT 1 OFFSET $3), 0))"},
    [LIST] = {"SELECT id, device, created_ms, seen_ms FROM session WHERE person = $1 AND expires_ms > $2 "
              "ORDER BY id DESC LIMIT $3"},
    [END] = {"DELETE FROM session WHERE person = $1 AND id = $2"},
    [END_OTHERS] = {"DELETE FROM session WHERE person = $1 AND id <> $2"},
    [END_ALL] = {"DELETE FROM session WHERE person = $1"},
};
DB_STATEMENTS(session_sql)

/* Ends the question. */
static bool actor_read(struct stmt *q, struct actor *out) {
    bool found = db_row(q);
    if (found) {
        struct text mac = db_col_blob(q, 10);
        *out = (struct actor){
            .session.n = db_col_u64(q, 0),
            .seen_ms = db_col_i64(q, 1),
            .person.n = db_col_u64(q, 2),
            .account.n = db_col_u64(q, 3),
            .tier = (int)db_col_i64(q, 4),
            .created_ms = db_col_i64(q, 5),
            .notice_read = db_col_u64(q, 6),
            .pin_set = mac.n == MAC_SIZE,
            .pin_key = (int)db_col_i64(q, 9),
            .pin_wrong = (int)db_col_i64(q, 11),
            .pin_locked_ms = db_col_i64(q, 12),
            .arrival = (int)db_col_i64(q, 13),
            .told_read = db_col_u64(q, 14),
            .name_until_ms = db_col_i64(q, 15),
            .frozen = db_col_i64(q, 16),
            .session_ms = db_col_i64(q, 17),
        };
        text_keep(db_col_text(q, 7), out->nickname, sizeof out->nickname);
        text_keep(db_col_text(q, 8), out->name_masked, sizeof out->name_masked);
        if (out->pin_set) memcpy(out->pin_mac, mac.p, MAC_SIZE);
    }
    db_done(q);
    return found;
}

bool session_find(struct db *db, const unsigned char hash[SESSION_HASH_SIZE], int64_t now_ms,
                  struct actor *out) {
    struct stmt *q = db_stmt(db, &session_sql[FIND]);
    db_bind_blob(q, hash, SESSION_HASH_SIZE);
    db_bind_i64(q, now_ms);
    return actor_read(q, out);
}

bool session_find_of(struct db *db, struct person_id person, struct session_id session, int64_t now_ms,
                     struct actor *out) {
    struct stmt *q = db_stmt(db, &session_sql[FIND_OF]);
    db_bind_u64(q, person.n);
    db_bind_u64(q, session.n);
    db_bind_i64(q, now_ms);
    return actor_read(q, out);
}

bool session_touch(struct tx *tx, const struct actor *actor) {
    if (tx->now_ms - actor->seen_ms < SEEN_EVERY_MS) return false;
    struct stmt *q = db_stmt(tx->db, &session_sql[TOUCH]);
    db_bind_i64(q, tx->now_ms);
    db_bind_u64(q, actor->person.n);
    db_bind_u64(q, actor->session.n);
    db_queue(q);
    return true;
}

struct session_id session_open(struct tx *tx, const struct session_open_cmd *cmd) {
    struct session_id id = {sequence_take(tx->sequence)};
    char device[SESSION_DEVICE_MAX + 1] = "";
    if (text_printable(cmd->device)) text_keep(cmd->device, device, sizeof device);

    struct stmt *q = db_stmt(tx->db, &session_sql[OPEN]);
    db_bind_blob(q, cmd->hash, SESSION_HASH_SIZE);
    db_bind_u64(q, id.n);
    db_bind_u64(q, cmd->person.n);
    db_bind_str(q, device);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, tx->now_ms + tx->rules->session_life_ms);
    db_queue(q);

    q = db_stmt(tx->db, &session_sql[CROWD]);
    db_bind_u64(q, cmd->person.n);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, SESSIONS_MAX);
    db_queue(q);
    return id;
}

size_t session_list(struct view *view, const struct actor *actor, struct session_item *out, size_t max) {
    size_t count = 0;
    struct stmt *q = db_stmt(view->db, &session_sql[LIST]);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, view->now_ms);
    db_bind_i64(q, (int64_t)max);
    while (count < max && db_row(q)) {
        struct session_item *item = &out[count++];
        *item = (struct session_item){.id.n = db_col_u64(q, 0),
                                      .created_ms = db_col_i64(q, 2),
                                      .seen_ms = db_col_i64(q, 3)};
        item->current = item->id.n == actor->session.n;
        text_keep(db_col_text(q, 1), item->device, sizeof item->device);
    }
    db_done(q);
    return count;
}

enum err session_end(struct tx *tx, const struct actor *actor, struct session_id session, struct fault *fault) {
    struct stmt *q = db_stmt(tx->db, &session_sql[END]);
    db_bind_u64(q, actor->person.n);
    db_bind_u64(q, session.n);
    return db_run(q) == 1 ? ERR_OK : fault_set(fault, ERR_NOT_FOUND);
}

int64_t session_end_others(struct tx *tx, const struct actor *actor) {
    struct stmt *q = db_stmt(tx->db, &session_sql[END_OTHERS]);
    db_bind_u64(q, actor->person.n);
    db_bind_u64(q, actor->session.n);
    return db_run(q);
}

void session_end_all(struct tx *tx, struct person_id person) {
    struct stmt *q = db_stmt(tx->db, &session_sql[END_ALL]);
    db_bind_u64(q, person.n);
    db_queue(q);
}
