/* SPDX-License-Identifier: Apache-2.0 */
/* realname: who a person is by the state's papers: a name and a citizen's identity number (GB 11643-1999).
 *
 * The number is checked here for form (18 places, a region that exists or existed, a real date, the check character) and age, then the
 * pair is given to a provider that knows (a struct realname_provider; the sandbox has one). Name and number are stored sealed, the
 * number also as a keyed hash, which makes one number one wallet. It is the first of the checks that wallet/tier.h counts. */
#ifndef WALLET_REALNAME_H
#define WALLET_REALNAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum { ID_NUMBER_PLACES = 18, ID_NUMBER_BYTES = ID_NUMBER_PLACES + 1, REALNAME_BYTES = 84 };

/* --- values, pure --- */

/* ERR_BAD_ID_NUMBER. out: as printed, the last place 'X' (a typed 'x' is taken); birth: YYYYMMDD, not after the day of now_ms. */
enum err id_number_check(struct text typed, int64_t now_ms, char out[ID_NUMBER_BYTES], int *birth);
void id_number_mask(const char number[ID_NUMBER_BYTES], char out[ID_NUMBER_BYTES]); /* 110***********002X */
int id_number_age(int birth, int64_t now_ms);

/* 2 to 20 Chinese characters, a middle dot (·) between two of them allowed; or Latin letters with spaces, hyphens and apostrophes
 * between them, 2 to 40. */
bool realname_valid(struct text name);
/* 李*, 王*强, 欧**锋; J* S*. The name must be valid. */
void realname_mask(struct text name, char out[NAME_MASKED_BYTES]);

/* --- the one who knows --- */
struct realname_provider {
    /* ERR_OK: they belong together. ERR_REALNAME_REJECTED: they do not. ERR_REALNAME_OUT_OF_REACH: nobody
     * answered. Blocks; any thread. */
    enum err (*check)(struct realname_provider *provider, struct text name, struct text id_number,
                      struct fault *fault);
};
/* Takes every well-formed pair but those of its table of rejections (docs/sandbox.md). */
struct realname_provider *realname_sandbox(void);

/* --- verbs --- */
struct realname_cmd {
    struct text name, id_number;
};
/* What realname_set would say, on a reader, before the provider is asked: ERR_REALNAME_DONE, ERR_BAD_NAME, ERR_BAD_ID_NUMBER,
 * ERR_AGE_LIMIT, ERR_ID_IN_USE, ERR_TOO_MANY_TRIES. */
enum err realname_begin(struct view *view, const struct actor *actor, const struct realname_cmd *cmd,
                        struct fault *fault);
/* After the provider's answer. verdict: what its check returned, ERR_OVERLOADED when it was not asked; a yes and a no are counted.
 * Everything is checked again, so what realname_begin refused is refused here, inside the transaction. */
enum err realname_set(struct tx *tx, const struct actor *actor, const struct realname_cmd *cmd,
                      enum err verdict, struct fault *fault);

/* Until when the ID card is valid, as it stands on its back; 0: without end. Also how an expired one is brought up to date. What pin_check says,
 * ERR_REALNAME_NEEDED, ERR_BAD_RANGE: the day is over. */
enum err realname_valid_until(struct tx *tx, const struct actor *actor, int64_t until_ms, struct text pin,
                              struct fault *fault);

/* May money leave? ERR_REALNAME_NEEDED, ERR_IDENTITY_EXPIRED. Asks the actor only. */
enum err realname_stands(const struct actor *actor, int64_t now_ms, struct fault *fault);

/* When name and number were last refused as not belonging together; 0: never, or verified since. */
int64_t realname_rejected_ms(struct db *db, struct person_id person);

/* The wallet is closed: its number may open another one. */
void realname_release(struct tx *tx, struct person_id person);

/* --- reads --- */
/* Whether this is the person's verified name and number, as they type it. */
bool realname_is(struct tx *tx, struct person_id person, struct text name, struct text id_number);
struct realname {
    char name[REALNAME_BYTES];       /* whole: for the bank's four elements only */
    char id_number[ID_NUMBER_BYTES]; /* likewise */
    int birth;                       /* YYYYMMDD */
    int64_t verified_ms;
};
/* False: not verified. Wipe it when done. */
bool realname_find(struct db *db, const struct keys *keys, struct person_id person, struct realname *out);

#endif
