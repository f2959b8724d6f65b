/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/limit.h"

#include <assert.h>

#include "base/civil.h"
#include "wallet/realname.h"

/* A period that is over counts nothing; one that the clock has not reached again goes on. */
#define IN_YEAR "(CASE WHEN limit_count.year_no >= $3 THEN limit_count.year ELSE 0 END)"
#define IN_DAY(column) "(CASE WHEN limit_count.day_no >= $4 THEN limit_count." column " ELSE 0 END)"

enum { TAKE, GIVE_BACK, READ };
static const struct sql limit_sql[] = {
    [TAKE] = {"INSERT INTO limit_count (person, life, year_no, year, day_no, day_free, day_pin, day_static) "
              "VALUES ($1, $2, $3, $2, $4, $5, $6, $7) ON CONFLICT (person) DO UPDATE SET "
              "life = limit_count.life + $2, year = " IN_YEAR " + $2, "
              "day_free = " IN_DAY("day_free") " + $5, day_pin = " IN_DAY(
                  "day_pin") " + $6, "
                             "day_static = " IN_DAY(
                                 "day_static") " + $7, "
                                               "year_no = CASE WHEN limit_count.year_no > "
                                               "$3 THEN limit_count.year_no ELSE $3 END, "
                                               "day_no = CASE WHEN limit_count.day_no > "
                                               "$4 THEN limit_count.day_no ELSE $4 END "
                                               "WHERE limit_count.life + $2 <= $8 "
                                               "AND " IN_YEAR " + $2 <= $9 AND ($5 = 0 OR " IN_DAY(
                                                   "day_"
                                                   "free") " + $5 <= $10) AND ($6 = 0 OR " IN_DAY("day_pin") " + $6 <= $11) AND ($7 = 0 "
                                                                                                             "OR " IN_DAY("day_static") " + $7 <= $12)"},
    [GIVE_BACK] =
        {"UPDATE limit_count SET life = CASE WHEN life > $2 THEN life - $2 ELSE 0 END, "
         "year = CASE WHEN year_no <> $3 THEN year WHEN year > $2 THEN year - $2 ELSE 0 END, "
         "day_free = CASE WHEN day_no <> $4 THEN day_free WHEN day_free > $5 THEN day_free - $5 ELSE 0 END, "
         "day_pin = CASE WHEN day_no <> $4 THEN day_pin WHEN day_pin > $6 THEN day_pin - $6 ELSE 0 END, "
         "day_static = CASE WHEN day_no <> $4 THEN day_static WHEN day_static > $7 THEN day_static - $7 ELSE "
         "0 END "
         "WHERE person = $1"},
    [READ] = {"SELECT life, year_no, year, day_no, day_free, day_pin, day_static FROM limit_count WHERE "
              "person = $1"},
};
DB_STATEMENTS(limit_sql)

/* --- pure --- */

const struct limit_words *limit_words(enum limit_name name) {
    static const struct limit_words rows[LIMITS] = {
        [LIMIT_LIFE] = {"For life", "终身额度", "With a verified name only. A bank card raises it.",
                        "只认证姓名时的额度,添加银行卡可提高。"},
        [LIMIT_YEAR] = {"This year", "今年额度", "Payments and transfers from the balance.",
                        "用零钱付款和转账。"},
        [LIMIT_DAY_FREE] = {"Today, without a PIN", "今天免密", "By payment code, without the PIN.",
                            "付款码免密支付。"},
        [LIMIT_DAY_PIN] = {"Today, with the PIN", "今天验密", "From the balance with your PIN.",
                           "用零钱付款并输入支付密码。"},
        [LIMIT_DAY_STATIC] =
            {"Today, codes on the wall", "今天静态码",
             "From the balance by a shop's printed code; codes with an amount are not counted here.",
             "用零钱扫店里贴的码;带金额的码不算在内。"},
    };
    return &rows[name];
}

/* What a use adds to each. */
static void shares(const struct limit_use *use, int64_t out[LIMITS]) {
    int64_t fen = use->amount.fen;
    out[LIMIT_LIFE] = out[LIMIT_YEAR] = fen;
    out[LIMIT_DAY_FREE] = use->strength == STRENGTH_FREE ? fen : 0;
    out[LIMIT_DAY_PIN] = use->strength == STRENGTH_PIN ? fen : 0;
    out[LIMIT_DAY_STATIC] = use->static_code ? fen : 0;
}

/* INT64_MAX: none. */
static void mosts(const struct wallet_rules *rules, int tier, int64_t out[LIMITS]) {
    out[LIMIT_LIFE] = tier == 1 ? rules->tier1_lifetime_fen : INT64_MAX;
    out[LIMIT_YEAR] = tier == 1 ? INT64_MAX : tier == 2 ? rules->tier2_year_fen : rules->tier3_year_fen;
    out[LIMIT_DAY_FREE] = rules->day_free_fen;
    out[LIMIT_DAY_PIN] = rules->day_pin_fen;
    out[LIMIT_DAY_STATIC] = rules->day_static_fen;
}

const char *limit_name(enum limit_name name) {
    static const char *const names[LIMITS] = {
        [LIMIT_LIFE] = "life",
        [LIMIT_YEAR] = "year",
        [LIMIT_DAY_FREE] = "day_free",
        [LIMIT_DAY_PIN] = "day_pin",
        [LIMIT_DAY_STATIC] = "day_static",
    };
    return names[name];
}

size_t limit_lines(const struct wallet_rules *rules, int tier, int64_t now_ms, const struct limit_count *count,
                   const struct limit_use *use, struct limit_line out[LIMITS]) {
    static const enum err refusals[LIMITS] = {
        [LIMIT_LIFE] = ERR_TIER_LIFETIME_LIMIT,    [LIMIT_YEAR] = ERR_TIER_YEAR_LIMIT,
        [LIMIT_DAY_FREE] = ERR_DAY_LIMIT_FREE,     [LIMIT_DAY_PIN] = ERR_DAY_LIMIT_PIN,
        [LIMIT_DAY_STATIC] = ERR_DAY_LIMIT_STATIC,
    };
    struct civil now = civil_of(now_ms);
    int64_t today = civil_day(now.year, now.month, now.day);
    bool same_year = count->year_no >= now.year, same_day = count->day_no >= today;
    const int64_t used[LIMITS] = {
        [LIMIT_LIFE] = count->life,
        [LIMIT_YEAR] = same_year ? count->year : 0,
        [LIMIT_DAY_FREE] = same_day ? count->day_free : 0,
        [LIMIT_DAY_PIN] = same_day ? count->day_pin : 0,
        [LIMIT_DAY_STATIC] = same_day ? count->day_static : 0,
    };
    int64_t next_year = civil_year_start_ms((same_year ? (int)count->year_no : now.year) + 1);
    int64_t next_day = civil_day_start_ms((same_day ? count->day_no : today) + 1);
    int64_t most[LIMITS], share[LIMITS];
    size_t lines = 0;
    mosts(rules, tier, most);
    if (use) shares(use, share);
    for (enum limit_name name = 0; name < LIMITS; name++) {
        if (most[name] == INT64_MAX || (use && share[name] == 0)) continue;
        int64_t until = name == LIMIT_LIFE ? 0 : name == LIMIT_YEAR ? next_year : next_day;
        out[lines++] = (struct limit_line){name, most[name], used[name], until, refusals[name]};
    }
    return lines;
}

/* --- the store --- */

void limit_read(struct db *db, struct person_id person, struct limit_count *out) {
    struct stmt *q = db_stmt(db, &limit_sql[READ]);
    db_bind_u64(q, person.n);
    *out = (struct limit_count){0};
    if (db_row(q))
        *out = (struct limit_count){db_col_i64(q, 0), db_col_i64(q, 1), db_col_i64(q, 2), db_col_i64(q, 3),
                                    db_col_i64(q, 4), db_col_i64(q, 5), db_col_i64(q, 6)};
    db_done(q);
}

enum err limit_check(struct tx *tx, const struct actor *actor, const struct limit_use *use,
                     struct fault *fault) {
    struct limit_count count;
    struct limit_line lines[LIMITS];
    if (realname_stands(actor, tx->now_ms, fault) != ERR_OK) return fault->code;
    limit_read(tx->db, actor->person, &count);
    size_t lines_count = limit_lines(tx->rules, actor->tier, tx->now_ms, &count, use, lines);
    for (size_t i = 0; i < lines_count; i++) {
        int64_t left = lines[i].most_fen > lines[i].used_fen ? lines[i].most_fen - lines[i].used_fen : 0;
        if (use->amount.fen <= left) continue;
        fault_set(fault, lines[i].refusal);
        fault->amount = lines[i].most_fen;
        fault->asked = use->amount.fen;
        fault->left = left;
        fault->until_ms = lines[i].until_ms;
        return lines[i].refusal;
    }
    return ERR_OK;
}

/* The first of a person has no row to be compared with. */
static bool fits_alone(const int64_t share[LIMITS], const int64_t most[LIMITS]) {
    for (int i = 0; i < LIMITS; i++)
        if (share[i] > most[i]) return false;
    return true;
}

enum {
    STAMP_STRENGTH = 100000,
    STAMP_STATIC = 1000000
}; /* year + 100,000 strength + 1,000,000 when by a static code */

enum err limit_take(struct tx *tx, const struct actor *actor, const struct limit_use *use,
                    struct fault *fault, int64_t *stamp) {
    int64_t share[LIMITS], most[LIMITS];
    if (realname_stands(actor, tx->now_ms, fault) != ERR_OK) return fault->code;
    struct civil now = civil_of(tx->now_ms);
    shares(use, share);
    mosts(tx->rules, actor->tier, most);
    bool taken = fits_alone(share, most);
    if (taken) {
        struct stmt *q = db_stmt(tx->db, &limit_sql[TAKE]);
        db_bind_u64(q, actor->person.n);
        db_bind_i64(q, use->amount.fen);
        db_bind_i64(q, now.year);
        db_bind_i64(q, civil_day(now.year, now.month, now.day));
        for (int i = LIMIT_DAY_FREE; i <= LIMIT_DAY_STATIC; i++) db_bind_i64(q, share[i]);
        for (int i = 0; i < LIMITS; i++) db_bind_i64(q, most[i]);
        taken = db_run(q) == 1;
    }
    if (!taken) {
        enum err err = limit_check(tx, actor, use, fault);
        return err != ERR_OK ? err
                             : fault_set(fault, ERR_STORE); /* the statement failed: the group is undone */
    }
    *stamp = now.year + STAMP_STRENGTH * (int64_t)use->strength + (use->static_code ? STAMP_STATIC : 0);
    return ERR_OK;
}

void limit_give_back(struct tx *tx, struct person_id person, int64_t stamp, int64_t counted_ms,
                     struct money amount) {
    struct civil counted = civil_of(counted_ms);
    struct limit_use use = {amount, (enum limit_strength)(stamp / STAMP_STRENGTH % 10), stamp >= STAMP_STATIC};
    int64_t share[LIMITS];
    shares(&use, share);
    struct stmt *q = db_stmt(tx->db, &limit_sql[GIVE_BACK]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, amount.fen);
    db_bind_i64(q, counted.year);
    db_bind_i64(q, civil_day(counted.year, counted.month, counted.day));
    for (int i = LIMIT_DAY_FREE; i <= LIMIT_DAY_STATIC; i++) db_bind_i64(q, share[i]);
    db_queue(q);
}
