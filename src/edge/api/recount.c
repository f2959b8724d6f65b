/* SPDX-License-Identifier: Apache-2.0 */
/* "This looks wrong": the account added up again while its owner waits; a difference withholds the figure, stops the account and opens a case. */
#include "wallet/recount.h"

#include "edge/api/api.h"
#include "wallet/case.h"
#include "wallet/throttle.h"

static struct text subject_of(const struct api_call *call) {
    return (struct text){(const char *)&call->actor.person.n, sizeof call->actor.person.n};
}

/* A page a snapshot, on the worker: the chain behind an entry never changes, and no snapshot is held for long. */
static enum err check_prepare(struct api_call *call) {
    struct recount *recount = arena_alloc(&call->request->arena, sizeof *recount);
    struct view view;
    enum err err = api_look_begin(call, &view);
    if (err == ERR_OK)
        err = throttle_ask(view.db, view.keys, view.rules, THROTTLE_RECOUNT, subject_of(call), view.now_ms,
                           &call->fault);
    if (err == ERR_OK) err = recount_begin(&view, call->actor.account, &call->fault, recount);
    api_look_end(call);
    for (bool more = err == ERR_OK && !recount->ended; more;) {
        err = api_look_begin(call, &view);
        more = err == ERR_OK && recount_page(&view, recount);
        api_look_end(call);
    }
    call->prepared = recount;
    return err;
}

static enum err check_post(struct api_call *call, struct tx *tx) {
    const struct recount *r = call->prepared;
    bool agrees = recount_agrees(r);
    struct case_file opened = {0};
    enum err err = throttle_count(tx, THROTTLE_RECOUNT, subject_of(call), &call->fault);
    if (err != ERR_OK) return err;
    if (!agrees) {
        struct case_open_cmd cmd = {.kind = CASE_WRONG_BALANCE, .app = call->app};
        struct fault full;
        if (call->has_device) cmd.device = call->device_hash;
        recount_stop(tx, &call->actor, r);
        case_open(tx, &call->actor, &cmd, &full, &opened); /* as many are open as may be: staff see the log */
    }
    json_begin_object(call->out);
    json_key_bool(call->out, "agrees", agrees);
    json_key_i64(call->out, "count", r->count);
    json_key_i64(call->out, "opening", 0);
    json_key_i64(call->out, "in", r->in_fen);
    json_key_i64(call->out, "out", r->out_fen);
    json_key_i64(call->out, "sum", r->posted);
    json_key_i64(call->out, "held", r->held);
    json_key_i64(call->out, "kept", r->kept_posted);
    json_key_time(call->out, "as_of", r->time_ms);
    api_key_id(call, "sequence", ID_ENTRY, r->sequence.n);
    if (opened.id) api_key_id(call, "case_id", ID_CASE, opened.id);
    else json_key_null(call->out, "case_id");
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route recount_routes[] = {
    {HTTP_POST, "/v1/balance/check", WHO_PERSON, API_WRITE, .prepare = check_prepare, .run.write = check_post,
     .about = "Add up my account again, from its opening to now: count, sum and sequence number; a "
              "difference stops it",
     .answer = "Recount"},
};
const size_t recount_routes_count = API_COUNT(recount_routes);
