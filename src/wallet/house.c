/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/house.h"

#include <assert.h>

#include "ledger/ledger.h"

enum { FIND, ADD };
static const struct sql house_sql[] = {
    [FIND] = {"SELECT account FROM house WHERE code = $1"},
    [ADD] = {"INSERT INTO house (code, account, opened_ms) VALUES ($1, $2, $3)"},
};
DB_STATEMENTS(house_sql)

struct account_no house_account(struct tx *tx, uint16_t code) {
    struct account_no account = {0};
    struct stmt *q = db_stmt(tx->db, &house_sql[FIND]);
    db_bind_i64(q, code);
    if (db_row(q)) account.n = db_col_u64(q, 0);
    db_done(q);
    if (account.n != 0 || db_failed(tx->db)) return account;

    enum ledger_reason reason =
        ledger_account_open(tx->ledger, ASSET_CNY, code, chart_row(code)->flags, 0, &account);
    assert(reason == REASON_OK);
    q = db_stmt(tx->db, &house_sql[ADD]);
    db_bind_i64(q, code);
    db_bind_u64(q, account.n);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
    return account;
}
