-- SPDX-License-Identifier: Apache-2.0
-- Freezes (wallet/freeze.h). The upper part never changes and is covered by the ledger's digest; what a freeze of debits, credits or an amount
-- does to accounts is in the ledger.
CREATE TABLE freeze_order ( -- "freeze" is a word of PostgreSQL
    id @ROWID,
    person BIGINT NOT NULL,
    reason BIGINT NOT NULL,     -- enum freeze_reason, which says the kind
    scope BIGINT NOT NULL,      -- enum freeze_scope
    functions BIGINT NOT NULL,  -- bits; of a scope of functions
    amount BIGINT NOT NULL,     -- fen; of a scope of an amount
    document TEXT NOT NULL,     -- the authority's number; "": none
    begun_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL, -- 0: never by itself
    by_kind BIGINT NOT NULL,    -- enum audit_by_kind
    by_id BIGINT NOT NULL,
    grp BIGINT NOT NULL,        -- its group in the ledger
    -- what moves
    state BIGINT NOT NULL,      -- enum freeze_state
    held BIGINT NOT NULL,       -- fen of the amount that are held
    asked_by BIGINT NOT NULL,   -- the first of two staff who released it; 0: nobody
    asked_ms BIGINT NOT NULL,
    ended_ms BIGINT NOT NULL,
    ended_by_kind BIGINT NOT NULL,
    ended_by BIGINT NOT NULL
);
CREATE INDEX freeze_of ON freeze_order (person, id);
CREATE INDEX freeze_due ON freeze_order (expires_ms) WHERE state = 1 AND expires_ms > 0;
CREATE INDEX freeze_short ON freeze_order (reason, id) WHERE state = 1 AND held < amount;

-- The pending entries of a freeze that stands: one on each of the person's accounts that it is laid on.
CREATE TABLE freeze_entry (
    freeze_order BIGINT NOT NULL,
    account BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    PRIMARY KEY (freeze_order, account)
-- sqlite:) WITHOUT ROWID;
-- postgres:);

-- Bits of the functions that are frozen, and bit 0 while any freeze stands: so that who is found is found with it.
ALTER TABLE person ADD COLUMN frozen BIGINT NOT NULL DEFAULT 0;

-- {name} in the English words, where it differs.
ALTER TABLE refusal ADD COLUMN fact_name_en TEXT NOT NULL DEFAULT '';
