/* SPDX-License-Identifier: Apache-2.0 */
/* payee: what a code says of whom to pay: a shop (amount free), a shop's order (amount fixed), or a person.
 *
 *     qianbao:m:<id>  shop     qianbao:t:<id>  one of its tills     qianbao:o:<id>  order     qianbao:p:<id>  person
 *
 * A person's may also say what is asked for, in fen, and why:  qianbao:p:<id>?amount=1250&note=午饭  (either may be absent; the note is
 * last, as it is). Whoever scans it sees both and decides; nothing is owed.
 *
 * The ids are enciphered, so a code cannot be guessed or bent to another payee; a link that ends in #/c/m:<id> says the same. */
#ifndef WALLET_PAYEE_H
#define WALLET_PAYEE_H

#include "base/err.h"
#include "base/money.h"
#include "base/text.h"
#include "kit/crypto/keys.h"

enum payee_kind { PAYEE_MERCHANT, PAYEE_ORDER, PAYEE_PERSON, PAYEE_TILL };

struct payee {
    enum payee_kind kind;
    uint64_t id;
};

struct payee_ask {
    struct money amount; /* 0: whatever the payer likes */
    struct text note;    /* within the text that was read; at most NOTE_MAX characters */
};

enum { PAYEE_TEXT_MAX = 40 };
void payee_show(const struct keys *keys, struct payee payee, char out[PAYEE_TEXT_MAX]);
/* ERR_CODE_UNREADABLE (field /text or /code is the caller's). */
enum err payee_read(const struct keys *keys, struct text text, struct payee *out);
/* The same for a text that may ask for something. */
enum err payee_read_ask(const struct keys *keys, struct text text, struct payee *out, struct payee_ask *ask);

#endif
