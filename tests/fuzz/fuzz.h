/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: what a fuzzer defines, and libFuzzer (make fuzz) or replay.c (./test) calls. Returns 0. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
