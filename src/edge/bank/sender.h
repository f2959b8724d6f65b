/* SPDX-License-Identifier: Apache-2.0 */
/* sender: takes orders out of the outbox, calls the bank, and brings each answer back as a writer's command.
 *
 * One thread, many calls at once, each bank with a share of its own, so that one that is silent keeps nobody else waiting. It is woken after the COMMIT that holds an order (outbox.wake = sender_wake), so an order is on its
 * way at once; nothing is polled. An order without an answer is put in doubt and asked about on the ladder of wallet/bank.h's
 * rules, by the sandbox's clock when there is one.
 *
 *      new order --PAY--> approved, declined ------------------------> settled
 *                  |----> nothing reached the bank, first try -------> declined: out of reach
 *                  '----> no answer --> in doubt: 2 s, 5 s, 15 s, 60 s, 5 min, 15 min, then each hour
 *      in doubt --QUERY-> approved, declined ------------------------> settled
 *                  |----> never seen, younger than BANK_RESEND_MS --> PAY again, the same message
 *                  |----> never seen, older --CANCEL--> cancelled --> declined: out of reach
 *                  '----> no answer --> the next rung
 *
 * What a former process left behind is asked about before anything is sent. */
#ifndef EDGE_BANK_SENDER_H
#define EDGE_BANK_SENDER_H

#include "edge/bank/exchange.h"
#include "kit/db/writer.h"

struct sender;

struct sender_config {
    struct writer *writer;
    struct db_config store; /* for a reader of its own */
    const struct keys *keys;
    const struct bank_line *line;
    int calls_max;    /* 1 .. 256 */
    bool tells_clock; /* a sandbox: the bank is told the clock's offset, at the start and whenever it moved */
    /* payment_bank_answer: in the transaction that stores the answer; see wallet/bank.h for what it may rely on. */
    void (*answered)(struct tx *tx, struct payment_id payment, const struct bank_answer *answer);
};

/* Between writer_open and writer_start, so that no new order is taken for an old one. ERR_STORE: no reader; ERR_INTERNAL: no thread. */
enum err sender_start(const struct sender_config *config, struct sender **out);
/* Before writer_stop. Calls under way are given up; the next start asks about them. NULL is fine. */
void sender_stop(struct sender *sender);
void sender_free(struct sender *sender); /* after writer_stop, which may still wake it; NULL is fine */
void sender_wake(void *sender);          /* any thread: new orders, or the clock moved */

struct sender_figures {
    uint64_t calls, approved, declined, unanswered, resent, cancelled;
    uint64_t under_way;     /* now */
    uint64_t in_doubt;      /* now, of all banks */
    int64_t doubt_since_ms; /* the oldest of those; 0: there is none */
};
struct sender_figures sender_figures(struct sender *sender); /* any thread */

#endif
