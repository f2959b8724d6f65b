-- SPDX-License-Identifier: Apache-2.0
-- Who is called otherwise since: written by the rooms that change a name (wallet/rename.h), read by what keeps copies of names.
CREATE TABLE party_rename (
    id @ROWID,
    kind BIGINT NOT NULL,       -- enum bill_party: a person or a merchant
    party BIGINT NOT NULL,
    at_ms BIGINT NOT NULL
);
