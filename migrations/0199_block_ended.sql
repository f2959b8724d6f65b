-- SPDX-License-Identifier: Apache-2.0
-- Of a block of the index of the bills, when the last of its items was over: who asks what was under way at a moment passes the others by
-- without reading them. The largest number: one of them is under way. Blocks from before this are dropped with their version (bill_index.c).
ALTER TABLE bill_block ADD COLUMN ended_ms BIGINT NOT NULL DEFAULT 9223372036854775807;
DROP INDEX bill_block_of;
CREATE UNIQUE INDEX bill_block_of ON bill_block (run, account, item, ended_ms);
