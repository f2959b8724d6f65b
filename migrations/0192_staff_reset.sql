-- SPDX-License-Identifier: Apache-2.0
-- What one of the staff did last, and which passphrases were reset since (wallet/staff.h).
CREATE INDEX audit_log_by ON audit_log (by_kind, by_id, id);
CREATE INDEX audit_log_resets ON audit_log (id) WHERE act = 3;
