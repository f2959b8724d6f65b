/* SPDX-License-Identifier: Apache-2.0 */
/* selfcheck: "cannot pay?", "the balance is wrong?": everything that could stand in the way, looked at in the order of the help article
 * (selfcheck.def). Most of it is the explanation of the balance (explain.h) read by topic, so the two never contradict each other. */
#ifndef WALLET_SELFCHECK_H
#define WALLET_SELFCHECK_H

#include "wallet/explain.h"

enum selfcheck {
#define CHECK(name, label, label_zh, ok, ok_zh) SELFCHECK_##name,
#include "wallet/selfcheck.def"
#undef CHECK
    SELFCHECKS
};
struct selfcheck_row {
    const char *name, *label, *label_zh, *ok, *ok_zh;
};
const struct selfcheck_row *selfcheck_row(enum selfcheck check);

enum selfcheck_state { SELFCHECK_WELL, SELFCHECK_LOOK, SELFCHECK_STOPS }; /* look: it may be what is wrong */

struct selfcheck_result {
    enum selfcheck check;
    enum selfcheck_state state;
    struct explain_cause cause; /* what is not well; CAUSE_NONE: see fault */
    struct fault fault;         /* ERR_OK: all is well, or see cause */
};

/* Which check a cause belongs to; SELFCHECKS: none. Pure. */
enum selfcheck selfcheck_of(enum cause cause);

/* All of them; what explain says when it fails. wanted: what could not be paid from the balance; 0: nothing in particular. */
enum err selfcheck(struct view *view, const struct actor *actor, const struct explain_question *question,
                   struct money wanted, struct fault *fault, struct selfcheck_result out[SELFCHECKS]);

#endif
