-- SPDX-License-Identifier: Apache-2.0
-- The banks and what we ask of them (wallet/bank.h).

-- One settlement account of the ledger a bank; opened when the bank is first used.
CREATE TABLE bank (
    no @ROWID, -- of the table in wallet/bank.c
    account BIGINT NOT NULL,
    opened_ms BIGINT NOT NULL
);

-- Orders, written with the payment that they belong to and never changed.
CREATE TABLE outbox (
    id @ROWID, -- of wallet/sequence.h: rising, and the bank's message id once enciphered
    payment BIGINT NOT NULL,
    bank BIGINT NOT NULL,
    kind BIGINT NOT NULL, -- enum bank_kind
    amount BIGINT NOT NULL,
    card BIGINT NOT NULL,
    token BYTEA NOT NULL, -- the bank's name for our right to use the card, sealed
    created_ms BIGINT NOT NULL
);

-- How an order ended; its primary key is what makes an answer count once.
CREATE TABLE outbox_answer (
    id @ROWID,
    verdict BIGINT NOT NULL, -- enum bank_verdict
    reason TEXT NOT NULL,
    reference TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);

-- Exceptions: orders that a bank has not answered, and when to ask next.
CREATE TABLE outbox_doubt (
    id @ROWID,
    tries BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    since_ms BIGINT NOT NULL
);

-- Every order up to `settled` is answered or stands in outbox_doubt, so that a start reads only what came later.
CREATE TABLE outbox_cursor (id @ROWID, settled BIGINT NOT NULL);
INSERT INTO outbox_cursor (id, settled) VALUES (0, 0);
