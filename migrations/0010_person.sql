-- SPDX-License-Identifier: Apache-2.0
-- People, their logins and their PINs (wallet/person.h, session.h, pin.h). What every payment reads stands in `person` and `pin`,
-- apart from what only a login reads, so that more of it fits a page.

CREATE TABLE person (
    id @ROWID,
    phone_mac BYTEA NOT NULL UNIQUE, -- keyed hash
    phone_sealed BYTEA NOT NULL,
    account BIGINT NOT NULL, -- in the ledger
    tier BIGINT NOT NULL, -- 0 none, 1 real name, 2 and a card
    state BIGINT NOT NULL, -- enum person_state
    created_ms BIGINT NOT NULL,
    notice_read BIGINT NOT NULL, -- entry number up to which the notices were seen
    nickname TEXT NOT NULL,
    name_masked TEXT NOT NULL -- empty while the name is not verified
);

CREATE TABLE login (
    person @ROWID,
    password TEXT NOT NULL, -- Argon2id, libsodium's string
    changed_ms BIGINT NOT NULL
);

CREATE TABLE pin (
    person @ROWID,
    key BIGINT NOT NULL, -- number of the master key that the hash was made with
    mac BYTEA NOT NULL, -- HMAC-SHA-256(key, person and PIN)
    wrong BIGINT NOT NULL, -- tries since the last right one
    locked_ms BIGINT NOT NULL, -- refused until then
    set_ms BIGINT NOT NULL
);

-- One row a signed-in device; its end is the row's end.
CREATE TABLE session (
    hash BYTEA NOT NULL PRIMARY KEY, -- SHA-256 of the token
    id BIGINT NOT NULL,
    person BIGINT NOT NULL,
    device TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
)
-- sqlite: WITHOUT ROWID
;
CREATE UNIQUE INDEX session_person ON session (person, id);
