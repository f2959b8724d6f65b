/* SPDX-License-Identifier: Apache-2.0 */
/* merchant: the shop that a path names, for all that lies below /v1/merchants/{id}. */
#ifndef EDGE_API_MERCHANT_H
#define EDGE_API_MERCHANT_H

#include "edge/api/api.h"
#include "wallet/payee.h"

struct shop_body {
    struct merchant_id merchant;
};
#define FIELD_SHOP(body_, member) \
    FIELD_ID(body_, member.n, "id", ID_MERCHANT, REQUIRED | IN_PATH, "a shop of mine, or where I am a waiter")

/* "code": what a code of this kind says. */
void payee_code_key(struct api_call *call, enum payee_kind kind, uint64_t id);

struct till;
void till_value(struct api_call *call, const struct till *till);

/* A day of the query as a number of base/civil.h, "2026-11-23". */
bool read_day(struct text text, int64_t *day);

#endif
