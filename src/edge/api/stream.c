/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/stream.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

enum { BUCKETS = 1024 };

struct entry {
    struct streams *streams;
    struct person_id person;
    struct http_stream *stream;
    struct entry *next, **at;
};

struct streams {
    pthread_mutex_t lock;
    struct entry *buckets[BUCKETS];
    int count;
};

struct streams *streams_make(void) {
    struct streams *streams = calloc(1, sizeof *streams);
    if (!streams) log_fatal("stream: no memory");
    pthread_mutex_init(&streams->lock, NULL);
    return streams;
}

void streams_free(struct streams *streams) {
    if (!streams) return;
    pthread_mutex_destroy(&streams->lock);
    free(streams);
}

static struct entry **bucket(struct streams *streams, struct person_id person) {
    return &streams->buckets[person.n * 0x9e3779b97f4a7c15u >> 54];
}

/* The connection has ended: on the loop's thread. */
static void gone(void *arg) {
    struct entry *entry = arg;
    struct streams *streams = entry->streams;
    pthread_mutex_lock(&streams->lock);
    *entry->at = entry->next;
    if (entry->next) entry->next->at = entry->at;
    streams->count--;
    pthread_mutex_unlock(&streams->lock);
    free(entry);
}

/* The loop has made the stream: from here on it can be woken. */
static void opened(struct http_stream *stream, void *arg) {
    struct entry *entry = arg;
    struct streams *streams = entry->streams;
    if (!stream) {
        free(entry);
        return;
    }
    http_stream_on_gone(stream, gone, entry);
    pthread_mutex_lock(&streams->lock);
    struct entry **head = bucket(streams, entry->person);
    int same = 0;
    struct entry *oldest = NULL;
    for (struct entry *other = *head; other; other = other->next)
        if (other->person.n == entry->person.n) {
            same++;
            oldest = other;
        }
    entry->stream = stream;
    entry->next = *head;
    entry->at = head;
    if (entry->next) entry->next->at = &entry->next;
    *head = entry;
    streams->count++;
    if (same >= STREAMS_PER_PERSON_MAX) http_stream_close(oldest->stream);
    if (streams->count > STREAMS_MAX) http_stream_close(stream);
    pthread_mutex_unlock(&streams->lock);
}

void streams_open(struct streams *streams, struct http_request *request, struct http_reply *reply,
                  struct person_id person) {
    struct entry *entry = calloc(1, sizeof *entry);
    if (!entry) log_fatal("stream: no memory");
    entry->streams = streams;
    entry->person = person;
    reply->type = "text/event-stream";
    reply->opened = opened;
    reply->opened_arg = entry;
    http_answer(request, reply);
}

void streams_end(struct streams *streams, struct person_id person) {
    pthread_mutex_lock(&streams->lock);
    for (struct entry *entry = *bucket(streams, person); entry; entry = entry->next)
        if (entry->person.n == person.n) http_stream_close(entry->stream);
    pthread_mutex_unlock(&streams->lock);
}

void streams_wake(struct streams *streams, struct person_id person) {
    static const char changed[] = "event: changed\ndata: {}\n\n";
    pthread_mutex_lock(&streams->lock);
    for (struct entry *entry = *bucket(streams, person); entry; entry = entry->next)
        if (entry->person.n == person.n) http_stream_send(entry->stream, changed, sizeof changed - 1);
    pthread_mutex_unlock(&streams->lock);
}

void streams_wake_all(struct streams *streams) {
    char changed[64];
    pthread_mutex_lock(&streams->lock);
    int size =
        snprintf(changed, sizeof changed, "event: changed\ndata: {\"within_ms\":%d}\n\n", streams->count);
    for (int i = 0; i < BUCKETS; i++)
        for (struct entry *entry = streams->buckets[i]; entry; entry = entry->next)
            http_stream_send(entry->stream, changed, (size_t)size);
    pthread_mutex_unlock(&streams->lock);
}
