/* SPDX-License-Identifier: Apache-2.0 */
/* realname_hook: asks the operator's service whether a name and an ID number belong together (docs/realname-hook.md).
 *
 *     POST realname_url/v1/realname-checks   {"name": "…", "id_number": "…"}  ->  {"match": true | false}
 *
 * signed both ways as kit/crypto/envelope.h says, so that nobody in between can say yes. No answer, or none that is the service's, is
 * ERR_REALNAME_OUT_OF_REACH: nothing is counted and nothing is changed. */
#ifndef EDGE_NOTIFY_REALNAME_HOOK_H
#define EDGE_NOTIFY_REALNAME_HOOK_H

#include "edge/bank/exchange.h"
#include "wallet/realname.h"

struct realname_hook {
    struct realname_provider provider; /* first */
    struct bank_line line;             /* address, secret, time-out */
};

/* ERR_CONFIG: words say why. */
enum err realname_hook_open(const char *url, const char *secret_path, int timeout_ms,
                            struct realname_hook *out, char words[ENVELOPE_WORDS_MAX]);
void realname_hook_close(struct realname_hook *hook);

#endif
