/* SPDX-License-Identifier: Apache-2.0 */
/* The index of the bills. */
#include "edge/control/command.h"
#include "edge/index/indexer.h"

static enum err run_index_status(struct errand *errand) {
    struct indexer *indexer = errand->room->config->indexer;
    struct json_out *out = errand->out;
    if (!indexer) return fault_set(&errand->fault, ERR_NOT_FOUND);
    struct indexer_figures figures = indexer_figures(indexer);
    json_key_bool(out, "building", figures.building);
    json_key_i64(out, "entry", (int64_t)figures.entry);
    json_key_i64(out, "newest_entry", (int64_t)figures.newest);
    json_key_i64(out, "passes", (int64_t)figures.passes);
    json_key_i64(out, "failures", (int64_t)figures.failures);
    json_key_i64(out, "pass_us_max", figures.pass_us_max);
    return ERR_OK;
}

static enum err run_index_rebuild(struct errand *errand) {
    if (!errand->room->config->indexer) return fault_set(&errand->fault, ERR_NOT_FOUND);
    indexer_rebuild(errand->room->config->indexer);
    return run_index_status(errand);
}

const struct command_row index_commands[] = {
    {.words = "index status", .about = "how far the index of the bills is", .run = run_index_status},
    {.words = "index rebuild",
     .about = "drop the index of the bills and make it anew, with or without a server",
     .run = run_index_rebuild},
};
const size_t index_commands_count = COMMAND_COUNT(index_commands);
