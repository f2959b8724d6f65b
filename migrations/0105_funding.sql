-- SPDX-License-Identifier: Apache-2.0
-- The person's order of cards, and what was tried when a payment went from source to source (wallet/funding.h).
ALTER TABLE card ADD COLUMN rank BIGINT NOT NULL DEFAULT 1000000; -- lower is asked earlier; new ones come last

CREATE TABLE payment_try (
    id @ROWID,
    payment BIGINT NOT NULL,
    card BIGINT NOT NULL,       -- 0: the balance
    what BIGINT NOT NULL,       -- enum funding_what
    reason BIGINT NOT NULL,     -- enum err, 0: it was asked
    entry BIGINT NOT NULL,      -- the pending entry of a card that was asked
    at_ms BIGINT NOT NULL,
    grp BIGINT NOT NULL
);
CREATE INDEX payment_try_of ON payment_try (payment, id);
