/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/limit.h"

#include "base/civil.h"

enum { TAKE, GIVE_BACK, USED };
static const struct sql limit_sql[] = {
    [TAKE] = {"INSERT INTO limit_used (person, period, used) VALUES ($1, $2, $3) ON CONFLICT (person, "
              "period) DO UPDATE SET used = "
              "limit_used.used + $3 WHERE limit_used.used + $3 <= $4"},
    [GIVE_BACK] = {"UPDATE limit_used SET used = used - $1 WHERE person = $2 AND period = $3 AND used >= $1"},
    [USED] = {"SELECT used FROM limit_used WHERE person = $1 AND period = $2"},
};
DB_STATEMENTS(limit_sql)

enum err limit_for(const struct wallet_rules *rules, int tier, int64_t now_ms, struct limit *out) {
    if (tier < 1) return ERR_REALNAME_NEEDED;
    int year = civil_of(now_ms).year;
    *out = tier == 1 ? (struct limit){LIMIT_LIFE, rules->tier1_lifetime_fen, 0, ERR_TIER_LIFETIME_LIMIT}
                     : (struct limit){year, rules->tier2_year_fen, civil_year_start_ms(year + 1),
                                      ERR_TIER_YEAR_LIMIT};
    return ERR_OK;
}

static int64_t used(struct tx *tx, struct person_id person, int64_t period) {
    struct stmt *q = db_stmt(tx->db, &limit_sql[USED]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, period);
    int64_t sum = db_row(q) ? db_col_i64(q, 0) : 0;
    db_done(q);
    return sum;
}

static enum err refuse(const struct limit *limit, int64_t used_fen, struct fault *fault) {
    fault_set(fault, limit->refusal);
    fault->amount = limit->most_fen;
    fault->left = limit->most_fen > used_fen ? limit->most_fen - used_fen : 0;
    fault->until_ms = limit->until_ms;
    return limit->refusal;
}

enum err limit_check(struct tx *tx, const struct actor *actor, struct money amount, struct fault *fault) {
    struct limit limit;
    if (limit_for(tx->rules, actor->tier, tx->now_ms, &limit) != ERR_OK)
        return fault_set(fault, ERR_REALNAME_NEEDED);
    int64_t now_used = used(tx, actor->person, limit.period);
    return amount.fen > limit.most_fen - now_used ? refuse(&limit, now_used, fault) : ERR_OK;
}

/* False: it would pass the most, and nothing was counted. */
static bool count(struct tx *tx, struct person_id person, int64_t period, struct money amount,
                  int64_t most_fen) {
    struct stmt *q = db_stmt(tx->db, &limit_sql[TAKE]);
    db_bind_u64(q, person.n);
    db_bind_i64(q, period);
    db_bind_i64(q, amount.fen);
    db_bind_i64(q, most_fen);
    return db_run(q) == 1;
}

enum err limit_take(struct tx *tx, const struct actor *actor, struct money amount, struct fault *fault,
                    int64_t *period) {
    struct limit limit;
    if (limit_for(tx->rules, actor->tier, tx->now_ms, &limit) != ERR_OK)
        return fault_set(fault, ERR_REALNAME_NEEDED);
    bool fits = amount.fen <= limit.most_fen; /* the first of a period has no row to be compared with */
    if (fits) fits = count(tx, actor->person, limit.period, amount, limit.most_fen);
    if (!fits) return refuse(&limit, used(tx, actor->person, limit.period), fault);
    if (limit.period == LIMIT_LIFE) count(tx, actor->person, civil_of(tx->now_ms).year, amount, INT64_MAX);
    *period = limit.period;
    return ERR_OK;
}

static void give_back(struct tx *tx, struct person_id person, int64_t period, struct money amount) {
    struct stmt *q = db_stmt(tx->db, &limit_sql[GIVE_BACK]);
    db_bind_i64(q, amount.fen);
    db_bind_u64(q, person.n);
    db_bind_i64(q, period);
    db_queue(q);
}

void limit_give_back(struct tx *tx, struct person_id person, int64_t period, int64_t counted_ms,
                     struct money amount) {
    give_back(tx, person, period, amount);
    if (period == LIMIT_LIFE) give_back(tx, person, civil_of(counted_ms).year, amount);
}
