/* SPDX-License-Identifier: Apache-2.0 */
/* rand: bytes from the kernel for keys, tokens and codes. Ends the process when there are none. */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

void rand_bytes(void *out, size_t size);
uint32_t rand_below(uint32_t bound); /* uniform in 0 .. bound-1; bound > 0 */

#endif
