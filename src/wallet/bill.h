/* SPDX-License-Identifier: Apache-2.0 */
/* bill: a payment seen from one side, or a refusal.
 *
 * There is no table of bills. A person's are found by walking the chain of the person's account: each entry of role OPENS is the
 * first of a bill, and names its payment. Refusals, which moved nothing, lie in a table of their own, each with the number of the
 * newest entry at its time; the list merges the two, newest first, on one position. */
#ifndef WALLET_BILL_H
#define WALLET_BILL_H

#include "wallet/card.h"
#include "wallet/payment.h"
#include "wallet/refusal.h"

enum bill_side { BILL_OUT, BILL_IN };
enum bill_party {
    PARTY_PERSON,
    PARTY_MERCHANT,
    PARTY_BANK,
    PARTY_NOBODY,
    PARTY_POCKET,
    PARTY_AUTHORITY
}; /* stored by the index */
#define POCKET_NAME "Pocket"
#define POCKET_NAME_ZH "小金库"
#define AUTHORITY_NAME "An authority"
#define AUTHORITY_NAME_ZH "有权机关"
enum { PARTY_NAME_BYTES = NICKNAME_BYTES + NAME_MASKED_BYTES + 2 };

struct bill {
    struct payment payment; /* of a refusal: id 0, state REFUSED, and what was asked for */
    uint64_t refusal;       /* its id; 0: a payment */
    struct fault reason;    /* code 0: none. DECLINED, IN_DOUBT, REFUSED have one, for whose card it is */
    enum bill_side side;
    enum bill_party party;
    char party_name[PARTY_NAME_BYTES]; /* a shop, a bank, or a person as "nickname(王*强)" */
    struct card card;                  /* id 0: none */
    struct money refunded;             /* of a purchase: what its shop gave back */
    struct payment_id refund_of;       /* of a refund: the purchase */
    struct money fee;                  /* on top of the amount: of a withdrawal */
    enum money_taken taken;            /* the viewer's money */
};

/* Whose side `person` sees it from, and with whom it is: the one place that says so for each kind (lists, the index of the bills and the
 * pages follow). *id: the person's or the merchant's; 0 for a bank, which the card names. */
enum bill_side bill_side_of(const struct payment *payment, struct person_id person);
enum bill_party bill_party_of(const struct payment *payment, enum bill_side side, uint64_t *id);
/* A refusal as the payment that it would have been: id 0, state REFUSED. */
void bill_refused_payment(const struct refusal *refusal, struct payment *out);

/* From the side of `person`, who must be the payer or the payee (of a purchase: the shop's owner). False: there is no such payment. */
bool bill_of_payment(struct db *db, struct payment_id id, struct person_id person, struct bill *out);
/* The same for a page, with one statement for many: of each of `bills` the payment's id is set, and what is a refusal already stays as it is.
 * Those that do not exist are taken out; how many are left. */
size_t bill_of_payments(struct db *db, struct person_id person, struct bill *bills, size_t count);
/* A purchase just made from the balance, without looking anything up. */
void bill_of_purchase(const struct payment *payment, const char *shop, struct bill *out);
void bill_of_refusal(struct db *db, const struct keys *keys, const struct refusal *refusal, struct bill *out);

/* ERR_NOT_FOUND: none, or not one of the person's. */
enum err bill_payment(struct view *view, const struct actor *actor, struct payment_id id, struct fault *fault,
                      struct bill *out);
enum err bill_refusal(struct view *view, const struct actor *actor, uint64_t id, struct fault *fault,
                      struct bill *out);

/* Where a list goes on: behind this entry and this refusal; all zero: from the newest. */
struct bill_position {
    uint64_t entry, refusal; /* refusals with smaller ids follow */
};
enum { BILLS_MAX = 100 };
/* Newest first, at most max; how many. *position moves behind the last; *more: whether there may be older ones. */
size_t bill_list(struct view *view, const struct actor *actor, struct bill_position *position,
                 struct bill *out, size_t max, bool *more);

/* Appends "小明(王*明)", or the nickname alone while the name is not verified. */
void bill_person_name(const char *nickname, const char *name_masked, char out[PARTY_NAME_BYTES]);

#endif
