-- SPDX-License-Identifier: Apache-2.0
-- Settlements of shops (wallet/settlement.h).

-- What a shop has agreed with us. A shop without a row has the default rate and no card: it is not settled.
CREATE TABLE settlement_terms (
    merchant @ROWID,
    card BIGINT NOT NULL,   -- the owner's debit card, 0: none chosen
    rate BIGINT NOT NULL,   -- hundredths of a percent, -1: the default
    due_ms BIGINT NOT NULL  -- the end of the next day that is to be settled, 0: never
);
CREATE INDEX settlement_due ON settlement_terms (due_ms) WHERE due_ms > 0;

-- What a payment of this kind has besides its row. Never changes; covered by the ledger's digest.
CREATE TABLE settlement (
    id @ROWID,              -- the payment's
    merchant BIGINT NOT NULL,
    day BIGINT NOT NULL,    -- the last day that it covers (base/civil.h)
    fee BIGINT NOT NULL,    -- fen, besides the amount
    rate BIGINT NOT NULL,
    grp BIGINT NOT NULL
);
CREATE INDEX settlement_of ON settlement (merchant, id);
