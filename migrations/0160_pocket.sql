-- SPDX-License-Identifier: Apache-2.0
-- A person's savings pocket, an account of its own in the ledger, opened when money first goes into it (wallet/pocket.h).
CREATE TABLE pocket (
    person @ROWID,
    account BIGINT NOT NULL,
    opened_ms BIGINT NOT NULL
);
