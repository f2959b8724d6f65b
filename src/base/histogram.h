/* SPDX-License-Identifier: Apache-2.0 */
/* histogram: how long things took, counted by bounds, as Prometheus wants it; any thread may add.
 *
 * counts[i] are those that took at most histogram_bounds_us[i] and more than the bound before; the last, those above all bounds. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

enum { HISTOGRAM_BOUNDS = 14 };
extern const int64_t histogram_bounds_us[HISTOGRAM_BOUNDS];

struct histogram {
    _Atomic uint64_t counts[HISTOGRAM_BOUNDS + 1], sum_us;
};

void histogram_add(struct histogram *histogram, int64_t us);

#endif
