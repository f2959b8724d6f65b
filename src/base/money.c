/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool money_add(struct money a, struct money b, struct money *out) {
    int64_t sum;
    if (__builtin_add_overflow(a.fen, b.fen, &sum)) return false;
    out->fen = sum;
    return true;
}

bool money_sub(struct money a, struct money b, struct money *out) {
    int64_t rest;
    if (__builtin_sub_overflow(a.fen, b.fen, &rest)) return false;
    out->fen = rest;
    return true;
}

int money_compare(struct money a, struct money b) {
    return (a.fen > b.fen) - (a.fen < b.fen);
}

void money_text(struct money a, char out[MONEY_TEXT_MAX]) {
    uint64_t size = a.fen < 0 ? 0 - (uint64_t)a.fen : (uint64_t)a.fen;
    snprintf(out, MONEY_TEXT_MAX, "%s%" PRIu64 ".%02" PRIu64, a.fen < 0 ? "-" : "", size / 100, size % 100);
}

void money_words(struct money a, char out[MONEY_TEXT_MAX]) {
    enum { GROUP = 3, SENT = 3 }; /* ".05" */
    char plain[MONEY_TEXT_MAX];
    money_text(a, plain);
    size_t left = strlen(plain) - SENT, at = 0;
    const char *from = plain;
    if (*from == '-') {
        out[at++] = *from++;
        left--;
    }
    for (; left > 0; left--) {
        out[at++] = *from++;
        if (left > 1 && (left - 1) % GROUP == 0) out[at++] = ',';
    }
    memcpy(out + at, from, SENT + 1);
}
