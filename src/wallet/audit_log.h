/* SPDX-License-Identifier: Apache-2.0 */
/* audit_log: who did what to whom, why and when, for every act that a person did not ask for themselves.
 *
 * Append only, and in the chain: the whole row is given to the digest of its group, so `qianbao audit` finds one that was changed,
 * taken out or put in. A verb writes its line in its own transaction, so there is no act without its line and no line without its act.
 *
 *     audit_log_add(tx, &(struct audit_line){
 *         .act = AUDIT_FREEZE_ADD,
 *         .by = staff_by(staff),                                      or {AUDIT_BY_PERSON, person.n}, {AUDIT_BY_RULE, rule}
 *         .subject_kind = AUDIT_OF_FREEZE, .subject = freeze.n,
 *         .reason = reason });
 *
 * A room that acts on people adds its acts and, where it has a noun of its own, its subject here, with their words in the tables of
 * audit_log.c. Numbers reach the store and the hashes and never change. */
#ifndef WALLET_AUDIT_LOG_H
#define WALLET_AUDIT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "kit/crypto/keys.h"
#include "wallet/tx.h"

enum audit_act {
    AUDIT_STAFF_ADD = 1,
    AUDIT_STAFF_END = 2,
    AUDIT_STAFF_RESET = 3,  /* another passphrase */
    AUDIT_BOOKS_FOUND = 50, /* wallet/books.h */
    AUDIT_BOOKS_CLOSE = 51,
    AUDIT_CASE_TELL = 30, /* wallet/case.h */
    AUDIT_CASE_DECIDE = 31,
    AUDIT_MAINTENANCE_ADD = 32, /* wallet/maintenance.h */
    AUDIT_MAINTENANCE_CHANGE = 33,
    AUDIT_MAINTENANCE_END = 34,
    AUDIT_READONLY_ON = 35,
    AUDIT_READONLY_OFF = 36,
    AUDIT_ANNOUNCE_ADD = 37, /* wallet/announce.h */
    AUDIT_ANNOUNCE_END = 38,
    AUDIT_FREEZE_ADD = 10,
    AUDIT_FREEZE_ASK = 11, /* released by the first of two */
    AUDIT_FREEZE_RELEASE = 12,
    AUDIT_FREEZE_EXPIRE = 13,
    AUDIT_FREEZE_BEGIN = 14, /* its time had come */
    AUDIT_FREEZE_TAKE = 15,
    AUDIT_FREEZE_TAKE_ASK = 16, /* by the first of two */
    AUDIT_DOCUMENT_LOOK = 40,   /* wallet/document.h */
    AUDIT_DOCUMENT_APPROVE = 41,
    AUDIT_DOCUMENT_REJECT = 42,
};

enum audit_by_kind {
    AUDIT_BY_OPERATOR =
        1, /* whoever may open the control socket; to add the first of the staff, to reset a passphrase */
    AUDIT_BY_STAFF = 2,  /* id: staff */
    AUDIT_BY_PERSON = 3, /* id: person, on their own wallet */
    AUDIT_BY_RULE = 4,   /* id: the rule of the room that acted */
    AUDIT_BY_TIME = 5,   /* its time was over */
};

enum audit_subject {
    AUDIT_OF_STAFF = 1,
    AUDIT_OF_PERSON = 2,
    AUDIT_OF_CASE = 30,
    AUDIT_OF_WINDOW = 31,
    AUDIT_OF_ANNOUNCEMENT = 32,
    AUDIT_OF_FREEZE = 3,
    AUDIT_OF_FINDING = 50,
};

struct audit_by {
    enum audit_by_kind kind;
    uint64_t id;
};

enum { AUDIT_REASON_MAX = 200, AUDIT_REASON_BYTES = AUDIT_REASON_MAX * 4 + 1 };

struct audit_line {
    uint64_t id; /* this and at_ms are set when it is added */
    enum audit_act act;
    struct audit_by by;
    enum audit_subject subject_kind;
    uint64_t subject;
    char reason[AUDIT_REASON_BYTES]; /* "" where none is due */
    int64_t at_ms;
};

void audit_log_add(struct tx *tx, const struct audit_line *line);

/* A reason as staff type it: one line, at most AUDIT_REASON_MAX characters. */
bool audit_reason_valid(struct text reason);

/* Newest first, with ids < before (0: from the newest); of one subject, or of all with subject 0. */
size_t audit_log_list(struct db *db, uint64_t before, enum audit_subject kind, uint64_t subject,
                      struct audit_line *out, size_t most);

const char *audit_by_name(enum audit_by_kind kind);
enum id_kind audit_subject_id(enum audit_subject kind); /* as it is shown outside; 0: by its name */
const char *audit_act_name(enum audit_act act);         /* "staff-add"; "?" for a number that is none */

void audit_log_register_digests(struct ledger *ledger);

#endif
