/* SPDX-License-Identifier: Apache-2.0 */
/* code: one-time codes by SMS, which prove that a phone is in somebody's hand.
 *
 * Six digits, for one phone and one purpose, for rules->code_life_ms, for rules->code_tries_max tries, for one use. Stored is a keyed
 * hash. A new one takes the old one's place and comes at the earliest rules->code_resend_ms after it; how many a phone and an
 * address may ask for is throttled besides. Whether the phone has a wallet plays no part in any of this.
 *
 * The message itself is a row of table sms, sealed: the sandbox shows it in its inbox, production hands it to an HTTP hook and
 * removes it (edge/notify). */
#ifndef WALLET_CODE_H
#define WALLET_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "wallet/person.h"
#include "wallet/tx.h"

enum { CODE_DIGITS = 6, CODE_BYTES = CODE_DIGITS + 1 };

enum code_purpose {
    CODE_REGISTER = 1, /* stored: for ever */
    CODE_LOGIN = 2,
    CODE_PASSWORD = 3,  /* a forgotten password: wallet/recovery.h */
    CODE_PHONE = 4,     /* another phone for the wallet: sent to the new one */
    CODE_UNFREEZE = 24, /* to lift one's own freeze: sent to one's own phone only (wallet/freeze.h) */
    /* what is only told, without a code */
    TOLD_FROZEN = 25,
    TOLD_UNFROZEN = 26,
    TOLD_PHONE = 16, /* to the old phone */
    TOLD_PASSWORD = 17,
    TOLD_CLOSED = 18,
    TOLD_PIN = 19,
    TOLD_DOCUMENT_YES = 20,
    TOLD_DOCUMENT_NO = 21,
};
struct code_purpose_row {
    enum code_purpose purpose;
    const char *name; /* "register", in the API and to the hook */
    bool carries_code;
    const char *words_zh; /* what the code is for, or the whole message */
};
const struct code_purpose_row *code_purpose_row(enum code_purpose purpose);

struct code_send_cmd {
    struct text phone;
    enum code_purpose purpose;
    struct text address;   /* of the client; empty: not throttled by address */
    char code[CODE_BYTES]; /* random, made by the caller */
};
struct code_sent {
    char sent_to[PHONE_BYTES]; /* 138****2207 */
    int64_t expires_ms, resend_ms;
};
/* ERR_BAD_PHONE, ERR_CODE_SENT_RECENTLY (until), ERR_TOO_MANY_TRIES (until). */
enum err code_send(struct tx *tx, const struct code_send_cmd *cmd, struct fault *fault, struct code_sent *out);

/* Uses the code up: ERR_WRONG_CODE when it is not the one, has expired, was used, was made for something else, or was guessed at too
 * often; the try is counted before it is compared and must be committed although the call fails. */
enum err code_use(struct tx *tx, struct text phone, enum code_purpose purpose, struct text code,
                  struct fault *fault);
/* Tells the owner of a phone what was done (TOLD_...): no code, no answer; kept until it is delivered, at most a day. */
void sms_tell(struct tx *tx, struct text phone, enum code_purpose what);
/* Whether there is a code that could still be used: without one there is no reason to begin slow work. */
bool code_open(struct view *view, struct text phone, enum code_purpose purpose);

/* --- messages, for edge/notify, the sandbox's inbox and the CLI --- */
struct sms {
    uint64_t id;
    char phone[PHONE_BYTES];
    char code[CODE_BYTES]; /* "": it carries none */
    enum code_purpose purpose;
    int64_t created_ms;
    int tries;
    int64_t due_ms; /* when to try next */
};
/* Newest first. */
size_t sms_inbox(struct db *db, const struct keys *keys, struct sms *out, size_t max);
/* Those that are due by now_ms, the earliest first. */
size_t sms_due(struct db *db, const struct keys *keys, int64_t now_ms, struct sms *out, size_t max);
/* The hook has it: the row goes. */
void sms_sent(struct tx *tx, uint64_t id);
/* The hook did not take it: again at due_ms, or never (due_ms 0: the row goes; the person asks for a new code). */
void sms_failed(struct tx *tx, uint64_t id, int tries, int64_t due_ms);

#endif
