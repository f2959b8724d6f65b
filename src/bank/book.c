/* SPDX-License-Identifier: Apache-2.0 */
#include "bank/book.h"

#include <assert.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"

#define CODE_LIFE_MS INT64_C(300000)
enum { CODE_TRIES_MAX = 5 };

static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS account ("
    " id INTEGER PRIMARY KEY, bank TEXT NOT NULL, number TEXT NOT NULL," /* 'settlement', 'issue' or a card's */
    " holder_name TEXT NOT NULL DEFAULT '', holder_identification TEXT NOT NULL DEFAULT '',"
    " debits INTEGER NOT NULL DEFAULT 0, credits INTEGER NOT NULL DEFAULT 0, UNIQUE (bank, number)) STRICT;"
    "CREATE TABLE IF NOT EXISTS entry ("
    " id INTEGER PRIMARY KEY, debit INTEGER NOT NULL, credit INTEGER NOT NULL, amount INTEGER NOT NULL CHECK "
    "(amount > 0),"
    " message TEXT NOT NULL, at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS entry_at ON entry (at);"
    "CREATE TABLE IF NOT EXISTS message ("
    " id TEXT PRIMARY KEY, bank TEXT NOT NULL, hash BLOB NOT NULL, status INTEGER NOT NULL, reason TEXT NOT "
    "NULL,"
    " reference TEXT NOT NULL, type INTEGER NOT NULL, amount INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS verification ("
    " id INTEGER PRIMARY KEY, message TEXT NOT NULL UNIQUE, hash BLOB NOT NULL, bank TEXT NOT NULL, number "
    "TEXT NOT NULL,"
    " name TEXT NOT NULL, identification TEXT NOT NULL, phone TEXT NOT NULL, reason TEXT NOT NULL,"
    " code TEXT NOT NULL, shown TEXT NOT NULL, tries INTEGER NOT NULL, expires INTEGER NOT NULL,"
    " mandate TEXT NOT NULL DEFAULT '', at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS mandate (id TEXT PRIMARY KEY, account INTEGER NOT NULL, at INTEGER NOT NULL) "
    "STRICT;"
    "CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
    "COMMIT;";

enum {
    BEGIN,
    COMMIT,
    ROLLBACK,
    ACCOUNT_FIND,
    ACCOUNT_BY_ID,
    ACCOUNT_ADD,
    ACCOUNT_HOLDER,
    ACCOUNT_MOVE,
    ENTRY_ADD,
    MESSAGE_FIND,
    MESSAGE_ADD,
    CHECK_BY_MESSAGE,
    CHECK_BY_ID,
    CHECK_ADD,
    CHECK_TRIED,
    CHECK_GRANTED,
    MANDATE_FIND,
    MANDATE_ADD,
    SETTING_FIND,
    SETTING_PUT,
    STATEMENT_BEFORE,
    STATEMENT_LINES,
    ADDS_UP,
    INBOX,
    STATEMENTS
};
static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [ACCOUNT_FIND] = "SELECT id FROM account WHERE bank = ?1 AND number = ?2",
    [ACCOUNT_BY_ID] = "SELECT bank, number, holder_name, holder_identification, credits - debits FROM account"
                      " WHERE id = ?1",
    [ACCOUNT_ADD] = "INSERT INTO account (bank, number) VALUES (?1, ?2) RETURNING id",
    [ACCOUNT_HOLDER] = "UPDATE account SET holder_name = ?2, holder_identification = ?3 WHERE id = ?1",
    [ACCOUNT_MOVE] = "UPDATE account SET debits = debits + CASE WHEN id = ?1 THEN ?3 ELSE 0 END,"
                     " credits = credits + CASE WHEN id = ?2 THEN ?3 ELSE 0 END WHERE id IN (?1, ?2)",
    [ENTRY_ADD] =
        "INSERT INTO entry (debit, credit, amount, message, at) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
    [MESSAGE_FIND] =
        "SELECT bank, hash, status, reason, reference, type, amount, at FROM message WHERE id = ?1",
    [MESSAGE_ADD] = "INSERT INTO message (id, bank, hash, status, reason, reference, type, amount, at)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [CHECK_BY_MESSAGE] = "SELECT id, hash, reason, expires FROM verification WHERE message = ?1",
    [CHECK_BY_ID] = "SELECT bank, number, name, identification, reason, code, tries, expires, mandate"
                    " FROM verification WHERE id = ?1",
    [CHECK_ADD] =
        "INSERT INTO verification (message, hash, bank, number, name, identification, phone, reason, code,"
        " shown, tries, expires, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?12)"
        " RETURNING id",
    [CHECK_TRIED] = "UPDATE verification SET tries = tries + 1 WHERE id = ?1",
    [CHECK_GRANTED] = "UPDATE verification SET mandate = ?2 WHERE id = ?1",
    [MANDATE_FIND] = "SELECT account FROM mandate WHERE id = ?1",
    [MANDATE_ADD] = "INSERT INTO mandate (id, account, at) VALUES (?1, ?2, ?3)",
    [SETTING_FIND] = "SELECT value FROM setting WHERE name = ?1",
    [SETTING_PUT] =
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
    [STATEMENT_BEFORE] =
        "SELECT coalesce(sum(CASE WHEN credit = ?1 THEN amount ELSE -amount END), 0) FROM entry"
        " WHERE (debit = ?1 OR credit = ?1) AND at < ?2",
    [STATEMENT_LINES] = "SELECT e.message, m.reference, e.credit = ?1, e.amount, e.at FROM entry e"
                        " JOIN message m ON m.id = e.message WHERE (e.debit = ?1 OR e.credit = ?1)"
                        " AND e.at >= ?2 AND e.at < ?3 ORDER BY e.id",
    [ADDS_UP] =
        "SELECT (SELECT coalesce(sum(debits) = sum(credits), 1) FROM account) AND NOT EXISTS (SELECT 1 FROM "
        "account a WHERE"
        " a.debits <> (SELECT coalesce(sum(amount), 0) FROM entry WHERE debit = a.id) OR"
        " a.credits <> (SELECT coalesce(sum(amount), 0) FROM entry WHERE credit = a.id))",
    [INBOX] = "SELECT phone, shown, bank, at FROM verification WHERE reason = '' ORDER BY id DESC LIMIT ?1",
};

struct book {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    bool failed; /* sticky within one transaction */
};

/* --- statements: bound in order, failure sticky until the transaction's end --- */

struct query {
    struct book *book;
    sqlite3_stmt *statement;
    int bound;
};

static struct query query(struct book *book, int which) {
    sqlite3_stmt **statement = &book->statements[which];
    if (!*statement && sqlite3_prepare_v3(book->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, statement,
                                          NULL) != SQLITE_OK)
        book->failed = true;
    return (struct query){book, book->failed ? NULL : *statement, 0};
}

static void bind_text(struct query *q, struct text value) {
    assert(value.n < 4096);
    q->bound++;
    if (q->statement)
        sqlite3_bind_text(q->statement, q->bound, value.p ? value.p : "", (int)value.n, SQLITE_TRANSIENT);
}

static void bind_i64(struct query *q, int64_t value) {
    q->bound++;
    if (q->statement) sqlite3_bind_int64(q->statement, q->bound, value);
}

static void bind_blob(struct query *q, const unsigned char *bytes, size_t size) {
    q->bound++;
    if (q->statement) sqlite3_bind_blob(q->statement, q->bound, bytes, (int)size, SQLITE_TRANSIENT);
}

static bool row(struct query *q) {
    if (!q->statement || q->book->failed) return false;
    int step = sqlite3_step(q->statement);
    if (step != SQLITE_ROW && step != SQLITE_DONE) q->book->failed = true;
    return step == SQLITE_ROW;
}

static void done(struct query *q) {
    if (!q->statement) return;
    sqlite3_reset(q->statement);
    sqlite3_clear_bindings(q->statement);
}

static void run(struct query *q) {
    while (row(q)) {}
    done(q);
}

static int64_t column_i64(const struct query *q, int column) {
    return sqlite3_column_int64(q->statement, column);
}

static struct text column_text(const struct query *q, int column) {
    const char *text = (const char *)sqlite3_column_text(q->statement, column);
    return (struct text){text, (size_t)sqlite3_column_bytes(q->statement, column)};
}

static void column_copy(const struct query *q, int column, char *out, size_t size) {
    struct text text = column_text(q, column);
    snprintf(out, size, "%.*s", (int)text.n, text.n ? text.p : "");
}

static void book_run(struct book *book, int which) {
    struct query q = query(book, which);
    run(&q);
}

static void book_begin(struct book *book) {
    book->failed = false;
    book_run(book, BEGIN);
}

static enum book_end book_commit(struct book *book) {
    if (!book->failed) book_run(book, COMMIT);
    if (!book->failed) return BOOK_OK;
    fprintf(stderr, "bank: the book did not take it: %s\n", sqlite3_errmsg(book->db));
    book->failed = false;
    if (!sqlite3_get_autocommit(book->db)) book_run(book, ROLLBACK);
    return BOOK_BROKEN;
}

/* --- hashes of content, so that a repeat can be told from another order under the same id --- */

enum { HASH = 32 };

static void hash_text(crypto_hash_sha256_state *hash, struct text text) {
    uint64_t size = text.n;
    crypto_hash_sha256_update(hash, (const unsigned char *)&size, sizeof size);
    crypto_hash_sha256_update(hash, (const unsigned char *)text.p, text.n);
}

static void hash_of(const struct text *parts, size_t count, unsigned char out[HASH]) {
    crypto_hash_sha256_state hash;
    crypto_hash_sha256_init(&hash);
    for (size_t i = 0; i < count; i++) hash_text(&hash, parts[i]);
    crypto_hash_sha256_final(&hash, out);
}

static bool hash_is(const struct query *q, int column, const unsigned char hash[HASH]) {
    return sqlite3_column_bytes(q->statement, column) == HASH &&
           memcmp(sqlite3_column_blob(q->statement, column), hash, HASH) == 0;
}

/* --- accounts --- */

static int64_t account_find(struct book *book, const struct testcard_bank *bank, struct text number) {
    struct query q = query(book, ACCOUNT_FIND);
    bind_text(&q, text_of(bank->code));
    bind_text(&q, number);
    int64_t id = row(&q) ? column_i64(&q, 0) : 0;
    done(&q);
    return id;
}

static int64_t account_take(struct book *book, const struct testcard_bank *bank, struct text number) {
    int64_t id = account_find(book, bank, number);
    if (id) return id;
    struct query q = query(book, ACCOUNT_ADD);
    bind_text(&q, text_of(bank->code));
    bind_text(&q, number);
    id = row(&q) ? column_i64(&q, 0) : 0;
    done(&q);
    return id;
}

/* Moves and returns the entry's number. */
static int64_t book_move(struct book *book, int64_t debit, int64_t credit, int64_t amount,
                         struct text message, int64_t now_ms) {
    struct query q = query(book, ACCOUNT_MOVE);
    bind_i64(&q, debit);
    bind_i64(&q, credit);
    bind_i64(&q, amount);
    run(&q);
    q = query(book, ENTRY_ADD);
    bind_i64(&q, debit);
    bind_i64(&q, credit);
    bind_i64(&q, amount);
    bind_text(&q, message);
    bind_i64(&q, now_ms);
    int64_t id = row(&q) ? column_i64(&q, 0) : 0;
    done(&q);
    return id;
}

/* The card's account; opened, with its money, when this is the first that the bank hears of it. */
static int64_t card_take(struct book *book, const struct testcard_bank *bank, struct text number,
                         const struct testcard_kind *kind, int64_t now_ms) {
    int64_t card = account_find(book, bank, number);
    if (card) return card;
    card = account_take(book, bank, number);
    int64_t issue = account_take(book, bank, TEXT("issue"));
    if (kind->balance_fen > 0) book_move(book, issue, card, kind->balance_fen, TEXT(""), now_ms);
    return card;
}

struct card {
    const struct testcard_bank *bank;
    const struct testcard_kind *kind;
    char name[128], identification[32];
    int64_t available_fen;
};

static bool card_read(struct book *book, int64_t id, struct card *out) {
    struct query q = query(book, ACCOUNT_BY_ID);
    bind_i64(&q, id);
    bool found = row(&q);
    if (found) {
        out->bank = testcard_bank(column_text(&q, 0));
        out->kind = testcard_kind_of(out->bank, column_text(&q, 1));
        column_copy(&q, 2, out->name, sizeof out->name);
        column_copy(&q, 3, out->identification, sizeof out->identification);
        out->available_fen = column_i64(&q, 4);
    }
    done(&q);
    return found && out->kind;
}

/* --- the card's holder --- */

static void check_reference(const struct testcard_bank *bank, int64_t id, char out[BOOK_ID_MAX]) {
    snprintf(out, BOOK_ID_MAX, "%s-V%012lld", bank->code, (long long)id);
}

static bool check_reference_read(const struct testcard_bank *bank, struct text reference, int64_t *out) {
    char again[BOOK_ID_MAX];
    size_t prefix = strlen(bank->code) + 2;
    if (reference.n != prefix + 12) return false;
    *out = 0;
    for (size_t i = prefix; i < reference.n; i++) {
        if (reference.p[i] < '0' || reference.p[i] > '9') return false;
        *out = *out * 10 + (reference.p[i] - '0');
    }
    check_reference(bank, *out, again);
    return text_is(reference, again);
}

/* "" when name and identification may belong to the card. */
static const char *check_reason(struct book *book, const struct book_check *check,
                                const struct testcard_kind *kind, int64_t card) {
    struct card now;
    if (!kind) return "AC01";
    if (kind->check_reason[0]) return kind->check_reason;
    if (!card_read(book, card, &now)) return "AC01";
    bool owned = now.name[0] != '\0';
    bool same = text_is(check->name, now.name) && text_is(check->identification, now.identification);
    return owned && !same ? "BE01" : "";
}

static bool check_repeat(struct book *book, const struct book_check *check, const unsigned char hash[HASH],
                         struct book_check_report *out, bool *same) {
    struct query q = query(book, CHECK_BY_MESSAGE);
    bind_text(&q, check->message);
    bool found = row(&q);
    if (found) {
        *same = hash_is(&q, 1, hash);
        column_copy(&q, 2, out->reason, sizeof out->reason);
        out->expires_ms = column_i64(&q, 3);
        check_reference(check->bank, column_i64(&q, 0), out->reference);
    }
    done(&q);
    return found;
}

enum book_end book_check(struct book *book, const struct book_check *check, int64_t now_ms,
                         struct book_check_report *out) {
    unsigned char hash[HASH];
    struct text parts[] = {text_of(check->bank->code), check->name, check->identification, check->account,
                           check->phone};
    hash_of(parts, sizeof parts / sizeof parts[0], hash);
    *out = (struct book_check_report){0};

    book_begin(book);
    bool same = false;
    if (check_repeat(book, check, hash, out, &same)) {
        enum book_end end = book_commit(book);
        return end == BOOK_OK && !same ? BOOK_DUPLICATE : end;
    }
    const struct testcard_kind *kind = testcard_kind_of(check->bank, check->account);
    int64_t card = kind ? card_take(book, check->bank, check->account, kind, now_ms) : 0;
    const char *reason = check_reason(book, check, kind, card);
    char code[8], shown[8];
    snprintf(code, sizeof code, "%06u", check->code % 1000000);
    snprintf(shown, sizeof shown, "%06u", (check->code + (kind && kind->wrong_code)) % 1000000);
    struct query q = query(book, CHECK_ADD);
    bind_text(&q, check->message);
    bind_blob(&q, hash, HASH);
    bind_text(&q, text_of(check->bank->code));
    bind_text(&q, check->account);
    bind_text(&q, check->name);
    bind_text(&q, check->identification);
    bind_text(&q, check->phone);
    bind_text(&q, text_of(reason));
    bind_text(&q, text_of(code));
    bind_text(&q, text_of(shown));
    bind_i64(&q, now_ms + CODE_LIFE_MS);
    bind_i64(&q, now_ms);
    if (row(&q)) check_reference(check->bank, column_i64(&q, 0), out->reference);
    done(&q);
    snprintf(out->reason, sizeof out->reason, "%s", reason);
    out->expires_ms = now_ms + CODE_LIFE_MS;
    return book_commit(book);
}

struct verification {
    char bank[8], number[TESTCARD_NUMBER_MAX], name[128], identification[32], reason[BOOK_REASON_MAX], code[8];
    char mandate[BOOK_ID_MAX];
    int64_t tries, expires_ms;
};

static bool verification_read(struct book *book, int64_t id, struct verification *out) {
    struct query q = query(book, CHECK_BY_ID);
    bind_i64(&q, id);
    bool found = row(&q);
    if (found) {
        column_copy(&q, 0, out->bank, sizeof out->bank);
        column_copy(&q, 1, out->number, sizeof out->number);
        column_copy(&q, 2, out->name, sizeof out->name);
        column_copy(&q, 3, out->identification, sizeof out->identification);
        column_copy(&q, 4, out->reason, sizeof out->reason);
        column_copy(&q, 5, out->code, sizeof out->code);
        out->tries = column_i64(&q, 6);
        out->expires_ms = column_i64(&q, 7);
        column_copy(&q, 8, out->mandate, sizeof out->mandate);
    }
    done(&q);
    return found;
}

/* Counts the try, then compares: what is true of a wrong code is true of an expired and of a used-up one. */
static bool code_is_right(struct book *book, int64_t id, const struct verification *check, struct text code,
                          int64_t now_ms) {
    if (check->mandate[0]) return text_is(code, check->code);
    struct query q = query(book, CHECK_TRIED);
    bind_i64(&q, id);
    run(&q);
    bool open = check->reason[0] == '\0' && check->tries < CODE_TRIES_MAX && now_ms < check->expires_ms;
    return open && text_is(code, check->code);
}

static void mandate_grant(struct book *book, const struct testcard_bank *bank, int64_t id,
                          const struct verification *check, int64_t now_ms, struct book_mandate_report *out) {
    struct card card;
    int64_t account = account_find(book, bank, text_of(check->number));
    bool owned = card_read(book, account, &card) && card.name[0];
    if (owned &&
        (strcmp(card.name, check->name) != 0 || strcmp(card.identification, check->identification) != 0)) {
        snprintf(out->reason, sizeof out->reason, "BE01"); /* somebody else was faster */
        return;
    }
    snprintf(out->mandate, sizeof out->mandate, "%s-M%012lld", bank->code, (long long)id);
    struct query q = query(book, ACCOUNT_HOLDER);
    bind_i64(&q, account);
    bind_text(&q, text_of(check->name));
    bind_text(&q, text_of(check->identification));
    run(&q);
    q = query(book, MANDATE_ADD);
    bind_text(&q, text_of(out->mandate));
    bind_i64(&q, account);
    bind_i64(&q, now_ms);
    run(&q);
    q = query(book, CHECK_GRANTED);
    bind_i64(&q, id);
    bind_text(&q, text_of(out->mandate));
    run(&q);
}

enum book_end book_mandate(struct book *book, const struct testcard_bank *bank, struct text reference,
                           struct text code, int64_t now_ms, struct book_mandate_report *out) {
    struct verification check = {0};
    int64_t id;
    *out = (struct book_mandate_report){.reason = "MD01"};
    if (!check_reference_read(bank, reference, &id)) return BOOK_OK;
    book_begin(book);
    if (verification_read(book, id, &check) && strcmp(check.bank, bank->code) == 0 &&
        code_is_right(book, id, &check, code, now_ms)) {
        out->reason[0] = '\0';
        if (check.mandate[0]) snprintf(out->mandate, sizeof out->mandate, "%s", check.mandate);
        else mandate_grant(book, bank, id, &check, now_ms, out);
    }
    return book_commit(book);
}

/* --- money --- */

const char *book_status_name(enum book_status status) {
    switch (status) {
    case BOOK_NONE: return "NONE";
    case BOOK_SETTLED: return "ACSC";
    case BOOK_REJECTED: return "RJCT";
    case BOOK_CANCELLED: return "CANC";
    }
    return "";
}

/* The report that the message had; BOOK_NONE when there is none. hash: NULL, or what its content must be. */
static bool message_read(struct book *book, const struct testcard_bank *bank, struct text message,
                         const unsigned char *hash, struct book_report *out) {
    struct query q = query(book, MESSAGE_FIND);
    bind_text(&q, message);
    bool same = true;
    *out = (struct book_report){.status = BOOK_NONE};
    if (row(&q)) {
        out->status = (enum book_status)column_i64(&q, 2);
        column_copy(&q, 3, out->reason, sizeof out->reason);
        column_copy(&q, 4, out->reference, sizeof out->reference);
        out->type = (enum book_type)column_i64(&q, 5);
        out->amount_fen = column_i64(&q, 6);
        out->at_ms = column_i64(&q, 7);
        bool cancelled = out->status == BOOK_CANCELLED; /* whatever it would have said */
        same = text_is(column_text(&q, 0), bank->code) && (!hash || cancelled || hash_is(&q, 1, hash));
    }
    done(&q);
    return same;
}

static void message_add(struct book *book, const struct testcard_bank *bank, struct text message,
                        const unsigned char hash[HASH], const struct book_report *report) {
    struct query q = query(book, MESSAGE_ADD);
    bind_text(&q, message);
    bind_text(&q, text_of(bank->code));
    bind_blob(&q, hash, HASH);
    bind_i64(&q, report->status);
    bind_text(&q, text_of(report->reason));
    bind_text(&q, text_of(report->reference));
    bind_i64(&q, report->type);
    bind_i64(&q, report->amount_fen);
    bind_i64(&q, report->at_ms);
    run(&q);
}

/* Why the order is rejected; "" when it is not. In order of precedence. */
static const char *order_reason(struct book *book, const struct book_order *order, int64_t account,
                                int64_t settlement, const struct card *card) {
    struct card ours = {0};
    if (!account || card->bank != order->bank) return "MD01";
    if (book_mode(book, order->bank) == MODE_DECLINE) return "MS03";
    if (card->kind->pay_reason[0]) return card->kind->pay_reason;
    if (order->type == BOOK_DEBIT) return card->available_fen < order->amount_fen ? "AM04" : "";
    struct query q = query(book, ACCOUNT_BY_ID);
    bind_i64(&q, settlement);
    if (row(&q)) ours.available_fen = column_i64(&q, 4);
    done(&q);
    return ours.available_fen < order->amount_fen ? "AM04" : "";
}

static int64_t mandate_account(struct book *book, struct text mandate) {
    struct query q = query(book, MANDATE_FIND);
    bind_text(&q, mandate);
    int64_t account = row(&q) ? column_i64(&q, 0) : 0;
    done(&q);
    return account;
}

static void order_decide(struct book *book, const struct book_order *order, int64_t now_ms,
                         struct book_report *out) {
    struct card card = {0};
    int64_t account = mandate_account(book, order->mandate);
    if (account && !card_read(book, account, &card)) account = 0;
    int64_t settlement = account_take(book, order->bank, TEXT("settlement"));
    const char *reason = order_reason(book, order, account, settlement, &card);
    *out = (struct book_report){
        .status = reason[0] ? BOOK_REJECTED : BOOK_SETTLED,
        .type = order->type,
        .amount_fen = order->amount_fen,
        .at_ms = now_ms,
        .first = true,
        .kind = card.kind,
    };
    snprintf(out->reason, sizeof out->reason, "%s", reason);
    if (reason[0]) return;
    bool debit = order->type == BOOK_DEBIT;
    int64_t entry = book_move(book, debit ? account : settlement, debit ? settlement : account,
                              order->amount_fen, order->message, now_ms);
    struct civil day = civil_of(now_ms);
    snprintf(out->reference, sizeof out->reference, "%s%04d%02d%02d%010lld", order->bank->code, day.year,
             day.month, day.day, (long long)entry);
}

enum book_end book_pay(struct book *book, const struct book_order *order, int64_t now_ms,
                       struct book_report *out) {
    unsigned char hash[HASH];
    char amount[24];
    snprintf(amount, sizeof amount, "%lld", (long long)order->amount_fen);
    struct text parts[] = {text_of(order->bank->code),
                           order->type == BOOK_DEBIT ? TEXT("debit") : TEXT("credit"), order->mandate,
                           text_of(amount)};
    hash_of(parts, sizeof parts / sizeof parts[0], hash);
    assert(order->amount_fen > 0);

    book_begin(book);
    bool same = message_read(book, order->bank, order->message, hash, out);
    if (out->status == BOOK_NONE) {
        order_decide(book, order, now_ms, out);
        message_add(book, order->bank, order->message, hash, out);
    }
    enum book_end end = book_commit(book);
    return end == BOOK_OK && !same ? BOOK_DUPLICATE : end;
}

enum book_end book_query(struct book *book, const struct testcard_bank *bank, struct text message,
                         struct book_report *out) {
    book_begin(book);
    bool same = message_read(book, bank, message, NULL, out);
    enum book_end end = book_commit(book);
    return end == BOOK_OK && !same ? BOOK_DUPLICATE : end;
}

enum book_end book_cancel(struct book *book, const struct testcard_bank *bank, struct text message,
                          int64_t now_ms, struct book_report *out) {
    static const unsigned char no_hash[HASH];
    book_begin(book);
    bool same = message_read(book, bank, message, NULL, out);
    if (out->status == BOOK_NONE) {
        *out = (struct book_report){.status = BOOK_CANCELLED, .at_ms = now_ms, .first = true};
        message_add(book, bank, message, no_hash, out);
    }
    enum book_end end = book_commit(book);
    return end == BOOK_OK && !same ? BOOK_DUPLICATE : end;
}

enum book_end book_statement(struct book *book, const struct testcard_bank *bank, int64_t day,
                             struct book_statement *out,
                             void (*line)(void *arg, const struct book_line *line), void *arg) {
    int64_t from_ms = civil_day_start_ms(day), to_ms = civil_day_start_ms(day + 1);
    *out = (struct book_statement){0};
    book_begin(book);
    int64_t account = account_take(book, bank, TEXT("settlement"));
    struct query q = query(book, STATEMENT_BEFORE);
    bind_i64(&q, account);
    bind_i64(&q, from_ms);
    if (row(&q)) out->opening_fen = column_i64(&q, 0);
    done(&q);
    q = query(book, STATEMENT_LINES);
    bind_i64(&q, account);
    bind_i64(&q, from_ms);
    bind_i64(&q, to_ms);
    while (row(&q)) {
        struct book_line one = {.type = column_i64(&q, 2) ? BOOK_DEBIT : BOOK_CREDIT,
                                .amount_fen = column_i64(&q, 3),
                                .at_ms = column_i64(&q, 4)};
        column_copy(&q, 0, one.message, sizeof one.message);
        column_copy(&q, 1, one.reference, sizeof one.reference);
        *(one.type == BOOK_DEBIT ? &out->credits_fen : &out->debits_fen) += one.amount_fen;
        out->count++;
        line(arg, &one);
    }
    done(&q);
    out->closing_fen = out->opening_fen + out->credits_fen - out->debits_fen;
    return book_commit(book);
}

bool book_adds_up(struct book *book) {
    struct query q = query(book, ADDS_UP);
    bool right = row(&q) && column_i64(&q, 0) == 1;
    done(&q);
    return right;
}

/* --- the sandbox's own --- */

static const char *const mode_names[] = {
    [MODE_NORMAL] = "normal", [MODE_DECLINE] = "decline", [MODE_DELAY] = "delay",
    [MODE_LOSE] = "lose",     [MODE_OUTAGE] = "outage",
};

const char *book_mode_name(enum book_mode mode) {
    return mode_names[mode];
}

bool book_mode_read(struct text name, enum book_mode *out) {
    for (size_t i = 0; i < sizeof mode_names / sizeof mode_names[0]; i++) {
        if (!text_is(name, mode_names[i])) continue;
        *out = (enum book_mode)i;
        return true;
    }
    return false;
}

static bool setting_read(struct book *book, const char *name, int64_t *out) {
    struct query q = query(book, SETTING_FIND);
    bind_text(&q, text_of(name));
    bool found = row(&q);
    if (found) *out = column_i64(&q, 0);
    done(&q);
    return found;
}

static void setting_put(struct book *book, const char *name, int64_t value) {
    struct query q = query(book, SETTING_PUT);
    bind_text(&q, text_of(name));
    bind_i64(&q, value);
    run(&q);
}

static void mode_setting(const struct testcard_bank *bank, char out[24]) {
    snprintf(out, 24, "mode.%s", bank->code);
}

enum book_mode book_mode(struct book *book, const struct testcard_bank *bank) {
    char name[24];
    int64_t value = MODE_NORMAL;
    mode_setting(bank, name);
    setting_read(book, name, &value);
    return (enum book_mode)value;
}

enum book_end book_set_mode(struct book *book, const struct testcard_bank *bank, enum book_mode mode) {
    char name[24];
    mode_setting(bank, name);
    book_begin(book);
    setting_put(book, name, mode);
    return book_commit(book);
}

int64_t book_clock_offset(struct book *book) {
    int64_t offset = 0;
    setting_read(book, "clock", &offset);
    return offset;
}

enum book_end book_set_clock_offset(struct book *book, int64_t offset_ms) {
    int64_t before;
    book_begin(book);
    if (!setting_read(book, "clock", &before) || before < offset_ms) setting_put(book, "clock", offset_ms);
    return book_commit(book);
}

size_t book_inbox(struct book *book, struct book_sms *out, size_t max) {
    struct query q = query(book, INBOX);
    size_t count = 0;
    bind_i64(&q, (int64_t)max);
    while (count < max && row(&q)) {
        struct book_sms *sms = &out[count++];
        column_copy(&q, 0, sms->phone, sizeof sms->phone);
        column_copy(&q, 1, sms->code, sizeof sms->code);
        column_copy(&q, 2, sms->bank, sizeof sms->bank);
        sms->at_ms = column_i64(&q, 3);
    }
    done(&q);
    return count;
}

/* --- the file --- */

enum err book_open(const char *path, struct book **out, char words[BOOK_WORDS_MAX]) {
    struct book *book = calloc(1, sizeof *book);
    if (!book) return ERR_STORE;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    char *said = NULL;
    if (sqlite3_open_v2(path, &book->db, flags, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(book->db, 2000);
        if (sqlite3_exec(book->db, schema, NULL, NULL, &said) == SQLITE_OK) {
            *out = book;
            return ERR_OK;
        }
    }
    snprintf(words, BOOK_WORDS_MAX, "the book %.200s: %s", path, sqlite3_errmsg(book->db));
    sqlite3_free(said);
    book_close(book);
    return ERR_STORE;
}

void book_close(struct book *book) {
    if (!book) return;
    for (int i = 0; i < STATEMENTS; i++) sqlite3_finalize(book->statements[i]);
    sqlite3_close(book->db);
    free(book);
}
