-- SPDX-License-Identifier: Apache-2.0
-- The mark of a store that is a place to try, and its clock (wallet/sandbox.h). A real store has no row.
CREATE TABLE sandbox (
    id @ROWID, -- 0
    offset_ms BIGINT NOT NULL, -- the sandbox's time minus the machine's; only grows
    begun_ms BIGINT NOT NULL -- by the machine's clock
);
