/* SPDX-License-Identifier: Apache-2.0 */
/* The books: proven again from their rows. */
#include "edge/control/books.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/money.h"
#include "edge/control/command.h"
#include "edge/control/page.h"
#include "ledger/ledger.h"

void books_audit_keys(struct json_out *out, enum err end, const struct ledger_audit *audit, int64_t took_ms) {
    json_key_bool(out, "holds", end == ERR_OK);
    json_key_i64(out, "entries", (int64_t)audit->entries);
    json_key_i64(out, "rows", (int64_t)audit->rows);
    json_key_i64(out, "accounts", (int64_t)audit->accounts);
    json_key_i64(out, "pages", (int64_t)audit->pages);
    json_key_i64(out, "digests", (int64_t)audit->digests);
    json_key_i64(out, "differences", (int64_t)audit->differences);
    json_key_i64(out, "first_bad_entry", (int64_t)audit->first_bad_entry);
    json_key_i64(out, "debits_posted", audit->debits_posted);
    json_key_i64(out, "credits_posted", audit->credits_posted);
    json_key_bool(out, "memory_checked", audit->memory_checked);
    json_key_str(out, "words", audit->words);
    json_key_i64(out, "took_ms", took_ms);
}

static void tell(void *arg, uint64_t done, uint64_t all) {
    errand_tell(arg, "entries", done, all);
}

static enum err run_audit(struct errand *errand) {
    struct ledger_audit audit;
    int64_t begun_ms = clock_mono_ms();
    struct view view = errand_read(errand);
    enum err end = ledger_audit_told(view.ledger, view.db, tell, errand, &audit);
    errand_read_end(errand);
    if (end != ERR_OK && end != ERR_CORRUPT) return fault_set(&errand->fault, end);
    books_audit_keys(errand->out, end, &audit, clock_mono_ms() - begun_ms);
    return ERR_OK;
}

enum command_end books_audit_show(const json_t *result, FILE *out) {
    bool holds = page_is(result, "holds");
    char debits[MONEY_TEXT_MAX], credits[MONEY_TEXT_MAX];
    money_text((struct money){page_i64(result, "debits_posted")}, debits);
    money_text((struct money){page_i64(result, "credits_posted")}, credits);
    fprintf(out,
            "%" PRId64 " entries in %" PRId64 " rows, %" PRId64 " accounts, %" PRId64 " pages, %" PRId64
            " digests; %" PRId64 " ms\n",
            page_i64(result, "entries"), page_i64(result, "rows"), page_i64(result, "accounts"),
            page_i64(result, "pages"), page_i64(result, "digests"), page_i64(result, "took_ms"));
    if (!holds) {
        fprintf(out,
                "The books do NOT hold: %s (entry %" PRId64 ").\n"
                "Stop the server, keep a copy of the store, and do not pay out until it is explained.\n",
                page_text(result, "words"), page_i64(result, "first_bad_entry"));
        return COMMAND_END_DIFFERENCE;
    }
    fprintf(out,
            "The books hold:\n"
            "  every entry is chained to the one before it, and no row was changed, added or taken out;\n"
            "  every balance follows from the entries%s;\n"
            "  what was paid and what was received are the same: %s = %s.\n",
            page_is(result, "memory_checked") ? ", and the server's memory says the same" : "", debits,
            credits);
    return COMMAND_END_DONE;
}

const struct command_row books_commands[] = {
    {.words = "audit",
     .about = "prove the books: every balance from its entries, every hash, both sides equal",
     .run = run_audit,
     .show = books_audit_show},
};
const size_t books_commands_count = COMMAND_COUNT(books_commands);
