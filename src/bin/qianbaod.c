/* SPDX-License-Identifier: Apache-2.0 */
/*~ qianbaod: the server. Begin to read here: this file opens each room in its order, from the ground up, and closes them in the other.
 *
 *     settings -> HTTP -> keys -> store and writer -> ledger, ids, outbox, wakes, clock (the writer's parts) -> bank -> index -> API -> auditor -> control
 *
 * The port is there first and says that the books are being read (edge/api/front.h); the last step puts the wallet behind it.
 * Then it waits for a signal. SIGHUP reads the certificate anew. SIGTERM and SIGINT drain: no new connections, open requests end, the writer commits what is queued. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "bin/chores.h"
#include "bin/ending.h"
#include "bin/service.h"
#include "edge/api/api.h"
#include "edge/api/front.h"
#include "edge/auditor/auditor.h"
#include "edge/bank/link.h"
#include "edge/bank/sender.h"
#include "edge/bank/statements.h"
#include "edge/config/config.h"
#include "edge/control/control.h"
#include "edge/index/indexer.h"
#include "edge/notify/realname_hook.h"
#include "edge/notify/sms_sender.h"
#include "edge/trust/trust.h"
#include "kit/db/writer.h"
#include "ledger/ledger.h"
#include "wallet/bank.h"
#include "wallet/books.h"
#include "wallet/digests.h"
#include "wallet/maintenance.h"
#include "wallet/payment.h"
#include "wallet/realname.h"
#include "wallet/sandbox.h"
#include "wallet/sequence.h"
#include "wallet/wake.h"

enum { EXIT_USAGE = 2, PATH_MAX_BYTES = 512 };

/* All that lives as long as the server. */
struct house {
    struct settings settings;
    struct keys *keys;
    struct writer *writer;
    struct ledger *ledger;
    struct sequence sequence;
    struct outbox outbox;
    struct wakes wakes;
    struct sandbox sandbox;
    struct maintenance maintenance;
    struct books books;
    struct front front;
    struct bank_line line;
    struct bank_http_link link;
    struct statements *statements;
    struct realname_hook realname;
    struct sender *sender;
    struct chores *chores;
    struct auditor *auditor;
    struct sms_sender *sms;
    struct bill_index_place index;
    struct indexer *indexer;
    struct control *control;
    struct tx floor; /* what every command finds in its group */
    struct api *api;
    struct http *http;
    struct trust *trust;
};

/* --- up --- */

static enum err open_store(struct house *house) {
    const struct settings *s = &house->settings;
    struct writer_config config = {
        .queue_max = (size_t)s->queue_max,
        .group_commands_max = s->group_commands_max,
        .group_ms_max = s->group_ms_max,
        .checkpoint_frames = s->checkpoint_frames,
        .telling = http_bundle,
    };
    if (mkdir(s->data, 0700) != 0 && errno != EEXIST) {
        log_error("%s: %s", s->data, strerror(errno));
        return ERR_CONFIG;
    }
    enum err err = db_config_parse(s->store, &config.store);
    if (err == ERR_OK) err = writer_open(&config, &house->writer);
    return err;
}

/* A store that was written with keys is never served with new ones: nothing in it could be read, and they would pass for the lost. */
static enum err open_keys(struct house *house) {
    char path[PATH_MAX_BYTES];
    unsigned char hash[32];
    bool is_new = ledger_newest(writer_db(house->writer), hash).n == 0;
    snprintf(path, sizeof path, "%s/keys", house->settings.data);
    if (!is_new && access(path, F_OK) != 0)
        log_error("%s is not there, and the store was written with it: put it back from where you keep it",
                  path);
    return keys_open(path, is_new, &house->keys);
}

/* What must agree with the store: each is told of the group's mark, commit and undo. */
static enum err open_parts(struct house *house) {
    struct ledger_config config = {
        .accounts_max = (uint64_t)house->settings.accounts_max,
        .mac_key = keys_bytes(house->keys, KEY_LEDGER_MAC),
    };
    enum err err = ledger_open(writer_db(house->writer), &config, &house->ledger);
    if (err == ERR_OK) err = sequence_load(&house->sequence, writer_db(house->writer));
    if (err == ERR_OK)
        err = sandbox_open(writer_db(house->writer), house->settings.sandbox,
                           house->settings.sandbox_clock_ms, &house->sandbox);
    if (err == ERR_CONFIG)
        log_error("%s was %sbegun as a sandbox, and that is for ever: start it %s --sandbox, or use another "
                  "--data",
                  house->settings.store, house->settings.sandbox ? "not " : "",
                  house->settings.sandbox ? "without" : "with");
    if (err != ERR_OK) return err;
    digests_register(house->ledger);
    int64_t newest_ms = 0;
    ledger_sequence(house->ledger, &newest_ms);
    writer_set_least_time(house->writer, newest_ms);
    writer_add_part(house->writer, ledger_part(house->ledger));
    writer_add_part(house->writer, sequence_part(&house->sequence));
    writer_add_part(house->writer, bank_outbox_part(&house->outbox));
    writer_add_part(house->writer, sandbox_part(&house->sandbox));
    err = maintenance_open(&house->maintenance, writer_db(house->writer), clock_now_ms());
    if (err != ERR_OK) return err;
    atomic_store(&house->maintenance.read_only, house->settings.read_only);
    writer_add_part(house->writer, maintenance_part(&house->maintenance));
    err = books_open(&house->books, writer_db(house->writer));
    if (err != ERR_OK) return err;
    writer_add_part(house->writer, books_part(&house->books));
    house->maintenance.wakes = house->books.wakes = &house->wakes;
    writer_add_part(house->writer, wake_part(&house->wakes)); /* last: who is woken finds what is published */
    house->floor = (struct tx){
        .ledger = house->ledger,
        .sequence = &house->sequence,
        .rules = &house->settings.rules,
        .keys = house->keys,
        .outbox = &house->outbox,
        .wakes = &house->wakes,
        .maintenance = &house->maintenance,
        .books = &house->books,
        .sandbox = house->settings.sandbox ? &house->sandbox : NULL,
    };
    writer_set_floor(house->writer, &house->floor);
    return ERR_OK;
}

static bool has_bank(const struct house *house) {
    return house->settings.bank[0] != '\0';
}

/* Before the writer's thread: what an earlier run left in the outbox must not be taken for new. */
static enum err open_bank(struct house *house) {
    const struct settings *s = &house->settings;
    char words[ENVELOPE_WORDS_MAX];
    if (!has_bank(house)) return ERR_OK;
    enum err err = bank_line_open(s->bank, s->bank_secret, s->bank_timeout_ms, &house->line, words);
    if (err != ERR_OK) {
        log_error("bank: %s", words);
        return err;
    }
    bank_http_link_init(&house->link, &house->line);
    struct sender_config config = {
        .writer = house->writer,
        .keys = house->keys,
        .line = &house->line,
        .calls_max = s->bank_calls_max,
        .tells_clock = s->sandbox,
        .answered = payment_bank_answer,
    };
    err = db_config_parse(s->store, &config.store);
    if (err == ERR_OK) err = sender_start(&config, &house->sender);
    if (err != ERR_OK) return err;
    house->outbox.wake = house->sandbox.wake = sender_wake;
    house->outbox.arg = house->sandbox.arg = house->sender;
    return ERR_OK;
}

/* Before the API: a reader must not meet an index that was made from other books. */
static enum err open_index(struct house *house) {
    struct indexer_config config = {.ledger = house->ledger, .keys = house->keys};
    if (!house->settings.bill_index) return ERR_OK;
    enum err err = db_config_parse(house->settings.store, &config.store);
    if (err != ERR_OK) return err;
    bill_index_place(&config.store, &house->index);
    return indexer_start(&config, &house->indexer);
}

static struct realname_provider *realname_of(struct house *house) {
    if (house->settings.sandbox) return realname_sandbox();
    return house->settings.realname_url[0] ? &house->realname.provider : NULL;
}

static enum err open_realname(struct house *house) {
    const struct settings *s = &house->settings;
    char secret[PATH_MAX_BYTES], words[ENVELOPE_WORDS_MAX] = "";
    if (s->sandbox || !s->realname_url[0]) return ERR_OK;
    snprintf(secret, sizeof secret, "%s/realname-secret", s->data);
    enum err err =
        realname_hook_open(s->realname_url, secret, s->realname_timeout_ms, &house->realname, words);
    if (err != ERR_OK) log_error("realname_url: %s", words);
    return err;
}

static enum err open_api(struct house *house) {
    const struct settings *s = &house->settings;
    struct api_config config = {
        .writer = house->writer,
        .readers = s->reader_threads,
        .workers = s->slow_threads,
        .ledger = house->ledger,
        .wakes = &house->wakes,
        .maintenance = &house->maintenance,
        .books = &house->books,
        .keys = house->keys,
        .rules = &s->rules,
        .bank = has_bank(house) ? &house->link.link : NULL,
        .realname = realname_of(house),
        .index = house->indexer ? &house->index : NULL,
        .sender = house->sender,
        .indexer = house->indexer,
        .sandbox_bank = s->sandbox && has_bank(house) ? &house->line : NULL,
        .operator= {s->operator_name, s->operator_phone, s->operator_mail, s->operator_hours},
        .lookups_max = s->lookups_max,
        .misses_max = s->misses_max,
        .sandbox = s->sandbox,
        .tls = s->tls,
        .name = "钱包",
        .version = QIANBAO_VERSION,
        .app_min = s->app_min,
    };
    enum err err = db_config_parse(s->store, &config.store);
    if (err == ERR_OK) err = api_start(&config, &house->api);
    return err;
}

/* After the writer: what a bank says of a day is kept through it. */
static enum err open_statements(struct house *house) {
    if (!has_bank(house)) return ERR_OK;
    struct statements_config config = {.writer = house->writer,
                                       .ledger = house->ledger,
                                       .keys = house->keys,
                                       .line = &house->line};
    enum err err = db_config_parse(house->settings.store, &config.store);
    if (err == ERR_OK) err = statements_start(&config, &house->statements);
    if (err == ERR_OK) api_set_statements(house->api, house->statements);
    return err;
}

/* Before the operator's socket, which asks it. */
static enum err open_auditor(struct house *house) {
    struct auditor_config config = {.writer = house->writer,
                                    .ledger = house->ledger,
                                    .books = &house->books,
                                    .every_ms = house->settings.audit_every_ms};
    enum err err = db_config_parse(house->settings.store, &config.store);
    return err == ERR_OK ? auditor_start(&config, &house->auditor) : err;
}

static enum err open_control(struct house *house) {
    struct control_config config = {
        .settings = &house->settings,
        .writer = house->writer,
        .ledger = house->ledger,
        .keys = house->keys,
        .bank = has_bank(house) ? &house->line : NULL,
        .sender = house->sender,
        .statements = house->statements,
        .indexer = house->indexer,
        .index = house->indexer ? &house->index : NULL,
        .maintenance = &house->maintenance,
        .books = &house->books,
        .auditor = house->auditor,
        .version = QIANBAO_VERSION,
    };
    enum err err = db_config_parse(house->settings.store, &config.store);
    if (err == ERR_OK) err = control_start(&config, &house->control);
    return err;
}

static enum err open_http(struct house *house) {
    const struct settings *s = &house->settings;
    struct http_config config = {
        .address = s->address,
        .port = s->port,
        .body_max = (size_t)s->body_max,
        .body_most = front_body_most,
        .connections_max = s->connections_max,
        .connections_per_address_max = s->connections_per_address_max,
        .proxy = s->proxy,
        .tls_certificate = s->tls_certificate,
        .tls_key = s->tls_key,
        .deadline_ms = s->request_deadline_ms,
        .handler = front_handle,
        .reject_body = front_reject_body,
        .arg = &house->front,
    };
    house->front.sandbox = s->sandbox;
    house->front.tls = s->tls;
    return http_start(&config, &house->http);
}

static enum err open_front(struct house *house) {
    api_set_http(house->api, house->http);
    atomic_store(&house->front.api, house->api);
    return ERR_OK;
}

/* After HTTP: its page leads to the wallet's port. */
static enum err open_trust(struct house *house) {
    const struct settings *s = &house->settings;
    char wallet[SETTING_TEXT_MAX], words[TRUST_WORDS_MAX];
    if (!s->root_certificate[0]) return ERR_OK;
    bool v6 = strchr(s->address, ':');
    snprintf(wallet, sizeof wallet, "https://%s%s%s:%d/", v6 ? "[" : "", s->address, v6 ? "]" : "",
             http_port(house->http));
    struct trust_config config = {.root = s->root_certificate,
                                  .address = s->address,
                                  .port = s->root_port,
                                  .wallet = wallet};
    enum err err = trust_start(&config, &house->trust, words);
    if (err != ERR_OK) log_error("%s", words);
    else log_info("qianbaod: the root certificate is at http://%s:%d/", s->address, trust_port(house->trust));
    return err;
}

static enum err start_writer(struct house *house) {
    enum err err = writer_start(house->writer);
    if (err == ERR_OK) err = chores_start(house->writer, &house->chores);
    return err;
}

/* One-time codes go to the operator's gateway; a sandbox keeps them for its inbox. */
static enum err open_notify(struct house *house) {
    const struct settings *s = &house->settings;
    char secret[PATH_MAX_BYTES], words[ENVELOPE_WORDS_MAX] = "";
    if (s->sandbox) return ERR_OK;
    if (!s->sms_hook[0]) {
        log_warn("no sms_hook is set: nobody is sent a code, so nobody can register");
        return ERR_OK;
    }
    snprintf(secret, sizeof secret, "%s/sms-secret", s->data);
    struct sms_sender_config config = {
        .writer = house->writer,
        .keys = house->keys,
        .url = s->sms_hook,
        .secret_path = secret,
        .code_life_ms = s->rules.code_life_ms,
        .inside = s->sms_hook_inside,
    };
    enum err err = db_config_parse(s->store, &config.store);
    if (err == ERR_OK) err = sms_sender_start(&config, &house->sms, words);
    if (err != ERR_OK) log_error("sms_hook: %s", words);
    return err;
}

/* --- down: nothing is asked any more, then nothing is written any more --- */

static void house_close(struct house *house) {
    trust_stop(house->trust);
    http_stop(house->http, house->settings.drain_ms);
    auditor_stop(house->auditor); /* or the socket would wait for the end of an audit */
    control_stop(house->control);
    auditor_free(house->auditor);
    chores_stop(house->chores);
    statements_stop(house->statements);
    sms_sender_stop(house->sms);
    sender_stop(house->sender);
    writer_stop(house->writer);
    sender_free(house->sender);
    if (has_bank(house)) bank_line_close(&house->line);
    api_stop(house->api);
    realname_hook_close(&house->realname);
    indexer_stop(house->indexer);
    ledger_close(house->ledger);
    keys_free(house->keys);
}

/* Keys must not end up in a core file. */
static void no_core(void) {
    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

static int house_live(struct house *house) {
    static const struct {
        const char *room;
        enum err (*open)(struct house *house);
    } rooms[] = {
        {"http", open_http},
        {"store", open_store},
        {"keys", open_keys},
        {"books", open_parts},
        {"bank", open_bank},
        {"index", open_index},
        {"realname", open_realname},
        {"api", open_api},
        {"writer", start_writer},
        {"notify", open_notify},
        {"statements", open_statements},
        {"auditor", open_auditor},
        {"control", open_control},
        {"front", open_front},
        {"trust", open_trust},
    };
    int64_t begun = clock_mono_ms();
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        enum err err = rooms[i].open(house);
        if (err == ERR_OK) continue;
        log_error("qianbaod: cannot open %s: %s", rooms[i].room, err_name(err));
        house_close(house);
        return EXIT_FAILURE;
    }
    log_info("qianbaod %s: ready on %s:%d after %lld ms", QIANBAO_VERSION, house->settings.address,
             http_port(house->http), (long long)(clock_mono_ms() - begun));
    printf("listening on %s:%d\n", house->settings.address, http_port(house->http));
    fflush(stdout);
    service_tell("READY=1");
    int told;
    while ((told = ending_told()) == SIGHUP) http_renew_tls(house->http);
    log_info("qianbaod: signal %d, draining", told);
    service_tell("STOPPING=1");
    house_close(house);
    log_info("qianbaod: stopped");
    return EXIT_SUCCESS;
}

extern char **environ;

int main(int argc, char *argv[]) {
    static struct house house;
    char words[CONFIG_WORDS_MAX];
    switch (config_read(argc, argv, environ, stdout, &house.settings, words)) {
    case CONFIG_READY: break;
    case CONFIG_SAID: return EXIT_SUCCESS;
    case CONFIG_WRONG: fprintf(stderr, "qianbaod: %s\n", words); return EXIT_USAGE;
    }
    log_set_level((enum log_level)house.settings.log_level);
    ending_await();
    no_core();
    umask(0077);
    return house_live(&house);
}
