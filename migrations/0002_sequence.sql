-- SPDX-License-Identifier: Apache-2.0
-- The rising numbers of everything the wallet makes (wallet/sequence.h).
CREATE TABLE sequence (id @ROWID, next BIGINT NOT NULL);
INSERT INTO sequence (id, next) VALUES (0, 1000);
