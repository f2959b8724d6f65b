-- SPDX-License-Identifier: Apache-2.0
-- Announcements (wallet/announce.h). Who made one and who ended it stands in the audit log.
CREATE TABLE announcement (
    id @ROWID,
    audience BIGINT NOT NULL,  -- enum audience
    whom BIGINT NOT NULL,      -- the tier or the person; 0
    title TEXT NOT NULL,
    title_zh TEXT NOT NULL,
    body TEXT NOT NULL,
    body_zh TEXT NOT NULL,
    pinned BIGINT NOT NULL,
    from_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
);
CREATE INDEX announcement_until ON announcement (until_ms, id);
CREATE TABLE announcement_seen (
    person BIGINT NOT NULL,
    announcement BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (person, announcement)
);
