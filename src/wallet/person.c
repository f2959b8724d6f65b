/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/person.h"

#include <string.h>

#include "ledger/chart.h"
#include "ledger/ledger.h"
#include "wallet/code.h"
#include "wallet/pin.h"
#include "wallet/sequence.h"
#include "wallet/throttle.h"

enum { PHONE_SEALED = PHONE_DIGITS + SEAL_EXTRA };

enum {
    FIND,
    FIND_PHONE,
    PHONE,
    TAKEN,
    PUT,
    LOGIN_PUT,
    LOGIN_BY_PHONE,
    LOGIN_HASH,
    LOGIN_CHANGE,
    PHONE_CHANGE,
    CLOSE
};
#define PERSON_COLUMNS \
    "id, account, tier, state, created_ms, nickname, name_masked, phone_sealed, name_until_ms"
static const struct sql person_sql[] = {
    [FIND] = {"SELECT " PERSON_COLUMNS " FROM person WHERE id = $1"},
    [FIND_PHONE] = {"SELECT " PERSON_COLUMNS " FROM person WHERE phone_mac = $1"},
    [PHONE] = {"SELECT phone_sealed FROM person WHERE id = $1"},
    [TAKEN] = {"SELECT id FROM person WHERE phone_mac = $1"},
    [PUT] =
        {"INSERT INTO person (id, phone_mac, phone_sealed, account, tier, state, created_ms, notice_read, "
         "nickname, name_masked) VALUES ($1, $2, $3, $4, 0, 1, $5, 0, $6, '') "
         "ON CONFLICT (phone_mac) DO NOTHING"},
    [LOGIN_PUT] = {"INSERT INTO login (person, password, changed_ms) VALUES ($1, $2, $3)"},
    [LOGIN_BY_PHONE] = {"SELECT p.id, l.password FROM person p JOIN login l ON l.person = p.id "
                        "WHERE p.phone_mac = $1 AND p.state = 1"},
    [LOGIN_CHANGE] = {"UPDATE login SET password = $2, changed_ms = $3 WHERE person = $1"},
    [PHONE_CHANGE] = {"UPDATE person SET phone_mac = $2, phone_sealed = $3 WHERE id = $1 AND state = 1"},
    [CLOSE] = {"UPDATE person SET state = 2, phone_mac = $2 WHERE id = $1 AND state = 1"},
    [LOGIN_HASH] = {"SELECT 1 FROM login l JOIN person p ON p.id = l.person "
                    "WHERE l.person = $1 AND l.password = $2 AND p.state = 1"},
};
DB_STATEMENTS(person_sql)

/* --- values --- */

bool phone_valid(struct text phone) {
    return phone.n == PHONE_DIGITS && text_digits(phone) && phone.p[0] == '1' && phone.p[1] >= '3';
}

void phone_mask(struct text phone, char out[PHONE_BYTES]) {
    memcpy(out, phone.p, PHONE_DIGITS);
    memset(out + 3, '*', 4);
    out[PHONE_DIGITS] = '\0';
}

void phone_mac(const struct keys *keys, struct text phone, unsigned char out[MAC_SIZE]) {
    keys_mac(keys, KEY_PHONE, phone.p, phone.n, out);
}

bool nickname_valid(struct text nickname) {
    size_t characters;
    if (!text_utf8(nickname, &characters) || !text_printable(nickname)) return false;
    if (characters < 1 || characters > NICKNAME_MAX) return false;
    return nickname.p[0] != ' ' && nickname.p[nickname.n - 1] != ' ';
}

/* --- reads --- */

static bool phone_unseal(const struct keys *keys, uint64_t person, struct text sealed, char out[PHONE_BYTES]) {
    out[0] = '\0';
    if (sealed.n != PHONE_SEALED) return false;
    if (!keys_unseal(keys, KEY_PHONE, seal_place("person.phone", person).text, sealed.p, sealed.n,
                     (unsigned char *)out))
        return false;
    out[PHONE_DIGITS] = '\0';
    return true;
}

static bool person_row(struct stmt *q, const struct keys *keys, struct person *out) {
    bool found = db_row(q);
    if (found) {
        char phone[PHONE_BYTES];
        *out = (struct person){.id.n = db_col_u64(q, 0),
                               .account.n = db_col_u64(q, 1),
                               .tier = (int)db_col_i64(q, 2),
                               .state = (enum person_state)db_col_i64(q, 3),
                               .created_ms = db_col_i64(q, 4),
                               .name_until_ms = db_col_i64(q, 8)};
        text_keep(db_col_text(q, 5), out->nickname, sizeof out->nickname);
        text_keep(db_col_text(q, 6), out->name_masked, sizeof out->name_masked);
        if (phone_unseal(keys, out->id.n, db_col_blob(q, 7), phone))
            phone_mask(text_of(phone), out->phone_masked);
        crypto_wipe(phone, sizeof phone);
    }
    db_done(q);
    return found;
}

bool person_find(struct db *db, const struct keys *keys, struct person_id id, struct person *out) {
    struct stmt *q = db_stmt(db, &person_sql[FIND]);
    db_bind_u64(q, id.n);
    return person_row(q, keys, out);
}

bool person_find_by_phone(struct db *db, const struct keys *keys, struct text phone, struct person *out) {
    unsigned char mac[MAC_SIZE];
    if (!phone_valid(phone)) return false;
    phone_mac(keys, phone, mac);
    struct stmt *q = db_stmt(db, &person_sql[FIND_PHONE]);
    db_bind_blob(q, mac, sizeof mac);
    return person_row(q, keys, out);
}

bool person_phone(struct db *db, const struct keys *keys, struct person_id id, char out[PHONE_BYTES]) {
    struct stmt *q = db_stmt(db, &person_sql[PHONE]);
    db_bind_u64(q, id.n);
    bool found = db_row(q) && phone_unseal(keys, id.n, db_col_blob(q, 0), out);
    db_done(q);
    return found;
}

/* --- registering --- */

static bool phone_taken(struct tx *tx, const unsigned char mac[MAC_SIZE]) {
    struct stmt *q = db_stmt(tx->db, &person_sql[TAKEN]);
    db_bind_blob(q, mac, MAC_SIZE);
    bool taken = db_row(q);
    db_done(q);
    return taken;
}

static void person_put(struct tx *tx, struct person_id id, struct account_no account,
                       const unsigned char mac[MAC_SIZE], const struct person_register_cmd *cmd) {
    unsigned char sealed[PHONE_SEALED];
    keys_seal(tx->keys, KEY_PHONE, seal_place("person.phone", id.n).text, cmd->phone.p, PHONE_DIGITS, sealed);
    struct stmt *q = db_stmt(tx->db, &person_sql[PUT]);
    db_bind_u64(q, id.n);
    db_bind_blob(q, mac, MAC_SIZE);
    db_bind_blob(q, sealed, sizeof sealed);
    db_bind_u64(q, account.n);
    db_bind_i64(q, tx->now_ms);
    db_bind_text(q, cmd->nickname);
    db_queue(q);

    q = db_stmt(tx->db, &person_sql[LOGIN_PUT]);
    db_bind_u64(q, id.n);
    db_bind_str(q, cmd->password_hash);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
}

static enum err signed_in(struct tx *tx, struct person_id person, const unsigned char hash[SESSION_HASH_SIZE],
                          struct text device, struct fault *fault, struct actor *out) {
    struct session_open_cmd open = {.person = person, .device = device};
    memcpy(open.hash, hash, sizeof open.hash);
    session_open(tx, &open);
    return session_find(tx->db, hash, tx->now_ms, out) ? ERR_OK : fault_set(fault, ERR_STORE);
}

enum err person_register(struct tx *tx, const struct person_register_cmd *cmd, struct fault *fault,
                         struct actor *out) {
    unsigned char mac[MAC_SIZE];
    struct account_no account;
    if (!phone_valid(cmd->phone)) return fault_field(fault, ERR_BAD_PHONE, "/phone");
    if (!nickname_valid(cmd->nickname)) return fault_field(fault, ERR_BAD_FIELD, "/nickname");
    if (code_use(tx, cmd->phone, CODE_REGISTER, cmd->code, fault)) return fault->code;
    phone_mac(tx->keys, cmd->phone, mac);
    if (phone_taken(tx, mac)) return fault_field(fault, ERR_PHONE_TAKEN, "/phone");

    struct person_id id = {sequence_take(tx->sequence)};
    enum ledger_reason reason = ledger_account_open(tx->ledger, ASSET_CNY, CHART_PERSON,
                                                    chart_row(CHART_PERSON)->flags, id.n, &account);
    if (reason != REASON_OK) return fault_set(fault, ERR_OVERLOADED);

    /* From here it must succeed. */
    person_put(tx, id, account, mac, cmd);
    return signed_in(tx, id, cmd->session, cmd->device, fault, out);
}

/* --- signing in --- */

static enum err login_throttle(struct db *db, const struct keys *keys, const struct wallet_rules *rules,
                               struct text phone, struct text address, int64_t now_ms, struct fault *fault) {
    if (throttle_ask(db, keys, rules, THROTTLE_LOGIN_PHONE, phone, now_ms, fault)) return fault->code;
    return throttle_ask(db, keys, rules, THROTTLE_LOGIN_ADDRESS, address, now_ms, fault);
}

enum err person_login_begin(struct view *view, struct text phone, struct text address, struct fault *fault,
                            struct person_login *out) {
    unsigned char mac[MAC_SIZE];
    if (!phone_valid(phone)) return fault_field(fault, ERR_BAD_PHONE, "/phone");
    if (login_throttle(view->db, view->keys, view->rules, phone, address, view->now_ms, fault))
        return fault->code;
    *out = (struct person_login){0};
    phone_mac(view->keys, phone, mac);
    struct stmt *q = db_stmt(view->db, &person_sql[LOGIN_BY_PHONE]);
    db_bind_blob(q, mac, sizeof mac);
    if (db_row(q)) {
        out->person.n = db_col_u64(q, 0);
        text_keep(db_col_text(q, 1), out->hash, sizeof out->hash);
    }
    db_done(q);
    return ERR_OK;
}

/* The password may have been changed, or the person closed, since the slow work began. */
static bool login_holds(struct tx *tx, const struct person_login *login) {
    if (!login->hash[0]) return false;
    struct stmt *q = db_stmt(tx->db, &person_sql[LOGIN_HASH]);
    db_bind_u64(q, login->person.n);
    db_bind_str(q, login->hash);
    bool holds = db_row(q);
    db_done(q);
    return holds;
}

enum err person_login(struct tx *tx, const struct person_login_cmd *cmd, struct fault *fault,
                      struct actor *out) {
    if (login_throttle(tx->db, tx->keys, tx->rules, cmd->phone, cmd->address, tx->now_ms, fault))
        return fault->code;
    if (!login_holds(tx, cmd->login) || !cmd->password_right) {
        struct fault full;
        throttle_count(tx, THROTTLE_LOGIN_PHONE, cmd->phone, &full);
        throttle_count(tx, THROTTLE_LOGIN_ADDRESS, cmd->address, &full);
        return fault_set(fault, ERR_WRONG_LOGIN);
    }
    throttle_forget(tx, THROTTLE_LOGIN_PHONE, cmd->phone);
    return signed_in(tx, cmd->login->person, cmd->session, cmd->device, fault, out);
}

enum err person_login_code(struct tx *tx, const struct person_login_code_cmd *cmd, struct fault *fault,
                           struct actor *out) {
    struct person person;
    if (code_use(tx, cmd->phone, CODE_LOGIN, cmd->code, fault)) return fault->code;
    if (!person_find_by_phone(tx->db, tx->keys, cmd->phone, &person) || person.state != PERSON_OPEN)
        return fault_set(fault, ERR_NOT_FOUND);
    return signed_in(tx, person.id, cmd->session, cmd->device, fault, out);
}

/* --- another password, another phone, no wallet any more --- */

enum err person_set_password(struct tx *tx, struct person_id person, const char *hash,
                             const unsigned char session[SESSION_HASH_SIZE], struct text device,
                             struct fault *fault, struct actor *out) {
    struct stmt *q = db_stmt(tx->db, &person_sql[LOGIN_CHANGE]);
    db_bind_u64(q, person.n);
    db_bind_str(q, hash);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
    session_end_all(tx, person);
    return signed_in(tx, person, session, device, fault, out);
}

enum err person_change_phone(struct tx *tx, const struct actor *actor, const struct person_phone_cmd *cmd,
                             struct fault *fault) {
    unsigned char mac[MAC_SIZE], sealed[PHONE_SEALED];
    char old[PHONE_BYTES];
    if (!phone_valid(cmd->phone)) return fault_field(fault, ERR_BAD_PHONE, "/phone");
    if (pin_check(tx, actor, cmd->pin, fault)) return fault->code;
    if (code_use(tx, cmd->phone, CODE_PHONE, cmd->code, fault)) return fault->code;
    phone_mac(tx->keys, cmd->phone, mac);
    if (phone_taken(tx, mac)) return fault_field(fault, ERR_PHONE_TAKEN, "/phone");

    /* From here it must succeed. */
    if (person_phone(tx->db, tx->keys, actor->person, old)) sms_tell(tx, text_of(old), TOLD_PHONE);
    crypto_wipe(old, sizeof old);
    keys_seal(tx->keys, KEY_PHONE, seal_place("person.phone", actor->person.n).text, cmd->phone.p,
              PHONE_DIGITS, sealed);
    struct stmt *q = db_stmt(tx->db, &person_sql[PHONE_CHANGE]);
    db_bind_u64(q, actor->person.n);
    db_bind_blob(q, mac, sizeof mac);
    db_bind_blob(q, sealed, sizeof sealed);
    db_queue(q);
    return ERR_OK;
}

/* The keyed hash that holds the phone fast becomes one that no phone has. */
void person_close(struct tx *tx, struct person_id person) {
    unsigned char plain[9] = {0}, mac[MAC_SIZE];
    for (int i = 0; i < 8; i++) plain[1 + i] = (unsigned char)(person.n >> (56 - 8 * i));
    keys_mac(tx->keys, KEY_PHONE, plain, sizeof plain, mac);
    struct stmt *q = db_stmt(tx->db, &person_sql[CLOSE]);
    db_bind_u64(q, person.n);
    db_bind_blob(q, mac, sizeof mac);
    db_queue(q);
    session_end_all(tx, person);
}
