/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/notify/sms_sender.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "edge/notify/target.h"
#include "kit/json/json_out.h"

enum { TOLD_LIFE_MS = 24 * 3600 * 1000 }; /* what carries no code is worth telling that long */
enum { LOOK_MS = 500, CALL_MS = 8000, CONNECT_MS = 3000, AT_ONCE = 16, BODY_MAX = 2048 };

/* After the n-th failure, so long until the next try; the last rung until the code has expired. */
static const int64_t ladder_ms[] = {2000, 5000, 15000, 30000, 60000};
enum { RUNGS = sizeof ladder_ms / sizeof ladder_ms[0] };

struct sms_sender {
    struct sms_sender_config config;
    struct envelope_key key;
    struct db *db;
    CURL *curl;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    _Atomic bool stopping;
    bool told;

    /* What the writer is to note of one message. */
    struct command command;
    struct sms sms;
    bool sent;
    int64_t due_ms; /* not sent: when to try again, 0 never */
};

void sms_text(const struct sms *sms, int64_t life_ms, struct buf *out) {
    const struct code_purpose_row *row = code_purpose_row(sms->purpose);
    if (!row->carries_code) buf_format(out, "【钱包】%s", row->words_zh);
    else
        buf_format(out, "【钱包】验证码 %s,用于%s,%d 分钟内有效。请勿告诉任何人。", sms->code, row->words_zh,
                   (int)(life_ms / 60000));
}

/* --- bringing it back --- */

static void note_run(struct command *command, struct group *group) {
    struct sms_sender *sender = (struct sms_sender *)((char *)command - offsetof(struct sms_sender, command));
    struct tx *tx = tx_of(group);
    if (sender->sent) sms_sent(tx, sender->sms.id);
    else sms_failed(tx, sender->sms.id, sender->sms.tries + 1, sender->due_ms);
}

static void note_done(struct command *command, enum command_outcome outcome) {
    struct sms_sender *sender = (struct sms_sender *)((char *)command - offsetof(struct sms_sender, command));
    if (outcome != COMMAND_DONE)
        log_warn("sms: the store did not take the outcome; the message may go twice");
    pthread_mutex_lock(&sender->lock);
    sender->told = true;
    pthread_cond_signal(&sender->change);
    pthread_mutex_unlock(&sender->lock);
}

static void note(struct sms_sender *sender) {
    sender->told = false;
    sender->command = (struct command){.run = note_run, .done = note_done};
    writer_submit(sender->config.writer, &sender->command);
    pthread_mutex_lock(&sender->lock);
    while (!sender->told) pthread_cond_wait(&sender->change, &sender->lock);
    pthread_mutex_unlock(&sender->lock);
}

/* --- one call --- */

static void body_write(const struct sms_sender *sender, struct buf *body) {
    char id[PUBLIC_ID_SIZE + 1];
    struct buf words;
    struct json_out out = json_out_to(body);
    keys_id_show(sender->config.keys, ID_SMS, sender->sms.id, id);
    buf_init(&words, 512);
    sms_text(&sender->sms, sender->config.code_life_ms, &words);
    json_begin_object(&out);
    json_key_str(&out, "id", id);
    json_key_str(&out, "phone", sender->sms.phone);
    json_key_str(&out, "purpose", code_purpose_row(sender->sms.purpose)->name);
    json_key_str(&out, "code", sender->sms.code);
    json_key_str(&out, "text", buf_text(&words));
    json_end_object(&out);
    buf_release(&words);
}

static size_t answer_drop(char *bytes, size_t one, size_t size, void *arg) {
    (void)bytes, (void)arg;
    return one * size;
}

/* A stop does not wait for a slow hook: the message goes with the next start. */
static int call_goes_on(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    struct sms_sender *sender = arg;
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load(&sender->stopping);
}

static struct curl_slist *header_add(struct curl_slist *headers, const char *name, const char *value) {
    char line[160];
    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *more = curl_slist_append(headers, line);
    if (!more) log_fatal("sms: no memory");
    return more;
}

/* What is signed as the target is the path and query, as they will stand in the request's first line. */
static struct text target_of(const char *url) {
    const char *host = strstr(url, "://");
    const char *path = host ? strpbrk(host + 3, "/?") : NULL;
    return path ? text_of(path) : TEXT("/");
}

static bool call(struct sms_sender *sender, struct buf *body) {
    struct envelope envelope;
    struct curl_slist *headers = NULL;
    long status = 0;
    CURL *curl = sender->curl;
    envelope_request(&sender->key, "POST", target_of(sender->config.url),
                     (struct text){buf_text(body), body->size}, clock_real_now_ms(), &envelope);
    headers = header_add(headers, "Content-Type", "application/json");
    headers = header_add(headers, ENVELOPE_HEADER_TIME, envelope.time);
    headers = header_add(headers, ENVELOPE_HEADER_NONCE, envelope.nonce);
    headers = header_add(headers, ENVELOPE_HEADER_SIGNATURE, envelope.signature);
    curl_easy_reset(curl);
    target_guard(curl, sender->config.inside);
    curl_easy_setopt(curl, CURLOPT_URL, sender->config.url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, buf_text(body));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->size);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)CALL_MS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_drop);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, call_goes_on);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, sender);
    CURLcode result = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    bool taken = result == CURLE_OK && status >= 200 && status < 300;
    if (!taken)
        log_warn("sms: the hook did not take a message: %s, status %ld", curl_easy_strerror(result), status);
    return taken;
}

/* Messages of a code that is of no use any more are not sent. */
static void deliver(struct sms_sender *sender) {
    struct sms *sms = &sender->sms;
    bool coded = code_purpose_row(sms->purpose)->carries_code;
    int64_t over_ms = sms->created_ms + (coded ? sender->config.code_life_ms : TOLD_LIFE_MS);
    sender->sent = false;
    sender->due_ms = 0;
    if (clock_now_ms() < over_ms) {
        struct buf body;
        buf_init(&body, BODY_MAX);
        body_write(sender, &body);
        sender->sent = call(sender, &body);
        crypto_wipe(body.bytes, body.size);
        buf_release(&body);
        int64_t again_ms = clock_now_ms() + ladder_ms[sms->tries < RUNGS ? sms->tries : RUNGS - 1];
        if (!sender->sent && again_ms < over_ms) sender->due_ms = again_ms;
    }
    if (!sender->sent && !sender->due_ms)
        log_error("sms: a message was given up; the hook did not take it in time");
    note(sender);
}

/* --- the thread --- */

/* True: stop. */
static bool rest(struct sms_sender *sender) {
    pthread_mutex_lock(&sender->lock);
    if (!sender->stopping) thread_wait_until(&sender->change, &sender->lock, clock_mono_ms() + LOOK_MS);
    bool stopping = sender->stopping;
    pthread_mutex_unlock(&sender->lock);
    return stopping;
}

static void *sender_live(void *arg) {
    struct sms_sender *sender = arg;
    struct sms due[AT_ONCE];
    do {
        db_begin(sender->db);
        size_t count = sms_due(sender->db, sender->config.keys, clock_now_ms(), due, AT_ONCE);
        db_commit(sender->db);
        for (size_t i = 0; i < count && !atomic_load(&sender->stopping); i++) {
            sender->sms = due[i];
            deliver(sender);
        }
        crypto_wipe(due, sizeof due);
        crypto_wipe(&sender->sms, sizeof sender->sms);
    } while (!rest(sender));
    return NULL;
}

/* --- its life --- */

static void sender_free(struct sms_sender *sender) {
    curl_easy_cleanup(sender->curl);
    db_close(sender->db);
    crypto_wipe(&sender->key, sizeof sender->key);
    pthread_mutex_destroy(&sender->lock);
    pthread_cond_destroy(&sender->change);
    free(sender);
    curl_global_cleanup();
}

enum err sms_sender_start(const struct sms_sender_config *config, struct sms_sender **out,
                          char words[ENVELOPE_WORDS_MAX]) {
    char fault[TARGET_WORDS_MAX] = "no memory";
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) log_fatal("sms: libcurl does not start");
    struct sms_sender *sender = calloc(1, sizeof *sender);
    if (!sender) log_fatal("sms: no memory");
    sender->config = *config;
    pthread_mutex_init(&sender->lock, NULL);
    thread_condition_init(&sender->change);
    enum err err = target_url_check(config->url, fault);
    if (err) snprintf(words, ENVELOPE_WORDS_MAX, "%s", fault);
    if (!err) err = envelope_key_open(config->secret_path, &sender->key, words);
    if (!err) err = db_open(&config->store, DB_READER, &sender->db);
    if (!err && !(sender->curl = curl_easy_init())) err = ERR_INTERNAL;
    if (!err && !thread_start("sms", sender_live, sender, &sender->thread)) err = ERR_INTERNAL;
    if (err) {
        sender_free(sender);
        return err;
    }
    *out = sender;
    return ERR_OK;
}

void sms_sender_stop(struct sms_sender *sender) {
    if (!sender) return;
    pthread_mutex_lock(&sender->lock);
    sender->stopping = true;
    pthread_cond_signal(&sender->change);
    pthread_mutex_unlock(&sender->lock);
    pthread_join(sender->thread, NULL);
    sender_free(sender);
}
