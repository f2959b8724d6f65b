/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/throttle.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "kit/crypto/keys.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* most: a number, or where in the rules it stands. */
struct throttle_row {
    int64_t window_ms;
    int64_t most;
    size_t rule;
    bool address; /* the subject is an address */
};
#define RULE(name) offsetof(struct wallet_rules, name)
static const struct throttle_row throttle_rows[] = {
    [THROTTLE_CODE_PHONE] = {HOUR, 5, 0, false},
    [THROTTLE_CODE_PHONE_DAY] = {DAY, 10, 0, false},
    [THROTTLE_CODE_ADDRESS] = {HOUR, 0, RULE(codes_per_address_max), true},
    [THROTTLE_LOGIN_PHONE] = {15 * MINUTE, 10, 0, false},
    [THROTTLE_LOGIN_ADDRESS] = {15 * MINUTE, 0, RULE(logins_per_address_max), true},
    [THROTTLE_REALNAME] = {DAY, 5, 0, false},
    [THROTTLE_CARD] = {DAY, 20, 0, false},
    [THROTTLE_RECOVERY] = {DAY, 5, 0, false},
    [THROTTLE_PIN_RESET] = {DAY, 5, 0, false},
    [THROTTLE_PAYCODE] = {HOUR, 600, 0, false},
    [THROTTLE_CHARGE] = {10 * MINUTE, 60, 0, false},
    [THROTTLE_DOCUMENT] = {DAY, 20, 0, false},
    [THROTTLE_RECOUNT] = {10 * MINUTE, 10, 0, false},
    [THROTTLE_STAFF] = {15 * MINUTE, 10, 0, false},
};

static int64_t row_most(const struct throttle_row *row, const struct wallet_rules *rules) {
    int most;
    if (!row->rule) return row->most;
    memcpy(&most, (const char *)rules + row->rule, sizeof most);
    return most;
}

enum { ASK, COUNT, FORGET, SWEEP };
static const struct sql throttle_sql[] = {
    [ASK] =
        {"SELECT since_ms FROM throttle WHERE kind = $1 AND subject = $2 AND since_ms > $3 AND used >= $4"},
    /* $4: a window that opened by then is over */
    [COUNT] = {"INSERT INTO throttle (kind, subject, since_ms, used) VALUES ($1, $2, $3, 1) "
               "ON CONFLICT (kind, subject) DO UPDATE SET "
               "since_ms = CASE WHEN throttle.since_ms <= $4 THEN $3 ELSE throttle.since_ms END, "
               "used = CASE WHEN throttle.since_ms <= $4 THEN 1 ELSE throttle.used + 1 END "
               "WHERE throttle.since_ms <= $4 OR throttle.used < $5"},
    [FORGET] = {"DELETE FROM throttle WHERE kind = $1 AND subject = $2"},
    [SWEEP] =
        {"DELETE FROM throttle WHERE since_ms = (SELECT min(since_ms) FROM throttle WHERE since_ms < $1)"},
};
DB_STATEMENTS(throttle_sql)

/* Who has one IPv6 address has the 2^64 of its net: the net is the subject. */
enum { ADDRESS_MAX = 64, NET_BYTES = 8, SUBJECT_MAX = 64 };
static size_t address_net(struct text address, unsigned char *out) {
    static const unsigned char mapping[12] = {[10] = 0xff, [11] = 0xff};
    char plain[ADDRESS_MAX];
    unsigned char bytes[16];
    text_keep(address, plain, sizeof plain);
    if (inet_pton(AF_INET6, plain, bytes) != 1) return 0;
    bool mapped = memcmp(bytes, mapping, sizeof mapping) == 0; /* ::ffff:a.b.c.d is a.b.c.d's */
    memcpy(out, mapped ? bytes + 8 : bytes, NET_BYTES);
    return NET_BYTES;
}

static void subject_mac(const struct keys *keys, enum throttle_kind kind, struct text subject,
                        unsigned char out[MAC_SIZE]) {
    unsigned char plain[1 + SUBJECT_MAX] = {(unsigned char)kind};
    size_t size = throttle_rows[kind].address ? address_net(subject, plain + 1) : 0;
    if (size == 0) {
        size = subject.n < SUBJECT_MAX ? subject.n : SUBJECT_MAX;
        memcpy(plain + 1, subject.p, size);
    }
    keys_mac(keys, KEY_THROTTLE, plain, 1 + size, out);
}

static enum err too_many(struct fault *fault, int64_t until_ms) {
    fault_set(fault, ERR_TOO_MANY_TRIES);
    fault->until_ms = until_ms;
    return fault->code;
}

enum err throttle_ask(struct db *db, const struct keys *keys, const struct wallet_rules *rules,
                      enum throttle_kind kind, struct text subject, int64_t now_ms, struct fault *fault) {
    const struct throttle_row *row = &throttle_rows[kind];
    unsigned char mac[MAC_SIZE];
    if (subject.n == 0) return ERR_OK;
    subject_mac(keys, kind, subject, mac);
    struct stmt *q = db_stmt(db, &throttle_sql[ASK]);
    db_bind_i64(q, kind);
    db_bind_blob(q, mac, sizeof mac);
    db_bind_i64(q, now_ms - row->window_ms);
    db_bind_i64(q, row_most(row, rules));
    bool full = db_row(q);
    int64_t since_ms = full ? db_col_i64(q, 0) : 0;
    db_done(q);
    return full ? too_many(fault, since_ms + row->window_ms) : ERR_OK;
}

enum err throttle_count(struct tx *tx, enum throttle_kind kind, struct text subject, struct fault *fault) {
    const struct throttle_row *row = &throttle_rows[kind];
    unsigned char mac[MAC_SIZE];
    if (subject.n == 0) return ERR_OK;
    subject_mac(tx->keys, kind, subject, mac);
    struct stmt *q = db_stmt(tx->db, &throttle_sql[COUNT]);
    db_bind_i64(q, kind);
    db_bind_blob(q, mac, sizeof mac);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, tx->now_ms - row->window_ms);
    db_bind_i64(q, row_most(row, tx->rules));
    if (db_run(q) != 1)
        return throttle_ask(tx->db, tx->keys, tx->rules, kind, subject, tx->now_ms, fault)
                   ? ERR_TOO_MANY_TRIES
                   : too_many(fault, tx->now_ms + row->window_ms);

    q = db_stmt(tx->db, &throttle_sql[SWEEP]); /* each new one takes the oldest spent ones away */
    db_bind_i64(q, tx->now_ms - DAY);
    db_queue(q);
    return ERR_OK;
}

void throttle_forget(struct tx *tx, enum throttle_kind kind, struct text subject) {
    unsigned char mac[MAC_SIZE];
    if (subject.n == 0) return;
    subject_mac(tx->keys, kind, subject, mac);
    struct stmt *q = db_stmt(tx->db, &throttle_sql[FORGET]);
    db_bind_i64(q, kind);
    db_bind_blob(q, mac, sizeof mac);
    db_queue(q);
}
