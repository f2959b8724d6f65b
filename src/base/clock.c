/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t offset;

static int64_t clock_read_us(clockid_t which) {
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_real_now_ms(void) {
    return clock_read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_now_ms(void) {
    return clock_real_now_ms() + atomic_load_explicit(&offset, memory_order_relaxed);
}

int64_t clock_boot_ms(void) {
    return clock_read_us(CLOCK_BOOTTIME) / 1000;
}

int64_t clock_mono_us(void) {
    return clock_read_us(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void) {
    return clock_mono_us() / 1000;
}

void clock_set_offset_ms(int64_t offset_ms) {
    atomic_store_explicit(&offset, offset_ms, memory_order_relaxed);
}

int64_t clock_offset_ms(void) {
    return atomic_load_explicit(&offset, memory_order_relaxed);
}
