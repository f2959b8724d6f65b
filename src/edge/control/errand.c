/* SPDX-License-Identifier: Apache-2.0 */
/* An errand's arguments, its reads and its writes (command.h). */
#include <pthread.h>

#include "base/clock.h"
#include "edge/control/command.h"
#include "kit/crypto/keys.h"
#include "wallet/bill_index.h"
#include "wallet/books.h"
#include "wallet/person.h"

/* --- arguments --- */

struct text errand_text(const struct errand *errand, const char *name) {
    const json_t *value = json_object_get(errand->args, name);
    return json_is_string(value) ? (struct text){json_string_value(value), json_string_length(value)}
                                 : (struct text){0};
}

int64_t errand_i64(const struct errand *errand, const char *name) {
    return json_integer_value(json_object_get(errand->args, name));
}

bool errand_switch(const struct errand *errand, const char *name) {
    return json_is_true(json_object_get(errand->args, name));
}

bool errand_id(const struct errand *errand, const char *name, enum id_kind kind, uint64_t *out) {
    return keys_id_read(errand->room->config->keys, kind, errand_text(errand, name), out);
}

void errand_key_id(struct errand *errand, const char *key, enum id_kind kind, uint64_t number) {
    char shown[PUBLIC_ID_SIZE + 1];
    if (number) keys_id_show(errand->room->config->keys, kind, number, shown);
    json_key_str(errand->out, key, number ? shown : NULL);
}

/* --- reading --- */

enum err errand_person(struct errand *errand, const char *name, struct person *out) {
    struct text who = errand_text(errand, name);
    struct person_id id;
    const struct keys *keys = errand->room->config->keys;
    bool found = phone_valid(who) ? person_find_by_phone(errand->room->db, keys, who, out)
                                  : keys_id_read(keys, ID_PERSON, who, &id.n) &&
                                        person_find(errand->room->db, keys, id, out);
    if (found) return ERR_OK;
    fault_set(&errand->fault, ERR_NOT_FOUND);
    snprintf(errand->fault.field, sizeof errand->fault.field, "/%s", name);
    return ERR_NOT_FOUND;
}

struct view errand_read(struct errand *errand) {
    const struct control_config *config = errand->room->config;
    bool books_checked = books_everybody(config->books);
    db_begin(errand->room->db);
    return (struct view){.db = errand->room->db,
                         .ledger = config->ledger,
                         .rules = &config->settings->rules,
                         .keys = config->keys,
                         .now_ms = clock_now_ms(),
                         .maintenance = config->maintenance,
                         .books_checked = books_checked};
}

struct view errand_read_bills(struct errand *errand) {
    struct command_room *room = errand->room;
    struct db *index = bill_index_begin(room->index, room->db);
    struct view view = errand_read(errand);
    view.index = index;
    room->reads_index = index != NULL;
    return view;
}

void errand_read_end(struct errand *errand) {
    struct command_room *room = errand->room;
    db_rollback(room->db);
    if (room->reads_index) bill_index_end(room->index, room->db);
    room->reads_index = false;
}

/* --- writing: through the writer, waiting for the commit --- */

struct write {
    struct command command;
    enum err (*run)(struct tx *tx, struct errand *errand, void *result);
    struct errand *errand;
    void *result;
    enum err err;
    enum command_outcome outcome;
    bool over;
    pthread_mutex_t lock;
    pthread_cond_t done;
};

static void write_run(struct command *command, struct group *group) {
    struct write *write = (struct write *)command;
    write->err = write->run(tx_of(group), write->errand, write->result);
}

static void write_done(struct command *command, enum command_outcome outcome) {
    struct write *write = (struct write *)command;
    pthread_mutex_lock(&write->lock);
    write->outcome = outcome;
    write->over = true;
    pthread_cond_signal(&write->done);
    pthread_mutex_unlock(&write->lock);
}

enum err errand_write(struct errand *errand, enum err (*run)(struct tx *, struct errand *, void *),
                      void *result) {
    struct write write = {.command = {write_run, write_done, NULL},
                          .run = run,
                          .errand = errand,
                          .result = result,
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .done = PTHREAD_COND_INITIALIZER};
    writer_submit(errand->room->config->writer, &write.command);
    pthread_mutex_lock(&write.lock);
    while (!write.over) pthread_cond_wait(&write.done, &write.lock);
    pthread_mutex_unlock(&write.lock);
    switch (write.outcome) {
    case COMMAND_DONE: return write.err;
    case COMMAND_FAILED: return fault_set(&errand->fault, ERR_STORE);
    case COMMAND_REFUSED: return fault_set(&errand->fault, ERR_OVERLOADED);
    }
    return ERR_INTERNAL;
}

/* --- how far --- */

void errand_tell(struct errand *errand, const char *what, uint64_t done, uint64_t all) {
    enum { TELL_EVERY_MS = 200, LINE_BYTES = 200 };
    struct command_room *room = errand->room;
    int64_t now_ms = clock_mono_ms();
    struct buf line;
    if (!room->tell || (done < all && now_ms - room->told_ms < TELL_EVERY_MS)) return;
    room->told_ms = now_ms;
    buf_init(&line, LINE_BYTES);
    struct json_out out = json_out_to(&line);
    json_begin_object(&out);
    json_key(&out, "progress");
    json_begin_object(&out);
    json_key_str(&out, "what", what);
    json_key_i64(&out, "done", (int64_t)done);
    json_key_i64(&out, "all", (int64_t)all);
    json_end_object(&out);
    json_end_object(&out);
    buf_add_char(&line, '\n');
    if (!line.failed) room->tell(room->tell_arg, (struct text){buf_text(&line), line.size});
    buf_release(&line);
}
