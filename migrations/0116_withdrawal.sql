-- SPDX-License-Identifier: Apache-2.0
-- Withdrawals (wallet/withdrawal.h): what a payment of this kind has besides its row. Never changes; covered by the ledger's digest.
CREATE TABLE withdrawal (
    id @ROWID,                -- the payment's
    fee BIGINT NOT NULL,      -- fen, on top of the amount
    free BIGINT NOT NULL,     -- how much of the amount the free allowance bore
    counted BIGINT NOT NULL,  -- 1: the amount counts in the limit's period of the payment
    grp BIGINT NOT NULL
);

-- How much of the free allowance a person has used, for life: changed by conditional UPDATE, in the withdrawal's own transaction.
CREATE TABLE withdrawal_free (
    person @ROWID,
    used BIGINT NOT NULL
);
