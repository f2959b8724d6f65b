-- SPDX-License-Identifier: Apache-2.0
-- The ledger's entries, packed in rows by their first entry's number (src/ledger/rows.h draws one).
CREATE TABLE ledger_row (first @ROWID, body BYTEA NOT NULL);
-- postgres: ALTER TABLE ledger_row ALTER COLUMN body SET STORAGE PLAIN;

-- Pages of accounts, each true up to an entry, and the MAC of the chain's head (src/ledger/checkpoint.c).
CREATE TABLE ledger_page (page @ROWID, upto BIGINT NOT NULL, body BYTEA NOT NULL, mac BYTEA NOT NULL);
-- postgres: ALTER TABLE ledger_page ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE ledger_head (id @ROWID, entry BIGINT NOT NULL, hash BYTEA NOT NULL, mac BYTEA NOT NULL);

-- Pending entries and the entry that settled each, 0 while it is open (src/ledger/outcome.c).
CREATE TABLE ledger_pending (entry @ROWID, outcome BIGINT NOT NULL);
CREATE INDEX ledger_pending_open ON ledger_pending (entry) WHERE outcome = 0;
