-- SPDX-License-Identifier: Apache-2.0
-- Photos of the ID card, the third check of who a person is (wallet/document.h), and where their review stands. Staff look at them by
-- number of the revision, so that what was looked at is what is decided about.
CREATE TABLE document (
    person @ROWID,
    state BIGINT NOT NULL, -- enum document_state
    revision BIGINT NOT NULL, -- one more with each photo
    sent_ms BIGINT NOT NULL, -- when the newest photo came
    decided_ms BIGINT NOT NULL, -- 0: not yet
    reason BIGINT NOT NULL -- number of the error that says why not (base/err.def); 0: none
);
CREATE INDEX document_waiting ON document (sent_ms, person) WHERE state = 2;

-- Apart, so that a look at the state does not walk past the photo. id: 2 * person + side.
CREATE TABLE document_photo (
    id @ROWID,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    jpeg_sealed BYTEA NOT NULL
);
