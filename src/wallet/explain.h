/* SPDX-License-Identifier: Apache-2.0 */
/* explain: why a balance is what it is, now or at any moment that was, in causes that a person can follow, each with its evidence.
 *
 *     posted      what is mine                              the ledger's figure, or the balance that its newest entry of that time carries
 *     held        of that, what is promised elsewhere       transfers nobody accepted, withdrawals at a bank, refunds on their way to a card, …
 *     available   posted - held                             what I can spend
 *     coming      on its way to me, in none of the above
 *
 * Two halves. explain_rules (pure) says which causes are true of given facts, and in what order; explain (below it) gathers the facts: from
 * the ledger, and from one pass over the person's bills, newest first. It reads the index of the bills (bill_index.h), whose items know when
 * they began and ended and by which entry. Behind the window of movements it passes by all blocks in which everything was over, and ends as
 * soon as all that is held and coming has been met. For a moment in the past it begins at the moment, and goes on to the end, because a
 * hold of that time may have begun long before. The balance then is found without walking the chain: the oldest bill younger than
 * the moment names its entry, and the chain is followed from there only.
 *
 * Of the past, limits, device and the app's version are not told: nobody keeps what they were; what rested is, as long as the windows are
 * held in memory (maintenance.h). A figure that our own books contradict is withheld (explain.withheld), never shown as 0. */
#ifndef WALLET_EXPLAIN_H
#define WALLET_EXPLAIN_H

#include "ledger/ledger.h"
#include "wallet/bill_item.h"
#include "wallet/limit.h"

/* --- the table of causes: cause.def --- */

enum cause {
    CAUSE_NONE = 0,
#define CAUSE(name, number, rank, next, help, title, title_zh, en, zh) CAUSE_##name = number,
#include "wallet/cause.def"
#undef CAUSE
};

/* In the order of telling: our fault, what is frozen, where money is, what stands in the way, why there may be more than expected, and what may
 * be a mistake. Among amounts the larger comes first. */
enum cause_rank { RANK_OURS, RANK_FROZEN, RANK_MONEY, RANK_STOP, RANK_MORE, RANK_HINT };

struct cause_row {
    enum cause cause;
    enum cause_rank rank;
    unsigned next; /* bits of enum next_step */
    const char *name, *help;
    const char *title, *title_zh, *en, *zh;
};
const struct cause_row *cause_row(enum cause cause); /* NULL: no such cause */
const struct cause_row *cause_rows(size_t *count);

/* --- what is told --- */

enum {
    EXPLAIN_HOLDS_MAX = 50,
    EXPLAIN_CAUSES_MAX = 64,
    EXPLAIN_MOVES_MAX = 5,
    EXPLAIN_RESTS_MAX = 8,
    EXPLAIN_NAME_EN_BYTES = 128,
};

/* Money that is neither here nor there, and the bill that it belongs to. */
struct explain_hold {
    enum cause cause;
    struct money amount; /* of a withdrawal: with its fee */
    struct payment_id bill;
    char name[PARTY_NAME_BYTES]; /* who has it to do: the payee, the bank; name_en where it differs */
    char name_en[32];
    int64_t since_ms, until_ms; /* until 0: nobody can say */
};

struct explain_move {
    struct payment_id bill;
    enum payment_kind kind;
    enum bill_side side;
    struct money amount;
    char name[PARTY_NAME_BYTES];
    int64_t at_ms;
};
/* A window of maintenance, named by all that it closes for this person: "充值、提现". */
struct explain_rest {
    uint64_t window;
    char name[PARTY_NAME_BYTES], name_en[EXPLAIN_NAME_EN_BYTES];
    int64_t until_ms;
};
/* The largest of the movements of one side in the window, and all of them in sum. */
struct explain_moves {
    struct explain_move largest[EXPLAIN_MOVES_MAX];
    size_t shown;
    int count;
    int64_t sum_fen;
};

/* A true cause with what its words need. */
struct explain_cause {
    enum cause cause;
    struct money amount;
    int count;
    int64_t until_ms;
    char name[PARTY_NAME_BYTES], name_en[EXPLAIN_NAME_EN_BYTES];
    struct payment_id bill; /* 0: none */
};
/* Appends the words with their placeholders filled; `title` or the text below it. Times as in fault_text. */
void cause_text(const struct explain_cause *cause, enum err_language lang, bool title, struct buf *out);

/* What the rules see. Everything that does not apply is zero. */
struct explain_facts {
    bool past;
    bool withheld, books_checked; /* and then everybody's figures are */
    int64_t posted_fen, held_fen, coming_fen;
    bool never; /* no money ever came in or went out */
    int64_t pocket_fen;
    const struct explain_hold *holds;
    size_t holds_count;
    const struct explain_hold *coming;
    size_t coming_count;
    const struct explain_hold *back; /* withdrawals that came back in the window */
    size_t back_count;
    const struct explain_moves *out, *in;
    enum cause name;         /* NAME_*, PHOTOS_REJECTED, or NONE: verified and in date */
    int64_t name_ms;         /* when it was sent, or expired */
    const char *app;         /* the app's version, when it is too old */
    const char *other_phone; /* who usually uses this device, when it is somebody else */
    int other_days;
    const struct limit_line *limits;
    size_t limits_count;
    const struct explain_hold *freezes; /* FROZEN_ALL, FROZEN_PART: name is the reason */
    size_t freezes_count;
    const struct explain_rest *rests;
    size_t rests_count;
    bool reading_only; /* the server takes no writes of people at all */
};
/* The true causes in the order of telling; at least one. Pure. */
size_t explain_rules(const struct explain_facts *facts, struct explain_cause out[EXPLAIN_CAUSES_MAX]);

struct explain {
    bool past, withheld;
    bool stopped;  /* a freeze of what leaves stands: nothing of it can be used now */
    int64_t at_ms; /* the moment that it is about */
    int64_t posted, held, available, coming_fen; /* fen */
    int64_t other_held;                          /* of held, what belongs to no bill */
    int64_t pocket;                              /* beside the balance */
    struct entry_no sequence; /* S: of the past, the newest entry of this account at that moment */
    int64_t time_ms;          /* its time */
    struct explain_hold holds[EXPLAIN_HOLDS_MAX], coming[EXPLAIN_HOLDS_MAX], back[EXPLAIN_HOLDS_MAX];
    size_t holds_count, coming_count, back_count;
    bool holds_cut; /* there are more than are listed; the sums are whole */
    struct explain_moves out, in;
    int64_t window_ms; /* the movements are since then */
    struct limit_line limits[LIMITS];
    size_t limits_count;
    struct explain_cause causes[EXPLAIN_CAUSES_MAX];
    size_t causes_count;
};

struct explain_question {
    int64_t at_ms;               /* 0: now */
    struct payment_id bill;      /* not 0: the moment just before this bill */
    uint64_t refusal;            /* likewise, of a refusal */
    int64_t since_ms;            /* when the person last saw the figure; 0: unknown */
    const unsigned char *device; /* the hash of the device's cookie; NULL: unknown */
    const char *app_old;         /* the app's version when it is too old; NULL: it is not */
};
/* ERR_NOT_FOUND: the bill is none of the person's. ERR_BAD_RANGE: the moment is before the wallet was opened or has not come yet.
 * ERR_BILLS_NOT_READY: the index is being made, and the person has more bills than are walked. */
enum err explain(struct view *view, const struct actor *actor, const struct explain_question *question,
                 struct fault *fault, struct explain *out);

#endif
