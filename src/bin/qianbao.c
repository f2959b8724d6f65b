/* SPDX-License-Identifier: Apache-2.0 */
/* qianbao: the operator's command line. Talks to the running server over DATA/control.sock (edge/control/control.h); only `audit` also
 * works on a stopped store, which it then opens itself.
 *
 * A command is a row of the table: its words, what it takes, what it asks of the server, how its answer is shown. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bin/backup.h"
#include "edge/config/config.h"
#include "edge/control/command.h"
#include "edge/control/control.h"
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

enum exit_code {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,    /* the server said no, or something failed; the words say what */
    EXIT_USAGE = 2,      /* the command line is wrong */
    EXIT_NO_SERVER = 3,  /* no server answers in this data directory */
    EXIT_DIFFERENCE = 4, /* audit: the books do not add up */
};

enum { ARGS_MAX = 8 };

/* What was typed: the command's own words behind its name. */
struct typed {
    const char *data;
    bool json;
    int count;
    const char *args[ARGS_MAX];
};

struct cli_command {
    const char *name;  /* "sandbox clock" */
    const char *takes; /* "[+24h]" */
    const char *about;
    const char *asks;                                             /* the server's command */
    bool (*ask)(const struct typed *typed, struct json_out *out); /* writes its arguments; false: usage */
    enum exit_code (*show)(const json_t *result);
    enum exit_code (*without)(const struct typed *typed); /* when no server answers; NULL: that is an error */
    enum exit_code (*alone)(const struct typed *typed);   /* no server is asked, whether one runs or not */
};

/* --- arguments --- */

static bool ask_nothing(const struct typed *typed, struct json_out *out) {
    (void)out;
    return typed->count == 0;
}

static bool ask_bank(const struct typed *typed, struct json_out *out) {
    if (typed->count == 0) return true;
    if (typed->count != 2) return false;
    json_key_str(out, "bank", typed->args[0]);
    json_key_str(out, "mode", typed->args[1]);
    return true;
}

/* 2026-11-22, CMB: either, both or none. */
static bool ask_reconcile(const struct typed *typed, struct json_out *out) {
    if (typed->count > 2) return false;
    for (int i = 0; i < typed->count; i++)
        json_key_str(out, typed->args[i][0] >= '0' && typed->args[i][0] <= '9' ? "day" : "bank",
                     typed->args[i]);
    return true;
}

static bool ask_clock(const struct typed *typed, struct json_out *out) {
    int64_t by_ms;
    if (typed->count == 0) return true;
    if (typed->count != 1) return false;
    const char *step = typed->args[0];
    if (!config_duration(text_of(step + (*step == '+')), &by_ms)) return false;
    json_key_i64(out, "advance_ms", by_ms);
    return true;
}

/* --name VALUE pairs, each of `names` once. */
static bool ask_pairs(const struct typed *typed, struct json_out *out, const char *const *names, int count) {
    if (typed->count != 2 * count) return false;
    for (int i = 0; i < count; i++) {
        const char *value = NULL;
        for (int at = 0; at < typed->count; at += 2)
            if (strncmp(typed->args[at], "--", 2) == 0 && strcmp(typed->args[at] + 2, names[i]) == 0)
                value = typed->args[at + 1];
        if (!value) return false;
        json_key_str(out, names[i], value);
    }
    return true;
}

static bool ask_merchant(const struct typed *typed, struct json_out *out) {
    static const char *const names[] = {"phone", "name"};
    return ask_pairs(typed, out, names, 2);
}

static bool ask_shop(const struct typed *typed, struct json_out *out) {
    static const char *const names[] = {"id"};
    return ask_pairs(typed, out, names, 1);
}

/* "0.38%" as hundredths of a percent; "default" as -1. */
static bool read_rate(const char *text, int64_t *out) {
    int whole = 0, hundredths = 0, at = 0;
    if (strcmp(text, "default") == 0) {
        *out = -1;
        return true;
    }
    for (; text[at] >= '0' && text[at] <= '9' && at < 4; at++) whole = whole * 10 + (text[at] - '0');
    if (at == 0) return false;
    if (text[at] == '.') {
        int digits = 0;
        for (at++; text[at] >= '0' && text[at] <= '9' && digits < 3; at++, digits++)
            hundredths = hundredths * 10 + (text[at] - '0');
        if (digits < 1 || digits > 2) return false;
        if (digits == 1) hundredths *= 10;
    }
    if (text[at] == '%') at++;
    *out = whole * 100 + hundredths;
    return text[at] == 0;
}

static bool ask_fee(const struct typed *typed, struct json_out *out) {
    struct typed id = {.count = 2};
    int64_t rate = 0;
    bool rated = false;
    if (typed->count != 4) return false;
    for (int at = 0; at < 4; at += 2) {
        if (strcmp(typed->args[at], "--rate") == 0) rated = read_rate(typed->args[at + 1], &rate);
        else id.args[0] = typed->args[at], id.args[1] = typed->args[at + 1];
    }
    if (!rated || !id.args[0] || !ask_shop(&id, out)) return false;
    json_key_i64(out, "rate", rate);
    return true;
}

/* --- answers --- */

static const char *string_at(const json_t *object, const char *name) {
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static int64_t i64_at(const json_t *object, const char *name) {
    return json_integer_value(json_object_get(object, name));
}

/* Every key and value in a line, nested objects indented: the answer of a command that needs no page of its own. */
static void show_object(const json_t *object, int indent) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        int width = 18 - indent;
        if (json_is_object(value)) {
            printf("%*s%s\n", indent, "", key);
            show_object(value, indent + 2);
        } else if (json_is_integer(value)) {
            printf("%*s%-*s %" JSON_INTEGER_FORMAT "\n", indent, "", width, key, json_integer_value(value));
        } else if (json_is_boolean(value)) {
            printf("%*s%-*s %s\n", indent, "", width, key, json_is_true(value) ? "yes" : "no");
        } else {
            printf("%*s%-*s %s\n", indent, "", width, key,
                   json_is_string(value) ? json_string_value(value) : "-");
        }
    }
}

static enum exit_code show_all(const json_t *result) {
    show_object(result, 0);
    return EXIT_DONE;
}

static enum exit_code show_audit(const json_t *result) {
    bool holds = json_is_true(json_object_get(result, "holds"));
    char debits[MONEY_TEXT_MAX], credits[MONEY_TEXT_MAX];
    money_text((struct money){i64_at(result, "debits_posted")}, debits);
    money_text((struct money){i64_at(result, "credits_posted")}, credits);
    printf("%" PRId64 " entries in %" PRId64 " rows, %" PRId64 " accounts, %" PRId64 " pages, %" PRId64
           " digests; %" PRId64 " ms\n",
           i64_at(result, "entries"), i64_at(result, "rows"), i64_at(result, "accounts"),
           i64_at(result, "pages"), i64_at(result, "digests"), i64_at(result, "took_ms"));
    if (!holds) {
        printf("The books do NOT hold: %s (entry %" PRId64 ").\n"
               "Stop the server, keep a copy of the store, and do not pay out until it is explained.\n",
               string_at(result, "words"), i64_at(result, "first_bad_entry"));
        return EXIT_DIFFERENCE;
    }
    printf("The books hold:\n"
           "  every entry is chained to the one before it, and no row was changed, added or taken out;\n"
           "  every balance follows from the entries%s;\n"
           "  what was paid and what was received are the same: %s = %s.\n",
           json_is_true(json_object_get(result, "memory_checked")) ? ", and the server's memory says the same"
                                                                   : "",
           debits, credits);
    return EXIT_DONE;
}

static enum exit_code show_reconcile(const json_t *result) {
    char ours[MONEY_TEXT_MAX], theirs[MONEY_TEXT_MAX];
    const json_t *one;
    size_t i;
    printf("%" PRId64 " bank days, %" PRId64 " lines of the banks, %" PRId64 " legs of ours, %" PRId64
           " matched\n",
           i64_at(result, "days"), i64_at(result, "lines"), i64_at(result, "legs"), i64_at(result, "matched"));
    json_array_foreach(json_object_get(result, "differences"), i, one) {
        money_text((struct money){i64_at(one, "ours")}, ours);
        money_text((struct money){i64_at(one, "theirs")}, theirs);
        printf("%s %s %s: ours %s, theirs %s, message %s\n    %s\n", string_at(one, "day"),
               string_at(one, "bank"), string_at(one, "difference"), ours, theirs,
               string_at(one, "message_id"), string_at(one, "what_to_do"));
    }
    json_array_foreach(json_object_get(result, "in_doubt"), i, one) {
        money_text((struct money){i64_at(one, "amount")}, ours);
        printf("in doubt: %s %s %s, payment %s, for %" PRId64 " s, %" PRId64 " tries, asked again at %s\n",
               string_at(one, "bank"), string_at(one, "kind"), ours, string_at(one, "payment"),
               i64_at(one, "age_s"), i64_at(one, "tries"), string_at(one, "next_probe"));
    }
    if (json_is_true(json_object_get(result, "bank_silent")))
        printf("A bank did not answer; what it has not told is not in this.\n");
    if (!json_is_true(json_object_get(result, "agrees"))) return EXIT_DIFFERENCE;
    printf("Zero differences.\n");
    return EXIT_DONE;
}

static enum exit_code show_inbox(const json_t *result) {
    size_t i;
    const json_t *sms, *items = json_object_get(result, "items");
    json_array_foreach(items, i, sms) {
        printf("%s  %s  %s  %s\n", string_at(sms, "at"), string_at(sms, "phone"), string_at(sms, "code"),
               strcmp(string_at(sms, "from"), "bank") == 0 ? string_at(sms, "bank")
                                                           : string_at(sms, "purpose"));
    }
    if (json_array_size(items) == 0) printf("no codes yet\n");
    if (!json_is_true(json_object_get(result, "bank_answered")))
        printf("(the sandbox bank did not answer)\n");
    return EXIT_DONE;
}

static enum exit_code show_merchants(const json_t *result) {
    size_t i;
    const json_t *shop, *items = json_object_get(result, "items");
    json_array_foreach(items, i, shop) {
        printf("%s  %s  %s  %s\n", string_at(shop, "id"), string_at(shop, "opened_at"),
               string_at(shop, "owner"), string_at(shop, "name"));
    }
    if (json_array_size(items) == 0) printf("no shops yet\n");
    if (json_is_true(json_object_get(result, "more"))) printf("(the newest %zu)\n", json_array_size(items));
    return EXIT_DONE;
}

static enum exit_code show_clock(const json_t *result) {
    int64_t offset_s = i64_at(result, "offset_ms") / 1000, size_s = offset_s < 0 ? -offset_s : offset_s;
    printf("%s", string_at(result, "time"));
    if (offset_s != 0)
        printf("  (%" PRId64 " d %02" PRId64 ":%02" PRId64 " %s the machine)", size_s / 86400,
               size_s / 3600 % 24, size_s / 60 % 60, offset_s < 0 ? "behind" : "ahead of");
    printf("\n");
    return EXIT_DONE;
}

/* --- audit of a stopped store --- */

extern char **environ;

static enum exit_code audit_failed(const char *what, enum err err) {
    fprintf(stderr, "qianbao: the %s: %s\n", what, err_row(err)->en);
    return err == ERR_CORRUPT ? EXIT_DIFFERENCE : EXIT_REFUSED;
}

static enum exit_code audit_opened(const struct typed *typed, const struct settings *settings, struct db *db,
                                   const struct keys *keys) {
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
    command_audit_keys(&out, err, &audit, clock_mono_ms() - begun_ms);
    json_end_object(&out);
    if (typed->json) printf("%s\n", buf_text(&text));
    else if (json_read_object((struct text){buf_text(&text), text.size}, &result) == ERR_OK)
        show_audit(result);
    json_decref(result);
    buf_release(&text);
    return err == ERR_OK ? EXIT_DONE : EXIT_DIFFERENCE;
}

static bool read_settings(const struct typed *typed, struct settings *out) {
    char *argv[] = {(char *)"qianbao", (char *)"--data", (char *)typed->data};
    char words[CONFIG_WORDS_MAX];
    log_set_level(LOG_WARN);
    bool read = config_read(3, argv, environ, stdout, out, words) == CONFIG_READY;
    if (!read) fprintf(stderr, "qianbao: %s\n", words);
    return read;
}

typedef enum exit_code store_fn(const struct typed *typed, const struct settings *settings, struct db *db,
                                const struct keys *keys);

/* The store that is named, with the keys of the data directory. Its lock says that no server writes meanwhile. */
static enum exit_code with_store(const struct typed *typed, const struct settings *settings, const char *name,
                                 store_fn *run) {
    char path[SETTING_TEXT_MAX + 8];
    struct db_config store;
    struct keys *keys = NULL;
    struct db *db = NULL;
    snprintf(path, sizeof path, "%s/keys", settings->data);
    enum err err = keys_open(path, false, &keys);
    if (err != ERR_OK) return audit_failed("keys", err);
    err = db_config_parse(name, &store);
    if (err == ERR_OK) err = db_open(&store, DB_WRITER, &db);
    enum exit_code code = err == ERR_OK ? run(typed, settings, db, keys) : audit_failed("store", err);
    if (db) db_close(db);
    keys_free(keys);
    return code;
}

static enum exit_code stopped_store(const struct typed *typed, store_fn *run) {
    struct settings settings;
    return read_settings(typed, &settings) ? with_store(typed, &settings, settings.store, run) : EXIT_USAGE;
}

/* --- backup and restore --- */

static bool usage_of_dir(const struct typed *typed) {
    if (typed->count == 1) return true;
    fprintf(stderr, "qianbao: usage: qianbao backup DIR, qianbao restore DIR\n");
    return false;
}

static enum exit_code run_backup(const struct typed *typed) {
    struct settings settings;
    struct db_config store;
    char copy[SETTING_TEXT_MAX + 32], path[SETTING_TEXT_MAX];
    if (!usage_of_dir(typed) || !read_settings(typed, &settings)) return EXIT_USAGE;
    if (backup_make(&settings, typed->args[0]) != 0) return EXIT_REFUSED;
    if (db_config_parse(settings.store, &store) != ERR_OK || store.engine != DB_SQLITE) return EXIT_DONE;
    backup_store_path(typed->args[0], path, sizeof path);
    snprintf(copy, sizeof copy, "sqlite:%s", path);
    return with_store(typed, &settings, copy, audit_opened); /* a backup that was never proven is none */
}

static enum exit_code run_restore(const struct typed *typed) {
    struct settings settings;
    if (!usage_of_dir(typed) || !read_settings(typed, &settings)) return EXIT_USAGE;
    if (backup_restore(&settings, typed->args[0]) != 0) return EXIT_REFUSED;
    return with_store(typed, &settings, settings.store, audit_opened);
}

static enum exit_code audit_stopped(const struct typed *typed) {
    return stopped_store(typed, audit_opened);
}

/* --- the index of the bills, made anew: the server does it, or we when none runs --- */

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

static enum exit_code index_opened(const struct typed *typed, const struct settings *settings, struct db *db,
                                   const struct keys *keys) {
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
    return EXIT_DONE;
}

static enum exit_code index_stopped(const struct typed *typed) {
    return stopped_store(typed, index_opened);
}

/* The server has begun; asks it how far it is until it is done. */
static const char *data_typed; /* for who asks the server again */

static enum exit_code show_rebuild(const json_t *result) {
    static const char ask[] = "{\"command\":\"index-status\"}";
    char path[CONTROL_PATH_MAX];
    int64_t begun_ms = clock_mono_ms();
    json_t *answer = NULL;
    bool building = json_is_true(json_object_get(result, "building"));
    if (!control_path(data_typed, path)) return EXIT_NO_SERVER;
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
            return EXIT_NO_SERVER;
        }
        const json_t *now = json_object_get(answer, "result");
        building = json_is_true(json_object_get(now, "building"));
        tell_index((uint64_t)i64_at(now, "entry"), (uint64_t)i64_at(now, "newest_entry"), !building);
    }
    json_decref(answer);
    printf("The index of the bills was made anew, by the running server. %" PRId64 " ms\n",
           clock_mono_ms() - begun_ms);
    return EXIT_DONE;
}

/* --- the table --- */

static const struct cli_command commands[] = {
    {"status", "", "what the server is doing", "status", ask_nothing, show_all, NULL, NULL},
    {"audit", "", "prove the books: every balance from its entries, every hash, both sides equal", "audit",
     ask_nothing, show_audit, audit_stopped, NULL},
    {"clock accept", "", "believe the machine's clock after it jumped; writing goes on", "clock-accept",
     ask_nothing, show_all, NULL, NULL},
    {"merchant list", "", "the shops, newest first", "merchant-list", ask_nothing, show_merchants, NULL, NULL},
    {"merchant show", "--id ID", "a shop: owner, balance, rate, card, tills, waiters", "merchant-show",
     ask_shop, show_all, NULL, NULL},
    {"merchant fee", "--id ID --rate 0.38%|default", "what a shop's settlements cost", "merchant-fee",
     ask_fee, show_all, NULL, NULL},
    {"merchant add", "--phone PHONE --name NAME", "open a shop for a person", "merchant-add", ask_merchant,
     show_all, NULL, NULL},
    {"reconcile", "[DAY] [BANK]", "the banks' statements against our orders: zero differences, or each by name",
     "reconcile", ask_reconcile, show_reconcile, NULL, NULL},
    {"backup", "DIR",
     "copy the store as it is now, with or without a server; proves the copy; says which keys are not in it",
     NULL, NULL, NULL, NULL, run_backup},
    {"restore", "DIR", "bring a backup back into an empty data directory", NULL, NULL, NULL, NULL, run_restore},
    {"index status", "", "how far the index of the bills is", "index-status", ask_nothing, show_all, NULL,
     NULL},
    {"index rebuild", "", "drop the index of the bills and make it anew, with or without a server",
     "index-rebuild", ask_nothing, show_rebuild, index_stopped, NULL},
    {"sandbox inbox", "", "the newest one-time codes", "inbox", ask_nothing, show_inbox, NULL, NULL},
    {"sandbox bank", "[BANK normal|decline|delay|lose|outage]", "how a bank (CMB, CCB, ICBC) behaves", "bank",
     ask_bank, show_all, NULL, NULL},
    {"sandbox clock", "[+24h]", "the sandbox's time; move it forward (ms, s, min, h, d)", "clock", ask_clock,
     show_clock, NULL, NULL},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void help(FILE *out) {
    fputs("qianbao: the operator's command line; talks to the qianbaod that runs in a data directory.\n\n"
          "    qianbao [--data DIR] [--json] COMMAND\n\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-13s %-40s %s\n", commands[i].name, commands[i].takes, commands[i].about);
    fputs("  help                                                   print this\n\n"
          "  --data DIR   default: QIANBAO_DATA, else ./data\n"
          "  --json       print the server's answer as it is, one line\n\n"
          "Ends with 0: done; 1: refused or failed; 2: wrong command line; 3: no server; 4: the books do not "
          "hold.\n",
          out);
}

static enum exit_code answer_show(const struct cli_command *command, const struct typed *typed,
                                  struct text line) {
    json_error_t error;
    json_t *answer = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &error);
    const json_t *result = json_object_get(answer, "result"), *wrong = json_object_get(answer, "error");
    bool done = json_is_true(json_object_get(answer, "ok"));
    enum exit_code code = done ? EXIT_DONE : EXIT_REFUSED;
    if (typed->json) printf("%.*s\n", (int)line.n, line.p);
    if (done && !typed->json) code = command->show(result);
    if (done && typed->json && json_is_false(json_object_get(result, "holds"))) code = EXIT_DIFFERENCE;
    if (!done && !typed->json)
        fprintf(stderr, "qianbao: %s: %s %s\n", string_at(wrong, "code"), string_at(wrong, "message"),
                string_at(wrong, "field"));
    json_decref(answer);
    return code;
}

static enum exit_code command_run(const struct cli_command *command, const struct typed *typed) {
    if (command->alone) return command->alone(typed);
    char path[CONTROL_PATH_MAX];
    struct buf line, answer;
    data_typed = typed->data;
    buf_init(&line, CONTROL_LINE_MAX);
    buf_init(&answer, CONTROL_ANSWER_MAX);
    struct json_out out = json_out_to(&line);
    json_begin_object(&out);
    json_key_str(&out, "command", command->asks);
    bool right = command->ask(typed, &out) && !line.failed;
    json_end_object(&out);

    enum exit_code code;
    if (!right) {
        fprintf(stderr, "qianbao: usage: qianbao %s %s\n", command->name, command->takes);
        code = EXIT_USAGE;
    } else if (control_path(typed->data, path) &&
               control_ask(path, (struct text){buf_text(&line), line.size}, &answer)) {
        code = answer_show(command, typed, (struct text){buf_text(&answer), answer.size});
    } else if (command->without) {
        code = command->without(typed);
    } else {
        fprintf(stderr, "qianbao: no server answers at %s/control.sock; start one, or name its directory with --data\n",
                typed->data);
        code = EXIT_NO_SERVER;
    }
    buf_release(&line);
    buf_release(&answer);
    return code;
}

/* The command whose words begin the arguments; takes them off. */
static const struct cli_command *command_find(struct typed *typed) {
    for (size_t i = 0; i < COMMANDS; i++) {
        char words[64] = "";
        int count = strchr(commands[i].name, ' ') ? 2 : 1;
        if (typed->count < count) continue;
        snprintf(words, sizeof words, "%s%s%s", typed->args[0], count == 2 ? " " : "",
                 count == 2 ? typed->args[1] : "");
        if (strcmp(words, commands[i].name) != 0) continue;
        typed->count -= count;
        memmove(typed->args, typed->args + count, (size_t)typed->count * sizeof typed->args[0]);
        return &commands[i];
    }
    return NULL;
}

static bool typed_read(int argc, char *argv[], struct typed *out) {
    const char *data = getenv("QIANBAO_DATA");
    *out = (struct typed){.data = data && *data ? data : "data"};
    for (int i = 1; i < argc; i++) {
        bool ours =
            out->count == 0; /* behind the command's words, flags are the command's, but --json may be last */
        if (strcmp(argv[i], "--json") == 0 && (ours || i + 1 == argc)) out->json = true;
        else if (ours && strcmp(argv[i], "--data") == 0 && i + 1 < argc) out->data = argv[++i];
        else if (ours && strncmp(argv[i], "--data=", 7) == 0) out->data = argv[i] + 7;
        else if (out->count < ARGS_MAX) out->args[out->count++] = argv[i];
        else return false;
    }
    return true;
}

int main(int argc, char *argv[]) {
    struct typed typed;
    bool right = typed_read(argc, argv, &typed) && typed.count > 0;
    if (right && (strcmp(typed.args[0], "help") == 0 || strcmp(typed.args[0], "--help") == 0)) {
        help(stdout);
        return EXIT_DONE;
    }
    const struct cli_command *command = right ? command_find(&typed) : NULL;
    if (command) return (int)command_run(command, &typed);
    if (right) fprintf(stderr, "qianbao: there is no command \"%s\"\n\n", typed.args[0]);
    help(stderr);
    return EXIT_USAGE;
}
