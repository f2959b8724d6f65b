-- SPDX-License-Identifier: Apache-2.0
-- Cases (wallet/case.h). What a person asked about, with the evidence as it was then: never changes, covered by the ledger's digest. Where
-- it stands follows from its lines.
CREATE TABLE person_case (
    id @ROWID,
    person BIGINT NOT NULL,
    kind BIGINT NOT NULL,       -- enum case_kind
    about_kind BIGINT NOT NULL, -- enum case_about
    about BIGINT NOT NULL,      -- the payment, refusal, freeze or card; 0: none
    code BIGINT NOT NULL,       -- enum err of what failed; 0: none
    opened_ms BIGINT NOT NULL,
    pack TEXT NOT NULL,         -- JSON (wallet/evidence.h)
    grp BIGINT NOT NULL,
    step BIGINT NOT NULL,       -- enum case_step
    due_ms BIGINT NOT NULL,     -- when the step is due
    decision BIGINT NOT NULL,   -- enum case_decision; 0: none yet
    closed_ms BIGINT NOT NULL   -- 0: open
);
CREATE INDEX person_case_of ON person_case (person, id);
CREATE INDEX person_case_open ON person_case (due_ms, id) WHERE closed_ms = 0;

-- Append only; all of a row is covered by the ledger's digest.
CREATE TABLE case_line (
    id @ROWID,
    of_case BIGINT NOT NULL,
    person BIGINT NOT NULL,     -- whose case it is
    by_kind BIGINT NOT NULL,    -- enum audit_by_kind
    by_id BIGINT NOT NULL,
    what BIGINT NOT NULL,       -- enum case_what
    decision BIGINT NOT NULL,
    words TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    entry BIGINT NOT NULL,      -- the newest entry of the books at that time: its place among the notices
    grp BIGINT NOT NULL
);
CREATE INDEX case_line_of ON case_line (of_case, id);
CREATE INDEX case_line_told ON case_line (person, id) WHERE by_kind <> 3; -- AUDIT_BY_PERSON
