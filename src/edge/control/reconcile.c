/* SPDX-License-Identifier: Apache-2.0 */
/* The day's end: the banks' statements against our orders. */
#include <inttypes.h>
#include <stdio.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/money.h"
#include "edge/bank/statements.h"
#include "edge/control/command.h"
#include "edge/control/page.h"
#include "kit/crypto/keys.h"
#include "wallet/bank.h"
#include "wallet/reconcile.h"

enum { DAYS_RECONCILED = 400, DIFFERENCES_SHOWN = 100, DOUBTS_SHOWN = 100 };

static void fen_key(struct json_out *out, const char *key, int64_t fen) {
    json_key_i64(out, key, fen);
}

static void difference_value(struct json_out *out, const struct difference *d) {
    const struct difference_row *row = difference_row(d->kind);
    char date[CIVIL_TEXT_MAX] = "";
    if (d->day) civil_text(civil_day_start_ms(d->day), date);
    json_begin_object(out);
    json_key_str(out, "difference", row->name);
    json_key_str(out, "bank", bank_by_no(d->bank)->code);
    json_key_text(out, "day", (struct text){date, d->day ? 10 : 0});
    json_key_str(out, "message_id", d->message);
    fen_key(out, "ours", d->ours_fen);
    fen_key(out, "theirs", d->theirs_fen);
    json_key_str(out, "what_to_do", row->words);
    json_key_str(out, "what_to_do_zh", row->words_zh);
    json_end_object(out);
}

static void doubts_key(struct errand *errand) {
    struct doubt doubts[DOUBTS_SHOWN];
    char shown[PUBLIC_ID_SIZE + 1];
    struct view view = errand_read(errand);
    size_t count = reconcile_doubts(view.db, doubts, DOUBTS_SHOWN);
    errand_read_end(errand);
    json_key(errand->out, "in_doubt");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        keys_id_show(errand->room->config->keys, ID_BANK_MESSAGE, doubts[i].order, shown);
        json_key_str(errand->out, "message_id", shown);
        keys_id_show(errand->room->config->keys, ID_PAYMENT, doubts[i].payment.n, shown);
        json_key_str(errand->out, "payment", shown);
        json_key_str(errand->out, "bank", bank_by_no(doubts[i].bank)->code);
        json_key_str(errand->out, "kind", doubts[i].kind == BANK_DEBIT ? "debit" : "credit");
        fen_key(errand->out, "amount", doubts[i].amount.fen);
        json_key_i64(errand->out, "age_s", (clock_now_ms() - doubts[i].created_ms) / 1000);
        json_key_i64(errand->out, "tries", doubts[i].tries);
        json_key_time(errand->out, "next_probe", doubts[i].due_ms);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
}

struct tally {
    int64_t days, lines, legs, matched;
    struct difference found[DIFFERENCES_SHOWN];
    size_t count;
};

static void reconcile_bank(struct errand *errand, int bank, int64_t only_day, struct tally *tally) {
    struct db *db = errand->room->db;
    struct statement kept;
    db_begin(db);
    int64_t after = statement_next_day(db, bank), day = only_day ? only_day : after - DAYS_RECONCILED;
    for (; day < (only_day ? only_day + 1 : after) && tally->count < DIFFERENCES_SHOWN; day++) {
        struct reconciled sum;
        if (!statement_find(db, bank, day, &kept)) continue;
        tally->count +=
            reconcile_day(db, bank, day, tally->found + tally->count, DIFFERENCES_SHOWN - tally->count, &sum);
        tally->days++;
        errand_tell(errand, "bank days", (uint64_t)tally->days, (uint64_t)(tally->days + after - day));
        tally->lines += sum.lines;
        tally->legs += sum.legs;
        tally->matched += sum.matched;
    }
    db_rollback(db);
    int64_t ledger_fen, orders_fen;
    bool agrees = statements_ledger_agrees(db, errand->room->config->ledger, bank, &ledger_fen, &orders_fen);
    if (!agrees && tally->count < DIFFERENCES_SHOWN)
        tally->found[tally->count++] = (struct difference){.kind = DIFFERENCE_LEDGER,
                                                           .bank = bank,
                                                           .ours_fen = ledger_fen,
                                                           .theirs_fen = orders_fen};
}

static void tell_brought(void *arg, uint64_t done, uint64_t all) {
    errand_tell(arg, "statements", done, all);
}

static enum err run_reconcile(struct errand *errand) {
    struct text day_text = errand_text(errand, "day"), code = errand_text(errand, "bank");
    const struct bank_row *only = code.n ? bank_by_code(code) : NULL;
    struct tally tally = {0};
    size_t banks_count;
    const struct bank_row *banks = bank_rows(&banks_count);
    int64_t day = 0;
    if (code.n && !only) return fault_field(&errand->fault, ERR_BAD_FIELD, "/bank");
    if (day_text.n && !civil_day_parse(day_text, &day))
        return fault_field(&errand->fault, ERR_BAD_FIELD, "/day");
    struct statements_brought brought = {0};
    if (errand->room->config->statements)
        brought = statements_bring(errand->room->config->statements, tell_brought, errand);
    for (size_t i = 0; i < banks_count; i++)
        if (!only || only == &banks[i]) reconcile_bank(errand, banks[i].no, day, &tally);
    errand_tell(errand, "bank days", (uint64_t)tally.days, (uint64_t)tally.days);
    json_key_bool(errand->out, "agrees", tally.count == 0 && !brought.silent);
    json_key_bool(errand->out, "bank_silent", brought.silent);
    json_key_i64(errand->out, "days", tally.days);
    json_key_i64(errand->out, "lines", tally.lines);
    json_key_i64(errand->out, "legs", tally.legs);
    json_key_i64(errand->out, "matched", tally.matched);
    json_key(errand->out, "differences");
    json_begin_array(errand->out);
    for (size_t i = 0; i < tally.count; i++) difference_value(errand->out, &tally.found[i]);
    json_end_array(errand->out);
    doubts_key(errand);
    return ERR_OK;
}

static enum command_end show_reconcile(const json_t *result, FILE *out) {
    char ours[MONEY_TEXT_MAX], theirs[MONEY_TEXT_MAX];
    const json_t *one;
    size_t i;
    fprintf(out,
            "%" PRId64 " bank days, %" PRId64 " lines of the banks, %" PRId64 " legs of ours, %" PRId64
            " matched\n",
            page_i64(result, "days"), page_i64(result, "lines"), page_i64(result, "legs"),
            page_i64(result, "matched"));
    json_array_foreach(json_object_get(result, "differences"), i, one) {
        money_text((struct money){page_i64(one, "ours")}, ours);
        money_text((struct money){page_i64(one, "theirs")}, theirs);
        fprintf(out, "%s %s %s: ours %s, theirs %s, message %s\n    %s\n", page_text(one, "day"),
                page_text(one, "bank"), page_text(one, "difference"), ours, theirs,
                page_text(one, "message_id"), page_text(one, "what_to_do"));
    }
    json_array_foreach(json_object_get(result, "in_doubt"), i, one) {
        money_text((struct money){page_i64(one, "amount")}, ours);
        fprintf(out,
                "in doubt: %s %s %s, payment %s, for %" PRId64 " s, %" PRId64 " tries, asked again at %s\n",
                page_text(one, "bank"), page_text(one, "kind"), ours, page_text(one, "payment"),
                page_i64(one, "age_s"), page_i64(one, "tries"), page_text(one, "next_probe"));
    }
    if (page_is(result, "bank_silent"))
        fprintf(out, "A bank did not answer; what it has not told is not in this.\n");
    if (!page_is(result, "agrees")) return COMMAND_END_DIFFERENCE;
    fprintf(out, "Zero differences.\n");
    return COMMAND_END_DONE;
}

static const struct command_arg reconcile_args[] = {{"day", "DAY", ARG_DAY, 0},
                                                    {"bank", "BANK", ARG_BANK, 0},
                                                    {0}};

const struct command_row reconcile_commands[] = {
    {.words = "reconcile",
     .about = "the banks' statements against our orders: zero differences, or each by name",
     .args = reconcile_args,
     .run = run_reconcile,
     .show = show_reconcile},
};
const size_t reconcile_commands_count = COMMAND_COUNT(reconcile_commands);
