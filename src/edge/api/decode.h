/* SPDX-License-Identifier: Apache-2.0 */
/* decode: a request's path, query and body into the route's struct, by its declared fields. Below this line no raw input exists. */
#ifndef EDGE_API_DECODE_H
#define EDGE_API_DECODE_H

#include "edge/api/api.h"

enum { DECODE_PARAMS_MAX = 4 };

/* What the route's path matched, still percent-coded, in the order of its braces. */
struct decode_params {
    struct text name[DECODE_PARAMS_MAX], value[DECODE_PARAMS_MAX];
    int count;
};

/* Whether the path is the route's; fills params when it is. */
bool decode_path(const char *pattern, struct text path, struct decode_params *params);

/* Requests of this method carry a JSON object. */
bool decode_has_body(enum http_method method);

/* A body with an amount may hold "currency" too: CNY, else ERR_CURRENCY_MISMATCH. */
bool decode_names_currency(const struct api_route *route);

/* Fills call->body (in the request's arena); the error is in call->fault. record: a keyed hash over method, path and all fields that are
 * no secret, for the idempotency record. */
enum err decode_request(struct api_call *call, const struct decode_params *params, unsigned char record[32]);

#endif
