/* SPDX-License-Identifier: Apache-2.0 */
/* civil: calendar days and times, always in +08:00 (China has had no daylight saving since 1991).
 *
 * Gregorian, proleptic, years 1 to 9999. Times are ms since the epoch; a day is its number since 1970-01-01 in +08:00. */
#ifndef BASE_CIVIL_H
#define BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct civil {
    int year, month, day;            /* 2026, 1-12, 1-31 */
    int hour, minute, second, milli; /* 0-based */
};

enum { CIVIL_TEXT_MAX = 32 };

bool civil_valid(int year, int month, int day);
int64_t civil_day(int year, int month, int day); /* the date must be valid */
int64_t civil_day_of(int64_t time_ms);
int64_t civil_day_start_ms(int64_t day);
bool civil_day_parse(struct text text, int64_t *day); /* "2026-11-23" */
struct civil civil_of(int64_t time_ms);
int64_t civil_year_start_ms(int year);

/* RFC 3339 with milliseconds and the zone: 2026-11-23T15:04:05.123+08:00 */
void civil_text(int64_t time_ms, char out[CIVIL_TEXT_MAX]);
bool civil_parse(struct text rfc3339, int64_t *out); /* accepts Z and any +hh:mm */

/* Full years of age on the day of now_ms for one born on the valid date. */
int civil_age(int year, int month, int day, int64_t now_ms);

#endif
