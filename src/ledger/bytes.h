/* SPDX-License-Identifier: Apache-2.0 */
/* bytes: little-endian numbers at any address. */
#ifndef LEDGER_BYTES_H
#define LEDGER_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void bytes_put64(unsigned char *at, uint64_t value) {
    value = htole64(value);
    memcpy(at, &value, sizeof value);
}

static inline void bytes_put32(unsigned char *at, uint32_t value) {
    value = htole32(value);
    memcpy(at, &value, sizeof value);
}

static inline void bytes_put16(unsigned char *at, uint16_t value) {
    value = htole16(value);
    memcpy(at, &value, sizeof value);
}

static inline uint64_t bytes_get64(const unsigned char *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return le64toh(value);
}

static inline uint32_t bytes_get32(const unsigned char *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return le32toh(value);
}

static inline uint16_t bytes_get16(const unsigned char *at) {
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return le16toh(value);
}

#endif
