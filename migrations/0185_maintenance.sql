-- SPDX-License-Identifier: Apache-2.0
-- Maintenance windows (wallet/maintenance.h). Who made and changed one stands in the audit log.
CREATE TABLE maintenance (
    id @ROWID,
    functions BIGINT NOT NULL,   -- a bit a function (wallet/function.def); 0: not of functions
    bank BIGINT NOT NULL,        -- 0: not of a bank
    everything BIGINT NOT NULL,  -- 1: all but reading
    words TEXT NOT NULL,
    words_zh TEXT NOT NULL,
    progress TEXT NOT NULL,
    progress_zh TEXT NOT NULL,
    emergency BIGINT NOT NULL,
    starts_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL
);
CREATE INDEX maintenance_ends ON maintenance (ends_ms, id);
