-- SPDX-License-Identifier: Apache-2.0
-- Until when the ID card is valid (wallet/realname.h), 0: without end, or never told; and who was told that name and number do not match.
ALTER TABLE person ADD COLUMN name_until_ms BIGINT NOT NULL DEFAULT 0;
CREATE TABLE realname_rejected (
    person @ROWID,
    at_ms BIGINT NOT NULL
);
