/* SPDX-License-Identifier: Apache-2.0 */
/* Shops. */
#include <inttypes.h>

#include "edge/control/command.h"
#include "edge/control/page.h"
#include "kit/crypto/keys.h"
#include "ledger/ledger.h"
#include "wallet/merchant.h"
#include "wallet/person.h"
#include "wallet/settlement.h"
#include "wallet/till.h"
#include "wallet/waiter.h"

struct opened {
    struct person person;
    struct merchant merchant;
};

static enum err merchant_write(struct tx *tx, struct errand *errand, void *result) {
    struct opened *opened = result;
    struct text phone = errand_text(errand, "phone"), name = errand_text(errand, "name");
    if (!phone_valid(phone)) return fault_field(&errand->fault, ERR_BAD_PHONE, "/phone");
    if (!person_find_by_phone(tx->db, tx->keys, phone, &opened->person))
        return fault_field(&errand->fault, ERR_PAYEE_UNKNOWN, "/phone");
    struct actor owner = {.person = opened->person.id,
                          .account = opened->person.account,
                          .tier = opened->person.tier};
    return merchant_add(tx, &owner, name, &errand->fault, &opened->merchant);
}

static enum err run_merchant_add(struct errand *errand) {
    const struct keys *keys = errand->room->config->keys;
    struct opened opened;
    char id[PUBLIC_ID_SIZE + 1], code[PUBLIC_ID_SIZE + 16];
    enum err err = errand_write(errand, merchant_write, &opened);
    if (err != ERR_OK) return err;
    keys_id_show(keys, ID_MERCHANT, opened.merchant.id.n, id);
    snprintf(code, sizeof code, "qianbao:m:%s", id);
    json_key_str(errand->out, "id", id);
    json_key_str(errand->out, "name", opened.merchant.name);
    json_key_str(errand->out, "owner", opened.person.phone_masked);
    json_key_str(errand->out, "code", code);
    return ERR_OK;
}

enum { MERCHANTS_SHOWN_MAX = 500 };

static void merchant_keys(struct errand *errand, const struct merchant *merchant) {
    const struct keys *keys = errand->room->config->keys;
    struct person owner;
    char id[PUBLIC_ID_SIZE + 1];
    keys_id_show(keys, ID_MERCHANT, merchant->id.n, id);
    bool known = person_find(errand->room->db, keys, merchant->owner, &owner);
    json_key_str(errand->out, "id", id);
    json_key_str(errand->out, "name", merchant->name);
    json_key_str(errand->out, "owner", known ? owner.phone_masked : "");
    json_key_time(errand->out, "opened_at", merchant->created_ms);
}

static enum err run_merchant_list(struct errand *errand) {
    static struct merchant found[MERCHANTS_SHOWN_MAX]; /* one errand at a time */
    errand_read(errand);
    size_t count = merchant_list_all(errand->room->db, 0, found, MERCHANTS_SHOWN_MAX);
    json_key(errand->out, "items");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        merchant_keys(errand, &found[i]);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
    json_key_bool(errand->out, "more", count == MERCHANTS_SHOWN_MAX);
    errand_read_end(errand);
    return ERR_OK;
}

static void shop_keys(struct errand *errand, const struct merchant *merchant) {
    const struct control_config *config = errand->room->config;
    struct view view = {.db = errand->room->db,
                        .ledger = config->ledger,
                        .rules = &config->settings->rules,
                        .keys = config->keys};
    static struct waiter waiters[WAITERS_MAX]; /* one errand at a time */
    static struct till tills[TILLS_MAX];
    struct settlement_terms terms;
    struct figures figures = {0};
    settlement_terms(view.db, view.rules, merchant, &terms);
    ledger_figures(view.ledger, merchant->account, &figures);
    merchant_keys(errand, merchant);
    json_key_i64(errand->out, "balance",
                 (int64_t)(figures.account.credits_posted - figures.account.debits_posted));
    json_key_i64(errand->out, "ready", settlement_ready(view.ledger, merchant).fen);
    json_key_i64(errand->out, "rate", terms.rate);
    json_key_bool(errand->out, "own_rate", terms.own_rate);
    json_key_str(errand->out, "card", terms.card.id.n ? terms.card.last4 : "");
    json_key_time(errand->out, "settled_next_at", terms.card.id.n ? terms.due_ms : 0);
    json_key_i64(errand->out, "tills", (int64_t)till_list(view.db, merchant->id, tills));
    json_key_i64(errand->out, "waiters", (int64_t)waiter_list(&view, merchant->id, waiters));
}

static enum err run_merchant_show(struct errand *errand) {
    struct merchant_id id;
    struct merchant merchant;
    if (!errand_id(errand, "id", ID_MERCHANT, &id.n))
        return fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
    errand_read(errand);
    bool found = merchant_find(errand->room->db, id, &merchant);
    if (found) shop_keys(errand, &merchant);
    errand_read_end(errand);
    return found ? ERR_OK : fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
}

static enum err rate_write(struct tx *tx, struct errand *errand, void *result) {
    const struct merchant_id *id = result;
    int64_t rate = errand_i64(errand, "rate");
    bool in_range = rate >= SETTLEMENT_RATE_DEFAULT && rate <= SETTLEMENT_RATE_MAX;
    return in_range ? settlement_set_rate(tx, *id, (int)rate, &errand->fault)
                    : fault_field(&errand->fault, ERR_BAD_FIELD, "/rate");
}

static enum err run_merchant_fee(struct errand *errand) {
    struct merchant_id id;
    if (!errand_id(errand, "id", ID_MERCHANT, &id.n))
        return fault_field(&errand->fault, ERR_NOT_FOUND, "/id");
    enum err err = errand_write(errand, rate_write, &id);
    return err == ERR_OK ? run_merchant_show(errand) : err;
}

static enum command_end show_merchants(const json_t *result, FILE *out) {
    size_t i;
    const json_t *shop, *items = json_object_get(result, "items");
    json_array_foreach(items, i, shop) {
        fprintf(out, "%s  %s  %s  %s\n", page_text(shop, "id"), page_text(shop, "opened_at"),
                page_text(shop, "owner"), page_text(shop, "name"));
    }
    if (json_array_size(items) == 0) fprintf(out, "no shops yet\n");
    if (page_is(result, "more")) fprintf(out, "(the newest %zu)\n", json_array_size(items));
    return COMMAND_END_DONE;
}

/* --- the table --- */

static const struct command_arg add_args[] = {{"phone", "PHONE", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"name", "NAME", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {0}};
static const struct command_arg id_arg[] = {{"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED}, {0}};
static const struct command_arg fee_args[] = {{"id", "ID", ARG_TEXT, ARG_OPTION | ARG_REQUIRED},
                                              {"rate", "0.38%|default", ARG_RATE, ARG_OPTION | ARG_REQUIRED},
                                              {0}};

const struct command_row merchant_commands[] = {
    {.words = "merchant add", .about = "open a shop for a person", .args = add_args, .run = run_merchant_add},
    {.words = "merchant list",
     .about = "the shops, newest first",
     .run = run_merchant_list,
     .show = show_merchants},
    {.words = "merchant show",
     .about = "a shop: owner, balance, rate, card, tills, waiters",
     .args = id_arg,
     .run = run_merchant_show},
    {.words = "merchant fee",
     .about = "what a shop's settlements cost",
     .args = fee_args,
     .run = run_merchant_fee},
};
const size_t merchant_commands_count = COMMAND_COUNT(merchant_commands);
