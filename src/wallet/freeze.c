/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/freeze_order.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/log.h"
#include "ledger/bytes.h"
#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/books.h"
#include "wallet/code.h"
#include "wallet/house.h"
#include "wallet/merchant.h"
#include "wallet/payment.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/sequence.h"
#include "wallet/wake.h"

#define NEVER_CHANGES \
    "id, person, reason, scope, functions, amount, document, begun_ms, expires_ms, by_kind, by_id"
#define COLUMNS \
    NEVER_CHANGES ", state, held, asked_by, asked_ms, ended_ms, ended_by_kind, ended_by, taken, take_asked"

enum {
    ADD,
    FIND,
    STANDING,
    ENDED,
    WAITING,
    STARTS,
    BEGIN,
    LIST_ALL,
    END,
    ASK,
    HELD,
    DUE,
    SHORT,
    ENTRY_ADD,
    ENTRY_MOVE,
    ENTRIES,
    MARK,
    MARKED,
    DIGEST
};
static const struct sql freeze_sql[] = {
    [ADD] = {"INSERT INTO freeze_order (" NEVER_CHANGES
             ", grp, state, held, asked_by, asked_ms, ended_ms, ended_by_kind, ended_by) "
             "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0, 0, 0, 0)"},
    [FIND] = {"SELECT " COLUMNS " FROM freeze_order WHERE id = $1"},
    [STANDING] = {"SELECT " COLUMNS
                  " FROM freeze_order WHERE person = $1 AND state = 1 ORDER BY id DESC LIMIT $2"},
    [ENDED] = {"SELECT " COLUMNS " FROM freeze_order WHERE person = $1 AND state IN (2, 3) AND begun_ms <= "
               "ended_ms ORDER BY id DESC LIMIT "
               "$2"},
    [WAITING] = {"SELECT " COLUMNS
                 " FROM freeze_order WHERE person = $1 AND state = 4 ORDER BY begun_ms, id LIMIT $2"},
    [STARTS] = {"SELECT " COLUMNS
                " FROM freeze_order WHERE state = 4 AND begun_ms <= $1 ORDER BY begun_ms, id LIMIT $2"},
    [BEGIN] = {"UPDATE freeze_order SET state = 1, held = $1 WHERE id = $2 AND state = 4"},
    [LIST_ALL] = {"SELECT " COLUMNS
                  " FROM freeze_order WHERE state IN (1, 4) AND id < $1 ORDER BY id DESC LIMIT $2"},
    [END] = {"UPDATE freeze_order SET state = $1, ended_ms = $2, ended_by_kind = $3, ended_by = $4 WHERE id "
             "= $5 AND state IN (1, 4)"},
    [ASK] = {"UPDATE freeze_order SET asked_by = $1, asked_ms = $2 WHERE id = $3 AND state IN (1, 4) AND "
             "asked_by = "
             "0"},
    [HELD] = {"UPDATE freeze_order SET held = $1 WHERE id = $2 AND state = 1"},
    [DUE] = {"SELECT " COLUMNS " FROM freeze_order WHERE state = 1 AND expires_ms > 0 AND expires_ms <= $1 "
             "ORDER BY expires_ms LIMIT $2"},
    [SHORT] = {"SELECT " COLUMNS
               " FROM freeze_order WHERE state = 1 AND held + taken < amount ORDER BY reason, id LIMIT $1"},
    [ENTRY_ADD] = {"INSERT INTO freeze_entry (freeze_order, account, entry) VALUES ($1, $2, $3)"},
    [ENTRY_MOVE] = {"UPDATE freeze_entry SET entry = $1 WHERE freeze_order = $2 AND account = $3"},
    [ENTRIES] = {"SELECT account, entry FROM freeze_entry WHERE freeze_order = $1 ORDER BY account LIMIT $2"},
    [MARK] = {"UPDATE person SET frozen = $1 WHERE id = $2"},
    [MARKED] = {"SELECT frozen FROM person WHERE id = $1"},
    [DIGEST] = {"SELECT " COLUMNS ", grp FROM freeze_order WHERE id > $1 ORDER BY id LIMIT $2"},
};
DB_STATEMENTS(freeze_sql)

enum {
    SHOPS_MAX = 1000, /* as many as merchants_max may allow */
    ACCOUNTS_MAX = 1 + SHOPS_MAX,
    BATCH_MAX = 64,
    SHORT_MAX = 256,
};
#define STARTS_WITHIN_MS (INT64_C(366) * 24 * 3600 * 1000)

/* --- the tables --- */

static const struct freeze_reason_row reasons[] = {
    {FREEZE_BY_COURT, FREEZE_COURT, "court", "order of an authority", "有权机关冻结",
     "Ask the authority named here; only it can lift this.", "请联系这里写明的机关,只有它可以解除。"},
    {FREEZE_BY_DEATH, FREEZE_DECEASED, "deceased", "estate being settled", "继承办理中",
     "The heirs' papers: death certificate, and the notary's certificate of inheritance.",
     "请继承人提供死亡证明和继承公证书。"},
    {FREEZE_BY_IDENTITY, FREEZE_COMPLIANCE, "identity", "ID card expired", "身份证过期",
     "A photo of both sides of your new ID card.", "请提供新身份证的正反面照片。"},
    {FREEZE_BY_LOSS, FREEZE_SECURITY, "lost", "reported lost", "已挂失",
     "Say that the phone is yours again; we compare your ID card.",
     "请告诉我们手机已找回或换新,我们会核对身份证。"},
    {FREEZE_BY_STAFF, FREEZE_RISK, "unusual", "unusual activity", "异常操作保护",
     "Say what you did; for a large payment, for what it was.", "请说明最近的操作;大额的请说明用途。"},
    {FREEZE_BY_PERSON, FREEZE_SELF, "self", "frozen by you", "你自己冻结",
     "Send nothing: your PIN and a code to your phone lift it.",
     "不用提供材料:输入支付密码和短信验证码就能解除。"},
    {FREEZE_BY_PINS, FREEZE_RISK, "pins", "many wrong PINs", "密码多次输错",
     "Say whether it was you who typed the PIN.", "请说明是不是你本人输错了支付密码。"},
    {FREEZE_BY_PAYEES, FREEZE_RISK, "payees", "many new payees", "短时间多个新收款人",
     "Say who the people are whom you sent money to.", "请说明这些收款人是谁、为什么转账。"},
    {FREEZE_BY_HABIT, FREEZE_RISK, "habit", "unusually large", "金额远超平时",
     "Say what the large payment is for.", "请说明这笔大额付款的用途。"},
    {FREEZE_BY_DEVICE, FREEZE_RISK, "device", "new device", "新设备大额付款",
     "Say whether the new device is yours.", "请说明新登录的设备是不是你的。"},
    {FREEZE_BY_BOOKS, FREEZE_BOOKS, "books", "our books being checked", "账目核对中",
     "Send nothing: this is our fault, and we tell you the result.",
     "不用提供材料:是我们的问题,有结果会通知你。"},
};

static const struct freeze_kind_row kinds[] = {
    {FREEZE_COURT, "court", "Order of a court or an authority", "司法或有权机关冻结"},
    {FREEZE_DECEASED, "deceased", "The owner has died", "所有人去世"},
    {FREEZE_COMPLIANCE, "compliance", "Papers to be renewed", "资料待更新"},
    {FREEZE_SECURITY, "security", "Reported lost", "挂失"},
    {FREEZE_RISK, "risk", "To protect your money", "安全保护"},
    {FREEZE_SELF, "self", "Frozen by yourself", "自己冻结"},
    {FREEZE_BOOKS, "books", "Our own check", "我们在核对账目"},
};

static const struct freeze_scope_row scopes[] = {
    {FREEZE_DEBITS, "debits", "What leaves: paying, sending, withdrawing", "支出:付款、转账、提现",
     "Receiving, topping up, bills and all else", "收钱、充值、查账单等都可以"},
    {FREEZE_CREDITS, "credits", "What comes in: receiving, topping up", "收入:收钱、充值",
     "Paying, sending, withdrawing, bills and all else", "付款、转账、提现、查账单等都可以"},
    {FREEZE_BOTH, "both", "What leaves and what comes in", "支出和收入",
     "Seeing your balance, bills and this page", "可以查看零钱、账单和这个页面"},
    {FREEZE_AMOUNT, "amount", "A part of the balance", "零钱里的一部分",
     "What is above that part, receiving, and paying by card", "超出的部分照常使用,也可以收钱、用银行卡付款"},
    {FREEZE_FUNCTION, "function", "Some functions", "部分功能", "Everything else", "其他功能都可以"},
};

/* How a kind may end. */
static const struct way_out {
    enum freeze_kind kind;
    bool by_two, by_document;
} ways_out[] = {
    {FREEZE_COURT, false, true},
    {FREEZE_RISK, true, false},
};

#define TABLE(name, row_type, table)                    \
    const struct row_type *name##_rows(size_t *count) { \
        *count = sizeof(table) / sizeof(table)[0];      \
        return table;                                   \
    }
TABLE(freeze_reason, freeze_reason_row, reasons)
TABLE(freeze_kind, freeze_kind_row, kinds)
TABLE(freeze_scope, freeze_scope_row, scopes)

const struct freeze_reason_row *freeze_reason_row(enum freeze_reason reason) {
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].reason == reason) return &reasons[i];
    return &reasons[FREEZE_BY_STAFF - 1]; /* a row that was bent: the audit finds it */
}

const struct freeze_kind_row *freeze_kind_row(enum freeze_kind kind) {
    size_t at = 0;
    while (at + 1 < sizeof kinds / sizeof kinds[0] && kinds[at].kind != kind) at++;
    return &kinds[at];
}

const struct freeze_scope_row *freeze_scope_row(enum freeze_scope scope) {
    size_t at = 0;
    while (at + 1 < sizeof scopes / sizeof scopes[0] && scopes[at].scope != scope) at++;
    return &scopes[at];
}

static enum freeze_kind kind_of(const struct freeze *freeze) {
    return freeze_reason_row(freeze->reason)->kind;
}

/* Of an amount: how much is still to be held. */
static int64_t lacking_of(const struct freeze *f) {
    return f->amount.fen - f->taken.fen - f->held.fen;
}

bool freeze_order_stops_debits(const struct freeze *f) {
    return f->scope == FREEZE_DEBITS || f->scope == FREEZE_BOTH ||
           (f->scope == FREEZE_AMOUNT && lacking_of(f) > 0);
}

static bool stops_credits(const struct freeze *f) {
    return f->scope == FREEZE_CREDITS || f->scope == FREEZE_BOTH;
}

/* --- rows --- */

static struct freeze row_read(const struct stmt *q) {
    struct freeze f = {
        .id = {db_col_u64(q, 0)},
        .person = {db_col_u64(q, 1)},
        .reason = (enum freeze_reason)db_col_i64(q, 2),
        .scope = (enum freeze_scope)db_col_i64(q, 3),
        .functions = db_col_i64(q, 4),
        .amount = {db_col_i64(q, 5)},
        .begun_ms = db_col_i64(q, 7),
        .expires_ms = db_col_i64(q, 8),
        .by = {(enum audit_by_kind)db_col_i64(q, 9), db_col_u64(q, 10)},
        .state = (enum freeze_state)db_col_i64(q, 11),
        .held = {db_col_i64(q, 12)},
        .asked_by = {db_col_u64(q, 13)},
        .asked_ms = db_col_i64(q, 14),
        .ended_ms = db_col_i64(q, 15),
        .ended_by = {(enum audit_by_kind)db_col_i64(q, 16), db_col_u64(q, 17)},
        .taken = {db_col_i64(q, 18)},
        .take_asked = {db_col_i64(q, 19)},
    };
    text_keep(db_col_text(q, 6), f.document, sizeof f.document);
    return f;
}

static size_t rows_read(struct stmt *q, struct freeze *out, size_t most) {
    size_t count = 0;
    while (count < most && db_row(q)) out[count++] = row_read(q);
    db_done(q);
    return count;
}

bool freeze_find(struct db *db, struct freeze_id id, struct freeze *out) {
    struct stmt *q = db_stmt(db, &freeze_sql[FIND]);
    db_bind_u64(q, id.n);
    return rows_read(q, out, 1) == 1;
}

static size_t list(struct db *db, int statement, struct person_id person, struct freeze *out, size_t most) {
    struct stmt *q = db_stmt(db, &freeze_sql[statement]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, (int64_t)most);
    return rows_read(q, out, most);
}

/* The newest come first; those of a higher rank pass them. */
static void sort_by_rank(struct freeze *rows, size_t count) {
    for (size_t i = 1; i < count; i++) {
        struct freeze moved = rows[i];
        size_t at = i;
        for (; at > 0 && kind_of(&rows[at - 1]) > kind_of(&moved); at--) rows[at] = rows[at - 1];
        rows[at] = moved;
    }
}

size_t freeze_list(struct db *db, struct person_id person, bool ended, struct freeze *out, size_t most) {
    size_t count = list(db, STANDING, person, out, most);
    sort_by_rank(out, count);
    if (ended && count < most) count += list(db, ENDED, person, out + count, most - count);
    return count;
}

size_t freeze_order_standing(struct db *db, struct person_id person, struct freeze out[FREEZES_STANDING_MAX]) {
    return list(db, STANDING, person, out, FREEZES_STANDING_MAX);
}

size_t freeze_list_waiting(struct db *db, struct person_id person, struct freeze *out, size_t most) {
    return list(db, WAITING, person, out, most);
}

size_t freeze_list_all(struct db *db, uint64_t before, struct freeze *out, size_t most) {
    struct stmt *q = db_stmt(db, &freeze_sql[LIST_ALL]);
    db_bind_i64(q, before ? (int64_t)before : INT64_MAX);
    db_bind_i64(q, (int64_t)most);
    return rows_read(q, out, most);
}

/* --- what refuses --- */

static void add_moment(struct buf *out, int64_t at_ms, int64_t now_ms) {
    char moment[CIVIL_TEXT_MAX];
    civil_text(at_ms, moment);
    bool far = civil_of(at_ms).year != civil_of(now_ms).year;
    if (far) buf_format(out, "%.5s", moment);
    buf_format(out, "%.5s %.5s", moment + 5, moment + 11); /* 11-25 14:20 */
}

/* Why, since when and until when, in both languages: what a refusal says of the freeze. */
static void tell(const struct freeze *f, int64_t now_ms, struct fault *fault) {
    const struct freeze_reason_row *row = freeze_reason_row(f->reason);
    struct buf words;
    buf_init(&words, 256);
    buf_add_text(&words, row->label_zh);
    buf_add_text(&words, ",");
    add_moment(&words, f->begun_ms, now_ms);
    buf_add_text(&words, " 起");
    if (f->expires_ms) {
        buf_add_text(&words, ",");
        add_moment(&words, f->expires_ms, now_ms);
        buf_add_text(&words, " 止");
    }
    text_keep((struct text){buf_text(&words), words.size}, fault->name, sizeof fault->name);
    buf_clear(&words);
    buf_format(&words, "%s, since ", row->label);
    add_moment(&words, f->begun_ms, now_ms);
    if (f->expires_ms) {
        buf_add_text(&words, ", until ");
        add_moment(&words, f->expires_ms, now_ms);
    }
    text_keep((struct text){buf_text(&words), words.size}, fault->name_en, sizeof fault->name_en);
    buf_release(&words);
    fault->until_ms = f->expires_ms;
}

static struct person_id owner_of(struct db *db, const struct account *account) {
    struct merchant shop;
    if (account->code == CHART_PERSON) return (struct person_id){account->owner};
    bool found =
        account->code == CHART_MERCHANT && merchant_find(db, (struct merchant_id){account->owner}, &shop);
    return found ? shop.owner : (struct person_id){0};
}

/* The refusal, told by the highest order that `stops`. */
static enum err refuse(struct tx *tx, struct person_id person, enum err code,
                       bool (*stops)(const struct freeze *), struct fault *fault) {
    struct freeze standing[FREEZES_STANDING_MAX];
    size_t count = freeze_list(tx->db, person, false, standing, FREEZES_STANDING_MAX);
    fault_set(fault, code);
    for (size_t i = 0; i < count; i++)
        if (stops(&standing[i])) {
            tell(&standing[i], tx->now_ms, fault);
            break;
        }
    return code;
}

enum err freeze_check_debit(struct tx *tx, struct account_no no, struct fault *fault) {
    struct account account;
    if (!ledger_account_get(tx->ledger, no, &account) || !(account.flags & ACCOUNT_DEBITS_FROZEN))
        return ERR_OK;
    return refuse(tx, owner_of(tx->db, &account), ERR_PAYER_FROZEN, freeze_order_stops_debits, fault);
}

enum err freeze_check_credit(struct tx *tx, struct account_no no, struct fault *fault) {
    struct account account;
    bool frozen = ledger_account_get(tx->ledger, no, &account) && account.flags & ACCOUNT_CREDITS_FROZEN;
    return frozen ? fault_set(fault, ERR_PAYEE_FROZEN) : ERR_OK; /* why is the payee's to know */
}

enum err freeze_check_own_credit(struct tx *tx, const struct actor *actor, struct fault *fault) {
    struct account account;
    bool frozen =
        ledger_account_get(tx->ledger, actor->account, &account) && account.flags & ACCOUNT_CREDITS_FROZEN;
    return frozen ? refuse(tx, actor->person, ERR_CREDITS_FROZEN, stops_credits, fault) : ERR_OK;
}

static bool holds(const struct freeze *f) {
    return f->scope == FREEZE_AMOUNT && f->held.fen > 0;
}

enum err freeze_check_amount(struct tx *tx, struct account_no no, int64_t lacking_fen, struct fault *fault) {
    struct freeze standing[FREEZES_STANDING_MAX];
    struct account account;
    int64_t held = 0;
    if (!ledger_account_get(tx->ledger, no, &account) || account.code != CHART_PERSON ||
        account.debits_pending == 0)
        return ERR_OK;
    struct person_id person = {account.owner};
    size_t count = freeze_list(tx->db, person, false, standing, FREEZES_STANDING_MAX);
    for (size_t i = 0; i < count; i++)
        if (holds(&standing[i])) held += standing[i].held.fen;
    if (held < lacking_fen) return ERR_OK;
    refuse(tx, person, ERR_AMOUNT_FROZEN, holds, fault);
    fault->amount = held;
    fault->left = (int64_t)(account.credits_posted - account.debits_posted - account.debits_pending);
    return ERR_AMOUNT_FROZEN;
}

enum err freeze_refuse_function(struct tx *tx, struct person_id person, enum function function,
                                struct fault *fault) {
    struct freeze standing[FREEZES_STANDING_MAX];
    size_t count = freeze_list(tx->db, person, false, standing, FREEZES_STANDING_MAX);
    fault_set(fault, ERR_FUNCTION_FROZEN);
    for (size_t i = 0; i < count; i++)
        if (standing[i].functions & FUNCTION_BIT(function)) {
            tell(&standing[i], tx->now_ms, fault);
            break;
        }
    return ERR_FUNCTION_FROZEN;
}

bool freeze_has_function(struct db *db, struct person_id person, enum function function) {
    struct stmt *q = db_stmt(db, &freeze_sql[MARKED]);
    db_bind_u64(q, person.n);
    bool frozen = db_row(q) && db_col_i64(q, 0) & FUNCTION_BIT(function);
    db_done(q);
    return frozen;
}

/* --- the entries --- */

void freeze_order_mark(struct ledger_event *event, struct freeze_id id, enum freeze_mark mark) {
    bytes_put64(event->user_data, id.n);
    event->user_data[8] = (unsigned char)mark;
}

/* What replaces another one is two entries: the second says what stands now. */
enum freeze_event freeze_event_of(const struct entry *entry, struct freeze_id *out) {
    enum freeze_mark mark = entry->user_data[8];
    bool ends = entry->flags & ENTRY_VOID;
    if (entry->code != MOVEMENT_FREEZE || mark == FREEZE_MARK_AGAIN || (mark == FREEZE_MARK_REPLACES && ends))
        return FREEZE_NO_EVENT;
    out->n = bytes_get64(entry->user_data);
    if (mark == FREEZE_MARK_REPLACES) return FREEZE_CHANGED;
    return ends ? FREEZE_ENDED : FREEZE_BEGAN;
}

static uint16_t flags_of(enum freeze_scope scope) {
    switch (scope) {
    case FREEZE_DEBITS: return ENTRY_FREEZES_DEBITS;
    case FREEZE_CREDITS: return ENTRY_FREEZES_CREDITS;
    case FREEZE_BOTH: return ENTRY_FREEZES_DEBITS | ENTRY_FREEZES_CREDITS;
    case FREEZE_AMOUNT:
    case FREEZE_FUNCTION: break;
    }
    return ENTRY_FREEZES_AMOUNT; /* of nothing, for a function: so that the chain knows it */
}

struct ledger_event freeze_order_entry(struct tx *tx, const struct freeze *f, struct account_no account) {
    struct ledger_event event = {
        .debit = account.n,
        .credit = house_account(tx, CHART_SUSPENSE).n,
        .amount = (uint64_t)f->held.fen,
        .asset = ASSET_CNY,
        .code = MOVEMENT_FREEZE,
        .flags = ENTRY_PENDING | flags_of(f->scope),
        .role = ROLE_INNER,
    };
    /* Until so much is there, all that is there is under the order. */
    if (f->scope == FREEZE_AMOUNT && lacking_of(f) > 0) event.flags |= ENTRY_FREEZES_DEBITS;
    freeze_order_mark(&event, f->id, FREEZE_MARK_OWN);
    return event;
}

static void entry_add(struct tx *tx, struct freeze_id id, uint64_t account, uint64_t entry) {
    struct stmt *q = db_stmt(tx->db, &freeze_sql[ENTRY_ADD]);
    db_bind_u64(q, id.n);
    db_bind_u64(q, account);
    db_bind_u64(q, entry);
    db_queue(q);
}

void freeze_order_entry_moved(struct tx *tx, struct freeze_id id, struct account_no account, uint64_t entry) {
    struct stmt *q = db_stmt(tx->db, &freeze_sql[ENTRY_MOVE]);
    db_bind_u64(q, entry);
    db_bind_u64(q, id.n);
    db_bind_u64(q, account.n);
    db_run(q);
}

/* The person's own account and, of what stops all that leaves or comes in, those of the shops. */
static size_t accounts_of(struct tx *tx, const struct person *person, enum freeze_scope scope,
                          struct account_no out[ACCOUNTS_MAX]) {
    struct merchant shops[SHOPS_MAX];
    size_t count = 0;
    out[count++] = person->account;
    if (scope == FREEZE_AMOUNT || scope == FREEZE_FUNCTION) return count;
    size_t shops_count = merchant_list(tx->db, person->id, shops, SHOPS_MAX);
    for (size_t i = 0; i < shops_count; i++) out[count++] = shops[i].account;
    return count;
}

static int64_t available(struct tx *tx, struct account_no no) {
    struct account account;
    if (!ledger_account_get(tx->ledger, no, &account)) return 0;
    int64_t left = (int64_t)(account.credits_posted - account.debits_posted - account.debits_pending);
    return left > 0 ? left : 0;
}

static bool any_full(struct tx *tx, const struct account_no *accounts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct account account;
        if (ledger_account_get(tx->ledger, accounts[i], &account) &&
            ((account.flags & ACCOUNT_DEBITS_FROZEN) == ACCOUNT_DEBITS_FROZEN ||
             (account.flags & ACCOUNT_CREDITS_FROZEN) == ACCOUNT_CREDITS_FROZEN))
            return true;
    }
    return false;
}

static void lay(struct tx *tx, const struct freeze *f, const struct account_no *accounts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct ledger_event event = freeze_order_entry(tx, f, accounts[i]);
        enum ledger_reason reason = ledger_apply(tx->ledger, &event, 1);
        assert(reason == REASON_OK ||
               db_failed(tx->db)); /* it was asked, and an open wallet's accounts are open */
        entry_add(tx, f->id, accounts[i].n, event.entry);
    }
}

void freeze_new_account(struct tx *tx, struct person_id person, struct account_no account) {
    struct freeze standing[FREEZES_STANDING_MAX];
    size_t count = freeze_list(tx->db, person, false, standing, FREEZES_STANDING_MAX);
    for (size_t i = 0; i < count; i++)
        if (standing[i].scope <= FREEZE_BOTH) lay(tx, &standing[i], &account, 1);
}

static void take_off(struct tx *tx, const struct freeze *f) {
    struct ledger_event events[ACCOUNTS_MAX];
    size_t count = 0;
    struct stmt *q = db_stmt(tx->db, &freeze_sql[ENTRIES]);
    db_bind_u64(q, f->id.n);
    db_bind_i64(q, ACCOUNTS_MAX);
    while (count < ACCOUNTS_MAX && db_row(q)) {
        events[count] =
            (struct ledger_event){.pending = db_col_u64(q, 1), .flags = ENTRY_VOID, .role = ROLE_INNER};
        freeze_order_mark(&events[count++], f->id, FREEZE_MARK_OWN);
    }
    db_done(q);
    enum ledger_reason reason = ledger_apply(tx->ledger, events, count);
    assert(reason == REASON_OK || db_failed(tx->db));
}

/* --- what follows each act --- */

void freeze_order_log(struct tx *tx, const struct freeze *f, enum audit_act act, struct audit_by by,
                      struct text note) {
    struct audit_line line = {.act = act, .by = by, .subject_kind = AUDIT_OF_FREEZE, .subject = f->id.n};
    text_keep(note, line.reason, sizeof line.reason);
    audit_log_add(tx, &line);
}

/* What comes with the person from now on, and who hears of it. */
void freeze_order_spread(struct tx *tx, struct person_id person, enum code_purpose told) {
    struct freeze standing[FREEZES_STANDING_MAX];
    char phone[PHONE_BYTES];
    size_t count = freeze_list(tx->db, person, false, standing, FREEZES_STANDING_MAX);
    int64_t frozen = count > 0;
    for (size_t i = 0; i < count; i++) frozen |= standing[i].functions;
    struct stmt *q = db_stmt(tx->db, &freeze_sql[MARK]);
    db_bind_i64(q, frozen);
    db_bind_u64(q, person.n);
    db_run(q);
    if (person_phone(tx->db, tx->keys, person, phone)) sms_tell(tx, text_of(phone), told);
    crypto_wipe(phone, sizeof phone);
    wake_person(tx, person);
}

/* --- the digest --- */

enum { DIGEST_NUMBERS = 9, DIGEST_BYTES = DIGEST_NUMBERS * 8 + FREEZE_DOCUMENT_BYTES };

static size_t digest_bytes(const struct freeze *f, struct text document, unsigned char out[DIGEST_BYTES]) {
    const uint64_t numbers[DIGEST_NUMBERS] = {f->person.n,
                                              f->reason,
                                              f->scope,
                                              (uint64_t)f->functions,
                                              (uint64_t)f->amount.fen,
                                              (uint64_t)f->begun_ms,
                                              (uint64_t)f->expires_ms,
                                              f->by.kind,
                                              f->by.id};
    size_t size = document.n < FREEZE_DOCUMENT_BYTES ? document.n : FREEZE_DOCUMENT_BYTES;
    for (size_t i = 0; i < DIGEST_NUMBERS; i++) bytes_put64(out + i * 8, numbers[i]);
    memcpy(out + sizeof numbers, document.p, size);
    return sizeof numbers + size;
}

static void digest_rows(struct db *db, uint64_t after, int limit, struct ledger_feed *feed) {
    struct stmt *q = db_stmt(db, &freeze_sql[DIGEST]);
    db_bind_u64(q, after);
    db_bind_i64(q, limit);
    while (db_row(q)) {
        unsigned char bytes[DIGEST_BYTES];
        struct freeze f = row_read(q);
        ledger_digest_feed(feed, f.id.n, db_col_u64(q, 20), bytes, digest_bytes(&f, db_col_text(q, 6), bytes));
    }
    db_done(q);
}

void freeze_register_digests(struct ledger *ledger) {
    ledger_digest_source(ledger, ROWS_FREEZE, digest_rows);
}

/* --- laying one on --- */

static void row_add(struct tx *tx, const struct freeze *f) {
    unsigned char bytes[DIGEST_BYTES];
    struct stmt *q = db_stmt(tx->db, &freeze_sql[ADD]);
    db_bind_u64(q, f->id.n);
    db_bind_u64(q, f->person.n);
    db_bind_i64(q, f->reason);
    db_bind_i64(q, f->scope);
    db_bind_i64(q, f->functions);
    db_bind_i64(q, f->amount.fen);
    db_bind_str(q, f->document);
    db_bind_i64(q, f->begun_ms);
    db_bind_i64(q, f->expires_ms);
    db_bind_i64(q, f->by.kind);
    db_bind_u64(q, f->by.id);
    db_bind_u64(q, ledger_group(tx->ledger).n);
    db_bind_i64(q, f->state);
    db_bind_i64(q, f->held.fen);
    db_run(q);
    ledger_digest_row(tx->ledger, ROWS_FREEZE, f->id.n, bytes, digest_bytes(f, text_of(f->document), bytes));
}

/* It stands from now on: how much of its amount is there to be held? */
static void measure(struct tx *tx, struct freeze *f, struct account_no account) {
    int64_t there = available(tx, account);
    if (f->scope == FREEZE_AMOUNT) f->held.fen = there < f->amount.fen ? there : f->amount.fen;
    f->state = FREEZE_STANDING;
}

/* The order was judged; what may still refuse it is the wallet. */
static enum err begin(struct tx *tx, const struct freeze_cmd *cmd, struct audit_by by, struct fault *fault,
                      struct freeze *out) {
    struct account_no accounts[ACCOUNTS_MAX];
    struct freeze standing[FREEZES_STANDING_MAX];
    struct person person;
    if (!person_find(tx->db, tx->keys, cmd->person, &person) || person.state != PERSON_OPEN)
        return fault_set(fault, ERR_NOT_FOUND);
    size_t count = accounts_of(tx, &person, cmd->scope, accounts);
    if (any_full(tx, accounts, count) ||
        freeze_order_standing(tx->db, person.id, standing) +
                list(tx->db, WAITING, person.id, standing, FREEZES_STANDING_MAX) >=
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
    row_add(tx, out);
    freeze_order_log(tx, out, AUDIT_FREEZE_ADD, by, cmd->note);
    if (cmd->starts_ms) return ERR_OK; /* nobody is told before it stands */
    lay(tx, out, accounts, count);
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

void freeze_order_row_end(struct tx *tx, struct freeze *f, enum freeze_state state, struct audit_by by) {
    struct stmt *q = db_stmt(tx->db, &freeze_sql[END]);
    db_bind_i64(q, state);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, by.kind);
    db_bind_u64(q, by.id);
    db_bind_u64(q, f->id.n);
    bool ended = db_run(q) == 1;
    assert(ended || db_failed(tx->db)); /* it was read in this transaction */
    f->state = state;
    f->ended_ms = tx->now_ms;
    f->ended_by = by;
}

static void end(struct tx *tx, struct freeze *f, enum freeze_state state, enum audit_act act,
                struct audit_by by, struct text note) {
    bool stood = f->state == FREEZE_STANDING;
    freeze_order_row_end(tx, f, state, by);
    freeze_order_log(tx, f, act, by, note);
    if (!stood) return; /* it never began, and the person never heard of it */
    take_off(tx, f);
    if (f->reason == FREEZE_BY_BOOKS) books_settle(tx, f->person, by);
    freeze_order_spread(tx, f->person, TOLD_UNFROZEN);
}

static struct way_out way_out_of(enum freeze_kind kind) {
    for (size_t i = 0; i < sizeof ways_out / sizeof ways_out[0]; i++)
        if (ways_out[i].kind == kind) return ways_out[i];
    return (struct way_out){kind, false, false};
}

enum err freeze_order_find_open(struct tx *tx, struct freeze_id id, struct fault *fault, struct freeze *out) {
    if (!freeze_find(tx->db, id, out)) return fault_set(fault, ERR_NOT_FOUND);
    bool open = out->state == FREEZE_STANDING || out->state == FREEZE_WAITING;
    return open ? ERR_OK : fault_set(fault, ERR_FREEZE_OVER);
}

enum err freeze_release(struct tx *tx, const struct staff *by, const struct freeze_release_cmd *cmd,
                        struct fault *fault, struct freeze *out) {
    enum err err = staff_check(tx, by, fault);
    if (err == ERR_OK) err = freeze_order_find_open(tx, cmd->id, fault, out);
    if (err != ERR_OK) return err;
    if (!audit_reason_valid(cmd->note)) return fault_field(fault, ERR_BAD_FIELD, "/reason");
    struct way_out way = way_out_of(kind_of(out));
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
    if (kind_of(out) != FREEZE_SELF) return fault_set(fault, ERR_FREEZE_NOT_OWN);
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
    struct account_no accounts[ACCOUNTS_MAX];
    struct person person;
    const struct audit_by time = {AUDIT_BY_TIME, 0};
    bool open = person_find(tx->db, tx->keys, f->person, &person) && person.state == PERSON_OPEN;
    if (!open) {
        end(tx, f, FREEZE_EXPIRED, AUDIT_FREEZE_EXPIRE, time, TEXT("the wallet is closed"));
        return;
    }
    size_t count = accounts_of(tx, &person, f->scope, accounts);
    if (any_full(tx, accounts, count)) {
        log_error("freeze: an order's time has come, and as many stand on the wallet as it can carry");
        return; /* asked again at the next turn */
    }
    measure(tx, f, person.account);
    struct stmt *q = db_stmt(tx->db, &freeze_sql[BEGIN]);
    db_bind_i64(q, f->held.fen);
    db_bind_u64(q, f->id.n);
    db_run(q);
    lay(tx, f, accounts, count);
    freeze_order_log(tx, f, AUDIT_FREEZE_BEGIN, time, (struct text){"", 0});
    freeze_order_spread(tx, f->person, TOLD_FROZEN);
}

/* Those whose moment, to begin or to end, has come. */
static size_t due_now(struct tx *tx, int statement, int most, struct freeze out[BATCH_MAX]) {
    struct stmt *q = db_stmt(tx->db, &freeze_sql[statement]);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, most < BATCH_MAX ? most : BATCH_MAX);
    return rows_read(q, out, BATCH_MAX);
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

/* Takes the place of what it holds by one that holds more. */
static bool cover(struct tx *tx, struct freeze *f) {
    struct account_no account = {0};
    struct entry_no entry = {0};
    struct stmt *q = db_stmt(tx->db, &freeze_sql[ENTRIES]);
    db_bind_u64(q, f->id.n);
    db_bind_i64(q, 1);
    if (db_row(q)) {
        account.n = db_col_u64(q, 0);
        entry.n = db_col_u64(q, 1);
    }
    db_done(q);
    int64_t more = available(tx, account);
    if (more == 0) return false;
    int64_t lacking = lacking_of(f);
    f->held.fen += more < lacking ? more : lacking;
    struct ledger_event events[2] = {{.pending = entry.n, .flags = ENTRY_VOID | ENTRY_LINKED, .role = ROLE_INNER},
                                     freeze_order_entry(tx, f, account)};
    freeze_order_mark(&events[0], f->id, FREEZE_MARK_REPLACES);
    freeze_order_mark(&events[1], f->id, FREEZE_MARK_REPLACES);
    enum ledger_reason reason = ledger_apply(tx->ledger, events, 2);
    assert(reason == REASON_OK || db_failed(tx->db));
    freeze_order_entry_moved(tx, f->id, account, events[1].entry);
    q = db_stmt(tx->db, &freeze_sql[HELD]);
    db_bind_i64(q, f->held.fen);
    db_bind_u64(q, f->id.n);
    db_run(q);
    wake_person(tx, f->person);
    return true;
}

int freeze_cover_due(struct tx *tx, int most) {
    struct freeze rows[SHORT_MAX];
    int covered = 0;
    struct stmt *q = db_stmt(tx->db, &freeze_sql[SHORT]);
    db_bind_i64(q, most < SHORT_MAX ? most : SHORT_MAX);
    size_t count = rows_read(q, rows, SHORT_MAX);
    for (size_t i = 0; i < count; i++) covered += cover(tx, &rows[i]);
    return covered;
}
