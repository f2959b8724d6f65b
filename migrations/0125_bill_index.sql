-- SPDX-License-Identifier: Apache-2.0
-- The index of the bills (wallet/bill_index.h): made from the books behind the commit, and dropped and made again at will. On SQLite it
-- stands in a file of its own beside the store, made by this same text, and these tables of the store stay empty.

-- Runs of items, each sorted by account and number and packed in blocks; `age` rises with what a run knows.
CREATE TABLE bill_run (
    id @ROWID,
    level BIGINT NOT NULL,
    age BIGINT NOT NULL,
    state BIGINT NOT NULL,      -- enum run_state
    items BIGINT NOT NULL
);
CREATE TABLE bill_block (
    id @ROWID,
    run BIGINT NOT NULL,
    account BIGINT NOT NULL,    -- of the first item
    item BIGINT NOT NULL,       -- its number
    body BYTEA NOT NULL
);
-- postgres: ALTER TABLE bill_block ALTER COLUMN body SET STORAGE PLAIN;
CREATE UNIQUE INDEX bill_block_of ON bill_block (run, account, item);

-- How far the index goes, and the hash of the books that it was made from.
CREATE TABLE bill_cursor (
    id @ROWID, -- 0
    entry BIGINT NOT NULL,
    refusal BIGINT NOT NULL,
    move BIGINT NOT NULL,
    rename BIGINT NOT NULL,
    seen BIGINT NOT NULL,       -- the newest entry of the books that anything in it was read from
    hash BYTEA NOT NULL,        -- of the ledger's row that ends there
    version BIGINT NOT NULL
);
