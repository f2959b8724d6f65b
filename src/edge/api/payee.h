/* SPDX-License-Identifier: Apache-2.0 */
/* payee: how one who can be paid looks to one who may pay. */
#ifndef EDGE_API_PAYEE_H
#define EDGE_API_PAYEE_H

#include "edge/api/api.h"
#include "wallet/person.h"

/* "payee": {"id","name","nickname","phone"}; the real name is masked, the phone too, and null unless it was what was asked for. */
void payee_key(struct api_call *call, const struct person *payee, bool by_phone);

#endif
