-- SPDX-License-Identifier: Apache-2.0
-- Refusals that their person did not see happen, which are notices too (wallet/notice.h): what was tried with a payment code of theirs, and
-- what lapsed. By number of the error (base/err.def): CHARGE_LAPSED, PAYCODE_AGAIN, PAYCODE_LATE.
CREATE INDEX refusal_told ON refusal (person, id) WHERE code IN (431, 433, 434);
-- Up to which refusal the person has seen the notices.
ALTER TABLE person ADD COLUMN told_read BIGINT NOT NULL DEFAULT 0;
