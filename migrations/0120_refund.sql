-- SPDX-License-Identifier: Apache-2.0
-- Refunds (wallet/refund.h).

-- What a payment of this kind has besides its row. Never changes; covered by the ledger's digest.
CREATE TABLE refund (
    id @ROWID,                 -- the refund's payment
    purchase BIGINT NOT NULL,  -- the payment that it gives back a part of
    grp BIGINT NOT NULL
);
CREATE INDEX refund_of ON refund (purchase, id);

-- How much of a purchase was given back, and in how many parts: changed by conditional UPDATE, in the refund's own transaction, and only upwards.
CREATE TABLE refunded (
    purchase @ROWID,
    amount BIGINT NOT NULL,
    parts BIGINT NOT NULL
);
