/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/case.h"

#include <assert.h>
#include <string.h>

#include "ledger/bytes.h"
#include "ledger/ledger.h"
#include "wallet/evidence.h"
#include "wallet/freeze.h"
#include "wallet/sequence.h"
#include "wallet/staff.h"
#include "wallet/wake.h"

#define CASE_COLUMNS "id, person, kind, about_kind, about, code, opened_ms, step, due_ms, decision, closed_ms"
#define LINE_COLUMNS "id, of_case, person, by_kind, by_id, what, decision, at_ms, entry, words"
#define BY_OTHERS "by_kind <> 3" /* as the index case_line_told has it */

enum {
    ADD,
    FIND,
    OF_PERSON,
    SAME,
    OPEN_COUNT,
    OPENED_NTH,
    QUEUE,
    PACK,
    MOVE,
    LINE_ADD,
    LINES,
    LINES_COUNT,
    SAID_NTH,
    TOLD,
    UNREAD,
    DIGEST,
    LINE_DIGEST
};
static const struct sql case_sql[] = {
    [ADD] = {"INSERT INTO person_case (" CASE_COLUMNS ", pack, grp) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
             "$9, 0, 0, $10, $11)"},
    [FIND] = {"SELECT " CASE_COLUMNS " FROM person_case WHERE id = $1"},
    [OF_PERSON] = {"SELECT " CASE_COLUMNS
                   " FROM person_case WHERE person = $1 AND id < $2 ORDER BY id DESC LIMIT $3"},
    [SAME] = {"SELECT " CASE_COLUMNS " FROM person_case WHERE person = $1 AND kind = $2 AND about_kind = $3 "
              "AND about = $4 AND code = $5 AND closed_ms = 0 ORDER BY id LIMIT 1"},
    [OPEN_COUNT] = {"SELECT CAST(COUNT(*) AS BIGINT) FROM person_case WHERE person = $1 AND closed_ms = 0"},
    [OPENED_NTH] = {"SELECT opened_ms FROM person_case WHERE person = $1 ORDER BY id DESC LIMIT 1 OFFSET $2"},
    [QUEUE] = {"SELECT " CASE_COLUMNS " FROM person_case WHERE closed_ms = 0 ORDER BY due_ms, id LIMIT $1"},
    [PACK] = {"SELECT pack FROM person_case WHERE id = $1"},
    [MOVE] =
        {"UPDATE person_case SET step = $1, due_ms = $2, decision = $3, closed_ms = $4 WHERE id = $5 AND "
         "step = $6 AND closed_ms = 0"},
    [LINE_ADD] = {"INSERT INTO case_line (" LINE_COLUMNS
                  ", grp) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"},
    [LINES] = {"SELECT " LINE_COLUMNS " FROM case_line WHERE of_case = $1 AND id > $2 ORDER BY id LIMIT $3"},
    [LINES_COUNT] = {"SELECT CAST(COUNT(*) AS BIGINT) FROM case_line WHERE of_case = $1"},
    [SAID_NTH] = {"SELECT at_ms FROM case_line WHERE of_case = $1 AND by_kind = 3 AND what = 2 ORDER BY id "
                  "DESC LIMIT 1 "
                  "OFFSET $2"},
    [TOLD] = {"SELECT " LINE_COLUMNS " FROM case_line WHERE person = $1 AND id < $2 AND " BY_OTHERS
              " ORDER BY id DESC LIMIT $3"},
    [UNREAD] = {"SELECT id FROM case_line WHERE person = $1 AND id > $2 AND " BY_OTHERS
                " ORDER BY id LIMIT $3"},
    [DIGEST] = {"SELECT " CASE_COLUMNS ", pack, grp FROM person_case WHERE id > $1 ORDER BY id LIMIT $2"},
    [LINE_DIGEST] = {"SELECT " LINE_COLUMNS ", grp FROM case_line WHERE id > $1 ORDER BY id LIMIT $2"},
};
DB_STATEMENTS(case_sql)

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, ANSWER_H = 7 * 24 };

/* --- the tables --- */

static const struct case_kind_row kinds[] = {
    {CASE_FREEZE_APPEAL, "freeze_appeal", "Appeal against a freeze", "冻结申诉", 2, 24},
    {CASE_UNKNOWN_PAYMENT, "unknown_payment", "A payment that I do not know", "不认识的付款", 2, 24},
    {CASE_WRONG_BALANCE, "wrong_balance", "The balance looks wrong", "零钱不对", 2, 24},
    {CASE_FAILED_PAYMENT, "failed_payment", "A payment that failed", "没有付成", 24, 48},
    {CASE_CARD, "card", "Bank card", "银行卡问题", 24, 72},
    {CASE_IDENTITY, "identity", "Real name", "实名认证问题", 24, 72},
    {CASE_OTHER, "other", "Another question", "其他问题", 24, 72},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static const struct case_step_row steps[] = {
    {CASE_RECEIVED, "received", "Received", "已收到"},
    {CASE_AT_WORK, "at_work", "Being looked at", "正在处理"},
    {CASE_ASKED, "asked", "Waiting for your answer", "等你回答"},
    {CASE_CLOSED, "closed", "Closed", "已结束"},
};

static const struct case_decision_row decisions[] = {
    {0, CASE_SETTLED, "settled", "Settled: you no longer need us", "你说已经解决", true},
    {0, CASE_NO_ANSWER, "no_answer", "Closed, because no answer came", "没有等到回答,先结束了", false},
    {CASE_FREEZE_APPEAL, CASE_RELEASE, "release", "The freeze is lifted", "同意解除冻结", false},
    {CASE_FREEZE_APPEAL, CASE_KEEP, "keep", "The freeze stays", "暂时不能解除冻结", false},
    {CASE_FREEZE_APPEAL, CASE_AUTHORITY, "authority", "Only the authority that ordered it can lift it",
     "要由作出冻结的机关解除", false},
    {CASE_UNKNOWN_PAYMENT, CASE_NOT_YOURS, "not_yours", "It was not you, and we act on that",
     "确认不是你付的,按盗用处理", false},
    {CASE_UNKNOWN_PAYMENT, CASE_YOURS, "yours", "It was paid on your device or with your PIN",
     "核实是用你的设备或支付密码付的", false},
    {CASE_UNKNOWN_PAYMENT, CASE_SHOP_RETURNS, "shop_returns", "The shop gives it back", "商家同意退款", false},
    {CASE_WRONG_BALANCE, CASE_RIGHT, "right", "Everything was added up again, and it is right",
     "重新核对过,账目没有错", false},
    {CASE_WRONG_BALANCE, CASE_MENDED, "mended", "It was our fault and is mended", "是我们的问题,已经改正",
     false},
    {CASE_FAILED_PAYMENT, CASE_EXPLAINED, "explained", "Explained", "已说明原因", false},
    {CASE_FAILED_PAYMENT, CASE_MENDED, "mended", "Mended: please try again", "已经解决,可以再试", false},
    {CASE_FAILED_PAYMENT, CASE_BANK, "bank", "Only the bank can help", "要由银行处理", false},
    {CASE_CARD, CASE_EXPLAINED, "explained", "Explained", "已说明原因", false},
    {CASE_CARD, CASE_MENDED, "mended", "Mended: please try again", "已经解决,可以再试", false},
    {CASE_CARD, CASE_BANK, "bank", "Only the bank can help", "要由银行处理", false},
    {CASE_IDENTITY, CASE_VERIFIED, "verified", "Verified", "核验通过", false},
    {CASE_IDENTITY, CASE_NOT_VERIFIED, "not_verified", "Not verified", "核验没有通过", false},
    {CASE_OTHER, CASE_EXPLAINED, "explained", "Answered", "已答复", false},
    {CASE_OTHER, CASE_MENDED, "mended", "Mended", "已经解决", false},
};
enum { DECISIONS = sizeof decisions / sizeof decisions[0] };

const struct case_kind_row *case_kind_rows(size_t *count) {
    *count = KINDS;
    return kinds;
}

const struct case_kind_row *case_kind_row(enum case_kind kind) {
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].kind == kind) return &kinds[i];
    return &kinds[KINDS - 1];
}

const struct case_step_row *case_step_row(enum case_step step) {
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i].step == step) return &steps[i];
    return &steps[0];
}

const struct case_decision_row *case_decision_rows(size_t *count) {
    *count = DECISIONS;
    return decisions;
}

const struct case_decision_row *case_decision_row(enum case_kind kind, enum case_decision decision) {
    for (size_t i = 0; i < DECISIONS; i++)
        if (decisions[i].decision == decision && (decisions[i].kind == 0 || decisions[i].kind == kind))
            return &decisions[i];
    return NULL;
}

const struct case_decision_row *case_decision_of(enum case_kind kind, struct text name) {
    for (size_t i = 0; i < DECISIONS; i++)
        if ((decisions[i].kind == 0 || decisions[i].kind == kind) && !decisions[i].by_person &&
            text_is(name, decisions[i].name))
            return &decisions[i];
    return NULL;
}

const char *case_what_name(enum case_what what) {
    switch (what) {
    case CASE_OPENED: return "opened";
    case CASE_SAID: return "said";
    case CASE_ASKS: return "asks";
    case CASE_DECIDED: return "decided";
    }
    return "?";
}

bool case_words_valid(struct text words) {
    size_t characters;
    return text_utf8(words, &characters) && characters <= CASE_WORDS_MAX && text_printable(words);
}

/* --- reads --- */

static struct case_file file_read(const struct stmt *q) {
    return (struct case_file){
        .id = db_col_u64(q, 0),
        .person = {db_col_u64(q, 1)},
        .kind = (enum case_kind)db_col_i64(q, 2),
        .about_kind = (enum case_about)db_col_i64(q, 3),
        .about = db_col_u64(q, 4),
        .code = (enum err)db_col_i64(q, 5),
        .opened_ms = db_col_i64(q, 6),
        .step = (enum case_step)db_col_i64(q, 7),
        .due_ms = db_col_i64(q, 8),
        .decision = (enum case_decision)db_col_i64(q, 9),
        .closed_ms = db_col_i64(q, 10),
    };
}

static bool file_one(struct stmt *q, struct case_file *out) {
    bool found = db_row(q);
    if (found) *out = file_read(q);
    db_done(q);
    return found;
}

static size_t files(struct stmt *q, struct case_file *out, size_t most) {
    size_t count = 0;
    while (count < most && db_row(q)) out[count++] = file_read(q);
    db_done(q);
    return count;
}

bool case_find(struct db *db, uint64_t id, struct case_file *out) {
    struct stmt *q = db_stmt(db, &case_sql[FIND]);
    db_bind_u64(q, id);
    return file_one(q, out);
}

enum err case_of(struct db *db, const struct actor *actor, uint64_t id, struct fault *fault,
                 struct case_file *out) {
    if (!case_find(db, id, out) || out->person.n != actor->person.n) return fault_set(fault, ERR_NOT_FOUND);
    return ERR_OK;
}

size_t case_list(struct db *db, struct person_id person, uint64_t before, struct case_file *out, size_t most) {
    struct stmt *q = db_stmt(db, &case_sql[OF_PERSON]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, before ? (int64_t)before : INT64_MAX);
    db_bind_i64(q, (int64_t)most);
    return files(q, out, most);
}

size_t case_queue(struct db *db, struct case_file *out, size_t most) {
    struct stmt *q = db_stmt(db, &case_sql[QUEUE]);
    db_bind_i64(q, (int64_t)most);
    return files(q, out, most);
}

void case_pack(struct db *db, uint64_t id, struct buf *out) {
    struct stmt *q = db_stmt(db, &case_sql[PACK]);
    db_bind_u64(q, id);
    if (db_row(q)) {
        struct text pack = db_col_text(q, 0);
        buf_add(out, pack.p, pack.n);
    }
    db_done(q);
}

static struct case_line line_read(const struct stmt *q) {
    struct case_line line = {
        .id = db_col_u64(q, 0),
        .of_case = db_col_u64(q, 1),
        .person = {db_col_u64(q, 2)},
        .by = {(enum audit_by_kind)db_col_i64(q, 3), db_col_u64(q, 4)},
        .what = (enum case_what)db_col_i64(q, 5),
        .decision = (enum case_decision)db_col_i64(q, 6),
        .at_ms = db_col_i64(q, 7),
        .entry = {db_col_u64(q, 8)},
    };
    text_keep(db_col_text(q, 9), line.words, sizeof line.words);
    return line;
}

static size_t lines(struct stmt *q, struct case_line *out, size_t most) {
    size_t count = 0;
    while (count < most && db_row(q)) out[count++] = line_read(q);
    db_done(q);
    return count;
}

size_t case_lines(struct db *db, uint64_t id, uint64_t after, struct case_line *out, size_t most) {
    struct stmt *q = db_stmt(db, &case_sql[LINES]);
    db_bind_u64(q, id);
    db_bind_u64(q, after);
    db_bind_i64(q, (int64_t)most);
    return lines(q, out, most);
}

size_t case_told(struct db *db, struct person_id person, uint64_t before, struct case_line *out, size_t most) {
    struct stmt *q = db_stmt(db, &case_sql[TOLD]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, before ? (int64_t)before : INT64_MAX);
    db_bind_i64(q, (int64_t)most);
    return lines(q, out, most);
}

int case_told_after(struct db *db, struct person_id person, uint64_t after, int most) {
    struct stmt *q = db_stmt(db, &case_sql[UNREAD]);
    db_bind_u64(q, person.n);
    db_bind_u64(q, after);
    db_bind_i64(q, most);
    int count = 0;
    while (count < most && db_row(q)) count++;
    db_done(q);
    return count;
}

/* --- writing --- */

enum { CASE_NUMBERS = 6, CASE_DIGEST_BYTES = CASE_NUMBERS * 8 + 32 };

static void case_digest_bytes(const struct case_file *file, struct text pack,
                              unsigned char out[CASE_DIGEST_BYTES]) {
    const uint64_t numbers[CASE_NUMBERS] = {file->person.n, file->kind,           file->about_kind,
                                            file->about,    (uint64_t)file->code, (uint64_t)file->opened_ms};
    for (size_t i = 0; i < CASE_NUMBERS; i++) bytes_put64(out + i * 8, numbers[i]);
    crypto_sha256(pack.p, pack.n, out + sizeof numbers);
}

enum { LINE_NUMBERS = 8, LINE_DIGEST_BYTES = LINE_NUMBERS * 8 + 32 };

static void line_digest_bytes(const struct case_line *line, struct text words,
                              unsigned char out[LINE_DIGEST_BYTES]) {
    const uint64_t numbers[LINE_NUMBERS] = {line->of_case,         line->person.n, line->by.kind,
                                            line->by.id,           line->what,     line->decision,
                                            (uint64_t)line->at_ms, line->entry.n};
    for (size_t i = 0; i < LINE_NUMBERS; i++) bytes_put64(out + i * 8, numbers[i]);
    crypto_sha256(words.p, words.n, out + sizeof numbers);
}

static void line_add(struct tx *tx, const struct case_file *file, struct audit_by by, enum case_what what,
                     enum case_decision decision, struct text words) {
    unsigned char bytes[LINE_DIGEST_BYTES];
    struct case_line line = {
        .id = sequence_take(tx->sequence),
        .of_case = file->id,
        .person = file->person,
        .by = by,
        .what = what,
        .decision = decision,
        .at_ms = tx->now_ms,
        .entry = {ledger_next_entry(tx->ledger).n - 1},
    };
    struct stmt *q = db_stmt(tx->db, &case_sql[LINE_ADD]);
    db_bind_u64(q, line.id);
    db_bind_u64(q, line.of_case);
    db_bind_u64(q, line.person.n);
    db_bind_i64(q, line.by.kind);
    db_bind_u64(q, line.by.id);
    db_bind_i64(q, line.what);
    db_bind_i64(q, line.decision);
    db_bind_i64(q, line.at_ms);
    db_bind_u64(q, line.entry.n);
    db_bind_text(q, words);
    db_bind_u64(q, ledger_group(tx->ledger).n);
    db_run(q);
    line_digest_bytes(&line, words, bytes);
    ledger_digest_row(tx->ledger, ROWS_CASE_LINE, line.id, bytes, sizeof bytes);
    wake_person(tx, file->person);
}

/* Where a step leads, and by when that is due. */
static void move(struct tx *tx, struct case_file *file, enum case_step to, enum case_decision decision) {
    const struct case_kind_row *kind = case_kind_row(file->kind);
    const int hours[] =
        {[CASE_RECEIVED] = kind->received_h, [CASE_AT_WORK] = kind->work_h, [CASE_ASKED] = ANSWER_H, [CASE_CLOSED] = 0};
    enum case_step from = file->step;
    file->step = to;
    file->decision = decision;
    file->due_ms = to == CASE_CLOSED ? 0 : tx->now_ms + (int64_t)hours[to] * HOUR_MS;
    file->closed_ms = to == CASE_CLOSED ? tx->now_ms : 0;
    struct stmt *q = db_stmt(tx->db, &case_sql[MOVE]);
    db_bind_i64(q, to);
    db_bind_i64(q, file->due_ms);
    db_bind_i64(q, decision);
    db_bind_i64(q, file->closed_ms);
    db_bind_u64(q, file->id);
    db_bind_i64(q, from);
    bool moved = db_run(q) == 1;
    assert(moved || db_failed(tx->db)); /* it was asked in this transaction */
}

static int64_t number_of(struct stmt *q, int64_t none) {
    int64_t value = db_row(q) ? db_col_i64(q, 0) : none;
    db_done(q);
    return value;
}

static bool find_same(struct tx *tx, struct person_id person, const struct case_open_cmd *cmd,
                      struct case_file *out) {
    struct stmt *q = db_stmt(tx->db, &case_sql[SAME]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, cmd->kind);
    db_bind_i64(q, cmd->about_kind);
    db_bind_u64(q, cmd->about);
    db_bind_i64(q, cmd->code);
    return file_one(q, out);
}

static enum err may_open(struct tx *tx, struct person_id person, struct fault *fault) {
    struct stmt *q = db_stmt(tx->db, &case_sql[OPEN_COUNT]);
    db_bind_u64(q, person.n);
    if (number_of(q, 0) >= CASES_OPEN_MAX) {
        fault_set(fault, ERR_CASES_OPEN);
        fault->left = CASES_OPEN_MAX;
        return ERR_CASES_OPEN;
    }
    q = db_stmt(tx->db, &case_sql[OPENED_NTH]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, CASES_A_DAY_MAX - 1);
    int64_t until_ms = number_of(q, tx->now_ms - DAY_MS) + DAY_MS;
    if (until_ms <= tx->now_ms) return ERR_OK;
    fault_set(fault, ERR_CASES_TODAY);
    fault->until_ms = until_ms;
    return ERR_CASES_TODAY;
}

static void row_add(struct tx *tx, const struct case_file *file, struct text pack) {
    unsigned char bytes[CASE_DIGEST_BYTES];
    struct stmt *q = db_stmt(tx->db, &case_sql[ADD]);
    db_bind_u64(q, file->id);
    db_bind_u64(q, file->person.n);
    db_bind_i64(q, file->kind);
    db_bind_i64(q, file->about_kind);
    db_bind_u64(q, file->about);
    db_bind_i64(q, file->code);
    db_bind_i64(q, file->opened_ms);
    db_bind_i64(q, file->step);
    db_bind_i64(q, file->due_ms);
    db_bind_text(q, pack);
    db_bind_u64(q, ledger_group(tx->ledger).n);
    db_run(q);
    case_digest_bytes(file, pack, bytes);
    ledger_digest_row(tx->ledger, ROWS_CASE, file->id, bytes, sizeof bytes);
}

enum err case_open(struct tx *tx, const struct actor *actor, const struct case_open_cmd *cmd,
                   struct fault *fault, struct case_file *out) {
    struct buf pack;
    if (find_same(tx, actor->person, cmd, out)) return ERR_OK;
    enum err err = may_open(tx, actor->person, fault);
    if (err != ERR_OK) return err;

    /* from here it must succeed */
    buf_init(&pack, EVIDENCE_MAX);
    evidence_gather(tx, actor, cmd, &pack);
    *out = (struct case_file){
        .id = sequence_take(tx->sequence),
        .person = actor->person,
        .kind = cmd->kind,
        .about_kind = cmd->about_kind,
        .about = cmd->about,
        .code = cmd->code,
        .step = CASE_RECEIVED,
        .opened_ms = tx->now_ms,
        .due_ms = tx->now_ms + (int64_t)case_kind_row(cmd->kind)->received_h * HOUR_MS,
    };
    row_add(tx, out, (struct text){buf_text(&pack), pack.size});
    line_add(tx, out, (struct audit_by){AUDIT_BY_PERSON, actor->person.n}, CASE_OPENED, 0, cmd->words);
    buf_release(&pack);
    return ERR_OK;
}

/* Open, and with room for another line. */
static enum err may_add(struct tx *tx, const struct case_file *file, struct fault *fault) {
    if (file->closed_ms) return fault_set(fault, ERR_CASE_CLOSED);
    struct stmt *q = db_stmt(tx->db, &case_sql[LINES_COUNT]);
    db_bind_u64(q, file->id);
    return number_of(q, 0) < CASE_LINES_MAX ? ERR_OK : fault_set(fault, ERR_CASE_FULL);
}

enum err case_say(struct tx *tx, const struct actor *actor, uint64_t id, struct text words,
                  struct fault *fault, struct case_file *out) {
    enum err err = case_of(tx->db, actor, id, fault, out);
    if (err == ERR_OK) err = may_add(tx, out, fault);
    if (err != ERR_OK) return err;
    struct stmt *q = db_stmt(tx->db, &case_sql[SAID_NTH]);
    db_bind_u64(q, id);
    db_bind_i64(q, CASE_SAID_A_DAY_MAX - 1);
    int64_t until_ms = number_of(q, tx->now_ms - DAY_MS) + DAY_MS;
    if (until_ms > tx->now_ms) {
        fault_set(fault, ERR_CASES_TODAY);
        fault->until_ms = until_ms;
        return ERR_CASES_TODAY;
    }
    line_add(tx, out, (struct audit_by){AUDIT_BY_PERSON, actor->person.n}, CASE_SAID, 0, words);
    if (out->step == CASE_ASKED) move(tx, out, CASE_AT_WORK, 0);
    return ERR_OK;
}

enum err case_settle(struct tx *tx, const struct actor *actor, uint64_t id, struct fault *fault,
                     struct case_file *out) {
    enum err err = case_of(tx->db, actor, id, fault, out);
    if (err != ERR_OK) return err;
    if (out->closed_ms) return fault_set(fault, ERR_CASE_CLOSED);
    line_add(tx, out, (struct audit_by){AUDIT_BY_PERSON, actor->person.n}, CASE_DECIDED, CASE_SETTLED,
             (struct text){"", 0});
    move(tx, out, CASE_CLOSED, CASE_SETTLED);
    return ERR_OK;
}

/* --- staff --- */

static void log_act(struct tx *tx, const struct staff *by, enum audit_act act, const struct case_file *file,
                    const char *reason) {
    struct audit_line line = {.act = act, .by = staff_by(by), .subject_kind = AUDIT_OF_CASE, .subject = file->id};
    text_keep(text_of(reason), line.reason, sizeof line.reason);
    audit_log_add(tx, &line);
}

static enum err staff_may(struct tx *tx, const struct staff *by, uint64_t id, struct fault *fault,
                          struct case_file *out) {
    enum err err = staff_check(tx, by, fault);
    if (err != ERR_OK) return err;
    if (!case_find(tx->db, id, out)) return fault_set(fault, ERR_NOT_FOUND);
    return may_add(tx, out, fault);
}

enum err case_tell(struct tx *tx, const struct staff *by, uint64_t id, struct text words, bool asks,
                   struct fault *fault, struct case_file *out) {
    enum err err = staff_may(tx, by, id, fault, out);
    if (err != ERR_OK) return err;
    line_add(tx, out, staff_by(by), asks ? CASE_ASKS : CASE_SAID, 0, words);
    log_act(tx, by, AUDIT_CASE_TELL, out, asks ? "asks" : "said");
    if (asks || out->step == CASE_RECEIVED) move(tx, out, asks ? CASE_ASKED : CASE_AT_WORK, 0);
    return ERR_OK;
}

/* The freeze that the appeal is about, by its own rules: of a risk freeze the first of two only asks, and the case goes on. */
static enum err release(struct tx *tx, const struct staff *by, struct case_file *file, struct text words,
                        struct fault *fault, bool *ends) {
    struct freeze freeze;
    if (file->about_kind != CASE_ABOUT_FREEZE) return ERR_OK;
    const struct freeze_release_cmd cmd = {
        .id = {file->about},
        .note = words.n > 0 ? words : TEXT("the appeal is granted"),
    };
    enum err err = freeze_release(tx, by, &cmd, fault, &freeze);
    if (err == ERR_FREEZE_OVER) return ERR_OK; /* somebody released it meanwhile */
    if (err != ERR_OK) return err;
    *ends = freeze.state != FREEZE_STANDING;
    if (!*ends && file->step != CASE_AT_WORK) move(tx, file, CASE_AT_WORK, 0);
    return ERR_OK;
}

enum err case_decide(struct tx *tx, const struct staff *by, uint64_t id, struct text decision,
                     struct text words, struct fault *fault, struct case_file *out) {
    enum err err = staff_may(tx, by, id, fault, out);
    if (err != ERR_OK) return err;
    const struct case_decision_row *row = case_decision_of(out->kind, decision);
    if (!row) return fault_field(fault, ERR_CASE_DECISION, "/decision");
    bool ends = true;
    if (row->decision == CASE_RELEASE) err = release(tx, by, out, words, fault, &ends);
    if (err != ERR_OK) return err;
    if (!ends) return ERR_OK;
    line_add(tx, out, staff_by(by), CASE_DECIDED, row->decision, words);
    log_act(tx, by, AUDIT_CASE_DECIDE, out, row->name);
    move(tx, out, CASE_CLOSED, row->decision);
    return ERR_OK;
}

/* --- as a notice --- */

void case_line_text(const struct case_line *line, enum case_kind kind, enum err_language lang,
                    struct buf *out) {
    const struct case_kind_row *row = case_kind_row(kind);
    const struct case_decision_row *decision =
        line->what == CASE_DECIDED ? case_decision_row(kind, line->decision) : NULL;
    buf_add_text(out, lang == LANG_ZH ? row->label_zh : row->label);
    buf_add_text(out, ": ");
    if (decision) buf_add_text(out, lang == LANG_ZH ? decision->label_zh : decision->label);
    else if (line->what == CASE_ASKS)
        buf_add_text(out, lang == LANG_ZH ? "需要你回答" : "we need an answer from you");
    else buf_add_text(out, lang == LANG_ZH ? "有新的回复" : "there is an answer");
    buf_add_text(out, lang == LANG_ZH ? "。" : ".");
}

/* --- the digest --- */

static void digest_rows(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
    struct stmt *q = db_stmt(db, &case_sql[DIGEST]);
    db_bind_u64(q, after);
    db_bind_i64(q, limit);
    while (db_row(q)) {
        unsigned char bytes[CASE_DIGEST_BYTES];
        struct case_file file = file_read(q);
        case_digest_bytes(&file, db_col_text(q, 11), bytes);
        ledger_digest_feed(feed, file.id, db_col_u64(q, 12), bytes, sizeof bytes);
    }
    db_done(q);
}

static void line_digest_rows(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
    struct stmt *q = db_stmt(db, &case_sql[LINE_DIGEST]);
    db_bind_u64(q, after);
    db_bind_i64(q, limit);
    while (db_row(q)) {
        unsigned char bytes[LINE_DIGEST_BYTES];
        struct case_line line = line_read(q);
        line_digest_bytes(&line, db_col_text(q, 9), bytes);
        ledger_digest_feed(feed, line.id, db_col_u64(q, 10), bytes, sizeof bytes);
    }
    db_done(q);
}

void case_register_digests(struct ledger *ledger) {
    ledger_digest_source(ledger, ROWS_CASE, digest_rows);
    ledger_digest_source(ledger, ROWS_CASE_LINE, line_digest_rows);
}
