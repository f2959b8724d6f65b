/* SPDX-License-Identifier: Apache-2.0 */
/* bank: the banks that we know, what the wallet asks of them, and the orders that wait for their answers.
 *
 * Two manners of asking:
 * - *Now*, before a transaction, on the worker pool (an API route's prepare step): does this card belong to this person
 *   (bank_check_elements sends the bank's SMS code), and is this the code (bank_confirm gives the token that stands for the
 *   person's agreement). Both go through a struct bank_link, which edge/bank implements.
 * - *Later*, for money: bank_send writes an order into the outbox in the payment's own transaction, so the two are there together or
 *   not at all. After COMMIT the sender (edge/bank/sender.h) calls the bank and brings the answer back in a transaction of its own:
 *
 *       pending BANK_SETTLEMENT -> PERSON      bank_send(tx, &order)      payment: AT_BANK        one transaction
 *       ... the sender, the bank ...
 *       bank_settle(tx, &answer) is true  ->   payment_bank_answer(tx, payment, &answer)           another one
 *
 * What payment_bank_answer may rely on: for each order it is called with BANK_UNANSWERED at most once, then with BANK_APPROVED or
 * BANK_DECLINED exactly once and last. Nobody ever guesses: BANK_DECLINED means that the bank said so, or confirmed that it
 * has not taken the order and never will (see "in doubt" below), or that it certainly never saw it.
 *
 * In doubt. An order that was sent and not answered is asked about by its number on a ladder of times, for as long as it takes:
 *   the bank has it          -> what it says
 *   the bank never saw it    -> while younger than BANK_RESEND_MS: sent again, the same message (banks answer a repeat with the first
 *                               answer); older: cancelled at the bank, which from then on refuses the message should it still be on its
 *                               way. Only the bank's "cancelled" makes it BANK_DECLINED with ERR_BANK_OUT_OF_REACH
 *   no answer                -> the next rung
 *
 * To add a bank: a line in bank_rows, and a dialect in edge/bank when it speaks another one. */
#ifndef WALLET_BANK_H
#define WALLET_BANK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/money.h"
#include "base/text.h"
#include "kit/crypto/keys.h"
#include "kit/db/writer.h"
#include "wallet/tx.h"

/* --- the banks --- */

struct bank_row {
    int no;           /* stored: for ever */
    const char *code; /* "CMB": as in tables/bin.tsv and in the API */
    const char *name, *name_zh;
};
const struct bank_row *bank_rows(size_t *count);
const struct bank_row *bank_by_code(struct text code); /* NULL: a bank that we cannot use */
const struct bank_row *bank_by_no(int no);             /* NULL: no such bank */

/* The bank's settlement account in the ledger (code BANK_SETTLEMENT); opens it when it is first asked for. */
struct account_no bank_settlement(struct tx *tx, int bank);

/* Makes a fault of a bank's refusal: code and the bank's name; taken stays "no". */
enum err bank_fault(int bank, enum err code, struct fault *fault);

/* --- cards: asked at once, on the worker pool, never in a transaction --- */

enum { BANK_REFERENCE_MAX = 40, BANK_TOKEN_MAX = 40, BANK_SEALED_MAX = BANK_TOKEN_MAX + SEAL_EXTRA };

/* The four elements. `message` names the request: a repeat with the same message and content sends no second SMS and gives the same
 * reference (take the Idempotency-Key together with the person). At most 64 characters of [0-9A-Za-z-]. */
struct bank_elements {
    struct text message;
    int bank;
    struct text name, id_number, card_number, phone;
};
struct bank_check {
    char reference[BANK_REFERENCE_MAX]; /* the bank's: give it back to bank_confirm */
    int64_t expires_ms;                 /* of the SMS code */
};
struct bank_grant {
    char token[BANK_TOKEN_MAX]; /* stands for the card in orders; keep it sealed */
};

/* One way to the banks. Calls block until the answer or the time-out, whole seconds; any thread. */
struct bank_link {
    enum err (*check_elements)(struct bank_link *link, const struct bank_elements *elements,
                               struct bank_check *out, struct fault *fault);
    enum err (*confirm)(struct bank_link *link, int bank, struct text reference, struct text code,
                        struct bank_grant *out, struct fault *fault);
};

/* ERR_CARD_ELEMENTS (they do not belong together), ERR_BANK_CARD_LOST, ERR_BANK_DECLINED, ERR_TOO_MANY_TRIES, ERR_BANK_OUT_OF_REACH. */
enum err bank_check_elements(struct bank_link *link, const struct bank_elements *elements,
                             struct bank_check *out, struct fault *fault);
/* ERR_WRONG_CODE (also: expired, used up, unknown), ERR_BANK_DECLINED, ERR_BANK_OUT_OF_REACH. The same code again gives the same token. */
enum err bank_confirm(struct bank_link *link, int bank, struct text reference, struct text code,
                      struct bank_grant *out, struct fault *fault);

/* The token as the card's row and the outbox keep it, bound to the card; returns the sealed size. Sealing takes a random nonce. */
size_t bank_token_seal(const struct keys *keys, struct card_id card, const char *token,
                       unsigned char out[BANK_SEALED_MAX]);
bool bank_token_unseal(const struct keys *keys, struct card_id card, struct text sealed,
                       char out[BANK_TOKEN_MAX]);

/* --- money: orders --- */

enum bank_kind {
    BANK_DEBIT = 1,  /* from the card to us: top-up, purchase by card */
    BANK_CREDIT = 2, /* from us to the card: withdrawal, refund */
};
struct bank_order {
    struct payment_id payment;
    int bank;
    enum bank_kind kind;
    struct money amount; /* > 0 */
    struct card_id card;
    struct text sealed_token; /* as bank_token_seal made it for this card */
};

/* Writes the order; returns its number (the outbox row). */
uint64_t bank_send(struct tx *tx, const struct bank_order *order);

/* Whether an order with this card has no answer yet. */
bool bank_card_busy(struct db *db, struct card_id card);

enum bank_verdict { BANK_APPROVED = 1, BANK_DECLINED = 2, BANK_UNANSWERED = 3 };
struct bank_answer {
    uint64_t order; /* what bank_send returned */
    enum bank_verdict verdict;
    enum err refusal; /* BANK_DECLINED: one of ERR_BANK_*; else ERR_OK */
    char reason[8];   /* the bank's code, ISO 20022 ExternalStatusReason1Code: "AM04"; "" when it gave none */
    char reference[BANK_REFERENCE_MAX]; /* the bank's number of the booking; "" when there is none */
    int64_t at_ms;
};

/* What a bank's reason code means to the person: AM04 -> ERR_BANK_FUNDS, …; an unknown one is ERR_BANK_DECLINED. */
enum err bank_refusal(struct text reason);

/* A payment's orders as they stand, oldest first, for the operator; looks among the 50,000 orders after the payment. */
enum { BANK_ORDERS_OF_MAX = 20 };
struct bank_order_state {
    uint64_t id;
    int bank;
    enum bank_kind kind;
    struct money amount;
    struct card_id card;
    int64_t created_ms;
    enum bank_verdict verdict; /* 0: none yet */
    char reason[8], reference[BANK_REFERENCE_MAX];
    int64_t answered_ms;
    int tries; /* in doubt: so many, and when the bank is asked next */
    int64_t due_ms;
};
size_t bank_orders_of(struct db *db, struct payment_id payment,
                      struct bank_order_state out[BANK_ORDERS_OF_MAX]);

/* --- the outbox, for the sender (edge/bank) --- */

#define BANK_RESEND_MS INT64_C(60000)

struct bank_message {
    uint64_t id;
    struct payment_id payment;
    int bank;
    enum bank_kind kind;
    struct money amount;
    struct card_id card;
    unsigned char sealed_token[BANK_SEALED_MAX];
    size_t sealed_size;
    int64_t created_ms;
    int tries;      /* 0: never sent, as far as the store knows */
    int64_t due_ms; /* in doubt: when to ask next */
};
/* A bank's orders without an answer and not in doubt, number > after, oldest first; at most max; returns how many. */
size_t bank_messages_new(struct view *view, int bank, uint64_t after, struct bank_message *out, size_t max);
/* Its orders in doubt, the earliest due first. */
size_t bank_messages_in_doubt(struct view *view, int bank, struct bank_message *out, size_t max);
int64_t bank_messages_in_doubt_count(struct view *view);
int64_t bank_messages_in_doubt_since_ms(struct view *view); /* since when the oldest of all is; 0: there is none */
uint64_t bank_messages_newest(struct view *view);
uint64_t bank_messages_settled(struct view *view); /* the cursor: nothing to be found by bank_messages_new up to it */

/* Both run in the sender's command. True: tell the payment. bank_settle writes the answer once; bank_doubt writes BANK_UNANSWERED's rung
 * and is true for the first of them only. */
bool bank_settle(struct tx *tx, const struct bank_answer *answer, struct payment_id *out);
bool bank_doubt(struct tx *tx, uint64_t order, int tries, int64_t due_ms, struct payment_id *out);
void bank_cursor_move(struct tx *tx, uint64_t settled);

/* Wakes the sender after a COMMIT that holds an order: a writer's part, and struct tx points to it. */
struct outbox {
    uint64_t newest, mark;      /* the writer's */
    _Atomic uint64_t committed; /* the newest order in the store since the start; any thread */
    void (*wake)(void *arg);    /* on the writer's thread, short; may be NULL */
    void *arg;
};
struct writer_part bank_outbox_part(struct outbox *outbox);

#endif
