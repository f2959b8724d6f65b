/* SPDX-License-Identifier: Apache-2.0 */
/* link: the questions that are answered at once (wallet/bank.h: struct bank_link), over the line; and what only the sandbox bank has. */
#ifndef EDGE_BANK_LINK_H
#define EDGE_BANK_LINK_H

#include "edge/bank/exchange.h"

struct bank_http_link {
    struct bank_link link; /* first: give &it.link to whoever asks */
    const struct bank_line *line;
};
void bank_http_link_init(struct bank_http_link *link, const struct bank_line *line);

/* One call of the sandbox bank's own: a path below /sandbox/ and a JSON body; its JSON comes back. False: no answer, or not 200. */
bool bank_sandbox_call(const struct bank_line *line, const char *path, const char *body, struct buf *out);

#endif
