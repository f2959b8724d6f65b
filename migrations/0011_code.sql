-- SPDX-License-Identifier: Apache-2.0
-- One-time codes, the messages that carry them, and how often something may be tried (wallet/code.h, throttle.h).

CREATE TABLE code (
    phone_mac BYTEA NOT NULL,
    purpose BIGINT NOT NULL, -- enum code_purpose
    mac BYTEA NOT NULL, -- keyed hash of purpose, phone and code
    tries BIGINT NOT NULL,
    sent_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL, -- 0 when used
    PRIMARY KEY (phone_mac, purpose)
);
CREATE INDEX code_sent ON code (sent_ms);

-- Gone once the hook has it; in the sandbox this is the inbox.
CREATE TABLE sms (
    id @ROWID,
    sealed BYTEA NOT NULL, -- phone and code
    purpose BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    due_ms BIGINT NOT NULL
);
CREATE INDEX sms_due ON sms (due_ms);

CREATE TABLE throttle (
    kind BIGINT NOT NULL, -- enum throttle_kind
    subject BYTEA NOT NULL, -- keyed hash
    since_ms BIGINT NOT NULL, -- the window opened
    used BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX throttle_since ON throttle (since_ms);
