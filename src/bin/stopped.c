/* SPDX-License-Identifier: Apache-2.0 */
#include "bin/stopped.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bin/backup.h"
#include "edge/config/config.h"
#include "edge/control/books.h"
#include "edge/control/control.h"
#include "edge/control/page.h"
#include "edge/index/indexer.h"
#include "kit/json/json_in.h"
#include "kit/json/json_out.h"
#include "ledger/ledger.h"
#include "wallet/audit_log.h"
#include "wallet/payment.h"
#include "wallet/refund.h"
#include "wallet/refusal.h"
#include "wallet/settlement.h"
#include "wallet/withdrawal.h"

extern char **environ;

static enum command_end audit_failed(const char *what, enum err err) {
    fprintf(stderr, "qianbao: the %s: %s\n", what, err_row(err)->en);
    return err == ERR_CORRUPT ? COMMAND_END_DIFFERENCE : COMMAND_END_REFUSED;
}

static enum command_end audit_opened(const struct typed *typed, const struct settings *settings,
                                     struct db *db, const struct keys *keys) {
    struct ledger_config config = {.accounts_max = (uint64_t)settings->accounts_max,
                                   .mac_key = keys_bytes(keys, KEY_LEDGER_MAC)};
    struct ledger *ledger;
    struct ledger_audit audit;
    int64_t begun_ms = clock_mono_ms();
    enum err err = ledger_open(db, &config, &ledger);
    if (err != ERR_OK) return audit_failed("ledger", err);
    payment_register_digests(ledger);
    audit_log_register_digests(ledger);
    refusal_register_digests(ledger);
    withdrawal_register_digests(ledger);
    refund_register_digests(ledger);
    settlement_register_digests(ledger);
    db_begin(db);
    err = ledger_audit(ledger, db, &audit);
    db_rollback(db);
    ledger_close(ledger);
    if (err != ERR_OK && err != ERR_CORRUPT) return audit_failed("audit", err);

    struct buf text;
    json_t *result = NULL;
    buf_init(&text, CONTROL_LINE_MAX);
    struct json_out out = json_out_to(&text);
    json_begin_object(&out);
    books_audit_keys(&out, err, &audit, clock_mono_ms() - begun_ms);
    json_end_object(&out);
    if (typed->json) printf("%s\n", buf_text(&text));
    else if (json_read_object((struct text){buf_text(&text), text.size}, &result) == ERR_OK)
        books_audit_show(result, stdout);
    json_decref(result);
    buf_release(&text);
    return err == ERR_OK ? COMMAND_END_DONE : COMMAND_END_DIFFERENCE;
}

static bool read_settings(const struct typed *typed, struct settings *out) {
    char *argv[] = {(char *)"qianbao", (char *)"--data", (char *)typed->data};
    char words[CONFIG_WORDS_MAX];
    log_set_level(LOG_WARN);
    bool read = config_read(3, argv, environ, stdout, out, words) == CONFIG_READY;
    if (!read) fprintf(stderr, "qianbao: %s\n", words);
    return read;
}

typedef enum command_end store_fn(const struct typed *typed, const struct settings *settings, struct db *db,
                                  const struct keys *keys);

/* The store that is named, with the keys of the data directory. Its lock says that no server writes meanwhile. */
static enum command_end with_store(const struct typed *typed, const struct settings *settings,
                                   const char *name, store_fn *run) {
    char path[SETTING_TEXT_MAX + 8];
    struct db_config store;
    struct keys *keys = NULL;
    struct db *db = NULL;
    snprintf(path, sizeof path, "%s/keys", settings->data);
    enum err err = keys_open(path, false, &keys);
    if (err != ERR_OK) return audit_failed("keys", err);
    err = db_config_parse(name, &store);
    if (err == ERR_OK) err = db_open(&store, DB_WRITER, &db);
    enum command_end code = err == ERR_OK ? run(typed, settings, db, keys) : audit_failed("store", err);
    if (db) db_close(db);
    keys_free(keys);
    return code;
}

static enum command_end stopped_store(const struct typed *typed, store_fn *run) {
    struct settings settings;
    return read_settings(typed, &settings) ? with_store(typed, &settings, settings.store, run)
                                           : COMMAND_END_USAGE;
}

enum command_end stopped_audit(const struct typed *typed) {
    return stopped_store(typed, audit_opened);
}

/* --- backup and restore --- */

enum command_end stopped_backup(const struct typed *typed) {
    struct settings settings;
    struct db_config store;
    char copy[SETTING_TEXT_MAX + 32], path[SETTING_TEXT_MAX];
    if (!read_settings(typed, &settings)) return COMMAND_END_USAGE;
    if (backup_make(&settings, typed_value(typed, "folder")) != 0) return COMMAND_END_REFUSED;
    if (db_config_parse(settings.store, &store) != ERR_OK || store.engine != DB_SQLITE)
        return COMMAND_END_DONE;
    backup_store_path(typed_value(typed, "folder"), path, sizeof path);
    snprintf(copy, sizeof copy, "sqlite:%s", path);
    return with_store(typed, &settings, copy, audit_opened); /* a backup that was never proven is none */
}

enum command_end stopped_restore(const struct typed *typed) {
    struct settings settings;
    if (!read_settings(typed, &settings)) return COMMAND_END_USAGE;
    if (backup_restore(&settings, typed_value(typed, "folder")) != 0) return COMMAND_END_REFUSED;
    return with_store(typed, &settings, settings.store, audit_opened);
}

/* --- the index of the bills, made anew --- */

static void tell_index(uint64_t entry, uint64_t newest, bool over) {
    static int last = -1;
    int percent = newest > 0 ? (int)(entry * 100 / newest) : 100;
    if (percent == last && !over) return;
    last = percent;
    fprintf(stderr, "\rindex: %3d %%, %" PRIu64 " of %" PRIu64 " entries%s", percent, entry, newest,
            over ? "\n" : "");
    fflush(stderr);
}

static void tell_figures(const struct indexer_figures *figures) {
    tell_index(figures->entry, figures->newest, false);
}

static enum command_end index_opened(const struct typed *typed, const struct settings *settings,
                                     struct db *db, const struct keys *keys) {
    struct ledger_config books = {.accounts_max = (uint64_t)settings->accounts_max,
                                  .mac_key = keys_bytes(keys, KEY_LEDGER_MAC)};
    struct indexer_config config = {.keys = keys};
    int64_t begun_ms = clock_mono_ms();
    enum err err = db_migrate(db); /* PostgreSQL: its tables are the store's */
    if (err == ERR_OK) err = ledger_open(db, &books, &config.ledger);
    if (err != ERR_OK) return audit_failed("ledger", err);
    err = db_config_parse(settings->store, &config.store);
    if (err == ERR_OK) err = indexer_rebuild_alone(&config, db, typed->json ? NULL : tell_figures);
    ledger_close(config.ledger);
    if (err != ERR_OK) return audit_failed("index", err);
    if (typed->json) printf("{\"building\":false,\"took_ms\":%" PRId64 "}\n", clock_mono_ms() - begun_ms);
    else
        fprintf(stderr, "\n"),
            printf("The index of the bills was made anew, by this program: no server runs. %" PRId64 " ms\n",
                   clock_mono_ms() - begun_ms);
    return COMMAND_END_DONE;
}

enum command_end stopped_index_rebuild(const struct typed *typed) {
    return stopped_store(typed, index_opened);
}

enum command_end stopped_index_wait(const struct typed *typed, const json_t *result) {
    static const char ask[] = "{\"command\":\"index-status\"}";
    char path[CONTROL_PATH_MAX];
    int64_t begun_ms = clock_mono_ms();
    json_t *answer = NULL;
    bool building = page_is(result, "building");
    if (!control_path(typed->data, path)) return COMMAND_END_NO_SERVER;
    while (building) {
        struct buf line;
        buf_init(&line, CONTROL_ANSWER_MAX);
        usleep(100 * 1000);
        json_decref(answer);
        answer = NULL;
        bool told = control_ask(path, TEXT(ask), &line) &&
                    json_read_object((struct text){buf_text(&line), line.size}, &answer) == ERR_OK;
        buf_release(&line);
        if (!told) {
            fprintf(stderr, "\nqianbao: the server has stopped; at its next start it goes on\n");
            json_decref(answer);
            return COMMAND_END_NO_SERVER;
        }
        const json_t *now = json_object_get(answer, "result");
        building = page_is(now, "building");
        tell_index((uint64_t)page_i64(now, "entry"), (uint64_t)page_i64(now, "newest_entry"), !building);
    }
    json_decref(answer);
    printf("The index of the bills was made anew, by the running server. %" PRId64 " ms\n",
           clock_mono_ms() - begun_ms);
    return COMMAND_END_DONE;
}
