-- SPDX-License-Identifier: Apache-2.0
-- Transfers that arrive later (wallet/transfer.h).
ALTER TABLE payment ADD COLUMN delay_ms BIGINT NOT NULL DEFAULT 0; -- between sending and arrival; never changes, in the ledger's digest
ALTER TABLE person ADD COLUMN arrival BIGINT NOT NULL DEFAULT 0;   -- enum arrival: how the person's transfers arrive unless said
