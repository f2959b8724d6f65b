/* SPDX-License-Identifier: Apache-2.0 */
/* tally: what was answered, counted: by the class of the status, by the error, and how long it took. Any thread. */
#ifndef EDGE_API_TALLY_H
#define EDGE_API_TALLY_H

#include <stdatomic.h>

#include "base/err.h"
#include "base/histogram.h"

enum { TALLY_CLASSES = 6, TALLY_ERRORS_MAX = 512 };

struct tally {
    _Atomic uint64_t classes[TALLY_CLASSES];   /* [4]: 400 .. 499 */
    _Atomic uint64_t errors[TALLY_ERRORS_MAX]; /* by the place of their row in err.def */
    struct histogram took;
};

void tally_answer(struct tally *tally, int status, enum err err, int64_t took_us);

#endif
