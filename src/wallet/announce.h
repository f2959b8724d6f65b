/* SPDX-License-Identifier: Apache-2.0 */
/* announce: what staff tell people: in both languages, to all, to those of a tier, to who has a shop, or to one person; from a time until a
 * time; pinned or not. Bodies are Markdown of kit/markdown. Each person has read it or not. */
#ifndef WALLET_ANNOUNCE_H
#define WALLET_ANNOUNCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include "wallet/session.h"
#include "wallet/tx.h"

struct staff;

enum audience { AUDIENCE_ALL = 1, AUDIENCE_TIER = 2, AUDIENCE_MERCHANTS = 3, AUDIENCE_PERSON = 4 };

enum {
    ANNOUNCE_TITLE_MAX = 60,
    ANNOUNCE_BODY_MAX = 500, /* characters */
    ANNOUNCE_TITLE_BYTES = ANNOUNCE_TITLE_MAX * 4 + 1,
    ANNOUNCE_BODY_BYTES = ANNOUNCE_BODY_MAX * 4 + 1,
    ANNOUNCEMENTS_SHOWN_MAX = 20,
    ANNOUNCEMENTS_LISTED_MAX = 100,
};
#define ANNOUNCE_LONGEST_MS (INT64_C(366) * 24 * 3600 * 1000)

struct announcement {
    uint64_t id; /* ID_ANNOUNCEMENT outside */
    enum audience audience;
    uint64_t whom;
    bool pinned, read;
    int64_t from_ms, until_ms;
    char title[2][ANNOUNCE_TITLE_BYTES], body[2][ANNOUNCE_BODY_BYTES]; /* by enum err_language */
};

/* Those that are for the person now: pinned first, then the newest; at most ANNOUNCEMENTS_SHOWN_MAX. */
size_t announce_list(struct view *view, const struct actor *actor, struct announcement *out, size_t most);
/* The person has read it; again is nothing new. ERR_NOT_FOUND: not for the person, or not now. */
enum err announce_read(struct tx *tx, const struct actor *actor, uint64_t id, struct fault *fault);

/* For staff: those that are shown or will be, newest first. */
size_t announce_all(struct db *db, int64_t now_ms, struct announcement *out, size_t most);

struct announce_cmd {
    enum audience audience;
    uint64_t whom;
    struct text title, title_zh, body, body_zh;
    bool pinned;
    int64_t in_ms, for_ms; /* from now; how long */
};
/* ERR_WRONG_PASSPHRASE, ERR_BAD_FIELD. */
enum err announce_add(struct tx *tx, const struct staff *by, const struct announce_cmd *cmd,
                      struct fault *fault, struct announcement *out);
/* No longer shown. ERR_WRONG_PASSPHRASE, ERR_NOT_FOUND. */
enum err announce_end(struct tx *tx, const struct staff *by, uint64_t id, struct fault *fault);

#endif
