/* SPDX-License-Identifier: Apache-2.0 */
/* What a freeze refuses, and in which words. */
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "ledger/chart.h"
#include "wallet/freeze_order.h"
#include "wallet/merchant.h"

enum { MARKED };
static const struct sql freeze_check_sql[] = {
    [MARKED] = {"SELECT frozen FROM person WHERE id = $1"},
};
DB_STATEMENTS(freeze_check_sql)

static bool stops_credits(const struct freeze *f) {
    return f->scope == FREEZE_CREDITS || f->scope == FREEZE_BOTH;
}

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
    struct stmt *q = db_stmt(db, &freeze_check_sql[MARKED]);
    db_bind_u64(q, person.n);
    bool frozen = db_row(q) && db_col_i64(q, 0) & FUNCTION_BIT(function);
    db_done(q);
    return frozen;
}
