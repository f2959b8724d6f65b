-- SPDX-License-Identifier: Apache-2.0
-- Devices, known by a long-lived cookie of their own, and who used each (wallet/device.h).
CREATE TABLE device (
    id @ROWID,
    hash BYTEA NOT NULL UNIQUE, -- SHA-256 of the cookie's token
    name TEXT NOT NULL,
    first_ms BIGINT NOT NULL
);
CREATE TABLE device_use (
    device BIGINT NOT NULL,
    person BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    days BIGINT NOT NULL, -- on how many days
    PRIMARY KEY (device, person)
-- sqlite:) WITHOUT ROWID;
-- postgres:);
CREATE INDEX device_use_person ON device_use (person, device);
