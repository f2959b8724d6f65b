/* SPDX-License-Identifier: Apache-2.0 */
/* sms_sender: hands one-time codes to the operator's SMS gateway, an HTTP hook.
 *
 *     POST sms_hook   {"id": "…", "phone": "13812342207", "purpose": "register", "code": "271828", "text": "…"}
 *
 * signed as kit/crypto/envelope.h says, under the secret of DATA/sms-secret. Any 2xx means that the gateway has it, and the row goes;
 * anything else is tried again after 2, 5, 15, 30 and 60 s, and given up when the code has expired. The same id may come more than
 * once: the gateway sends it once. Where the hook may be is target.h's rule. One thread, which looks twice a second; one call at a time.
 *
 * A sandbox has none: its messages stay in the store, as the inbox. */
#ifndef EDGE_NOTIFY_SMS_SENDER_H
#define EDGE_NOTIFY_SMS_SENDER_H

#include <stdbool.h>

#include "kit/crypto/envelope.h"
#include "kit/db/writer.h"
#include "wallet/code.h"

struct sms_sender;

struct sms_sender_config {
    struct writer *writer;
    struct db_config store; /* for a reader of its own */
    const struct keys *keys;
    const char *url;         /* outlives the sender */
    const char *secret_path; /* made when it is not there */
    int64_t code_life_ms;
    bool inside; /* the hook may be at an internal address */
};

/* ERR_CONFIG: words say why. */
enum err sms_sender_start(const struct sms_sender_config *config, struct sms_sender **out,
                          char words[ENVELOPE_WORDS_MAX]);
void sms_sender_stop(struct sms_sender *sender); /* before writer_stop; NULL is fine */

/* The words of a message, in the language of those who get it. */
void sms_text(const struct sms *sms, int64_t life_ms, struct buf *out);

#endif
