/* SPDX-License-Identifier: Apache-2.0 */
/* function: what can be closed one by one, and the one gate that asks whether it is open for this person.
 *
 * A verb asks first, in its own transaction, so that what was closed before its commit stops it, whatever login or screen it comes from; the
 * refusal is kept like any other. The person's frozen functions come with the actor (session_find), so an open gate reads nothing:
 *
 *     enum err err = function_check(tx, actor, FUNCTION_TRANSFER, fault);
 *     if (err == ERR_OK) err = transfer_try(…);
 *
 * The routes name theirs too (struct api_route), for the API's page and the test that closes each and tries every route of it. */
#ifndef WALLET_FUNCTION_H
#define WALLET_FUNCTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum function {
    FUNCTION_NONE = 0,
#define FUNCTION(name, number, outside, label, label_zh) FUNCTION_##name = number,
#include "wallet/function.def"
#undef FUNCTION
};

struct function_row {
    enum function function;
    const char *name, *label, *label_zh;
};
const struct function_row *function_rows(size_t *count);
const struct function_row *function_row(enum function function); /* NULL: there is none */
enum function function_of_name(struct text name);                /* FUNCTION_NONE: there is none */

/* A set of them is bits. */
#define FUNCTION_BIT(function) (INT64_C(1) << (function))

/* ERR_FUNCTION_FROZEN (wallet/freeze.h), then ERR_MAINTENANCE (wallet/maintenance.h). */
enum err function_check(struct tx *tx, const struct actor *actor, enum function function, struct fault *fault);

#endif
