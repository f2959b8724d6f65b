/* SPDX-License-Identifier: Apache-2.0 */
/* The store as a whole: what the command line does by itself, whether a server runs or not (bin/backup.h). */
#include <inttypes.h>

#include "edge/control/books.h"
#include "edge/control/page.h"

static enum command_end show_proof(const json_t *result, FILE *out) {
    const json_t *audit = json_object_get(result, "audit");
    return audit ? books_audit_show(audit, out) : COMMAND_END_DONE;
}

static void show_apart(const json_t *items, FILE *out) {
    size_t i;
    const json_t *one;
    json_array_foreach(items, i, one)
        fprintf(out, "  %s\n      %s\n", page_text(one, "file"), page_text(one, "lost_without_it"));
}

static enum command_end show_backup(const json_t *result, FILE *out) {
    fprintf(out, "%s: %" PRId64 " bytes, SHA-256 %s\nNot in it; keep them apart from it. Without each:\n",
            page_text(result, "file"), page_i64(result, "bytes"), page_text(result, "sha256"));
    show_apart(json_object_get(result, "not_in_it"), out);
    return show_proof(result, out);
}

static enum command_end show_restore(const json_t *result, FILE *out) {
    const json_t *missing = json_object_get(result, "missing");
    fprintf(out, "%s is back. The index of the bills is made anew by the server.\n",
            page_text(result, "store"));
    if (json_array_size(missing) > 0) {
        fprintf(out, "Not there; put back what you keep of these before the server starts. Without each:\n");
        show_apart(missing, out);
    }
    if (!page_is(result, "complete")) return COMMAND_END_REFUSED;
    return show_proof(result, out);
}

static const struct command_arg folder_arg[] = {{"folder", "DIR", ARG_FOLDER, ARG_REQUIRED}, {0}};

const struct command_row store_commands[] = {
    {.words = "backup",
     .about = "copy the store as it is now, prove the copy, say which keys are not in it",
     .args = folder_arg,
     .show = show_backup,
     .more = "With or without a server, which goes on writing. DIR is made, or must be empty: on SQLite it "
             "gets the store of one moment and is "
             "proven by an audit of the copy; on PostgreSQL, pg_dump's. What a backup never holds is named, "
             "with what is lost without "
             "it: DATA/keys above all. Keep those apart from the backup."},
    {.words = "restore",
     .about = "bring a backup back into an empty data directory",
     .args = folder_arg,
     .show = show_restore,
     .more = "Checks the SHA-256 before it writes, never overwrites a store, and says which keys are missing "
             "and what is lost without them; "
             "ends with 1 while DATA/keys is. A dump of PostgreSQL goes back by pg_restore."},
};
const size_t store_commands_count = COMMAND_COUNT(store_commands);
