/* SPDX-License-Identifier: Apache-2.0 */
/* config: every setting of the server, in one table (config.c): its key, environment name, flag, kind, range, default and words.
 *
 * Where a value comes from, in rising precedence: the table's default; the INI file (--config FILE, else DATA/qianbao.ini when it is
 * there); the environment (QIANBAO_LISTEN=…); the flags (--listen …). --help, --print-config and docs/settings are readings of the
 * same rows. A setting that nobody knows, or whose value is out of its range, refuses the start and says where it stands (file and
 * line, variable or flag) and which known name is nearest.
 *
 * Durations are written with a unit (ms, s, min, h, d), amounts in yuan ("50000.00"), switches as yes and no; a flag of a switch needs no
 * value (--sandbox). Secrets are never settings: they stand in files of their own.
 *
 *     struct settings settings;
 *     char words[CONFIG_WORDS_MAX];
 *     switch (config_read(argc, argv, environ, &settings, words)) {
 *     case CONFIG_READY: break;
 *     case CONFIG_SAID:  fputs … was printed (--help, --print-config, --version): exit 0
 *     case CONFIG_WRONG: fprintf(stderr, "%s\n", words): exit 2
 *     } */
#ifndef EDGE_CONFIG_CONFIG_H
#define EDGE_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "wallet/tx.h"

enum { SETTING_TEXT_MAX = 256, CONFIG_WORDS_MAX = 512 };

struct settings {
    /* the server */
    char data[SETTING_TEXT_MAX];   /* directory of everything that is kept; made when it is not there */
    char store[SETTING_TEXT_MAX];  /* "sqlite:PATH" or "postgres:CONNINFO"; default sqlite:DATA/qianbao.db */
    char listen[SETTING_TEXT_MAX]; /* "127.0.0.1:8080", "[::1]:8080"; as written */
    char address[64];              /* of listen, without brackets */
    int port;                      /* of listen; 0: a free one */
    bool tls; /* people come by https: cookies are Secure. A proxy in front does it, or we do, by: */
    char tls_certificate[SETTING_TEXT_MAX], tls_key[SETTING_TEXT_MAX]; /* files in PEM; "": none */
    char root_certificate[SETTING_TEXT_MAX]; /* file in PEM, offered for installing by plain HTTP (edge/trust); "": none */
    int root_port;                           /* where, at the same address; 0: a free one */
    char operator_name[SETTING_TEXT_MAX],
        operator_phone[SETTING_TEXT_MAX]; /* whom people turn to: the help page */
    char operator_mail[SETTING_TEXT_MAX], operator_hours[SETTING_TEXT_MAX], app_min[SETTING_TEXT_MAX];
    char proxy[SETTING_TEXT_MAX]; /* address of that proxy: it says who asks; "": nobody may */
    int log_level;                /* enum log_level */

    /* the sandbox */
    bool sandbox;                /* test people, codes shown, /demo */
    bool sandbox_anywhere;       /* with sandbox: may listen on an address that others reach */
    int64_t sandbox_clock_ms;    /* where the clock of a new store begins, against the machine's: <= 0 */
    char bank[SETTING_TEXT_MAX]; /* URL of the bank, "http://127.0.0.1:9001"; "" : no bank, cards are refused */
    char bank_secret[SETTING_TEXT_MAX]; /* file of the secret shared with it; default DATA/bank/secret */
    int bank_timeout_ms;
    int bank_calls_max;                  /* orders under way at once */
    char realname_url[SETTING_TEXT_MAX]; /* production: who knows names and ID numbers; "": nobody */
    int realname_timeout_ms;
    char sms_hook[SETTING_TEXT_MAX]; /* production: URL that is given each one-time code; "" : none */
    bool sms_hook_inside;            /* it may be at an internal address */

    /* how much of everything */
    int reader_threads, slow_threads;
    int connections_max, connections_per_address_max;
    int lookups_max, misses_max;
    int64_t body_max;
    int request_deadline_ms;
    int drain_ms;
    int queue_max, group_commands_max, group_ms_max, checkpoint_frames;
    int64_t accounts_max;
    bool read_only;         /* begins so (wallet/maintenance.h) */
    bool bill_index;        /* keep the index of the bills (wallet/bill_index.h) */
    int64_t audit_every_ms; /* the server proves its books (edge/auditor); 0: only when it is asked to */

    struct wallet_rules rules;
};

enum config_end { CONFIG_READY, CONFIG_SAID, CONFIG_WRONG };

/* Reads all four sources. `out` takes what --help and the like print. words: one line for the person who starts the server. */
enum config_end config_read(int argc, char *const argv[], char *const envp[], FILE *out,
                            struct settings *settings, char words[CONFIG_WORDS_MAX]);

/* The table's defaults, as a test wants them; paths stay empty. */
void config_defaults(struct settings *settings);

/* "250ms", "5s", "15min", "24h", "30d", also negative, in ms. */
bool config_duration(struct text value, int64_t *out_ms);
bool config_amount(struct text value, int64_t *out_fen); /* "50000.00" */

/* All settings as an INI file with their words, values as they are now; what --print-config prints, and a valid file again. */
void config_print(const struct settings *settings, FILE *out);
void config_help(FILE *out);

#endif
