-- SPDX-License-Identifier: Apache-2.0
-- What was found in the books that does not hold (wallet/books.h). A row is never removed; that it was found and who closed it stands in the audit
-- log, which is in the chain.
CREATE TABLE books_finding (
    id @ROWID,
    found_ms BIGINT NOT NULL,
    found_by BIGINT NOT NULL,  -- enum books_by
    reach BIGINT NOT NULL,     -- enum books_reach
    account BIGINT NOT NULL,   -- 0: not of one account
    person BIGINT NOT NULL,    -- whose account that is; 0: not yet acted upon, or nobody's
    entry BIGINT NOT NULL,     -- the first that does not fit; 0: none
    words TEXT NOT NULL,
    acted BIGINT NOT NULL,     -- 0: nothing was stopped yet
    ended_ms BIGINT NOT NULL,  -- 0: open
    ended_by BIGINT NOT NULL   -- staff
);
CREATE INDEX books_finding_open ON books_finding (ended_ms, id);
