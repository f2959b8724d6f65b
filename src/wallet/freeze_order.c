/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/freeze_order.h"

#include <assert.h>
#include <string.h>

#include "ledger/bytes.h"
#include "ledger/chart.h"
#include "wallet/house.h"
#include "wallet/merchant.h"
#include "wallet/person.h"
#include "wallet/wake.h"

enum {
    ADD,
    FIND,
    STANDING,
    ENDED,
    WAITING,
    LIST_ALL,
    END,
    HELD,
    ENTRY_ADD,
    ENTRY_MOVE,
    ENTRIES,
    MARK,
    DIGEST
};
static const struct sql freeze_order_sql[] = {
    [ADD] = {"INSERT INTO freeze_order (" FREEZE_ORDER_NEVER_CHANGES
             ", grp, state, held, asked_by, asked_ms, ended_ms, ended_by_kind, ended_by) "
             "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0, 0, 0, 0)"},
    [FIND] = {"SELECT " FREEZE_ORDER_COLUMNS " FROM freeze_order WHERE id = $1"},
    [STANDING] = {"SELECT " FREEZE_ORDER_COLUMNS
                  " FROM freeze_order WHERE person = $1 AND state = 1 ORDER BY id DESC LIMIT $2"},
    [ENDED] = {"SELECT " FREEZE_ORDER_COLUMNS
               " FROM freeze_order WHERE person = $1 AND state IN (2, 3) AND begun_ms <= "
               "ended_ms ORDER BY id DESC LIMIT "
               "$2"},
    [WAITING] = {"SELECT " FREEZE_ORDER_COLUMNS
                 " FROM freeze_order WHERE person = $1 AND state = 4 ORDER BY begun_ms, id LIMIT $2"},
    [LIST_ALL] = {"SELECT " FREEZE_ORDER_COLUMNS
                  " FROM freeze_order WHERE state IN (1, 4) AND id < $1 ORDER BY id DESC LIMIT $2"},
    [END] = {"UPDATE freeze_order SET state = $1, ended_ms = $2, ended_by_kind = $3, ended_by = $4 WHERE id "
             "= $5 AND state IN (1, 4)"},
    [HELD] = {"UPDATE freeze_order SET held = $1 WHERE id = $2 AND state = 1"},
    [ENTRY_ADD] = {"INSERT INTO freeze_entry (freeze_order, account, entry) VALUES ($1, $2, $3)"},
    [ENTRY_MOVE] = {"UPDATE freeze_entry SET entry = $1 WHERE freeze_order = $2 AND account = $3"},
    [ENTRIES] = {"SELECT account, entry FROM freeze_entry WHERE freeze_order = $1 ORDER BY account LIMIT $2"},
    [MARK] = {"UPDATE person SET frozen = $1 WHERE id = $2"},
    [DIGEST] = {"SELECT " FREEZE_ORDER_COLUMNS ", grp FROM freeze_order WHERE id > $1 ORDER BY id LIMIT $2"},
};
DB_STATEMENTS(freeze_order_sql)

enum freeze_kind freeze_order_kind(const struct freeze *freeze) {
    return freeze_reason_row(freeze->reason)->kind;
}

int64_t freeze_order_lacking(const struct freeze *f) {
    return f->amount.fen - f->taken.fen - f->held.fen;
}

bool freeze_order_stops_debits(const struct freeze *f) {
    return f->scope == FREEZE_DEBITS || f->scope == FREEZE_BOTH ||
           (f->scope == FREEZE_AMOUNT && freeze_order_lacking(f) > 0);
}

/* --- its row --- */

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

size_t freeze_order_read(struct stmt *q, struct freeze *out, size_t most) {
    size_t count = 0;
    while (count < most && db_row(q)) out[count++] = row_read(q);
    db_done(q);
    return count;
}

bool freeze_find(struct db *db, struct freeze_id id, struct freeze *out) {
    struct stmt *q = db_stmt(db, &freeze_order_sql[FIND]);
    db_bind_u64(q, id.n);
    return freeze_order_read(q, out, 1) == 1;
}

static size_t list(struct db *db, int statement, struct person_id person, struct freeze *out, size_t most) {
    struct stmt *q = db_stmt(db, &freeze_order_sql[statement]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, (int64_t)most);
    return freeze_order_read(q, out, most);
}

/* The newest come first; those of a higher rank pass them. */
static void sort_by_rank(struct freeze *rows, size_t count) {
    for (size_t i = 1; i < count; i++) {
        struct freeze moved = rows[i];
        size_t at = i;
        for (; at > 0 && freeze_order_kind(&rows[at - 1]) > freeze_order_kind(&moved); at--)
            rows[at] = rows[at - 1];
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
    struct stmt *q = db_stmt(db, &freeze_order_sql[LIST_ALL]);
    db_bind_i64(q, before ? (int64_t)before : INT64_MAX);
    db_bind_i64(q, (int64_t)most);
    return freeze_order_read(q, out, most);
}

enum err freeze_order_find_open(struct tx *tx, struct freeze_id id, struct fault *fault, struct freeze *out) {
    if (!freeze_find(tx->db, id, out)) return fault_set(fault, ERR_NOT_FOUND);
    bool open = out->state == FREEZE_STANDING || out->state == FREEZE_WAITING;
    return open ? ERR_OK : fault_set(fault, ERR_FREEZE_OVER);
}

void freeze_order_row_end(struct tx *tx, struct freeze *f, enum freeze_state state, struct audit_by by) {
    struct stmt *q = db_stmt(tx->db, &freeze_order_sql[END]);
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
    struct stmt *q = db_stmt(db, &freeze_order_sql[DIGEST]);
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

void freeze_order_add(struct tx *tx, const struct freeze *f) {
    unsigned char bytes[DIGEST_BYTES];
    struct stmt *q = db_stmt(tx->db, &freeze_order_sql[ADD]);
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

/* --- its entries --- */

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
    if (f->scope == FREEZE_AMOUNT && freeze_order_lacking(f) > 0) event.flags |= ENTRY_FREEZES_DEBITS;
    freeze_order_mark(&event, f->id, FREEZE_MARK_OWN);
    return event;
}

static void entry_add(struct tx *tx, struct freeze_id id, uint64_t account, uint64_t entry) {
    struct stmt *q = db_stmt(tx->db, &freeze_order_sql[ENTRY_ADD]);
    db_bind_u64(q, id.n);
    db_bind_u64(q, account);
    db_bind_u64(q, entry);
    db_queue(q);
}

void freeze_order_entry_moved(struct tx *tx, struct freeze_id id, struct account_no account, uint64_t entry) {
    struct stmt *q = db_stmt(tx->db, &freeze_order_sql[ENTRY_MOVE]);
    db_bind_u64(q, entry);
    db_bind_u64(q, id.n);
    db_bind_u64(q, account.n);
    db_run(q);
}

size_t freeze_order_accounts(struct tx *tx, const struct person *person, enum freeze_scope scope,
                             struct account_no out[FREEZE_ACCOUNTS_MAX]) {
    struct merchant shops[FREEZE_SHOPS_MAX];
    size_t count = 0;
    out[count++] = person->account;
    if (scope == FREEZE_AMOUNT || scope == FREEZE_FUNCTION) return count;
    size_t shops_count = merchant_list(tx->db, person->id, shops, FREEZE_SHOPS_MAX);
    for (size_t i = 0; i < shops_count; i++) out[count++] = shops[i].account;
    return count;
}

int64_t freeze_order_available(struct tx *tx, struct account_no no) {
    struct account account;
    if (!ledger_account_get(tx->ledger, no, &account)) return 0;
    int64_t left = (int64_t)(account.credits_posted - account.debits_posted - account.debits_pending);
    return left > 0 ? left : 0;
}

bool freeze_order_full(struct tx *tx, const struct account_no *accounts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct account account;
        if (ledger_account_get(tx->ledger, accounts[i], &account) &&
            ((account.flags & ACCOUNT_DEBITS_FROZEN) == ACCOUNT_DEBITS_FROZEN ||
             (account.flags & ACCOUNT_CREDITS_FROZEN) == ACCOUNT_CREDITS_FROZEN))
            return true;
    }
    return false;
}

void freeze_order_lay(struct tx *tx, const struct freeze *f, const struct account_no *accounts, size_t count) {
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
        if (standing[i].scope <= FREEZE_BOTH) freeze_order_lay(tx, &standing[i], &account, 1);
}

void freeze_order_take_off(struct tx *tx, const struct freeze *f) {
    struct ledger_event events[FREEZE_ACCOUNTS_MAX];
    size_t count = 0;
    struct stmt *q = db_stmt(tx->db, &freeze_order_sql[ENTRIES]);
    db_bind_u64(q, f->id.n);
    db_bind_i64(q, FREEZE_ACCOUNTS_MAX);
    while (count < FREEZE_ACCOUNTS_MAX && db_row(q)) {
        events[count] =
            (struct ledger_event){.pending = db_col_u64(q, 1), .flags = ENTRY_VOID, .role = ROLE_INNER};
        freeze_order_mark(&events[count++], f->id, FREEZE_MARK_OWN);
    }
    db_done(q);
    enum ledger_reason reason = ledger_apply(tx->ledger, events, count);
    assert(reason == REASON_OK || db_failed(tx->db));
}

/* Takes the place of what it holds by one that holds more. */
bool freeze_order_cover(struct tx *tx, struct freeze *f) {
    struct account_no account = {0};
    struct entry_no entry = {0};
    struct stmt *q = db_stmt(tx->db, &freeze_order_sql[ENTRIES]);
    db_bind_u64(q, f->id.n);
    db_bind_i64(q, 1);
    if (db_row(q)) {
        account.n = db_col_u64(q, 0);
        entry.n = db_col_u64(q, 1);
    }
    db_done(q);
    int64_t more = freeze_order_available(tx, account);
    if (more == 0) return false;
    int64_t lacking = freeze_order_lacking(f);
    f->held.fen += more < lacking ? more : lacking;
    struct ledger_event events[2] = {{.pending = entry.n, .flags = ENTRY_VOID | ENTRY_LINKED, .role = ROLE_INNER},
                                     freeze_order_entry(tx, f, account)};
    freeze_order_mark(&events[0], f->id, FREEZE_MARK_REPLACES);
    freeze_order_mark(&events[1], f->id, FREEZE_MARK_REPLACES);
    enum ledger_reason reason = ledger_apply(tx->ledger, events, 2);
    assert(reason == REASON_OK || db_failed(tx->db));
    freeze_order_entry_moved(tx, f->id, account, events[1].entry);
    q = db_stmt(tx->db, &freeze_order_sql[HELD]);
    db_bind_i64(q, f->held.fen);
    db_bind_u64(q, f->id.n);
    db_run(q);
    wake_person(tx, f->person);
    return true;
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
    struct stmt *q = db_stmt(tx->db, &freeze_order_sql[MARK]);
    db_bind_i64(q, frozen);
    db_bind_u64(q, person.n);
    db_run(q);
    if (person_phone(tx->db, tx->keys, person, phone)) sms_tell(tx, text_of(phone), told);
    crypto_wipe(phone, sizeof phone);
    wake_person(tx, person);
}
