-- SPDX-License-Identifier: Apache-2.0
-- The banks' statements of the days that are over (wallet/reconcile.h): kept once, never changed.
CREATE TABLE statement (
    bank BIGINT NOT NULL,
    day BIGINT NOT NULL,        -- days since 1970-01-01, in +08:00
    opening BIGINT NOT NULL,    -- fen, what the bank holds of us
    closing BIGINT NOT NULL,
    lines BIGINT NOT NULL,
    kept_ms BIGINT NOT NULL,
    PRIMARY KEY (bank, day)
);
CREATE TABLE statement_line (
    bank BIGINT NOT NULL,
    day BIGINT NOT NULL,
    n BIGINT NOT NULL,
    order_no BIGINT NOT NULL,   -- the order that the message names, 0: none of ours
    message TEXT NOT NULL,
    reference TEXT NOT NULL,
    kind BIGINT NOT NULL,       -- enum bank_kind
    amount BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (bank, day, n)
);
CREATE INDEX statement_line_order ON statement_line (bank, order_no);
CREATE INDEX outbox_answer_at ON outbox_answer (at_ms);
