/* SPDX-License-Identifier: Apache-2.0 */
/* reason: a refusal explained: the rule that refused, by how much it fell short, what would make it pass and when, and what still works. One
 * table (reason.def) has a row for every error of class REFUSED; the words of what happened are err.def's. Pure. */
#ifndef WALLET_REASON_H
#define WALLET_REASON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What still works, as bits. */
enum reason_work {
    WORK_READ = 0,
    WORK_RECEIVE = 1 << 0,
    WORK_CARD = 1 << 1,
    WORK_BALANCE = 1 << 2,
    WORK_TRANSFER = 1 << 3,
    WORK_WITHDRAW = 1 << 4,
    WORK_ALL = (1 << 5) - 1,
};
struct reason_work_row {
    enum reason_work bit; /* WORK_READ: always */
    const char *name, *label, *label_zh;
};
const struct reason_work_row *reason_works(size_t *count);

enum reason_short { SHORT_NONE, SHORT_AMOUNT, SHORT_LEFT }; /* fault.amount; what was asked less fault.left */

struct reason_row {
    enum err code;
    const char *rule, *en, *zh, *when, *when_zh;
    enum reason_short lacks;
    unsigned works;
};
bool reason_of(enum err code, struct reason_row *out); /* false: no error of class REFUSED */

/* By how much it fell short, in fen; false: it is not a matter of an amount. asked: what was asked for, 0: unknown. */
bool reason_short_by(const struct fault *fault, int64_t asked, int64_t *out);

#endif
