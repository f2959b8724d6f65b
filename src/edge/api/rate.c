/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/rate.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"

enum { PLACES = 16384, NEIGHBOURS = 8 }; /* a power of two */

struct window {
    uint64_t subject;
    int64_t since_ms;
    int rate; /* RATE_NONE: a free place */
    int used;
};

struct rates {
    pthread_mutex_t lock;
    struct rate_row rows[RATES];
    struct window places[PLACES];
};

struct rates *rates_make(const struct rate_row rows[RATES]) {
    struct rates *rates = calloc(1, sizeof *rates);
    if (!rates) log_fatal("rate: no memory");
    pthread_mutex_init(&rates->lock, NULL);
    for (int i = 0; i < RATES; i++) rates->rows[i] = rows[i];
    return rates;
}

void rates_free(struct rates *rates) {
    if (!rates) return;
    pthread_mutex_destroy(&rates->lock);
    free(rates);
}

/* splitmix64's last steps */
static uint64_t spread(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static bool is_over(const struct rates *rates, const struct window *window, int64_t mono_ms) {
    return mono_ms - window->since_ms >= rates->rows[window->rate].window_ms;
}

/* Where the subject's window stands, or NULL; spare: the place that a new one takes. */
static struct window *find(struct rates *rates, enum rate rate, uint64_t subject, struct window **spare) {
    uint64_t at = spread(subject * RATES + (uint64_t)rate);
    *spare = NULL;
    for (uint64_t i = 0; i < NEIGHBOURS; i++) {
        struct window *window = &rates->places[(at + i) & (PLACES - 1)];
        if (window->rate == (int)rate && window->subject == subject) return window;
        if (!*spare || window->since_ms < (*spare)->since_ms) *spare = window;
    }
    return NULL;
}

enum err rate_ask(struct rates *rates, enum rate rate, uint64_t subject, int64_t mono_ms, int64_t now_ms,
                  struct fault *fault) {
    const struct rate_row *row = &rates->rows[rate];
    struct window *spare;
    if (row->most == 0) return ERR_OK;
    pthread_mutex_lock(&rates->lock);
    const struct window *window = find(rates, rate, subject, &spare);
    bool full = window && window->used >= row->most && !is_over(rates, window, mono_ms);
    int64_t left_ms = full ? window->since_ms + row->window_ms - mono_ms : 0;
    pthread_mutex_unlock(&rates->lock);
    if (!full) return ERR_OK;
    fault_set(fault, ERR_TOO_MANY_TRIES);
    fault->until_ms = now_ms + left_ms;
    return ERR_TOO_MANY_TRIES;
}

void rate_count(struct rates *rates, enum rate rate, uint64_t subject, int64_t mono_ms) {
    struct window *spare;
    if (rates->rows[rate].most == 0) return;
    pthread_mutex_lock(&rates->lock);
    struct window *window = find(rates, rate, subject, &spare);
    if (!window || is_over(rates, window, mono_ms)) {
        if (!window) window = spare;
        *window = (struct window){subject, mono_ms, (int)rate, 0};
    }
    window->used++;
    pthread_mutex_unlock(&rates->lock);
}
