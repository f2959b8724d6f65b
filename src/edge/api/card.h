/* SPDX-License-Identifier: Apache-2.0 */
/* card: how a bank card looks to its owner, and how a question about one is named to its bank. */
#ifndef EDGE_API_CARD_H
#define EDGE_API_CARD_H

#include "edge/api/api.h"
#include "wallet/card.h"

/* {"id","bank","bank_en","bank_code","kind","first6","last4","state","bound_at"}, as a value. */
void card_value(struct api_call *call, const struct card *card);

/* The id of a request to a bank that checks a card, for `what`: the same operation of the same person is one message, however often it is sent. */
struct text card_message(struct api_call *call, const char *what);

#endif
