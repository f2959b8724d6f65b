-- SPDX-License-Identifier: Apache-2.0
-- At which till a payment code was charged (wallet/charge.h).
ALTER TABLE charge ADD COLUMN till BIGINT NOT NULL DEFAULT 0; -- 0: none
