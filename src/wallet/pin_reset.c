/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/pin_reset.h"

#include <string.h>

#include "wallet/card.h"
#include "wallet/code.h"
#include "wallet/paycode.h"
#include "wallet/pin.h"
#include "wallet/realname.h"
#include "wallet/sequence.h"
#include "wallet/throttle.h"

enum { ADD, FIND, USE, SWEEP };
static const struct sql reset_sql[] = {
    [ADD] = {"INSERT INTO pin_reset (id, person, bank, reference, expires_ms, created_ms) VALUES ($1, $2, "
             "$3, $4, $5, $6)"},
    [FIND] = {"SELECT bank, reference, expires_ms FROM pin_reset WHERE id = $1 AND person = $2"},
    [USE] = {"UPDATE pin_reset SET expires_ms = 0 WHERE id = $1 AND person = $2 AND expires_ms > 0"},
    [SWEEP] = {"DELETE FROM pin_reset WHERE id = (SELECT min(id) FROM pin_reset) AND created_ms < $1"},
};
DB_STATEMENTS(reset_sql)

static struct text subject(const struct actor *actor) {
    return (struct text){(const char *)&actor->person.n, sizeof actor->person.n};
}

static enum err check(struct tx *tx, const struct actor *actor, const struct pin_reset_cmd *cmd,
                      struct fault *fault, int *bank) {
    struct card_facts facts = {0};
    struct fault ignored;
    if (!actor->pin_set) return fault_set(fault, ERR_PIN_NOT_SET);
    if (!phone_valid(cmd->phone)) return fault_field(fault, ERR_BAD_PHONE, "/phone");
    if (throttle_ask(tx->db, tx->keys, tx->rules, THROTTLE_PIN_RESET, subject(actor), tx->now_ms, fault))
        return fault->code;
    bool proven = realname_is(tx, actor->person, cmd->name, cmd->id_number) &&
                  card_number_is_bound(tx->db, tx->keys, actor->person, cmd->card_number) &&
                  card_lookup(cmd->card_number, &ignored, &facts) == ERR_OK && facts.bank != 0;
    *bank = facts.bank;
    return proven ? ERR_OK : fault_set(fault, ERR_RECOVERY_PROOF);
}

enum err pin_reset_begin(struct view *view, const struct actor *actor, const struct pin_reset_cmd *cmd,
                         struct fault *fault, int *bank) {
    struct tx look = {.db = view->db, .rules = view->rules, .keys = view->keys, .now_ms = view->now_ms};
    return check(&look, actor, cmd, fault, bank);
}

enum err pin_reset_ask(struct tx *tx, const struct actor *actor, const struct pin_reset_cmd *cmd,
                       enum err verdict, const struct bank_check *asked, struct fault *fault,
                       struct pin_reset *out) {
    int bank = 0;
    enum err err = check(tx, actor, cmd, fault, &bank);
    if (err == ERR_OK && verdict) err = bank_fault(bank, verdict, fault);
    if (err == ERR_RECOVERY_PROOF || err == ERR_CARD_ELEMENTS) {
        struct fault full;
        throttle_count(tx, THROTTLE_PIN_RESET, subject(actor), &full);
    }
    if (err != ERR_OK) return err;

    *out =
        (struct pin_reset){.id = sequence_take(tx->sequence), .bank = bank, .expires_ms = asked->expires_ms};
    phone_mask(cmd->phone, out->sent_to);
    struct stmt *q = db_stmt(tx->db, &reset_sql[ADD]);
    db_bind_u64(q, out->id);
    db_bind_u64(q, actor->person.n);
    db_bind_i64(q, bank);
    db_bind_str(q, asked->reference);
    db_bind_i64(q, asked->expires_ms);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
    q = db_stmt(tx->db, &reset_sql[SWEEP]); /* each new one takes the oldest away */
    db_bind_i64(q, tx->now_ms - tx->rules->session_life_ms);
    db_queue(q);
    return ERR_OK;
}

enum err pin_reset_look(struct db *db, const struct keys *keys, int64_t now_ms, const struct actor *actor,
                        uint64_t id, struct text pin, struct fault *fault, struct pin_reset *out) {
    struct realname name = {0};
    *out = (struct pin_reset){.id = id};
    struct stmt *q = db_stmt(db, &reset_sql[FIND]);
    db_bind_u64(q, id);
    db_bind_u64(q, actor->person.n);
    bool found = db_row(q);
    if (found) {
        out->bank = (int)db_col_i64(q, 0);
        text_keep(db_col_text(q, 1), out->reference, sizeof out->reference);
        out->expires_ms = db_col_i64(q, 2);
    }
    db_done(q);
    if (!found) return fault_set(fault, ERR_NOT_FOUND);
    if (out->expires_ms <= now_ms) return fault_field(fault, ERR_WRONG_CODE, "/code");
    realname_find(db, keys, actor->person, &name);
    bool weak = pin.n != PIN_DIGITS || !text_digits(pin) || pin_is_weak(pin, name.birth);
    crypto_wipe(&name, sizeof name);
    return weak ? fault_field(fault, ERR_WEAK_PIN, "/pin") : ERR_OK;
}

enum err pin_reset_confirm(struct tx *tx, const struct actor *actor, uint64_t id, struct text pin,
                           enum err verdict, struct fault *fault) {
    struct pin_reset reset;
    char phone[PHONE_BYTES];
    int64_t now_ms = verdict ? tx->now_ms : 0; /* a yes of the bank was in time for the bank */
    enum err err = pin_reset_look(tx->db, tx->keys, now_ms, actor, id, pin, fault, &reset);
    if (err == ERR_OK && verdict) {
        err = bank_fault(reset.bank, verdict, fault);
        if (verdict == ERR_WRONG_CODE) text_keep(TEXT("/code"), fault->field, sizeof fault->field);
    }
    if (err != ERR_OK) return err;
    struct stmt *q = db_stmt(tx->db, &reset_sql[USE]);
    db_bind_u64(q, id);
    db_bind_u64(q, actor->person.n);
    if (db_run(q) != 1) return fault_field(fault, ERR_WRONG_CODE, "/code");

    /* From here it must succeed. */
    pin_replace(tx, actor, pin);
    throttle_forget(tx, THROTTLE_PIN_RESET, subject(actor));
    session_end_others(tx, actor);
    paycode_suspend(tx, actor);
    if (person_phone(tx->db, tx->keys, actor->person, phone)) sms_tell(tx, text_of(phone), TOLD_PIN);
    crypto_wipe(phone, sizeof phone);
    return ERR_OK;
}
