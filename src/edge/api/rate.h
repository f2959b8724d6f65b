/* SPDX-License-Identifier: Apache-2.0 */
/* rate: how often somebody may ask what could be used to try things out: whom a phone or a code names, and numbers that are not theirs.
 *
 * Counted in memory, a window at a time: these are questions that write nothing, and a restart may forgive them. (What guards a secret is
 * counted in the store: wallet/throttle.h.) The table has so many places and no more; when a neighbourhood is full, the window that is
 * oldest goes. Any thread. */
#ifndef EDGE_API_RATE_H
#define EDGE_API_RATE_H

#include <stdint.h>

#include "base/err.h"

enum rate {
    RATE_NONE,
    RATE_LOOKUP, /* whom does this name: scans, previews, card lookups */
    RATE_MISS,   /* numbers that were found nowhere, or are somebody else's */
    RATES
};
struct rate_row {
    int64_t window_ms;
    int most;
};

struct rates;
struct rates *rates_make(const struct rate_row rows[RATES]); /* most 0: unlimited */
void rates_free(struct rates *rates);

/* Is one more admitted? ERR_TOO_MANY_TRIES with until_ms (by now_ms, the clock that people see). */
enum err rate_ask(struct rates *rates, enum rate rate, uint64_t subject, int64_t mono_ms, int64_t now_ms,
                  struct fault *fault);
/* Counts one. */
void rate_count(struct rates *rates, enum rate rate, uint64_t subject, int64_t mono_ms);

#endif
