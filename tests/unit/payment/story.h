/* SPDX-License-Identifier: Apache-2.0 */
/* story: money told as acts, a line each: who does what with how much, what is answered, and what is left in the balance afterwards.
 *
 *     TELL(FILLED(ANN, 1000), {PAY, ANN, 400, LEFT(600)}, {PAY, ANN, 700, ERR_INSUFFICIENT_BALANCE, .amount = 100});
 *
 * Told on SQLite and on PostgreSQL, through the writer as the server does it; after each story the books are proved. What an act is too short
 * for is a scene: a function in a command of its own. */
#ifndef TESTS_UNIT_PAYMENT_STORY_H
#define TESTS_UNIT_PAYMENT_STORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/world.h"
#include "wallet/bill.h"
#include "wallet/card.h"
#include "wallet/merchant.h"
#include "wallet/payment.h"
#include "wallet/transfer.h"

/* Acts leave out what does not matter to them. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define RIGHT_PIN "719304"

/* ANN and BOB are of tier II, each with a card; CAT of tier I; DAN has verified nothing; SHOP is of tier II and owns the shop. */
enum who { ANN, BOB, CAT, DAN, SHOP, PEOPLE };
enum { THINGS = 16 };
extern const char *const names[PEOPLE];
extern struct cast {
    struct actor actors[PEOPLE]; /* as registered; a command finds its own */
    struct card_id cards[PEOPLE];
    struct merchant merchant;
    uint64_t things[THINGS]; /* payments and orders of the story, by number */
} cast;

enum verb {
    END_OF_STORY,
    TOPUP,       /* who, fen -> thing */
    APPROVE,     /* the bank about the payment `thing` */
    DECLINE,     /* for want of money */
    SILENCE,     /* no answer */
    PAY,         /* who, fen at the shop's code -> thing */
    PAY_CARD,    /* the same by card */
    ORDER,       /* the shop's code for fen -> thing */
    PAY_ORDER,   /* who, fen for the order `with` -> thing */
    CARD_ORDER,  /* the same by card */
    CLOSE,       /* the order `with` */
    SEND,        /* who, fen to whom -> thing; arrival: when */
    ACCEPT,      /* who, the transfer `with` */
    RETURN,      /* who, the transfer `with` */
    RECALL,      /* who, the transfer `with` */
    DUE,         /* those whose time has come arrive or return; fen: how many */
    WITHDRAW,    /* who, fen to the own card for the fee `ms` -> thing */
    WAIT,        /* time passes: ms */
    PIN,         /* who tries pin at nothing */
    TIER,        /* who becomes of tier fen */
    UNBIND,      /* who takes the card out */
    SHUT,        /* who's account is closed in the ledger */
    FEED,        /* the shop's account is credited fen from nowhere */
    STATE,       /* who sees the payment `with`: state, and fen when > 0 */
    LIMIT_USED,  /* fen: of the period `ms` of who */
    COUNT_BILLS, /* fen: how many who has */
};

struct act {
    enum verb verb;
    enum who who;
    int64_t fen;
    enum err expect;
    int thing, with; /* numbers in world.things; 0: none */
    enum who whom;
    const char *pin; /* NULL: the right one */
    enum payment_state state;
    enum arrival arrival;
    int64_t ms;
    bool check_left;      /* look at: */
    int64_t left;         /* who's available balance afterwards */
    int64_t amount, rest; /* of the refusal: fault.amount, fault.left; 0: do not look */
};
#define LEFT(fen_) .check_left = true, .left = (fen_)

/* An act on its way through the writer. */
struct stage {
    struct command command;
    struct act act;
    void (*scene)(struct stage *stage, struct tx *tx, struct actor *actor); /* instead of an act */
    enum err err;
    struct fault fault;
    enum command_outcome outcome;
    bool done;
};

/* --- telling --- */

void perform(const struct act *acts);
void prove(void); /* the books hold, and the rows of payments, moves and refusals are those that the chain knows */
void tell(const struct act *acts); /* both */
#define PERFORM(...) perform((const struct act[]){__VA_ARGS__, {.verb = END_OF_STORY}})
#define TELL(...) tell((const struct act[]){__VA_ARGS__, {.verb = END_OF_STORY}})
#define FILLED(who_, fen_)                     \
    {TOPUP, who_, fen_, .thing = 15}, {        \
        APPROVE, who_, .thing = 15, LEFT(fen_) \
    }

typedef void play(struct stage *stage, struct tx *tx, struct actor *actor);
void scene(enum who who, play *play);
void stage_play(struct stage *stage);
struct view view_of(struct tx *tx);

/* Many at once: acts that wait in one queue. */
enum { CROWD = 100 };
extern struct stage crowd[CROWD];
void crowd_play(int count);
int crowd_answers(int count, enum err err); /* how many were answered so */

int64_t available(enum who who);
int64_t held(enum who who);
int64_t takings(void); /* of the shop */

/* --- the stories: an array a file, on both engines --- */

int on_sqlite(void **state); /* each in a world of its own */
int on_postgres(void **state);
int story_end(void **state);
#define STORY(name)                                                \
    cmocka_unit_test_setup_teardown(name, on_sqlite, story_end), { \
#name " (postgres)", name, on_postgres, story_end, NULL    \
    }

#define STORIES(X) X(purchase) X(transfer) X(withdrawal) X(limit) X(merchant) X(bill) X(notice) X(model)
#define STORIES_DECLARE(name)                        \
    extern const struct CMUnitTest name##_stories[]; \
    extern const size_t name##_stories_count;
STORIES(STORIES_DECLARE)
#define STORIES_COUNT(stories) (sizeof stories / sizeof stories[0])

#endif
