-- SPDX-License-Identifier: Apache-2.0
-- The limits of a person in one row (wallet/limit.h), so that a payment asks and counts all of them with one conditional statement.
CREATE TABLE limit_count (
    person @ROWID,
    life BIGINT NOT NULL,
    year_no BIGINT NOT NULL,    -- in +08:00
    year BIGINT NOT NULL,       -- counted in that year
    day_no BIGINT NOT NULL,     -- days since 1970-01-01, in +08:00
    day_free BIGINT NOT NULL,   -- counted on that day: without a PIN
    day_pin BIGINT NOT NULL,    -- with one
    day_static BIGINT NOT NULL  -- by a shop's static code
);
INSERT INTO limit_count (person, life, year_no, year, day_no, day_free, day_pin, day_static)
    SELECT person, CAST(sum(CASE WHEN period = 0 THEN used ELSE 0 END) AS BIGINT), max(period),
        CAST(sum(CASE WHEN period = (SELECT max(u.period) FROM limit_used u WHERE u.person = limit_used.person) THEN used ELSE 0 END) AS BIGINT), 0, 0, 0, 0
    FROM limit_used GROUP BY person;
DROP TABLE limit_used;
