/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/maintenance.h"

#include <stdio.h>
#include <string.h>

#include "wallet/bank.h"
#include "wallet/sequence.h"
#include "wallet/staff.h"
#include "wallet/wake.h"

#define COLUMNS                                                                                       \
    "id, functions, bank, everything, words, words_zh, progress, progress_zh, emergency, starts_ms, " \
    "ends_ms, changed_ms"

enum { ADD, CHANGE, SHOWN };
static const struct sql maintenance_sql[] = {
    [ADD] = {"INSERT INTO maintenance (" COLUMNS
             ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"},
    [CHANGE] = {"UPDATE maintenance SET progress = $1, progress_zh = $2, ends_ms = $3, changed_ms = $4 WHERE "
                "id = $5"},
    [SHOWN] = {"SELECT " COLUMNS " FROM maintenance WHERE ends_ms > $1 ORDER BY id DESC LIMIT $2"},
};
DB_STATEMENTS(maintenance_sql)

/* --- pure --- */

enum window_state window_state(const struct window *window, int64_t now_ms) {
    if (now_ms < window->starts_ms) return WINDOW_PLANNED;
    return now_ms < window->ends_ms ? WINDOW_UNDER_WAY : WINDOW_OVER;
}

/* Of several the one that lasts longest: until then it stays closed. */
static const struct window *longest(const struct windows *windows, int64_t functions, int bank,
                                    int64_t now_ms) {
    const struct window *found = NULL;
    for (size_t i = 0; i < windows->count; i++) {
        const struct window *w = &windows->rows[i];
        bool closes = w->everything || (w->functions & functions) || (bank && w->bank == bank);
        if (!closes || window_state(w, now_ms) != WINDOW_UNDER_WAY) continue;
        if (!found || w->ends_ms > found->ends_ms) found = w;
    }
    return found;
}

const struct window *windows_function(const struct windows *windows, enum function function, int64_t now_ms) {
    return longest(windows, FUNCTION_BIT(function), 0, now_ms);
}

const struct window *windows_bank(const struct windows *windows, int bank, int64_t now_ms) {
    return longest(windows, 0, bank, now_ms);
}

bool maintenance_words_valid(struct text words) {
    size_t characters;
    return text_utf8(words, &characters) && characters > 0 && characters <= MAINTENANCE_WORDS_MAX &&
           text_printable(words);
}

/* --- in a verb --- */

static enum err refuse(const struct window *window, const char *name, const char *name_zh,
                       struct fault *fault) {
    fault_set(fault, ERR_MAINTENANCE);
    snprintf(fault->name, sizeof fault->name, "%s", window->everything ? "钱包" : name_zh);
    snprintf(fault->name_en, sizeof fault->name_en, "%s", window->everything ? "The wallet" : name);
    fault->until_ms = window->ends_ms;
    return ERR_MAINTENANCE;
}

enum err maintenance_check(struct tx *tx, enum function function, struct fault *fault) {
    if (!tx->maintenance || tx->maintenance->working.count == 0) return ERR_OK;
    const struct window *window = windows_function(&tx->maintenance->working, function, tx->now_ms);
    if (!window) return ERR_OK;
    const struct function_row *row = function_row(function);
    return refuse(window, row->label, row->label_zh, fault);
}

enum err maintenance_check_bank(struct tx *tx, int bank, struct fault *fault) {
    if (!tx->maintenance || tx->maintenance->working.count == 0) return ERR_OK;
    const struct window *window = windows_bank(&tx->maintenance->working, bank, tx->now_ms);
    if (!window) return ERR_OK;
    const struct bank_row *row = bank_by_no(bank);
    return refuse(window, row->name, row->name_zh, fault);
}

enum err maintenance_check_all(struct tx *tx, struct fault *fault) {
    if (!tx->maintenance || tx->maintenance->working.count == 0) return ERR_OK;
    const struct window *window = longest(&tx->maintenance->working, 0, 0, tx->now_ms);
    return window ? refuse(window, "", "", fault) : ERR_OK;
}

/* --- what is held in memory --- */

static struct window window_read(const struct stmt *q) {
    struct window w = {
        .id = db_col_u64(q, 0),
        .functions = db_col_i64(q, 1),
        .bank = (int)db_col_i64(q, 2),
        .everything = db_col_i64(q, 3) != 0,
        .emergency = db_col_i64(q, 8) != 0,
        .starts_ms = db_col_i64(q, 9),
        .ends_ms = db_col_i64(q, 10),
        .changed_ms = db_col_i64(q, 11),
    };
    text_keep(db_col_text(q, 4), w.words[LANG_EN], sizeof w.words[0]);
    text_keep(db_col_text(q, 5), w.words[LANG_ZH], sizeof w.words[0]);
    text_keep(db_col_text(q, 6), w.progress[LANG_EN], sizeof w.progress[0]);
    text_keep(db_col_text(q, 7), w.progress[LANG_ZH], sizeof w.progress[0]);
    return w;
}

enum err maintenance_open(struct maintenance *m, struct db *db, int64_t now_ms) {
    *m = (struct maintenance){.turned_ms = now_ms, .lock = PTHREAD_MUTEX_INITIALIZER};
    db_begin(db);
    struct stmt *q = db_stmt(db, &maintenance_sql[SHOWN]);
    db_bind_i64(q, now_ms - MAINTENANCE_SHOWN_MS);
    db_bind_i64(q, MAINTENANCE_WINDOWS_MAX);
    while (m->working.count < MAINTENANCE_WINDOWS_MAX && db_row(q))
        m->working.rows[m->working.count++] = window_read(q);
    db_done(q);
    bool read = !db_failed(db);
    db_rollback(db);
    m->published = m->working;
    return read ? ERR_OK : ERR_STORE;
}

static void part_mark(void *arg, int64_t now_ms) {
    (void)arg;
    (void)now_ms;
}

static void part_flush(void *arg, struct db *db) {
    (void)arg;
    (void)db;
}

/* Has a window begun or ended by its time since the last group? */
static bool turns(struct maintenance *m, int64_t now_ms) {
    bool turned = false;
    for (size_t i = 0; i < m->working.count; i++) {
        const struct window *w = &m->working.rows[i];
        turned = turned || window_state(w, m->turned_ms) != window_state(w, now_ms);
    }
    m->turned_ms = now_ms;
    return turned;
}

static void part_publish(void *arg, int64_t now_ms) {
    struct maintenance *m = arg;
    if (turns(m, now_ms)) wake_everybody(m->wakes);
    if (!m->changed && !m->switched) return;
    if (m->switched) atomic_store(&m->read_only, m->switched_to);
    m->changed = m->switched = false;
    pthread_mutex_lock(&m->lock);
    m->published = m->working;
    pthread_mutex_unlock(&m->lock);
    wake_everybody(m->wakes);
}

static void part_undo(void *arg) {
    struct maintenance *m = arg;
    if (m->changed) m->working = m->marked;
    m->changed = m->switched = false;
}

struct writer_part maintenance_part(struct maintenance *maintenance) {
    return (struct writer_part){maintenance, part_mark, part_flush, part_publish, part_undo, NULL};
}

/* Called before the first change of a group. */
static struct windows *changing(struct tx *tx) {
    struct maintenance *m = tx->maintenance;
    if (!m->changed) m->marked = m->working;
    m->changed = true;
    return &m->working;
}

void maintenance_read(struct maintenance *m, struct windows *out) {
    pthread_mutex_lock(&m->lock);
    *out = m->published;
    pthread_mutex_unlock(&m->lock);
}

/* --- staff --- */

static void log_act(struct tx *tx, const struct staff *by, enum audit_act act, const struct window *window) {
    struct audit_line line = {.act = act,
                              .by = staff_by(by),
                              .subject_kind = AUDIT_OF_WINDOW,
                              .subject = window->id};
    text_keep(text_of(window->words[LANG_EN]), line.reason, sizeof line.reason);
    audit_log_add(tx, &line);
}

/* Room for one more: the oldest that is over goes out of memory. */
static bool make_room(struct windows *windows, int64_t now_ms) {
    if (windows->count < MAINTENANCE_WINDOWS_MAX) return true;
    for (size_t i = windows->count; i > 0; i--) {
        if (window_state(&windows->rows[i - 1], now_ms) != WINDOW_OVER) continue;
        memmove(&windows->rows[i - 1], &windows->rows[i], (windows->count - i) * sizeof windows->rows[0]);
        windows->count--;
        return true;
    }
    return false;
}

static enum err add_check(const struct maintenance_cmd *cmd, struct fault *fault) {
    if (!cmd->functions && !cmd->bank && !cmd->everything) return fault_field(fault, ERR_BAD_FIELD, "/what");
    if (cmd->in_ms < 0 || cmd->in_ms > 12 * MAINTENANCE_SHOWN_MS)
        return fault_field(fault, ERR_BAD_FIELD, "/in");
    if (cmd->for_ms <= 0 || cmd->for_ms > MAINTENANCE_LONGEST_MS)
        return fault_field(fault, ERR_BAD_FIELD, "/for");
    if (!maintenance_words_valid(cmd->words)) return fault_field(fault, ERR_BAD_FIELD, "/words");
    if (!maintenance_words_valid(cmd->words_zh)) return fault_field(fault, ERR_BAD_FIELD, "/words_zh");
    return ERR_OK;
}

enum err maintenance_add(struct tx *tx, const struct staff *by, const struct maintenance_cmd *cmd,
                         struct fault *fault, struct window *out) {
    enum err err = staff_check(tx, by, fault);
    if (err == ERR_OK) err = add_check(cmd, fault);
    if (err != ERR_OK) return err;
    struct windows *windows = changing(tx);
    if (!make_room(windows, tx->now_ms)) return fault_set(fault, ERR_WINDOWS_FULL);

    /* from here it must succeed */
    struct window w = {
        .id = sequence_take(tx->sequence),
        .functions = cmd->functions,
        .bank = cmd->bank,
        .everything = cmd->everything,
        .emergency = cmd->emergency,
        .starts_ms = tx->now_ms + cmd->in_ms,
        .ends_ms = tx->now_ms + cmd->in_ms + cmd->for_ms,
        .changed_ms = tx->now_ms,
    };
    text_keep(cmd->words, w.words[LANG_EN], sizeof w.words[0]);
    text_keep(cmd->words_zh, w.words[LANG_ZH], sizeof w.words[0]);
    struct stmt *q = db_stmt(tx->db, &maintenance_sql[ADD]);
    db_bind_u64(q, w.id);
    db_bind_i64(q, w.functions);
    db_bind_i64(q, w.bank);
    db_bind_i64(q, w.everything);
    db_bind_str(q, w.words[LANG_EN]);
    db_bind_str(q, w.words[LANG_ZH]);
    db_bind_str(q, "");
    db_bind_str(q, "");
    db_bind_i64(q, w.emergency);
    db_bind_i64(q, w.starts_ms);
    db_bind_i64(q, w.ends_ms);
    db_bind_i64(q, w.changed_ms);
    db_run(q);
    memmove(&windows->rows[1], &windows->rows[0], windows->count * sizeof windows->rows[0]);
    windows->rows[0] = w;
    windows->count++;
    log_act(tx, by, AUDIT_MAINTENANCE_ADD, &w);
    *out = w;
    return ERR_OK;
}

static struct window *find(struct windows *windows, uint64_t id) {
    for (size_t i = 0; i < windows->count; i++)
        if (windows->rows[i].id == id) return &windows->rows[i];
    return NULL;
}

enum err maintenance_change(struct tx *tx, const struct staff *by, const struct maintenance_change *change,
                            struct fault *fault, struct window *out) {
    enum err err = staff_check(tx, by, fault);
    if (err != ERR_OK) return err;
    struct window *w = find(&tx->maintenance->working, change->id);
    if (!w) return fault_field(fault, ERR_NOT_FOUND, "/id");
    if (window_state(w, tx->now_ms) == WINDOW_OVER) return fault_set(fault, ERR_WINDOW_OVER);
    if (change->for_ms < 0 || change->for_ms > MAINTENANCE_LONGEST_MS)
        return fault_field(fault, ERR_BAD_FIELD, "/for");
    if (change->progress.n && !maintenance_words_valid(change->progress))
        return fault_field(fault, ERR_BAD_FIELD, "/progress");
    if (change->progress_zh.n && !maintenance_words_valid(change->progress_zh))
        return fault_field(fault, ERR_BAD_FIELD, "/progress_zh");

    /* from here it must succeed */
    w = find(changing(tx), change->id);
    if (change->for_ms) w->ends_ms = tx->now_ms + change->for_ms;
    if (change->ends) w->ends_ms = tx->now_ms;
    if (change->ends && w->starts_ms > tx->now_ms) w->starts_ms = tx->now_ms; /* it never began */
    if (change->progress.n) text_keep(change->progress, w->progress[LANG_EN], sizeof w->progress[0]);
    if (change->progress_zh.n) text_keep(change->progress_zh, w->progress[LANG_ZH], sizeof w->progress[0]);
    w->changed_ms = tx->now_ms;
    struct stmt *q = db_stmt(tx->db, &maintenance_sql[CHANGE]);
    db_bind_str(q, w->progress[LANG_EN]);
    db_bind_str(q, w->progress[LANG_ZH]);
    db_bind_i64(q, w->ends_ms);
    db_bind_i64(q, w->changed_ms);
    db_bind_u64(q, w->id);
    db_run(q);
    log_act(tx, by, change->ends ? AUDIT_MAINTENANCE_END : AUDIT_MAINTENANCE_CHANGE, w);
    *out = *w;
    return ERR_OK;
}

enum err maintenance_readonly(struct tx *tx, const struct staff *by, bool on, struct fault *fault) {
    enum err err = staff_check(tx, by, fault);
    if (err != ERR_OK) return err;
    audit_log_add(tx, &(struct audit_line){.act = on ? AUDIT_READONLY_ON : AUDIT_READONLY_OFF,
                                           .by = staff_by(by),
                                           .subject_kind = AUDIT_OF_WINDOW});
    tx->maintenance->switched = true;
    tx->maintenance->switched_to = on;
    return ERR_OK;
}
