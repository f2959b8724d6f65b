/* SPDX-License-Identifier: Apache-2.0 */
/* payee: what a code says of whom to pay: a shop (amount free), a shop's order (amount fixed), or a person.
 *
 *     qianbao:m:<id>  shop     qianbao:t:<id>  one of its tills     qianbao:o:<id>  order     qianbao:p:<id>  person
 *
 * The ids are enciphered, so a code cannot be guessed or bent to another payee; a link that ends in #/c/m:<id> says the same. */
#ifndef WALLET_PAYEE_H
#define WALLET_PAYEE_H

#include "base/err.h"
#include "base/text.h"
#include "kit/crypto/keys.h"

enum payee_kind { PAYEE_MERCHANT, PAYEE_ORDER, PAYEE_PERSON, PAYEE_TILL };

struct payee {
    enum payee_kind kind;
    uint64_t id;
};

enum { PAYEE_TEXT_MAX = 40 };
void payee_show(const struct keys *keys, struct payee payee, char out[PAYEE_TEXT_MAX]);
/* ERR_CODE_UNREADABLE (field /text or /code is the caller's). */
enum err payee_read(const struct keys *keys, struct text text, struct payee *out);

#endif
