/* SPDX-License-Identifier: Apache-2.0 */
/* password: what a login password must be like. Length decides most; nothing asks for digits or capitals.
 *
 * Refused with ERR_WEAK_PASSWORD: fewer than 8 or more than 64 characters; one that holds the phone; one of the weak Chinese passwords
 * (tables/weak-passwords-zh.txt), also with a different case or with digits and signs around it; one that zxcvbn, which is told the pinyin that
 * people build on, the nickname and the name of this wallet, thinks to be guessed in fewer than 2^30 tries.
 *
 * Takes some milliseconds: run it where the password is hashed, not on the loop or the writer. */
#ifndef WALLET_PASSWORD_H
#define WALLET_PASSWORD_H

#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

enum { PASSWORD_MIN = 8, PASSWORD_MAX = 64 }; /* characters */

enum err password_check(struct text password, struct text phone, struct text nickname, struct fault *fault);

size_t password_weak_count(void); /* lines of the table */

#endif
