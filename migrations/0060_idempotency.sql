-- SPDX-License-Identifier: Apache-2.0
-- What every operation of a person answered, under the client's key (wallet/idempotency.h). The answers stand in the order they were
-- given and the keys in a tree of their own: with the answers in it, a page would hold five keys and be split every five payments.
CREATE TABLE idempotency (
    key TEXT NOT NULL,
    person BIGINT NOT NULL,
    record BYTEA NOT NULL,
    status BIGINT NOT NULL,
    answer TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (key, person)
);
