/* SPDX-License-Identifier: Apache-2.0 */
/* limit: how much may leave the balance, by what we know of the person and by how a payment was verified.
 *
 *     tier 0    nothing                                     ERR_REALNAME_NEEDED       PBoC notice 2015 No. 43, article 11
 *     tier I    1,000.00 for life                           ERR_TIER_LIFETIME_LIMIT
 *     tier II   100,000.00 a year                           ERR_TIER_YEAR_LIMIT
 *     tier III  200,000.00 a year                           ERR_TIER_YEAR_LIMIT
 *     a day     1,000.00 without a PIN                      ERR_DAY_LIMIT_FREE        article 24
 *               5,000.00 with session and PIN               ERR_DAY_LIMIT_PIN
 *               500.00 by a shop's static code, of those    ERR_DAY_LIMIT_STATIC      PBoC notice 2017 No. 296
 *
 * Purchases and transfers from the balance count, what a card pays does not; a withdrawal to one's own card counts at tier I only, and in
 * no day. Years and days begin at midnight in +08:00. All of a person's counters are one row, asked and changed by one conditional
 * statement in the transaction that posts: neither parallel payments nor a clock set back pass it (a period never falls). Counted when
 * the payment is made (a waiting transfer counts); what comes back is given back to the periods that it was counted in, as far as they
 * still run. What tier I pays counts in the year too, so that rising does not begin it anew. */
#ifndef WALLET_LIMIT_H
#define WALLET_LIMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/money.h"
#include "wallet/session.h"
#include "wallet/tx.h"

/* How a payment was verified. Stored in the stamp: for ever. */
enum limit_strength {
    STRENGTH_NONE = 0, /* no payment: a withdrawal */
    STRENGTH_FREE = 1, /* the session alone */
    STRENGTH_PIN = 2,  /* session and PIN */
};
struct limit_use {
    struct money amount; /* > 0 */
    enum limit_strength strength;
    bool static_code; /* a shop's own code, which hangs on the wall */
};

/* --- pure --- */

/* A person's counters, as stored. */
struct limit_count {
    int64_t life, year_no, year, day_no, day_free, day_pin,
        day_static; /* fen; year_no and day_no as in base/civil.h */
};
enum limit_name { LIMIT_LIFE, LIMIT_YEAR, LIMIT_DAY_FREE, LIMIT_DAY_PIN, LIMIT_DAY_STATIC, LIMITS };
const char *limit_name(enum limit_name name); /* "life", "day_pin" */
struct limit_line {
    enum limit_name name;
    int64_t most_fen, used_fen;
    int64_t until_ms; /* when it begins anew; 0: never */
    enum err refusal;
};
struct limit_words {
    const char *label, *label_zh, *about, *about_zh;
};
const struct limit_words *limit_words(enum limit_name name);

/* The limits of a tier (1 to 3) now, in order of precedence; returns how many. The lines that do not concern `use` are left out; NULL: all. */
size_t limit_lines(const struct wallet_rules *rules, int tier, int64_t now_ms, const struct limit_count *count,
                   const struct limit_use *use, struct limit_line out[LIMITS]);

/* --- verbs and reads --- */

/* Would limit_take refuse? Reads only. */
enum err limit_check(struct tx *tx, const struct actor *actor, const struct limit_use *use,
                     struct fault *fault);
/* Counts it; a refusal has written nothing. stamp: to be kept on the payment. */
enum err limit_take(struct tx *tx, const struct actor *actor, const struct limit_use *use,
                    struct fault *fault, int64_t *stamp);
/* amount: all of it or a part; stamp and counted_ms: as kept on the payment. */
void limit_give_back(struct tx *tx, struct person_id person, int64_t stamp, int64_t counted_ms,
                     struct money amount);
/* All zero when nothing was counted yet. */
void limit_read(struct db *db, struct person_id person, struct limit_count *out);

#endif
