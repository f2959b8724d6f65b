/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/closing.h"

#include <assert.h>

#include "ledger/ledger.h"
#include "wallet/card.h"
#include "wallet/code.h"
#include "wallet/document.h"
#include "wallet/freeze.h"
#include "wallet/house.h"
#include "wallet/merchant.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/pocket.h"

enum { SHOPS_MAX = 1000 }; /* as many as merchants_max may allow */

struct reasons {
    struct fault *rows;
    size_t count;
};

static void add(struct reasons *reasons, enum err code, uint64_t amount, const char *name) {
    if (amount == 0 || reasons->count == CLOSING_REASONS_MAX) return;
    struct fault *fault = &reasons->rows[reasons->count++];
    *fault = (struct fault){0};
    fault_set(fault, code);
    fault->amount = (int64_t)amount;
    text_keep(text_of(name), fault->name, sizeof fault->name);
}

static bool is_open(const struct account *account) {
    return !(account->flags & ACCOUNT_CLOSED);
}

static void of_freezes(struct db *db, const struct actor *actor, struct reasons *reasons) {
    struct freeze standing[FREEZES_STANDING_MAX];
    if (freeze_list(db, actor->person, false, standing, FREEZES_STANDING_MAX) == 0) return;
    const struct freeze_reason_row *row = freeze_reason_row(standing[0].reason);
    add(reasons, ERR_CLOSE_FROZEN, 1, row->label_zh);
    text_keep(text_of(row->label), reasons->rows[reasons->count - 1].name_en, sizeof reasons->rows[0].name_en);
    reasons->rows[reasons->count - 1].amount = 0;
}

static void of_own_account(struct ledger *ledger, const struct actor *actor, struct reasons *reasons) {
    struct account account;
    if (!ledger_account_get(ledger, actor->account, &account) || !is_open(&account)) return;
    add(reasons, ERR_CLOSE_HELD, account.debits_pending, "");
    add(reasons, ERR_CLOSE_COMING, account.credits_pending, "");
    add(reasons, ERR_CLOSE_BALANCE, account.credits_posted - account.debits_posted - account.debits_pending,
        "");
}

static void of_pocket(struct db *db, struct ledger *ledger, const struct actor *actor,
                      struct reasons *reasons) {
    struct account account;
    struct account_no pocket = pocket_account(db, actor->person);
    if (!pocket.n || !ledger_account_get(ledger, pocket, &account)) return;
    add(reasons, ERR_CLOSE_POCKET, account.credits_posted - account.debits_posted, "");
}

static void of_shops(struct db *db, struct ledger *ledger, const struct actor *actor, struct reasons *reasons) {
    struct merchant shops[SHOPS_MAX];
    size_t count = merchant_list(db, actor->person, shops, SHOPS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct account account;
        if (!ledger_account_get(ledger, shops[i].account, &account)) continue;
        uint64_t open = account.credits_posted - account.debits_posted + account.credits_pending;
        add(reasons, ERR_CLOSE_SHOP, open, shops[i].name);
    }
}

static size_t find_reasons(struct db *db, struct ledger *ledger, const struct actor *actor, struct fault *out) {
    struct reasons reasons = {out, 0};
    of_freezes(db, actor, &reasons);
    of_own_account(ledger, actor, &reasons);
    of_pocket(db, ledger, actor, &reasons);
    of_shops(db, ledger, actor, &reasons);
    return reasons.count;
}

size_t closing_reasons(struct view *view, const struct actor *actor, struct fault out[CLOSING_REASONS_MAX]) {
    return find_reasons(view->db, view->ledger, actor, out);
}

/* A pending entry of nothing that closes what it debits; it is never posted, and only a void would open the account again. */
static void close_account(struct tx *tx, struct account_no no) {
    struct account account;
    if (!ledger_account_get(tx->ledger, no, &account) || !is_open(&account)) return;
    struct ledger_event closes = {
        .debit = no.n,
        .credit = house_account(tx, CHART_SUSPENSE).n,
        .asset = ASSET_CNY,
        .code = MOVEMENT_CLOSING,
        .flags = ENTRY_PENDING | ENTRY_CLOSING_DEBIT,
        .role = ROLE_INNER,
    };
    enum ledger_reason reason = ledger_apply(tx->ledger, &closes, 1);
    assert(reason == REASON_OK || db_failed(tx->db));
}

enum err closing_close(struct tx *tx, const struct actor *actor, struct text pin, struct fault *fault) {
    struct fault reasons[CLOSING_REASONS_MAX];
    struct merchant shops[SHOPS_MAX];
    char phone[PHONE_BYTES];
    if (find_reasons(tx->db, tx->ledger, actor, reasons) > 0) {
        *fault = reasons[0];
        return fault->code;
    }
    if (actor->pin_set && pin_check(tx, actor, pin, fault)) return fault->code;

    /* From here it must succeed. */
    if (person_phone(tx->db, tx->keys, actor->person, phone)) sms_tell(tx, text_of(phone), TOLD_CLOSED);
    crypto_wipe(phone, sizeof phone);
    size_t count = merchant_list(tx->db, actor->person, shops, SHOPS_MAX);
    for (size_t i = 0; i < count; i++) close_account(tx, shops[i].account);
    close_account(tx, actor->account);
    card_unbind_all(tx, actor->person);
    document_release(tx, actor->person);
    realname_release(tx, actor->person);
    person_close(tx, actor->person);
    return ERR_OK;
}
