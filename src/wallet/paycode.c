/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/paycode.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "wallet/charge.h"
#include "wallet/freeze.h"
#include "wallet/function.h"
#include "wallet/limit.h"
#include "wallet/pin.h"
#include "wallet/realname.h"
#include "wallet/refusal.h"
#include "wallet/throttle.h"

enum { REMEMBERED_MS = 24 * 3600 * 1000 };

enum { ADD, SWEEP, FIND, BURN, TELL, END_SESSION, END_PERSON, CHOSEN, SUSPEND, SET_FREE, COUNT };
static const struct sql paycode_sql[] = {
    [ADD] = {"INSERT INTO paycode (mac, person, session, created_ms, expires_ms, state, asks_pin, told) "
             "VALUES ($1, $2, $3, $4, $5, "
             "1, $6, 0)"},
    [SWEEP] = {"DELETE FROM paycode WHERE person = $1 AND created_ms < $2"},
    [FIND] = {"SELECT person, session, expires_ms, state, asks_pin FROM paycode WHERE mac = $1"},
    [BURN] = {"UPDATE paycode SET state = $1 WHERE mac = $2 AND state = 1"},
    [TELL] = {"UPDATE paycode SET told = 1 WHERE mac = $1 AND told = 0"},
    [END_SESSION] = {"UPDATE paycode SET state = $1 WHERE person = $2 AND created_ms >= $3 AND session = $4 "
                     "AND state = 1"},
    [END_PERSON] = {"UPDATE paycode SET state = 3 WHERE person = $1 AND created_ms >= $2 AND state = 1"},
    [CHOSEN] = {"SELECT suspended, free_off, day, used FROM paycode_person WHERE person = $1"},
    [SUSPEND] =
        {"INSERT INTO paycode_person (person, suspended, free_off, day, used) VALUES ($1, $2, 0, 0, 0) "
         "ON CONFLICT (person) DO UPDATE SET suspended = $2"},
    [SET_FREE] =
        {"INSERT INTO paycode_person (person, suspended, free_off, day, used) VALUES ($1, 0, $2, 0, 0) "
         "ON CONFLICT (person) DO UPDATE SET free_off = $2"},
    /* a day before the one that is stored counts nothing: a clock set back begins none anew */
    [COUNT] = {"INSERT INTO paycode_person (person, suspended, free_off, day, used) VALUES ($1, 0, 0, $2, 1) "
               "ON CONFLICT (person) DO UPDATE SET day = $2, "
               "used = CASE WHEN paycode_person.day = $2 THEN paycode_person.used + 1 ELSE 1 END "
               "WHERE paycode_person.day < $2 OR (paycode_person.day = $2 AND paycode_person.used < $3)"},
};
DB_STATEMENTS(paycode_sql)

/* --- pure --- */

void paycode_write(unsigned prefix, uint64_t rest, char out[PAYCODE_BYTES]) {
    assert(prefix < PAYCODE_PREFIXES && rest < UINT64_C(10000000000000000));
    snprintf(out, PAYCODE_BYTES, "%02u%016" PRIu64, PAYCODE_PREFIX_LEAST + prefix, rest);
}

bool paycode_formed(struct text text) {
    return text.n == PAYCODE_DIGITS && text_digits(text) && text.p[0] == '1' &&
           text.p[1] < '0' + PAYCODE_PREFIXES;
}

/* --- the person's side --- */

static void code_mac(const struct keys *keys, struct text code, unsigned char out[MAC_SIZE]) {
    keys_mac(keys, KEY_PAYCODE, code.p, code.n, out);
}

struct chosen {
    bool suspended, free_off;
    int64_t day, used;
};
static struct chosen chosen_of(struct db *db, struct person_id person) {
    struct chosen c = {0};
    struct stmt *q = db_stmt(db, &paycode_sql[CHOSEN]);
    db_bind_u64(q, person.n);
    if (db_row(q))
        c = (struct chosen){db_col_i64(q, 0) != 0, db_col_i64(q, 1) != 0, db_col_i64(q, 2), db_col_i64(q, 3)};
    db_done(q);
    return c;
}

static int64_t free_left(const struct wallet_rules *rules, const struct chosen *c, int64_t now_ms) {
    int64_t day = civil_day_of(now_ms), most = rules->paycode_free_per_day;
    int64_t used = c->day < day ? 0 : c->day == day ? c->used : most;
    return used < most ? most - used : 0;
}

void paycode_setting_find(struct db *db, const struct wallet_rules *rules, struct person_id person,
                          int64_t now_ms, struct paycode_setting *out) {
    struct chosen c = chosen_of(db, person);
    *out = (struct paycode_setting){c.suspended, !c.free_off, free_left(rules, &c, now_ms)};
}

enum err paycode_make(struct tx *tx, const struct actor *actor, const struct paycode_make_cmd *cmd,
                      struct fault *fault, int64_t *expires_ms) {
    unsigned char mac[MAC_SIZE];
    if (realname_stands(actor, tx->now_ms, fault) != ERR_OK) return fault->code;
    if (!actor->pin_set) return fault_set(fault, ERR_PIN_NOT_SET);
    if (function_check(tx, actor, FUNCTION_PAYCODE, fault)) return fault->code;
    if (freeze_check_debit(tx, actor->account, fault)) return fault->code;
    if (chosen_of(tx->db, actor->person).suspended) return fault_set(fault, ERR_PAYCODE_SUSPENDED);
    struct text who = {(const char *)&actor->person.n, sizeof actor->person.n};
    if (throttle_count(tx, THROTTLE_PAYCODE, who, fault) != ERR_OK) return fault->code;

    code_mac(tx->keys, text_of(cmd->code), mac);
    struct stmt *q = db_stmt(tx->db, &paycode_sql[SWEEP]);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, tx->now_ms - REMEMBERED_MS);
    db_queue(q);
    q = db_stmt(tx->db, &paycode_sql[ADD]);
    db_bind_blob(q, mac, sizeof mac);
    db_bind_u64(q, actor->person.n);
    db_bind_u64(q, actor->session.n);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, tx->now_ms + tx->rules->paycode_life_ms);
    db_bind_i64(q, cmd->digits);
    db_queue(q);
    *expires_ms = tx->now_ms + tx->rules->paycode_life_ms;
    return ERR_OK;
}

static void end_session(struct tx *tx, const struct actor *owner, enum paycode_state to) {
    struct stmt *q = db_stmt(tx->db, &paycode_sql[END_SESSION]);
    db_bind_i64(q, to);
    db_bind_u64(q, owner->person.n);
    db_bind_i64(q, tx->now_ms - tx->rules->paycode_life_ms);
    db_bind_u64(q, owner->session.n);
    db_queue(q);
}

void paycode_hide(struct tx *tx, const struct actor *actor) {
    end_session(tx, actor, PAYCODE_OVER);
}

static void choose(struct tx *tx, int statement, struct person_id person, bool value) {
    struct stmt *q = db_stmt(tx->db, &paycode_sql[statement]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, value);
    db_queue(q);
}

void paycode_suspend(struct tx *tx, const struct actor *actor) {
    choose(tx, SUSPEND, actor->person, true);
    struct stmt *q = db_stmt(tx->db, &paycode_sql[END_PERSON]);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, tx->now_ms - tx->rules->paycode_life_ms);
    db_queue(q);
    charge_decline_all(tx, actor->person);
}

enum err paycode_resume(struct tx *tx, const struct actor *actor, struct text pin, struct fault *fault) {
    enum err err = pin_check(tx, actor, pin, fault);
    if (err == ERR_OK) choose(tx, SUSPEND, actor->person, false);
    return err;
}

enum err paycode_set_free(struct tx *tx, const struct actor *actor, bool free, struct text pin,
                          struct fault *fault) {
    enum err err = free ? pin_check(tx, actor, pin, fault) : ERR_OK;
    if (err == ERR_OK) choose(tx, SET_FREE, actor->person, !free);
    return err;
}

/* --- the till's side --- */

struct row {
    struct person_id person;
    struct session_id session;
    int64_t expires_ms;
    enum paycode_state state;
    bool asks_pin;
};
static bool row_find(struct db *db, const unsigned char mac[MAC_SIZE], struct row *out) {
    struct stmt *q = db_stmt(db, &paycode_sql[FIND]);
    db_bind_blob(q, mac, MAC_SIZE);
    bool found = db_row(q);
    if (found)
        *out = (struct row){.person = {db_col_u64(q, 0)},
                            .session = {db_col_u64(q, 1)},
                            .expires_ms = db_col_i64(q, 2),
                            .state = (enum paycode_state)db_col_i64(q, 3),
                            .asks_pin = db_col_i64(q, 4) != 0};
    db_done(q);
    return found;
}

void paycode_tell(struct tx *tx, struct person_id owner, const struct merchant *shop, struct money amount,
                  enum err what) {
    struct refusal refusal = {.person = owner,
                              .kind = PAYMENT_PURCHASE,
                              .amount = amount,
                              .payee = shop->owner,
                              .merchant = shop->id};
    fault_set(&refusal.fault, what);
    text_keep(text_of(shop->name), refusal.fault.name, sizeof refusal.fault.name);
    refusal_keep(tx, &refusal);
}

/* False: it was not SHOWN any more. */
static bool burn(struct tx *tx, const unsigned char mac[MAC_SIZE], enum paycode_state to) {
    struct stmt *q = db_stmt(tx->db, &paycode_sql[BURN]);
    db_bind_i64(q, to);
    db_bind_blob(q, mac, MAC_SIZE);
    return db_run(q) == 1;
}

/* Tried in vain: it is burnt, and its owner hears of it once. */
static enum err in_vain(struct tx *tx, const unsigned char mac[MAC_SIZE], const struct row *row,
                        const struct merchant *shop, struct money amount, struct fault *fault) {
    bool used = row->state == PAYCODE_USED;
    burn(tx, mac, PAYCODE_OVER);
    struct stmt *q = db_stmt(tx->db, &paycode_sql[TELL]);
    db_bind_blob(q, mac, MAC_SIZE);
    if (db_run(q) == 1)
        paycode_tell(tx, row->person, shop, amount, used ? ERR_PAYCODE_AGAIN : ERR_PAYCODE_LATE);
    return fault_set(fault, used ? ERR_PAYCODE_USED : ERR_PAYCODE_GONE);
}

enum err paycode_take(struct tx *tx, struct text code, const struct merchant *shop, struct money amount,
                      struct fault *fault, struct paycode *out) {
    struct text till = {(const char *)&shop->id.n, sizeof shop->id.n};
    unsigned char mac[MAC_SIZE];
    struct row row;
    enum err err = throttle_ask(tx->db, tx->keys, tx->rules, THROTTLE_CHARGE, till, tx->now_ms, fault);
    if (err != ERR_OK) return err;
    code_mac(tx->keys, code, mac);
    if (!row_find(tx->db, mac, &row)) {
        err = throttle_count(tx, THROTTLE_CHARGE, till, fault);
        return err != ERR_OK ? err : fault_set(fault, ERR_PAYCODE_UNKNOWN);
    }
    *out = (struct paycode){.asks_pin = row.asks_pin};
    bool counts = row.state == PAYCODE_SHOWN && tx->now_ms < row.expires_ms &&
                  session_find_of(tx->db, row.person, row.session, tx->now_ms, &out->owner);
    if (!counts || !burn(tx, mac, PAYCODE_USED)) return in_vain(tx, mac, &row, shop, amount, fault);
    end_session(tx, &out->owner, PAYCODE_USED);
    if (row.person.n == shop->owner.n) return fault_set(fault, ERR_PAYEE_IS_PAYER);
    return ERR_OK;
}

bool paycode_is_free(struct tx *tx, const struct paycode *code, struct money amount) {
    if (code->asks_pin || amount.fen > tx->rules->paycode_free_fen) return false;
    struct chosen c = chosen_of(tx->db, code->owner.person);
    const struct limit_use use = {.amount = amount, .strength = STRENGTH_FREE};
    struct fault limit;
    return !c.free_off && free_left(tx->rules, &c, tx->now_ms) > 0 &&
           limit_check(tx, &code->owner, &use, &limit) != ERR_DAY_LIMIT_FREE; /* any other speaks for itself */
}

bool paycode_count_free(struct tx *tx, struct person_id person) {
    struct stmt *q = db_stmt(tx->db, &paycode_sql[COUNT]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, civil_day_of(tx->now_ms));
    db_bind_i64(q, tx->rules->paycode_free_per_day);
    return db_run(q) == 1;
}
