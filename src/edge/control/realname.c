/* SPDX-License-Identifier: Apache-2.0 */
/* The review of the photos of ID cards: one of the staff looks, compares, and decides about what was looked at. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "edge/control/staff.h"
#include "kit/picture/picture.h"
#include "wallet/document.h"
#include "wallet/person.h"
#include "wallet/realname.h"

enum { WAITING_SHOWN_MAX = 200 };

static void document_keys(struct errand *errand, const struct view *view, const struct document *document) {
    struct person person;
    char id[PUBLIC_ID_SIZE + 1];
    bool known = person_find(view->db, view->keys, document->person, &person);
    keys_id_show(view->keys, ID_PERSON, document->person.n, id);
    json_key_str(errand->out, "id", id);
    json_key_str(errand->out, "phone", known ? person.phone_masked : "");
    json_key_i64(errand->out, "tier", known ? person.tier : 0);
    json_key_str(errand->out, "state", document_state_name(document->state));
    json_key_i64(errand->out, "revision", document->revision);
    json_key_time(errand->out, "sent_at", document->sent_ms);
    json_key_i64(errand->out, "age_s", (view->now_ms - document->sent_ms) / 1000);
}

static enum err run_waiting(struct errand *errand) {
    static struct document waiting[WAITING_SHOWN_MAX]; /* one errand at a time */
    struct view view = errand_read(errand);
    size_t count = document_waiting(view.db, waiting, WAITING_SHOWN_MAX);
    json_key(errand->out, "items");
    json_begin_array(errand->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(errand->out);
        document_keys(errand, &view, &waiting[i]);
        json_end_object(errand->out);
    }
    json_end_array(errand->out);
    json_key_bool(errand->out, "more", count == WAITING_SHOWN_MAX);
    errand_read_end(errand);
    return ERR_OK;
}

/* --- looking --- */

struct reviewing {
    struct staff by;
    struct document_decide_cmd cmd;
    struct document document;
};

static enum err look_write(struct tx *tx, struct errand *errand, void *result) {
    struct reviewing *reviewing = result;
    return document_look(tx, &reviewing->by, reviewing->cmd.person, &errand->fault);
}

static bool photo_key(struct errand *errand, const struct view *view, struct person_id person,
                      enum document_side side, const char *name) {
    struct buf jpeg;
    buf_init(&jpeg, PICTURE_OUT_BYTES_MAX);
    bool opened = document_photo(view->db, view->keys, person, side, &jpeg);
    if (opened) {
        size_t room = sodium_base64_ENCODED_LEN(jpeg.size, sodium_base64_VARIANT_ORIGINAL);
        char *text = malloc(room);
        opened = text != NULL;
        if (opened) {
            sodium_bin2base64(text, room, (const unsigned char *)jpeg.bytes, jpeg.size,
                              sodium_base64_VARIANT_ORIGINAL);
            json_key_str(errand->out, name, text);
            crypto_wipe(text, room);
        }
        free(text);
        crypto_wipe(jpeg.bytes, jpeg.size);
    }
    buf_release(&jpeg);
    return opened;
}

/* The facts to compare with, whole, and both photos. */
static enum err look_keys(struct errand *errand, struct person_id person) {
    struct realname name = {0};
    struct document document;
    struct view view = errand_read(errand);
    document_find(view.db, person, &document);
    document_keys(errand, &view, &document);
    realname_find(view.db, view.keys, person, &name);
    json_key_str(errand->out, "name", name.name);
    json_key_str(errand->out, "id_number", name.id_number);
    bool opened =
        (!document.has[DOCUMENT_FRONT] || photo_key(errand, &view, person, DOCUMENT_FRONT, "front")) &&
        (!document.has[DOCUMENT_BACK] || photo_key(errand, &view, person, DOCUMENT_BACK, "back"));
    errand_read_end(errand);
    crypto_wipe(&name, sizeof name);
    return opened ? ERR_OK : fault_set(&errand->fault, ERR_STORE);
}

static bool oldest_waiting(struct errand *errand, struct person_id *out) {
    struct document oldest;
    struct view view = errand_read(errand);
    bool found = document_waiting(view.db, &oldest, 1) == 1;
    errand_read_end(errand);
    if (found) *out = oldest.person;
    return found;
}

/* --- deciding --- */

static enum err decide_write(struct tx *tx, struct errand *errand, void *result) {
    struct reviewing *reviewing = result;
    return document_decide(tx, &reviewing->by, &reviewing->cmd, &errand->fault, &reviewing->document);
}

static enum err run_decide(struct errand *errand, struct reviewing *reviewing) {
    struct text verdict = errand_text(errand, "verdict");
    reviewing->cmd.revision = errand_i64(errand, "revision");
    reviewing->cmd.reason = text_is(verdict, "approve") ? ERR_OK : document_reason_read(verdict);
    if (reviewing->cmd.reason == ERR_OK && !text_is(verdict, "approve"))
        return fault_field(&errand->fault, ERR_BAD_FIELD, "/verdict");
    enum err err = errand_write(errand, decide_write, reviewing);
    if (err != ERR_OK) return err;
    struct view view = errand_read(errand);
    document_keys(errand, &view, &reviewing->document);
    errand_read_end(errand);
    return ERR_OK;
}

static enum err run_review(struct errand *errand) {
    struct reviewing reviewing = {0};
    bool named = errand_text(errand, "id").n > 0;
    enum err err = errand_staff(errand, &reviewing.by);
    if (err != ERR_OK) return err;
    if (named ? !errand_id(errand, "id", ID_PERSON, &reviewing.cmd.person.n)
              : !oldest_waiting(errand, &reviewing.cmd.person))
        return fault_field(&errand->fault, ERR_NOT_FOUND, named ? "/id" : "");
    if (errand_text(errand, "verdict").n > 0) return run_decide(errand, &reviewing);
    err = errand_write(errand, look_write, &reviewing);
    return err == ERR_OK ? look_keys(errand, reviewing.cmd.person) : err;
}

/* --- the table --- */

static const struct command_arg review_args[] = {
    STAFF_ARG,
    {"id", "ID", ARG_TEXT, ARG_OPTION},
    {"to", "DIR", ARG_FOLDER, ARG_OPTION},
    {"revision", "N", ARG_NUMBER, ARG_OPTION},
    {"verdict", "approve|blurred|cut|differs|expired|copy", ARG_TEXT, ARG_OPTION | ARG_WITH},
    {0},
};

const struct command_row realname_commands[] = {
    {.words = "realname waiting",
     .about = "whose photos of the ID card wait for a review, the longest first",
     .run = run_waiting},
    {.words = "realname review",
     .about = "look at somebody's photos of the ID card, or decide about those that were looked at",
     .args = review_args,
     .run = run_review,
     .more = "Without --verdict it shows name and number (of the one with --id, else of who waits longest), "
             "writes both "
             "photos into --to (else here) as files that only you can read, and says their revision. With "
             "--revision and "
             "--verdict it decides: approve raises the tier, every other verdict is a reason that the person "
             "is told. "
             "Delete the files when you have decided. Each look and each decision is a line of the log of "
             "the staff."},
};
const size_t realname_commands_count = COMMAND_COUNT(realname_commands);
