/* SPDX-License-Identifier: Apache-2.0 */
/* document: photos of the ID card, front and back, which one of the staff looks at: the third check of who a person is (wallet/tier.h).
 *
 *     COLLECTING   one side is here                         the person sends the other
 *     WAITING      both are here, nobody has looked         staff decide; the person may still send a better one
 *     APPROVED     they show this person: one tier more     another photo is looked at anew, and the tier falls until then
 *     REJECTED     with a reason from document_reasons      the person sends one or both again
 *
 * Every photo is one revision more, and a decision names the revision that was looked at, so that nobody can swap a photo between the
 * look and the word. A photo was made anew by the edge (kit/picture) before it comes here, and is kept sealed, each bound to its place.
 * No route gives it out: only staff see it, through the operator's socket, and each look is a line of the audit log. */
#ifndef WALLET_DOCUMENT_H
#define WALLET_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "wallet/session.h"
#include "wallet/staff.h"
#include "wallet/tx.h"

enum document_side { DOCUMENT_FRONT, DOCUMENT_BACK, DOCUMENT_SIDES }; /* stored: for ever */
enum document_state {
    DOCUMENT_NONE = 0,
    DOCUMENT_COLLECTING = 1, /* stored: for ever */
    DOCUMENT_WAITING = 2,
    DOCUMENT_APPROVED = 3,
    DOCUMENT_REJECTED = 4,
};
const char *document_state_name(enum document_state state); /* "none", "collecting", … */

/* Why photos are not taken: one word for the staff, one error for the person. */
struct document_reason {
    const char *name; /* "blurred" */
    enum err code;
};
const struct document_reason *document_reasons(size_t *count);
enum err document_reason_read(struct text name); /* ERR_OK: there is none of this name */

struct document {
    struct person_id person;
    enum document_state state;
    int64_t revision;
    bool has[DOCUMENT_SIDES];
    int64_t sent_ms, decided_ms;
    enum err reason; /* of DOCUMENT_REJECTED */
};
/* All zero but the person when nothing was ever sent. */
void document_find(struct db *db, struct person_id person, struct document *out);

/* --- the person's --- */

/* What document_put would say, on a reader, before the slow work: ERR_REALNAME_NEEDED, ERR_TOO_MANY_TRIES. */
enum err document_begin(struct view *view, const struct actor *actor, struct fault *fault);
struct document_put_cmd {
    enum document_side side;
    struct text jpeg; /* as kit/picture made it */
    int width, height;
};
/* Takes the place of that side's photo. */
enum err document_put(struct tx *tx, const struct actor *actor, const struct document_put_cmd *cmd,
                      struct fault *fault, struct document *out);
/* The wallet is closed: what was not approved proves nothing and goes; what was is kept, as the name is. */
void document_release(struct tx *tx, struct person_id person);

/* --- the staff's --- */

/* Those that wait, the longest first; how many. */
size_t document_waiting(struct db *db, struct document *out, size_t max);
/* Appends the photo; false: there is none of that side, or it cannot be opened with these keys. */
bool document_photo(struct db *db, const struct keys *keys, struct person_id person, enum document_side side,
                    struct buf *out);
/* Notes that a member of the staff looks at a person's name, number and photos: ERR_WRONG_PASSPHRASE, ERR_NOT_FOUND. */
enum err document_look(struct tx *tx, const struct staff *by, struct person_id person, struct fault *fault);

struct document_decide_cmd {
    struct person_id person;
    int64_t revision; /* that was looked at */
    enum err reason;  /* ERR_OK: approved */
};
/* ERR_WRONG_PASSPHRASE, ERR_NOT_FOUND, ERR_DOCUMENT_DECIDED, ERR_DOCUMENT_CHANGED. The person is told. */
enum err document_decide(struct tx *tx, const struct staff *by, const struct document_decide_cmd *cmd,
                         struct fault *fault, struct document *out);

#endif
