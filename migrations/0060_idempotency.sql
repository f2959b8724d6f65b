-- SPDX-License-Identifier: Apache-2.0
-- What every operation of a person answered, under the client's key (wallet/idempotency.h). One tree: the key is the table.
CREATE TABLE idempotency (
    key TEXT NOT NULL,
    person BIGINT NOT NULL,
    record BYTEA NOT NULL,
    status BIGINT NOT NULL,
    answer TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (key, person)
-- sqlite:) WITHOUT ROWID;
-- postgres:);
