/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/money.h"
#include "base/text.h"

enum { LINE_MAX_BYTES = 512, FILE_LINES_MAX = 2000 };
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* --- the table --- */

enum setting_kind {
    TEXT_VALUE, /* char[], at most .size - 1 bytes */
    SWITCH,     /* bool: yes, no */
    NUMBER,     /* int or int64_t, by .size */
    DURATION,   /* the same, in ms; written 250ms, 5s, 15min, 24h, 30d */
    AMOUNT,     /* int64_t fen; written 1000.00 */
    LEVEL,      /* int: debug, info, warn, error */
};

struct setting {
    const char *section, *name; /* [section] name = … ; QIANBAO_NAME; --name, with - for _ */
    enum setting_kind kind;
    size_t offset, size;
    int64_t min, max;
    const char *value; /* the default, as one would write it */
    const char *about;
};

#define AT(member) offsetof(struct settings, member), sizeof(((struct settings *)0)->member)
/* clang-format off */
static const struct setting table[] = {
    {"server", "data", TEXT_VALUE, AT(data), 1, 200, "data", "directory of everything that is kept; made when it is not there"},
    {"server", "store", TEXT_VALUE, AT(store), 0, 255, "", "sqlite:PATH or postgres:CONNINFO; empty: sqlite:DATA/qianbao.db"},
    {"server", "listen", TEXT_VALUE, AT(listen), 1, 100, "127.0.0.1:8080", "address and port of the wallet; port 0 takes a free one"},
    {"server", "tls", SWITCH, AT(tls), 0, 1, "no", "people come by https, through a proxy in front: cookies are Secure"},
    {"server", "tls_certificate", TEXT_VALUE, AT(tls_certificate), 0, 255, "", "file in PEM: the certificate, and behind it those that vouch for it; this server then speaks https itself"},
    {"server", "tls_key", TEXT_VALUE, AT(tls_key), 0, 255, "", "file in PEM: its private key; both are read anew when they change, and at SIGHUP"},
    {"server", "root_certificate", TEXT_VALUE, AT(root_certificate), 0, 255, "", "file in PEM: the root that vouches for it, when no phone knows it; plain HTTP serves it, how to install it, and nothing else"},
    {"server", "root_port", NUMBER, AT(root_port), 0, 65535, "0", "the port for that, at the address of listen; 0 takes a free one"},
    {"server", "proxy", TEXT_VALUE, AT(proxy), 0, 45, "", "address of the proxy in front: who asks is then the last in its X-Forwarded-For"},
    {"server", "operator_name", TEXT_VALUE, AT(operator_name), 0, 100, "", "who runs this wallet: on the help page"},
    {"server", "operator_phone", TEXT_VALUE, AT(operator_phone), 0, 40, "", "the number that people call for help"},
    {"server", "operator_mail", TEXT_VALUE, AT(operator_mail), 0, 100, "", "the address that people write to"},
    {"server", "app_min", TEXT_VALUE, AT(app_min), 0, 20, "",
     "the oldest version of the app that may do more than read, as 1.2.0; empty: any"},
    {"server", "operator_hours", TEXT_VALUE, AT(operator_hours), 0, 100, "", "when somebody answers"},
    {"server", "log_level", LEVEL, AT(log_level), 0, 3, "info", "least weight of a line in the log"},
    {"server", "sms_hook", TEXT_VALUE, AT(sms_hook), 0, 255, "", "URL that is given each one-time code to send; empty: none are sent"},
    {"server", "realname_url", TEXT_VALUE, AT(realname_url), 0, 200, "", "address of the service that knows whether name and ID number belong together; empty: no names are verified"},
    {"server", "realname_timeout", DURATION, AT(realname_timeout_ms), 100, MINUTE, "5s", "how long it may take"},
    {"server", "sms_hook_inside", SWITCH, AT(sms_hook_inside), 0, 1, "no", "the hook may be at an internal address"},

    {"sandbox", "sandbox", SWITCH, AT(sandbox), 0, 1, "no", "a place to try: codes are shown, /demo is there, no real money"},
    {"sandbox", "sandbox_anywhere", SWITCH, AT(sandbox_anywhere), 0, 1, "no", "the sandbox may listen on an address that others reach"},
    {"sandbox", "sandbox_clock", DURATION, AT(sandbox_clock_ms), -3650 * DAY, 0, "0s", "where the clock of a new store begins, against the machine's: -90d"},

    {"bank", "bank", TEXT_VALUE, AT(bank), 0, 200, "", "URL of the bank's interface; empty: no bank, cards are refused"},
    {"bank", "bank_secret", TEXT_VALUE, AT(bank_secret), 0, 255, "", "file of the secret shared with the bank; empty: DATA/bank/secret"},
    {"bank", "bank_timeout", DURATION, AT(bank_timeout_ms), 100, 5 * MINUTE, "8s", "a call without an answer for so long is in doubt"},
    {"bank", "bank_calls_max", NUMBER, AT(bank_calls_max), 1, 256, "32", "orders under way at the bank at once"},

    {"load", "reader_threads", NUMBER, AT(reader_threads), 1, 64, "4", "threads that read the store"},
    {"load", "slow_threads", NUMBER, AT(slow_threads), 1, 64, "4", "threads for passwords and for calls to the bank"},
    {"load", "connections_max", NUMBER, AT(connections_max), 16, 100000, "4096", "open connections"},
    {"load", "connections_per_address_max", NUMBER, AT(connections_per_address_max), 1, 100000, "1024", "open connections from one address"},
    {"load", "lookups_per_minute", NUMBER, AT(lookups_max), 0, 1000000, "120", "a person's questions whom a phone or a code names; 0: unlimited"},
    {"load", "misses_max", NUMBER, AT(misses_max), 0, 1000000, "100", "numbers that a person asks for and does not find, in ten minutes; 0: unlimited"},
    {"load", "body_max", NUMBER, AT(body_max), 1024, 1 << 20, "16384", "bytes of a request's body"},
    {"load", "request_deadline", DURATION, AT(request_deadline_ms), 100, 5 * MINUTE, "10s", "a whole request must have arrived after so long"},
    {"load", "drain", DURATION, AT(drain_ms), 0, 5 * MINUTE, "5s", "at the stop, open requests get so long to end"},
    {"load", "queue_max", NUMBER, AT(queue_max), 16, 1 << 20, "4096", "commands that wait for the writer"},
    {"load", "group_commands_max", NUMBER, AT(group_commands_max), 1, 1024, "256", "commands in one commit"},
    {"load", "group_time", DURATION, AT(group_ms_max), 1, SECOND, "5ms", "a commit takes no further command after so long"},
    {"load", "checkpoint_frames", NUMBER, AT(checkpoint_frames), 100, 100000, "3000", "SQLite: pages of the log between two checkpoints"},
    {"load", "read_only", SWITCH, AT(read_only), 0, 1, "no", "take nothing that people ask but reading, until `qianbao maintenance readonly off`"},
    {"load", "bill_index", SWITCH, AT(bill_index), 0, 1, "yes", "keep an index of the bills: without it only some thousands of a person's can be filtered"},
    {"load", "audit_every", DURATION, AT(audit_every_ms), 0, 365 * DAY, "1d", "how often the server proves its own books, beside its work; 0s: only when `qianbao audit` is called"},
    {"load", "accounts_max", NUMBER, AT(accounts_max), 1000, INT64_C(1) << 32, "16777216", "accounts that the ledger may open"},

    {"rules", "payment_max", AMOUNT, AT(rules.payment_max_fen), 1, MONEY_MAX, "50000.00", "one payment"},
    {"rules", "tier1_lifetime", AMOUNT, AT(rules.tier1_lifetime_fen), 0, MONEY_MAX, "1000.00", "from the balance with a name only, for life"},
    {"rules", "tier2_year", AMOUNT, AT(rules.tier2_year_fen), 0, MONEY_MAX, "100000.00", "from the balance with name and card, a calendar year"},
    {"rules", "tier3_year", AMOUNT, AT(rules.tier3_year_fen), 0, MONEY_MAX, "200000.00", "from the balance with name, card and document, a calendar year"},
    {"rules", "day_free", AMOUNT, AT(rules.day_free_fen), 0, MONEY_MAX, "1000.00", "from the balance without a PIN, a day"},
    {"rules", "day_pin", AMOUNT, AT(rules.day_pin_fen), 0, MONEY_MAX, "5000.00", "from the balance with the PIN, a day"},
    {"rules", "day_static", AMOUNT, AT(rules.day_static_fen), 0, MONEY_MAX, "500.00", "from the balance by static codes of shops, a day"},
    {"rules", "age_min", NUMBER, AT(rules.age_min), 0, 150, "18", "years of the youngest holder"},
    {"rules", "pin_tries_max", NUMBER, AT(rules.pin_tries_max), 1, 20, "5", "wrong payment PINs until it locks"},
    {"rules", "pin_lock", DURATION, AT(rules.pin_lock_ms), MINUTE, 365 * DAY, "24h", "how long a payment PIN stays locked"},
    {"rules", "code_life", DURATION, AT(rules.code_life_ms), 10 * SECOND, DAY, "5min", "how long a one-time code is good"},
    {"rules", "code_resend", DURATION, AT(rules.code_resend_ms), SECOND, DAY, "60s", "until the next code may be sent"},
    {"rules", "code_tries_max", NUMBER, AT(rules.code_tries_max), 1, 20, "5", "wrong tries of a one-time code"},
    {"rules", "codes_per_address_max", NUMBER, AT(rules.codes_per_address_max), 1, 1000000000, "200", "one-time codes asked for from one address, an hour"},
    {"rules", "logins_per_address_max", NUMBER, AT(rules.logins_per_address_max), 1, 1000000000, "100", "wrong logins from one address, a quarter of an hour"},
    {"rules", "session_life", DURATION, AT(rules.session_life_ms), MINUTE, 3650 * DAY, "30d", "how long a sign-in lasts"},
    {"rules", "transfer_wait", DURATION, AT(rules.transfer_wait_ms), MINUTE, 365 * DAY, "24h", "until a transfer that nobody accepts returns"},
    {"rules", "withdrawal_free", AMOUNT, AT(rules.withdrawal_free_fen), 0, MONEY_MAX, "1000.00", "a person withdraws without a fee, for life"},
    {"rules", "withdrawal_rate", NUMBER, AT(rules.withdrawal_rate), 0, 10000, "10", "fee of what exceeds it, in hundredths of a percent"},
    {"rules", "withdrawal_fee_min", AMOUNT, AT(rules.withdrawal_fee_min_fen), 0, MONEY_MAX, "0.10", "the least fee of a withdrawal that is not free"},
    {"rules", "merchant_rate", NUMBER, AT(rules.merchant_rate), 0, 1000, "60", "fee of a shop's settlement, in hundredths of a percent; qianbao merchant fee sets another for one shop"},
    {"rules", "refund_within", DURATION, AT(rules.refund_within_ms), 0, 3650 * DAY, "365d", "how long after a purchase its shop may refund it"},
    {"rules", "refund_wait", DURATION, AT(rules.refund_wait_ms), SECOND, 365 * DAY, "24h", "a refund that its card does not take goes to the balance after so long"},
    {"rules", "paycode_life", DURATION, AT(rules.paycode_life_ms), SECOND, HOUR, "60s", "how long a payment code is good"},
    {"rules", "paycode_free", AMOUNT, AT(rules.paycode_free_fen), 0, MONEY_MAX, "1000.00", "a payment by payment code without the PIN"},
    {"rules", "paycode_free_per_day", NUMBER, AT(rules.paycode_free_per_day), 0, 10000, "10", "such payments of a person, a day"},
    {"rules", "charge_wait", DURATION, AT(rules.charge_wait_ms), SECOND, HOUR, "30s", "how long a till waits for the payer's PIN"},
    {"rules", "order_life", DURATION, AT(rules.order_life_ms), 10 * SECOND, 365 * DAY, "15min", "until a shop's order expires"},
    {"rules", "cards_max", NUMBER, AT(rules.cards_max), 1, 100, "15", "bank cards of a person"},
    {"rules", "merchants_max", NUMBER, AT(rules.merchants_max), 0, 1000, "5", "shops of a person"},
    {"rules", "refusals_per_hour", NUMBER, AT(rules.refusals_per_hour_max), 0, 10000, "60", "refusals of a person that are kept, an hour"},
};
/* clang-format on */
enum { ROWS = sizeof table / sizeof table[0] };

/* Variables of ours that are no settings. */
static const char *const no_settings[] = {"QIANBAO_BUILD", "QIANBAO_CONFIG", "QIANBAO_TEST_POSTGRES",
                                          "QIANBAO_TMP"};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* Descending, so that a duration is written in the largest unit that divides it. */
static const struct {
    const char *name;
    int64_t ms;
} units[] = {{"d", DAY}, {"h", HOUR}, {"min", MINUTE}, {"s", SECOND}, {"ms", 1}};

/* --- names --- */

enum { NAME_MAX_BYTES = 64 };

static void env_name(const struct setting *row, char out[NAME_MAX_BYTES]) {
    int at = snprintf(out, NAME_MAX_BYTES, "QIANBAO_");
    for (const char *c = row->name; *c; c++) out[at++] = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    out[at] = '\0';
}

static void flag_name(const struct setting *row, char out[NAME_MAX_BYTES]) {
    int at = snprintf(out, NAME_MAX_BYTES, "--");
    for (const char *c = row->name; *c; c++) out[at++] = *c == '_' ? '-' : *c;
    out[at] = '\0';
}

static void plain_name(const struct setting *row, char out[NAME_MAX_BYTES]) {
    snprintf(out, NAME_MAX_BYTES, "%s", row->name);
}

typedef void name_form(const struct setting *row, char out[NAME_MAX_BYTES]);

static const struct setting *row_named(const char *name, name_form *form) {
    for (size_t i = 0; i < ROWS; i++) {
        char known[NAME_MAX_BYTES];
        form(&table[i], known);
        if (strcmp(known, name) == 0) return &table[i];
    }
    return NULL;
}

static void nearest_name(const char *name, name_form *form, char out[NAME_MAX_BYTES]) {
    int best = 1 << 20;
    for (size_t i = 0; i < ROWS; i++) {
        char known[NAME_MAX_BYTES];
        form(&table[i], known);
        int far = text_distance(name, known);
        if (far >= best) continue;
        best = far;
        memcpy(out, known, NAME_MAX_BYTES);
    }
}

/* --- values, from text and back --- */

bool config_duration(struct text value, int64_t *out) {
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t n = strlen(units[i].name);
        int64_t count;
        if (value.n <= n || memcmp(value.p + value.n - n, units[i].name, n) != 0) continue;
        if (text_to_i64((struct text){value.p, value.n - n}, &count))
            return !__builtin_mul_overflow(count, units[i].ms, out);
    }
    return false;
}

bool config_amount(struct text value, int64_t *out) {
    int64_t yuan, fen = 0;
    struct text whole = value;
    if (value.n > 3 && value.p[value.n - 3] == '.') {
        struct text cents = {value.p + value.n - 2, 2};
        if (!text_digits(cents)) return false;
        fen = (cents.p[0] - '0') * 10 + (cents.p[1] - '0');
        whole.n -= 3;
    }
    if (!text_digits(whole) || !text_to_i64(whole, &yuan)) return false;
    return !__builtin_mul_overflow(yuan, 100, out) && !__builtin_add_overflow(*out, fen, out);
}

static bool switch_read(struct text value, int64_t *out) {
    *out = text_is(value, "yes");
    return *out || text_is(value, "no");
}

static bool level_read(struct text value, int64_t *out) {
    for (*out = 0; *out < (int64_t)(sizeof level_names / sizeof level_names[0]); ++*out)
        if (text_is(value, level_names[*out])) return true;
    return false;
}

static void number_put(const struct setting *row, struct settings *settings, int64_t value) {
    char *at = (char *)settings + row->offset;
    if (row->size == sizeof(bool)) *(bool *)at = value != 0;
    else if (row->size == sizeof(int)) *(int *)at = (int)value;
    else *(int64_t *)at = value;
}

static int64_t number_get(const struct setting *row, const struct settings *settings) {
    const char *at = (const char *)settings + row->offset;
    if (row->size == sizeof(bool)) return *(const bool *)at;
    if (row->size == sizeof(int)) return *(const int *)at;
    return *(const int64_t *)at;
}

static bool value_put(const struct setting *row, struct settings *settings, const char *value) {
    struct text text = text_of(value);
    int64_t number = 0;
    bool read = false;
    switch (row->kind) {
    case TEXT_VALUE:
        if ((int64_t)text.n < row->min || (int64_t)text.n > row->max || !text_printable(text)) return false;
        memcpy((char *)settings + row->offset, value, text.n + 1);
        return true;
    case SWITCH: read = switch_read(text, &number); break;
    case NUMBER: read = text_to_i64(text, &number); break;
    case DURATION: read = config_duration(text, &number); break;
    case AMOUNT: read = config_amount(text, &number); break;
    case LEVEL: read = level_read(text, &number); break;
    }
    if (!read || number < row->min || number > row->max) return false;
    number_put(row, settings, number);
    return true;
}

enum { VALUE_MAX_BYTES = SETTING_TEXT_MAX };

static void value_text(const struct setting *row, int64_t number, char out[VALUE_MAX_BYTES]) {
    switch (row->kind) {
    case TEXT_VALUE: break;
    case SWITCH: snprintf(out, VALUE_MAX_BYTES, "%s", number ? "yes" : "no"); break;
    case NUMBER: snprintf(out, VALUE_MAX_BYTES, "%" PRId64, number); break;
    case DURATION:
        if (number == 0) snprintf(out, VALUE_MAX_BYTES, "0s");
        for (size_t i = 0; number != 0; i++) {
            if (number % units[i].ms != 0) continue;
            snprintf(out, VALUE_MAX_BYTES, "%" PRId64 "%s", number / units[i].ms, units[i].name);
            break;
        }
        break;
    case AMOUNT: money_text((struct money){number}, out); break;
    case LEVEL: snprintf(out, VALUE_MAX_BYTES, "%s", level_names[number]); break;
    }
}

static void value_get(const struct setting *row, const struct settings *settings, char out[VALUE_MAX_BYTES]) {
    if (row->kind == TEXT_VALUE) snprintf(out, VALUE_MAX_BYTES, "%s", (const char *)settings + row->offset);
    else value_text(row, number_get(row, settings), out);
}

/* "yes or no", "1 to 64", "60s to 365d", "1.00 to 50000.00", "at most 200 bytes" */
static void range_text(const struct setting *row, char out[2 * VALUE_MAX_BYTES + 8]) {
    char min[VALUE_MAX_BYTES], max[VALUE_MAX_BYTES];
    switch (row->kind) {
    case TEXT_VALUE:
        snprintf(out, VALUE_MAX_BYTES, "%s%" PRId64 " bytes", row->min ? "1 to " : "at most ", row->max);
        return;
    case SWITCH: snprintf(out, VALUE_MAX_BYTES, "yes or no"); return;
    case LEVEL: snprintf(out, VALUE_MAX_BYTES, "debug, info, warn or error"); return;
    case NUMBER:
    case DURATION:
    case AMOUNT:
        value_text(row, row->min, min);
        value_text(row, row->max, max);
        snprintf(out, 2 * VALUE_MAX_BYTES + 8, "%s to %s", min, max);
        return;
    }
}

/* --- reading the sources --- */

struct reading {
    struct settings *settings;
    char *words; /* the first thing that is wrong; "" while all is well */
    const char *file;
    FILE *stream;
    int line;
    int set_at_line[ROWS];
};

__attribute__((format(printf, 2, 3))) static bool wrong(struct reading *reading, const char *format, ...) {
    if (reading->words[0]) return false;
    va_list args;
    va_start(args, format);
    vsnprintf(reading->words, CONFIG_WORDS_MAX, format, args);
    va_end(args);
    return false;
}

static bool value_take(struct reading *reading, const struct setting *row, const char *value,
                       const char *where) {
    if (value_put(row, reading->settings, value)) return true;
    char range[2 * VALUE_MAX_BYTES + 8];
    range_text(row, range);
    return wrong(reading, "%s: \"%.80s\" is not a value of %s: %s (%s)", where, value, row->name, range,
                 row->about);
}

static int file_setting(void *arg, const char *section, const char *name, const char *value) {
    struct reading *reading = arg;
    char where[SETTING_TEXT_MAX + 32], nearest[NAME_MAX_BYTES];
    snprintf(where, sizeof where, "%s:%d", reading->file, reading->line);
    const struct setting *row = row_named(name, plain_name);
    if (!row) {
        nearest_name(name, plain_name, nearest);
        return wrong(reading, "%s: there is no setting \"%.60s\"; the nearest is \"%s\"", where, name, nearest);
    }
    if (strcmp(section, row->section) != 0)
        return wrong(reading, "%s: %s belongs below [%s]", where, name, row->section);
    int *set_at = &reading->set_at_line[row - table];
    if (*set_at) return wrong(reading, "%s: %s is already set in line %d", where, name, *set_at);
    *set_at = reading->line;
    return value_take(reading, row, value, where);
}

/* A line at a time for inih; a line that does not fit would be read as two. */
static char *file_line(char *line, int size, void *arg) {
    struct reading *reading = arg;
    if (!fgets(line, size, reading->stream)) return NULL;
    reading->line++;
    if (!strchr(line, '\n') && !feof(reading->stream))
        wrong(reading, "%s:%d: the line is longer than %d bytes", reading->file, reading->line, size - 2);
    if (reading->line > FILE_LINES_MAX)
        wrong(reading, "%s: more than %d lines", reading->file, FILE_LINES_MAX);
    return reading->words[0] ? NULL : line;
}

static bool file_take(struct reading *reading, const char *path, bool required) {
    struct stat about;
    reading->file = path;
    if (stat(path, &about) != 0 && errno == ENOENT && !required) return true;
    reading->stream = fopen(path, "re");
    if (!reading->stream) return wrong(reading, "%s: cannot be read: %s", path, strerror(errno));
    int line = ini_parse_stream(file_line, reading, file_setting, reading);
    fclose(reading->stream);
    if (line != 0) wrong(reading, "%s:%d: is neither a [section] nor a name = value", path, line);
    return reading->words[0] == '\0';
}

static bool is_no_setting(const char *name) {
    for (size_t i = 0; i < sizeof no_settings / sizeof no_settings[0]; i++)
        if (strcmp(name, no_settings[i]) == 0) return true;
    return false;
}

static bool environment_take(struct reading *reading, char *const envp[]) {
    for (size_t i = 0; envp[i]; i++) {
        char name[NAME_MAX_BYTES], nearest[NAME_MAX_BYTES];
        const char *equal = strchr(envp[i], '=');
        if (strncmp(envp[i], "QIANBAO_", 8) != 0 || !equal) continue;
        snprintf(name, sizeof name, "%.*s", (int)(equal - envp[i]), envp[i]);
        if (is_no_setting(name)) continue;
        const struct setting *row = row_named(name, env_name);
        if (!row) {
            nearest_name(name, env_name, nearest);
            return wrong(reading, "environment: there is no setting \"%s\"; the nearest is \"%s\"", name,
                         nearest);
        }
        if (!value_take(reading, row, equal + 1, name)) return false;
    }
    return true;
}

/* One flag at argv[*at]: its name and value; moves *at past both. Words that are no settings have row NULL and value NULL. */
struct flag {
    char name[NAME_MAX_BYTES];
    const struct setting *row;
    const char *value;
};

static bool flag_next(struct reading *reading, int argc, char *const argv[], int *at, struct flag *flag) {
    const char *word = argv[(*at)++];
    const char *equal = strchr(word, '=');
    char nearest[NAME_MAX_BYTES];
    *flag = (struct flag){.value = equal ? equal + 1 : NULL};
    snprintf(flag->name, sizeof flag->name, "%.*s", equal ? (int)(equal - word) : (int)strlen(word), word);
    flag->row = row_named(flag->name, flag_name);
    bool is_config = strcmp(flag->name, "--config") == 0;
    if (!flag->row && !is_config) {
        if (strcmp(word, "-h") == 0) snprintf(flag->name, sizeof flag->name, "--help");
        if (strcmp(flag->name, "--help") == 0 || strcmp(word, "--print-config") == 0 ||
            strcmp(word, "--version") == 0)
            return true;
        if (strncmp(word, "--", 2) != 0)
            return wrong(reading,
                         "there is no flag \"%.60s\": each begins with --, and that of a switch takes its "
                         "value "
                         "as --tls=no (see --help)",
                         word);
        nearest_name(flag->name, flag_name, nearest);
        return wrong(reading, "there is no flag \"%.60s\"; the nearest is \"%s\" (see --help)", word, nearest);
    }
    if (flag->value) return true;
    if (flag->row && flag->row->kind == SWITCH) flag->value = "yes";
    else if (*at < argc) flag->value = argv[(*at)++];
    else return wrong(reading, "%s needs a value", flag->name);
    return true;
}

/* What must be known before the file is read: which file, and what is only printed. */
struct choice {
    const char *config, *data;
    bool help, print, version;
};

static bool flags_scan(struct reading *reading, int argc, char *const argv[], struct choice *out) {
    for (int at = 1; at < argc;) {
        struct flag flag;
        if (!flag_next(reading, argc, argv, &at, &flag)) return false;
        if (strcmp(flag.name, "--config") == 0) out->config = flag.value;
        if (strcmp(flag.name, "--data") == 0) out->data = flag.value;
        out->help |= strcmp(flag.name, "--help") == 0;
        out->print |= strcmp(flag.name, "--print-config") == 0;
        out->version |= strcmp(flag.name, "--version") == 0;
    }
    return true;
}

static bool flags_take(struct reading *reading, int argc, char *const argv[]) {
    for (int at = 1; at < argc;) {
        struct flag flag;
        if (!flag_next(reading, argc, argv, &at, &flag)) return false;
        if (flag.row && !value_take(reading, flag.row, flag.value, flag.name)) return false;
    }
    return true;
}

static const char *environment_value(char *const envp[], const char *name) {
    size_t n = strlen(name);
    for (size_t i = 0; envp[i]; i++)
        if (strncmp(envp[i], name, n) == 0 && envp[i][n] == '=') return envp[i] + n + 1;
    return NULL;
}

static bool file_find(struct reading *reading, struct choice choice, char *const envp[]) {
    const char *named = choice.config ? choice.config : environment_value(envp, "QIANBAO_CONFIG");
    const char *data = choice.data ? choice.data : environment_value(envp, "QIANBAO_DATA");
    char path[SETTING_TEXT_MAX + 32];
    snprintf(path, sizeof path, "%.*s/qianbao.ini", SETTING_TEXT_MAX, data ? data : reading->settings->data);
    bool taken = named ? file_take(reading, named, true) : file_take(reading, path, false);
    reading->file = NULL; /* path ends here */
    return taken;
}

/* --- what several settings together must satisfy --- */

static bool is_address(const char *address) {
    unsigned char bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, address, bytes) == 1 || inet_pton(AF_INET6, address, bytes) == 1;
}

static bool listen_read(struct reading *reading) {
    struct settings *s = reading->settings;
    const char *colon = strrchr(s->listen, ':');
    int64_t port;
    if (!colon || colon == s->listen || !text_to_i64(text_of(colon + 1), &port) || port < 0 || port > 65535)
        return wrong(reading, "listen: \"%s\" is not ADDRESS:PORT, such as 127.0.0.1:8080 (at most 65535)",
                     s->listen);
    bool brackets = s->listen[0] == '[' && colon[-1] == ']';
    int size = (int)(colon - s->listen) - 2 * brackets;
    if (size <= 0 || size >= (int)sizeof s->address)
        return wrong(reading, "listen: \"%s\" names no address", s->listen);
    snprintf(s->address, sizeof s->address, "%.*s", size, s->listen + brackets);
    if (strcmp(s->address, "localhost") == 0) snprintf(s->address, sizeof s->address, "127.0.0.1");
    if (!is_address(s->address))
        return wrong(reading, "listen: \"%s\" is not an address of numbers, such as 127.0.0.1 or [::1]",
                     s->address);
    s->port = (int)port;
    return true;
}

static bool is_loopback(const char *address) {
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static bool bank_is_safe(const char *url) {
    static const char *const plain[] = {"http://127.0.0.1:", "http://[::1]:", "http://localhost:"};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (strncmp(url, plain[i], strlen(plain[i])) == 0) return true;
    return url[0] == '\0' || strncmp(url, "https://", 8) == 0;
}

static bool settings_fit(struct reading *reading) {
    struct settings *s = reading->settings;
    if (!listen_read(reading)) return false;
    if (s->sandbox && !s->sandbox_anywhere && !is_loopback(s->address))
        return wrong(reading,
                     "listen: a sandbox shows everybody's codes, so it does not listen on %s; "
                     "use 127.0.0.1, or say --sandbox-anywhere",
                     s->address);
    if (!s->sandbox && (s->sandbox_anywhere || s->sandbox_clock_ms != 0))
        return wrong(reading, "%s: only with --sandbox",
                     s->sandbox_anywhere ? "sandbox_anywhere" : "sandbox_clock");
    if (!s->tls_certificate[0] != !s->tls_key[0])
        return wrong(reading, "%s: is needed beside %s", s->tls_key[0] ? "tls_certificate" : "tls_key",
                     s->tls_key[0] ? "tls_key" : "tls_certificate");
    if (s->tls_certificate[0]) s->tls = true;
    if (s->root_certificate[0] && !s->tls_certificate[0])
        return wrong(reading, "root_certificate: only with tls_certificate, which it vouches for");
    if (!bank_is_safe(s->bank))
        return wrong(reading,
                     "bank: \"%s\" must begin with https://, or with http:// and an address of this machine",
                     s->bank);
    if (s->audit_every_ms > 0 && s->audit_every_ms < MINUTE)
        return wrong(reading, "audit_every: 0s, or at least 1min");
    if (strlen(s->data) > SETTING_TEXT_MAX - 32) return wrong(reading, "data: the path is too long");
    if (!s->store[0]) snprintf(s->store, sizeof s->store, "sqlite:%.200s/qianbao.db", s->data);
    if (!s->bank_secret[0]) snprintf(s->bank_secret, sizeof s->bank_secret, "%.200s/bank/secret", s->data);
    if (strncmp(s->store, "sqlite:", 7) != 0 && strncmp(s->store, "postgres", 8) != 0)
        return wrong(reading, "store: \"%.80s\" begins neither with sqlite: nor with postgres:", s->store);
    return true;
}

/* --- the whole --- */

void config_defaults(struct settings *settings) {
    *settings = (struct settings){0};
    for (size_t i = 0; i < ROWS; i++)
        if (!value_put(&table[i], settings, table[i].value)) abort();
}

enum config_end config_read(int argc, char *const argv[], char *const envp[], FILE *out,
                            struct settings *settings, char words[CONFIG_WORDS_MAX]) {
    struct reading reading = {.settings = settings, .words = words};
    struct choice choice = {0};
    words[0] = '\0';
    config_defaults(settings);
    if (!flags_scan(&reading, argc, argv, &choice)) return CONFIG_WRONG;
    if (choice.help) {
        config_help(out);
        return CONFIG_SAID;
    }
    if (choice.version) {
        fprintf(out, "qianbao %s\n", QIANBAO_VERSION);
        return CONFIG_SAID;
    }
    if (!file_find(&reading, choice, envp)) return CONFIG_WRONG;
    if (!environment_take(&reading, envp)) return CONFIG_WRONG;
    if (!flags_take(&reading, argc, argv)) return CONFIG_WRONG;
    if (!settings_fit(&reading)) return CONFIG_WRONG;
    if (!choice.print) return CONFIG_READY;
    config_print(settings, out);
    return CONFIG_SAID;
}

void config_print(const struct settings *settings, FILE *out) {
    const char *section = "";
    for (size_t i = 0; i < ROWS; i++) {
        char value[VALUE_MAX_BYTES], range[2 * VALUE_MAX_BYTES + 8];
        if (strcmp(section, table[i].section) != 0)
            fprintf(out, "%s[%s]\n", *section ? "\n" : "", table[i].section);
        section = table[i].section;
        value_get(&table[i], settings, value);
        range_text(&table[i], range);
        fprintf(out, "; %s (%s)\n%s = %s\n", table[i].about, range, table[i].name, value);
    }
}

void config_help(FILE *out) {
    const char *section = "";
    fputs("qianbaod: the wallet's server.\n\n"
          "    qianbaod --data DIR                                     production\n"
          "    qianbaod --data DIR --sandbox --bank http://127.0.0.1:PORT   a place to try\n\n"
          "Each setting can stand in the file (--config FILE, else DATA/qianbao.ini), in the environment as\n"
          "QIANBAO_NAME, or here as a flag; the later wins. --print-config shows the file that says the "
          "same.\n",
          out);
    for (size_t i = 0; i < ROWS; i++) {
        char flag[NAME_MAX_BYTES], range[2 * VALUE_MAX_BYTES + 8];
        if (strcmp(section, table[i].section) != 0) fprintf(out, "\n[%s]\n", table[i].section);
        section = table[i].section;
        flag_name(&table[i], flag);
        range_text(&table[i], range);
        fprintf(out, "  %-30s %s\n%33s%s%s%s\n", flag, table[i].about, "", range,
                *table[i].value ? "; default " : "", table[i].value);
    }
    fputs("\n  --config FILE    read this file instead of DATA/qianbao.ini\n"
          "  --print-config   print all settings as they come out, and end\n"
          "  --version        print the version, and end\n"
          "  --help           print this, and end\n",
          out);
}
