-- SPDX-License-Identifier: Apache-2.0
-- Who asked at the till, and is told how it ended: the owner or a waiter (wallet/charge.h).
ALTER TABLE charge ADD COLUMN opener BIGINT NOT NULL DEFAULT 0;
