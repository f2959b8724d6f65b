/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rand.h"

#include <assert.h>
#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

#include "base/log.h"

void rand_bytes(void *out, size_t size) {
    unsigned char *at = out;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) log_fatal("rand: the kernel gives no random bytes");
        at += got;
        size -= (size_t)got;
    }
}

uint32_t rand_below(uint32_t bound) {
    assert(bound > 0);
    uint32_t reject = UINT32_MAX - UINT32_MAX % bound, value;
    do rand_bytes(&value, sizeof value);
    while (value >= reject);
    return value % bound;
}
