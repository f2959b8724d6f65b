/* SPDX-License-Identifier: Apache-2.0 */
#include "bin/stopped.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "bin/backup.h"
#include "bin/progress.h"
#include "edge/config/config.h"
#include "edge/control/books.h"
#include "edge/control/control.h"
#include "edge/control/page.h"
#include "edge/index/indexer.h"
#include "kit/json/json_in.h"
#include "kit/json/json_out.h"
#include "ledger/ledger.h"
#include "wallet/books.h"
#include "wallet/digests.h"

extern char **environ;

static enum err failed(const char *what, enum err err, char words[STOPPED_WORDS_MAX]) {
    snprintf(words, STOPPED_WORDS_MAX, "the %s: %s", what, err_row(err)->en);
    return err;
}

static bool read_settings(const struct typed *typed, struct settings *out, char words[STOPPED_WORDS_MAX]) {
    char *argv[] = {(char *)"qianbao", (char *)"--data", (char *)typed->data};
    log_set_level(LOG_WARN);
    return config_read(3, argv, environ, stdout, out, words) == CONFIG_READY;
}

/* What is done with an opened store. */
struct work {
    const struct settings *settings;
    struct db *db;
    const struct keys *keys;
    struct json_out *out;
    char *words; /* STOPPED_WORDS_MAX */
};
typedef enum err work_fn(const struct work *work);

/* The store that is named, with the keys of the data directory. Its lock says that no server writes meanwhile. */
static enum err with_store(const struct settings *settings, const char *name, work_fn *run,
                           struct json_out *out, char words[STOPPED_WORDS_MAX]) {
    char path[SETTING_TEXT_MAX + 8];
    struct db_config store;
    struct keys *keys = NULL;
    struct db *db = NULL;
    snprintf(path, sizeof path, "%s/keys", settings->data);
    enum err err = keys_open(path, false, &keys);
    if (err != ERR_OK) return failed("keys", err, words);
    err = db_config_parse(name, &store);
    if (err == ERR_OK) err = db_open(&store, DB_WRITER, &db);
    struct work work = {settings, db, keys, out, words};
    err = err == ERR_OK ? run(&work) : failed("store", err, words);
    if (db) db_close(db);
    keys_free(keys);
    return err;
}

/* --- audit --- */

static bool tell_entries(void *arg, uint64_t done, uint64_t all) {
    (void)arg;
    progress_show("entries", done, all);
    return true;
}

/* For the server's next start (wallet/books.h). A store of an older version has no place for it. */
static void keep(struct db *db, const struct ledger_audit *audit, int64_t took_ms) {
    db_begin(db);
    books_keep(db, clock_real_now_ms(), audit, took_ms);
    if (db_commit(db) != DB_COMMIT_YES && audit->differences > 0)
        log_warn("what was found could not be kept in the store");
}

static enum err audit_of(const struct work *work, bool keeps) {
    struct ledger_config config = {.accounts_max = (uint64_t)work->settings->accounts_max,
                                   .mac_key = keys_bytes(work->keys, KEY_LEDGER_MAC)};
    struct ledger *ledger;
    struct ledger_audit audit;
    int64_t begun_ms = clock_mono_ms();
    enum err err = ledger_open(work->db, &config, &ledger);
    if (err != ERR_OK) return failed("ledger", err, work->words);
    digests_register(ledger);
    db_begin(work->db);
    err = ledger_audit_told(ledger, work->db, tell_entries, NULL, &audit);
    db_rollback(work->db);
    ledger_close(ledger);
    if (err != ERR_OK && err != ERR_CORRUPT) return failed("audit", err, work->words);
    int64_t took_ms = clock_mono_ms() - begun_ms;
    if (keeps) keep(work->db, &audit, took_ms);
    books_audit_keys(work->out, err, &audit, took_ms);
    return ERR_OK;
}

/* Of a copy: it stays as it was made. */
static enum err audit_opened(const struct work *work) {
    return audit_of(work, false);
}

static enum err audit_and_keep(const struct work *work) {
    return audit_of(work, true);
}

enum err stopped_audit(const struct typed *typed, struct json_out *out, char words[STOPPED_WORDS_MAX]) {
    struct settings settings;
    if (!read_settings(typed, &settings, words)) return ERR_CONFIG;
    return with_store(&settings, settings.store, audit_and_keep, out, words);
}

/* --- backup and restore --- */

/* A backup that was never proven is none. */
static enum err prove(const struct settings *settings, const char *store, struct json_out *out,
                      char words[STOPPED_WORDS_MAX]) {
    json_key(out, "audit");
    json_begin_object(out);
    enum err err = with_store(settings, store, audit_opened, out, words);
    json_end_object(out);
    return err;
}

enum err stopped_backup(const struct typed *typed, struct json_out *out, char words[STOPPED_WORDS_MAX]) {
    struct settings settings;
    char copy[BACKUP_PATH_BYTES + 16];
    struct backup backup = {.folder = typed_value(typed, "folder"), .told = progress_show};
    if (!read_settings(typed, &settings, words)) return ERR_CONFIG;
    backup.settings = &settings;
    if (!backup_make(&backup, words)) return ERR_STORE;
    backup_keys(&backup, out);
    if (backup.engine != DB_SQLITE) return ERR_OK; /* its dump is read again when it is brought back */
    snprintf(copy, sizeof copy, "sqlite:%s", backup.file);
    return prove(&settings, copy, out, words);
}

enum err stopped_restore(const struct typed *typed, struct json_out *out, char words[STOPPED_WORDS_MAX]) {
    struct settings settings;
    struct backup backup = {.folder = typed_value(typed, "folder"), .told = progress_show};
    if (!read_settings(typed, &settings, words)) return ERR_CONFIG;
    backup.settings = &settings;
    if (!backup_restore(&backup, words)) return ERR_STORE;
    backup_restored_keys(&backup, out);
    return backup_has_keys(&settings) ? prove(&settings, settings.store, out, words) : ERR_OK;
}

/* --- the index of the bills, made anew --- */

static void tell_figures(const struct indexer_figures *figures) {
    progress_show("entries", figures->entry, figures->newest);
}

static enum err index_opened(const struct work *work) {
    struct ledger_config books = {.accounts_max = (uint64_t)work->settings->accounts_max,
                                  .mac_key = keys_bytes(work->keys, KEY_LEDGER_MAC)};
    struct indexer_config config = {.keys = work->keys};
    int64_t begun_ms = clock_mono_ms();
    enum err err = db_migrate(work->db); /* PostgreSQL: its tables are the store's */
    if (err == ERR_OK) err = ledger_open(work->db, &books, &config.ledger);
    if (err != ERR_OK) return failed("ledger", err, work->words);
    err = db_config_parse(work->settings->store, &config.store);
    if (err == ERR_OK) err = indexer_rebuild_alone(&config, work->db, tell_figures);
    ledger_close(config.ledger);
    if (err != ERR_OK) return failed("index", err, work->words);
    json_key_bool(work->out, "building", false);
    json_key_str(work->out, "made_by", "this program: no server runs");
    json_key_i64(work->out, "took_ms", clock_mono_ms() - begun_ms);
    return ERR_OK;
}

enum err stopped_index_rebuild(const struct typed *typed, struct json_out *out, char words[STOPPED_WORDS_MAX]) {
    struct settings settings;
    if (!read_settings(typed, &settings, words)) return ERR_CONFIG;
    return with_store(&settings, settings.store, index_opened, out, words);
}

enum command_end stopped_index_wait(const struct typed *typed, const json_t *result) {
    static const char ask[] = "{\"command\":\"index status\"}";
    char path[CONTROL_PATH_MAX];
    int64_t begun_ms = clock_mono_ms();
    json_t *answer = NULL;
    bool building = page_is(result, "building");
    if (!control_path(typed->data, path)) return COMMAND_END_NO_SERVER;
    progress_show("entries", (uint64_t)page_i64(result, "entry"), (uint64_t)page_i64(result, "newest_entry"));
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
            progress_end();
            fprintf(stderr, "qianbao: the server has stopped; at its next start it goes on\n");
            json_decref(answer);
            return COMMAND_END_NO_SERVER;
        }
        const json_t *now = json_object_get(answer, "result");
        building = page_is(now, "building");
        progress_show("entries", (uint64_t)page_i64(now, "entry"), (uint64_t)page_i64(now, "newest_entry"));
    }
    json_decref(answer);
    progress_end();
    printf("The index of the bills was made anew, by the running server. %" PRId64 " ms\n",
           clock_mono_ms() - begun_ms);
    return COMMAND_END_DONE;
}
