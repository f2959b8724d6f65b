/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bank/sender.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"

enum {
    LANES_MAX = 16,
    CALLS_MAX = 256,
    AGAIN_MS = 500,
    IDLE_MS = 60000,
    DOUBTS_EVERY_MS = 1000,
    CURSOR_STEP = 64,
    CLOCK_AGAIN_MS = 2000
};

/* After the n-th time without an answer, so long until the next question; the last rung for ever. */
static const int64_t ladder_ms[] = {2000, 5000, 15000, 60000, 300000, 900000, 3600000};

enum slot_state {
    SLOT_FREE,
    SLOT_CALLING,    /* the exchange is curl's */
    SLOT_COMMITTING, /* the command is the writer's */
    SLOT_WAITING,    /* the writer did not take the command: again at again_ms */
};

/* A bank's own share of the calls, so that one that is silent keeps nobody else's money waiting. */
struct lane {
    int bank;
    struct slot *slots;
    int slots_count;
    bool more;           /* there may be orders that were not read yet */
    uint64_t seen;       /* its orders up to here were read */
    int64_t next_due_ms; /* no order in doubt is due before; INT64_MAX: none */
};

/* One order under way. */
struct slot {
    struct command command;
    struct sender *sender;
    struct lane *lane;
    enum slot_state state;
    struct bank_message message;
    enum bank_ask ask;
    bool maybe_sent; /* the bank may have it already */
    char message_id[BANK_MESSAGE_ID_MAX];
    struct bank_exchange exchange;
    struct bank_answer answer; /* BANK_UNANSWERED: a doubt, due at due_ms */
    int64_t due_ms, again_ms;
    uint64_t cursor; /* 0: leave it */
    _Atomic bool told;
    enum command_outcome outcome;
};

struct sender {
    struct sender_config config;
    struct db *db;
    CURLM *multi;
    pthread_t thread;
    _Atomic bool stopping;
    _Atomic bool woken;

    uint64_t newest_at_start; /* orders up to it may have been sent by a former process */
    uint64_t cursor;          /* as it was last written */
    struct lane lanes[LANES_MAX];
    int lanes_count;
    struct slot *slots; /* of all lanes */
    int slots_count;

    struct bank_exchange clock; /* tells the sandbox bank the time; its private pointer is NULL */
    bool clock_asked;
    int64_t clock_told_ms, clock_asked_ms, clock_again_ms;

    pthread_mutex_t lock; /* of the figures */
    struct sender_figures figures;
    int64_t doubts_read_ms; /* when those in doubt were counted */
    bool doubts_stale;      /* an order has ended or come to be in doubt since */
};

#define COUNT(sender, figure)                  \
    do {                                       \
        pthread_mutex_lock(&(sender)->lock);   \
        (sender)->figures.figure++;            \
        pthread_mutex_unlock(&(sender)->lock); \
    } while (0)

/* --- bringing an answer back --- */

static void slot_run(struct command *command, struct group *group) {
    struct slot *slot = (struct slot *)command;
    struct tx *tx = tx_of(group);
    struct bank_answer answer = slot->answer;
    struct payment_id payment = {0};
    bool first;
    if (answer.verdict == BANK_UNANSWERED) {
        first = bank_doubt(tx, answer.order, slot->message.tries, slot->due_ms, &payment);
    } else {
        first = bank_settle(tx, &answer, &payment);
    }
    if (first) slot->sender->config.answered(tx, payment, &answer);
    if (slot->cursor) bank_cursor_move(tx, slot->cursor);
}

static void slot_told(struct command *command, enum command_outcome outcome) {
    struct slot *slot = (struct slot *)command;
    struct sender *sender = slot->sender;
    pthread_mutex_lock(&sender->lock); /* sender_free waits for it */
    slot->outcome = outcome;
    atomic_store(&slot->told, true); /* from here on the slot is the sender's again */
    curl_multi_wakeup(sender->multi);
    pthread_mutex_unlock(&sender->lock);
}

/* The newest order with nothing unfinished up to it. */
static uint64_t sender_cursor(const struct sender *sender) {
    uint64_t settled = UINT64_MAX;
    for (int i = 0; i < sender->lanes_count; i++)
        if (sender->lanes[i].seen < settled) settled = sender->lanes[i].seen;
    for (int i = 0; i < sender->slots_count; i++) {
        const struct slot *slot = &sender->slots[i];
        if (slot->state != SLOT_FREE && slot->message.id <= settled) settled = slot->message.id - 1;
    }
    return settled;
}

static void slot_commit(struct slot *slot) {
    struct sender *sender = slot->sender;
    uint64_t cursor = sender_cursor(sender);
    slot->cursor = cursor >= sender->cursor + CURSOR_STEP ? cursor : 0;
    if (slot->cursor) sender->cursor = cursor;
    slot->command = (struct command){slot_run, slot_told, NULL};
    slot->state = SLOT_COMMITTING;
    atomic_store(&slot->told, false);
    writer_submit(sender->config.writer, &slot->command);
}

static void slot_settle(struct slot *slot, enum bank_verdict verdict, enum err refusal) {
    slot->answer.order = slot->message.id;
    slot->answer.verdict = verdict;
    slot->answer.refusal = refusal;
    if (slot->answer.at_ms == 0) slot->answer.at_ms = clock_now_ms();
    if (verdict == BANK_APPROVED) COUNT(slot->sender, approved);
    else COUNT(slot->sender, declined);
    slot_commit(slot);
}

static void slot_doubt(struct slot *slot) {
    const int last = sizeof ladder_ms / sizeof ladder_ms[0] - 1;
    int rung = slot->message.tries < last ? slot->message.tries : last;
    slot->message.tries++;
    slot->due_ms = clock_now_ms() + ladder_ms[rung];
    slot->answer =
        (struct bank_answer){.order = slot->message.id, .verdict = BANK_UNANSWERED, .at_ms = clock_now_ms()};
    log_warn("bank: order %s has no answer, try %d; asked again in %lld s", slot->message_id,
             slot->message.tries, (long long)(ladder_ms[rung] / 1000));
    COUNT(slot->sender, unanswered);
    slot_commit(slot);
}

/* --- asking --- */

static void slot_ask(struct slot *slot, enum bank_ask ask) {
    struct sender *sender = slot->sender;
    char token[BANK_TOKEN_MAX] = "";
    struct text sealed = {(const char *)slot->message.sealed_token, slot->message.sealed_size};
    if (ask == ASK_PAY && !bank_token_unseal(sender->config.keys, slot->message.card, sealed, token)) {
        log_error("bank: order %s: its token cannot be opened; nothing was sent", slot->message_id);
        if (slot->maybe_sent) slot_doubt(slot);
        else slot_settle(slot, BANK_DECLINED, ERR_BANK_DECLINED);
        return;
    }
    slot->ask = ask;
    slot->answer = (struct bank_answer){0};
    bank_dialect(slot->message.bank)->order(ask, &slot->message, slot->message_id, token, &slot->exchange.call);
    crypto_wipe(token, sizeof token);
    exchange_begin(&slot->exchange);
    curl_easy_setopt(slot->exchange.curl, CURLOPT_PRIVATE, slot);
    slot->state = SLOT_CALLING;
    COUNT(sender, calls);
    if (curl_multi_add_handle(sender->multi, slot->exchange.curl) != CURLM_OK)
        log_fatal("bank: libcurl is out of order");
}

static void slot_open(struct slot *slot, const struct bank_message *message, bool maybe_sent) {
    assert(slot);
    slot->message = *message;
    slot->maybe_sent = maybe_sent;
    keys_id_show(slot->sender->config.keys, ID_BANK_MESSAGE, message->id, slot->message_id);
    slot_ask(slot, maybe_sent ? ASK_QUERY : ASK_PAY);
}

static void slot_never_seen(struct slot *slot) {
    bool young = clock_now_ms() - slot->message.created_ms < BANK_RESEND_MS;
    if (young) COUNT(slot->sender, resent);
    else COUNT(slot->sender, cancelled);
    slot_ask(slot, young ? ASK_PAY : ASK_CANCEL);
}

static void slot_heard(struct slot *slot, CURLcode result) {
    struct bank_reply reply;
    enum bank_heard heard = HEARD_NOTHING;
    enum exchange_end end = exchange_done(&slot->exchange, result, &reply);
    curl_multi_remove_handle(slot->sender->multi, slot->exchange.curl);
    if (end == EXCHANGE_ANSWERED)
        heard = bank_dialect(slot->message.bank)
                    ->order_heard(&reply, &slot->message, slot->message_id, &slot->answer);
    if (heard == HEARD_NEVER_SEEN && slot->ask != ASK_QUERY) heard = HEARD_NOTHING;
    switch (heard) {
    case HEARD_APPROVED: slot_settle(slot, BANK_APPROVED, ERR_OK); break;
    case HEARD_DECLINED: slot_settle(slot, BANK_DECLINED, bank_refusal(text_of(slot->answer.reason))); break;
    case HEARD_CANCELLED:
        snprintf(slot->answer.reason, sizeof slot->answer.reason, "DS24"); /* WaitingTimeExpired */
        slot_settle(slot, BANK_DECLINED, ERR_BANK_OUT_OF_REACH);
        break;
    case HEARD_NEVER_SEEN: slot_never_seen(slot); break;
    case HEARD_NOTHING:
        if (end == EXCHANGE_UNSENT && !slot->maybe_sent)
            slot_settle(slot, BANK_DECLINED, ERR_BANK_OUT_OF_REACH);
        else slot_doubt(slot);
        break;
    }
}

/* --- the sandbox's clock --- */

static void clock_tell(struct sender *sender) {
    int64_t offset_ms = clock_offset_ms();
    if (!sender->config.tells_clock || sender->clock_asked || offset_ms == sender->clock_told_ms ||
        clock_mono_ms() < sender->clock_again_ms)
        return;
    sender->clock.call.path = "/sandbox/clock";
    buf_clear(&sender->clock.call.body);
    buf_format(&sender->clock.call.body, "{\"offset_ms\":%lld}", (long long)offset_ms);
    exchange_begin(&sender->clock);
    curl_easy_setopt(sender->clock.curl, CURLOPT_PRIVATE, NULL);
    sender->clock_asked = curl_multi_add_handle(sender->multi, sender->clock.curl) == CURLM_OK;
    sender->clock_asked_ms = offset_ms;
}

static void clock_heard(struct sender *sender, CURLcode result) {
    struct bank_reply reply;
    bool heard = exchange_done(&sender->clock, result, &reply) == EXCHANGE_ANSWERED && reply.status == 200;
    curl_multi_remove_handle(sender->multi, sender->clock.curl);
    sender->clock_asked = false;
    if (heard) sender->clock_told_ms = sender->clock_asked_ms;
    else sender->clock_again_ms = clock_mono_ms() + CLOCK_AGAIN_MS;
}

/* --- finding work --- */

static struct slot *slot_free(const struct lane *lane) {
    for (int i = 0; i < lane->slots_count; i++)
        if (lane->slots[i].state == SLOT_FREE) return &lane->slots[i];
    return NULL;
}

static size_t slots_free(const struct lane *lane) {
    size_t count = 0;
    for (int i = 0; i < lane->slots_count; i++) count += lane->slots[i].state == SLOT_FREE;
    return count;
}

static bool is_under_way(const struct lane *lane, uint64_t order) {
    for (int i = 0; i < lane->slots_count; i++)
        if (lane->slots[i].state != SLOT_FREE && lane->slots[i].message.id == order) return true;
    return false;
}

typedef size_t read_messages(struct view *view, struct lane *lane, struct bank_message *out, size_t max);

/* When all of the lane's orders are read, what is newer is another's. */
static size_t read_new(struct view *view, struct lane *lane, struct bank_message *out, size_t max) {
    uint64_t newest = bank_messages_newest(view);
    size_t count = bank_messages_new(view, lane->bank, lane->seen, out, max);
    lane->more = count == max;
    if (!db_failed(view->db)) lane->seen = lane->more ? out[count - 1].id : newest;
    return count;
}

static size_t read_doubts(struct view *view, struct lane *lane, struct bank_message *out, size_t max) {
    return bank_messages_in_doubt(view, lane->bank, out, max);
}

/* Reads on a snapshot of its own; false: the store did not answer, try again later. */
static bool lane_read(struct sender *sender, struct lane *lane, read_messages *read, struct bank_message *out,
                      size_t max, size_t *count) {
    struct view view = {.db = sender->db, .keys = sender->config.keys};
    db_begin(sender->db);
    *count = read(&view, lane, out, max);
    bool failed = db_failed(sender->db);
    if (failed) log_warn("bank: the outbox cannot be read: %s", db_fault(sender->db));
    db_rollback(sender->db);
    return !failed;
}

/* Opens what is new, as far as there are free slots. */
static void take_new(struct sender *sender, struct lane *lane) {
    struct bank_message messages[CALLS_MAX];
    size_t max = slots_free(lane), count;
    if (max == 0) return;
    if (!lane_read(sender, lane, read_new, messages, max, &count)) {
        lane->more = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        slot_open(slot_free(lane), &messages[i], messages[i].id <= sender->newest_at_start);
}

static void take_due(struct sender *sender, struct lane *lane) {
    static const size_t most = CALLS_MAX * 2; /* those under way are among them */
    struct bank_message messages[CALLS_MAX * 2];
    size_t count;
    int64_t now_ms = clock_now_ms();
    if (slots_free(lane) == 0) return;
    if (!lane_read(sender, lane, read_doubts, messages, most, &count)) {
        lane->next_due_ms = now_ms + AGAIN_MS;
        return;
    }
    lane->next_due_ms = count == most ? messages[count - 1].due_ms : INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        if (is_under_way(lane, messages[i].id)) continue;
        struct slot *slot = slot_free(lane);
        if (messages[i].due_ms > now_ms || !slot) {
            lane->next_due_ms = messages[i].due_ms;
            return;
        }
        slot_open(slot, &messages[i], true);
    }
}

/* Slots that the writer gave back. */
static void slots_collect(struct sender *sender) {
    for (int i = 0; i < sender->slots_count; i++) {
        struct slot *slot = &sender->slots[i];
        if (slot->state == SLOT_COMMITTING && atomic_load(&slot->told)) {
            bool stored = slot->outcome == COMMAND_DONE;
            if (stored && slot->answer.verdict == BANK_UNANSWERED && slot->due_ms < slot->lane->next_due_ms)
                slot->lane->next_due_ms = slot->due_ms;
            slot->state = stored ? SLOT_FREE : SLOT_WAITING;
            sender->doubts_stale |= stored;
            slot->again_ms = clock_mono_ms() + AGAIN_MS;
        }
        if (slot->state == SLOT_WAITING && clock_mono_ms() >= slot->again_ms) slot_commit(slot);
    }
}

static int64_t at_most(int64_t wait, int64_t most) {
    return wait < most ? wait : most;
}

static int wait_ms(const struct sender *sender) {
    int64_t wait = sender->doubts_stale ? DOUBTS_EVERY_MS : IDLE_MS, now_ms = clock_now_ms();
    for (int i = 0; i < sender->lanes_count; i++) {
        const struct lane *lane = &sender->lanes[i];
        if (slots_free(lane) == 0) continue; /* it is woken by the one that becomes free */
        if (lane->more) wait = at_most(wait, AGAIN_MS);
        if (lane->next_due_ms != INT64_MAX) wait = at_most(wait, lane->next_due_ms - now_ms);
    }
    for (int i = 0; i < sender->slots_count; i++)
        if (sender->slots[i].state == SLOT_WAITING) wait = at_most(wait, AGAIN_MS);
    bool clock_waits =
        sender->config.tells_clock && !sender->clock_asked && clock_offset_ms() != sender->clock_told_ms;
    if (clock_waits) wait = at_most(wait, CLOCK_AGAIN_MS);
    return wait < 0 ? 0 : (int)wait;
}

/* For who watches: the doubts are few, and change by what this thread does. */
static void doubts_count(struct sender *sender) {
    struct view view = {.db = sender->db, .keys = sender->config.keys};
    int64_t now_ms = clock_mono_ms();
    if (sender->doubts_read_ms && now_ms - sender->doubts_read_ms < DOUBTS_EVERY_MS) return;
    sender->doubts_read_ms = now_ms;
    sender->doubts_stale = false;
    db_begin(sender->db);
    int64_t count = bank_messages_in_doubt_count(&view), since_ms = bank_messages_in_doubt_since_ms(&view);
    bool read = !db_failed(sender->db);
    db_rollback(sender->db);
    if (!read) return;
    pthread_mutex_lock(&sender->lock);
    sender->figures.in_doubt = (uint64_t)count;
    sender->figures.doubt_since_ms = since_ms;
    pthread_mutex_unlock(&sender->lock);
}

static void figures_update(struct sender *sender) {
    uint64_t under_way = 0;
    for (int i = 0; i < sender->slots_count; i++) under_way += sender->slots[i].state != SLOT_FREE;
    pthread_mutex_lock(&sender->lock);
    sender->figures.under_way = under_way;
    pthread_mutex_unlock(&sender->lock);
}

static void calls_run(struct sender *sender) {
    int running, left;
    CURLMsg *message;
    curl_multi_perform(sender->multi, &running);
    while ((message = curl_multi_info_read(sender->multi, &left)) != NULL) {
        struct slot *slot = NULL;
        if (message->msg != CURLMSG_DONE) continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
        if (slot) slot_heard(slot, message->data.result);
        else clock_heard(sender, message->data.result);
    }
}

static void lanes_fill(struct sender *sender) {
    bool woken = atomic_exchange(&sender->woken, false);
    for (int i = 0; i < sender->lanes_count; i++) {
        struct lane *lane = &sender->lanes[i];
        lane->more |= woken;
        if (lane->more) take_new(sender, lane);
        if (clock_now_ms() >= lane->next_due_ms) take_due(sender, lane);
    }
}

static void *sender_loop(void *arg) {
    struct sender *sender = arg;
    while (!atomic_load(&sender->stopping)) {
        slots_collect(sender);
        clock_tell(sender);
        lanes_fill(sender);
        calls_run(sender);
        figures_update(sender);
        doubts_count(sender);
        curl_multi_poll(sender->multi, NULL, 0, wait_ms(sender), NULL);
    }
    /* What the writer still holds must come back before the slots go. */
    for (int i = 0; i < sender->slots_count; i++)
        while (sender->slots[i].state == SLOT_COMMITTING && !atomic_load(&sender->slots[i].told))
            curl_multi_poll(sender->multi, NULL, 0, AGAIN_MS, NULL);
    return NULL;
}

/* --- beginning and end --- */

void sender_wake(void *arg) {
    struct sender *sender = arg;
    atomic_store(&sender->woken, true);
    curl_multi_wakeup(sender->multi);
}

struct sender_figures sender_figures(struct sender *sender) {
    pthread_mutex_lock(&sender->lock);
    struct sender_figures figures = sender->figures;
    pthread_mutex_unlock(&sender->lock);
    return figures;
}

void sender_free(struct sender *sender) {
    if (!sender) return;
    pthread_mutex_lock(&sender->lock); /* the last slot_told is over */
    pthread_mutex_unlock(&sender->lock);
    for (int i = 0; i < sender->slots_count; i++) {
        struct slot *slot = &sender->slots[i];
        if (slot->state == SLOT_CALLING) curl_multi_remove_handle(sender->multi, slot->exchange.curl);
        exchange_release(&slot->exchange);
    }
    if (sender->clock_asked) curl_multi_remove_handle(sender->multi, sender->clock.curl);
    exchange_release(&sender->clock);
    curl_multi_cleanup(sender->multi);
    if (sender->db) db_close(sender->db);
    pthread_mutex_destroy(&sender->lock);
    free(sender->slots);
    free(sender);
}

/* Equal shares; at least one call a bank. */
static void lanes_open(struct sender *sender) {
    size_t count;
    const struct bank_row *banks = bank_rows(&count);
    assert(count <= LANES_MAX);
    int share = sender->config.calls_max / (int)count;
    if (share < 1) share = 1;
    sender->lanes_count = (int)count;
    sender->slots_count = share * (int)count;
    struct slot *slots = calloc((size_t)sender->slots_count, sizeof *slots);
    if (!slots) log_fatal("no memory for the bank's sender");
    for (int i = 0; i < sender->lanes_count; i++)
        sender->lanes[i] =
            (struct lane){.bank = banks[i].no, .slots = &slots[i * share], .slots_count = share, .more = true};
    for (int i = 0; i < sender->slots_count; i++) {
        slots[i].sender = sender;
        slots[i].lane = &sender->lanes[i / share];
        exchange_init(&slots[i].exchange, sender->config.line);
    }
    sender->slots = slots;
}

static enum err outbox_open(struct sender *sender) {
    enum err err = db_open(&sender->config.store, DB_READER, &sender->db);
    if (err != ERR_OK) return err;
    struct view view = {.db = sender->db};
    db_begin(sender->db);
    sender->newest_at_start = bank_messages_newest(&view);
    sender->cursor = bank_messages_settled(&view);
    for (int i = 0; i < sender->lanes_count; i++) sender->lanes[i].seen = sender->cursor;
    if (db_failed(sender->db)) err = ERR_STORE;
    db_rollback(sender->db);
    return err;
}

enum err sender_start(const struct sender_config *config, struct sender **out) {
    assert(config->calls_max > 0 && config->calls_max <= CALLS_MAX);
    struct sender *sender = calloc(1, sizeof *sender);
    if (!sender) return ERR_INTERNAL;
    sender->config = *config;
    sender->clock_told_ms = INT64_MIN;
    pthread_mutex_init(&sender->lock, NULL);
    sender->multi = curl_multi_init();
    if (!sender->multi) log_fatal("no memory for the bank's sender");
    exchange_init(&sender->clock, config->line);
    lanes_open(sender);
    enum err err = outbox_open(sender);
    if (err == ERR_OK && !thread_start("bank", sender_loop, sender, &sender->thread)) err = ERR_INTERNAL;
    if (err == ERR_OK) *out = sender;
    else sender_free(sender);
    return err;
}

void sender_stop(struct sender *sender) {
    if (!sender) return;
    atomic_store(&sender->stopping, true);
    curl_multi_wakeup(sender->multi);
    pthread_join(sender->thread, NULL);
}
