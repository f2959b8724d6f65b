/* SPDX-License-Identifier: Apache-2.0 */
/* clock: the only place that asks what time it is. Floors above take the time as a value.
 *
 * Wall time is milliseconds since the epoch (UTC) plus an offset that only the sandbox sets and that only grows. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void);      /* wall time, with the sandbox's offset */
int64_t clock_real_now_ms(void); /* wall time of the machine */
int64_t clock_mono_ms(void);     /* never falls; for deadlines */
int64_t clock_mono_us(void);
int64_t clock_boot_ms(void); /* never falls, and goes on while the machine sleeps; to judge the wall clock by */
void clock_set_offset_ms(int64_t offset_ms); /* sandbox only; any thread */
int64_t clock_offset_ms(void);

#endif
