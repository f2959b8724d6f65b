/* SPDX-License-Identifier: Apache-2.0 */
/* session: a person's login on one device, and who is calling.
 *
 * A login is a token of 32 random bytes, which only the browser has (an opaque cookie); the store keeps its SHA-256, so that a stolen
 * copy of the store signs nobody in. A session ends by itself after rules->session_life_ms, or when the person ends it; then its
 * row is gone and the token means nothing.
 *
 * session_find reads everything that a payment asks of its payer in one statement, and it reads it from the connection that it is
 * given: inside a command that is the writer's, so what the actor says (the PIN's tries, the tier) is true in this transaction. Never
 * carry an actor from one transaction into the next. */
#ifndef WALLET_SESSION_H
#define WALLET_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/text.h"
#include "kit/crypto/keys.h"
#include "kit/db/db.h"
#include "wallet/tx.h"

enum { SESSION_TOKEN_SIZE = 32, SESSION_HASH_SIZE = 32, SESSION_DEVICE_MAX = 120, SESSIONS_LISTED_MAX = 100 };
enum { NICKNAME_MAX = 20, NICKNAME_BYTES = NICKNAME_MAX * 4 + 1, NAME_MASKED_BYTES = 64 };

/* The one who calls. All zero (person.n == 0): nobody is signed in. */
struct actor {
    struct person_id person;
    struct session_id session;
    struct account_no account; /* the person's own, in the ledger */
    int tier;                  /* how many checks say who this is (wallet/tier.h); 0: no verified name */
    int64_t name_until_ms;     /* the ID card is valid until then; 0: without end, or never told */
    int64_t created_ms;        /* of the person */
    int64_t seen_ms;           /* of the session */
    int64_t session_ms;        /* when it was opened */
    int arrival;               /* enum arrival (transfer.h): how the transfers arrive unless said */
    uint64_t notice_read;      /* entry number up to which the person has seen the notices */
    uint64_t told_read;        /* and the refusal */
    int64_t frozen;            /* bits of functions that are frozen; bit 0: some freeze stands (freeze.h) */
    char nickname[NICKNAME_BYTES];
    char name_masked[NAME_MASKED_BYTES]; /* "" while the name is not verified */

    /* the payment PIN, for pin_check (wallet/pin.h) only */
    bool pin_set;
    int pin_key;           /* which key made the hash */
    int pin_wrong;         /* wrong tries since the last right one */
    int64_t pin_locked_ms; /* refused until then; 0 not locked */
    unsigned char pin_mac[MAC_SIZE];
};

/* False: no such session, or it has ended. hash: SHA-256 of the token. */
bool session_find(struct db *db, const unsigned char hash[SESSION_HASH_SIZE], int64_t now_ms,
                  struct actor *out);

/* The same by its number, for what one login began and another asks to end: a payment code. False: it is not the person's, or has ended. */
bool session_find_of(struct db *db, struct person_id person, struct session_id session, int64_t now_ms,
                     struct actor *out);

/* Notes that the device was seen; writes at most once an hour a session, and then says true. */
bool session_touch(struct tx *tx, const struct actor *actor);

/* Opens a session for a person who has just proved who they are. device: what the browser says of itself, cut to fit. */
struct session_open_cmd {
    struct person_id person;
    unsigned char hash[SESSION_HASH_SIZE];
    struct text device;
};
struct session_id session_open(struct tx *tx, const struct session_open_cmd *cmd);

struct session_item {
    struct session_id id;
    char device[SESSION_DEVICE_MAX + 1];
    int64_t created_ms, seen_ms;
    bool current;
};
/* The person's open sessions, newest first, at most SESSIONS_LISTED_MAX; returns how many. */
size_t session_list(struct view *view, const struct actor *actor, struct session_item *out, size_t max);

/* Ends one of the caller's own sessions (the current one too). ERR_NOT_FOUND for anything else. */
enum err session_end(struct tx *tx, const struct actor *actor, struct session_id session, struct fault *fault);
/* Ends all but the current one; returns how many. */
int64_t session_end_others(struct tx *tx, const struct actor *actor);
/* All of a person's: the password was set anew, or the wallet is closed. */
void session_end_all(struct tx *tx, struct person_id person);

#endif
