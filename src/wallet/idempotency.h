/* SPDX-License-Identifier: Apache-2.0 */
/* idempotency: what an operation answered, kept under the client's key, so that the same request is done once and answered the same for
 * ever. Written in the transaction of the operation itself.
 *
 * The key is the client's: 16 to 64 characters of [A-Za-z0-9_-]; any 128 bits are correct, a UUIDv7 keeps the index narrow. The record
 * is a keyed hash of what was asked, secrets left out. */
#ifndef WALLET_IDEMPOTENCY_H
#define WALLET_IDEMPOTENCY_H

#include "base/buf.h"
#include "wallet/tx.h"

enum { IDEMPOTENCY_KEY_MIN = 16, IDEMPOTENCY_KEY_MAX = 64, IDEMPOTENCY_ANSWER_MAX = 16384 };

enum idempotency { IDEMPOTENCY_NEW, IDEMPOTENCY_SAME, IDEMPOTENCY_OTHER };

bool idempotency_key_valid(struct text key);

/* SAME: status and answer (appended) are those of the first time. OTHER: the key stands for another request. */
enum idempotency idempotency_find(struct tx *tx, struct person_id person, struct text key,
                                  const unsigned char record[32], int *status, struct buf *answer);
void idempotency_keep(struct tx *tx, struct person_id person, struct text key, const unsigned char record[32],
                      int status, struct text answer);

#endif
