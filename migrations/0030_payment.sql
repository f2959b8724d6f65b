-- SPDX-License-Identifier: Apache-2.0
-- Payments and what explains them (wallet/payment.h, refusal.h, limit.h, merchant.h).

-- One row a payment, found by its rising id only. The upper part never changes and is covered by the ledger's digest.
CREATE TABLE payment (
    id @ROWID,
    kind BIGINT NOT NULL,       -- enum payment_kind
    payer BIGINT NOT NULL,      -- person, 0: a bank
    payee BIGINT NOT NULL,      -- person; of a purchase the merchant's owner
    merchant BIGINT NOT NULL,   -- 0: none
    order_id BIGINT NOT NULL,   -- 0: none
    card BIGINT NOT NULL,       -- 0: from the balance
    amount BIGINT NOT NULL,     -- fen
    note TEXT NOT NULL,
    entry BIGINT NOT NULL,      -- the ledger entry that opened it
    period BIGINT NOT NULL,     -- the limit's period it was counted in, 0: none
    created_ms BIGINT NOT NULL,
    grp BIGINT NOT NULL,        -- its group in the ledger
    -- what moves
    state BIGINT NOT NULL,      -- enum payment_state
    reason BIGINT NOT NULL,     -- enum err: why it was declined
    updated_ms BIGINT NOT NULL,
    due_ms BIGINT NOT NULL      -- when a waiting transfer returns, 0: never
);
-- Only what waits is in it.
CREATE INDEX payment_due ON payment (due_ms) WHERE due_ms > 0;

-- Every move of a state after the first, as it happened.
CREATE TABLE payment_move (
    id @ROWID,
    payment BIGINT NOT NULL,
    state BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    entry BIGINT NOT NULL,      -- the ledger entry that came with it, 0: none
    reason BIGINT NOT NULL,
    grp BIGINT NOT NULL
);
CREATE INDEX payment_move_of ON payment_move (payment, id);

-- What a person asked for and a rule refused: nothing moved.
CREATE TABLE refusal (
    id @ROWID,
    person BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    code BIGINT NOT NULL,       -- enum err
    amount BIGINT NOT NULL,
    payee BIGINT NOT NULL,
    merchant BIGINT NOT NULL,
    card BIGINT NOT NULL,
    fact_name TEXT NOT NULL,
    fact_amount BIGINT NOT NULL,
    fact_left BIGINT NOT NULL,
    fact_until_ms BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    entry BIGINT NOT NULL,      -- the newest entry of the books at that time
    grp BIGINT NOT NULL
);
CREATE INDEX refusal_of ON refusal (person, id);

-- How much of a limit a person has used: changed by conditional UPDATE, in the payment's own transaction.
CREATE TABLE limit_used (
    person BIGINT NOT NULL,
    period BIGINT NOT NULL,     -- 0: for life; else the year, in +08:00
    used BIGINT NOT NULL,
    PRIMARY KEY (person, period)
-- sqlite:) WITHOUT ROWID;
-- postgres:);

CREATE TABLE merchant (
    id @ROWID,
    owner BIGINT NOT NULL,
    account BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    UNIQUE (owner, name)
);

CREATE TABLE merchant_order (
    id @ROWID,
    merchant BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    note TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    state BIGINT NOT NULL,      -- enum order_state
    payment BIGINT NOT NULL     -- 0: not paid
);
