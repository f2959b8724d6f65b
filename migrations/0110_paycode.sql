-- SPDX-License-Identifier: Apache-2.0
-- Payment codes and what tills ask of them (wallet/paycode.h, charge.h).

-- One row a code that was shown, for a day, so that an old one is told from one that never was. The code itself is not kept.
CREATE TABLE paycode (
    mac BYTEA NOT NULL PRIMARY KEY, -- keyed hash of the 18 digits
    person BIGINT NOT NULL,
    session BIGINT NOT NULL,        -- the login that shows it
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    state BIGINT NOT NULL,          -- enum paycode_state
    asks_pin BIGINT NOT NULL,       -- 1: its digits were shown, so the payer confirms
    told BIGINT NOT NULL            -- 1: the owner was told that it was tried in vain
)
-- sqlite: WITHOUT ROWID
;
CREATE INDEX paycode_of ON paycode (person, created_ms);

-- What a person chose, and how many went through without a PIN on the day that is named. No row: nothing chosen, none yet.
CREATE TABLE paycode_person (
    person @ROWID,
    suspended BIGINT NOT NULL,      -- 1: no code is given or taken
    free_off BIGINT NOT NULL,       -- 1: each payment asks for the PIN
    day BIGINT NOT NULL,            -- in +08:00
    used BIGINT NOT NULL
);

-- One row a code that a till charged. What moves money is the payment that it names.
CREATE TABLE charge (
    id @ROWID,
    merchant BIGINT NOT NULL,
    payer BIGINT NOT NULL,
    session BIGINT NOT NULL,        -- the payer's login that showed the code
    amount BIGINT NOT NULL,         -- fen
    note TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    state BIGINT NOT NULL,          -- enum charge_state
    due_ms BIGINT NOT NULL,         -- when it lapses; 0: it does not wait
    ended_ms BIGINT NOT NULL,
    payment BIGINT NOT NULL,        -- 0: none
    refusal BIGINT NOT NULL         -- that tells the payer why it was not paid, 0: none
);
CREATE INDEX charge_of ON charge (session, id);
-- Only what waits is in it.
CREATE INDEX charge_due ON charge (due_ms) WHERE due_ms > 0;
