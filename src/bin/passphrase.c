/* SPDX-License-Identifier: Apache-2.0 */
#include "bin/passphrase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static bool line_read(FILE *from, char out[PASSPHRASE_BYTES]) {
    if (!fgets(out, PASSPHRASE_BYTES, from)) return false;
    size_t size = strcspn(out, "\n");
    bool whole = out[size] == '\n' || feof(from);
    out[size] = '\0';
    return whole;
}

static bool terminal_read(const char *prompt, char out[PASSPHRASE_BYTES]) {
    struct termios as_it_was, silent;
    fprintf(stderr, "%s: ", prompt);
    if (tcgetattr(STDIN_FILENO, &as_it_was) != 0) return false;
    silent = as_it_was;
    silent.c_lflag &= (tcflag_t)~ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    bool read = line_read(stdin, out);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &as_it_was);
    fputc('\n', stderr);
    return read;
}

static bool ask(const char *prompt, const char *variable, bool twice, char out[PASSPHRASE_BYTES]) {
    const char *given = getenv(variable);
    if (given) return snprintf(out, PASSPHRASE_BYTES, "%s", given) < PASSPHRASE_BYTES;
    if (!isatty(STDIN_FILENO)) return line_read(stdin, out);
    char again[PASSPHRASE_BYTES] = "";
    bool same = terminal_read(prompt, out) &&
                (!twice || (terminal_read("and again", again) && strcmp(out, again) == 0));
    explicit_bzero(again, sizeof again);
    return same;
}

bool passphrases_ask(struct typed *typed, struct passphrases *out) {
    char prompt[200];
    for (int i = 0; typed->row->args && typed->row->args[i].name; i++) {
        enum arg_kind kind = typed->row->args[i].kind;
        bool chosen = kind == ARG_PASSPHRASE;
        if (!chosen && (kind != ARG_STAFF || !typed->given[i])) continue;
        snprintf(prompt, sizeof prompt, chosen ? "New passphrase%s" : "Passphrase of %s",
                 chosen ? "" : typed->given[i]);
        if (!ask(prompt, chosen ? "QIANBAO_NEW_PASSPHRASE" : "QIANBAO_PASSPHRASE", chosen, out->text[i])) {
            fprintf(stderr, "qianbao: no passphrase, or not the same one twice\n");
            return false;
        }
        typed->passphrases[i] = out->text[i];
    }
    return true;
}
