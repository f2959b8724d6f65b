/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/document.h"

#include <assert.h>
#include <string.h>

#include "wallet/code.h"
#include "wallet/person.h"
#include "wallet/throttle.h"
#include "wallet/tier.h"

enum { SEALED_MAX = (3 << 20) + SEAL_EXTRA };

enum { FIND, SIDES, PUT, PHOTO_PUT, PHOTO, WAITING, DECIDE, DROP, DROP_PHOTOS };
#define DOCUMENT_COLUMNS "person, state, revision, sent_ms, decided_ms, reason"
static const struct sql document_sql[] = {
    [FIND] = {"SELECT " DOCUMENT_COLUMNS " FROM document WHERE person = $1"},
    [SIDES] = {"SELECT id FROM document_photo WHERE id >= $1 AND id <= $2 ORDER BY id LIMIT 2"},
    [PUT] = {"INSERT INTO document (" DOCUMENT_COLUMNS ") VALUES ($1, $2, 1, $3, 0, 0) ON CONFLICT (person) "
             "DO UPDATE SET state = $2, revision = document.revision + 1, sent_ms = $3, decided_ms = 0, "
             "reason = 0"},
    [PHOTO_PUT] =
        {"INSERT INTO document_photo (id, width, height, jpeg_sealed) VALUES ($1, $2, $3, $4) ON CONFLICT "
         "(id) DO UPDATE SET width = $2, height = $3, jpeg_sealed = $4"},
    [PHOTO] = {"SELECT jpeg_sealed FROM document_photo WHERE id = $1"},
    [WAITING] = {"SELECT " DOCUMENT_COLUMNS
                 " FROM document WHERE state = 2 ORDER BY sent_ms, person LIMIT $1"},
    [DECIDE] =
        {"UPDATE document SET state = $2, decided_ms = $3, reason = $4 WHERE person = $1 AND state = 2 AND "
         "revision = $5"},
    [DROP] = {"DELETE FROM document WHERE person = $1 AND state <> 3"},
    [DROP_PHOTOS] =
        {"DELETE FROM document_photo WHERE id >= $1 AND id <= $2 AND NOT EXISTS (SELECT 1 FROM document "
         "WHERE person = $3 AND state = 3)"},
};
DB_STATEMENTS(document_sql)

static const char *const state_names[] = {
    [DOCUMENT_NONE] = "none",         [DOCUMENT_COLLECTING] = "collecting", [DOCUMENT_WAITING] = "waiting",
    [DOCUMENT_APPROVED] = "approved", [DOCUMENT_REJECTED] = "rejected",
};

const char *document_state_name(enum document_state state) {
    return state_names[state];
}

static const struct document_reason reasons[] = {
    {"blurred", ERR_DOCUMENT_BLURRED}, {"cut", ERR_DOCUMENT_CUT},          {"differs", ERR_DOCUMENT_DIFFERS},
    {"expired", ERR_DOCUMENT_EXPIRED}, {"copy", ERR_DOCUMENT_NO_ORIGINAL},
};

const struct document_reason *document_reasons(size_t *count) {
    *count = sizeof reasons / sizeof reasons[0];
    return reasons;
}

enum err document_reason_read(struct text name) {
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (text_is(name, reasons[i].name)) return reasons[i].code;
    return ERR_OK;
}

/* --- reads --- */

static uint64_t photo_id(struct person_id person, enum document_side side) {
    return 2 * person.n + (uint64_t)side;
}

static struct seal_place photo_place(struct person_id person, enum document_side side) {
    return seal_place(side == DOCUMENT_FRONT ? "document_photo.front" : "document_photo.back", person.n);
}

static void document_row(const struct stmt *q, struct document *out) {
    *out = (struct document){.person.n = db_col_u64(q, 0),
                             .state = (enum document_state)db_col_i64(q, 1),
                             .revision = db_col_i64(q, 2),
                             .sent_ms = db_col_i64(q, 3),
                             .decided_ms = db_col_i64(q, 4),
                             .reason = (enum err)db_col_i64(q, 5)};
}

static void find_sides(struct db *db, struct document *out) {
    struct stmt *q = db_stmt(db, &document_sql[SIDES]);
    db_bind_u64(q, photo_id(out->person, DOCUMENT_FRONT));
    db_bind_u64(q, photo_id(out->person, DOCUMENT_BACK));
    while (db_row(q)) out->has[db_col_u64(q, 0) & 1] = true;
    db_done(q);
}

void document_find(struct db *db, struct person_id person, struct document *out) {
    struct stmt *q = db_stmt(db, &document_sql[FIND]);
    db_bind_u64(q, person.n);
    *out = (struct document){.person = person};
    bool found = db_row(q);
    if (found) document_row(q, out);
    db_done(q);
    if (found) find_sides(db, out);
}

size_t document_waiting(struct db *db, struct document *out, size_t max) {
    size_t count = 0;
    struct stmt *q = db_stmt(db, &document_sql[WAITING]);
    db_bind_i64(q, (int64_t)max);
    while (count < max && db_row(q)) document_row(q, &out[count++]);
    db_done(q);
    for (size_t i = 0; i < count; i++) find_sides(db, &out[i]);
    return count;
}

bool document_photo(struct db *db, const struct keys *keys, struct person_id person, enum document_side side,
                    struct buf *out) {
    static const char zeros[4096] = {0};
    struct stmt *q = db_stmt(db, &document_sql[PHOTO]);
    db_bind_u64(q, photo_id(person, side));
    bool opened = db_row(q);
    struct text sealed = opened ? db_col_blob(q, 0) : (struct text){0};
    opened = opened && sealed.n > SEAL_EXTRA && sealed.n <= SEALED_MAX;
    if (opened) {
        size_t begin = out->size, size = sealed.n - SEAL_EXTRA;
        for (size_t left = size; left > 0; left -= left < sizeof zeros ? left : sizeof zeros)
            buf_add(out, zeros, left < sizeof zeros ? left : sizeof zeros);
        opened = !out->failed && keys_unseal(keys, KEY_DOCUMENT, photo_place(person, side).text, sealed.p,
                                             sealed.n, (unsigned char *)out->bytes + begin);
        if (!opened) out->size = begin;
    }
    db_done(q);
    return opened;
}

/* --- the person's --- */

static struct text throttle_subject(const struct actor *actor) {
    return (struct text){(const char *)&actor->person.n, sizeof actor->person.n};
}

enum err document_begin(struct view *view, const struct actor *actor, struct fault *fault) {
    if (actor->tier < 1) return fault_set(fault, ERR_REALNAME_NEEDED);
    return throttle_ask(view->db, view->keys, view->rules, THROTTLE_DOCUMENT, throttle_subject(actor),
                        view->now_ms, fault);
}

static void photo_put(struct tx *tx, const struct actor *actor, const struct document_put_cmd *cmd) {
    struct buf sealed;
    buf_init(&sealed, SEALED_MAX);
    buf_add(&sealed, cmd->jpeg.p, cmd->jpeg.n); /* room for the photo; what stands there is overwritten */
    for (int i = 0; i < SEAL_EXTRA; i++) buf_add_char(&sealed, 0);
    assert(!sealed.failed); /* kit/picture bounds it */
    keys_seal(tx->keys, KEY_DOCUMENT, photo_place(actor->person, cmd->side).text, cmd->jpeg.p, cmd->jpeg.n,
              (unsigned char *)sealed.bytes);
    struct stmt *q = db_stmt(tx->db, &document_sql[PHOTO_PUT]);
    db_bind_u64(q, photo_id(actor->person, cmd->side));
    db_bind_i64(q, cmd->width);
    db_bind_i64(q, cmd->height);
    db_bind_blob(q, sealed.bytes, sealed.size);
    db_run(q);
    buf_release(&sealed);
}

enum err document_put(struct tx *tx, const struct actor *actor, const struct document_put_cmd *cmd,
                      struct fault *fault, struct document *out) {
    if (actor->tier < 1) return fault_set(fault, ERR_REALNAME_NEEDED);
    if (throttle_count(tx, THROTTLE_DOCUMENT, throttle_subject(actor), fault)) return fault->code;

    /* From here it must succeed. */
    struct document before;
    document_find(tx->db, actor->person, &before);
    bool both = before.has[cmd->side == DOCUMENT_FRONT ? DOCUMENT_BACK : DOCUMENT_FRONT];
    photo_put(tx, actor, cmd);
    struct stmt *q = db_stmt(tx->db, &document_sql[PUT]);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, both ? DOCUMENT_WAITING : DOCUMENT_COLLECTING);
    db_bind_i64(q, tx->now_ms);
    db_run(q);
    if (before.state == DOCUMENT_APPROVED) tier_count(tx, actor->person);
    document_find(tx->db, actor->person, out);
    return ERR_OK;
}

void document_release(struct tx *tx, struct person_id person) {
    struct stmt *q = db_stmt(tx->db, &document_sql[DROP_PHOTOS]);
    db_bind_u64(q, photo_id(person, DOCUMENT_FRONT));
    db_bind_u64(q, photo_id(person, DOCUMENT_BACK));
    db_bind_u64(q, person.n);
    db_queue(q);
    q = db_stmt(tx->db, &document_sql[DROP]);
    db_bind_u64(q, person.n);
    db_queue(q);
}

/* --- the staff's --- */

static void note(struct tx *tx, const struct staff *by, enum audit_act act, struct person_id person,
                 struct text reason) {
    struct audit_line line = {.act = act,
                              .by = staff_by(by),
                              .subject_kind = AUDIT_OF_PERSON,
                              .subject = person.n};
    text_keep(reason, line.reason, sizeof line.reason);
    audit_log_add(tx, &line);
}

enum err document_look(struct tx *tx, const struct staff *by, struct person_id person, struct fault *fault) {
    struct document now;
    if (staff_check(tx, by, fault)) return fault->code;
    document_find(tx->db, person, &now);
    if (now.state == DOCUMENT_NONE) return fault_set(fault, ERR_NOT_FOUND);
    note(tx, by, AUDIT_DOCUMENT_LOOK, person, (struct text){0});
    return ERR_OK;
}

static const char *reason_name(enum err code) {
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].code == code) return reasons[i].name;
    return "";
}

enum err document_decide(struct tx *tx, const struct staff *by, const struct document_decide_cmd *cmd,
                         struct fault *fault, struct document *out) {
    struct document now;
    char phone[PHONE_BYTES];
    bool approved = cmd->reason == ERR_OK;
    if (staff_check(tx, by, fault)) return fault->code;
    document_find(tx->db, cmd->person, &now);
    if (now.state == DOCUMENT_NONE) return fault_set(fault, ERR_NOT_FOUND);
    if (now.revision != cmd->revision) return fault_set(fault, ERR_DOCUMENT_CHANGED);
    if (now.state != DOCUMENT_WAITING) return fault_set(fault, ERR_DOCUMENT_DECIDED);

    struct stmt *q = db_stmt(tx->db, &document_sql[DECIDE]);
    db_bind_u64(q, cmd->person.n);
    db_bind_i64(q, approved ? DOCUMENT_APPROVED : DOCUMENT_REJECTED);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, cmd->reason);
    db_bind_i64(q, cmd->revision);
    if (db_run(q) != 1) return fault_set(fault, ERR_DOCUMENT_CHANGED); /* the person was faster */

    /* From here it must succeed. */
    if (approved) tier_count(tx, cmd->person);
    note(tx, by, approved ? AUDIT_DOCUMENT_APPROVE : AUDIT_DOCUMENT_REJECT, cmd->person,
         text_of(reason_name(cmd->reason)));
    if (person_phone(tx->db, tx->keys, cmd->person, phone))
        sms_tell(tx, text_of(phone), approved ? TOLD_DOCUMENT_YES : TOLD_DOCUMENT_NO);
    crypto_wipe(phone, sizeof phone);
    document_find(tx->db, cmd->person, out);
    return ERR_OK;
}
