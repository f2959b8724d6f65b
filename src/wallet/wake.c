/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/wake.h"

void wake_person(struct tx *tx, struct person_id person) {
    struct wakes *wakes = tx->wakes;
    if (!wakes || person.n == 0 || wakes->count == WAKES_MAX) return;
    wakes->persons[wakes->count++] = person;
}

void wake_everybody(struct wakes *wakes) {
    if (wakes) wakes->everybody = true;
}

static void clear(struct wakes *wakes) {
    wakes->count = 0;
    wakes->everybody = false;
}

static void wake_mark(void *arg, int64_t now_ms) {
    (void)now_ms;
    clear(arg);
}

static void wake_flush(void *arg, struct db *db) {
    (void)arg;
    (void)db;
}

static void wake_publish(void *arg, int64_t now_ms) {
    struct wakes *wakes = arg;
    (void)now_ms;
    if (wakes->everybody && wakes->listener_all) wakes->listener_all(wakes->arg);
    else
        for (int i = 0; i < wakes->count; i++) wakes->listener(wakes->arg, wakes->persons[i]);
    clear(wakes);
}

static void wake_undo(void *arg) {
    clear(arg);
}

struct writer_part wake_part(struct wakes *wakes) {
    return (struct writer_part){wakes, wake_mark, wake_flush, wake_publish, wake_undo, NULL};
}
