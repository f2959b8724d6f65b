/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"

#include <string.h>

static const int64_t DAY_MS = 86400000, ZONE_MS = 8 * 3600000;

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static bool leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool civil_valid(int year, int month, int day) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
    return day <= days[month - 1] + (month == 2 && leap(year));
}

/* Days since 1970-01-01: years are counted from March, so that a leap day is the last of its year. */
int64_t civil_day(int year, int month, int day) {
    int64_t y = year - (month <= 2);
    int64_t era = floor_div(y, 400), year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

int64_t civil_day_of(int64_t time_ms) {
    return floor_div(time_ms + ZONE_MS, DAY_MS);
}

int64_t civil_day_start_ms(int64_t day) {
    return day * DAY_MS - ZONE_MS;
}

struct civil civil_of(int64_t time_ms) {
    int64_t days = civil_day_of(time_ms) + 719468;
    int64_t era = floor_div(days, 146097), day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    int64_t rest = time_ms - civil_day_start_ms(civil_day_of(time_ms));
    struct civil out = {
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .hour = (int)(rest / 3600000),
        .minute = (int)(rest / 60000 % 60),
        .second = (int)(rest / 1000 % 60),
        .milli = (int)(rest % 1000),
    };
    out.year = (int)(year_of_era + era * 400 + (out.month <= 2));
    return out;
}

int64_t civil_year_start_ms(int year) {
    return civil_day_start_ms(civil_day(year, 1, 1));
}

static void put(char *at, int value, int digits) {
    for (int i = digits; i-- > 0; value /= 10) at[i] = (char)('0' + value % 10);
}

void civil_text(int64_t time_ms, char out[CIVIL_TEXT_MAX]) {
    static const char form[] = "0000-00-00T00:00:00.000+08:00";
    _Static_assert(sizeof form <= CIVIL_TEXT_MAX, "it fits");
    struct civil c = civil_of(time_ms);
    if (c.year < 0) c.year = 0; /* four digits, as RFC 3339 has them */
    if (c.year > 9999) c.year = 9999;
    memcpy(out, form, sizeof form);
    put(out, c.year, 4);
    put(out + 5, c.month, 2);
    put(out + 8, c.day, 2);
    put(out + 11, c.hour, 2);
    put(out + 14, c.minute, 2);
    put(out + 17, c.second, 2);
    put(out + 20, c.milli, 3);
}

static bool number_at(struct text t, size_t at, size_t digits, int *out) {
    if (t.n < at + digits) return false;
    *out = 0;
    for (size_t i = at; i < at + digits; i++) {
        if (t.p[i] < '0' || t.p[i] > '9') return false;
        *out = *out * 10 + (t.p[i] - '0');
    }
    return true;
}

bool civil_parse(struct text t, int64_t *out) {
    struct civil c = {0};
    if (t.n < 20 || t.p[4] != '-' || t.p[7] != '-' || t.p[10] != 'T' || t.p[13] != ':' || t.p[16] != ':')
        return false;
    if (!number_at(t, 0, 4, &c.year) || !number_at(t, 5, 2, &c.month) || !number_at(t, 8, 2, &c.day))
        return false;
    if (!number_at(t, 11, 2, &c.hour) || !number_at(t, 14, 2, &c.minute) || !number_at(t, 17, 2, &c.second))
        return false;
    if (!civil_valid(c.year, c.month, c.day) || c.hour > 23 || c.minute > 59 || c.second > 59) return false;
    size_t at = 19;
    if (t.p[at] == '.') {
        int scale = 100;
        for (at++; at < t.n && t.p[at] >= '0' && t.p[at] <= '9'; at++, scale /= 10)
            c.milli += (t.p[at] - '0') * scale;
    }
    int zone_hour = 0, zone_minute = 0;
    if (at >= t.n) return false;
    char sign = t.p[at];
    if (sign == 'Z') {
        if (t.n != at + 1) return false;
    } else {
        if ((sign != '+' && sign != '-') || t.n != at + 6 || t.p[at + 3] != ':') return false;
        if (!number_at(t, at + 1, 2, &zone_hour) || !number_at(t, at + 4, 2, &zone_minute)) return false;
        if (zone_hour > 23 || zone_minute > 59) return false;
    }
    int64_t zone_ms = (int64_t)(zone_hour * 60 + zone_minute) * 60000 * (sign == '-' ? -1 : 1);
    int64_t of_day = (((int64_t)c.hour * 60 + c.minute) * 60 + c.second) * 1000 + c.milli;
    *out = civil_day(c.year, c.month, c.day) * DAY_MS + of_day - zone_ms;
    return true;
}

int civil_age(int year, int month, int day, int64_t now_ms) {
    struct civil now = civil_of(now_ms);
    return now.year - year - (now.month < month || (now.month == month && now.day < day));
}

bool civil_day_parse(struct text t, int64_t *day) {
    int year, month, of_month;
    if (t.n != 10 || t.p[4] != '-' || t.p[7] != '-') return false;
    if (!number_at(t, 0, 4, &year) || !number_at(t, 5, 2, &month) || !number_at(t, 8, 2, &of_month))
        return false;
    if (!civil_valid(year, month, of_month)) return false;
    *day = civil_day(year, month, of_month);
    return true;
}
