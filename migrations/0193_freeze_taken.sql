-- SPDX-License-Identifier: Apache-2.0
-- What an authority has taken of an amount that is frozen for it, and what the first of two staff has asked to take (wallet/freeze.h).
ALTER TABLE freeze_order ADD COLUMN taken BIGINT NOT NULL DEFAULT 0;
ALTER TABLE freeze_order ADD COLUMN take_asked BIGINT NOT NULL DEFAULT 0;
DROP INDEX freeze_short;
CREATE INDEX freeze_short ON freeze_order (reason, id) WHERE state = 1 AND held + taken < amount;
