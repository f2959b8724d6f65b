/* SPDX-License-Identifier: Apache-2.0 */
/* case: something that a person asks us to look at, with a number, a step that is due by a time, and a decision that has a name.
 *
 *     RECEIVED -> AT_WORK <-> ASKED -> CLOSED
 *
 * It is opened with one tap on what it is about; evidence.h gathers what we know into a pack, in the transaction that opens it, so nobody
 * types again what stands in our books. Then both sides say lines, which are only ever added: the case's unchanging part, its pack and
 * every line are in the ledger's digest. Staff who say something begin the work; who ask something give the case to the person, whose
 * answer gives it back. A decision is one of those of its kind (case_decision_rows), by one of the staff, with its line in the audit log.
 * What staff do is a notice for the person.
 *
 * The same thing is not asked about twice: opening again gives the case that is open. A person has at most CASES_OPEN_MAX open, opens at
 * most CASES_A_DAY_MAX in 24 h, and says at most CASE_SAID_A_DAY_MAX lines in 24 h; a case holds at most CASE_LINES_MAX lines. */
#ifndef WALLET_CASE_H
#define WALLET_CASE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "wallet/audit_log.h"
#include "wallet/session.h"
#include "wallet/tx.h"

struct staff;

enum {
    CASES_OPEN_MAX = 5,
    CASES_A_DAY_MAX = 10,
    CASE_SAID_A_DAY_MAX = 40,
    CASE_LINES_MAX = 200,
    CASE_WORDS_MAX = 500,
    CASE_WORDS_BYTES = CASE_WORDS_MAX * 4 + 1,
    CASES_LISTED_MAX = 100,
};

/* --- the tables; numbers reach the store and never change --- */

enum case_kind {
    CASE_FREEZE_APPEAL = 1,
    CASE_UNKNOWN_PAYMENT = 2,
    CASE_WRONG_BALANCE = 3,
    CASE_FAILED_PAYMENT = 4,
    CASE_CARD = 5,
    CASE_IDENTITY = 6,
    CASE_OTHER = 7,
};
enum case_about {
    CASE_ABOUT_NOTHING = 0,
    CASE_ABOUT_PAYMENT = 1,
    CASE_ABOUT_REFUSAL = 2,
    CASE_ABOUT_FREEZE = 3,
    CASE_ABOUT_CARD = 4,
};
enum case_step { CASE_RECEIVED = 1, CASE_AT_WORK = 2, CASE_ASKED = 3, CASE_CLOSED = 4 };
enum case_what {
    CASE_OPENED = 1,
    CASE_SAID = 2,
    CASE_ASKS = 3, /* staff want an answer */
    CASE_DECIDED = 4,
};
enum case_decision {
    CASE_SETTLED = 1, /* the person says so */
    CASE_NO_ANSWER = 2,
    CASE_RELEASE = 10,
    CASE_KEEP = 11,
    CASE_AUTHORITY = 12,
    CASE_NOT_YOURS = 20,
    CASE_YOURS = 21,
    CASE_SHOP_RETURNS = 22,
    CASE_RIGHT = 30,
    CASE_MENDED = 40,
    CASE_EXPLAINED = 41,
    CASE_BANK = 42,
    CASE_VERIFIED = 60,
    CASE_NOT_VERIFIED = 61,
};

struct case_kind_row {
    enum case_kind kind;
    const char *name, *label, *label_zh;
    int received_h, work_h; /* hours until the step is due */
};
struct case_step_row {
    enum case_step step;
    const char *name, *label, *label_zh;
};
struct case_decision_row {
    enum case_kind kind; /* 0: of any kind */
    enum case_decision decision;
    const char *name, *label, *label_zh;
    bool by_person; /* not for staff */
};
const struct case_kind_row *case_kind_rows(size_t *count);
const struct case_kind_row *case_kind_row(enum case_kind kind);
const struct case_step_row *case_step_row(enum case_step step);
const struct case_decision_row *case_decision_rows(size_t *count);
/* NULL: not one of this kind. */
const struct case_decision_row *case_decision_row(enum case_kind kind, enum case_decision decision);
/* NULL: there is none of this name that staff may take for this kind. */
const struct case_decision_row *case_decision_of(enum case_kind kind, struct text name);
const char *case_what_name(enum case_what what);

/* --- a case --- */

struct case_file {
    uint64_t id; /* ID_CASE outside */
    struct person_id person;
    enum case_kind kind;
    enum case_about about_kind;
    uint64_t about;
    enum err code; /* of what failed; ERR_OK: none */
    enum case_step step;
    enum case_decision decision; /* 0: none yet */
    int64_t opened_ms, due_ms, closed_ms;
};
struct case_line {
    uint64_t id;
    uint64_t of_case;
    struct person_id person;
    struct audit_by by;
    enum case_what what;
    enum case_decision decision;
    int64_t at_ms;
    struct entry_no entry;
    char words[CASE_WORDS_BYTES];
};

bool case_find(struct db *db, uint64_t id, struct case_file *out);
/* ERR_NOT_FOUND: none, or somebody else's. */
enum err case_of(struct db *db, const struct actor *actor, uint64_t id, struct fault *fault,
                 struct case_file *out);
/* The person's, newest first, with ids < before (0: all). */
size_t case_list(struct db *db, struct person_id person, uint64_t before, struct case_file *out, size_t most);
/* The open ones, those that are due first at the top. */
size_t case_queue(struct db *db, struct case_file *out, size_t most);
/* Oldest first, with ids > after. */
size_t case_lines(struct db *db, uint64_t id, uint64_t after, struct case_line *out, size_t most);
/* The pack, copied into the buffer. */
void case_pack(struct db *db, uint64_t id, struct buf *out);

/* What staff said and decided in the person's cases, newest first, with ids < before (0: all): notices. */
size_t case_told(struct db *db, struct person_id person, uint64_t before, struct case_line *out, size_t most);
/* How many of those have ids > after, at most `most`. */
int case_told_after(struct db *db, struct person_id person, uint64_t after, int most);

/* --- verbs --- */

struct case_open_cmd {
    enum case_kind kind;
    enum case_about about_kind;
    uint64_t about; /* the caller has seen that it is the person's */
    enum err code;
    struct text words;           /* what the person adds; may be empty */
    struct text request;         /* of the failed request; may be empty */
    struct text app;             /* the app's version, as it says; may be empty */
    const unsigned char *device; /* wallet/device.h: the hash of the one that asks; NULL: unknown */
};
/* The open case about the same, or a new one. ERR_CASES_OPEN, ERR_CASES_TODAY. */
enum err case_open(struct tx *tx, const struct actor *actor, const struct case_open_cmd *cmd,
                   struct fault *fault, struct case_file *out);
/* ERR_NOT_FOUND, ERR_CASE_CLOSED, ERR_CASE_FULL, ERR_CASES_TODAY. */
enum err case_say(struct tx *tx, const struct actor *actor, uint64_t id, struct text words,
                  struct fault *fault, struct case_file *out);
/* The person needs us no more. ERR_NOT_FOUND, ERR_CASE_CLOSED. */
enum err case_settle(struct tx *tx, const struct actor *actor, uint64_t id, struct fault *fault,
                     struct case_file *out);

/* Staff. asks: the person is to answer. ERR_WRONG_PASSPHRASE, ERR_NOT_FOUND, ERR_CASE_CLOSED, ERR_CASE_FULL. */
enum err case_tell(struct tx *tx, const struct staff *by, uint64_t id, struct text words, bool asks,
                   struct fault *fault, struct case_file *out);
/* ERR_CASE_DECISION besides: no decision of this kind has the name. words: for the person, may be empty. CASE_RELEASE releases the freeze that
 * the appeal is about, and gives what freeze_release says; where that wants two, the first leaves the case open. */
enum err case_decide(struct tx *tx, const struct staff *by, uint64_t id, struct text decision,
                     struct text words, struct fault *fault, struct case_file *out);

bool case_words_valid(struct text words);

/* What a line is to the person, as a notice. */
void case_line_text(const struct case_line *line, enum case_kind kind, enum err_language lang, struct buf *out);

void case_register_digests(struct ledger *ledger);

#endif
