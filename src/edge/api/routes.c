/* SPDX-License-Identifier: Apache-2.0 */
/* The route tables of all nouns; to add a noun, add its line. */
#include "edge/api/api.h"

// clang-format off
#define ROUTES(X) \
    X(balance) \
    X(bill) \
    X(card) \
    X(closing) \
    X(charge) \
    X(code) \
    X(demo) \
    X(limit) \
    X(merchant) \
    X(meta) \
    X(notice) \
    X(openapi) \
    X(paycode) \
    X(payment) \
    X(person) \
    X(pin) \
    X(pin_reset) \
    X(purchase) \
    X(realname) \
    X(recovery) \
    X(scan) \
    X(session) \
    X(settlement) \
    X(takings) \
    X(till) \
    X(topup) \
    X(transfer) \
    X(withdrawal)
// clang-format on

#define DECLARE(noun)                              \
    extern const struct api_route noun##_routes[]; \
    extern const size_t noun##_routes_count;
ROUTES(DECLARE)

const struct api_routes api_routes[] = {
#define ROW(noun) {noun##_routes, &noun##_routes_count},
    ROUTES(ROW)};
const size_t api_routes_count = API_COUNT(api_routes);
