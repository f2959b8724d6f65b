-- SPDX-License-Identifier: Apache-2.0
-- A forgotten PIN that waits for the bank's code (wallet/pin_reset.h).
CREATE TABLE pin_reset (
    id @ROWID,
    person BIGINT NOT NULL,
    bank BIGINT NOT NULL,
    reference TEXT NOT NULL,    -- the bank's, for the code
    expires_ms BIGINT NOT NULL, -- 0: used
    created_ms BIGINT NOT NULL
);
