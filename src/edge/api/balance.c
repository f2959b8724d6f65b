/* SPDX-License-Identifier: Apache-2.0 */
/* The balance: committed figures, with the entry that they are true up to and its time. */
#include "edge/api/api.h"
#include "ledger/ledger.h"
#include "wallet/recount.h"

static enum err balance_get(struct api_call *call, struct view *view) {
    struct figures f;
    if (!ledger_figures(view->ledger, call->actor.account, &f)) return fault_set(&call->fault, ERR_INTERNAL);
    int64_t posted = (int64_t)(f.account.credits_posted - f.account.debits_posted);
    int64_t held = (int64_t)f.account.debits_pending;
    json_begin_object(call->out);
    const struct {
        const char *key;
        int64_t fen;
    } rows[] = {{"posted", posted},
                {"available", posted - held},
                {"held", held},
                {"incoming", (int64_t)f.account.credits_pending}};
    bool withheld = recount_withholds(view, &call->actor);
    json_key_bool(call->out, "being_checked", withheld);
    for (size_t i = 0; i < API_COUNT(rows); i++) { /* a figure that is being checked is none, least of all 0 */
        if (withheld) json_key_null(call->out, rows[i].key);
        else json_key_i64(call->out, rows[i].key, rows[i].fen);
    }
    json_key_time(call->out, "as_of", f.time_ms);
    api_key_id(call, "sequence", ID_ENTRY, f.sequence.n);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route balance_routes[] = {
    {HTTP_GET, "/v1/balance", WHO_PERSON, API_READ, .run.read = balance_get,
     .about = "My balance: what is mine, what I can spend, what is held and what is on its way",
     .answer = "Balance"},
};
const size_t balance_routes_count = API_COUNT(balance_routes);
