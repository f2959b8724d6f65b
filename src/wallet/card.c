/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/card.h"

#include <string.h>

#include "wallet/function.h"
#include "wallet/maintenance.h"
#include "wallet/pin.h"
#include "wallet/sequence.h"
#include "wallet/throttle.h"
#include "wallet/tier.h"

enum { NUMBER_SEALED_MAX = CARD_DIGITS_MAX + SEAL_EXTRA, PHONE_SEALED = PHONE_DIGITS + SEAL_EXTRA };

enum {
    FIND,
    LIST,
    COUNT_BOUND,
    BOUND_BY,
    PUT,
    UNBIND,
    UNBIND_ALL,
    RANK,
    BINDING_PUT,
    BINDING_FIND,
    BINDING_DONE,
    BINDING_SWEEP,
};
#define CARD_COLUMNS "id, person, bank, kind, state, first6, last4, bound_ms, token_sealed"
static const struct sql card_sql[] = {
    [FIND] = {"SELECT " CARD_COLUMNS " FROM card WHERE id = $1"},
    [LIST] = {"SELECT " CARD_COLUMNS
              " FROM card WHERE person = $1 AND state = 1 ORDER BY rank, id DESC LIMIT $2"},
    [COUNT_BOUND] = {"SELECT CAST(count(*) AS BIGINT) FROM card WHERE person = $1 AND state = 1"},
    [BOUND_BY] = {"SELECT person FROM card WHERE number_mac = $1 AND state = 1"},
    [PUT] = {"INSERT INTO card (id, person, bank, kind, state, number_mac, number_sealed, phone_sealed, "
             "token_sealed, first6, last4, bound_ms, unbound_ms) "
             "VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11, 0) "
             "ON CONFLICT (number_mac) WHERE state = 1 DO NOTHING"},
    [UNBIND] = {"UPDATE card SET state = 2, unbound_ms = $3 WHERE id = $1 AND person = $2 AND state = 1"},
    [RANK] = {"UPDATE card SET rank = $2 WHERE id = $1 AND rank <> $2"},
    [UNBIND_ALL] = {"UPDATE card SET state = 2, unbound_ms = $2 WHERE person = $1 AND state = 1"},
    [BINDING_PUT] = {"INSERT INTO binding (id, person, bank, kind, number_sealed, phone_sealed, reference, "
                     "expires_ms, card) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)"},
    [BINDING_FIND] = {"SELECT person, bank, kind, number_sealed, phone_sealed, reference, expires_ms, card "
                      "FROM binding WHERE id = $1"},
    [BINDING_DONE] = {"UPDATE binding SET card = $2 WHERE id = $1 AND card = 0"},
    [BINDING_SWEEP] = {"DELETE FROM binding WHERE expires_ms = "
                       "(SELECT min(expires_ms) FROM binding WHERE expires_ms < $1)"},
};
DB_STATEMENTS(card_sql)

/* --- reads --- */

static void card_row(const struct stmt *q, struct card *out) {
    *out = (struct card){.id.n = db_col_u64(q, 0),
                         .person.n = db_col_u64(q, 1),
                         .bank = (int)db_col_i64(q, 2),
                         .kind = (enum card_kind)db_col_i64(q, 3),
                         .state = (enum card_state)db_col_i64(q, 4),
                         .bound_ms = db_col_i64(q, 7)};
    text_keep(db_col_text(q, 5), out->first6, sizeof out->first6);
    text_keep(db_col_text(q, 6), out->last4, sizeof out->last4);
    struct text token = db_col_blob(q, 8);
    if (token.n > 0 && token.n <= sizeof out->sealed_token) {
        memcpy(out->sealed_token, token.p, token.n);
        out->sealed_size = token.n;
    }
}

bool card_find(struct db *db, struct card_id id, struct card *out) {
    struct stmt *q = db_stmt(db, &card_sql[FIND]);
    db_bind_u64(q, id.n);
    bool found = db_row(q);
    if (found) card_row(q, out);
    db_done(q);
    return found;
}

enum err card_use(struct db *db, const struct actor *actor, struct card_id id, struct fault *fault,
                  struct card *out) {
    struct card card;
    if (!card_find(db, id, &card) || card.person.n != actor->person.n) return fault_set(fault, ERR_NOT_FOUND);
    if (card.state != CARD_BOUND) return fault_set(fault, ERR_CARD_GONE);
    *out = card;
    return ERR_OK;
}

size_t card_list(struct db *db, struct person_id person, struct card *out, size_t max) {
    size_t count = 0;
    struct stmt *q = db_stmt(db, &card_sql[LIST]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, (int64_t)max);
    while (count < max && db_row(q)) card_row(q, &out[count++]);
    db_done(q);
    return count;
}

enum err card_lookup(struct text number, struct fault *fault, struct card_facts *out) {
    struct card_facts facts = {0};
    if (number.n < CARD_DIGITS_MIN || number.n > CARD_DIGITS_MAX || !luhn_valid(number))
        return fault_field(fault, ERR_BAD_CARD_NUMBER, "/number");
    if (!issuer_find(number, &facts.issuer)) return fault_field(fault, ERR_CARD_UNKNOWN_BANK, "/number");
    const struct bank_row *bank = bank_by_code(facts.issuer.code);
    facts.bank = bank ? bank->no : 0;
    facts.supported = bank && (facts.issuer.kind == CARD_DEBIT || facts.issuer.kind == CARD_CREDIT);
    *out = facts;
    return ERR_OK;
}

/* --- what both steps of a binding ask --- */

static void number_mac(const struct keys *keys, struct text number, unsigned char out[MAC_SIZE]) {
    keys_mac(keys, KEY_CARD, number.p, number.n, out);
}

/* Free for this person: bound by nobody, and there is room for one more. */
static enum err card_free(struct db *db, const struct wallet_rules *rules, const struct actor *actor,
                          const unsigned char mac[MAC_SIZE], struct fault *fault) {
    struct stmt *q = db_stmt(db, &card_sql[BOUND_BY]);
    db_bind_blob(q, mac, MAC_SIZE);
    uint64_t holder = db_row(q) ? db_col_u64(q, 0) : 0;
    db_done(q);
    if (holder)
        return fault_set(fault, holder == actor->person.n ? ERR_CARD_ALREADY_BOUND : ERR_CARD_NAME_DIFFERS);

    q = db_stmt(db, &card_sql[COUNT_BOUND]);
    db_bind_u64(q, actor->person.n);
    int64_t bound = db_row(q) ? db_col_i64(q, 0) : 0;
    db_done(q);
    return bound >= rules->cards_max ? fault_set(fault, ERR_TOO_MANY_CARDS) : ERR_OK;
}

/* A person's number as bytes, for the throttle. */
static struct text throttle_subject(const struct actor *actor) {
    return (struct text){(const char *)&actor->person.n, sizeof actor->person.n};
}

/* --- first step --- */

static enum err bind_check(struct db *db, const struct keys *keys, const struct wallet_rules *rules,
                           const struct actor *actor, const struct card_bind_cmd *cmd, struct fault *fault,
                           struct card_facts *facts) {
    unsigned char mac[MAC_SIZE];
    if (actor->tier < 1) return fault_set(fault, ERR_REALNAME_NEEDED);
    if (!phone_valid(cmd->phone)) return fault_field(fault, ERR_BAD_PHONE, "/phone");
    if (card_lookup(cmd->number, fault, facts)) return fault->code;
    if (!facts->supported) return fault_field(fault, ERR_CARD_NOT_SUPPORTED, "/number");
    number_mac(keys, cmd->number, mac);
    return card_free(db, rules, actor, mac, fault);
}

enum err card_bind_begin(struct view *view, const struct actor *actor, const struct card_bind_cmd *cmd,
                         struct fault *fault, struct realname *holder, int *bank) {
    struct card_facts facts = {0};
    if (bind_check(view->db, view->keys, view->rules, actor, cmd, fault, &facts)) return fault->code;
    if (throttle_ask(view->db, view->keys, view->rules, THROTTLE_CARD, throttle_subject(actor), view->now_ms,
                     fault))
        return fault->code;
    if (!realname_find(view->db, view->keys, actor->person, holder))
        return fault_set(fault, ERR_REALNAME_NEEDED);
    *bank = facts.bank;
    return ERR_OK;
}

enum err card_bind(struct tx *tx, const struct actor *actor, const struct card_bind_cmd *cmd, enum err verdict,
                   const struct bank_check *asked, struct fault *fault, struct card_binding *out) {
    struct card_facts facts = {0};
    if (function_check(tx, actor, FUNCTION_CARD, fault)) return fault->code;
    if (bind_check(tx->db, tx->keys, tx->rules, actor, cmd, fault, &facts)) return fault->code;
    if (maintenance_check_bank(tx, facts.bank, fault)) return fault->code;
    if (err_class(verdict) == CLASS_BUSY) { /* the bank was not asked, or did not hear: not counted */
        enum err full = throttle_ask(tx->db, tx->keys, tx->rules, THROTTLE_CARD, throttle_subject(actor),
                                     tx->now_ms, fault);
        return full ? full : bank_fault(facts.bank, verdict, fault);
    }
    if (throttle_count(tx, THROTTLE_CARD, throttle_subject(actor), fault)) return fault->code;
    if (verdict) return bank_fault(facts.bank, verdict, fault);

    *out = (struct card_binding){.id = sequence_take(tx->sequence),
                                 .bank = facts.bank,
                                 .expires_ms = asked->expires_ms};
    phone_mask(cmd->phone, out->sent_to);
    memcpy(out->reference, asked->reference, sizeof out->reference);

    unsigned char number[NUMBER_SEALED_MAX], phone[PHONE_SEALED];
    keys_seal(tx->keys, KEY_CARD, seal_place("binding.number", out->id).text, cmd->number.p, cmd->number.n,
              number);
    keys_seal(tx->keys, KEY_CARD, seal_place("binding.phone", out->id).text, cmd->phone.p, cmd->phone.n, phone);
    struct stmt *q = db_stmt(tx->db, &card_sql[BINDING_PUT]);
    db_bind_u64(q, out->id);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, facts.bank);
    db_bind_i64(q, facts.issuer.kind);
    db_bind_blob(q, number, cmd->number.n + SEAL_EXTRA);
    db_bind_blob(q, phone, sizeof phone);
    db_bind_str(q, out->reference);
    db_bind_i64(q, out->expires_ms);
    db_queue(q);

    q = db_stmt(tx->db, &card_sql[BINDING_SWEEP]); /* each new one takes the oldest spent ones away */
    db_bind_i64(q, tx->now_ms - tx->rules->session_life_ms);
    db_queue(q);
    return ERR_OK;
}

/* --- second step --- */

struct binding {
    struct card_binding shown;
    enum card_kind kind;
    uint64_t card;
    char number[CARD_DIGITS_MAX + 1], phone[PHONE_BYTES];
};

/* The caller's own binding, opened. Wipe it. */
static bool binding_find(struct db *db, const struct keys *keys, const struct actor *actor, uint64_t id,
                         struct binding *out) {
    *out = (struct binding){.shown.id = id};
    struct stmt *q = db_stmt(db, &card_sql[BINDING_FIND]);
    db_bind_u64(q, id);
    bool found = db_row(q) && db_col_u64(q, 0) == actor->person.n;
    if (found) {
        struct text number = db_col_blob(q, 3), phone = db_col_blob(q, 4);
        out->shown.bank = (int)db_col_i64(q, 1);
        out->kind = (enum card_kind)db_col_i64(q, 2);
        text_keep(db_col_text(q, 5), out->shown.reference, sizeof out->shown.reference);
        out->shown.expires_ms = db_col_i64(q, 6);
        out->card = db_col_u64(q, 7);
        found = number.n > SEAL_EXTRA && number.n <= NUMBER_SEALED_MAX && phone.n == PHONE_SEALED &&
                keys_unseal(keys, KEY_CARD, seal_place("binding.number", id).text, number.p, number.n,
                            (unsigned char *)out->number) &&
                keys_unseal(keys, KEY_CARD, seal_place("binding.phone", id).text, phone.p, phone.n,
                            (unsigned char *)out->phone);
        if (found) phone_mask(text_of(out->phone), out->shown.sent_to);
    }
    db_done(q);
    return found;
}

static enum err confirm_check(struct db *db, const struct keys *keys, const struct wallet_rules *rules,
                              int64_t now_ms, const struct actor *actor, uint64_t id, struct fault *fault,
                              struct binding *out, unsigned char mac[MAC_SIZE]) {
    if (!binding_find(db, keys, actor, id, out)) return fault_set(fault, ERR_NOT_FOUND);
    if (out->card) return fault_set(fault, ERR_CARD_ALREADY_BOUND);
    if (out->shown.expires_ms <= now_ms) return fault_field(fault, ERR_WRONG_CODE, "/code");
    number_mac(keys, text_of(out->number), mac);
    return card_free(db, rules, actor, mac, fault);
}

enum err card_confirm_begin(struct view *view, const struct actor *actor, uint64_t binding,
                            struct fault *fault, struct card_binding *out) {
    struct binding found;
    unsigned char mac[MAC_SIZE];
    enum err err =
        confirm_check(view->db, view->keys, view->rules, view->now_ms, actor, binding, fault, &found, mac);
    if (!err) *out = found.shown;
    crypto_wipe(&found, sizeof found);
    return err;
}

static bool card_put(struct tx *tx, const struct actor *actor, const struct binding *binding,
                     const unsigned char mac[MAC_SIZE], const struct bank_grant *grant, struct card *out) {
    size_t size = strlen(binding->number);
    unsigned char number[NUMBER_SEALED_MAX], phone[PHONE_SEALED];
    *out = (struct card){.id.n = sequence_take(tx->sequence),
                         .person = actor->person,
                         .bank = binding->shown.bank,
                         .kind = binding->kind,
                         .state = CARD_BOUND,
                         .bound_ms = tx->now_ms};
    memcpy(out->first6, binding->number, 6);
    memcpy(out->last4, binding->number + size - 4, 4);
    out->sealed_size = bank_token_seal(tx->keys, out->id, grant->token, out->sealed_token);
    keys_seal(tx->keys, KEY_CARD, seal_place("card.number", out->id.n).text, binding->number, size, number);
    keys_seal(tx->keys, KEY_CARD, seal_place("card.phone", out->id.n).text, binding->phone, PHONE_DIGITS,
              phone);

    struct stmt *q = db_stmt(tx->db, &card_sql[PUT]);
    db_bind_u64(q, out->id.n);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, out->bank);
    db_bind_i64(q, out->kind);
    db_bind_blob(q, mac, MAC_SIZE);
    db_bind_blob(q, number, size + SEAL_EXTRA);
    db_bind_blob(q, phone, sizeof phone);
    db_bind_blob(q, out->sealed_token, out->sealed_size);
    db_bind_str(q, out->first6);
    db_bind_str(q, out->last4);
    db_bind_i64(q, tx->now_ms);
    return db_run(q) == 1;
}

enum err card_confirm(struct tx *tx, const struct actor *actor, uint64_t id, enum err verdict,
                      const struct bank_grant *grant, struct fault *fault, struct card *out) {
    struct binding binding;
    unsigned char mac[MAC_SIZE];
    if (function_check(tx, actor, FUNCTION_CARD, fault)) return fault->code;
    int64_t now_ms = verdict ? tx->now_ms : 0; /* a yes of the bank was in time for the bank */
    enum err err = confirm_check(tx->db, tx->keys, tx->rules, now_ms, actor, id, fault, &binding, mac);
    if (!err && verdict) {
        err = bank_fault(binding.shown.bank, verdict, fault);
        if (verdict == ERR_WRONG_CODE) text_keep(TEXT("/code"), fault->field, sizeof fault->field);
    }
    if (!err && !card_put(tx, actor, &binding, mac, grant, out))
        err = fault_set(fault, ERR_CARD_ALREADY_BOUND);
    crypto_wipe(&binding, sizeof binding);
    if (err) return err;

    struct stmt *q = db_stmt(tx->db, &card_sql[BINDING_DONE]);
    db_bind_u64(q, id);
    db_bind_u64(q, out->id.n);
    db_queue(q);
    tier_count(tx, actor->person);
    return ERR_OK;
}

/* --- taking a card out --- */

enum err card_unbind(struct tx *tx, const struct actor *actor, struct card_id id, struct text pin,
                     struct fault *fault, struct card *out) {
    struct card card;
    if (card_use(tx->db, actor, id, fault, &card)) return fault->code;
    if (bank_card_busy(tx->db, id)) return fault_set(fault, ERR_CARD_BUSY);
    if (pin_check(tx, actor, pin, fault)) return fault->code;

    struct stmt *q = db_stmt(tx->db, &card_sql[UNBIND]);
    db_bind_u64(q, id.n);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, tx->now_ms);
    if (db_run(q) != 1) return fault_set(fault, ERR_CARD_GONE);
    card.state = CARD_UNBOUND;
    *out = card;
    return ERR_OK;
}

void card_unbind_all(struct tx *tx, struct person_id person) {
    struct stmt *q = db_stmt(tx->db, &card_sql[UNBIND_ALL]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
}

bool card_number_is_bound(struct db *db, const struct keys *keys, struct person_id person, struct text number) {
    unsigned char mac[MAC_SIZE];
    number_mac(keys, number, mac);
    struct stmt *q = db_stmt(db, &card_sql[BOUND_BY]);
    db_bind_blob(q, mac, sizeof mac);
    bool bound = db_row(q) && db_col_u64(q, 0) == person.n;
    db_done(q);
    return bound;
}

/* --- their order --- */

enum { CARDS_MAX = 100 }; /* as many as cards_max may allow */

enum err card_reorder(struct tx *tx, const struct actor *actor, struct card_id id, enum card_move move,
                      struct fault *fault) {
    struct card card, cards[CARDS_MAX];
    if (card_use(tx->db, actor, id, fault, &card)) return fault->code;
    size_t count = card_list(tx->db, actor->person, cards, CARDS_MAX), from = 0;
    while (from < count && cards[from].id.n != id.n) from++;
    if (from == count) return fault_set(fault, ERR_NOT_FOUND);
    size_t to = move == CARD_FIRST ? 0 : move == CARD_EARLIER ? from - (from > 0) : from + (from + 1 < count);
    struct card moved = cards[from];
    if (to < from) memmove(&cards[to + 1], &cards[to], (from - to) * sizeof cards[0]);
    else memmove(&cards[from], &cards[from + 1], (to - from) * sizeof cards[0]);
    cards[to] = moved;
    for (size_t i = 0; i < count; i++) {
        struct stmt *q = db_stmt(tx->db, &card_sql[RANK]);
        db_bind_u64(q, cards[i].id.n);
        db_bind_i64(q, (int64_t)i + 1);
        db_queue(q);
    }
    return ERR_OK;
}
