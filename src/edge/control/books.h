/* SPDX-License-Identifier: Apache-2.0 */
/* books: the result of an audit, for who makes one without a server too (bin/stopped.c). */
#ifndef EDGE_CONTROL_BOOKS_H
#define EDGE_CONTROL_BOOKS_H

#include "edge/control/command.h"
#include "ledger/ledger.h"

/* As the keys of an open object. */
void books_audit_keys(struct json_out *out, enum err end, const struct ledger_audit *audit, int64_t took_ms);
enum command_end books_audit_show(const json_t *result, FILE *out);

#endif
