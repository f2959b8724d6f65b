/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox: what makes a store a place to try, for ever; and its clock, an offset to the machine's that is kept with the data.
 *
 * A store is marked when it is new: a sandbox's store is never opened as a real one, nor the other way round, because a sandbox
 * shows everybody's codes and takes money from banks that are none. The clock begins where it is told (-90 days, so that a demo has a
 * past) and only moves forward. As a writer's part it moves base/clock after the COMMIT that says so. */
#ifndef WALLET_SANDBOX_H
#define WALLET_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "kit/db/writer.h"
#include "wallet/tx.h"

struct sandbox {
    int64_t offset_ms, mark_ms;
    void (*wake)(void *arg); /* the clock moved: on the writer's thread, short; may be NULL */
    void *arg;
};

/* At the start, before the writer's thread and before anything is written. `wanted`: the server runs as a sandbox. A new store is marked with
 * begin_ms (<= 0). ERR_CONFIG: the store is of the other kind; ERR_STORE. Sets base/clock. */
enum err sandbox_open(struct db *db, bool wanted, int64_t begin_ms, struct sandbox *out);
struct writer_part sandbox_part(struct sandbox *sandbox);

/* ERR_CLOCK_BACKWARDS: by_ms < 1; ERR_BAD_FIELD: further than ten years. offset_ms: the new one. */
enum err sandbox_clock_advance(struct tx *tx, int64_t by_ms, struct fault *fault, int64_t *offset_ms);

#endif
