-- SPDX-License-Identifier: Apache-2.0
-- What a shop has besides its account: former names (wallet/merchant.h), tills (wallet/till.h), waiters (wallet/waiter.h).

ALTER TABLE merchant ADD COLUMN renamed_ms BIGINT NOT NULL DEFAULT 0; -- 0: never

-- A name that a shop had until then: bills of that time go on showing it.
CREATE TABLE merchant_name (
    id @ROWID,
    merchant BIGINT NOT NULL,
    name TEXT NOT NULL,
    until_ms BIGINT NOT NULL
);
CREATE INDEX merchant_name_of ON merchant_name (merchant, until_ms);

CREATE TABLE till (
    id @ROWID,
    merchant BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    UNIQUE (merchant, name)
);

ALTER TABLE merchant_order ADD COLUMN till BIGINT NOT NULL DEFAULT 0; -- 0: none

-- Who may charge for a shop that is another's.
CREATE TABLE waiter (
    person BIGINT NOT NULL,
    merchant BIGINT NOT NULL,
    till BIGINT NOT NULL,     -- 0: any
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (person, merchant)
-- sqlite:) WITHOUT ROWID;
-- postgres:);
CREATE INDEX waiter_at ON waiter (merchant, since_ms);
