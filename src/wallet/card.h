/* SPDX-License-Identifier: Apache-2.0 */
/* card: bank cards that a person pays from.
 *
 * Binding takes two steps. First the bank is asked whether name, ID number, card number and phone belong together (the four elements:
 * name and ID number are those of the person's verified name, so only one's own cards can be bound), and sends a code to the phone: a
 * *binding* waits for it. Then the bank says whether the code is right and gives a token, which stands for the card in every order
 * and is kept sealed, bound to the card's row. The number is sealed too, found by a keyed hash, and shown as its first six and
 * last four digits. A card is bound by at most one person at a time (a unique index over the bound ones).
 *
 * Both questions go to the bank in the route's prepare step, before the transaction; what they answered comes in with the command. */
#ifndef WALLET_CARD_H
#define WALLET_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/text.h"
#include "wallet/bank.h"
#include "wallet/issuer.h"
#include "wallet/person.h"
#include "wallet/realname.h"
#include "wallet/session.h"
#include "wallet/tx.h"

enum card_state { CARD_BOUND = 1, CARD_UNBOUND = 2 };

struct card {
    struct card_id id;
    struct person_id person;
    int bank; /* bank_by_no */
    enum card_kind kind;
    enum card_state state;
    char first6[7], last4[5];
    int64_t bound_ms;
    unsigned char sealed_token[BANK_SEALED_MAX]; /* for bank_send */
    size_t sealed_size;
};

/* --- reads: on a reader or in a transaction --- */
bool card_find(struct db *db, struct card_id id, struct card *out);
/* The card as a payment needs it: the person's own and bound. ERR_NOT_FOUND (also: somebody else's), ERR_CARD_GONE. */
enum err card_use(struct db *db, const struct actor *actor, struct card_id id, struct fault *fault,
                  struct card *out);
/* The person's bound cards in the order in which they are asked to pay, the default one first; returns how many. */
size_t card_list(struct db *db, struct person_id person, struct card *out, size_t max);

/* Whether this is the number of one of the person's bound cards. */
bool card_number_is_bound(struct db *db, const struct keys *keys, struct person_id person, struct text number);

/* What a number tells of itself: ERR_BAD_CARD_NUMBER (digits, length, Luhn), ERR_CARD_UNKNOWN_BANK. */
struct card_facts {
    struct issuer issuer;
    int bank; /* 0: not one of our banks */
    bool supported;
};
enum err card_lookup(struct text number, struct fault *fault, struct card_facts *out);

/* --- binding, first step --- */
struct card_bind_cmd {
    struct text number, phone;
};
/* On a reader, before the bank: ERR_REALNAME_NEEDED, ERR_BAD_CARD_NUMBER, ERR_BAD_PHONE, ERR_CARD_UNKNOWN_BANK, ERR_CARD_NOT_SUPPORTED,
 * ERR_CARD_ALREADY_BOUND, ERR_CARD_NAME_DIFFERS (somebody else has bound it), ERR_TOO_MANY_CARDS, ERR_TOO_MANY_TRIES.
 * holder: what the bank is asked about; wipe it. */
enum err card_bind_begin(struct view *view, const struct actor *actor, const struct card_bind_cmd *cmd,
                         struct fault *fault, struct realname *holder, int *bank);

struct card_binding {
    uint64_t id; /* ID_BINDING outside */
    int bank;
    char sent_to[PHONE_BYTES];
    char reference[BANK_REFERENCE_MAX];
    int64_t expires_ms;
};
/* verdict, asked: what the bank said; ERR_OVERLOADED when it was not asked. Everything is checked again, so what card_bind_begin refused
 * is refused here, inside the transaction. */
enum err card_bind(struct tx *tx, const struct actor *actor, const struct card_bind_cmd *cmd, enum err verdict,
                   const struct bank_check *asked, struct fault *fault, struct card_binding *out);

/* --- second step --- */
/* On a reader, before the bank: ERR_NOT_FOUND, ERR_WRONG_CODE (expired), ERR_CARD_ALREADY_BOUND (it was confirmed). */
enum err card_confirm_begin(struct view *view, const struct actor *actor, uint64_t binding,
                            struct fault *fault, struct card_binding *out);
/* verdict, grant: what the bank said; ERR_OVERLOADED when it was not asked. Raises the person's tier. ERR_TOO_MANY_CARDS,
 * ERR_CARD_ALREADY_BOUND, ERR_CARD_NAME_DIFFERS besides. */
enum err card_confirm(struct tx *tx, const struct actor *actor, uint64_t binding, enum err verdict,
                      const struct bank_grant *grant, struct fault *fault, struct card *out);

/* ERR_NOT_FOUND, ERR_CARD_GONE, ERR_CARD_BUSY, then what pin_check says. The tier stays: what the bank said of the person is
 * not unsaid by taking the card out. */
enum err card_unbind(struct tx *tx, const struct actor *actor, struct card_id id, struct text pin,
                     struct fault *fault, struct card *out);
/* Moves a card in the order. ERR_NOT_FOUND, ERR_CARD_GONE; beyond an end it stays. */
enum card_move { CARD_FIRST, CARD_EARLIER, CARD_LATER };
enum err card_reorder(struct tx *tx, const struct actor *actor, struct card_id id, enum card_move move,
                      struct fault *fault);

/* The wallet is closed: all of its cards are out. */
void card_unbind_all(struct tx *tx, struct person_id person);

#endif
