-- SPDX-License-Identifier: Apache-2.0
-- The operator's people (wallet/staff.h) and the log of what was done by them and to whom (wallet/audit_log.h).

-- A row is never removed and a name never given twice, so that the log names one person for ever.
CREATE TABLE staff (
    id @ROWID,
    name TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL,         -- of the passphrase, Argon2id
    added_ms BIGINT NOT NULL,
    ended_ms BIGINT NOT NULL    -- 0: in service
);

-- Append only; all of a row is covered by the ledger's digest.
CREATE TABLE audit_log (
    id @ROWID,
    act BIGINT NOT NULL,        -- enum audit_act
    by_kind BIGINT NOT NULL,    -- enum audit_by_kind
    by_id BIGINT NOT NULL,      -- staff or person; 0: none
    subject_kind BIGINT NOT NULL, -- enum audit_subject
    subject BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    grp BIGINT NOT NULL         -- its group in the ledger
);
CREATE INDEX audit_log_of ON audit_log (subject_kind, subject, id);
