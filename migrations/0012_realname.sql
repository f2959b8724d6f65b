-- SPDX-License-Identifier: Apache-2.0
-- Verified names (wallet/realname.h): a row means verified; the unique index makes one number one wallet.
CREATE TABLE realname (
    person @ROWID,
    id_mac BYTEA NOT NULL UNIQUE, -- keyed hash of the ID number
    name_sealed BYTEA NOT NULL,
    id_sealed BYTEA NOT NULL,
    verified_ms BIGINT NOT NULL
);
