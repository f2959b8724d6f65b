/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as text: what the readers of base accept, they accept in one form only. */
#include "fuzz.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/text.h"

static void integers_have_one_form(struct text input) {
    int64_t value;
    if (!text_to_i64(input, &value)) return;
    char again[32];
    snprintf(again, sizeof again, "%" PRId64, value);
    assert(text_is(input, again));
}

static void times_come_back(struct text input) {
    int64_t time_ms, again_ms;
    if (!civil_parse(input, &time_ms)) return;
    char again[CIVIL_TEXT_MAX];
    civil_text(time_ms, again);
    struct civil civil = civil_of(time_ms);
    if (civil.year < 1 || civil.year > 9999)
        return; /* a zone may carry the first and the last day out of the calendar */
    assert(civil_valid(civil.year, civil.month, civil.day));
    assert(civil_parse(text_of(again), &again_ms));
    assert(again_ms == time_ms);
}

static void printable_text_is_utf8(struct text input) {
    size_t characters = 0;
    bool utf8 = text_utf8(input, &characters);
    if (utf8) assert(characters <= input.n && input.n <= 4 * characters);
    if (text_printable(input)) {
        assert(utf8);
        assert(input.n == 0 || memchr(input.p, 0, input.n) == NULL);
    }
    if (text_digits(input)) assert(utf8 && characters == input.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct text input = {(const char *)bytes, size};
    integers_have_one_form(input);
    times_come_back(input);
    printable_text_is_utf8(input);
    return 0;
}
