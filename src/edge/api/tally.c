/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/tally.h"

#include <assert.h>

void tally_answer(struct tally *tally, int status, enum err err, int64_t took_us) {
    size_t count;
    const struct err_row *rows = err_rows(&count);
    assert(count <= TALLY_ERRORS_MAX);
    if (status >= 100 && status < 100 * TALLY_CLASSES)
        atomic_fetch_add_explicit(&tally->classes[status / 100], 1, memory_order_relaxed);
    histogram_add(&tally->took, took_us);
    for (size_t i = 0; err != ERR_OK && i < count; i++)
        if (rows[i].code == err) atomic_fetch_add_explicit(&tally->errors[i], 1, memory_order_relaxed);
}
