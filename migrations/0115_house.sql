-- SPDX-License-Identifier: Apache-2.0
-- The wallet's own accounts in the ledger, one a kind of the chart; each is opened when it is first used (wallet/house.h).
CREATE TABLE house (
    code @ROWID, -- of ledger/chart.h
    account BIGINT NOT NULL,
    opened_ms BIGINT NOT NULL
);
