/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/payee.h"

#include <stdio.h>
#include <string.h>

#include "wallet/payment.h"

static const struct {
    char letter;
    enum id_kind kind;
} letters[] = {[PAYEE_MERCHANT] = {'m', ID_MERCHANT},
               [PAYEE_ORDER] = {'o', ID_ORDER},
               [PAYEE_PERSON] = {'p', ID_PERSON},
               [PAYEE_TILL] = {'t', ID_TILL}};

void payee_show(const struct keys *keys, struct payee payee, char out[PAYEE_TEXT_MAX]) {
    char id[PUBLIC_ID_SIZE + 1];
    keys_id_show(keys, letters[payee.kind].kind, payee.id, id);
    snprintf(out, PAYEE_TEXT_MAX, "qianbao:%c:%s", letters[payee.kind].letter, id);
}

enum err payee_read(const struct keys *keys, struct text text, struct payee *out) {
    static const char scheme[] = "qianbao:", link[] = "#/c/";
    const char *mark = text.n > 0 ? memmem(text.p, text.n, link, sizeof link - 1) : NULL;
    size_t skip = mark                        ? (size_t)(mark - text.p) + sizeof link - 1
                  : text_starts(text, scheme) ? sizeof scheme - 1
                                              : text.n;
    struct text rest = {text.p + skip, text.n - skip};
    if (rest.n < 3 || rest.p[1] != ':') return ERR_CODE_UNREADABLE;
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (rest.p[0] != letters[i].letter) continue;
        out->kind = (enum payee_kind)i;
        return keys_id_read(keys, letters[i].kind, (struct text){rest.p + 2, rest.n - 2}, &out->id)
                   ? ERR_OK
                   : ERR_CODE_UNREADABLE;
    }
    return ERR_CODE_UNREADABLE;
}

/* "amount=1250", "note=…" or both, in this order. */
static bool ask_read(struct text asked, struct payee_ask *out) {
    size_t characters = 0;
    if (text_starts(asked, "amount=")) {
        size_t whole = asked.n;
        struct text part = text_cut(&asked, '&'), digits = {part.p + 7, part.n - 7};
        if (!text_to_i64(digits, &out->amount.fen) || out->amount.fen < 1 || out->amount.fen > MONEY_MAX)
            return false;
        if (part.n == whole) return true;
    }
    if (!text_starts(asked, "note=")) return false;
    out->note = (struct text){asked.p + 5, asked.n - 5};
    return text_utf8(out->note, &characters) && characters <= NOTE_MAX && text_printable(out->note);
}

enum err payee_read_ask(const struct keys *keys, struct text text, struct payee *out, struct payee_ask *ask) {
    struct text asked = text, code = text_cut(&asked, '?');
    struct payee payee;
    enum err err = payee_read(keys, code, &payee);
    *ask = (struct payee_ask){0};
    if (err != ERR_OK) return err;
    if (code.n < text.n && (payee.kind != PAYEE_PERSON || !ask_read(asked, ask))) return ERR_CODE_UNREADABLE;
    *out = payee;
    return ERR_OK;
}
