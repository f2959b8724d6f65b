/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/payee.h"

#include <stdio.h>
#include <string.h>

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
