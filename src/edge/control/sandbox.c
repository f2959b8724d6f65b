/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox: its codes, its banks' manners, its clock. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "edge/bank/link.h"
#include "edge/control/command.h"
#include "edge/control/page.h"
#include "kit/crypto/keys.h"
#include "kit/json/json_in.h"
#include "wallet/bank.h"
#include "wallet/code.h"
#include "wallet/sandbox.h"

enum { INBOX_MAX = 50 };

/* Calls the sandbox bank and opens its answer; NULL: fault says that it is out of reach. */
static json_t *ask_bank(struct errand *errand, const char *path, const char *body) {
    json_t *answer = NULL;
    struct buf reply;
    if (!errand->room->config->bank) {
        bank_fault(0, ERR_BANK_OUT_OF_REACH, &errand->fault);
        return NULL;
    }
    buf_init(&reply, BANK_REPLY_MAX);
    bool answered = bank_sandbox_call(errand->room->config->bank, path, body, &reply) &&
                    json_read_object((struct text){buf_text(&reply), reply.size}, &answer) == ERR_OK;
    buf_release(&reply);
    if (!answered) bank_fault(0, ERR_BANK_OUT_OF_REACH, &errand->fault);
    return answer;
}

static void bank_inbox(struct json_out *out, const json_t *answer) {
    size_t i;
    const json_t *sms;
    json_array_foreach(json_object_get(answer, "items"), i, sms) {
        json_begin_object(out);
        json_key_str(out, "from", "bank");
        json_key_str(out, "bank", page_text(sms, "bank"));
        json_key_str(out, "phone", page_text(sms, "phone"));
        json_key_str(out, "code", page_text(sms, "code"));
        json_key_str(out, "purpose", "card");
        json_key_time(out, "at", page_i64(sms, "at"));
        json_end_object(out);
    }
}

static void wallet_inbox(struct errand *errand) {
    struct sms sms[INBOX_MAX];
    struct json_out *out = errand->out;
    struct view view = errand_read(errand);
    size_t count = sms_inbox(view.db, view.keys, sms, INBOX_MAX);
    errand_read_end(errand);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(out);
        json_key_str(out, "from", "wallet");
        json_key_str(out, "bank", "");
        json_key_str(out, "phone", sms[i].phone);
        json_key_str(out, "code", sms[i].code);
        json_key_str(out, "purpose", code_purpose_row(sms[i].purpose)->name);
        json_key_time(out, "at", sms[i].created_ms);
        json_end_object(out);
    }
    crypto_wipe(sms, sizeof sms);
}

static enum err run_inbox(struct errand *errand) {
    json_t *answer = errand->room->config->bank ? ask_bank(errand, "/sandbox/inbox", "{}") : NULL;
    json_key(errand->out, "items");
    json_begin_array(errand->out);
    wallet_inbox(errand);
    if (answer) bank_inbox(errand->out, answer);
    json_end_array(errand->out);
    json_key_bool(errand->out, "bank_answered", answer != NULL);
    json_decref(answer);
    return ERR_OK;
}

static enum err run_bank(struct errand *errand) {
    static const char *const modes[] = {"normal", "decline", "delay", "lose", "outage"};
    struct text mode = errand_text(errand, "mode");
    const struct bank_row *bank = bank_by_code(errand_text(errand, "bank"));
    char body[100];
    size_t at = 0;
    if (mode.n > 0) {
        if (!bank) return fault_field(&errand->fault, ERR_BAD_FIELD, "/bank");
        while (at < sizeof modes / sizeof modes[0] && !text_is(mode, modes[at])) at++;
        if (at == sizeof modes / sizeof modes[0]) return fault_field(&errand->fault, ERR_BAD_FIELD, "/mode");
        snprintf(body, sizeof body, "{\"bank\":\"%s\",\"mode\":\"%s\"}", bank->code, modes[at]);
        json_t *set = ask_bank(errand, "/sandbox/modes", body);
        if (!set) return errand->fault.code;
        json_decref(set);
    }
    json_t *state = ask_bank(errand, "/sandbox/state", "{}");
    if (!state) return errand->fault.code;
    const char *name;
    json_t *value;
    json_key(errand->out, "modes");
    json_begin_object(errand->out);
    json_object_foreach(json_object_get(state, "modes"), name, value) {
        json_key_str(errand->out, name, json_string_value(value));
    }
    json_end_object(errand->out);
    json_key_bool(errand->out, "adds_up", json_is_true(json_object_get(state, "adds_up")));
    json_decref(state);
    return ERR_OK;
}

static enum err clock_write(struct tx *tx, struct errand *errand, void *result) {
    int64_t by_ms = errand_i64(errand, "advance_ms");
    return sandbox_clock_advance(tx, by_ms, &errand->fault, result);
}

static enum err run_clock(struct errand *errand) {
    int64_t offset_ms = clock_offset_ms();
    if (errand_i64(errand, "advance_ms") != 0) {
        enum err err = errand_write(errand, clock_write, &offset_ms);
        if (err != ERR_OK) return err;
    }
    json_key_i64(errand->out, "offset_ms", offset_ms);
    json_key_time(errand->out, "time", clock_now_ms());
    return ERR_OK;
}

static enum command_end show_inbox(const json_t *result, FILE *out) {
    size_t i;
    const json_t *sms, *items = json_object_get(result, "items");
    json_array_foreach(items, i, sms) {
        fprintf(out, "%s  %s  %s  %s\n", page_text(sms, "at"), page_text(sms, "phone"), page_text(sms, "code"),
                strcmp(page_text(sms, "from"), "bank") == 0 ? page_text(sms, "bank")
                                                            : page_text(sms, "purpose"));
    }
    if (json_array_size(items) == 0) fprintf(out, "no codes yet\n");
    if (!page_is(result, "bank_answered")) fprintf(out, "(the sandbox bank did not answer)\n");
    return COMMAND_END_DONE;
}

static enum command_end show_clock(const json_t *result, FILE *out) {
    int64_t offset_s = page_i64(result, "offset_ms") / 1000, size_s = offset_s < 0 ? -offset_s : offset_s;
    fprintf(out, "%s", page_text(result, "time"));
    if (offset_s != 0)
        fprintf(out, "  (%" PRId64 " d %02" PRId64 ":%02" PRId64 " %s the machine)", size_s / 86400,
                size_s / 3600 % 24, size_s / 60 % 60, offset_s < 0 ? "behind" : "ahead of");
    fprintf(out, "\n");
    return COMMAND_END_DONE;
}

static const struct command_arg bank_args[] = {{"bank", "BANK", ARG_BANK, 0},
                                               {"mode", "normal|decline|delay|lose|outage", ARG_TEXT, ARG_WITH},
                                               {0}};
static const struct command_arg clock_args[] = {{"advance_ms", "+24h", ARG_DURATION, 0}, {0}};

const struct command_row sandbox_commands[] = {
    {.words = "sandbox inbox",
     .about = "the newest one-time codes",
     .run = run_inbox,
     .show = show_inbox,
     .sandbox_only = true},
    {.words = "sandbox bank",
     .about = "how a bank behaves; without words, how each does",
     .args = bank_args,
     .run = run_bank,
     .sandbox_only = true},
    {.words = "sandbox clock",
     .about = "the sandbox's time; move it forward (ms, s, min, h, d)",
     .args = clock_args,
     .run = run_clock,
     .show = show_clock,
     .sandbox_only = true},
};
const size_t sandbox_commands_count = COMMAND_COUNT(sandbox_commands);
