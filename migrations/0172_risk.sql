-- SPDX-License-Identifier: Apache-2.0
-- What the rules of risk remember (wallet/risk.h).

-- Whom a person has sent money to, and when for the first time.
CREATE TABLE risk_payee (
    person BIGINT NOT NULL,
    payee BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    PRIMARY KEY (person, payee)
-- sqlite:) WITHOUT ROWID;
-- postgres:);
CREATE INDEX risk_payee_since ON risk_payee (person, first_ms);

-- The two newest times that a person's PIN was locked.
CREATE TABLE risk_lock (
    person @ROWID,
    locked_ms BIGINT NOT NULL,
    before_ms BIGINT NOT NULL
);
