/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/pin.h"

#include <string.h>

#include "base/civil.h"
#include "kit/crypto/keys.h"
#include "wallet/realname.h"
#include "wallet/risk.h"

enum { COUNT, PUT, CHANGE };
static const struct sql pin_sql[] = {
    [COUNT] =
        {"UPDATE pin SET wrong = $1, locked_ms = $2 WHERE person = $3 AND wrong = $4 AND locked_ms = $5"},
    [PUT] = {"INSERT INTO pin (person, key, mac, wrong, locked_ms, set_ms) VALUES ($1, $2, $3, 0, 0, $4) "
             "ON CONFLICT (person) DO NOTHING"},
    [CHANGE] = {"UPDATE pin SET key = $2, mac = $3, wrong = 0, locked_ms = 0, set_ms = $4 WHERE person = $1"},
};
DB_STATEMENTS(pin_sql)

/* HMAC(key, person 8, big-endian ‖ six digits): the same PIN of two people is two values. */
static void pin_mac(const struct keys *keys, struct person_id person, struct text pin,
                    unsigned char out[MAC_SIZE]) {
    unsigned char plain[8 + PIN_DIGITS];
    for (int i = 0; i < 8; i++) plain[i] = (unsigned char)(person.n >> (56 - 8 * i));
    memcpy(plain + 8, pin.p, PIN_DIGITS);
    keys_mac(keys, KEY_PIN, plain, sizeof plain, out);
    crypto_wipe(plain, sizeof plain);
}

static bool pin_formed(struct text pin) {
    return pin.n == PIN_DIGITS && text_digits(pin);
}

static enum err locked(struct fault *fault, int64_t until_ms) {
    fault_set(fault, ERR_PIN_LOCKED);
    fault->until_ms = until_ms;
    return fault->code;
}

enum err pin_check(struct tx *tx, const struct actor *actor, struct text pin, struct fault *fault) {
    unsigned char mac[MAC_SIZE];
    if (!actor->pin_set) return fault_set(fault, ERR_PIN_NOT_SET);
    if (actor->pin_locked_ms > tx->now_ms) return locked(fault, actor->pin_locked_ms);
    if (!pin_formed(pin)) return fault_field(fault, ERR_BAD_FIELD, "/pin");

    pin_mac(tx->keys, actor->person, pin, mac);
    bool right = actor->pin_key == keys_number(tx->keys) && crypto_equal(mac, actor->pin_mac, MAC_SIZE);
    if (right && actor->pin_wrong == 0) return ERR_OK;

    /* Count against what was read; who comes second (another server) finds it changed and is not evaluated. */
    int most = tx->rules->pin_tries_max;
    int wrong = right ? 0 : actor->pin_wrong >= most ? 1 : actor->pin_wrong + 1; /* after a lock: anew */
    int64_t until_ms = wrong >= most ? tx->now_ms + tx->rules->pin_lock_ms : 0;
    struct stmt *q = db_stmt(tx->db, &pin_sql[COUNT]);
    db_bind_i64(q, wrong);
    db_bind_i64(q, until_ms);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, actor->pin_wrong);
    db_bind_i64(q, actor->pin_locked_ms);
    if (db_run(q) != 1) return fault_set(fault, ERR_OVERLOADED);

    if (right) return ERR_OK;
    if (until_ms) {
        risk_pin_locked(tx, actor);
        return locked(fault, until_ms);
    }
    fault_field(fault, ERR_WRONG_PIN, "/pin");
    fault->left = most - wrong;
    return fault->code;
}

/* --- which PINs are easy to guess --- */

static int digits_different(const char *digits) {
    unsigned seen = 0;
    for (int i = 0; i < PIN_DIGITS; i++) seen |= 1u << (digits[i] - '0');
    return __builtin_popcount(seen);
}

static bool digits_run(const char *digits) {
    int step = (digits[1] - digits[0] + 10) % 10;
    if (step != 1 && step != 9) return false;
    for (int i = 2; i < PIN_DIGITS; i++)
        if ((digits[i] - digits[i - 1] + 10) % 10 != step) return false;
    return true;
}

/* Any date of this century or the last in the order YYMMDD or MMDDYY. A leap day is one if either century has it. */
static bool digits_date(const char *digits) {
    int pair[3];
    for (int i = 0; i < 3; i++) pair[i] = (digits[2 * i] - '0') * 10 + (digits[2 * i + 1] - '0');
    return civil_valid(1900 + pair[0], pair[1], pair[2]) || civil_valid(2000 + pair[0], pair[1], pair[2]) ||
           civil_valid(1900 + pair[2], pair[0], pair[1]) || civil_valid(2000 + pair[2], pair[0], pair[1]);
}

/* The holder's own day in the orders that no date rule sees: DDMMYY, YYYYMM. */
static bool digits_birthday(const char *digits, int birth) {
    int year = birth / 10000, month = birth / 100 % 100, day = birth % 100, value = 0;
    for (int i = 0; i < PIN_DIGITS; i++) value = value * 10 + (digits[i] - '0');
    return value == day * 10000 + month * 100 + year % 100 || value == year * 100 + month;
}

bool pin_is_weak(struct text pin, int birth) {
    return digits_different(pin.p) < 3 || digits_run(pin.p) || digits_date(pin.p) ||
           (birth && digits_birthday(pin.p, birth));
}

/* --- setting --- */

enum err pin_set(struct tx *tx, const struct actor *actor, const struct pin_set_cmd *cmd, struct fault *fault) {
    unsigned char mac[MAC_SIZE];
    if (!pin_formed(cmd->pin)) return fault_field(fault, ERR_BAD_FIELD, "/pin");
    if (actor->pin_set && cmd->old_pin.n == 0) return fault_set(fault, ERR_PIN_ALREADY_SET);

    struct realname name = {0};
    realname_find(tx->db, tx->keys, actor->person, &name);
    bool weak = pin_is_weak(cmd->pin, name.birth);
    crypto_wipe(&name, sizeof name);
    if (weak) return fault_field(fault, ERR_WEAK_PIN, "/pin");
    if (actor->pin_set && pin_check(tx, actor, cmd->old_pin, fault)) {
        if (fault->field[0]) text_keep(TEXT("/old_pin"), fault->field, sizeof fault->field);
        return fault->code;
    }

    pin_mac(tx->keys, actor->person, cmd->pin, mac);
    struct stmt *q = db_stmt(tx->db, &pin_sql[actor->pin_set ? CHANGE : PUT]);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, keys_number(tx->keys));
    db_bind_blob(q, mac, sizeof mac);
    db_bind_i64(q, tx->now_ms);
    return db_run(q) == 1 ? ERR_OK : fault_set(fault, ERR_PIN_ALREADY_SET);
}

void pin_replace(struct tx *tx, const struct actor *actor, struct text pin) {
    unsigned char mac[MAC_SIZE];
    pin_mac(tx->keys, actor->person, pin, mac);
    struct stmt *q = db_stmt(tx->db, &pin_sql[CHANGE]);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, keys_number(tx->keys));
    db_bind_blob(q, mac, sizeof mac);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
}
