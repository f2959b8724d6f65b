/* SPDX-License-Identifier: Apache-2.0 */
/* desk: where the sandbox bank takes requests: checks the envelope, reads the JSON, asks the book, words the answer.
 *
 *     POST /v1/verifications      {message_id, bank, name, identification, account, phone} -> {verified, reason, reference, expires_at}
 *     POST /v1/mandates           {bank, reference, code} -> {accepted, reason, mandate_id}
 *     POST /v1/payments           {message_id, bank, type, mandate_id, amount, currency} -> status report
 *     POST /v1/payment-queries    {message_id, bank} -> status report, status NONE when there is no such message
 *     POST /v1/cancellations      {message_id, bank} -> status report: CANC, or what had happened already
 *     POST /v1/statements         {bank, day, after} -> {opening, closing, credits, debits, count, entries}: at most 300 behind the first `after`
 *     POST /sandbox/clock {offset_ms}, /sandbox/modes {bank, mode}, /sandbox/inbox {}, /sandbox/cards {}, /sandbox/state {}
 *
 * A status report is {message_id, status: ACSC | RJCT | CANC | NONE, reason, reference, type, amount, at}. Amounts are fen, times ms
 * since the epoch by the bank's own clock. Wrong JSON or fields: 400; a message id used twice: 409 with reason AM05; no envelope:
 * 401, unsigned. All answers but that one, and those of a bank in outage, are signed. Any thread. */
#ifndef BANK_DESK_H
#define BANK_DESK_H

#include <stdbool.h>

#include "bank/book.h"
#include "kit/crypto/envelope.h"

struct desk;

struct desk_request {
    const char *method;
    struct text target, body;
    struct text time, nonce, signature; /* of the envelope; empty when missing */
};

enum { DESK_BODY_MAX = 16384 };
struct desk_answer {
    int status;
    char *body; /* free() it; never NULL */
    bool is_signed;
    struct envelope envelope;
    int delay_ms; /* wait so long before the answer is sent */
    bool lose;    /* close the connection instead of answering */
};

struct desk *desk_new(struct book *book, const struct envelope_key *key);
void desk_free(struct desk *desk);
void desk_handle(struct desk *desk, const struct desk_request *request, struct desk_answer *out);

#endif
