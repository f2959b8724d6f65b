/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/rules.h"

#include <string.h>

enum {
    FLAGS_PLAIN = ENTRY_LINKED | ENTRY_PENDING | ENTRY_BALANCING_DEBIT | ENTRY_BALANCING_CREDIT |
                  ENTRY_CLOSING_DEBIT | ENTRY_CLOSING_CREDIT | ENTRY_FREEZES_DEBITS | ENTRY_FREEZES_CREDITS |
                  ENTRY_FREEZES_AMOUNT,
    FLAGS_SETTLING = ENTRY_POST | ENTRY_VOID,
    FLAGS_CLOSING = ENTRY_CLOSING_DEBIT | ENTRY_CLOSING_CREDIT,
    FLAGS_FREEZE = ENTRY_FREEZES_DEBITS | ENTRY_FREEZES_CREDITS | ENTRY_FREEZES_AMOUNT,
    FLAGS_OF_CALLERS = FLAGS_PLAIN | FLAGS_SETTLING | ENTRY_OUTSIDE,
    FLAGS_LIMITS = ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS | ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS,
};

const char *ledger_reason_name(enum ledger_reason reason) {
    static const struct {
        enum ledger_reason reason;
        const char *name;
    } names[] = {
#define LEDGER_REASON(name, number) {REASON_##name, #name},
        LEDGER_REASONS(LEDGER_REASON)
#undef LEDGER_REASON
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].reason == reason) return names[i].name;
    return "UNKNOWN";
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t minus_or_zero(uint64_t a, uint64_t b) {
    return a > b ? a - b : 0;
}

/* The sums of an account never pass LEDGER_SUM_MAX, so the right side does not wrap. */
static bool overflows(uint64_t amount, uint64_t sum) {
    return amount > LEDGER_SUM_MAX - sum;
}

static bool debits_exceed_credits(const struct sheet *sheet, uint64_t amount) {
    return (sheet->flags & ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS) &&
           sheet->debits_pending + sheet->debits_posted + amount > sheet->credits_posted;
}

static bool credits_exceed_debits(const struct sheet *sheet, uint64_t amount) {
    return (sheet->flags & ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS) &&
           sheet->credits_pending + sheet->credits_posted + amount > sheet->debits_posted;
}

/* What moves: a balancing event takes no more than the account has over. */
static uint64_t amount_of(const struct ledger_event *event, const struct sheet *debit,
                          const struct sheet *credit) {
    uint64_t amount = event->amount;
    if (event->flags & ENTRY_BALANCING_DEBIT)
        amount =
            least(amount, minus_or_zero(debit->credits_posted, debit->debits_posted + debit->debits_pending));
    if (event->flags & ENTRY_BALANCING_CREDIT)
        amount = least(amount,
                       minus_or_zero(credit->debits_posted, credit->credits_posted + credit->credits_pending));
    return amount;
}

/* What a freeze adds to its debit account's flags. */
static uint16_t freezes_of(uint16_t flags) {
    return (uint16_t)((flags & ENTRY_FREEZES_DEBITS ? ACCOUNT_FREEZE_OF_DEBITS : 0) +
                      (flags & ENTRY_FREEZES_CREDITS ? ACCOUNT_FREEZE_OF_CREDITS : 0));
}

static bool freezes_full(const struct sheet *sheet, uint16_t flags) {
    return ((flags & ENTRY_FREEZES_DEBITS) && (sheet->flags & ACCOUNT_DEBITS_FROZEN) == ACCOUNT_DEBITS_FROZEN) ||
           ((flags & ENTRY_FREEZES_CREDITS) &&
            (sheet->flags & ACCOUNT_CREDITS_FROZEN) == ACCOUNT_CREDITS_FROZEN);
}

static bool overflows_time(const struct ledger_event *event, int64_t now_ms) {
    return (int64_t)event->timeout_s * 1000 > INT64_MAX - now_ms;
}

static enum ledger_reason check_plain(const struct ledger_event *event, const struct facts *facts,
                                      struct entry *out) {
    if (event->flags & ENTRY_OUTSIDE) return REASON_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    if (event->debit == 0) return REASON_DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO;
    if (event->debit == UINT64_MAX) return REASON_DEBIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX;
    if (event->credit == 0) return REASON_CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO;
    if (event->credit == UINT64_MAX) return REASON_CREDIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX;
    if (event->debit == event->credit) return REASON_ACCOUNTS_MUST_BE_DIFFERENT;
    if (event->pending != 0) return REASON_PENDING_ID_MUST_BE_ZERO;
    if (!(event->flags & ENTRY_PENDING)) {
        if (event->timeout_s != 0) return REASON_TIMEOUT_RESERVED_FOR_PENDING;
        if (event->flags & FLAGS_CLOSING) return REASON_CLOSING_MUST_BE_PENDING;
        if (event->flags & FLAGS_FREEZE) return REASON_FREEZE_MUST_BE_PENDING;
    }
    if (event->asset == 0) return REASON_LEDGER_MUST_NOT_BE_ZERO;
    if (event->code == 0) return REASON_CODE_MUST_NOT_BE_ZERO;

    const struct sheet *debit = facts->debit, *credit = facts->credit;
    if (!debit) return REASON_DEBIT_ACCOUNT_NOT_FOUND;
    if (!credit) return REASON_CREDIT_ACCOUNT_NOT_FOUND;
    if (debit->asset != credit->asset) return REASON_ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER;
    if (event->asset != debit->asset) return REASON_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS;
    if (debit->flags & ACCOUNT_CLOSED) return REASON_DEBIT_ACCOUNT_CLOSED;
    if (credit->flags & ACCOUNT_CLOSED) return REASON_CREDIT_ACCOUNT_CLOSED;
    if (debit->flags & ACCOUNT_DEBITS_FROZEN && !(event->flags & FLAGS_FREEZE))
        return REASON_DEBIT_ACCOUNT_FROZEN;
    if (credit->flags & ACCOUNT_CREDITS_FROZEN) return REASON_CREDIT_ACCOUNT_FROZEN;
    if (freezes_full(debit, event->flags)) return REASON_FREEZES_FULL;

    uint64_t amount = amount_of(event, debit, credit);
    if (event->flags & ENTRY_PENDING) {
        if (overflows(amount, debit->debits_pending)) return REASON_OVERFLOWS_DEBITS_PENDING;
        if (overflows(amount, credit->credits_pending)) return REASON_OVERFLOWS_CREDITS_PENDING;
    }
    if (overflows(amount, debit->debits_posted)) return REASON_OVERFLOWS_DEBITS_POSTED;
    if (overflows(amount, credit->credits_posted)) return REASON_OVERFLOWS_CREDITS_POSTED;
    if (overflows(amount, debit->debits_pending + debit->debits_posted)) return REASON_OVERFLOWS_DEBITS;
    if (overflows(amount, credit->credits_pending + credit->credits_posted)) return REASON_OVERFLOWS_CREDITS;
    if (overflows_time(event, facts->now_ms)) return REASON_OVERFLOWS_TIMEOUT;
    if (debits_exceed_credits(debit, amount)) return REASON_EXCEEDS_CREDITS;
    if (credits_exceed_debits(credit, amount)) return REASON_EXCEEDS_DEBITS;

    /* From here it must succeed. */
    *out = (struct entry){
        .no = facts->number,
        .debit = event->debit,
        .credit = event->credit,
        .amount = amount,
        .time_ms = facts->now_ms,
        .payment = event->payment,
        .role = event->role,
        .timeout_s = event->timeout_s,
        .asset = event->asset,
        .code = event->code,
        .flags = event->flags & (uint16_t)~ENTRY_LINKED,
    };
    memcpy(out->user_data, event->user_data, sizeof out->user_data);
    return REASON_OK;
}

static enum ledger_reason settled_reason(const struct pending *pending, int64_t now_ms) {
    if (pending->state == PENDING_POSTED) return REASON_PENDING_ALREADY_POSTED;
    if (pending->state == PENDING_VOIDED) return REASON_PENDING_ALREADY_VOIDED;
    if (pending->state == PENDING_EXPIRED) return REASON_PENDING_EXPIRED;
    if (pending->expires_ms != 0 && now_ms >= pending->expires_ms) return REASON_PENDING_EXPIRED;
    return REASON_OK;
}

static bool is_zero(const unsigned char bytes[16]) {
    static const unsigned char zero[16];
    return memcmp(bytes, zero, sizeof zero) == 0;
}

static enum ledger_reason check_settling(const struct ledger_event *event, const struct facts *facts,
                                         struct entry *out) {
    if ((event->flags & FLAGS_SETTLING) == FLAGS_SETTLING) return REASON_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    if (event->flags & (FLAGS_PLAIN & ~ENTRY_LINKED)) return REASON_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    if (event->flags & ENTRY_OUTSIDE && event->flags & ENTRY_VOID) return REASON_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    if (event->pending == 0) return REASON_PENDING_ID_MUST_NOT_BE_ZERO;
    if (event->pending == UINT64_MAX) return REASON_PENDING_ID_MUST_NOT_BE_INT_MAX;
    if (event->pending == facts->number) return REASON_PENDING_ID_MUST_BE_DIFFERENT;
    if (event->timeout_s != 0) return REASON_TIMEOUT_RESERVED_FOR_PENDING;

    const struct pending *pending = facts->pending;
    if (!pending) return REASON_PENDING_NOT_FOUND;
    if (pending->state == PENDING_PLAIN) return REASON_PENDING_NOT_PENDING;
    if (event->debit != 0 && event->debit != pending->debit)
        return REASON_PENDING_HAS_DIFFERENT_DEBIT_ACCOUNT;
    if (event->credit != 0 && event->credit != pending->credit)
        return REASON_PENDING_HAS_DIFFERENT_CREDIT_ACCOUNT;
    if (event->asset != 0 && event->asset != pending->asset) return REASON_PENDING_HAS_DIFFERENT_LEDGER;
    if (event->code != 0 && event->code != pending->code) return REASON_PENDING_HAS_DIFFERENT_CODE;

    bool voids = event->flags & ENTRY_VOID;
    uint64_t all = voids ? 0 : AMOUNT_ALL;
    uint64_t amount = event->amount == all ? pending->amount : event->amount;
    if (amount > pending->amount) return REASON_EXCEEDS_PENDING_AMOUNT;
    if (voids && amount < pending->amount) return REASON_PENDING_HAS_DIFFERENT_AMOUNT;

    enum ledger_reason settled = settled_reason(pending, facts->now_ms);
    if (settled != REASON_OK) return settled;
    /* What a closed or frozen account allows is to let go of what is pending. */
    if (!voids) {
        if (pending->flags & FLAGS_FREEZE) return REASON_FREEZE_MUST_BE_VOIDED;
        if (facts->debit->flags & ACCOUNT_CLOSED) return REASON_DEBIT_ACCOUNT_CLOSED;
        if (facts->credit->flags & ACCOUNT_CLOSED) return REASON_CREDIT_ACCOUNT_CLOSED;
        if (!(event->flags & ENTRY_OUTSIDE)) {
            if (facts->debit->flags & ACCOUNT_DEBITS_FROZEN) return REASON_DEBIT_ACCOUNT_FROZEN;
            if (facts->credit->flags & ACCOUNT_CREDITS_FROZEN) return REASON_CREDIT_ACCOUNT_FROZEN;
        }
    }

    /* From here it must succeed. */
    *out = (struct entry){
        .no = facts->number,
        .debit = pending->debit,
        .credit = pending->credit,
        .amount = amount,
        .time_ms = facts->now_ms,
        .pending = pending->no,
        .payment = event->payment != 0 ? event->payment : pending->payment,
        .role = event->role,
        .asset = pending->asset,
        .code = pending->code,
        .flags = event->flags & (uint16_t)~ENTRY_LINKED,
    };
    memcpy(out->user_data, is_zero(event->user_data) ? pending->user_data : event->user_data,
           sizeof out->user_data);
    return REASON_OK;
}

enum ledger_reason rules_check(const struct ledger_event *event, const struct facts *facts, struct entry *out) {
    if (event->flags & (uint16_t)~FLAGS_OF_CALLERS) return REASON_RESERVED_FLAG;
    if (event->flags & FLAGS_SETTLING) return check_settling(event, facts, out);
    return check_plain(event, facts, out);
}

enum ledger_reason rules_check_account(uint32_t asset, uint16_t code, uint16_t flags) {
    if (flags & (uint16_t) ~(FLAGS_LIMITS | ACCOUNT_CLOSED)) return REASON_RESERVED_FLAG;
    if ((flags & FLAGS_LIMITS) == FLAGS_LIMITS) return REASON_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    if (asset == 0) return REASON_LEDGER_MUST_NOT_BE_ZERO;
    if (code == 0) return REASON_CODE_MUST_NOT_BE_ZERO;
    return REASON_OK;
}

void rules_expire(const struct pending *pending, const struct facts *facts, struct entry *out) {
    *out = (struct entry){
        .no = facts->number,
        .debit = pending->debit,
        .credit = pending->credit,
        .amount = pending->amount,
        .time_ms = facts->now_ms,
        .pending = pending->no,
        .payment = pending->payment,
        .role = ROLE_CHANGES,
        .asset = pending->asset,
        .code = pending->code,
        .flags = ENTRY_EXPIRED,
    };
    memcpy(out->user_data, pending->user_data, sizeof out->user_data);
}

enum pending_state rules_outcome(const struct entry *entry) {
    if (entry->flags & ENTRY_POST) return PENDING_POSTED;
    if (entry->flags & ENTRY_VOID) return PENDING_VOIDED;
    if (entry->flags & ENTRY_EXPIRED) return PENDING_EXPIRED;
    return PENDING_PLAIN;
}

/* What an entry adds to the pending and the posted sum of each side (a sum that falls is added as its complement), and whether it turns
 * the side's CLOSED flag over: a closing entry finds the account open, and what ends the closing finds it closed. Freezes are counted
 * in the debit side's flags. */
struct effect {
    uint64_t pending, posted;
    uint16_t debit_flags, credit_flags, freezes;
};

static uint16_t turns(uint16_t flags, uint16_t closing) {
    return flags & closing ? ACCOUNT_CLOSED : 0;
}

static struct effect effect_of(const struct entry *entry, const struct pending *pending) {
    if (entry->flags & ENTRY_PENDING)
        return (struct effect){entry->amount, 0, turns(entry->flags, ENTRY_CLOSING_DEBIT),
                               turns(entry->flags, ENTRY_CLOSING_CREDIT), freezes_of(entry->flags)};
    if (entry->flags & ENTRY_POST) return (struct effect){0 - pending->amount, entry->amount, 0, 0, 0};
    if (entry->flags & (ENTRY_VOID | ENTRY_EXPIRED))
        return (struct effect){0 - pending->amount, 0, turns(pending->flags, ENTRY_CLOSING_DEBIT),
                               turns(pending->flags, ENTRY_CLOSING_CREDIT),
                               (uint16_t)-freezes_of(pending->flags)};
    return (struct effect){0, entry->amount, 0, 0, 0}; /* notes and openings have the amount 0 */
}

void rules_fold(const struct entry *entry, const struct pending *pending, struct sheet *debit,
                struct sheet *credit) {
    struct effect effect = effect_of(entry, pending);
    if (debit) {
        debit->debits_pending += effect.pending;
        debit->debits_posted += effect.posted;
        debit->flags = (uint16_t)((debit->flags ^ effect.debit_flags) + effect.freezes);
    }
    if (credit) {
        credit->credits_pending += effect.pending;
        credit->credits_posted += effect.posted;
        credit->flags ^= effect.credit_flags;
    }
}

void rules_unfold(const struct entry *entry, const struct pending *pending, struct sheet *debit,
                  struct sheet *credit) {
    struct effect effect = effect_of(entry, pending);
    if (debit) {
        debit->debits_pending -= effect.pending;
        debit->debits_posted -= effect.posted;
        debit->flags = (uint16_t)((debit->flags ^ effect.debit_flags) - effect.freezes);
    }
    if (credit) {
        credit->credits_pending -= effect.pending;
        credit->credits_posted -= effect.posted;
        credit->flags ^= effect.credit_flags;
    }
}

int64_t rules_balance(const struct sheet *sheet) {
    return (int64_t)sheet->credits_posted - (int64_t)sheet->debits_posted;
}

void rules_pending(const struct entry *entry, struct pending *out) {
    bool pending = entry->flags & ENTRY_PENDING;
    *out = (struct pending){
        .no = entry->no,
        .debit = entry->debit,
        .credit = entry->credit,
        .amount = entry->amount,
        .payment = entry->payment,
        .expires_ms = entry->timeout_s != 0 ? entry->time_ms + (int64_t)entry->timeout_s * 1000 : 0,
        .asset = entry->asset,
        .code = entry->code,
        .flags = entry->flags,
        .state = pending ? PENDING_OPEN : PENDING_PLAIN,
    };
    memcpy(out->user_data, entry->user_data, sizeof out->user_data);
}
