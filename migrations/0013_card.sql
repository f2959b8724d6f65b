-- SPDX-License-Identifier: Apache-2.0
-- Bank cards and the bindings that wait for the bank's code (wallet/card.h).

CREATE TABLE card (
    id @ROWID,
    person BIGINT NOT NULL,
    bank BIGINT NOT NULL, -- of the table in wallet/bank.c
    kind BIGINT NOT NULL, -- enum card_kind
    state BIGINT NOT NULL, -- enum card_state
    number_mac BYTEA NOT NULL, -- keyed hash
    number_sealed BYTEA NOT NULL,
    phone_sealed BYTEA NOT NULL, -- the one that the bank knows
    token_sealed BYTEA NOT NULL, -- the bank's name for our right to use the card
    first6 TEXT NOT NULL,
    last4 TEXT NOT NULL,
    bound_ms BIGINT NOT NULL,
    unbound_ms BIGINT NOT NULL -- 0 while bound
);
CREATE UNIQUE INDEX card_bound ON card (number_mac) WHERE state = 1;
CREATE INDEX card_person ON card (person, id);

CREATE TABLE binding (
    id @ROWID,
    person BIGINT NOT NULL,
    bank BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    number_sealed BYTEA NOT NULL,
    phone_sealed BYTEA NOT NULL,
    reference TEXT NOT NULL, -- the bank's, for the code
    expires_ms BIGINT NOT NULL,
    card BIGINT NOT NULL -- 0 until it is confirmed
);
CREATE INDEX binding_expires ON binding (expires_ms);
