/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/api.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/rand.h"
#include "edge/api/answer.h"
#include "edge/api/decode.h"
#include "edge/api/person.h"
#include "edge/api/stream.h"
#include "kit/db/writer.h"
#include "wallet/bill_index.h"
#include "wallet/books.h"
#include "wallet/device.h"
#include "wallet/idempotency.h"
#include "wallet/maintenance.h"
#include "wallet/wake.h"

enum {
    ANSWER_MAX = 1 << 20,
    ANSWER_LONG_MAX = 1 << 24,
    QUEUE_MAX = 4096,
    ROUTES_MAX = 256,
    COOKIE_TEXT = 44,
    WORKER_NICENESS = 15,
    APP_VERSION_MAX = 20
};

struct api {
    struct api_config config;
    struct pool *readers, *workers;
    struct rates *rates;
    struct streams *streams;
    _Atomic(struct http *) http; /* set when it listens, which is before the first figures are asked for */
    struct statements *statements;
    struct tally tally;
    const struct api_route *routes[ROUTES_MAX];
    size_t routes_fixed[ROUTES_MAX]; /* bytes of each path before its first brace */
    size_t routes_count;
    _Atomic bool reader_failed; /* a reader could not open the store */
};

/* A call on its way; in the request's arena. */
struct passage {
    struct api_call call; /* first */
    struct job job;
    struct command command;
    struct json_out json;
    struct buf answer;
    unsigned char token_hash[SESSION_HASH_SIZE], record[32];
    bool has_token, replayed, new_device;
    unsigned char device_token[DEVICE_TOKEN_SIZE];
    enum err err; /* of the writer's run */
    struct text key;
    const char *allow; /* methods that the path takes, for NO_METHOD */
};

/*~ A request's way: api_handle (on the loop) finds the route and decodes; a read goes to a reader's thread, a write to the writer, by way of a
 * worker when it prepares something slow. Whoever has the result calls `finish`, which answers. */

/* --- answers --- */

static const char *device_cookie(bool tls) {
    return tls ? "__Host-qb_device" : "qb_device";
}

/* A device's cookie outlives every session: it says which device this is, and opens nothing. */
enum { DEVICE_LIFE_S = 2 * 365 * 24 * 3600 };
static void set_device(struct passage *passage, struct http_reply *reply) {
    struct api_call *call = &passage->call;
    char token[COOKIE_TEXT] = "";
    bool tls = call->api->config.tls;
    if (!call->sets_session || !passage->new_device) return;
    sodium_bin2base64(token, sizeof token, passage->device_token, sizeof passage->device_token,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    http_reply_header(reply, "Set-Cookie",
                      arena_format(&call->request->arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s",
                                   device_cookie(tls), token, DEVICE_LIFE_S, tls ? "; Secure" : ""));
}

static void set_cookie(struct api_call *call, struct http_reply *reply) {
    if (!call->sets_session && !call->ends_session) return;
    char token[COOKIE_TEXT] = "";
    bool tls = call->api->config.tls;
    if (call->sets_session)
        sodium_bin2base64(token, sizeof token, call->set_token, sizeof call->set_token,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    int64_t life_s = call->sets_session ? call->rules->session_life_ms / 1000 : 0;
    http_reply_header(reply, "Set-Cookie",
                      arena_format(&call->request->arena,
                                   "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
                                   tls ? "__Host-qb_session" : "qb_session", token, (long long)life_s,
                                   tls ? "; Secure" : ""));
    crypto_wipe(token, sizeof token);
}

/* One line an answer; the route, never what was sent: secrets stand in queries, bodies, and in paths that somebody mistyped. */
static void log_answer(const struct api_call *call, int status, enum err err) {
    const struct http_request *request = call->request;
    enum log_level level = err_class(err) == CLASS_BROKEN ? LOG_ERROR : status >= 400 ? LOG_INFO : LOG_DEBUG;
    if (!log_wants(level)) return;
    log_set_request(request->id);
    log_line(level, "%s %s %d %s %lld us", http_method_name(request->method),
             call->route ? call->route->path : "(no route)", status, err_name(err),
             (long long)(clock_mono_us() - request->arrived_us));
    log_set_request("");
}

/* A route with a number in its path can be used to try numbers. */
static bool takes_number(const struct api_route *route) {
    return route && strchr(route->path, '{');
}

/* Who asks too often is told when to go on; nobody learns anything meanwhile. */
static enum err rate_admit(struct passage *passage) {
    struct api_call *call = &passage->call;
    struct rates *rates = call->api->rates;
    uint64_t who = call->actor.person.n;
    int64_t mono_ms = clock_mono_ms();
    if (who == 0) return ERR_OK;
    if (takes_number(call->route) &&
        rate_ask(rates, RATE_MISS, who, mono_ms, clock_now_ms(), &call->fault) != ERR_OK)
        return call->fault.code;
    if (call->route->rate == RATE_NONE) return ERR_OK;
    enum err err = rate_ask(rates, call->route->rate, who, mono_ms, clock_now_ms(), &call->fault);
    if (err == ERR_OK) rate_count(rates, call->route->rate, who, mono_ms);
    return err;
}

static void finish(struct passage *passage, enum err err) {
    struct api_call *call = &passage->call;
    struct http_request *request = call->request;
    struct http_reply reply = {.status = call->status, .type = "application/json"};
    if (err != ERR_OK) {
        if (call->fault.code != err) fault_set(&call->fault, err);
        reply.status = answer_status(err);
        answer_error(&call->fault, request->id, &passage->answer);
    } else if (call->route && call->route->type) {
        reply.type = call->route->type;
    }
    if (err_class(err) == CLASS_MISSING && call->actor.person.n && takes_number(call->route))
        rate_count(call->api->rates, RATE_MISS, call->actor.person.n, clock_mono_ms());
    if (passage->answer.failed) {
        log_error("api: an answer is larger than its maximum");
        fault_set(&call->fault, ERR_INTERNAL);
        reply.status = 500;
        answer_error(&call->fault, request->id, &passage->answer);
    }
    answer_headers(&reply, strncmp(reply.type, "text/html", 9) == 0, call->api->config.tls);
    http_reply_header(&reply, "Cache-Control", "no-store");
    char *time = arena_alloc(&request->arena, CIVIL_TEXT_MAX); /* a phone's clock may be days off */
    civil_text(clock_now_ms(), time);
    http_reply_header(&reply, "Server-Time", time);
    if (err == ERR_OK && call->file)
        http_reply_header(&reply, "Content-Disposition",
                          arena_format(&request->arena, "attachment; filename=\"%s\"", call->file));
    if (err == ERR_OK) set_device(passage, &reply);
    if (err == ERR_OK) set_cookie(call, &reply);
    if (err == ERR_OK && call->ends_streams) streams_end(call->api->streams, call->actor.person);
    if (passage->allow) http_reply_header(&reply, "Allow", passage->allow);
    if (passage->replayed) http_reply_header(&reply, "Idempotency-Replayed", "true");
    if (err_class(err) == CLASS_LIMITED || err_class(err) == CLASS_BUSY || err == ERR_MAINTENANCE) {
        int64_t wait_s = call->fault.until_ms > 0 ? (call->fault.until_ms - clock_now_ms() + 999) / 1000 : 1;
        http_reply_header(&reply, "Retry-After",
                          arena_format(&request->arena, "%lld", (long long)(wait_s > 0 ? wait_s : 1)));
    }
    log_answer(call, reply.status, err);
    tally_answer(&call->api->tally, reply.status, err, clock_mono_us() - request->arrived_us);
    crypto_wipe(call->set_token, sizeof call->set_token);
    buf_release(&call->prepared_bytes);
    reply.body = passage->answer;
    http_answer(request, &reply);
}

/* Starts over: what an earlier run of the same call wrote is gone. */
static void begin_run(struct passage *passage) {
    struct api_call *call = &passage->call;
    buf_clear(&passage->answer);
    passage->json = json_out_to(&passage->answer);
    call->out = &passage->json;
    call->fault = (struct fault){0};
    call->status = call->route->status ? call->route->status : 200;
    call->sets_session = call->ends_session = call->ends_streams = false;
    call->actor = (struct actor){0};
}

/* A handler's error without its fault is a mistake of ours, but not one to lose the answer for. */
static enum err checked(struct api_call *call, enum err err) {
    if (err != ERR_OK && call->fault.code != err) fault_set(&call->fault, err);
    return err;
}

/* --- reads --- */

struct reader {
    struct api *api;
    struct db *db;
    struct db *index; /* of the bills; on PostgreSQL the same connection; NULL: none */
};

static void *reader_begin(void *arg) {
    struct reader *reader = calloc(1, sizeof *reader);
    if (!reader) log_fatal("api: no memory");
    reader->api = arg;
    if (db_open(&reader->api->config.store, DB_READER, &reader->db) != ERR_OK)
        atomic_store(&reader->api->reader_failed, true);
    const struct bill_index_place *place = reader->api->config.index;
    if (reader->db && place) reader->index = bill_index_reader(place, reader->db);
    return reader;
}

/* Slow work gives way: a flood of sign-ins must not take the processors from payments. Niceness is a thread's own here. */
static void *worker_begin(void *arg) {
    if (setpriority(PRIO_PROCESS, (id_t)gettid(), WORKER_NICENESS) != 0)
        log_warn("api: workers are as important as all else: %s", strerror(errno));
    return reader_begin(arg);
}

static void reader_end(void *arg) {
    struct reader *reader = arg;
    if (reader->index != reader->db) db_close(reader->index);
    db_close(reader->db);
    free(reader);
}

static enum err find_actor(struct passage *passage, struct db *db, int64_t now_ms) {
    struct api_call *call = &passage->call;
    bool found = passage->has_token && session_find(db, passage->token_hash, now_ms, &call->actor);
    if (!found) call->actor = (struct actor){0};
    if (!found && call->route->who == WHO_PERSON) return fault_set(&call->fault, ERR_NOT_SIGNED_IN);
    return ERR_OK;
}

static void read_run(struct job *job, void *thread) {
    struct passage *passage = (struct passage *)((char *)job - offsetof(struct passage, job));
    struct api_call *call = &passage->call;
    struct reader *reader = thread;
    const struct api_config *config = &call->api->config;
    begin_run(passage);
    if (!reader->db) {
        finish(passage, fault_set(&call->fault, ERR_STORE));
        return;
    }
    struct view view = {.db = reader->db,
                        .ledger = config->ledger,
                        .rules = config->rules,
                        .keys = config->keys,
                        .now_ms = clock_now_ms(),
                        .maintenance = config->maintenance,
                        .books_checked = books_everybody(config->books)};
    if (call->route->flags & API_INDEX) view.index = bill_index_begin(reader->index, reader->db);
    db_begin(reader->db);
    enum err err = find_actor(passage, reader->db, view.now_ms);
    if (err == ERR_OK) err = rate_admit(passage);
    if (err == ERR_OK) ledger_follow(view.ledger, view.db);
    if (err == ERR_OK && !(call->route->flags & API_STREAM))
        err = checked(call, call->route->run.read(call, &view));
    if (db_failed(reader->db)) {
        log_error("store: %s", db_fault(reader->db));
        err = fault_set(&call->fault, ERR_STORE);
    }
    db_commit(reader->db);
    if (view.index) bill_index_end(view.index, reader->db);
    if (err != ERR_OK || !(call->route->flags & API_STREAM)) {
        finish(passage, err);
        return;
    }
    struct http_reply reply = {.status = 200};
    answer_headers(&reply, false, config->tls);
    http_reply_header(&reply, "Cache-Control", "no-store");
    buf_release(&passage->answer);
    streams_open(call->api->streams, call->request, &reply, call->actor.person);
}

/* --- writes --- */

/* Busy, limited and a wrong PIN do not use a key up, nor does a request that was never understood or that we failed. */
static bool keeps_answer(enum err err) {
    switch (err_class(err)) {
    case CLASS_REFUSED: return err != ERR_MAINTENANCE; /* nothing was decided: it goes through afterwards */
    case CLASS_OK:
    case CLASS_CONFLICT:
    case CLASS_MISSING: return true;
    case CLASS_INVALID:
    case CLASS_DENIED:
    case CLASS_LIMITED:
    case CLASS_BUSY:
    case CLASS_BROKEN: return false;
    }
    return false;
}

static enum err write_verb(struct passage *passage, struct tx *tx) {
    struct api_call *call = &passage->call;
    enum err err = find_actor(passage, tx->db, tx->now_ms);
    if (err == ERR_OK) err = rate_admit(passage);
    if (err != ERR_OK) return err;
    if (call->actor.person.n && session_touch(tx, &call->actor) && call->has_device)
        device_note(tx, call->device_hash, call->actor.person, device_of(call->request));
    if (passage->key.n) { /* what was done is told whatever stands now, or "nothing was taken" would be said of it */
        switch (idempotency_find(tx, call->actor.person, passage->key, passage->record, &call->status,
                                 &passage->answer)) {
        case IDEMPOTENCY_OTHER: return fault_set(&call->fault, ERR_IDEMPOTENCY_MISMATCH);
        case IDEMPOTENCY_SAME: passage->replayed = true; return ERR_OK;
        case IDEMPOTENCY_NEW: break;
        }
    }
    if (!(call->route->flags & API_ANYTIME)) err = books_check(tx, &call->fault);
    if (err != ERR_OK) return err;
    /* What has a function asks for itself, so that its refusal is kept. */
    if (!(call->route->flags & API_ANYTIME) && call->route->function == FUNCTION_NONE)
        err = maintenance_check_all(tx, &call->fault);
    if (err != ERR_OK) return err;
    if (passage->key.n == 0) return checked(call, call->route->run.write(call, tx));

    err = checked(call, call->route->run.write(call, tx));
    if (!keeps_answer(err) || db_failed(tx->db)) return err;
    if (err != ERR_OK) {
        call->status = answer_status(err);
        answer_error(&call->fault, call->request->id, &passage->answer);
    }
    idempotency_keep(tx, call->actor.person, passage->key, passage->record, call->status,
                     (struct text){buf_text(&passage->answer), passage->answer.size});
    return err;
}

static void write_run(struct command *command, struct group *group) {
    struct passage *passage = (struct passage *)((char *)command - offsetof(struct passage, command));
    begin_run(passage);
    passage->replayed = false;
    passage->err = write_verb(passage, tx_of(group));
}

static void write_done(struct command *command, enum command_outcome outcome) {
    struct passage *passage = (struct passage *)((char *)command - offsetof(struct passage, command));
    struct fault *fault = &passage->call.fault;
    switch (outcome) {
    case COMMAND_DONE: break;
    case COMMAND_FAILED: passage->err = fault_set(fault, ERR_STORE); break;
    case COMMAND_REFUSED:
        passage->err =
            fault_set(fault,
                      writer_clock_jumped(passage->call.api->config.writer) ? ERR_READ_ONLY : ERR_OVERLOADED);
        break;
    }
    finish(passage, passage->err);
}

static void submit_write(struct passage *passage) {
    passage->command = (struct command){.run = write_run, .done = write_done};
    writer_submit(passage->call.api->config.writer, &passage->command);
}

enum err api_look_begin(struct api_call *call, struct view *out) {
    const struct api_config *config = &call->api->config;
    if (!call->look) return fault_set(&call->fault, ERR_STORE);
    *out = (struct view){.db = call->look,
                         .ledger = config->ledger,
                         .rules = config->rules,
                         .keys = config->keys,
                         .now_ms = clock_now_ms(),
                         .books_checked = books_everybody(config->books)};
    db_begin(call->look);
    return find_actor((struct passage *)call, call->look, out->now_ms);
}

void api_look_end(struct api_call *call) {
    if (!call->look) return;
    if (db_failed(call->look)) log_error("store: %s", db_fault(call->look));
    db_commit(call->look);
}

static void prepare_run(struct job *job, void *thread) {
    struct passage *passage = (struct passage *)((char *)job - offsetof(struct passage, job));
    begin_run(passage);
    passage->call.look = ((struct reader *)thread)->db;
    enum err err = checked(&passage->call, passage->call.route->prepare(&passage->call));
    passage->call.look = NULL;
    if (err != ERR_OK) finish(passage, err);
    else submit_write(passage);
}

/* --- in --- */

/* A cookie that is no token of ours is as good as none. */
static void read_token(struct passage *passage) {
    struct api *api = passage->call.api;
    unsigned char token[SESSION_TOKEN_SIZE];
    size_t size = 0;
    struct text cookie =
        http_cookie(passage->call.request, api->config.tls ? "__Host-qb_session" : "qb_session");
    if (cookie.n == 0 || sodium_base642bin(token, sizeof token, cookie.p, cookie.n, NULL, &size, NULL,
                                           sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return;
    passage->has_token = size == sizeof token;
    crypto_sha256(token, sizeof token, passage->token_hash);
    crypto_wipe(token, sizeof token);
}

/* Its own cookie; a call that may sign somebody in gives one to a device that has none. */
static void read_device(struct passage *passage) {
    struct api_call *call = &passage->call;
    size_t size = 0;
    struct text cookie = http_cookie(call->request, device_cookie(call->api->config.tls));
    call->has_device =
        cookie.n > 0 &&
        sodium_base642bin(passage->device_token, sizeof passage->device_token, cookie.p, cookie.n, NULL,
                          &size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
        size == sizeof passage->device_token;
    if (!call->has_device && call->route->flags & API_NO_KEY) {
        rand_bytes(passage->device_token, sizeof passage->device_token);
        call->has_device = passage->new_device = true;
    }
    if (call->has_device)
        crypto_sha256(passage->device_token, sizeof passage->device_token, call->device_hash);
}

/* 1.2.10 is newer than 1.2.9: number by number; what is no version is older than any. */
static bool app_older(struct text app, const char *least) {
    size_t at = 0;
    for (const char *wanted = least; *wanted;) {
        int64_t have = 0, need = 0;
        for (; at < app.n && app.p[at] >= '0' && app.p[at] <= '9' && have < 1000000; at++)
            have = have * 10 + (app.p[at] - '0');
        for (; *wanted >= '0' && *wanted <= '9' && need < 1000000; wanted++)
            need = need * 10 + (*wanted - '0');
        if (have != need) return have < need;
        if (at < app.n && app.p[at] == '.') at++;
        if (*wanted == '.') wanted++;
        else if (*wanted) return false;
    }
    return false;
}

/* A word of ASCII, as it is shown and kept. */
static bool app_said(struct text app) {
    for (size_t i = 0; i < app.n; i++)
        if (app.p[i] <= ' ' || app.p[i] > '~') return false;
    return app.n > 0;
}

/* An app that is too old may read, sign in and out; what it would do with money it might do wrongly. Who says no version is no app. */
static enum err check_app(struct passage *passage) {
    struct api_call *call = &passage->call;
    const char *least = call->api->config.app_min;
    call->app = http_header(call->request, "App-Version");
    if (call->app.n > APP_VERSION_MAX) call->app.n = APP_VERSION_MAX;
    if (!app_said(call->app)) call->app.n = 0;
    call->app_old = call->app.n > 0 && least && least[0] && app_older(call->app, least);
    if (!call->app_old || call->route->kind != API_WRITE || call->route->flags & API_NO_KEY) return ERR_OK;
    fault_set(&call->fault, ERR_APP_OLD);
    text_keep(call->app, call->fault.name, sizeof call->fault.name);
    return ERR_APP_OLD;
}

static bool changes_state(enum http_method method) {
    return method != HTTP_GET && method != HTTP_HEAD && method != HTTP_OPTIONS;
}

static const struct api_route *find_route(const struct api *api, struct http_request *request,
                                          struct decode_params *params, char allow[64]) {
    enum http_method method = request->method == HTTP_HEAD ? HTTP_GET : request->method;
    allow[0] = '\0';
    for (size_t i = 0; i < api->routes_count; i++) {
        const struct api_route *route = api->routes[i];
        size_t fixed = api->routes_fixed[i];
        if (request->path.n < fixed || memcmp(request->path.p, route->path, fixed) != 0) continue;
        if (!decode_path(route->path, request->path, params)) continue;
        if (route->method == method) return route;
        size_t used = strlen(allow);
        snprintf(allow + used, 64 - used, "%s%s", used ? ", " : "",
                 route->method == HTTP_GET ? "GET, HEAD" : http_method_name(route->method));
    }
    return NULL;
}

static bool is_api_path(struct text path) {
    return text_starts(path, "/v1/") || text_starts(path, "/demo/");
}

/* No route: a file of the app, or nothing. */
static void answer_nothing(struct passage *passage, const char *allow) {
    struct api_call *call = &passage->call;
    struct http_request *request = call->request;
    struct http_reply reply;
    bool reads = request->method == HTTP_GET || request->method == HTTP_HEAD;
    bool page = !allow[0] && reads && !is_api_path(request->path);
    if (page && (answer_asset(request, &reply, call->api->config.sandbox, call->api->config.tls) ||
                 answer_no_page(request, &reply, call->api->config.tls))) {
        buf_release(&passage->answer);
        tally_answer(&call->api->tally, reply.status, ERR_OK, clock_mono_us() - request->arrived_us);
        http_answer(request, &reply);
        return;
    }
    bool no_route = reads || (is_api_path(request->path) && request->method != HTTP_OTHER);
    enum err code = !allow[0] && no_route ? ERR_NO_ROUTE : ERR_NO_METHOD;
    if (code == ERR_NO_METHOD)
        passage->allow = arena_format(&request->arena, "%s", allow[0] ? allow : "GET, HEAD");
    finish(passage, fault_set(&call->fault, code));
}

static bool type_is_json(const struct http_request *request) {
    struct text type = http_header(request, "Content-Type");
    static const char json[] = "application/json";
    if (type.n < sizeof json - 1 || strncasecmp(type.p, json, sizeof json - 1) != 0) return false;
    return type.n == sizeof json - 1 || type.p[sizeof json - 1] == ';' || type.p[sizeof json - 1] == ' ';
}

static bool type_is(const struct http_request *request, const struct api_file *file) {
    struct text type = http_header(request, "Content-Type");
    for (size_t i = 0; file->types[i]; i++)
        if (text_is(type, file->types[i])) return true;
    return false;
}

static enum err check_request(struct passage *passage, const struct decode_params *params) {
    struct api_call *call = &passage->call;
    struct http_request *request = call->request;
    struct text site = http_header(request, "Sec-Fetch-Site");
    bool own_site = site.n == 0 || text_is(site, "same-origin") || text_is(site, "none");
    if (changes_state(request->method) && !own_site) return fault_set(&call->fault, ERR_CROSS_SITE);
    if (!call->route->file && decode_has_body(request->method) && !type_is_json(request))
        return fault_set(&call->fault, ERR_BAD_TYPE);
    bool keyed = call->route->kind == API_WRITE && call->route->who == WHO_PERSON &&
                 !(call->route->flags & API_NO_KEY);
    enum err err = decode_request(call, params, keyed ? passage->record : NULL);
    if (err == ERR_OK && call->route->file && !type_is(request, call->route->file))
        err = fault_set(&call->fault, call->route->file->wrong);
    if (err != ERR_OK || !keyed) return err;
    passage->key = http_header(request, "Idempotency-Key");
    return idempotency_key_valid(passage->key) ? ERR_OK : fault_set(&call->fault, ERR_MISSING_KEY);
}

void api_handle(struct http_request *request, void *arg) {
    struct api *api = arg;
    struct passage *passage = arena_alloc(&request->arena, sizeof *passage);
    struct api_call *call = &passage->call;
    struct decode_params params;
    char allow[64];
    call->request = request;
    call->api = api;
    call->keys = api->config.keys;
    call->rules = api->config.rules;
    buf_init(&passage->answer, ANSWER_MAX);
    call->route = find_route(api, request, &params, allow);
    if (call->route && call->route->flags & API_LONG) buf_init(&passage->answer, ANSWER_LONG_MAX);
    if (!call->route) {
        answer_nothing(passage, allow);
        return;
    }
    begin_run(passage);
    enum err err = check_request(passage, &params);
    if (err != ERR_OK) {
        finish(passage, err);
        return;
    }
    read_token(passage);
    read_device(passage);
    if (check_app(passage) != ERR_OK) {
        finish(passage, call->fault.code);
        return;
    }
    if (call->route->who == WHO_PERSON && !passage->has_token) {
        finish(passage, fault_set(&call->fault, ERR_NOT_SIGNED_IN));
        return;
    }
    switch (call->route->kind) {
    case API_PLAIN: finish(passage, checked(call, call->route->run.plain(call))); return;
    case API_READ:
        passage->job.run = read_run;
        if (!pool_submit(api->readers, &passage->job))
            finish(passage, fault_set(&call->fault, ERR_OVERLOADED));
        return;
    case API_WRITE:
        if (api->config.maintenance && atomic_load(&api->config.maintenance->read_only)) {
            finish(passage, fault_set(&call->fault, ERR_READ_ONLY));
            return;
        }
        if (!call->route->prepare) {
            submit_write(passage);
            return;
        }
        passage->job.run = prepare_run;
        if (!pool_submit(api->workers, &passage->job))
            finish(passage, fault_set(&call->fault, ERR_OVERLOADED));
        return;
    }
}

size_t api_body_most(const struct http_request *request, void *arg) {
    const struct api *api = arg;
    struct decode_params params;
    bool signed_in = http_cookie(request, api->config.tls ? "__Host-qb_session" : "qb_session").n > 0;
    for (size_t i = 0; signed_in && i < api->routes_count; i++)
        if (api->routes[i]->file && api->routes[i]->method == request->method &&
            decode_path(api->routes[i]->path, request->path, &params))
            return api->routes[i]->file->most;
    return 0;
}

void api_reject_body(const struct http_request *request, int status, struct http_reply *reply, void *arg) {
    struct api *api = arg;
    struct fault fault;
    fault_set(&fault, status == 413 ? ERR_TOO_LARGE : status == 503 ? ERR_OVERLOADED : ERR_BAD_REQUEST);
    tally_answer(&api->tally, status, fault.code, clock_mono_us() - request->arrived_us);
    answer_error(&fault, request->id, &reply->body);
    reply->type = "application/json";
}

/* --- for handlers --- */

void api_set_session(struct api_call *call, const unsigned char token[SESSION_TOKEN_SIZE]) {
    memcpy(call->set_token, token, SESSION_TOKEN_SIZE);
    call->sets_session = true;
}

void api_end_session(struct api_call *call) {
    call->ends_session = true;
}

void api_end_streams(struct api_call *call) {
    call->ends_streams = true;
}

void api_key_id(struct api_call *call, const char *key, enum id_kind kind, uint64_t number) {
    char shown[PUBLIC_ID_SIZE + 1];
    keys_id_show(call->keys, kind, number, shown);
    json_key_str(call->out, key, shown);
}

const struct api_config *api_config_of(const struct api *api) {
    return &api->config;
}

struct statements *api_statements(struct api *api) {
    return api->statements;
}

struct tally *api_tally(struct api *api) {
    return &api->tally;
}

struct http_figures api_http_figures(struct api *api) {
    return api->http ? http_figures(api->http) : (struct http_figures){0};
}

const struct api_route *api_route(const struct api *api, size_t at) {
    return at < api->routes_count ? api->routes[at] : NULL;
}

bool api_ready(struct api *api) {
    return !atomic_load(&api->reader_failed) && !writer_clock_jumped(api->config.writer);
}

/* --- its life --- */

static void woken(void *arg, struct person_id person) {
    struct api *api = arg;
    streams_wake(api->streams, person);
}

static void woken_all(void *arg) {
    struct api *api = arg;
    streams_wake_all(api->streams);
}

enum err api_start(const struct api_config *config, struct api **out) {
    struct api *api = calloc(1, sizeof *api);
    if (!api || sodium_init() < 0) log_fatal("api: no memory");
    api->config = *config;
    for (size_t i = 0; i < api_routes_count; i++)
        for (size_t j = 0; j < *api_routes[i].count; j++) {
            const struct api_route *route = &api_routes[i].rows[j];
            if (route->flags & API_SANDBOX && !config->sandbox) continue;
            assert(api->routes_count < ROUTES_MAX);
            api->routes_fixed[api->routes_count] = strcspn(route->path, "{");
            api->routes[api->routes_count++] = route;
        }
    api->streams = streams_make();
    api->rates = rates_make((const struct rate_row[RATES]){
        [RATE_LOOKUP] = {60 * 1000, config->lookups_max},
        [RATE_MISS] = {10 * 60 * 1000, config->misses_max},
    });
    if (config->wakes) {
        config->wakes->listener = woken;
        config->wakes->listener_all = woken_all;
        config->wakes->arg = api;
    }
    api->readers = pool_start(&(struct pool_config){"reader", config->readers ? config->readers : 2,
                                                    QUEUE_MAX, api, reader_begin, reader_end});
    api->workers = pool_start(&(struct pool_config){"worker", config->workers ? config->workers : 2, 256, api,
                                                    worker_begin, reader_end});
    if (!api->readers || !api->workers) {
        api_stop(api);
        return ERR_INTERNAL;
    }
    *out = api;
    return ERR_OK;
}

void api_set_http(struct api *api, struct http *http) {
    api->http = http;
}

void api_set_statements(struct api *api, struct statements *statements) {
    api->statements = statements;
}

void api_stop(struct api *api) {
    if (!api) return;
    pool_stop(api->readers);
    pool_stop(api->workers);
    streams_free(api->streams);
    rates_free(api->rates);
    free(api);
}
