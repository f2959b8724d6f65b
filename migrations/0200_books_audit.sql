-- SPDX-License-Identifier: Apache-2.0
-- When the books were proven last, and when they held last (wallet/books.h). One row.
CREATE TABLE books_audit (
    id @ROWID,                 -- 1
    ended_ms BIGINT NOT NULL,
    held_ms BIGINT NOT NULL,   -- 0: never yet
    entries BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    holds BIGINT NOT NULL
);
