/* SPDX-License-Identifier: Apache-2.0 */
/* dialect: how a bank is spoken to: what is asked becomes a path and a body, what comes back becomes an enum. Pure functions; sending,
 * time-outs and signatures are exchange.h's.
 *
 * To add a bank that speaks otherwise: one file with its struct bank_dialect, and a line in the table of dialect.c. */
#ifndef EDGE_BANK_DIALECT_H
#define EDGE_BANK_DIALECT_H

#include "base/buf.h"
#include "wallet/bank.h"
#include "wallet/reconcile.h"

enum { BANK_CALL_MAX = 4096, BANK_REPLY_MAX = 65536, BANK_MESSAGE_ID_MAX = PUBLIC_ID_SIZE + 1 };

/* A request, ready to be signed and sent by POST. */
struct bank_call {
    const char *path;
    struct buf body;
};

/* A genuine answer: it came whole and its signature is the bank's. */
struct bank_reply {
    int status;
    struct text body;
};

/* A page of a day's statement. */
enum { STATEMENT_PAGE_MAX = 300 };
struct bank_statement_page {
    int64_t opening_fen, closing_fen, count; /* count: of the whole day */
    struct statement_line lines[STATEMENT_PAGE_MAX];
    size_t size;
};

enum bank_ask { ASK_PAY, ASK_QUERY, ASK_CANCEL };

enum bank_heard {
    HEARD_NOTHING, /* no answer, or none that we understand: the order is in doubt */
    HEARD_APPROVED,
    HEARD_DECLINED,
    HEARD_NEVER_SEEN, /* to a query: the bank has no such message */
    HEARD_CANCELLED,  /* the bank has not executed the message and never will */
};

struct bank_dialect {
    const char *name;
    void (*check)(const struct bank_elements *elements, struct bank_call *out);
    enum err (*check_heard)(const struct bank_reply *reply, struct bank_check *out);
    void (*confirm)(int bank, struct text reference, struct text code, struct bank_call *out);
    enum err (*confirm_heard)(const struct bank_reply *reply, struct bank_grant *out);
    void (*order)(enum bank_ask ask, const struct bank_message *message, const char *message_id,
                  const char *token, struct bank_call *out);
    /* Fills reason, reference and at_ms; checks that the report speaks of this message and this amount. */
    enum bank_heard (*order_heard)(const struct bank_reply *reply, const struct bank_message *message,
                                   const char *message_id, struct bank_answer *out);
    /* The lines of a day behind the first `after` ones; the caller fills statement_line.order. False: no statement. */
    void (*statement)(int bank, int64_t day, int64_t after, struct bank_call *out);
    bool (*statement_heard)(const struct bank_reply *reply, struct bank_statement_page *out);
};

const struct bank_dialect *bank_dialect(int bank);

extern const struct bank_dialect bank_dialect_sandbox;

#endif
