/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/realname.h"

#include <string.h>

#include "base/civil.h"
#include "kit/crypto/keys.h"
#include "ledger/ledger.h"
#include "wallet/pin.h"
#include "wallet/region.h"
#include "wallet/rename.h"
#include "wallet/throttle.h"
#include "wallet/tier.h"

enum { YEAR_MIN = 1850 };
enum { NAME_SEALED_MAX = REALNAME_BYTES + SEAL_EXTRA, ID_SEALED = ID_NUMBER_PLACES + SEAL_EXTRA };

enum { UNTIL, REJECT, REJECTED, REJECTED_NOT, FIND, IN_USE, PUT, RELEASE, NAME };
static const struct sql realname_sql[] = {
    [UNTIL] = {"UPDATE person SET name_until_ms = $1 WHERE id = $2"},
    [REJECT] =
        {"INSERT INTO realname_rejected (person, at_ms) VALUES ($1, $2) ON CONFLICT (person) DO UPDATE "
         "SET at_ms = $2"},
    [REJECTED] = {"SELECT at_ms FROM realname_rejected WHERE person = $1"},
    [REJECTED_NOT] = {"DELETE FROM realname_rejected WHERE person = $1"},
    [FIND] = {"SELECT name_sealed, id_sealed, verified_ms FROM realname WHERE person = $1"},
    [IN_USE] = {"SELECT person FROM realname WHERE id_mac = $1"},
    [PUT] = {"INSERT INTO realname (person, id_mac, name_sealed, id_sealed, verified_ms) "
             "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"},
    [RELEASE] = {"UPDATE realname SET id_mac = $2 WHERE person = $1"},
    [NAME] = {"UPDATE person SET name_masked = $2 WHERE id = $1"},
};
DB_STATEMENTS(realname_sql)

/* --- ID numbers --- */

static int digits_value(const char *digits, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) value = value * 10 + (digits[i] - '0');
    return value;
}

/* GB 11643-1999, after ISO 7064 MOD 11-2. */
static char check_character(const char *number) {
    static const int weights[ID_NUMBER_PLACES - 1] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < ID_NUMBER_PLACES - 1; i++) sum += (number[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

enum err id_number_check(struct text typed, int64_t now_ms, char out[ID_NUMBER_BYTES], int *birth) {
    if (typed.n != ID_NUMBER_PLACES) return ERR_BAD_ID_NUMBER;
    if (!text_digits((struct text){typed.p, ID_NUMBER_PLACES - 1})) return ERR_BAD_ID_NUMBER;
    if (!region_known((struct text){typed.p, 6})) return ERR_BAD_ID_NUMBER;

    int year = digits_value(typed.p + 6, 4), month = digits_value(typed.p + 10, 2),
        day = digits_value(typed.p + 12, 2);
    if (year < YEAR_MIN || !civil_valid(year, month, day)) return ERR_BAD_ID_NUMBER;
    if (civil_day(year, month, day) > civil_day_of(now_ms)) return ERR_BAD_ID_NUMBER;

    char last = typed.p[ID_NUMBER_PLACES - 1];
    if (last == 'x') last = 'X';
    if (last != check_character(typed.p)) return ERR_BAD_ID_NUMBER;
    memcpy(out, typed.p, ID_NUMBER_PLACES - 1);
    out[ID_NUMBER_PLACES - 1] = last;
    out[ID_NUMBER_PLACES] = '\0';
    *birth = year * 10000 + month * 100 + day;
    return ERR_OK;
}

void id_number_mask(const char number[ID_NUMBER_BYTES], char out[ID_NUMBER_BYTES]) {
    memcpy(out, number, ID_NUMBER_BYTES);
    memset(out + 3, '*', ID_NUMBER_PLACES - 7);
}

int id_number_age(int birth, int64_t now_ms) {
    return civil_age(birth / 10000, birth / 100 % 100, birth % 100, now_ms);
}

/* --- names --- */

enum { MIDDLE_DOT = 0xB7, HAN_MIN = 2, HAN_MAX = 20, LATIN_MIN = 2, LATIN_MAX = 40 };

/* CJK unified ideographs, extensions A to H, and the compatibility block. */
static bool is_han(int32_t c) {
    return c == 0x3007 || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x323AF);
}

static bool is_letter(int32_t c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Members, and between any two of them at most one joint; its ends are members. */
static bool name_built(struct text name, bool (*member)(int32_t), const char *joints, size_t *characters) {
    bool after_member = false;
    *characters = 0;
    for (size_t at = 0; at < name.n; ++*characters) {
        int32_t c = text_next(name, &at);
        if (c < 0) return false;
        bool is_member = member(c);
        if (!is_member &&
            !(after_member && (joints ? c < 0x80 && c > 0 && strchr(joints, c) : c == MIDDLE_DOT)))
            return false;
        after_member = is_member;
    }
    return after_member;
}

bool realname_valid(struct text name) {
    size_t characters;
    if (name_built(name, is_han, NULL, &characters)) return characters >= HAN_MIN && characters <= HAN_MAX;
    if (name_built(name, is_letter, " -'", &characters))
        return characters >= LATIN_MIN && characters <= LATIN_MAX;
    return false;
}

static void mask_add(char *out, size_t *size, const char *bytes, size_t n) {
    if (*size + n >= NAME_MASKED_BYTES) return;
    memcpy(out + *size, bytes, n);
    *size += n;
    out[*size] = '\0';
}

/* Latin: the first letter of each word. Chinese: first and last character, of two the first; never more than two stars between,
 * so that the length stays untold. */
void realname_mask(struct text name, char out[NAME_MASKED_BYTES]) {
    size_t size = 0, characters = 0, last = 0, first_end = 0;
    out[0] = '\0';
    if (is_letter((unsigned char)name.p[0])) {
        for (size_t i = 0; i < name.n; i++) {
            if (i > 0 && name.p[i - 1] != ' ') continue;
            if (i > 0) mask_add(out, &size, " ", 1);
            mask_add(out, &size, name.p + i, 1);
            mask_add(out, &size, "*", 1);
        }
        return;
    }
    for (size_t at = 0; at < name.n; characters++) {
        last = at;
        if (text_next(name, &at) < 0) break;
        if (characters == 0) first_end = at;
    }
    mask_add(out, &size, name.p, first_end);
    mask_add(out, &size, "**", characters > 3 ? 2 : 1);
    if (characters > 2) mask_add(out, &size, name.p + last, name.n - last);
}

/* --- the sandbox's provider --- */

/* What docs/sandbox.md says of them: names that the register does not know with any number. */
static const char *const sandbox_rejected[] = {"查无此人", "李不符", "Nobody Atall"};

static enum err sandbox_check(struct realname_provider *provider, struct text name, struct text id_number,
                              struct fault *fault) {
    (void)provider, (void)id_number;
    for (size_t i = 0; i < sizeof sandbox_rejected / sizeof sandbox_rejected[0]; i++)
        if (text_is(name, sandbox_rejected[i])) return fault_set(fault, ERR_REALNAME_REJECTED);
    return ERR_OK;
}

struct realname_provider *realname_sandbox(void) {
    static struct realname_provider provider = {sandbox_check};
    return &provider;
}

/* --- verbs --- */

struct realname_checked {
    char number[ID_NUMBER_BYTES];
    unsigned char mac[MAC_SIZE];
};

/* All that can be said without the provider, in order of precedence. */
static enum err realname_check(struct db *db, const struct keys *keys, const struct wallet_rules *rules,
                               int64_t now_ms, const struct actor *actor, const struct realname_cmd *cmd,
                               struct fault *fault, struct realname_checked *out) {
    int birth;
    if (actor->tier > 0) return fault_set(fault, ERR_REALNAME_DONE);
    if (!realname_valid(cmd->name)) return fault_field(fault, ERR_BAD_NAME, "/name");
    if (id_number_check(cmd->id_number, now_ms, out->number, &birth))
        return fault_field(fault, ERR_BAD_ID_NUMBER, "/id_number");
    if (id_number_age(birth, now_ms) < rules->age_min) return fault_set(fault, ERR_AGE_LIMIT);

    keys_mac(keys, KEY_ID_NUMBER, out->number, ID_NUMBER_PLACES, out->mac);
    struct stmt *q = db_stmt(db, &realname_sql[IN_USE]);
    db_bind_blob(q, out->mac, sizeof out->mac);
    bool in_use = db_row(q);
    db_done(q);
    return in_use ? fault_field(fault, ERR_ID_IN_USE, "/id_number") : ERR_OK;
}

/* A person's number as bytes, for the throttle. */
static struct text throttle_subject(const struct actor *actor) {
    return (struct text){(const char *)&actor->person.n, sizeof actor->person.n};
}

enum err realname_begin(struct view *view, const struct actor *actor, const struct realname_cmd *cmd,
                        struct fault *fault) {
    struct realname_checked checked = {0};
    enum err err =
        realname_check(view->db, view->keys, view->rules, view->now_ms, actor, cmd, fault, &checked);
    crypto_wipe(&checked, sizeof checked);
    if (err) return err;
    return throttle_ask(view->db, view->keys, view->rules, THROTTLE_REALNAME, throttle_subject(actor),
                        view->now_ms, fault);
}

/* Only then can somebody have a bill with the old name. */
static bool has_history(struct tx *tx, struct account_no account) {
    struct account now;
    struct entry newest;
    return ledger_account_get(tx->ledger, account, &now) &&
           ledger_entry_read(tx->ledger, tx->db, (struct entry_no){now.newest}, &newest) &&
           !(newest.flags & ENTRY_OPEN);
}

/* Remembered, so that the person is told later too why the wallet does not work yet. */
static void reject(struct tx *tx, struct person_id person) {
    struct stmt *q = db_stmt(tx->db, &realname_sql[REJECT]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
}

enum err realname_set(struct tx *tx, const struct actor *actor, const struct realname_cmd *cmd,
                      enum err verdict, struct fault *fault) {
    struct realname_checked checked = {0};
    if (realname_check(tx->db, tx->keys, tx->rules, tx->now_ms, actor, cmd, fault, &checked))
        return fault->code;
    if (verdict && verdict != ERR_REALNAME_REJECTED) { /* nobody was asked, or nobody knew: not counted */
        enum err full = throttle_ask(tx->db, tx->keys, tx->rules, THROTTLE_REALNAME, throttle_subject(actor),
                                     tx->now_ms, fault);
        return full ? full : fault_set(fault, verdict);
    }
    if (throttle_count(tx, THROTTLE_REALNAME, throttle_subject(actor), fault)) return fault->code;
    if (verdict) {
        reject(tx, actor->person);
        return fault_set(fault, verdict);
    }

    unsigned char name[NAME_SEALED_MAX], number[ID_SEALED];
    char masked[NAME_MASKED_BYTES];
    keys_seal(tx->keys, KEY_ID_NUMBER, seal_place("realname.name", actor->person.n).text, cmd->name.p,
              cmd->name.n, name);
    keys_seal(tx->keys, KEY_ID_NUMBER, seal_place("realname.id", actor->person.n).text, checked.number,
              ID_NUMBER_PLACES, number);
    realname_mask(cmd->name, masked);
    crypto_wipe(checked.number, sizeof checked.number);

    struct stmt *q = db_stmt(tx->db, &realname_sql[PUT]);
    db_bind_u64(q, actor->person.n);
    db_bind_blob(q, checked.mac, sizeof checked.mac);
    db_bind_blob(q, name, cmd->name.n + SEAL_EXTRA);
    db_bind_blob(q, number, sizeof number);
    db_bind_i64(q, tx->now_ms);
    if (db_run(q) != 1) return fault_field(fault, ERR_ID_IN_USE, "/id_number"); /* somebody was faster */

    q = db_stmt(tx->db, &realname_sql[NAME]);
    db_bind_u64(q, actor->person.n);
    db_bind_str(q, masked);
    db_queue(q);
    q = db_stmt(tx->db, &realname_sql[REJECTED_NOT]);
    db_bind_u64(q, actor->person.n);
    db_queue(q);
    tier_count(tx, actor->person);
    if (has_history(tx, actor->account)) rename_note(tx, PARTY_PERSON, actor->person.n);
    return ERR_OK;
}

enum err realname_valid_until(struct tx *tx, const struct actor *actor, int64_t until_ms, struct text pin,
                              struct fault *fault) {
    enum err err = pin_check(tx, actor, pin, fault);
    if (err != ERR_OK) return err;
    if (actor->tier < 1) return fault_set(fault, ERR_REALNAME_NEEDED);
    if (until_ms != 0 && until_ms <= tx->now_ms) return fault_field(fault, ERR_BAD_RANGE, "/valid_until");
    struct stmt *q = db_stmt(tx->db, &realname_sql[UNTIL]);
    db_bind_i64(q, until_ms);
    db_bind_u64(q, actor->person.n);
    db_queue(q);
    return ERR_OK;
}

enum err realname_stands(const struct actor *actor, int64_t now_ms, struct fault *fault) {
    if (actor->tier < 1) return fault_set(fault, ERR_REALNAME_NEEDED);
    if (actor->name_until_ms == 0 || now_ms <= actor->name_until_ms) return ERR_OK;
    fault_set(fault, ERR_IDENTITY_EXPIRED);
    fault->until_ms = actor->name_until_ms;
    return ERR_IDENTITY_EXPIRED;
}

/* --- reads --- */

int64_t realname_rejected_ms(struct db *db, struct person_id person) {
    struct stmt *q = db_stmt(db, &realname_sql[REJECTED]);
    db_bind_u64(q, person.n);
    int64_t at_ms = db_row(q) ? db_col_i64(q, 0) : 0;
    db_done(q);
    return at_ms;
}

bool realname_find(struct db *db, const struct keys *keys, struct person_id person, struct realname *out) {
    struct stmt *q = db_stmt(db, &realname_sql[FIND]);
    db_bind_u64(q, person.n);
    struct realname name = {0};
    bool found = db_row(q);
    if (found) {
        struct text sealed_name = db_col_blob(q, 0), sealed_id = db_col_blob(q, 1);
        name.verified_ms = db_col_i64(q, 2);
        found = sealed_name.n < REALNAME_BYTES + SEAL_EXTRA && sealed_id.n == ID_SEALED &&
                keys_unseal(keys, KEY_ID_NUMBER, seal_place("realname.name", person.n).text, sealed_name.p,
                            sealed_name.n, (unsigned char *)name.name) &&
                keys_unseal(keys, KEY_ID_NUMBER, seal_place("realname.id", person.n).text, sealed_id.p,
                            sealed_id.n, (unsigned char *)name.id_number);
        if (found) {
            name.birth = digits_value(name.id_number + 6, 8);
            *out = name;
        }
    }
    db_done(q);
    crypto_wipe(&name, sizeof name);
    return found;
}

bool realname_is(struct tx *tx, struct person_id person, struct text name, struct text id_number) {
    struct realname known;
    char typed[ID_NUMBER_BYTES];
    int birth;
    if (id_number_check(id_number, tx->now_ms, typed, &birth) ||
        !realname_find(tx->db, tx->keys, person, &known))
        return false;
    bool same =
        text_equal(name, text_of(known.name)) && crypto_equal(typed, known.id_number, ID_NUMBER_PLACES);
    crypto_wipe(&known, sizeof known);
    return same;
}

/* The row stays, as the law wants it; the keyed hash that holds the number fast becomes one that no number has. */
void realname_release(struct tx *tx, struct person_id person) {
    unsigned char plain[9] = {0}, mac[MAC_SIZE];
    for (int i = 0; i < 8; i++) plain[1 + i] = (unsigned char)(person.n >> (56 - 8 * i));
    keys_mac(tx->keys, KEY_ID_NUMBER, plain, sizeof plain, mac);
    struct stmt *q = db_stmt(tx->db, &realname_sql[RELEASE]);
    db_bind_u64(q, person.n);
    db_bind_blob(q, mac, sizeof mac);
    db_queue(q);
}
