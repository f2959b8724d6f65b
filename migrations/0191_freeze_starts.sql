-- SPDX-License-Identifier: Apache-2.0
-- Orders whose time has not come (state 4; begun_ms is when it comes).
CREATE INDEX freeze_starts ON freeze_order (begun_ms) WHERE state = 4;
