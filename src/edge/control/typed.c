/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/control/typed.h"

#include <string.h>

#include "edge/config/config.h"
#include "wallet/bank.h"

enum { USAGE_MAX = 300, WORDS_TYPED_MAX = 3, HELP_JSON_MAX = 256 * 1024 };

/* --- values --- */

/* "0.38%" as hundredths of a percent; "default" as -1. */
static bool rate_read(const char *text, int64_t *out) {
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

static bool is_of_list(const char *list, const char *value) {
    struct text left = text_of(list);
    while (left.n > 0)
        if (text_is(text_cut(&left, '|'), value)) return true;
    return false;
}

/* Whether the value can be this argument's; numbers also as what is sent. */
static bool value_read(const struct command_arg *arg, const char *value, int64_t *number) {
    switch (arg->kind) {
    case ARG_TEXT: return !strchr(arg->value, '|') || is_of_list(arg->value, value);
    case ARG_NUMBER: return text_to_i64(text_of(value), number);
    case ARG_DURATION: return config_duration(text_of(value + (*value == '+')), number);
    case ARG_MONEY: return config_amount(text_of(value), number);
    case ARG_RATE: return rate_read(value, number);
    case ARG_DAY: return *value >= '0' && *value <= '9';
    case ARG_STAFF:
    case ARG_WORD:
    case ARG_BANK:
    case ARG_FOLDER: return *value != '\0';
    case ARG_PASSPHRASE: return false; /* a command line is everybody's to read */
    case ARG_SWITCH: return true;
    }
    return false;
}

/* --- usage --- */

void typed_usage(const struct command_row *row, char *out, size_t size) {
    size_t at = (size_t)snprintf(out, size, "%s", row->words);
    for (const struct command_arg *arg = row->args; arg && arg->name && at < size; arg++) {
        if (arg->kind == ARG_PASSPHRASE) continue;
        bool required = arg->flags & ARG_REQUIRED, with = arg->flags & ARG_WITH;
        bool goes_on = arg[1].name && (arg[1].flags & ARG_WITH);
        at += (size_t)snprintf(out + at, size - at, " %s%s%s%s%s%s", required || with ? "" : "[",
                               arg->flags & ARG_OPTION ? "--" : "", arg->flags & ARG_OPTION ? arg->name : "",
                               arg->flags & ARG_OPTION && arg->kind != ARG_SWITCH ? " " : "",
                               arg->kind == ARG_SWITCH ? "" : arg->value, required || goes_on ? "" : "]");
    }
}

static enum typed_read wrong_usage(const struct command_row *row, const char *about, const char *value,
                                   char words[TYPED_WORDS_MAX]) {
    char usage[USAGE_MAX];
    typed_usage(row, usage, sizeof usage);
    snprintf(words, TYPED_WORDS_MAX, "%s%s%susage: qianbao %s", about, value, *about ? "; " : "", usage);
    return TYPED_WRONG;
}

/* --- the nearest word --- */

static void nearest(const char *typed, char *out, size_t size) {
    int best = 1 << 20;
    for (size_t i = 0; i < command_tables_count; i++)
        for (size_t at = 0; at < *command_tables[i].count; at++) {
            const char *known = command_tables[i].rows[at].words;
            int far = text_distance(typed, known);
            if (far >= best) continue;
            best = far;
            snprintf(out, size, "%s", known);
        }
}

static bool begins(const char *words, const char *noun) {
    size_t n = strlen(noun);
    return strncmp(words, noun, n) == 0 && (words[n] == ' ' || words[n] == '\0');
}

static bool is_noun(const char *word) {
    for (size_t i = 0; i < command_tables_count; i++)
        for (size_t at = 0; at < *command_tables[i].count; at++)
            if (begins(command_tables[i].rows[at].words, word)) return true;
    return false;
}

static enum typed_read wrong_command(const char *const *plain, int count, char words[TYPED_WORDS_MAX]) {
    char typed[100], known[100] = "";
    snprintf(typed, sizeof typed, "%s%s%s", plain[0], count > 1 ? " " : "", count > 1 ? plain[1] : "");
    if (!is_noun(plain[0])) snprintf(typed, sizeof typed, "%s", plain[0]);
    nearest(typed, known, sizeof known);
    snprintf(words, TYPED_WORDS_MAX,
             "there is no command \"%s\"; the nearest is \"qianbao %s\", and \"qianbao help\" lists all",
             typed, known);
    return TYPED_WRONG;
}

/* --- reading --- */

/* The row whose words begin the plain words; the longest. */
static const struct command_row *row_of(const char *const *plain, int count, int *taken) {
    for (int n = count < WORDS_TYPED_MAX ? count : WORDS_TYPED_MAX; n > 0; n--) {
        char words[200];
        size_t at = 0;
        for (int i = 0; i < n && at < sizeof words; i++)
            at += (size_t)snprintf(words + at, sizeof words - at, "%s%s", i ? " " : "", plain[i]);
        const struct command_row *row = at < sizeof words ? command_find(text_of(words)) : NULL;
        if (!row) continue;
        *taken = n;
        return row;
    }
    return NULL;
}

static int option_named(const struct command_row *row, struct text name) {
    for (int i = 0; row->args && row->args[i].name; i++)
        if ((row->args[i].flags & ARG_OPTION) && text_is(name, row->args[i].name)) return i;
    return -1;
}

/* A word goes to the first free place that it fits. */
static bool place_take(struct typed *typed, const char *word) {
    int64_t number;
    for (int i = 0; typed->row->args && typed->row->args[i].name; i++) {
        const struct command_arg *arg = &typed->row->args[i];
        if ((arg->flags & ARG_OPTION) || typed->given[i] || !value_read(arg, word, &number)) continue;
        typed->given[i] = word;
        return true;
    }
    return false;
}

static enum typed_read arguments_judge(const struct typed *typed, char words[TYPED_WORDS_MAX]) {
    int64_t number;
    for (int i = 0; typed->row->args && typed->row->args[i].name; i++) {
        const struct command_arg *arg = &typed->row->args[i];
        if (!typed->given[i] && (arg->flags & ARG_REQUIRED)) return wrong_usage(typed->row, "", "", words);
        if ((arg->flags & ARG_WITH) && !typed->given[i] != !typed->given[i - 1])
            return wrong_usage(typed->row, "", "", words);
        if (typed->given[i] && !value_read(arg, typed->given[i], &number))
            return wrong_usage(typed->row, "not understood: ", typed->given[i], words);
    }
    return TYPED_READY;
}

static enum typed_read arguments_read(int argc, char *const argv[], struct typed *typed,
                                      char words[TYPED_WORDS_MAX]) {
    for (int i = 0; i < argc; i++) {
        struct text value = text_of(argv[i]);
        if (!text_starts(value, "--")) {
            if (!place_take(typed, argv[i]))
                return wrong_usage(typed->row, "not understood: ", argv[i], words);
            continue;
        }
        bool joined = memchr(value.p, '=', value.n) != NULL;
        struct text name = text_cut(&value, '=');
        int at = option_named(typed->row, (struct text){name.p + 2, name.n - 2});
        if (at < 0) return wrong_usage(typed->row, "unknown option: ", argv[i], words);
        if (typed->given[at]) return wrong_usage(typed->row, "given twice: ", argv[i], words);
        bool alone = typed->row->args[at].kind == ARG_SWITCH;
        if (alone ? joined : !joined && i + 1 == argc)
            return wrong_usage(typed->row, alone ? "takes no value: " : "wants a value: ", argv[i], words);
        typed->given[at] = alone ? "" : joined ? value.p : argv[++i];
    }
    return arguments_judge(typed, words);
}

enum typed_read typed_read(int argc, char *const argv[], struct typed *out, const char **topic,
                           char words[TYPED_WORDS_MAX]) {
    char *plain[2 * COMMAND_ARGS_MAX + WORDS_TYPED_MAX];
    int count = 0, taken = 0;
    bool help = false;
    *topic = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) out->json = true;
        else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) help = true;
        else if (strcmp(argv[i], "--version") == 0) return TYPED_VERSION;
        else if (strcmp(argv[i], "--data") == 0 && i + 1 < argc) out->data = argv[++i];
        else if (strncmp(argv[i], "--data=", 7) == 0) out->data = argv[i] + 7;
        else if (count < (int)(sizeof plain / sizeof plain[0])) plain[count++] = argv[i];
        else {
            snprintf(words, TYPED_WORDS_MAX, "too many words");
            return TYPED_WRONG;
        }
    }
    if (count > 0 && strcmp(plain[0], "help") == 0) {
        help = true;
        *topic = count > 1 ? plain[1] : NULL;
    } else if (help && count > 0) {
        *topic = plain[0];
    }
    if (help) return TYPED_HELP;
    if (count == 0) {
        snprintf(words, TYPED_WORDS_MAX,
                 "usage: qianbao [--data DIR] [--json] COMMAND; \"qianbao help\" lists them");
        return TYPED_WRONG;
    }
    out->row = row_of((const char *const *)plain, count, &taken);
    if (!out->row) return wrong_command((const char *const *)plain, count, words);
    return arguments_read(count - taken, plain + taken, out, words);
}

const char *typed_value(const struct typed *typed, const char *name) {
    for (int i = 0; typed->row->args && typed->row->args[i].name; i++)
        if (strcmp(typed->row->args[i].name, name) == 0) return typed->given[i];
    return NULL;
}

void typed_request(const struct typed *typed, struct json_out *out) {
    for (int i = 0; typed->row->args && typed->row->args[i].name; i++) {
        const struct command_arg *arg = &typed->row->args[i];
        int64_t number = 0;
        if (typed->passphrases[i])
            json_key_str(out, arg->kind == ARG_STAFF ? "passphrase" : arg->name, typed->passphrases[i]);
        if (!typed->given[i] || !value_read(arg, typed->given[i], &number)) continue;
        switch (arg->kind) {
        case ARG_NUMBER:
        case ARG_DURATION:
        case ARG_MONEY:
        case ARG_RATE: json_key_i64(out, arg->name, number); break;
        case ARG_SWITCH: json_key_bool(out, arg->name, true); break;
        case ARG_PASSPHRASE: break;
        case ARG_STAFF:
        case ARG_TEXT:
        case ARG_WORD:
        case ARG_DAY:
        case ARG_BANK:
        case ARG_FOLDER: json_key_str(out, arg->name, typed->given[i]); break;
        }
    }
}

/* --- help --- */

static const struct {
    enum command_end end;
    const char *about;
} ends[] = {
    {COMMAND_END_DONE, "done"},
    {COMMAND_END_REFUSED, "refused, or failed: the words say what"},
    {COMMAND_END_USAGE, "the command line is wrong"},
    {COMMAND_END_NO_SERVER, "no server answers in this data directory"},
    {COMMAND_END_DIFFERENCE, "the books do not hold, or the banks' do not agree with ours"},
};
static const struct {
    const char *name, *value, *about;
} globals[] = {
    {"data", "DIR",
     "the server's data directory; default: QIANBAO_DATA, else ./data, else " TYPED_DATA_DEFAULT},
    {"json", "", "print the answer as it is, one line of JSON"},
    {"help", "", "print the commands, or those of one noun"},
    {"version", "", "print the version"},
};

static void row_help(const struct command_row *row, FILE *out) {
    char usage[USAGE_MAX];
    typed_usage(row, usage, sizeof usage);
    fprintf(out, "  %s\n      %s\n", usage, row->about);
}

static bool rows_help(const char *topic, FILE *out) {
    bool any = false;
    for (size_t i = 0; i < command_tables_count; i++)
        for (size_t at = 0; at < *command_tables[i].count; at++) {
            const struct command_row *row = &command_tables[i].rows[at];
            if (topic && !begins(row->words, topic)) continue;
            row_help(row, out);
            any = true;
        }
    return any;
}

bool typed_help(const char *topic, FILE *out) {
    if (topic) return rows_help(topic, out);
    fputs("qianbao: the operator's command line; talks to the qianbaod that runs in a data directory.\n\n"
          "    qianbao [--data DIR] [--json] COMMAND\n\n",
          out);
    rows_help(NULL, out);
    fputs("  help [NOUN]\n      print this\n\n", out);
    for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++)
        fprintf(out, "  --%-7s %-4s %s\n", globals[i].name, globals[i].value, globals[i].about);
    fputs("\nEnds with\n", out);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        fprintf(out, "  %d  %s\n", ends[i].end, ends[i].about);
    return true;
}

/* --- the same as JSON --- */

static void choices_key(struct json_out *out, const struct command_arg *arg) {
    size_t banks_count;
    const struct bank_row *banks = bank_rows(&banks_count);
    struct text left = text_of(arg->kind == ARG_TEXT && strchr(arg->value, '|') ? arg->value : "");
    json_key(out, "choices");
    json_begin_array(out);
    while (left.n > 0) json_text(out, text_cut(&left, '|'));
    for (size_t i = 0; arg->kind == ARG_BANK && i < banks_count; i++) json_str(out, banks[i].code);
    json_end_array(out);
}

static void arg_value(struct json_out *out, const struct command_arg *arg) {
    json_begin_object(out);
    json_key_str(out, "name", arg->name);
    json_key_str(out, "value", arg->kind == ARG_SWITCH ? "" : arg->value);
    json_key_bool(out, "option", arg->flags & ARG_OPTION);
    json_key_bool(out, "required", arg->flags & ARG_REQUIRED);
    json_key_bool(out, "with_previous", arg->flags & ARG_WITH);
    json_key_bool(out, "folder", arg->kind == ARG_FOLDER);
    choices_key(out, arg);
    json_end_object(out);
}

static void row_value(struct json_out *out, const struct command_row *row) {
    char usage[USAGE_MAX];
    typed_usage(row, usage, sizeof usage);
    json_begin_object(out);
    json_key_str(out, "words", row->words);
    json_key_str(out, "usage", usage);
    json_key_str(out, "about", row->about);
    json_key_str(out, "more", row->more);
    json_key_bool(out, "sandbox_only", row->sandbox_only);
    json_key(out, "args");
    json_begin_array(out);
    for (const struct command_arg *arg = row->args; arg && arg->name; arg++)
        if (arg->kind != ARG_PASSPHRASE) arg_value(out, arg);
    json_end_array(out);
    json_end_object(out);
}

static void globals_key(struct json_out *out) {
    json_key(out, "options");
    json_begin_array(out);
    for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++) {
        json_begin_object(out);
        json_key_str(out, "name", globals[i].name);
        json_key_str(out, "value", globals[i].value);
        json_key_str(out, "about", globals[i].about);
        json_end_object(out);
    }
    json_end_array(out);
}

static void ends_key(struct json_out *out) {
    json_key(out, "ends");
    json_begin_array(out);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        json_begin_object(out);
        json_key_i64(out, "code", ends[i].end);
        json_key_str(out, "about", ends[i].about);
        json_end_object(out);
    }
    json_end_array(out);
}

void typed_help_json(FILE *file) {
    struct buf line;
    buf_init(&line, HELP_JSON_MAX);
    struct json_out out = json_out_to(&line);
    json_begin_object(&out);
    json_key(&out, "commands");
    json_begin_array(&out);
    for (size_t i = 0; i < command_tables_count; i++)
        for (size_t at = 0; at < *command_tables[i].count; at++) row_value(&out, &command_tables[i].rows[at]);
    json_end_array(&out);
    globals_key(&out);
    ends_key(&out);
    json_end_object(&out);
    fprintf(file, "%s\n", buf_text(&line));
    buf_release(&line);
}
